use super::*;

const FILE: &str = r#"<?xml version="1.0"?>
<Codes>
  <CodeType name="formatCode" classScheme="urn:uuid:A09D5840-386c-46f2-b5ad-9c3699a4309d">
    <Code code="urn:ihe:rad:TEXT" display="text" codingScheme="1.3.6.1.4.1.19376.1.2.3"/>
  </CodeType>
  <CodeType name="other" classScheme="urn:uuid:00000000-386c-46f2-b5ad-9c3699a4309d">
    <Code code="x" display="x" codingScheme="1.2"/>
  </CodeType>
  <CodeType name="mimeType"><Code code="text/plain" display="t" ext="txt"/></CodeType>
  <AssigningAuthority id="1.3.6.1.4.1.21367.13.20.1000"/>
  <AssigningAuthority id="&amp;1.3.6.1.4.1.21367.13.20.2000&amp;ISO" display="GREEN"/>
</Codes>"#;

fn attribute(name: &str) -> CodedAttribute {
    CodedAttribute::named(name).unwrap()
}

#[test]
fn xds_r_057_codes_and_mime_types_outside_the_lists_are_not_allowed() {
    let domain = AffinityDomain::from_codes_xml(FILE).unwrap();
    let allows = |name, code, system| domain.allows_code(attribute(name), code, system);
    assert!(allows(
        "formatCode",
        "urn:ihe:rad:TEXT",
        "1.3.6.1.4.1.19376.1.2.3"
    ));
    assert!(!allows("formatCode", "urn:ihe:rad:TEXT", "1.2.3"));
    assert!(!allows("formatCode", "other", "1.3.6.1.4.1.19376.1.2.3"));
    assert!(allows("classCode", "any", "1.2"), "no list allows any");
    assert!(domain.allows_mime_type("Text/Plain; charset=utf-8"));
    assert!(!domain.allows_mime_type("text/html"));
    assert_eq!(domain.authorities().count(), 2);
    assert!(domain.knows_authority("1.3.6.1.4.1.21367.13.20.2000"));
    assert!(!domain.knows_authority("1.2.3"));
}

#[test]
fn authorities_and_lists_of_a_file_are_added_and_never_replace() {
    let mut ours = AffinityDomain::default();
    ours.allow_authority(Oid::parse("1.2.392.200.1").unwrap());
    ours.allow_code(attribute("formatCode"), "ours", "1.2");
    let both = ours.merged(AffinityDomain::from_codes_xml(FILE).unwrap());
    assert_eq!(both.authorities().count(), 3);
    assert!(both.knows_authority("1.2.392.200.1"));
    assert!(both.allows_code(attribute("formatCode"), "ours", "1.2"));
    assert!(!both.allows_code(attribute("formatCode"), "theirs", "1.2"));
}

#[test]
fn what_cannot_be_used_is_refused_with_its_place() {
    assert!(AffinityDomain::from_codes_xml("Codes").is_err());
    assert!(AffinityDomain::from_codes_xml(&FILE.replace("1000\"", "1000.x\"")).is_err());
    let wrong = [
        ("x = 1", "line 1"),
        ("\nauthorities = ['1.2', '1.x']", "line 2"),
        ("mime_types = ['text']", "line 1"),
        (
            "[[codes]]\nattribute = 'class'\nsystem = '1'\nvalues = []",
            "line 2",
        ),
        ("[[codes]]\nattribute = 'classCode'\nsystem = '1'", "line 1"),
        (
            "[[codes]]\nattribute = 'classCode'\nsystem = '1'\nvalues = []\nsistem = 2",
            "line 5",
        ),
    ];
    for (text, place) in wrong {
        let error = AffinityDomain::from_toml(text).unwrap_err().to_string();
        assert!(error.contains(place), "{text}: {error}");
    }
    assert_eq!(
        AffinityDomain::from_toml("").unwrap(),
        AffinityDomain::default()
    );
}

#[test]
fn every_coded_attribute_has_a_name_of_its_own() {
    let names: std::collections::HashSet<_> = CodedAttribute::all().map(|one| one.name()).collect();
    assert_eq!(names.len(), 10);
    assert!(CodedAttribute::all().all(|one| attribute(one.name()) == one));
}

#[test]
fn a_file_is_read_by_its_extension() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        AffinityDomain::read(&path)
    };
    assert_eq!(file("codes.XML", FILE).unwrap().authorities().count(), 2);
    assert!(
        !file("a.toml", "mime_types = ['a/b']")
            .unwrap()
            .allows_mime_type("c/d")
    );
    assert!(matches!(file("codes.txt", FILE), Err(Error::Form(_))));
    assert!(matches!(
        AffinityDomain::read(Path::new("/nowhere.xml")),
        Err(Error::File(_))
    ));
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_the_codes_xml_of_nist_is_read_whole() {
    let shared = std::env::var_os("RENKEI_SHARED").expect("RENKEI_SHARED");
    let path = Path::new(&shared).join("checks/nist/codes.xml");
    let domain = AffinityDomain::read(&path).unwrap();
    assert_eq!(domain.authorities().count(), 3);
    let text = std::fs::read_to_string(&path).unwrap();
    for one in CodedAttribute::all() {
        let scheme = one.0.scheme;
        assert!(
            text.contains(scheme) && domain.codes.contains_key(scheme),
            "{}",
            one.name()
        );
    }
    assert!(domain.allows_mime_type("application/fhir+json"));
    let (code, system) = (
        "urn:ihe:iti:xds:2017:mimeTypeSufficient",
        "1.3.6.1.4.1.19376.1.2.3",
    );
    assert!(domain.allows_code(attribute("formatCode"), code, system));
}
