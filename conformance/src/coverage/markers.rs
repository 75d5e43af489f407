//! What counts as an assertion: a test without any of these shows nothing.

use super::Fault;
use super::source::{Function, calls, functions, is_name};

/// Words that end a test when something is not so.
const ASSERTIONS: [&str; 9] = [
    "assert!",
    "assert_eq!",
    "assert_ne!",
    "assert_matches!",
    "prop_assert!",
    "prop_assert_eq!",
    "panic!",
    ".expect_err(",
    ".unwrap_err(",
];

/// A call of a function named so is an assertion, too: `assert_refused(…)`.
const ASSERTING_PREFIX: &str = "assert_";

/// A function of our tests that asserts, or whose outcome is what the test asserts.
pub(super) struct Named {
    name: &'static str,
    /// Where it is defined.
    file: &'static str,
    /// The files whose calls of that name mean this one: their paths begin so.
    reach: &'static str,
}

/// Functions that assert in their own body, or by one that stands above them here.
const ASSERTING: [Named; 9] = [
    Named {
        name: "until",
        file: "crates/ihe-pix/tests/actors/support.rs",
        reach: "crates/ihe-pix/tests/actors/",
    },
    Named {
        name: "hears",
        file: "crates/ihe-pix/tests/actors/notification.rs",
        reach: "crates/ihe-pix/tests/actors/notification.rs",
    },
    Named {
        name: "pipelined_to",
        file: "crates/ihe-pix/tests/actors/order.rs",
        reach: "crates/ihe-pix/tests/actors/order.rs",
    },
    Named {
        name: "pipelined",
        file: "crates/ihe-pix/tests/actors/order.rs",
        reach: "crates/ihe-pix/tests/actors/order.rs",
    },
    Named {
        name: "accepts",
        file: "crates/ihe-xds/src/validate/value/tests.rs",
        reach: "crates/ihe-xds/src/validate/value/tests.rs",
    },
    Named {
        name: "found",
        file: "crates/ihe-xds/src/validate/tests.rs",
        reach: "crates/ihe-xds/src/validate/tests",
    },
    Named {
        name: "register",
        file: "crates/ihe-xds/src/store/contract/build.rs",
        reach: "crates/ihe-xds/src/store/contract/",
    },
    Named {
        name: "check",
        file: "crates/ihe-atna/src/store/tests/contract.rs",
        reach: "crates/ihe-atna/src/store/",
    },
    Named {
        name: "sends",
        file: "crates/ihe-atna/tests/foreign_syslog.rs",
        reach: "crates/ihe-atna/tests/foreign_syslog.rs",
    },
];

/// Functions that try a connection: to `.expect` what they give is to assert that it was made.
const TRYING: [Named; 3] = [
    Named {
        name: "meet",
        file: "crates/ihe-atna/tests/common/mod.rs",
        reach: "crates/ihe-atna/tests/trust.rs",
    },
    Named {
        name: "judged",
        file: "crates/ihe-atna/tests/common/mod.rs",
        reach: "crates/ihe-atna/tests/trust.rs",
    },
    Named {
        name: "judged_in",
        file: "crates/ihe-atna/tests/common/mod.rs",
        reach: "crates/ihe-atna/tests/trust.rs",
    },
];

/// Whether the body of a function in that file asserts anything.
pub(super) fn asserts(body: &str, path: &str) -> bool {
    asserts_by(body, path, &ASSERTING) || tries(body, path, &TRYING)
}

fn asserts_by(body: &str, path: &str, asserting: &[Named]) -> bool {
    let directly = ASSERTIONS.iter().any(|word| stands_in(body, word));
    directly || calls_prefixed(body) || called(body, path, asserting).next().is_some()
}

/// What is expected after the last of these calls is their outcome; what was before them is not.
fn tries(body: &str, path: &str, trying: &[Named]) -> bool {
    called(body, path, trying).any(|named| {
        let last = body.rfind(named.name).unwrap_or_default();
        body[last..].contains(".expect(")
    })
}

fn called<'a>(body: &'a str, path: &'a str, table: &'a [Named]) -> impl Iterator<Item = &'a Named> {
    table
        .iter()
        .filter(move |named| path.starts_with(named.reach) && calls(body, named.name))
}

fn stands_in(body: &str, word: &str) -> bool {
    body.match_indices(word)
        .any(|(at, _)| word.starts_with('.') || !body[..at].ends_with(is_name))
}

fn calls_prefixed(body: &str) -> bool {
    body.match_indices(ASSERTING_PREFIX).any(|(at, _)| {
        let name = body[at..].split(|letter| !is_name(letter)).next();
        name.is_some_and(|name| calls(&body[at..], name)) && !body[..at].ends_with(is_name)
    })
}

/// What the tables above say wrongly of the sources (path, masked text).
pub(super) fn faults(sources: &[(String, String)]) -> Vec<Fault> {
    let asserting = (0..ASSERTING.len()).filter(|place| {
        let (above, named) = (&ASSERTING[..*place], &ASSERTING[*place]);
        !defined(named, sources).any(|function| asserts_by(function.body, named.file, above))
    });
    let trying = TRYING
        .iter()
        .filter(|named| defined(named, sources).next().is_none());
    asserting
        .map(|place| &ASSERTING[place])
        .chain(trying)
        .map(|named| Fault::Marker(format!("{} {}", named.file, named.name)))
        .collect()
}

fn defined<'a>(
    named: &'a Named,
    sources: &'a [(String, String)],
) -> impl Iterator<Item = Function<'a>> {
    sources
        .iter()
        .filter(|(path, _)| path == named.file)
        .flat_map(|(_, masked)| functions(masked))
        .filter(|function| function.name == named.name)
}
