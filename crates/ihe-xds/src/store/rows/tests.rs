use super::*;

#[test]
fn objects_of_one_patient_and_kind_lie_side_by_side_in_the_order_of_registration() {
    let first = Place::before(7, Kind::Folder).unwrap().next().unwrap();
    let second = first.next().unwrap();
    assert!(first < second && second < first.last());
    assert_eq!((second.patient(), second.kind()), (7, Kind::Folder));
    let kinds = [
        Kind::Document,
        Kind::SubmissionSet,
        Kind::Folder,
        Kind::Association,
    ];
    let mut ends = Vec::new();
    for patient in [7, 8] {
        for kind in kinds {
            let before = Place::before(patient, kind).unwrap();
            assert_eq!((before.patient(), before.kind()), (patient, kind));
            ends.extend([before, before.last()]);
        }
    }
    assert!(
        ends.is_sorted_by(|one, next| one < next),
        "no two share a place"
    );
}

#[test]
fn numbers_that_no_place_can_have_are_refused() {
    let most = (1 << 31) - 1;
    assert!(Place::before(0, Kind::Document).is_err());
    assert!(Place::before(most + 1, Kind::Document).is_err());
    let last = Place::before(most, Kind::Association).unwrap().last();
    assert_eq!(last, Place(i64::MAX));
    assert!(last.next().is_err());
}

#[test]
fn a_uuid_is_looked_up_by_its_bytes_and_any_other_text_by_its_hash() {
    let uuid = "urn:uuid:00112233-4455-6677-8899-aabbccddeeff";
    assert_eq!(
        uuid_key(uuid),
        (0..16).map(|n| n * 0x11).collect::<Vec<u8>>()
    );
    for other in [
        "",
        "0123456789abcdef",
        &uuid.to_uppercase(),
        &uuid[..40],
        &format!("{uuid}0"),
    ] {
        assert_eq!(uuid_key(other).len(), 32, "{other}");
    }
    assert_eq!(unique_id_key("1.2.3").len(), 16);
    assert_ne!(unique_id_key("1.2.3"), unique_id_key("1.2.4"));
}
