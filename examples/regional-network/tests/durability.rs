//! What was acknowledged survives kill -9, and was on disk before it was acknowledged.

mod support;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use support::{PATIENT, Server, client, feed_patient, succeeded};

/// Submits numbered documents until told to stop or refused; answers (uniqueId, content) of the acknowledged.
fn submit_until(data: &Path, stop: &AtomicBool) -> Vec<(String, String)> {
    let mut acknowledged = Vec::new();
    for number in 0..1000 {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let content = format!("document number {number}\n").repeat(2000);
        let file = data.join(format!("document-{number}.txt"));
        std::fs::write(&file, &content).expect("a file can be written");
        let output = client(
            data,
            "submit",
            &["--patient", PATIENT, file.to_str().expect("a plain path")],
        );
        let told = String::from_utf8_lossy(&output.stdout);
        match told.split_whitespace().next() {
            Some(unique_id) if output.status.success() => {
                acknowledged.push((unique_id.to_owned(), content));
            }
            _ => break,
        }
    }
    acknowledged
}

#[test]
fn kill_nine_in_the_middle_of_submits_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut server = Server::start(dir.path(), &[]);
    feed_patient(&server);
    let stop = AtomicBool::new(false);
    let acknowledged = std::thread::scope(|scope| {
        let submits = scope.spawn(|| submit_until(dir.path(), &stop));
        std::thread::sleep(std::time::Duration::from_millis(3000));
        server.kill();
        stop.store(true, Ordering::SeqCst);
        submits.join().expect("the submitting thread ends")
    });
    assert!(
        acknowledged.len() >= 2,
        "only {} submits before the kill",
        acknowledged.len()
    );
    let server = Server::start(dir.path(), &[]);
    for (unique_id, content) in &acknowledged {
        let out = dir.path().join("back");
        let path = out.to_str().expect("a plain path");
        succeeded(&server.client("retrieve", &[unique_id, "-o", path]));
        assert!(
            std::fs::read(&out).expect("retrieved") == content.as_bytes(),
            "other bytes came back"
        );
    }
    let listed = succeeded(&server.client("query", &["--patient", PATIENT]));
    // A line that counts them, the header and its rule come before the rows.
    let entries = listed.lines().count().saturating_sub(3);
    assert!(
        (acknowledged.len()..=acknowledged.len() + 1).contains(&entries),
        "{} acknowledged, {entries} listed: an unacknowledged one is whole or absent",
        acknowledged.len()
    );
    succeeded(&server.client("verify", &[]));
}

/// What the trace says happened, in order.
#[derive(Debug, PartialEq)]
enum Event {
    /// An fsync or fdatasync of this file returned.
    Synced(String),
    /// A write to a socket with this text began.
    Sent(String),
}

/// Reads strace's lines; a sync counts when it has returned, a send when it begins.
fn events(trace: &str) -> Vec<Event> {
    let mut waiting = std::collections::HashMap::new();
    let mut events = Vec::new();
    for line in trace.lines() {
        let Some((pid, call)) = line.trim_start().split_once(' ') else {
            continue;
        };
        let call = call.trim_start();
        let path = call
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
            .map(|(p, _)| p);
        if call.starts_with("fsync(") || call.starts_with("fdatasync(") {
            let path = path.unwrap_or_default().to_owned();
            if call.ends_with("<unfinished ...>") {
                waiting.insert(pid.to_owned(), path);
            } else {
                events.push(Event::Synced(path));
            }
        } else if call.starts_with("<... fsync resumed")
            || call.starts_with("<... fdatasync resumed")
        {
            events.extend(waiting.remove(pid).map(Event::Synced));
        } else if call.contains("<socket:") || call.contains("<TCP") {
            events.push(Event::Sent(call.to_owned()));
        }
    }
    events
}

/// The position of the first event that `is` true of, from `start` on.
fn position(events: &[Event], start: usize, what: &str, is: impl Fn(&Event) -> bool) -> usize {
    match events[start..].iter().position(is) {
        Some(found) => start + found,
        None => panic!("the trace shows no {what} after event {start}"),
    }
}

#[test]
#[ignore = "needs strace"]
fn the_fsync_of_each_stored_thing_comes_before_its_acknowledgement() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let trace = dir.path().join("trace");
    let calls = "trace=fsync,fdatasync,write,writev,sendto,sendmsg";
    let wrapper = [
        "strace",
        "-f",
        "-yy",
        "-s",
        "6000",
        "-e",
        calls,
        "-e",
        "signal=none",
        "-o",
    ]
    .map(OsStr::new);
    let mut wrapper = wrapper.to_vec();
    wrapper.push(trace.as_os_str());
    let data = dir.path().join("data");
    std::fs::create_dir(&data).expect("a directory can be made");
    let mut server = Server::start(&data, &wrapper);
    feed_patient(&server);
    let document = dir.path().join("document.txt");
    std::fs::write(&document, "a document").expect("a file can be written");
    let path = document.to_str().expect("a plain path");
    // The first one may have to be sent again until the registry knows the patient; the second is looked at.
    for _ in 0..2 {
        succeeded(&server.client("submit", &["--patient", PATIENT, path]));
    }
    server.stop();
    let events = events(&std::fs::read_to_string(&trace).expect("strace wrote its trace"));

    let fed = position(
        &events,
        0,
        "acknowledged feed",
        |e| matches!(e, Event::Sent(text) if text.contains("MSA|AA|D1")),
    );
    let identity = position(
        &events,
        0,
        "sync of the identity store",
        |e| matches!(e, Event::Synced(path) if path.contains("ident") && path.ends_with("-wal")),
    );
    assert!(
        identity < fed,
        "the identity store was synced after the feed was acknowledged"
    );

    let provided = |event: &Event| matches!(event, Event::Sent(text) if text.contains("2007:ProvideAndRegisterDocumentSet-bResponse"));
    let answers: Vec<usize> = (0..events.len())
        .filter(|at| provided(&events[*at]))
        .collect();
    let [.., first, _] = answers[..] else {
        panic!(
            "the trace shows {} answers of the repository",
            answers.len()
        );
    };
    let fed = first + 1;
    let stored = position(
        &events,
        fed,
        "sync of the document",
        |e| matches!(e, Event::Synced(path) if path.contains("/documents/")),
    );
    let registered = position(
        &events,
        stored,
        "sync of the registry",
        |e| matches!(e, Event::Synced(path) if path.contains("registry") && path.ends_with("-wal")),
    );
    let answered = position(
        &events,
        fed,
        "answer of the registry",
        |e| matches!(e, Event::Sent(text) if text.contains("2007:RegisterDocumentSet-bResponse")),
    );
    let acknowledged = position(
        &events,
        fed,
        "answer of the repository",
        |e| matches!(e, Event::Sent(text) if text.contains("2007:ProvideAndRegisterDocumentSet-bResponse")),
    );
    assert!(
        stored < acknowledged,
        "the document was synced after the acknowledgement"
    );
    assert!(
        registered < answered,
        "the registry was synced after its answer"
    );
    assert!(
        answered < acknowledged,
        "the repository answered before the registry"
    );
}
