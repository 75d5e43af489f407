//! `make-ca`.

use super::Failure;
use clap::Args;
use ihe_conformance::authority;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct MakeCa {
    /// A folder for the files; none of them may be there yet
    folder: PathBuf,
    /// A host name or address in the certificates; may be given more than once
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
}

impl MakeCa {
    pub(crate) fn main(self) -> Result<ExitCode, Failure> {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        names.extend(
            self.hosts
                .into_iter()
                .filter(|host| !["localhost", "127.0.0.1", "::1"].contains(&host.as_str())),
        );
        for name in authority::make(&self.folder, &names)? {
            println!("{}", self.folder.join(name).display());
        }
        println!(
            "Give the system under test ca.pem, ca.crl, node.pem and node.key; name the others in [tls] of the endpoint file."
        );
        println!("A test authority: its key is in a file. Nobody's patients may depend on it.");
        Ok(ExitCode::SUCCESS)
    }
}
