//! The tests of a workspace whose names bear rule ids.

use super::source::{Function, functions, masked, mentions};
use super::{Fault, markers, names};
use std::fs;
use std::io;
use std::path::Path;

/// Where a workspace keeps its Rust sources.
const ROOTS: [&str; 3] = ["crates", "examples", "conformance"];

/// A test that is evidence for rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its file, from the workspace's root.
    pub path: String,
    /// The function's name.
    pub name: String,
    /// The rules it shows.
    pub ids: Vec<String>,
    /// Whether it is `#[ignore]`d: it wants a foreign peer or a program, and runs with `make test`.
    pub needs_a_peer: bool,
}

/// What was found in a workspace.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// The tests that assert something, in the order of their files.
    pub tests: Vec<Test>,
    /// Those that do not, and what else is wrong.
    pub faults: Vec<Fault>,
}

impl Scan {
    /// Reads every Rust source of the workspace in that folder.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn of(workspace: &Path) -> io::Result<Scan> {
        let mut sources = Vec::new();
        for root in ROOTS {
            collect(&workspace.join(root), root, &mut sources)?;
        }
        let mut scan = Scan::of_sources(&sources);
        scan.faults.extend(markers::faults(&sources));
        Ok(scan)
    }

    /// Reads sources that are given as path and masked text.
    pub(super) fn of_sources(sources: &[(String, String)]) -> Scan {
        let mut scan = Scan::default();
        for (path, text) in sources {
            for function in functions(text) {
                scan.take(path, &function, sources);
            }
        }
        scan
    }

    fn take(&mut self, path: &str, function: &Function<'_>, sources: &[(String, String)]) {
        let ids = names::ids(function.name);
        if ids.is_empty() {
            return;
        }
        let place = format!("{path} {}", function.name);
        if !function.is_test() && !is_run(path, function.name, sources) {
            self.faults.push(Fault::NeverRun(place));
        } else if !markers::asserts(function.body, path) {
            self.faults.push(Fault::AssertsNothing(place));
        } else {
            self.tests.push(Test {
                path: path.to_owned(),
                name: function.name.to_owned(),
                ids,
                needs_a_peer: function.is_ignored(),
            });
        }
    }
}

/// Whether the crate mentions the function beside its definition, as the contract of a store does with its parts.
/// Private functions that nobody calls are refused by the compiler's lints; this holds for public ones too.
fn is_run(path: &str, name: &str, sources: &[(String, String)]) -> bool {
    let package = package(path);
    let mentions = sources
        .iter()
        .filter(|(other, _)| self::package(other) == package)
        .map(|(_, text)| mentions(text, name));
    mentions.sum::<usize>() > 1
}

/// `crates/ihe-xds` of `crates/ihe-xds/src/store/mod.rs`; `conformance` is a package by itself.
fn package(path: &str) -> &str {
    let folders = usize::from(!path.starts_with("conformance/"));
    let end = path.match_indices('/').nth(folders).map(|(at, _)| at);
    &path[..end.unwrap_or(path.len())]
}

fn collect(folder: &Path, path: &str, sources: &mut Vec<(String, String)>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{path}/{name}");
        if entry.file_type()?.is_dir() && name != "target" {
            collect(&entry.path(), &path, sources)?;
        } else if name.ends_with(".rs") {
            sources.push((path, masked(&fs::read_to_string(entry.path())?)));
        }
    }
    Ok(())
}
