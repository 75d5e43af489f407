//! What is read out of records, and written for others.

use chrono::TimeDelta;

use super::{made, stored, time};
use crate::audit::Outcome;
#[cfg(feature = "sqlite")]
use crate::store::body;
use crate::store::{Cursor, ExportFormat, ReceivedRecord, RecordSummary};
use crate::trail::RecordFlags;

#[test]
fn atna_r_023_a_cut_message_is_closed_to_be_read() {
    let whole = made(1, "1^^^&1.2&ISO", "ITI-8").received().raw;
    let mut read = 0;
    for length in 0..whole.len() {
        if let Some(summary) = RecordSummary::of(&whole[..length]) {
            assert!(summary.cut, "at {length}");
            assert_eq!(summary.event_id, "110112");
            read += 1;
        }
    }
    assert!(read > 500, "most cuts after the event are readable: {read}");
}

#[test]
fn atna_r_029_rfc_3881_without_dicom_names_is_read() {
    let xml = "<?xml version=\"1.0\"?><AuditMessage><EventIdentification EventActionCode=\"E\" \
        EventDateTime=\"2009-01-01T00:00:00\" EventOutcomeIndicator=\"0\"><EventID code=\"110112\" \
        codeSystemName=\"DCM\" displayName=\"Query\"/><EventTypeCode code=\"ITI-9\" \
        codeSystemName=\"IHE Transactions\" displayName=\"PIX Query\"/></EventIdentification>\
        <ActiveParticipant UserID=\"old\" UserIsRequestor=\"true\"/><AuditSourceIdentification \
        AuditSourceID=\"s\"/><ParticipantObjectIdentification ParticipantObjectID=\"7^^^&amp;1.2&amp;ISO\" \
        ParticipantObjectTypeCode=\"1\" ParticipantObjectTypeCodeRole=\"1\">\
        <ParticipantObjectIDTypeCode code=\"2\"/></ParticipantObjectIdentification></AuditMessage>";
    let record = ReceivedRecord::new("p", format!("<85>Oct 11 22:14:15 h {xml}").into_bytes());
    assert_eq!(record.flags, RecordFlags::LEGACY);
    let summary = RecordSummary::of(&record.raw).expect("read behind a BSD header");
    assert_eq!(
        (summary.event_id.as_str(), summary.event_type.as_str()),
        ("110112", "ITI-9")
    );
    assert_eq!(summary.patients, ["7^^^&1.2&ISO"]);
    assert_eq!(summary.users, ["old"]);
}

#[test]
fn atna_r_024_xml_bombs_and_deep_trees_are_kept_unread() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"&c;&c;\">]><AuditMessage>&b;</AuditMessage>";
    let deep = format!("<AuditMessage>{}", "<a>".repeat(100_000));
    let wide = format!("<AuditMessage>{}</AuditMessage>", "<a/>".repeat(200_000));
    for xml in [bomb, &deep, &wide] {
        let raw = format!("<85>1 - - - - - - {xml}").into_bytes();
        assert_eq!(RecordSummary::of(&raw), None);
        assert_eq!(stored(1, ReceivedRecord::new("p", raw)).summary, None);
    }
}

#[test]
fn atna_r_024_a_clock_far_ahead_is_put_where_it_was_received() {
    let mut record = made(600, "1", "ITI-9").received();
    record.received = time(1);
    assert_eq!(stored(1, record.clone()).time(), time(1));
    record.received = time(600) - TimeDelta::minutes(59);
    assert_eq!(
        stored(1, record.clone()).time(),
        time(600),
        "a little ahead is believed"
    );
    record.received = time(600) + TimeDelta::days(4000);
    assert_eq!(
        stored(1, record).time(),
        time(600),
        "a spool may hold it long"
    );
}

#[cfg(feature = "sqlite")]
#[test]
fn a_body_reads_back_to_the_same_and_damage_is_nothing() {
    let mut record = made(3, "1^^^&1.2&ISO", "ITI-9").stored(7);
    record.flags = RecordFlags::LEGACY;
    let bytes = body::encode(&record);
    assert_eq!(body::decode(7, &bytes), Some(record.clone()));
    for length in 0..bytes.len() {
        assert_ne!(body::decode(7, &bytes[..length]), Some(record.clone()));
    }
    record.summary = None;
    assert_eq!(body::decode(7, &body::encode(&record)), Some(record));
    assert_eq!(body::decode(1, &[1, 0, 255, 255, 255, 255]), None);
}

#[test]
fn a_cursor_is_a_text_and_comes_back() {
    let cursor = made(3, "1", "ITI-9").stored(7).cursor();
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
    for wrong in ["", "7", "-", "1-", "x-1", "9999999999999999999-1"] {
        assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
    }
}

#[test]
fn atna_r_028_an_export_is_no_formula_and_no_broken_json() {
    let mut one = made(1, "=cmd|' /C calc'!A0", "ITI-9");
    one.outcome = Outcome::MajorFailure;
    one.user = "+1 \"two\",\n三";
    let record = one.stored(7);
    let csv = ExportFormat::Csv.line(&record);
    assert!(csv.contains(",\"'=cmd|' /C calc'!A0\","), "{csv}");
    assert!(
        csv.contains(",\"'+1 \"\"two\"\",\n三 destination\","),
        "{csv}"
    );
    assert!(csv.starts_with("7,2026-01-21T10:01:00.000000Z,") && csv.ends_with("\r\n"));
    let columns = ExportFormat::Csv.header().split(',').count();
    assert_eq!(columns, 13);
    let json = ExportFormat::Json.line(&record);
    assert!(
        json.contains("\"users\":[\"+1 \\\"two\\\",\\u000a三\",\"destination\"]"),
        "{json}"
    );
    assert!(
        json.contains(",\"outcome\":12,") && json.ends_with("\"cut\":false}\n"),
        "{json}"
    );
    let odd = stored(1, ReceivedRecord::new("p", b"x".to_vec()));
    assert!(
        ExportFormat::Json
            .line(&odd)
            .contains("\"flags\":[\"malformed\"]}")
    );
}
