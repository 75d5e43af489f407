//! A PostgreSQL server of our own, in a folder that goes with it.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What PostgreSQL runs as when we are root: it refuses to.
const USER: &str = "postgres";

pub(super) struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Cluster {
    /// Makes and starts a server that only a Unix socket in its folder leads to.
    ///
    /// # Panics
    /// Without PostgreSQL: the test is then not passed.
    pub(super) fn start() -> Cluster {
        let cluster = Cluster {
            folder: tempfile::tempdir().expect("a folder"),
            programs: programs(),
        };
        if is_root() {
            let owner = Command::new("chown")
                .arg(USER)
                .arg(cluster.folder.path())
                .status();
            assert!(owner.is_ok_and(|status| status.success()), "no user {USER}");
        }
        let data = cluster.data();
        let data = data.as_os_str();
        let options = ["-A", "trust", "-U", "arr", "-E", "UTF8", "--locale=C", "-D"];
        cluster.run("initdb", options.map(OsStr::new).into_iter().chain([data]));
        cluster.control("start");
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn control(&self, verb: &str) {
        let data = self.data();
        let log = self.folder.path().join("log");
        let options = format!(
            "-c listen_addresses='' -k '{}'",
            self.folder.path().display()
        );
        let arguments = [
            OsStr::new(verb),
            OsStr::new("-w"),
            OsStr::new("-m"),
            OsStr::new("immediate"),
            OsStr::new("-D"),
            data.as_os_str(),
            OsStr::new("-l"),
            log.as_os_str(),
            OsStr::new("-o"),
            OsStr::new(&options),
        ];
        let start = verb == "start";
        let wanted = |(place, _): &(usize, &OsStr)| !start || !(2..4).contains(place);
        let arguments = arguments.into_iter().enumerate().filter(wanted);
        self.run("pg_ctl", arguments.map(|(_, argument)| argument));
    }

    fn run<'a>(&self, program: &str, arguments: impl Iterator<Item = &'a OsStr>) {
        let program = self.programs.join(program);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", USER, "--"]).arg(&program);
                command
            }
            false => Command::new(&program),
        };
        let command = command.args(arguments).current_dir(self.folder.path());
        let status = command.stdout(Stdio::null()).status();
        let done = status.is_ok_and(|status| status.success());
        assert!(done, "{} did not do it", program.display());
    }

    /// How to reach a schema of its own, which is made if need be.
    pub(super) async fn schema(&self, name: &str) -> String {
        self.sql(&format!("CREATE SCHEMA IF NOT EXISTS {name}"))
            .await;
        format!("{} options='-c search_path={name}'", self.config())
    }

    fn config(&self) -> String {
        let folder = self.folder.path().display();
        format!("host={folder} user=arr dbname=postgres")
    }

    async fn sql(&self, sql: &str) {
        let connected = tokio_postgres::connect(&self.config(), tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("connects");
        tokio::spawn(connection);
        client.batch_execute(sql).await.expect("done");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            let data = self.data();
            let stop = ["stop", "-m", "immediate", "-D"].map(OsStr::new);
            self.run("pg_ctl", stop.into_iter().chain([data.as_os_str()]));
        }
    }
}

/// Where Debian keeps the programs, the newest version first; otherwise where `pg_config` says.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut found: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    let asked = || {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(Path::new(text.trim()).to_owned())
    };
    let found = found.pop().or_else(asked);
    found.expect("NOT TESTED: PostgreSQL is not installed (Debian: apt install postgresql)")
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}
