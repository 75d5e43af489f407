//! ITI-18 Registry Stored Query (ITI TF-2 3.18)

mod coding;
mod definition;
mod matching;
mod names;
mod parameters;
mod query;
mod request;
mod response;
mod tables;
mod value;

pub use definition::{Choice, Definition, Form, Number, Parameter};
pub use parameters::Parameters;
pub use query::*;
pub use request::{decode, encode};
pub use response::Response;
pub use tables::{queries, query};

use super::audit::{Ends, Verdict, events};
use ihe_atna::{ParticipantObject, TransactionEvent, transactions};

/// wsa:Action of the request.
pub const REQUEST_ACTION: &str = "urn:ihe:iti:2007:RegistryStoredQuery";
/// wsa:Action of the response.
pub const RESPONSE_ACTION: &str = "urn:ihe:iti:2007:RegistryStoredQueryResponse";

/// What a query returns (ITI TF-2 3.18.4.1.2.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnType {
    /// Whole objects.
    #[default]
    LeafClass,
    /// Ids only.
    ObjectRef,
}

impl ReturnType {
    /// The text of `returnType`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeafClass => "LeafClass",
            Self::ObjectRef => "ObjectRef",
        }
    }
}

/// A stored query request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The query and its parameters, 1..1.
    pub query: StoredQuery,
    /// returnType, 1..1.
    pub return_type: ReturnType,
    /// homeCommunityId, 0..1 (XDS-T-040).
    pub home: Option<String>,
}

impl From<StoredQuery> for Request {
    fn from(query: StoredQuery) -> Self {
        Self {
            query,
            return_type: ReturnType::LeafClass,
            home: None,
        }
    }
}

/// The audit events of one exchange, for either side (ITI TF-2 3.18.5.1, ATNA-R-040..043). `request` is None when it could not be decoded; `body` is the request's XML.
pub fn audit(
    ends: &Ends,
    request: Option<&Request>,
    body: &str,
    verdict: &Verdict,
) -> Vec<TransactionEvent> {
    let sniffed = request.is_none().then(|| request::query_id(body)).flatten();
    let id = request
        .map(|one| one.query.id())
        .or(sniffed.as_deref())
        .unwrap_or("unknown");
    let (number, name) = transactions::ITI_18.label();
    let mut query = ParticipantObject::query(number, name, id, body.as_bytes())
        .detail("QueryEncoding", b"UTF-8");
    if let Some(home) = request.and_then(|one| one.home.as_deref()) {
        query = query.detail("urn:ihe:iti:xca:2010:homeCommunityId", home.as_bytes());
    }
    let patient = request
        .and_then(|one| one.query.patient_id())
        .map(ParticipantObject::patient);
    let objects = patient.into_iter().chain([query]).collect();
    events(ends, super::audit::QUERY, (number, name), objects, verdict)
}
