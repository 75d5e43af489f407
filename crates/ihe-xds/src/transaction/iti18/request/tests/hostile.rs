//! Bad input: nothing is guessed, nothing is executed, nothing takes long.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// Ends a string in SQL, or tries to.
const SQL: [&str; 4] = [
    "' OR '1'='1",
    "'; DROP TABLE documents; --",
    "'P1^^^&1.2.3&ISO''%20and%20611%3d611--%20",
    "1) UNION SELECT xml FROM documents --",
];

/// Every parameter of every query, with a value as it is written in the place of a good one.
fn each_with(value: &str, check: impl Fn(&'static Definition, &Parameter, &str)) {
    for definition in queries() {
        for parameter in definition.parameters {
            let rival = definition
                .choices
                .iter()
                .filter(|c| c.names.contains(&parameter.name));
            let gone: Vec<&str> = rival.flat_map(|c| c.names).copied().collect();
            let mut slots = least(definition);
            slots.retain(|(name, _)| *name != parameter.name && !gone.contains(name));
            slots.push(slot_of(parameter.name, &[value]));
            check(definition, parameter, &body(definition.id, &slots));
        }
    }
}

/// Refused for this parameter and for nothing else.
fn refuses(_: &'static Definition, parameter: &Parameter, text: &str) {
    let Err(DecodeError::Refused(refusal)) = decode(text, &Rules::default()) else {
        panic!("{} is not refused", parameter.name);
    };
    assert_eq!(refusal.errors.len(), 1, "{}", parameter.name);
    assert_eq!(refusal.errors[0].code, ErrorCode::XdsRegistryError);
    assert!(refusal.errors[0].context.starts_with(parameter.name));
}

#[test]
fn sql_in_any_parameter_is_refused() {
    for value in SQL {
        each_with(value, refuses);
        each_with(&format!("({value})"), refuses);
    }
}

#[test]
fn sql_that_is_properly_quoted_is_a_text_like_any_other() {
    each_with("('x'' OR ''1''=''1')", |_, parameter, text| {
        let answer = decode(text, &Rules::default());
        match parameter.form {
            Form::Text | Form::Uuid | Form::Pattern => {
                answer.unwrap();
            }
            _ => assert!(matches!(answer, Err(DecodeError::Refused(_)))),
        }
    });
}

#[test]
fn open_quotes_bare_words_and_tails_are_refused() {
    for value in [
        "'abc", "('abc", "('abc'", "(abc)", "abc", "\"abc\"", "()", "'a' 'b'", "('a',)",
    ] {
        each_with(value, refuses);
    }
}

#[test]
fn a_list_without_parentheses_is_refused() {
    each_with("'a'", |definition, parameter, text| {
        match parameter.number {
            Number::One => {}
            _ => refuses(definition, parameter, text),
        }
    });
}

#[test]
fn doubled_quotes_are_one_quote() {
    let query = find(&[(AUTHOR_PERSON, &["('Children''s Hospital','''')"])]).unwrap();
    assert_eq!(query.author_persons, ["Children's Hospital", "'"]);
}

#[test]
fn more_than_ten_thousand_values_are_refused() {
    let one = vec!["'urn:uuid:a'"; 10_001].join(",");
    let list = vec![slot_of(ENTRY_UUID, &[&format!("({one})")])];
    let values = vec![slot_of(ENTRY_UUID, &["('urn:uuid:a')"; 10_001])];
    for slots in [list, values] {
        let errors = refused(GET_DOCUMENTS.id, &slots);
        let expected = format!("{ENTRY_UUID}: more values than the limit");
        assert_eq!(errors, [(ErrorCode::XdsRegistryError, expected)]);
    }
    let most = vec!["'urn:uuid:a'"; 10_000].join(",");
    decoded(
        GET_DOCUMENTS.id,
        &[slot_of(ENTRY_UUID, &[&format!("({most})")])],
    );
}

#[test]
fn below_the_limit_every_value_is_taken_however_many_came_before() {
    let codes = |number| format!("({})", vec!["'a^^s'"; number].join(","));
    let (many, some) = (codes(200), codes(100));
    let query = find(&[(CLASS, &[&many]), (TYPE_CODE, &[&some, &some, &some])]).unwrap();
    assert_eq!(
        (query.class_codes.len(), query.type_codes.len()),
        (200, 300)
    );
}

#[test]
fn patterns_are_short_and_few() {
    let long = format!("('{}')", "%a".repeat(129));
    assert!(find(&[(AUTHOR_PERSON, &[&long])]).is_err());
    let many = format!("({})", vec!["'%'"; 101].join(","));
    let refusal = find(&[(AUTHOR_PERSON, &[&many])]).unwrap_err();
    assert!(refusal.has(&ErrorCode::XdsRegistryError));
}

#[test]
fn a_thousand_wrong_slots_give_as_many_errors_as_the_limit() {
    let slots = vec![slot_of(CLASS, &["x"]); 1_000];
    let errors = refused(FIND_DOCUMENTS.id, &slots);
    assert_eq!(errors.len(), Limits::default().errors);
}

/// Names and values as they come, good and bad.
fn any_slots() -> impl Strategy<Value = (usize, Vec<(usize, Vec<String>)>)> {
    let value = prop_oneof![
        prop::sample::select(
            queries()
                .iter()
                .flat_map(|one| one.parameters)
                .collect::<Vec<_>>()
        )
        .prop_map(|one| good(one).to_owned()),
        prop::sample::select(SQL.to_vec()).prop_map(str::to_owned),
        "[('][a-z^',() ]{0,12}[')]",
        "\\('[A-Z\r\n\t &^%_山]{1,9}'\\)",
    ];
    let slot = (any::<usize>(), vec(value, 1..3));
    (any::<usize>(), vec(slot, 0..6))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_understood_is_written_and_understood_again((query, slots) in any_slots()) {
        let definition = &queries()[query % queries().len()];
        let mut all = least(definition);
        for (name, values) in slots {
            let parameter = &definition.parameters[name % definition.parameters.len()];
            all.retain(|(other, _)| *other != parameter.name);
            all.push((parameter.name, values));
        }
        let text = body(definition.id, &all);
        if let Ok(request) = decode(&text, &Rules::default()) {
            prop_assert_eq!(decode(&encode(&request), &Rules::default()), Ok(request));
        }
    }
}

#[test]
fn what_is_not_a_query_is_malformed() {
    let no_query = format!("<AdhocQueryRequest xmlns=\"{}\"/>", ns::QUERY);
    for text in ["", "<a/>", "<!DOCTYPE a><a/>", &no_query] {
        let answer = decode(text, &Rules::default());
        assert!(matches!(answer, Err(DecodeError::Malformed(_))), "{text}");
    }
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_the_injected_patient_id_of_another_product_is_refused() {
    let shared = std::env::var("RENKEI_SHARED").expect("RENKEI_SHARED");
    let path = std::path::Path::new(&shared).join("vectors/xds/iti18request.xml");
    let text = std::fs::read_to_string(path).expect("the vector");
    let Err(DecodeError::Refused(refusal)) = decode(&text, &Rules::default()) else {
        panic!("not refused");
    };
    assert_eq!(refusal.errors.len(), 1);
    assert_eq!(refusal.errors[0].code, ErrorCode::XdsRegistryError);
    assert!(refusal.errors[0].context.starts_with(PATIENT_ID));
}
