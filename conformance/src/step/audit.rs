//! `do = "audit"`: waits for an audit record that the system under test writes, or stored.
//!
//! It comes to the suite's own listener (`[audit]` of the endpoint file), or is found by a command
//! (`[actor.NAME.trigger] search`) that prints, a line each, the records about `${about}`.

use crate::judge::Assertion;
use crate::look::Received;
use crate::run::{Scene, Trouble};
use crate::values::Values;
use crate::wire::syslog;
use serde::Deserialize;
use std::cell::Cell;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long an unwanted record is waited for.
const NONE: Duration = Duration::from_secs(1);
/// Between two searches.
const PAUSE: Duration = Duration::from_millis(250);

/// Which record, and for how long.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The record contains this text; nothing: any.
    #[serde(default)]
    pub about: String,
    /// And all of these.
    #[serde(default)]
    pub also: Vec<String>,
    /// And none of these.
    #[serde(default)]
    pub without: Vec<String>,
    /// And all of these hold of it.
    #[serde(default)]
    pub with: Vec<Assertion>,
    /// So many of them: the last is judged.
    #[serde(default = "one")]
    pub count: usize,
    /// It comes within so many seconds.
    #[serde(default = "five")]
    pub seconds: u64,
    /// It is found by the command, though records come to the suite too.
    #[serde(default)]
    pub searched: bool,
    /// There is none within one second.
    #[serde(default)]
    pub none: bool,
    /// Its event is not older than the case, by the clocks of both (which differ by less than a second).
    #[serde(default)]
    pub fresh: bool,
}

fn one() -> usize {
    1
}

fn five() -> u64 {
    5
}

impl Audit {
    /// Waits. What is judged is the record; facts `pri`, `version`, `timestamp`, `hostname`, `app`, `procid`, `msgid`,
    /// `structured-data` and `bom` of its header, `sha1`, `size`, `record` (`found`, `none`).
    ///
    /// # Errors
    /// There is none, or one that should not be there, or no way to see records.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let about = scene.values.fill(&self.about)?;
        let mut parts = vec![about.clone()];
        for part in &self.also {
            parts.push(scene.values.fill(part)?);
        }
        let without: Vec<_> = self
            .without
            .iter()
            .map(|part| scene.values.fill(part))
            .collect::<Result<_, _>>()?;
        let values = scene.values.clone();
        let since = scene.began - chrono::Duration::milliseconds(900);
        let seen = Cell::new(0);
        let is_wanted = |record: &[u8]| {
            parts.iter().all(|part| contains(record, part))
                && !without.iter().any(|part| contains(record, part))
                && (!self.fresh || happened(record).is_some_and(|time| time >= since))
                && self.holds(record, &values)
                && {
                    seen.set(seen.get() + 1);
                    seen.get() >= self.count
                }
        };
        let patience = match self.none {
            true => NONE,
            false => Duration::from_secs(self.seconds.min(60)),
        };
        let found = match scene.audit.filter(|_| !self.searched) {
            Some(listener) => {
                let found = listener.wait(0, patience, is_wanted);
                let found = found.map_err(Trouble::Case)?;
                found.map(|record| (record.bytes.to_vec(), record.peer))
            }
            None => search(scene, &about, patience, is_wanted)?,
        };
        self.judged(scene, found, &parts, seen.get())
    }

    fn holds(&self, record: &[u8], values: &Values) -> bool {
        if self.with.is_empty() {
            return true;
        }
        let (received, mut values) = (received(record.to_vec()), values.clone());
        let mut with = self.with.iter();
        with.all(|assertion| assertion.judge(&received, &mut values).is_ok())
    }

    fn judged(
        &self,
        scene: &mut Scene<'_>,
        found: Option<(Vec<u8>, String)>,
        parts: &[String],
        seen: usize,
    ) -> Result<Received, Trouble> {
        let texts = parts.iter().filter(|part| !part.is_empty());
        let mut wanted: Vec<String> = texts.map(|part| format!("{part:?}")).collect();
        for assertion in &self.with {
            wanted.push(scene.values.fill(&assertion.to_string())?);
        }
        let parts = wanted.join(", ");
        match (found, self.none) {
            (None, true) => Ok(Received::default().with("record", "none")),
            (None, false) if self.count > 1 => Err(Trouble::Wrong(format!(
                "of {} audit records with {parts} {seen} came within {} s",
                self.count, self.seconds
            ))),
            (None, false) => Err(Trouble::Wrong(format!(
                "no audit record with {parts} came within {} s",
                self.seconds
            ))),
            (Some((bytes, peer)), none) => {
                scene.peer_is(peer);
                scene.note("audit", &bytes);
                match none {
                    true => Err(Trouble::Wrong(format!(
                        "there is an audit record with {parts}"
                    ))),
                    false => Ok(received(bytes)),
                }
            }
        }
    }
}

fn received(bytes: Vec<u8>) -> Received {
    let header = syslog::header(&bytes).unwrap_or_default();
    let sha1 = crate::sha1(&bytes);
    let mut received = Received::message(bytes)
        .with("record", "found")
        .with("sha1", sha1);
    for (name, value) in header {
        received = received.with(name, value);
    }
    received
}

/// The command is started again and again, as a record needs its time to be stored.
fn search(
    scene: &mut Scene<'_>,
    about: &str,
    patience: Duration,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Result<Option<(Vec<u8>, String)>, Trouble> {
    let declared = scene.declared(None)?;
    let command = declared.trigger.get("search").ok_or_else(|| {
        Trouble::Skip(format!(
            "no audit records are seen: [audit] of the endpoint file, or [actor.{}.trigger] search",
            scene.actor
        ))
    })?;
    scene.values.set("about", about);
    let command = scene.values.fill(command)?;
    let until = Instant::now() + patience;
    loop {
        let output = printed(&command, until)?;
        let mut lines = output.split(|byte| *byte == b'\n');
        if let Some(line) = lines.find(|line| is_wanted(line)) {
            return Ok(Some((line.to_vec(), command)));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

/// What the command prints; it is ended when the time is over.
fn printed(command: &str, until: Instant) -> Result<Vec<u8>, Trouble> {
    use std::io::Read;
    let failed = |error: std::io::Error| Trouble::Case(format!("{command}: {error}"));
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut output = child.stdout.take().expect("it is piped");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        _ = output.by_ref().take(64 << 20).read_to_end(&mut bytes);
        bytes
    });
    let last = until + Duration::from_secs(2);
    while child.try_wait().map_err(failed)?.is_none() {
        if Instant::now() > last {
            _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(reader.join().unwrap_or_default())
}

fn contains(record: &[u8], part: &str) -> bool {
    let part = part.as_bytes();
    let Some(first) = part.first() else {
        return true;
    };
    let mut starts = record.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.any(|(at, _)| record[at..].starts_with(part))
}

/// EventDateTime.
fn happened(record: &[u8]) -> Option<chrono::DateTime<chrono::FixedOffset>> {
    let text = String::from_utf8_lossy(record);
    let (_, rest) = text.split_once("EventDateTime=")?;
    let time = rest.get(1..)?.split(['"', '\'']).next()?;
    chrono::DateTime::parse_from_rfc3339(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_wherever_it_stands() {
        assert!(contains(b"aab", "ab"));
        assert!(contains(b"\xffab", "ab"));
        assert!(!contains(b"a", "ab"));
        assert!(contains(b"", ""));
    }

    #[test]
    fn the_event_has_a_time() {
        let record = br#"<85>1 - <E EventDateTime="2026-11-21T10:00:00.5+09:00" x="y"/>"#;
        let time = happened(record).expect("a time");
        assert_eq!(time.to_rfc3339(), "2026-11-21T10:00:00.500+09:00");
        assert!(happened(b"<E/>").is_none());
    }
}
