//! Tests of the audit message: words of the standard, round trip, tolerance.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::codes;

fn event() -> TransactionEvent {
    TransactionEvent {
        event_id: codes::EVENT_QUERY,
        action: Action::Execute,
        transaction: ("ITI-9", "PIX Query"),
        outcome: Outcome::SeriousFailure,
        outcome_description: Some("AE 204 PID^1^3".to_owned()),
        initiator_is_us: true,
        source: Participant::new("FAC|APP", "10.0.0.1", true),
        destination: Participant::new("HOSP|PIX", "pix.example", false),
        human: Some(Human {
            user_id: "yamada".to_owned(),
            user_name: Some("alias<yamada@issuer>".to_owned()),
            role: Some(Coded::new("112247003", "SNOMED", "doctor")),
        }),
        purpose_of_use: Some(Coded::new("TREATMENT", "1.3.6", "Treatment")),
        objects: vec![
            ParticipantObject::patient("1^^^A&1.2.3&ISO"),
            ParticipantObject::query("ITI-9", "PIX Query", "Q1", b"QPD|<&>")
                .detail("MSH-10", b"M1"),
        ],
    }
}

fn fixed(mut message: AuditMessage) -> AuditMessage {
    let time = "2026-11-21T14:30:00.123Z";
    message.event.date_time = DateTime::parse_from_rfc3339(time).expect("a time");
    message
}

#[test]
fn atna_iti_20_a_transaction_is_written_in_the_order_of_the_schema() {
    let process = std::process::id();
    let xml = fixed(event().into_message()).to_xml();
    let expected = format!(
        concat!(
            "<AuditMessage>",
            "<EventIdentification EventActionCode=\"E\" ",
            "EventDateTime=\"2026-11-21T14:30:00.123Z\" EventOutcomeIndicator=\"8\">",
            "<EventID csd-code=\"110112\" codeSystemName=\"DCM\" originalText=\"Query\"/>",
            "<EventTypeCode csd-code=\"ITI-9\" codeSystemName=\"IHE Transactions\" ",
            "originalText=\"PIX Query\"/>",
            "<EventOutcomeDescription>AE 204 PID^1^3</EventOutcomeDescription>",
            "<PurposeOfUse csd-code=\"TREATMENT\" codeSystemName=\"1.3.6\" ",
            "originalText=\"Treatment\"/>",
            "</EventIdentification>",
            "<ActiveParticipant UserID=\"FAC|APP\" AlternativeUserID=\"{process}\" ",
            "UserIsRequestor=\"true\" NetworkAccessPointID=\"10.0.0.1\" ",
            "NetworkAccessPointTypeCode=\"2\">",
            "<RoleIDCode csd-code=\"110153\" codeSystemName=\"DCM\" ",
            "originalText=\"Source Role ID\"/></ActiveParticipant>",
            "<ActiveParticipant UserID=\"yamada\" UserName=\"alias&lt;yamada@issuer&gt;\" ",
            "UserIsRequestor=\"true\"><RoleIDCode csd-code=\"112247003\" ",
            "codeSystemName=\"SNOMED\" originalText=\"doctor\"/></ActiveParticipant>",
            "<ActiveParticipant UserID=\"HOSP|PIX\" UserIsRequestor=\"false\" ",
            "NetworkAccessPointID=\"pix.example\" NetworkAccessPointTypeCode=\"1\">",
            "<RoleIDCode csd-code=\"110152\" codeSystemName=\"DCM\" ",
            "originalText=\"Destination Role ID\"/></ActiveParticipant>",
            "<AuditSourceIdentification AuditSourceID=\"\"/>",
            "<ParticipantObjectIdentification ParticipantObjectID=\"1^^^A&amp;1.2.3&amp;ISO\" ",
            "ParticipantObjectTypeCode=\"1\" ParticipantObjectTypeCodeRole=\"1\">",
            "<ParticipantObjectIDTypeCode csd-code=\"2\" codeSystemName=\"RFC-3881\" ",
            "originalText=\"Patient Number\"/></ParticipantObjectIdentification>",
            "<ParticipantObjectIdentification ParticipantObjectID=\"Q1\" ",
            "ParticipantObjectTypeCode=\"2\" ParticipantObjectTypeCodeRole=\"24\">",
            "<ParticipantObjectIDTypeCode csd-code=\"ITI-9\" ",
            "codeSystemName=\"IHE Transactions\" originalText=\"PIX Query\"/>",
            "<ParticipantObjectQuery>UVBEfDwmPg==</ParticipantObjectQuery>",
            "<ParticipantObjectDetail type=\"MSH-10\" value=\"TTE=\"/>",
            "</ParticipantObjectIdentification></AuditMessage>",
        ),
        process = process
    );
    assert_eq!(xml, expected);
}

#[test]
fn atna_iti_20_the_process_id_stands_on_the_side_that_logs() {
    let ours = event().into_message();
    assert!(ours.participants[0].alternative_user_id.is_some());
    assert!(ours.participants[2].alternative_user_id.is_none());
    let theirs = TransactionEvent {
        initiator_is_us: false,
        ..event()
    }
    .into_message();
    assert!(theirs.participants[0].alternative_user_id.is_none());
    assert!(theirs.participants[2].alternative_user_id.is_some());
}

#[test]
fn atna_r_029_older_editions_are_read() {
    let xml = r#"<?xml version="1.0"?>
      <AuditMessage xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <EventIdentification EventDateTime="2004-05-06T07:08:09" EventOutcomeIndicator="0">
          <EventID code="110110" codeSystemName="DCM" displayName="Patient Record"/>
        </EventIdentification>
        <ActiveParticipant UserID="u"/>
        <AuditSourceIdentification AuditSourceID="s">
          <AuditSourceTypeCode>4</AuditSourceTypeCode>
        </AuditSourceIdentification>
        <ParticipantObjectIdentification ParticipantObjectID="1^^^&amp;1.2&amp;ISO"
            ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1">
          <ParticipantObjectIDTypeCode code="2"/>
          <ParticipantObjectQuery> UVBE
             fA </ParticipantObjectQuery>
          <ParticipantObjectDetail type="t" value="not base64!"/>
          <Unknown/>
        </ParticipantObjectIdentification>
      </AuditMessage>"#;
    let message = AuditMessage::from_xml(xml).expect("readable");
    assert_eq!(codes::EVENT_PATIENT_RECORD, message.event.id);
    assert_eq!(message.event.id.text, "Patient Record");
    assert_eq!(
        message.event.date_time.to_rfc3339(),
        "2004-05-06T07:08:09+00:00"
    );
    assert!(
        message.participants[0].is_requestor,
        "RFC 3881: true unless said otherwise"
    );
    assert_eq!(message.source.types[0].code, "4");
    assert_eq!(message.objects[0].query.as_deref(), Some(&b"QPD|"[..]));
    assert_eq!(message.objects[0].details[0].value, b"not base64!");
    assert_eq!(message.patients().collect::<Vec<_>>(), ["1^^^&1.2&ISO"]);
}

#[test]
fn atna_r_029_source_type_is_read_from_each_attribute() {
    for element in ["csd-code=\"9\"", "code=\"9\""] {
        let xml = format!(
            "<AuditMessage><EventIdentification EventDateTime=\"2026-01-01T00:00:00Z\" \
             EventOutcomeIndicator=\"0\"><EventID csd-code=\"1\"/></EventIdentification>\
             <AuditSourceIdentification AuditSourceID=\"s\"><AuditSourceTypeCode {element}/>\
             </AuditSourceIdentification></AuditMessage>"
        );
        let message = AuditMessage::from_xml(&xml).expect("readable");
        assert_eq!(message.source.types[0].code, "9");
    }
}

#[test]
fn foreign_xml_is_refused_by_kind() {
    let deep = "<AuditMessage>".repeat(50);
    let many = format!("<AuditMessage>{}</AuditMessage>", "<a/>".repeat(30_000));
    let lol = "<!DOCTYPE x [<!ENTITY a \"b\">]><AuditMessage>&a;</AuditMessage>";
    for (xml, error) in [
        ("", ReadError::Xml),
        ("<AuditMessage>", ReadError::Xml),
        ("<AuditMessage>&lol;</AuditMessage>", ReadError::Xml),
        ("<a/><b/>", ReadError::Xml),
        (lol, ReadError::Dtd),
        ("<Other/>", ReadError::NotAuditMessage),
        ("<AuditMessage/>", ReadError::Wrong("EventIdentification")),
        (deep.as_str(), ReadError::TooLarge),
        (many.as_str(), ReadError::TooLarge),
    ] {
        let shown = xml.get(..xml.len().min(60)).unwrap_or_default();
        assert_eq!(AuditMessage::from_xml(xml), Err(error), "{shown}");
    }
    let small = ReadLimits {
        size: 10,
        ..ReadLimits::default()
    };
    assert_eq!(
        AuditMessage::from_xml_with("<AuditMessage/>", &small),
        Err(ReadError::TooLarge)
    );
}

#[test]
fn debug_shows_no_patient_and_no_user() {
    let message = event().into_message();
    let shown = format!("{message:?}{:?}{:?}", message.objects, message.participants);
    let shown = shown + &format!("{:?}{:?}{:?}", event(), As::user("yamada"), event().human);
    for secret in ["1.2.3", "yamada", "QPD"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

fn text() -> impl Strategy<Value = String> {
    "[ -~\t\n\rあ-ん漢字𠮷]{0,20}"
}

prop_compose! {
    fn coded()(code in text(), system in text(), text in text()) -> Coded {
        Coded { code, system, text }
    }
}

prop_compose! {
    fn object()(
        id in proptest::option::of(text()),
        role in proptest::option::of(1_u8..27),
        id_type in coded(),
        name in text(),
        query in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
        details in proptest::collection::vec(
            (text(), proptest::collection::vec(any::<u8>(), 0..20)), 0..3),
        studies in proptest::collection::vec(text(), 0..3),
        encrypted in proptest::option::of(any::<bool>()),
    ) -> ParticipantObject {
        ParticipantObject {
            id,
            role,
            id_type,
            name: query.is_none().then_some(name),
            query,
            details: details.into_iter().map(|(name, value)| DetailValue { name, value }).collect(),
            descriptions: vec![ObjectDescription {
                studies,
                encrypted,
                sop_classes: vec![SopClass {
                    uid: None,
                    number_of_instances: 3,
                    instances: vec!["1.2".to_owned()],
                }],
                ..ObjectDescription::default()
            }],
            ..ParticipantObject::default()
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        user in text(),
        name in proptest::option::of(text()),
        roles in proptest::collection::vec(coded(), 0..3),
        description in proptest::option::of(text()),
        objects in proptest::collection::vec(object(), 0..3),
        kind in coded(),
    ) {
        let mut message = fixed(event().into_message());
        message.participants.push(ActiveParticipant {
            user_id: user,
            user_name: name,
            roles,
            ..ActiveParticipant::default()
        });
        message.event.types.push(kind);
        message.event.outcome_description = description;
        message.objects.extend(objects);
        prop_assert_eq!(AuditMessage::from_xml(&message.to_xml()), Ok(message));
    }

    #[test]
    fn any_text_is_refused_or_read_without_panic(xml in "[<>/a-z\"=& !\\[\\]?-]{0,200}") {
        let _ = AuditMessage::from_xml(&xml);
    }
}
