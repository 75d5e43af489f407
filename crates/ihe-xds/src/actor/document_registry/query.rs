//! ITI-18 Registry Stored Query, as the registry answers it (ITI TF-2 3.18.4.1.3).

use super::DocumentRegistry;
use crate::actor::serving;
use crate::error::{DecodeError, ErrorCode, RegistryError};
use crate::iti18::{self, Request, Response, ReturnType};
use crate::metadata::Objects;
use crate::store::{QueryError, RegistryStore};
use ihe_atna::Peer;
use ihe_soap::{Envelope, Fault, Outgoing, Reply};
use std::collections::HashSet;

impl<R: RegistryStore> DocumentRegistry<R> {
    pub(super) async fn query(&self, peer: &Peer, envelope: &Envelope) -> Reply {
        let request = match iti18::decode(&envelope.body, &self.rules) {
            Err(DecodeError::Malformed(malformed)) => {
                return self
                    .fault(peer, envelope, Fault::sender(malformed.to_string()))
                    .await;
            }
            Err(DecodeError::Refused(refusal)) => Err(refusal.errors),
            Ok(request) => Ok(request),
        };
        let (request, answer) = match request {
            Ok(request) => {
                let answer = self.find(&request).await;
                (Some(request), answer)
            }
            Err(errors) => (None, Err(errors)),
        };
        let (mut objects, mut errors) = match answer {
            Ok(objects) => (objects, Vec::new()),
            Err(errors) => (Objects::default(), errors),
        };
        let ends = serving::ends(peer, Some(envelope));
        let verdict = serving::verdict(&errors);
        let events = iti18::audit(&ends, request.as_ref(), &envelope.body, &verdict);
        if serving::record(&self.node, events).await.is_err() {
            objects = Objects::default();
            errors = vec![RegistryError::error(
                ErrorCode::XdsRegistryError,
                "audit not recorded",
            )];
        }
        let return_type = request.map_or(ReturnType::LeafClass, |request| request.return_type);
        let body = Response::encode(&objects, return_type, &errors);
        Reply::Message(Outgoing::reply(envelope, iti18::RESPONSE_ACTION, body))
    }

    async fn find(&self, request: &Request) -> Result<Objects, Vec<RegistryError>> {
        let most = match request.return_type {
            ReturnType::LeafClass => self.limits.results,
            ReturnType::ObjectRef => self.limits.references,
        };
        let objects = match self.store.query(request.query.clone(), most).await {
            Ok(objects) => objects,
            Err(QueryError::TooMany { most }) => {
                let context =
                    format!("more than {most} objects match: ask for ObjectRef, or for less");
                return Err(one(ErrorCode::XdsTooManyResults, &context));
            }
            Err(QueryError::Refused(refusal)) => return Err(refusal.errors),
            Err(QueryError::Store(error)) => {
                tracing::error!(%error, "registry store failed");
                return Err(one(ErrorCode::XdsRegistryError, "registry store failed"));
            }
        };
        if request.return_type == ReturnType::LeafClass && patients(&objects) > 1 {
            return Err(one(
                ErrorCode::XdsResultNotSinglePatient,
                "more than one patient",
            ));
        }
        Ok(objects)
    }
}

fn one(code: ErrorCode, context: &str) -> Vec<RegistryError> {
    vec![RegistryError::error(code, context)]
}

/// How many patients an answer is of; one with metadata has to be of one (ITI TF-2 3.18.4.1.2.3.7.5 to .13, ITI TF-3 table 4.2.4.1-2).
fn patients(objects: &Objects) -> usize {
    let sets = objects.submission_sets.iter().map(|set| &set.patient_id);
    let documents = objects.documents.iter().map(|entry| &entry.patient_id);
    let folders = objects.folders.iter().map(|folder| &folder.patient_id);
    sets.chain(documents)
        .chain(folders)
        .collect::<HashSet<_>>()
        .len()
}
