//! First contact with a running `regional-network serve`, judged by its raw bytes.
//!
//! Every test starts a server of its own; the last one puts everything to one server, twice.
//! The program is `$REGIONAL_NETWORK_BIN`, or the one beside this test in the target directory, or is built.

mod audit;
mod documents;
mod domain;
mod hl7;
mod packages;
mod registry;
mod time;
mod tls;

use domain::Domain;

const CASES: [fn(&Domain); 29] = [
    hl7::iti_8_a_feed_is_accepted,
    hl7::iti_8_the_registry_accepts_a_feed,
    hl7::iti_8_an_unknown_trigger_is_refused,
    hl7::iti_8_an_unknown_message_type_is_refused,
    hl7::iti_8_malformed_hl7_is_refused,
    hl7::iti_8_an_unknown_domain_is_refused,
    hl7::iti_8_a_wrong_version_is_refused,
    hl7::iti_9_ids_fed_together_are_found,
    hl7::iti_9_an_unknown_id_is_refused,
    registry::what_is_no_xml_gets_a_fault,
    registry::a_document_type_declaration_gets_a_fault,
    registry::a_wrong_action_gets_a_fault,
    registry::iti_18_an_unknown_query_fails,
    registry::iti_18_a_patient_without_documents_has_an_empty_list,
    documents::iti_41_what_is_published_is_found_and_retrieved_byte_for_byte,
    documents::iti_41_an_inline_document_without_hash_is_accepted,
    documents::iti_41_a_hash_in_capitals_is_the_same_hash,
    documents::iti_41_a_missing_part_is_refused,
    documents::iti_41_a_missing_document_element_is_refused,
    documents::iti_41_a_document_without_entry_is_refused,
    documents::iti_41_an_on_demand_entry_is_refused,
    documents::iti_41_a_wrong_hash_or_size_is_refused,
    documents::iti_41_an_unknown_patient_is_refused_in_the_registrys_words,
    documents::iti_43_an_unknown_document_is_refused,
    documents::iti_43_a_foreign_repository_is_refused,
    packages::iti_41_simple_soap_gets_a_fault,
    packages::iti_41_a_package_cut_short_gets_a_fault,
    packages::iti_41_a_sender_that_hangs_up_registers_nothing,
    time::iti_1_a_question_is_answered,
];

#[test]
fn after_every_case_in_turn_and_once_more_the_server_still_answers() {
    let domain = Domain::start(&["--plain"]);
    for _ in 0..2 {
        CASES.iter().for_each(|case| case(&domain));
        time::bad_datagrams_are_not_answered(&domain);
    }
    hl7::iti_8_a_feed_is_accepted(&domain);
    registry::iti_18_a_patient_without_documents_has_an_empty_list(&domain);
    time::iti_1_a_question_is_answered(&domain);
}

macro_rules! on_a_fresh_server {
    ($($module:ident :: $case:ident),* $(,)?) => { $(
        mod $case {
            #[test]
            fn on_a_fresh_server() {
                super::$module::$case(&super::Domain::start(&["--plain"]));
            }
        }
    )* };
}

on_a_fresh_server![
    hl7::iti_8_a_feed_is_accepted,
    hl7::iti_8_the_registry_accepts_a_feed,
    hl7::iti_8_an_unknown_trigger_is_refused,
    hl7::iti_8_an_unknown_message_type_is_refused,
    hl7::iti_8_malformed_hl7_is_refused,
    hl7::iti_8_an_unknown_domain_is_refused,
    hl7::iti_8_a_wrong_version_is_refused,
    hl7::iti_9_ids_fed_together_are_found,
    hl7::iti_9_an_unknown_id_is_refused,
    registry::what_is_no_xml_gets_a_fault,
    registry::a_document_type_declaration_gets_a_fault,
    registry::a_wrong_action_gets_a_fault,
    registry::iti_18_an_unknown_query_fails,
    registry::iti_18_a_patient_without_documents_has_an_empty_list,
    documents::iti_41_what_is_published_is_found_and_retrieved_byte_for_byte,
    documents::iti_41_an_inline_document_without_hash_is_accepted,
    documents::iti_41_a_hash_in_capitals_is_the_same_hash,
    documents::iti_41_a_missing_part_is_refused,
    documents::iti_41_a_missing_document_element_is_refused,
    documents::iti_41_a_document_without_entry_is_refused,
    documents::iti_41_an_on_demand_entry_is_refused,
    documents::iti_41_a_wrong_hash_or_size_is_refused,
    documents::iti_41_an_unknown_patient_is_refused_in_the_registrys_words,
    documents::iti_43_an_unknown_document_is_refused,
    documents::iti_43_a_foreign_repository_is_refused,
    packages::iti_41_simple_soap_gets_a_fault,
    packages::iti_41_a_package_cut_short_gets_a_fault,
    packages::iti_41_a_sender_that_hangs_up_registers_nothing,
    time::iti_1_a_question_is_answered,
    time::bad_datagrams_are_not_answered,
];
