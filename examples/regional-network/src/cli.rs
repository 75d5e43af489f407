//! The command line: arguments in, one function of this program called.

pub(crate) mod audit;
mod node;
mod operator;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::client::plan::{FolderPlan, Plan};
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::{client, demo, ports, serve};

/// Three hospitals, one region: IHE PIX, XDS.b, ATNA and CT actors in one program.
///
/// `demo` tells the whole story on this machine in under a minute. `serve` starts the same actors as servers;
/// the other commands are clients of a running `serve` and find it by --data DIR. All people and institutions are invented.
#[derive(Parser)]
#[command(
    name = "regional-network",
    version,
    about,
    long_about,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Feed, link, publish, find, retrieve, audit: the whole story in one process, over TLS on loopback
    Demo {
        /// Keep the domain's data here (default: a temporary directory, removed at the end)
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Start all server actors; SIGINT or SIGTERM stops them
    #[command(after_long_help = ports::help())]
    Serve(ServeArguments),
    /// The configuration file of `serve --config`
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Send HL7 v2 files, byte for byte, over MLLP and print each answer (fails only when no answer comes)
    Feed {
        #[command(flatten)]
        at: At,
        /// The listener to send to
        #[arg(long, value_enum, default_value_t = FeedTarget::PixV2)]
        to: FeedTarget,
        /// Files with one message each
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Ask the PIX Manager for every other id of a patient (ITI-9)
    Pix {
        #[command(flatten)]
        at: At,
        /// A patient id as CX: ID^^^&OID&ISO
        id: String,
    },
    /// Look for patients by demographics (ITI-21); what is said must hold, what is not said does not matter
    Pdq(PdqArguments),
    #[command(flatten)]
    Operator(operator::Command),
    /// Feed people who do not exist, to try and to measure: three hospitals, noise, known truth
    Load(LoadArguments),
    /// Link people who do not exist, in memory, and say how well: precision, recall, reviews, and what each noise costs
    MatchReport(MatchReportArguments),
    /// Publish documents, with their relations and folders (ITI-41); prints uniqueId, type, size and entryUUID of each
    Submit(SubmitArguments),
    /// Ask the registry (ITI-18): a patient's approved documents, or any stored query by its name
    #[command(after_long_help = QUERY_HELP)]
    Query(QueryArguments),
    /// Retrieve a document, or all approved ones of a patient (ITI-43), and check hash and size
    Retrieve {
        #[command(flatten)]
        at: At,
        /// The document's uniqueId, as `query` prints it
        #[arg(required_unless_present = "patient", conflicts_with = "patient")]
        unique_id: Option<String>,
        /// All approved documents of this patient, a CX of any domain; files are named by entryUUID
        #[arg(long, value_name = "ID")]
        patient: Option<String>,
        /// The file to write; with --patient the folder
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
    /// Hash every stored document again and compare with its metadata; works beside a running `serve` and without one
    Verify {
        #[command(flatten)]
        at: At,
    },
    /// Show the Audit Record Repository's records, verify and prove its trail; beside a running `serve` and without one
    Audit(audit::Arguments),
    /// Certificates of nodes, and the test of a connection (ITI-19)
    #[command(after_help = node::EXAMPLES)]
    Node {
        #[command(subcommand)]
        command: node::Command,
    },
    /// Measure this machine's clock against Time Servers (ITI-1): a line for each, and the health of the clock
    #[command(after_long_help = "Exit code 1 when the clock is not good.")]
    Time(TimeArguments),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print the configuration with all defaults
    Print {
        /// Print this file's configuration instead, completed by the defaults
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// Where the domain keeps its data
#[derive(Args)]
pub(crate) struct At {
    /// The data directory of the running `serve`
    #[arg(long, value_name = "DIR", default_value = "regional-data")]
    pub(crate) data: PathBuf,
}

/// What `serve` is told
#[derive(Args)]
pub(crate) struct ServeArguments {
    /// Stores, certificates, audit spool and endpoints.json; locked while serving
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Make every listener plain except audit_tls: for a first contact on a private network only
    #[arg(long)]
    pub(crate) plain: bool,
    /// Listen on this address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) bind: IpAddr,
    /// The host name or address written to endpoints.json and into the certificate (default: the bound address)
    #[arg(long, value_name = "HOST")]
    pub(crate) advertise: Option<String>,
    /// First port of the table below; 0: the system chooses every port
    #[arg(long, value_name = "N", default_value_t = ports::DEFAULT_BASE)]
    pub(crate) port_base: u16,
    /// TOML; see `config print`
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Slew this machine's clock after the servers of `time`: Linux, CAP_SYS_TIME, and built with `--features adjust`
    #[arg(long)]
    pub(crate) adjust: bool,
    /// Codes, MIME types and authorities of the affinity domain: .xml (codes.xml) or .toml; without it codes are not checked
    #[arg(long, value_name = "FILE")]
    pub(crate) codes: Option<PathBuf>,
}

/// Examples of `query`
const QUERY_HELP: &str = "\
Examples:
  query --patient '0001^^^&1.2.3&ISO'                        its approved documents (FindDocuments)
  query find-folders --patient '0001^^^&1.2.3&ISO'
  query get-all --patient '0001^^^&1.2.3&ISO' --deprecated
  query get-related-documents --param XDSDocumentEntryUniqueId=2.25.17 \\
        --param 'AssociationTypes=urn:ihe:iti:2007:AssociationType:RPLC|urn:ihe:iti:2007:AssociationType:APND'
  query find-documents --patient ID --param XDSDocumentEntryClassCode='REPORTS^^1.3.6.1.4.1.19376.1.2.6.1' --xml";

/// What `query` is told
#[derive(Args)]
pub(crate) struct QueryArguments {
    #[command(flatten)]
    pub(crate) at: At,
    /// The query's name or id; `--list` shows all
    #[arg(default_value = "find-documents")]
    pub(crate) query: String,
    /// A patient id of any domain as CX: ID^^^&OID&ISO; it is translated to the affinity domain by ITI-9
    #[arg(long, value_name = "ID")]
    pub(crate) patient: Option<String>,
    /// A parameter, with or without its `$`; values without quotes, A|B for either, the option again for both
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// Deprecated objects too, where a query asks for a status
    #[arg(long)]
    pub(crate) deprecated: bool,
    /// Ids only
    #[arg(long)]
    pub(crate) object_ref: bool,
    /// Print the registry's answer as it came
    #[arg(long)]
    pub(crate) xml: bool,
    /// List the queries with their parameters
    #[arg(long)]
    pub(crate) list: bool,
}

/// What `submit` is told
#[derive(Args)]
#[command(group(clap::ArgGroup::new("relation").args(["replace", "append", "transform", "transform_replace"])))]
pub(crate) struct SubmitArguments {
    #[command(flatten)]
    pub(crate) at: At,
    /// A patient id of any domain as CX: ID^^^&OID&ISO; it is translated to the affinity domain by ITI-9
    #[arg(long, value_name = "ID")]
    patient: String,
    /// The documents; CDA, PDF and plain text are known by their content, not by their name
    #[arg(value_name = "FILE", required_unless_present = "metadata")]
    files: Vec<PathBuf>,
    /// Metadata, relations and folders from a TOML file, whose documents lie beside it
    #[arg(long, value_name = "TOML", conflicts_with_all = ["files", "relation", "folder", "into_folder", "title"])]
    metadata: Option<PathBuf>,
    /// title of the only document (default: the file's name)
    #[arg(long)]
    title: Option<String>,
    /// The only document replaces this one, by uniqueId or entryUUID (RPLC)
    #[arg(long, value_name = "ID")]
    replace: Option<String>,
    /// The only document is appended to this one (APND)
    #[arg(long, value_name = "ID")]
    append: Option<String>,
    /// The only document is a transformation of this one (XFRM)
    #[arg(long, value_name = "ID")]
    transform: Option<String>,
    /// The only document transforms and replaces this one (XFRM_RPLC)
    #[arg(long, value_name = "ID")]
    transform_replace: Option<String>,
    /// Put the documents into a new folder with this title
    #[arg(long, value_name = "TITLE", conflicts_with = "into_folder")]
    folder: Option<String>,
    /// Put the documents into this folder of the registry, by uniqueId or entryUUID
    #[arg(long, value_name = "ID")]
    into_folder: Option<String>,
}

impl SubmitArguments {
    /// The submission these arguments ask for
    fn plan(self) -> Result<Plan> {
        if let Some(path) = &self.metadata {
            return Plan::read(path);
        }
        let mut plan = Plan::of_files(self.files);
        let related = [
            &self.replace,
            &self.append,
            &self.transform,
            &self.transform_replace,
        ];
        let is_of_one = self.title.is_some() || related.iter().any(|one| one.is_some());
        match &mut plan.documents[..] {
            [only] => {
                only.title = self.title;
                only.replace = self.replace;
                only.append = self.append;
                only.transform = self.transform;
                only.transform_replace = self.transform_replace;
            }
            _ if is_of_one => {
                return Err(Failure::new("a title or a relation needs exactly one FILE"));
            }
            _ => {}
        }
        let existing = self.into_folder.is_some();
        if let Some(title) = self.folder.or_else(|| self.into_folder.clone()) {
            for document in &mut plan.documents {
                document.folder = Some(title.clone());
            }
            plan.folders.push(FolderPlan {
                title,
                unique_id: self.into_folder,
                existing,
                ..FolderPlan::default()
            });
        }
        Ok(plan)
    }
}

/// What `pdq` is told
#[derive(Args)]
#[command(group(clap::ArgGroup::new("wanted").required(true).multiple(true).args(["name", "kana", "birth", "id"])))]
pub(crate) struct PdqArguments {
    #[command(flatten)]
    pub(crate) at: At,
    /// Family name, or family and given name with a space between, in any script; `*` ends a beginning: 'ヤマ*'
    #[arg(long, value_name = "NAME", conflicts_with = "kana")]
    pub(crate) name: Option<String>,
    /// The same, in kana
    #[arg(long, value_name = "NAME")]
    pub(crate) kana: Option<String>,
    /// Birth date, or its beginning: YYYY, YYYYMM or YYYYMMDD
    #[arg(long, value_name = "DATE")]
    pub(crate) birth: Option<String>,
    /// Administrative sex: M, F, O, U
    #[arg(long)]
    pub(crate) sex: Option<String>,
    /// A patient id as CX: ID^^^&OID&ISO
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// At most this many patients
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
}

/// What `load` is told
#[derive(Args)]
pub(crate) struct LoadArguments {
    #[command(flatten)]
    pub(crate) at: At,
    /// People of the city; each has three records and a few have more
    #[arg(long, value_name = "N")]
    pub(crate) synthetic: u64,
    /// The same seed and number give the same people
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Factor for all rates of noise: 0 none, 1 as documented, 2 doubled
    #[arg(long, value_name = "F", default_value_t = 1.0)]
    pub(crate) noise: f64,
    /// Messages of one connection under way at a time
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) in_flight: usize,
    /// Connections
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) connections: usize,
}

/// What `match-report` is told
#[derive(Args)]
pub(crate) struct MatchReportArguments {
    /// People of the city; each has three records and a few have more
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) people: u64,
    /// The same seed and number give the same people
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Factor for all rates of noise: 0 none, 1 as documented, 2 doubled
    #[arg(long, value_name = "F", default_value_t = 1.0)]
    pub(crate) noise: f64,
    /// Also write the records here, with the truth, for other programs
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// With `[identity]` of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What `time` is told
#[derive(Args)]
pub(crate) struct TimeArguments {
    #[command(flatten)]
    pub(crate) at: At,
    /// Ask this Time Server, NAME:PORT or an address; may be repeated (default: the domain's own)
    #[arg(long = "server", value_name = "SERVER")]
    pub(crate) servers: Vec<String>,
    /// Print JSON, one line each time
    #[arg(long)]
    pub(crate) json: bool,
    /// Go on measuring and print every five seconds until SIGINT
    #[arg(long)]
    pub(crate) watch: bool,
}

/// Where `feed` sends to
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum FeedTarget {
    /// The PIX Manager
    PixV2,
    /// The Document Registry's patient feed
    RegistryFeed,
}

/// Calls what the command line asks for
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Demo { data } => demo::run(data).await?,
        Command::Serve(arguments) => serve::run(arguments).await?,
        Command::Config {
            command: ConfigCommand::Print { config },
        } => {
            print!("{}", Config::load(config.as_deref())?.print()?);
        }
        Command::Feed { at, to, files } => client::feed::run(&at.data, to, &files).await?,
        Command::Pix { at, id } => client::patients::run(&at.data, &id).await?,
        Command::Pdq(arguments) => client::patients::find(&arguments).await?,
        Command::Operator(command) => return operator::run(command).await,
        Command::MatchReport(arguments) => client::matching::run(arguments).await?,
        Command::Load(arguments) => return client::load::run(&arguments).await,
        Command::Submit(arguments) => {
            let (data, patient) = (arguments.at.data.clone(), arguments.patient.clone());
            client::submit::run(&data, &patient, arguments.plan()?).await?;
        }
        Command::Query(arguments) => client::query::run(&arguments).await?,
        Command::Retrieve {
            at,
            unique_id: Some(id),
            output,
            ..
        } => {
            client::retrieve::one(&at.data, &id, &output).await?;
        }
        Command::Retrieve {
            at,
            patient,
            output,
            ..
        } => {
            client::retrieve::all(&at.data, &patient.unwrap_or_default(), &output).await?;
        }
        Command::Verify { at } => return client::verify::run(&at.data).await,
        Command::Audit(arguments) => return audit::run(arguments).await,
        Command::Node { command } => return node::run(command).await,
        Command::Time(arguments) => return client::time::run(&arguments).await,
    }
    Ok(ExitCode::SUCCESS)
}
