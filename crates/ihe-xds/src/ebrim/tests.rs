mod disguise;
mod generated;
mod hostile;
mod shared;

use super::*;
use crate::affinity::Rules;
use crate::iti42;
use crate::metadata::tests::sample;
use crate::metadata::{ObjectType, Status, Submission};

fn accepted(xml: &str) -> Submission {
    iti42::decode(xml, &Rules::default()).unwrap()
}

#[test]
fn the_canonical_form_reads_back_equal() {
    let submission = sample();
    assert_eq!(accepted(&iti42::encode(&submission)), submission);
}

#[test]
fn any_prefix_a_default_namespace_comments_and_cdata_are_read_alike() {
    let submission = sample();
    let xml = iti42::encode(&submission);
    let other = xml
        .replace("<rim:", "<q7:")
        .replace("</rim:", "</q7:")
        .replace("xmlns:rim", "xmlns:q7");
    assert_eq!(accepted(&other), submission);
    let default = xml
        .replace("<rim:", "<")
        .replace("</rim:", "</")
        .replace("xmlns:rim", "xmlns");
    assert_eq!(accepted(&default), submission);
    let noisy = xml
        .replace(
            "<rim:Value>ja-JP</rim:Value>",
            "<rim:Value>ja<!-- x -->-<![CDATA[JP]]></rim:Value>",
        )
        .replace("><rim:Slot", ">\n  <?pi x?><rim:Slot");
    assert_eq!(accepted(&noisy), submission);
}

#[test]
fn a_label_beside_the_package_is_as_good_as_one_inside() {
    let submission = sample();
    let xml = iti42::encode(&submission);
    let start = xml.find("<rim:Classification classificationNode").unwrap();
    let end = start + xml[start..].find("/>").unwrap() + 2;
    let label = xml[start..end].to_owned();
    let list_end = "</rim:RegistryObjectList>";
    let moved = xml
        .replacen(&label, "", 1)
        .replace(list_end, &format!("{label}{list_end}"));
    assert_eq!(accepted(&moved), submission);
}

#[test]
fn upper_case_uuids_are_read_as_lower_case() {
    let submission = sample();
    let id = &submission.documents[0].entry_uuid;
    let upper = format!("urn:uuid:{}", id["urn:uuid:".len()..].to_ascii_uppercase());
    assert_eq!(
        accepted(&iti42::encode(&submission).replace(id, &upper)),
        submission
    );
}

#[test]
fn xds_r_072_xds_r_073_answers_have_statuses_and_object_types_and_stable_part_ids() {
    let submission = sample();
    let mut objects = Objects {
        submission_sets: vec![submission.submission_set],
        documents: submission.documents,
        folders: submission.folders,
        associations: submission.associations,
        references: vec!["urn:uuid:00000000-0000-4000-8000-000000000001".into()],
    };
    objects.documents[0].status = Status::Deprecated;
    objects.documents[0].home_community_id = Some("urn:oid:1.2.3".into());
    let xml = objects_to_xml(&objects);
    assert_eq!(xml, objects_to_xml(&objects));
    let count = |text: &str| xml.matches(text).count();
    assert_eq!(
        count("<rim:Classification "),
        count(schemes::object_type::CLASSIFICATION)
    );
    assert_eq!(
        count("<rim:ExternalIdentifier "),
        count(schemes::object_type::IDENTIFIER)
    );
    let number = 1 + objects.documents.len() + objects.folders.len() + objects.associations.len();
    assert_eq!(
        count(" status=\"urn:oasis:names:tc:ebxml-regrep:StatusType:"),
        number
    );
    assert_eq!(objects_from_xml(&xml, &Limits::default()).unwrap(), objects);
}

fn answer_of(submission: Submission) -> Objects {
    Objects {
        submission_sets: vec![submission.submission_set],
        documents: submission.documents,
        folders: submission.folders,
        associations: submission.associations,
        references: Vec::new(),
    }
}

#[test]
fn xds_r_070_no_answer_says_that_its_metadata_is_limited() {
    let xml = objects_to_xml(&answer_of(sample()));
    for node in [
        schemes::document::LIMITED,
        schemes::submission_set::LIMITED,
        schemes::folder::LIMITED,
    ] {
        assert!(!xml.contains(node), "{node}");
    }
}

#[test]
fn xds_r_071_time_hash_and_size_are_written_for_a_stable_entry_and_not_for_an_on_demand_one() {
    let names = ["name=\"creationTime\"", "name=\"hash\"", "name=\"size\""];
    let mut objects = answer_of(sample());
    objects.documents.truncate(1);
    let stable = objects_to_xml(&objects);
    assert!(names.iter().all(|name| stable.contains(name)));
    let entry = &mut objects.documents[0];
    entry.object_type = ObjectType::OnDemand;
    (entry.creation_time, entry.hash, entry.size) = (None, None, None);
    let on_demand = objects_to_xml(&objects);
    assert!(!names.iter().any(|name| on_demand.contains(name)));
    assert_eq!(
        objects_from_xml(&on_demand, &Limits::default()).unwrap(),
        objects
    );
}

#[test]
fn xds_r_074_nothing_is_written_as_an_empty_list() {
    let xml = objects_to_xml(&Objects::default());
    assert_eq!(
        xml,
        format!("<rim:RegistryObjectList xmlns:rim=\"{}\"/>", ns::RIM)
    );
    assert!(
        objects_from_xml(&xml, &Limits::default())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn parts_of_all_objects_of_an_answer_have_ids_of_their_own_that_are_uuids() {
    let xml = objects_to_xml(&answer_of(sample()));
    let ids: Vec<&str> = xml
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let different: std::collections::HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), different.len());
    assert!(ids.len() > 30);
    for id in ids {
        assert!(crate::validate::value::is_uuid_urn(id), "{id}");
    }
}

#[test]
fn language_and_charset_of_a_text_are_kept() {
    let mut submission = sample();
    let title = submission.documents[0].title.as_mut().unwrap();
    title.language = Some("ja".into());
    title.charset = Some("UTF-8".into());
    let xml = iti42::encode(&submission);
    assert!(xml.contains("<rim:LocalizedString xml:lang=\"ja\" charset=\"UTF-8\" value="));
    assert_eq!(accepted(&xml), submission);
}

#[test]
fn an_external_identifier_without_a_name_and_empty_optional_attributes_are_read() {
    let submission = sample();
    let xml = iti42::encode(&submission)
        .replace(
            "<rim:Name><rim:LocalizedString value=\"XDSDocumentEntry.patientId\"/></rim:Name>",
            "",
        )
        .replace(
            "<rim:ExtrinsicObject ",
            "<rim:ExtrinsicObject home=\"\" lid=\"\" status=\"\" ",
        );
    assert_eq!(accepted(&xml), submission);
}
