//! The structures as hl7apy has them.

use super::judged;
use hl7v2::Message;
use hl7v2::structure::{Group, Part, Profile, check, groups_of};

const TABLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tables");

#[test]
#[ignore = "needs python3 with hl7apy"]
fn structures_and_segments_are_those_of_hl7apy() {
    judged("structures.py", &["tables", TABLES], "");
}

/// Event and the segments after MSH; every required field has a value. Not RDE_O11: hl7apy puts the TQ1 after RXE into the
/// group that stands before RXE.
const MESSAGES: [(&str, &[&str]); 8] = [
    (
        "ADT^A01^ADT_A01",
        &[
            EVN,
            PID,
            "ROL||AD|PP|D",
            PV1,
            "PR1|1||X||2026",
            "ROL||AD|PP|D",
            "IN1|1|P|C",
            "IN1|2|P|C",
        ],
    ),
    ("ADT^A40^ADT_A39", &[EVN, PID, "MRG|8", PID, "MRG|9", PV1]),
    (
        "ADT^A60^ADT_A60",
        &[EVN, PID, "IAM|1||X|||A", "IAM|2||Y|||A"],
    ),
    (
        "ORU^R01^ORU_R01",
        &[
            PID,
            PV1,
            "OBR|1||1|X",
            OBX,
            "NTE|1||n",
            OBX,
            "OBR|2||2|X",
            "SPM|1|||BLD",
            OBX,
        ],
    ),
    (
        "OML^O33^OML_O33",
        &[
            PID,
            "SPM|1|||BLD",
            "ORC|NW|1",
            "TQ1|1",
            "OBR|1|1||X",
            OBX,
            "SPM|2|||BLD",
            "ORC|NW|2",
        ],
    ),
    (
        "OMG^O19^OMG_O19",
        &[
            PID,
            PV1,
            "ORC|NW|1",
            "TQ1|1",
            "OBR|1|1||X",
            OBX,
            "ORC|NW|2",
            "OBR|2|2||X",
        ],
    ),
    (
        "RAS^O17^RAS_O17",
        &[
            PID,
            PV1,
            "ORC|NW|1",
            "RXA|0|1|2026|2026|A|1",
            "RXA|0|1|2026|2026|B|1",
            "RXR|PO",
        ],
    ),
    (
        "OUL^R22^OUL_R22",
        &[
            PID,
            PV1,
            "SPM|1|||BLD",
            "OBR|1||1|X",
            "ORC|SC|1",
            OBX,
            OBX,
            "SPM|2|||BLD",
            "OBR|2||2|X",
        ],
    ),
];
const EVN: &str = "EVN||20260315";
const PID: &str = "PID|||7||DOE^J";
const PV1: &str = "PV1||I";
const OBX: &str = "OBX|1|NM|K||4||||||F";

fn text(event: &str, segments: &[&str]) -> String {
    let head = format!("MSH|^~\\&|A|B|C|D|20260315||{event}|1|P|2.5");
    let all: Vec<&str> = std::iter::once(head.as_str())
        .chain(segments.iter().copied())
        .collect();
    all.join("\n")
}

fn shown(group: Group<'_, '_>) -> String {
    let parts = group.parts().map(|part| match part {
        Part::Segment(segment) => segment.name().to_owned(),
        Part::Group(inside) => format!("{}({})", inside.name(), shown(inside)),
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "needs python3 with hl7apy"]
fn hl7apy_accepts_what_we_accept_in_the_same_groups_and_refuses_what_we_refuse() {
    let profile = Profile::hl7_2_5();
    let mut input = String::new();
    for (event, segments) in MESSAGES {
        let good = text(event, segments);
        let message = Message::parse(good.as_bytes()).expect("a message");
        let report = check(&message, &profile);
        assert!(
            report.is_acceptable(),
            "{event}: {report} {:?}",
            report.findings()
        );
        let tree = shown(groups_of(&message, &profile).root());
        input.push_str(&format!("good {tree}\n{good}\n\n"));
        let bad = text(event, &segments[1..]);
        let message = Message::parse(bad.as_bytes()).expect("a message");
        if !check(&message, &profile).is_acceptable() {
            input.push_str(&format!("bad\n{bad}\n\n"));
        }
    }
    assert!(input.matches("bad\n").count() >= 3, "{input}");
    judged("structures.py", &["judge"], &input);
}
