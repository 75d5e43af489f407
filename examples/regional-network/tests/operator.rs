//! What operators do beside a running `serve` and without one, and the feed of a city that does not exist.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Server, client, succeeded};

const KITA: &str = "1.2.392.100495.20.3.51.11319999999";
const MIDORI: &str = "1.2.392.100495.20.3.51.11319999998";

fn id(value: &str, domain: &str) -> String {
    format!("{value}^^^&{domain}&ISO")
}

/// Feeds an id; matching links two of the same given name.
fn feed(server: &Server, id: &str, given: &str) {
    let phone = 1000 + given.len();
    let message = format!(
        "MSH|^~\\&|HIS|A|PIX|RHIO|20261121120000||ADT^A04^ADT_A01|{given}|P|2.3.1||||||UNICODE UTF-8\rEVN|A04|20261121120000\r\
         PID|||{id}||OPERATOR^{given}||19700101|M|||1-2-3^^みなみ野市^東京都^000-1234||03-0000-{phone}\rPV1||O\r"
    );
    let file = server.data.join("a04.hl7");
    std::fs::write(&file, message).unwrap();
    let answer = succeeded(&server.client("feed", &[file.to_str().unwrap()]));
    assert!(answer.contains("MSA|AA"), "{answer}");
}

fn denied(data: &Path, command: &str, words: &[&str]) -> String {
    let output = client(data, command, words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

fn review(data: &Path, words: &[&str]) -> std::process::Output {
    std::process::Command::new(support::PROGRAM)
        .arg("review")
        .arg(words[0])
        .arg("--data")
        .arg(data)
        .args(&words[1..])
        .output()
        .unwrap()
}

/// The trail of an id, as soon as this is in it: records are on their way for a moment.
fn trail(server: &Server, id: &str, awaited: &str) -> String {
    let begun = std::time::Instant::now();
    loop {
        let audit = succeeded(&server.client("audit", &["--patient", id]));
        if audit.contains(awaited) {
            return audit;
        }
        assert!(begun.elapsed().as_secs() < 10, "no {awaited} in\n{audit}");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

fn json(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_an_operator_parts_matching_does_not_link_again_and_history_says_who_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data, &[]);
    let (a, b) = (id("0001", KITA), id("0002", MIDORI));
    feed(&server, &a, "ICHIRO");
    feed(&server, &b, "ICHIRO");
    let by = ["--as", "sato", "--reason"];
    let words = |reason| [&by[..], &[reason, &*a, &*b]].concat();
    let linked = |server: &Server| succeeded(&server.client("pix", &[&a])).contains(&b);

    assert!(linked(&server), "matching links the two");
    for asked in [["--name", "operator ICH*"], ["--id", &b]] {
        let found = succeeded(&server.client("pdq", &[&asked[..], &["--birth", "1970"]].concat()));
        assert!(
            found.contains(&a) && found.contains(&b) && found.ends_with("1 patients\n"),
            "{found}"
        );
    }
    assert!(
        succeeded(&server.client("pdq", &["--name", "OPERATOR", "--birth", "1971"]))
            .contains("0 patients")
    );
    succeeded(&server.client("unlink", &words("father and son")));
    assert!(!linked(&server));
    feed(&server, &b, "ICHIRO");
    feed(&server, &a, "ICHIRO");
    assert!(
        !linked(&server),
        "matching linked again what an operator parted"
    );
    succeeded(&server.client("link", &words("one insurance card")));
    assert!(linked(&server), "an operator may change their mind");

    let history = succeeded(&server.client("history", &["--json", &a]));
    let events = json(&history);
    let unlinked = events
        .iter()
        .find(|event| event["what"] == "unlinked")
        .unwrap();
    assert_eq!(
        (&unlinked["why"], &unlinked["with"]),
        (&"father and son".into(), &(&*b).into())
    );
    assert!(
        unlinked["who"].as_str().unwrap().starts_with("sato (as "),
        "{unlinked}"
    );
    assert!(
        events
            .iter()
            .any(|event| event["why"] == "one insurance card")
    );

    server.stop();
    assert!(!data.join("operator.sock").exists());
    // The same without a server, and it is there when one serves again.
    succeeded(&client(
        &data,
        "deactivate",
        &["--reason", "given twice", &a],
    ));
    let server = Server::start(&data, &[]);
    assert!(succeeded(&server.client("history", &[&a])).contains("given twice"));
    assert!(denied(&data, "link", &[&a, &b]).contains("no longer in use"));
    // The denied order is the last one.
    let audit = trail(&server, &a, "minor failure");
    for done in ["link", "unlink", "history", "deactivate"] {
        let record = |line: &&str| line.contains(&format!(" {done} (110110)"));
        assert!(
            audit.lines().find(record).is_some(),
            "{done} is not in\n{audit}"
        );
    }
}

#[test]
fn merge_and_move_and_what_is_wrong_about_an_id_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &[]);
    let ids = [id("1", KITA), id("2", KITA), id("3", MIDORI)];
    for (id, given) in ids.iter().zip(["ICHIRO", "JIRO", "SABURO"]) {
        feed(&server, id, given);
    }
    let [one, two, three] = ids.each_ref().map(String::as_str);
    let other_ids = |id: &str| succeeded(&server.client("pix", &[id]));
    succeeded(&server.client("link", &[one, three]));
    succeeded(&server.client("move", &[three, two]));
    assert!(other_ids(two).contains(three) && !other_ids(one).contains(three));
    for (words, fix) in [
        ([one, "0009"], "ID^^^&OID&ISO"),
        ([one, "9^^^&1.2.3&ISO"], "no domain of this region"),
        ([one, &id("9", KITA)], "not known"),
        ([one, one], "same"),
    ] {
        assert!(denied(&data, "link", &words).contains(fix), "{fix}");
    }
    assert!(denied(&data, "merge", &[one, three]).contains("use link"));
    assert!(denied(&data, "unlink", &[one, three]).contains("not linked"));
    succeeded(&server.client("merge", &["--reason", "twice", one, two]));
    let history = succeeded(&server.client("history", &["--json", two]));
    let last = &json(&history)[0];
    assert_eq!(
        (&last["what"], &last["with"]),
        (&"became".into(), &one.into())
    );
    assert!(
        !other_ids(one).contains(three),
        "a merge does not undo what the move said of the id that moved"
    );
    assert!(denied(&data, "link", &[two, three]).contains("no longer in use"));
    let nowhere = folder.path().join("nowhere");
    assert!(denied(&nowhere, "history", &[one]).contains("--data"));
}

#[test]
fn a_city_is_fed_and_its_reviews_are_decided() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &[]);
    let said = succeeded(&server.client("load", &["--synthetic", "200", "--noise", "3"]));
    assert!(said.contains("; 0 not"), "{said}");
    let people: u64 = said.split(' ').next().unwrap().parse().unwrap();
    assert!(people >= 600, "{said}");

    let text = succeeded(&review(&data, &["list", "--json"]));
    let open = json(&text);
    assert!(open.len() >= 2, "{} reviews", open.len());
    assert!(
        !text.contains("demographics"),
        "patient data without --show"
    );
    let shown = json(&succeeded(&review(&data, &["list", "--json", "--show"])));
    assert!(shown[0]["a"]["demographics"]["names"].is_string());
    let pair = |review: &Value| {
        [&review["a"]["id"], &review["b"]["id"]].map(|id| id.as_str().unwrap().to_owned())
    };
    let together = |[a, b]: &[String; 2]| succeeded(&server.client("pix", &[a])).contains(b);
    let (first, second) = (&open[0], &open[1]);
    let [number, other] = [first, second].map(|review| review["number"].to_string());

    succeeded(&review(
        &data,
        &["accept", "--reason", "called them", &number],
    ));
    assert!(together(&pair(first)));
    succeeded(&review(
        &data,
        &["reject", "--reason", "father and son", &other],
    ));
    assert!(!together(&pair(second)));
    let left = json(&succeeded(&review(&data, &["list", "--json"])));
    assert!(
        left.iter()
            .all(|review| review["number"] != first["number"]
                && review["number"] != second["number"])
    );
    for (state, review_of) in [("accepted", first), ("rejected", second)] {
        let listed = json(&succeeded(&review(
            &data,
            &["list", "--json", "--state", state],
        )));
        assert_eq!(listed[0]["number"], review_of["number"]);
    }
    let again = review(&data, &["accept", &number]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("list the open reviews"));
    let audit = trail(&server, &pair(first)[0], " review-accept (110110)");
    assert!(audit.contains(" review-list (110110)"), "{audit}");
    assert!(audit.contains(" review-show (110110)"), "{audit}");
}

#[cfg(unix)]
#[test]
fn the_door_is_its_owners_and_bears_with_bad_orders() {
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &[]);
    let door = data.join("operator.sock");
    let mode = std::fs::metadata(&door).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let ask = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&door).unwrap();
        // The door closes on a line that is too long, perhaps before all of it is written.
        let _ = stream.write_all(bytes);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    assert!(ask(b"{\"SECRET\":1}\n").contains("not an order"));
    assert!(!ask(b"{\"SECRET\":1}\n").contains("SECRET"));
    assert_eq!(ask(&[b'x'; 100_000]), "");
    let two_lines = br#"{"reason":"a\nb","ask":{"accept":{"review":1}}}"#;
    assert!(ask(&[two_lines, &b"\n"[..]].concat()).contains("one line"));
    let _idle: Vec<UnixStream> = (0..8)
        .map(|_| UnixStream::connect(&door).unwrap())
        .collect();
    assert!(succeeded(&review(&data, &["list"])).contains("no reviews"));
    support::feed_patient(&server);
    drop(server);
    // A killed server's socket does not keep a new one from serving, nor an operator from the store.
    assert!(door.exists());
    assert!(succeeded(&review(&data, &["list"])).contains("no reviews"));
    let server = Server::start(&data, &[]);
    let history = succeeded(&server.client("history", &[support::PATIENT]));
    assert!(
        history.contains("registered") && history.contains("HIS|A"),
        "{history}"
    );
}
