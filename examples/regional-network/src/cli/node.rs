//! `node`: certificates, and the test of a connection.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Args, Subcommand};
use ihe_atna::Certificate;

use crate::authority::{Authority, Wish};
use crate::client::node::{self, Try, With};
use crate::failure::{Context, Result};

/// Examples under `node --help`
pub(super) const EXAMPLES: &str = "\
Examples:
  regional-network node make-ca ca
  regional-network node issue ca --name arr --dns arr.example --dns 192.0.2.7 --days 365
  regional-network node issue ca --name yamada --role 'Medical Doctor'
  regional-network node show ca/arr.pem
  regional-network node revoke ca ca/yamada.pem
  regional-network node test arr.example:6514 --cert ca/pc7.pem --key ca/pc7.key --ca ca/ca.pem
  regional-network node test 127.0.0.1:13600 --data regional-data --tls12

Exit code 0: done, valid, connected. 1: not. 2: the command line is wrong.";

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a test authority: ca.pem, ca.key and an empty revocation list ca.crl
    MakeCa {
        /// The directory; one that has an authority is left alone
        dir: PathBuf,
        /// What the authority is called
        #[arg(long, default_value = "regional network test authority")]
        name: String,
        /// Days it is valid
        #[arg(long, default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36500))]
        days: u32,
    },
    /// Make a key and a certificate: NAME.key and NAME.pem
    Issue {
        /// The directory of `make-ca`
        dir: PathBuf,
        /// CN of the subject, and the files' name
        #[arg(long)]
        name: String,
        /// A host name or address for subjectAltName; may be repeated
        #[arg(long, value_name = "HOST")]
        dns: Vec<String>,
        /// Days it is valid; IHE recommends two years at most
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(0..=36500))]
        days: u32,
        /// HPKI healthcare role, such as 'Medical Doctor' or 'Pharmacist'
        #[arg(long)]
        role: Option<String>,
    },
    /// Withdraw a certificate: ca.crl names it from now on
    Revoke {
        /// The directory of `make-ca`
        dir: PathBuf,
        /// The certificate
        certificate: PathBuf,
    },
    /// Show a certificate (PEM, DER or BER) as a person reads it
    Show {
        /// The certificate
        certificate: PathBuf,
    },
    /// Try a connection step by step, and say what fails and how to mend it
    Test(TestArguments),
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["data", "cert"])))]
pub(super) struct TestArguments {
    /// HOST:PORT
    server: String,
    /// Be the client of this `serve` directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Our certificate and those above it, PEM
    #[arg(long, value_name = "FILE", requires_all = ["key", "ca"])]
    cert: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// The authorities we trust, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    ca: Option<PathBuf>,
    /// Their revocation lists, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    crl: Option<PathBuf>,
    /// Allow TLS 1.2
    #[arg(long)]
    tls12: bool,
    /// The server's certificate must carry HOST as subjectAltName (FQDN validation)
    #[arg(long)]
    fqdn: bool,
}

pub(super) async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::MakeCa { dir, name, days } => {
            let made = Authority::make(&dir, &name, days)?;
            print!(
                "{}",
                node::described(made.certificate(), SystemTime::now().into())
            );
            println!(
                "its key lies unprotected in {}: for tests only",
                dir.join("ca.key").display()
            );
        }
        Command::Issue {
            dir,
            name,
            dns: hosts,
            days,
            role,
        } => {
            let wish = Wish {
                name,
                hosts,
                days,
                role,
            };
            let (path, made) = Authority::open(&dir)?.issue(&wish)?;
            print!("{}", node::described(&made, SystemTime::now().into()));
            println!("in {}", path.display());
        }
        Command::Revoke { dir, certificate } => {
            let bytes = fs::read(&certificate).context(certificate.display())?;
            let gone = Certificate::from_pem(&bytes).context(certificate.display())?;
            let authority = Authority::open(&dir)?;
            authority.revoke(&gone)?;
            println!(
                "{} is withdrawn: {}",
                gone.subject(),
                authority.list().display()
            );
        }
        Command::Show { certificate } => return node::show(&certificate),
        Command::Test(arguments) => return node::test(&arguments.order()).await,
    }
    Ok(ExitCode::SUCCESS)
}

impl TestArguments {
    fn order(self) -> Try {
        let with = match (self.data, self.cert, self.key, self.ca) {
            (None, Some(certificate), Some(key), Some(authority)) => With::Files {
                certificate,
                key,
                authority,
                list: self.crl,
            },
            (data, ..) => With::Data(data.unwrap_or_default()),
        };
        Try {
            server: self.server,
            with,
            tls12: self.tls12,
            check_name: self.fqdn,
        }
    }
}
