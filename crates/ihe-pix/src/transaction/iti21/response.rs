//! ITI-21 and ITI-22 response: MSA, ERR, QAK, QPD, {PID [PV1]}, DSC (ITI TF-2 3.21.4.2.2, 3.22.4.2.2).

use hl7v2::ack::{self, Refusal};
use hl7v2::datatype::Cx;
use hl7v2::{Message, Segment, Separators};

use super::{Kind, Response};
use crate::error::Error;
use crate::transaction::writing::pid;
use crate::transaction::{answer, canonical};
use crate::{PatientRecord, visit};

pub(super) fn encode(
    kind: &Kind,
    request: &Message,
    outcome: Result<&Response, &Refusal>,
) -> Vec<u8> {
    let status = outcome.map(|response| match response.patients.is_empty() {
        // A fault for testing the conformance suite.
        true if cfg!(renkei_fault = "pdq-supplier-not-found-as-ok") => "OK",
        true => "NF",
        false => "OK",
    });
    let mut segments = answer::opening(request, status);
    if let Ok(response) = outcome {
        for patient in &response.patients {
            segments.push(pid(patient).build());
            if kind.visits {
                segments.push(visit::segment(&patient.visit));
            }
        }
        // A fault for testing the conformance suite.
        let dropped = cfg!(renkei_fault = "pdq-supplier-continuation-dropped");
        if let Some(pointer) = response.continuation.as_ref().filter(|_| !dropped) {
            segments.push(format!("DSC|{pointer}|I"));
        }
    }
    answer::written(request, kind.answers, &segments)
}

pub(super) fn decode(reply: &Message) -> Result<Response, Error> {
    if let Some(refusal) = ack::parse_refusal(reply) {
        return Err(Error::Refused(refusal));
    }
    let pointer = reply.value("DSC-1").map(|pointer| pointer.into_owned());
    match reply.raw("QAK-2") {
        Some("OK") => Ok(Response {
            patients: patients(reply),
            continuation: pointer,
        }),
        Some("NF") => Ok(Response::default()),
        _ => Err(Error::Malformed("QAK-2 is neither OK nor NF".into())),
    }
}

fn patients(reply: &Message) -> Vec<PatientRecord> {
    let separators = reply.separators();
    let mut patients: Vec<PatientRecord> = Vec::new();
    for segment in reply.segments() {
        match segment.name() {
            "PID" => patients.push(patient(segment, separators)),
            "PV1" => {
                if let Some(patient) = patients.last_mut() {
                    patient.visit = visit::read(segment, separators);
                }
            }
            _ => {}
        }
    }
    patients
}

fn patient(pid: Segment<'_>, separators: Separators) -> PatientRecord {
    let text = |field: usize| canonical(pid.field(field).raw(), separators);
    let ids = pid.field(3).repetitions();
    let ids = ids.map(|id| Cx::parse(id.raw(), &separators));
    PatientRecord {
        ids: ids.filter(|id| !id.id.is_empty()).collect(),
        names: names(&text(5)),
        mother_maiden_name: text(6),
        birth_date: text(7),
        sex: text(8),
        address: text(11),
        phone_home: text(13),
        phone_business: text(14),
        account_number: text(18),
        ssn: text(19),
        driver_license: text(20),
        birth_order: text(25),
        visit: String::new(),
    }
}

/// A blank name names nobody.
fn names(text: &str) -> Vec<hl7v2::datatype::Xpn> {
    let mut names = PatientRecord::names_from_text(text);
    names.retain(|name| {
        [&name.family, &name.given, &name.further]
            .iter()
            .any(|part| !part.trim().is_empty())
    });
    names
}
