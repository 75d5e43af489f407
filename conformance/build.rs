//! The cases are part of the program: a new or changed file is a new build.

fn main() {
    println!("cargo:rerun-if-changed=cases");
}
