use super::*;

/// A submission with two documents, a folder that holds the first, and a replacement by the second.
pub(crate) fn sample() -> Submission {
    let code = |code: &str| Code::new(code, "1.2.3.4.9", "display");
    let document = |id: &str| {
        DocumentBuilder::new("text/plain", "ja-JP")
            .unique_id(id)
            .kind(code("class"), code("type"), code("format"))
            .place(code("facility"), code("practice"))
            .confidentiality(code("N"))
            .source_patient_id("local1^^^&1.2.3.4.1000&ISO")
            .source_patient_info(vec!["PID-5|山田^太郎^^^^^L^I".into(), "PID-8|M".into()])
            .author(Author {
                person: Some("^Yamada^Hanako".into()),
                ..Author::default()
            })
            .title("退院時サマリ <1> & \"2\"")
            .service("202001010800", "20200102")
            .created("20200102")
            .content("da39a3ee5e6b4b0d3255bfef95601890afd80709", 0)
            .build()
    };
    let mut first = document("1.2.3.4.5.1");
    let mut second = document("1.2.3.4.5.2");
    first.repository_unique_id = Some("1.2.3.4.77".into());
    second.repository_unique_id = Some("1.2.3.4.77".into());
    let folder = Folder {
        entry_uuid: EntryUuid::random().into(),
        unique_id: "1.2.3.4.6.1".into(),
        title: Some("folder".into()),
        codes: vec![code("folder")],
        ..Folder::default()
    };
    let held = first.entry_uuid.clone();
    let old: String = EntryUuid::random().into();
    SubmissionBuilder::new("P1^^^&1.2.3.4.3000&ISO", "1.2.3.4.8", code("content"))
        .author(Author {
            institutions: vec!["Clinic".into()],
            ..Author::default()
        })
        .document(first)
        .replacement(second, &old)
        .folder(folder, &[&held])
        .build()
}

#[test]
fn identifiers_are_kept_in_their_canonical_form() {
    let uuid = EntryUuid::parse("urn:uuid:A54D6AA5-d40d-43f9-88c5-b4633d873bdd").unwrap();
    assert_eq!(
        uuid.as_str(),
        "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
    );
    assert_eq!(
        EntryUuid::parse("Document01").unwrap_err().name,
        "a UUID URN"
    );
    assert!(Oid::parse(Oid::random().as_str()).is_ok());
    assert_eq!(Dtm::now().as_str().len(), 14);
    assert!(LanguageCode::parse("ja-JP").is_ok());
    assert!(Sha1Hash::parse("da39").is_err());
}

#[test]
fn urns_of_types_and_statuses_lead_back() {
    for kind in AssociationType::ALL {
        assert_eq!(AssociationType::from_urn(kind.urn()), Some(kind));
    }
    assert_eq!(AssociationType::from_urn("HasMember"), None);
    assert_eq!(
        Status::from_urn(Status::Deprecated.urn()),
        Some(Status::Deprecated)
    );
    assert_eq!(
        ObjectType::from_urn(ObjectType::OnDemand.urn()),
        Some(ObjectType::OnDemand)
    );
}

#[test]
fn debug_shows_no_patient_data() {
    let text = format!("{:?}", sample());
    for secret in ["P1^^^", "local1", "山田", "Yamada", "退院"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn components_of_people_are_escaped_and_come_back() {
    for text in ["a", r"back\slash", "A^B", "x&y|z~", r"\S\", "山田"] {
        assert_eq!(Cx::new(text, "1.2.3").unwrap().id(), text);
        assert_eq!(Xcn::named(text, text).unwrap().given_name(), text);
        assert_eq!(Xon::named(text).unwrap().name(), text);
        assert_eq!(Xtn::phone(text).unwrap().number().unwrap(), text);
    }
    assert_eq!(format!("{:?}", Cx::new("secret", "1.2").unwrap()), "Cx");
}
