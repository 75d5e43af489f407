//! What is acknowledged is on disk first: the trace of the system calls shows it (kill -9 does not: the page cache
//! survives).

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use crate::kill::{FILE, LAST};

/// Feeds that the child acknowledges before it ends by itself.
const ENOUGH: usize = 200;

/// What the trace says happened, in order.
#[derive(Debug, PartialEq)]
enum Event {
    /// The log was given the pages that hold these feeds.
    Written(Vec<usize>),
    /// An fsync or fdatasync of the log returned.
    Synced,
    /// The child began to say that these are acknowledged.
    Acknowledged(Vec<usize>),
}

fn events(trace: &str) -> Vec<Event> {
    let mut waiting = HashSet::new();
    let mut events = Vec::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.trim_start().split_once(' ') else {
            continue;
        };
        let call = call.trim_start();
        let of_the_log = call.contains("-wal>");
        if call.starts_with("fdatasync(") || call.starts_with("fsync(") {
            match call.ends_with("<unfinished ...>") {
                true if of_the_log => drop(waiting.insert(thread.to_owned())),
                false if of_the_log => events.push(Event::Synced),
                _ => {}
            }
        } else if call.contains("sync resumed>") && waiting.remove(thread) {
            events.push(Event::Synced);
        } else if call.starts_with("pwrite64(") && of_the_log {
            events.push(Event::Written(numbers(call, "feed-")));
        } else if call.starts_with("write(1") {
            events.push(Event::Acknowledged(numbers(call, "acknowledged ")));
        }
    }
    events
}

/// The numbers that follow this word.
fn numbers(text: &str, word: &str) -> Vec<usize> {
    let digits = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_digit());
        rest[..end.unwrap_or(rest.len())].parse().ok()
    };
    text.split(word).skip(1).filter_map(digits).collect()
}

fn trace(folder: &Path) -> String {
    let trace = folder.join("trace");
    let status = Command::new("strace")
        .args([
            "-f",
            "-yy",
            "-s",
            "20000",
            "-e",
            "trace=fsync,fdatasync,write,pwrite64",
        ])
        .args(["-e", "signal=none", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "kill::the_child_feeds_until_killed"])
        .args(["--ignored", "--nocapture"])
        .env(FILE, folder.join("identities.db"))
        .env(LAST, ENOUGH.to_string())
        .stdout(std::process::Stdio::null())
        .status();
    assert!(
        status
            .expect("NOT TESTED: strace is not installed")
            .success()
    );
    std::fs::read_to_string(trace).expect("strace wrote its trace")
}

#[test]
#[ignore = "needs strace"]
fn the_log_holds_a_feed_and_is_synced_before_the_feed_is_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = events(&trace(folder.path()));
    let place = |from: usize, is: &dyn Fn(&Event) -> bool| {
        events
            .iter()
            .skip(from)
            .position(is)
            .map(|place| from + place)
    };
    for feed in 0..ENOUGH {
        let has = |numbers: &[usize]| numbers.contains(&feed);
        let written = place(
            0,
            &|event| matches!(event, Event::Written(feeds) if has(feeds)),
        );
        let written = written.unwrap_or_else(|| panic!("feed {feed} was never written"));
        let synced = place(written, &|event| *event == Event::Synced);
        let told = place(
            0,
            &|event| matches!(event, Event::Acknowledged(feeds) if has(feeds)),
        );
        assert!(
            synced.is_some() && synced < told,
            "feed {feed}: {written} {synced:?} {told:?}"
        );
    }
    let syncs = events
        .iter()
        .filter(|event| **event == Event::Synced)
        .count();
    println!("{ENOUGH} feeds acknowledged after {syncs} syncs of the log");
    assert!(
        syncs < ENOUGH / 2,
        "{syncs} syncs: eight at a time are not committed together"
    );
}
