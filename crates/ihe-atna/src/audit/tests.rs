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
fn atna_r_029_order_namespace_prefix_and_byte_order_mark_do_not_matter() {
    let xml = concat!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- from somewhere -->",
        "<a:AuditMessage xmlns:a=\"urn:x\">",
        "<a:ParticipantObjectIdentification ParticipantObjectID=\"1.2\">",
        "<Accession Number=\"A1\"/><MPPS UID=\"1.9\"/>",
        "<SOPClass UID=\"1.3\" NumberOfInstances=\"2\"><Instance UID=\"1.3.1\"/></SOPClass>",
        "<Encrypted>TRUE</Encrypted></a:ParticipantObjectIdentification>",
        "<a:AuditSourceIdentification AuditSourceID=\"s\" code=\"2\"/>",
        "<a:Extension><deep x=\"&#x20BB7;\">text<deeper/></deep></a:Extension>",
        "<a:ActiveParticipant UserID=\"u\" UserIsRequestor=\"False\" other=\"x\"/>",
        "<a:EventIdentification EventDateTime=\"2026-01-01T00:00:00+09:00\" ",
        "EventOutcomeIndicator=\" 4 \" EventActionCode=\"E \">",
        "<a:EventID csd-code=\"110112\" codeSystemName=\"DCM\" originalText=\"&#x51;uery\"/>",
        "<a:EventOutcomeDescription>a<![CDATA[<b>]]>&amp;<c/>d</a:EventOutcomeDescription>",
        "</a:EventIdentification></a:AuditMessage>\n",
    );
    let message = AuditMessage::from_xml(xml).expect("readable");
    assert_eq!(message.event.action, Some(Action::Execute));
    assert_eq!(message.event.outcome, Outcome::MinorFailure);
    assert_eq!(message.event.id.text, "Query");
    assert_eq!(message.event.outcome_description.as_deref(), Some("a<b>&d"));
    assert!(!message.participants[0].is_requestor);
    assert_eq!(message.source.types[0].code, "2");
    let study = &message.objects[0].descriptions[0];
    assert_eq!(
        (&study.accessions[0][..], &study.mpps[0][..]),
        ("A1", "1.9")
    );
    assert_eq!(study.sop_classes[0].instances, ["1.3.1"]);
    assert_eq!(study.encrypted, Some(true));
}

#[test]
fn what_xml_and_its_schema_cannot_carry_is_replaced() {
    let mut message = fixed(event().into_message());
    message.source.id = "a\u{1}\u{b}b\u{ffff}c\u{fffe}\u{ffee}".to_owned();
    let leap = DateTime::parse_from_rfc3339("2016-12-31T23:59:60.5Z").expect("a time");
    message.event.date_time = leap;
    let xml = message.to_xml();
    assert!(xml.contains("AuditSourceID=\"a\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}\u{ffee}\""));
    assert!(xml.contains("EventDateTime=\"2016-12-31T23:59:59.999999999Z\""));
}

#[test]
fn a_code_is_shown_by_its_text_its_display_name_or_our_tables() {
    let code = |text: &str, display: Option<&str>| Coded {
        display_name: display.map(str::to_owned),
        ..Coded::new("110127", "DCM", text)
    };
    assert_eq!(code("Override", Some("x")).shown(), "Override");
    assert_eq!(code("", Some("Break glass")).shown(), "Break glass");
    assert_eq!(code("", None).shown(), "Emergency Override Started");
    assert_eq!(Coded::new("?", "?", "").shown(), "?");
}

#[test]
fn foreign_xml_is_refused_by_kind() {
    let deep = "<AuditMessage>".repeat(50);
    let many = format!("<AuditMessage>{}</AuditMessage>", "<a/>".repeat(30_000));
    let numbered = |number: usize| format!(" a{number}=\"\"");
    let wide: String = (0..100).map(numbered).collect();
    let wide = format!("<AuditMessage><EventIdentification{wide}/></AuditMessage>");
    let lol = "<!DOCTYPE x [<!ENTITY a \"b\">]><AuditMessage>&a;</AuditMessage>";
    for (xml, error) in [
        ("", ReadError::Xml),
        ("<AuditMessage>", ReadError::Xml),
        ("<AuditMessage>&lol;</AuditMessage>", ReadError::Xml),
        ("<AuditMessage/><b/>", ReadError::Xml),
        (lol, ReadError::Dtd),
        ("<Other/>", ReadError::NotAuditMessage),
        ("<AuditMessage/>", ReadError::Wrong("EventIdentification")),
        (deep.as_str(), ReadError::TooLarge),
        (many.as_str(), ReadError::TooLarge),
        (wide.as_str(), ReadError::TooLarge),
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
    "[ -~\t\n\rあ-ん漢字𠮷\u{10fffd}]{0,20}"
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(text())
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(text(), 0..3)
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..40)
}

prop_compose! {
    fn coded()(code in text(), system in text(), text in text(), display_name in maybe()) -> Coded {
        Coded { code, system, text, display_name }
    }
}

fn codeds() -> impl Strategy<Value = Vec<Coded>> {
    proptest::collection::vec(coded(), 0..3)
}

prop_compose! {
    fn sop_class()(uid in maybe(), number_of_instances in any::<u64>(), instances in texts()) -> SopClass {
        SopClass { uid, number_of_instances, instances }
    }
}

prop_compose! {
    fn description()(
        mpps in texts(),
        accessions in texts(),
        sop_classes in proptest::collection::vec(sop_class(), 0..3),
        studies in texts(),
        encrypted in any::<Option<bool>>(),
        anonymized in any::<Option<bool>>(),
    ) -> ObjectDescription {
        ObjectDescription { mpps, accessions, sop_classes, studies, encrypted, anonymized }
    }
}

prop_compose! {
    fn object()(
        (id, sensitivity, name) in (maybe(), maybe(), maybe()),
        (type_code, role, life_cycle) in any::<(Option<u8>, Option<u8>, Option<u8>)>(),
        id_type in coded(),
        query in proptest::option::of(bytes()),
        details in proptest::collection::vec((text(), bytes()), 0..3),
        descriptions in proptest::collection::vec(description(), 0..3),
    ) -> ParticipantObject {
        let details = details.into_iter().map(|(name, value)| DetailValue { name, value });
        ParticipantObject {
            id,
            type_code,
            role,
            life_cycle,
            sensitivity,
            id_type,
            name: name.filter(|_| query.is_none()),
            query,
            details: details.collect(),
            descriptions,
        }
    }
}

prop_compose! {
    fn participant()(
        (user_id, alternative_user_id, user_name) in (text(), maybe(), maybe()),
        is_requestor in any::<bool>(),
        roles in codeds(),
        media_type in proptest::option::of(coded()),
        network_access_point in maybe(),
        network_access_point_type in any::<Option<u8>>(),
    ) -> ActiveParticipant {
        ActiveParticipant {
            user_id,
            alternative_user_id,
            user_name,
            is_requestor,
            roles,
            media_type,
            network_access_point,
            network_access_point_type,
        }
    }
}

prop_compose! {
    fn event_identification()(
        id in coded(),
        action in proptest::sample::select(&[None, Some("C"), Some("R"), Some("U"), Some("D"), Some("E")][..]),
        (seconds, nanos, zone) in (-62_135_596_800_i64 + 86_400..253_402_300_800 - 86_400, 0_u32..1_000_000_000, -14 * 60..=14 * 60),
        outcome in proptest::sample::select(&[0, 4, 8, 12][..]),
        types in codeds(),
        outcome_description in maybe(),
        purposes_of_use in codeds(),
    ) -> EventIdentification {
        let zone = FixedOffset::east_opt(zone * 60).expect("a zone");
        let time = DateTime::from_timestamp(seconds, nanos).expect("a time");
        EventIdentification {
            id,
            action: action.and_then(Action::from_letter),
            date_time: time.with_timezone(&zone),
            outcome: Outcome::from_number(outcome).expect("an outcome"),
            types,
            outcome_description,
            purposes_of_use,
        }
    }
}

prop_compose! {
    fn source_type()(code in "[1-9a-z𠮷]{1,9}", system in text(), text in text(), display_name in maybe()) -> Coded {
        // Read without originalText, the display name stands for it.
        let text = if text.is_empty() { display_name.clone().unwrap_or_default() } else { text };
        Coded { code, system, text, display_name }
    }
}

prop_compose! {
    pub(super) fn message()(
        event in event_identification(),
        participants in proptest::collection::vec(participant(), 1..4),
        (enterprise_site_id, id) in (maybe(), text()),
        types in proptest::collection::vec(source_type(), 0..3),
        objects in proptest::collection::vec(object(), 0..4),
    ) -> AuditMessage {
        AuditMessage {
            event,
            participants,
            source: AuditSource { enterprise_site_id, id, types },
            objects,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(message in message()) {
        prop_assert_eq!(AuditMessage::from_xml(&message.to_xml()), Ok(message));
    }

    #[test]
    fn any_text_is_refused_or_read_without_panic(xml in "[<>/a-z\"=& !\\[\\]?-]{0,200}") {
        let _ = AuditMessage::from_xml(&xml);
    }
}
