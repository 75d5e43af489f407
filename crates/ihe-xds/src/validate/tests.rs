//! Rules of the message alone, one test for each id; every fault, and any two of them, are found with their place.

mod faults;
mod fixture;
mod links;
mod objects;

use super::*;
use crate::metadata::AssociationType;
use faults::{Fault, faults};
use fixture::*;
use std::time::{Duration, Instant};

fn fault(name: &str) -> Fault {
    let mut all = faults().into_iter();
    all.find(|one| one.name == name).expect(name)
}

/// Each of these faults gives exactly one error, of its code and at its place.
fn found(names: &[&str]) {
    for name in names {
        let fault = fault(name);
        let mut packed = wire();
        (fault.inject)(&mut packed);
        let expected = [(fault.code, fault.location.to_owned())];
        assert_eq!(errors(packed, Receiver::Registry), expected, "{name}");
    }
}

fn accepted(change: impl FnOnce(&mut Packed)) -> Submission {
    let mut packed = wire();
    change(&mut packed);
    judge(packed, Receiver::Registry)
        .expect("accepted")
        .submission
}

#[test]
fn the_sample_is_valid_for_each_receiver() {
    accepted(|_| {});
    assert_eq!(errors(wire(), Receiver::Repository), []);
    assert_eq!(errors(on_demand(), Receiver::RegistryOnDemand), []);
}

#[test]
fn xds_t_020_every_single_fault_is_found_with_its_code_and_location() {
    for Fault {
        name,
        inject,
        code,
        location,
    } in faults()
    {
        let mut packed = wire();
        inject(&mut packed);
        let all = errors(packed, Receiver::Registry);
        assert!(
            all.contains(&(code, location.to_owned())),
            "{name}: {all:?}"
        );
    }
}

#[test]
fn xds_t_020_any_two_faults_are_both_found() {
    let faults = faults();
    let object = |fault: &Fault| fault.location.split(['/', ']']).next().map(str::to_owned);
    let mut pairs = 0;
    for (at, one) in faults.iter().enumerate() {
        for other in &faults[at + 1..] {
            let touching = one.location.starts_with(other.location)
                || other.location.starts_with(one.location)
                || (object(one) == object(other) && one.location.starts_with("Association"))
                || [one, other]
                    .iter()
                    .any(|fault| REMOVES.contains(&fault.name));
            if touching {
                continue;
            }
            let mut packed = wire();
            (one.inject)(&mut packed);
            (other.inject)(&mut packed);
            let all = errors(packed, Receiver::Registry);
            for fault in [one, other] {
                let expected = (fault.code.clone(), fault.location.to_owned());
                assert!(
                    all.contains(&expected),
                    "{} + {}: {all:?}",
                    one.name,
                    other.name
                );
            }
            pairs += 1;
        }
    }
    assert!(pairs > 3_000, "{pairs}");
}

/// They take away, or change the class or id of, what other faults are put into.
const REMOVES: [&str; 7] = [
    "entryUUID that is half a UUID",
    "package labelled twice",
    "folder's member unknown to the SubmissionSet",
    "entry unknown to the SubmissionSet",
    "one id for two objects",
    "patientId of a foreign authority",
    "folder in a folder",
];

#[test]
fn contexts_say_what_is_wrong_of_what_and_nothing_about_the_patient() {
    let secrets = [
        "P1^^^", "P2^^^", "local1", "山田", "Yamada", "退院", "secret", "Hanako", "PI&",
    ];
    for Fault { name, inject, .. } in faults() {
        let mut packed = wire();
        inject(&mut packed);
        let refusal = judge(packed, Receiver::Registry).unwrap_err();
        for error in refusal.errors {
            let location = error.location.expect(name);
            let class = location.split(['[', '/']).next().unwrap_or_default();
            assert!(
                error.context.starts_with(class),
                "{name}: {}",
                error.context
            );
            assert!(error.context.chars().all(|c| !c.is_control()), "{name}");
            let names_the_patient = [
                ErrorCode::XdsUnknownPatientId,
                ErrorCode::XdsPatientIdDoesNotMatch,
            ];
            if !names_the_patient.contains(&error.code) {
                let leak = secrets
                    .iter()
                    .find(|secret| error.context.contains(**secret));
                assert_eq!(leak, None, "{name}: {}", error.context);
            }
        }
    }
}

#[test]
fn xds_t_020_all_errors_are_listed_up_to_the_limit() {
    let mut packed = wire();
    for name in [
        "hash missing",
        "patientId of another patient",
        "sourceId that is no OID",
    ] {
        (fault(name).inject)(&mut packed);
    }
    assert_eq!(errors(packed.clone(), Receiver::Registry).len(), 3);
    let mut few = rules();
    few.limits.errors = 2;
    let refusal = submission(packed, Receiver::Registry, &few).unwrap_err();
    assert_eq!(refusal.errors.len(), 2);
}

#[test]
fn an_object_without_an_id_is_located_by_its_number() {
    let mut packed = wire();
    let member = object(&mut packed, "Member2");
    (member.id, member.target_object) = (None, None);
    let all = errors(packed, Receiver::Registry);
    let place = "Association[#6]/targetObject".to_owned();
    assert!(
        all.contains(&(ErrorCode::XdsRegistryMetadataError, place)),
        "{all:?}"
    );
}

#[test]
fn a_submission_of_nothing_but_faults_takes_linear_time() {
    let mut packed = wire();
    for (number, kind) in (0..8_000).zip(AssociationType::ALL.into_iter().cycle()) {
        let mut one = object(&mut packed, "Replaces").clone();
        one.id = Some(format!("A{number}"));
        one.association_type = Some(kind.urn().into());
        one.target_object = Some(format!("A{}", number + 1));
        packed.objects.push(one);
    }
    let start = Instant::now();
    assert_eq!(
        errors(packed, Receiver::Registry).len(),
        rules().limits.errors
    );
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}
