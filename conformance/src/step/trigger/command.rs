//! A command of an endpoint file, run by `sh -c` in a folder of its own and in a process group of its own, so that
//! nothing of it outlives the case.

use crate::values::Values;
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Bytes of output that are kept.
const MOST: usize = 256 * 1024;
/// How often it is looked whether a command has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A folder that is removed with all that is in it.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes it; only its owner may look in.
    pub(super) fn new() -> Result<Folder, String> {
        let name = format!("ihe-conformance-{}", uuid::Uuid::new_v4());
        let path = std::env::temp_dir().join(name);
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Folder(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A command that runs.
pub struct Command {
    child: Child,
    output: Arc<Mutex<Vec<u8>>>,
    readers: Vec<std::thread::JoinHandle<()>>,
    ended: bool,
    _folder: Folder,
}

impl Command {
    /// Starts it. Values go by the environment: the shell never reads them as words of its own, whatever is in them.
    pub(super) fn start(
        line: &str,
        folder: Folder,
        values: &mut Values,
    ) -> Result<Command, String> {
        let (line, given) = with_variables(line, values)?;
        let mut child = std::process::Command::new("sh")
            .args(["-c", &line])
            .envs(given)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("sh cannot be started: {error}"))?;
        let output = Arc::new(Mutex::new(Vec::new()));
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(reader(stdout, &output));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(reader(stderr, &output));
        }
        Ok(Command {
            child,
            output,
            readers,
            ended: false,
            _folder: folder,
        })
    }

    /// Waits for its end, for enough output, or for the time to be over; says how it ended, and its output.
    pub(super) fn wait(
        mut self,
        within: Duration,
        enough: Option<&regex::Regex>,
    ) -> (String, Vec<u8>) {
        let end = Instant::now() + within;
        let said = |output: &Mutex<Vec<u8>>| {
            let output = output.lock().expect("no thread panics with it");
            enough.is_some_and(|enough| enough.is_match(&String::from_utf8_lossy(&output)))
        };
        let exit = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    break status
                        .code()
                        .map_or("signal".to_owned(), |code| code.to_string());
                }
                Err(error) => break error.to_string(),
                Ok(None) if said(&self.output) => break "enough".to_owned(),
                Ok(None) if Instant::now() >= end => break "killed".to_owned(),
                Ok(None) => std::thread::sleep(LOOK),
            }
        };
        self.kill();
        for reader in self.readers.drain(..) {
            _ = reader.join();
        }
        let output = self.output.lock().expect("no thread panics with it");
        (exit, output.clone())
    }

    /// Ends the whole group: what the shell started, too.
    fn kill(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let group = format!("kill -s KILL -- -{}", self.child.id());
        let killed = std::process::Command::new("sh")
            .args(["-c", &group])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        _ = killed;
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Drop for Command {
    fn drop(&mut self) {
        self.kill();
    }
}

fn reader(
    mut from: impl Read + Send + 'static,
    into: &Arc<Mutex<Vec<u8>>>,
) -> std::thread::JoinHandle<()> {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(size @ 1..) = from.read(&mut buffer) {
            let mut output = into.lock().expect("no thread panics with it");
            let room = MOST.saturating_sub(output.len());
            output.extend_from_slice(&buffer[..size.min(room)]);
        }
    })
}

/// Every `${name}` becomes a quoted variable; also the variables' values.
fn with_variables(
    line: &str,
    values: &mut Values,
) -> Result<(String, Vec<(String, String)>), String> {
    let (mut said, mut given, mut rest) = (String::new(), Vec::new(), line);
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after
            .split_once('}')
            .ok_or("a ${ of the trigger does not end")?;
        let value = values.of(name).map_err(|unknown| unknown.to_string())?;
        let variable = format!("IHE_VALUE_{}", given.len());
        said += &format!("{before}\"${variable}\"");
        given.push((variable, value));
        rest = after;
    }
    Ok((said + rest, given))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: &str = "'; touch one; \"; touch two; `touch three` $(touch four) #";

    fn run(line: &str, within: u64, enough: Option<&str>) -> (String, String) {
        let mut values = Values::default();
        values.set("bad", BAD);
        let folder = Folder::new().expect("a folder");
        let path = folder.path().to_owned();
        let running = Command::start(line, folder, &mut values).expect("started");
        let enough = enough.map(|enough| regex::Regex::new(enough).expect("a pattern"));
        let (exit, output) = running.wait(Duration::from_millis(within), enough.as_ref());
        assert!(!path.exists(), "the folder stays");
        (exit, String::from_utf8(output).expect("UTF-8"))
    }

    #[test]
    fn a_value_never_breaks_out_of_the_command() {
        for value in ["${bad}", "\"${bad}\"", "'${bad}'"] {
            let line = format!("printf '%s' {value} >/dev/null; ls");
            assert_eq!(run(&line, 5000, None).1, "", "{line}");
        }
        let (exit, output) = run("printf '%s\\n' ${bad}", 5000, None);
        assert_eq!((exit.as_str(), output.trim_end()), ("0", BAD));
    }

    #[test]
    fn how_it_ended_is_said() {
        assert_eq!(run("echo out; echo err >&2; exit 3", 5000, None).0, "3");
        let begun = Instant::now();
        assert_eq!(run("sleep 60 & sleep 60", 100, None).0, "killed");
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "a child outlives it"
        );
        let (exit, output) = run("echo one; echo two; sleep 60", 5000, Some("tw."));
        assert_eq!((exit.as_str(), output.as_str()), ("enough", "one\ntwo\n"));
    }
}
