use hl7v2::Message;
use hl7v2::charset::Charset;
use ihe_atna::{Action, Peer};

use super::*;
use crate::Limits;
use crate::iti8::Ends;
use crate::transaction::{AuditFacts, Side};

const EAST: &str = "1.2.3.4.1000";
const WEST: &str = "1.2.3.4.2000";

fn id(value: &str, domain: &str) -> Cx {
    Cx::new(value, Hd::oid(domain))
}

fn told() -> Notification {
    let ids = vec![id("1", EAST), id("2", EAST), id("9", WEST)];
    Notification { ids }
}

fn sent(told: &Notification) -> Message {
    let bytes = encode(told, &Ends::default(), Charset::Utf8).expect("encodes");
    Message::parse(&bytes).expect("parses")
}

fn refused(pid: &str) -> String {
    let msh = "MSH|^~\\&|PIX|R|C|R|2026||ADT^A31^ADT_A05|1|P|2.5\rEVN||2026\r";
    let message = Message::parse(format!("{msh}{pid}PV1||N\r").as_bytes()).expect("parses");
    let refusal = decode(&message, &Limits::default()).expect_err("refused");
    refusal.to_string()
}

#[test]
fn v2_r_050_a_notification_is_adt_a31_with_ids_a_blank_name_and_a_dummy_visit() {
    let message = sent(&told());
    let msh = message.segments().next().expect("MSH");
    assert_eq!(msh.field(9).raw(), "ADT^A31^ADT_A05");
    assert_eq!(msh.field(12).raw(), "2.5");
    let pid = message.segment("PID").expect("PID");
    let ids = "1^^^&1.2.3.4.1000&ISO~2^^^&1.2.3.4.1000&ISO~9^^^&1.2.3.4.2000&ISO";
    assert_eq!((pid.field(3).raw(), pid.field(5).raw()), (ids, " "));
    assert_eq!(message.segment("PV1").map(|pv1| pv1.raw()), Some("PV1||N"));
    assert_eq!(decode(&message, &Limits::default()), Ok(told()));
}

#[test]
fn v2_r_051_of_a_domain_with_several_ids_all_are_used_or_none() {
    let (east, west) = (Hd::oid(EAST), Hd::oid(WEST));
    let all: Vec<_> = told().of_domain(&east).cloned().collect();
    assert_eq!(all, [id("1", EAST), id("2", EAST)]);
    assert_eq!(told().only_id(&east), None);
    assert_eq!(told().only_id(&west), Some(&id("9", WEST)));
    assert_eq!(told().without_doubles().ids, [id("9", WEST)]);
}

#[test]
fn v2_r_051_what_cannot_be_used_is_refused_with_its_place() {
    assert_eq!(refused("PID|||\r"), "AE: 101 at PID^1^3");
    assert_eq!(refused("PID|||1\r"), "AE: 101 at PID^1^3^1^4");
    assert_eq!(refused("PID|||1^^^E~^^^E\r"), "AE: 101 at PID^1^3^2^1");
    assert_eq!(refused(""), "AE: 100 at PID^1");
    let many = format!("PID|||{}\r", ["1^^^E"; 20_000].join("~"));
    assert_eq!(refused(&many), "AE: 102 at PID^1^3^101");
}

#[test]
fn a_notification_is_audited_as_read_at_the_manager_and_update_at_the_consumer() {
    let peer = Peer::unknown(([192, 0, 2, 7], 4000).into());
    for (side, action) in [
        (Side::Source, Action::Read),
        (Side::Destination, Action::Update),
    ] {
        let events = audit(&AuditFacts::success(&peer, side), &sent(&told()));
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].action, events[0].objects.len()), (action, 3));
        assert_eq!(events[0].transaction, ("ITI-10", "PIX Update Notification"));
    }
}
