//! Messages made from the structures themselves.

use super::grammar::Grammar;
use super::{Profile, check, groups_of};
use crate::Message;
use crate::ack::ErrorCode;
use proptest::prelude::*;
use proptest::sample::Index;

fn profiles() -> impl Strategy<Value = Profile> {
    prop_oneof![
        Just(Profile::hl7_2_5()),
        Just(Profile::hl7_2_3_1()),
        Just(Profile::ss_mix2())
    ]
}

/// A profile, one of its structures, and numbers that decide what is left out and repeated.
fn drawn() -> impl Strategy<Value = (Profile, String, Vec<u8>)> {
    (
        profiles(),
        any::<Index>(),
        prop::collection::vec(any::<u8>(), 0..60),
    )
        .prop_map(|(profile, which, choices)| {
            let names = profile.structures();
            let id = which.get(&names).to_string();
            (profile, id, choices)
        })
}

/// Segment names with their places, as the structure allows them. Without choices only what is required.
fn written(grammar: &Grammar, choices: &[u8]) -> Vec<(String, u16)> {
    let mut out = Vec::new();
    write_parts(grammar, 0, &mut choices.iter().copied(), &mut out);
    out
}

fn write_parts(
    grammar: &Grammar,
    group: u16,
    choices: &mut impl Iterator<Item = u8>,
    out: &mut Vec<(String, u16)>,
) {
    let mut at = group + 1;
    while let Some(node) = grammar.node(at).filter(|_| grammar.contains(group, at)) {
        let choice = choices.next().unwrap_or(0);
        let wanted = u8::from(node.required);
        let most = if node.repeats { 3 } else { 1 };
        let times = if choice & 1 == 0 {
            wanted
        } else {
            1 + choice / 2 % most
        };
        for _ in 0..times {
            if node.group {
                write_parts(grammar, at, choices, out);
            } else {
                let name = &node.names[usize::from(choice) % node.names.len()];
                out.push((name.clone(), at));
            }
        }
        at = node.end;
    }
}

fn message(id: &str, version: &str, names: &[&str]) -> Message {
    let mut text = format!("MSH|^~\\&|A|B|C|D|2026||ZZZ^Z99^{id}|1|P|{version}\r");
    for name in names.iter().skip(1) {
        text.push_str(name);
        text.push_str("|1\r");
    }
    Message::parse(text.as_bytes()).unwrap()
}

/// Places of the findings of code 100.
fn sequence_faults(profile: &Profile, message: &Message) -> Vec<String> {
    check(message, profile)
        .findings()
        .iter()
        .filter(|one| one.code == ErrorCode::SEGMENT_SEQUENCE)
        .map(|one| one.location.as_ref().unwrap().to_string())
        .collect()
}

/// The places that every message has, of names that come once.
fn indispensable(grammar: &Grammar, parts: &[(String, u16)]) -> Vec<usize> {
    let once = |name: &str| parts.iter().filter(|(other, _)| other == name).count() == 1;
    let wanted = |at: u16| grammar.node(at).is_some_and(|node| node.required);
    let always = |at: u16| {
        wanted(at)
            && grammar
                .ancestors(at)
                .all(|group| group == 0 || wanted(group))
    };
    (1..parts.len())
        .filter(|&n| once(&parts[n].0) && always(parts[n].1))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 1 << 16, ..ProptestConfig::default() })]

    #[test]
    fn a_message_made_from_a_structure_is_accepted((profile, id, choices) in drawn()) {
        let parts = written(&profile.tables.structures[&id], &choices);
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        let message = message(&id, profile.version(), &names);
        prop_assert_eq!(sequence_faults(&profile, &message), Vec::<String>::new(), "{} {:?}", id, names);
        let tree = groups_of(&message, &profile);
        prop_assert_eq!(tree.root().segments().count(), names.len());
    }

    #[test]
    fn a_dropped_required_segment_is_reported((profile, id, choices) in drawn(), which: Index) {
        let grammar = &profile.tables.structures[&id];
        let parts = written(grammar, &choices);
        let candidates = indispensable(grammar, &parts);
        prop_assume!(!candidates.is_empty());
        let gone = *which.get(&candidates);
        let names: Vec<&str> = parts.iter().enumerate().filter(|(n, _)| *n != gone).map(|(_, part)| part.0.as_str()).collect();
        let faults = sequence_faults(&profile, &message(&id, profile.version(), &names));
        let first = &grammar.node(parts[gone].1).unwrap().names[0];
        prop_assert!(faults.contains(&format!("{first}^1")), "{} without {}: {:?}", id, parts[gone].0, faults);
    }

    #[test]
    fn swapped_order_is_reported((profile, id, choices) in drawn(), which: Index) {
        let grammar = &profile.tables.structures[&id];
        let parts = written(grammar, &choices);
        let candidates: Vec<usize> = indispensable(grammar, &parts)
            .windows(2)
            .filter(|pair| pair[0] + 1 == pair[1])
            .map(|pair| pair[0])
            .collect();
        prop_assume!(!candidates.is_empty());
        let at = *which.get(&candidates);
        let mut names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        names.swap(at, at + 1);
        let faults = sequence_faults(&profile, &message(&id, profile.version(), &names));
        prop_assert!(!faults.is_empty(), "{} {:?}", id, names);
    }

    #[test]
    fn any_segments_in_any_order_neither_panic_nor_get_lost((profile, id, _) in drawn(), picks in prop::collection::vec(any::<Index>(), 0..40)) {
        let mut known: Vec<&str> = profile.tables.segments.keys().map(String::as_str).collect();
        known.sort_unstable();
        known.push("ZZZ");
        let names: Vec<&str> = std::iter::once("MSH").chain(picks.iter().map(|pick| *pick.get(&known))).collect();
        let message = message(&id, profile.version(), &names);
        let few = check(&message, &profile.clone().most_findings(3));
        prop_assert!(few.findings().len() <= 3);
        let report = check(&message, &profile);
        prop_assert_eq!(few.is_capped(), report.findings().len() > 3);
        let tree = groups_of(&message, &profile);
        let all: Vec<_> = tree.root().segments().map(|segment| segment.name()).collect();
        prop_assert_eq!(all, names);
    }

    #[test]
    fn any_table_text_is_read_or_refused(text in r"[A-Z<>|\[\]{}(): =\t0-9a\n]{0,80}") {
        let layer = super::Layer { structures: &text, events: &text, segments: &text, components: &text, values: &text, requirements: &text };
        let _ = Profile::from_tables("any", "2.5", &[layer]);
    }
}
