//! Collects everything that is wrong with a submission, not just the first thing.

use super::Receiver;
use super::form::Form;
use crate::error::{ErrorCode, Location, Refusal, RegistryError};

/// The errors found so far.
#[derive(Debug)]
pub(crate) struct Findings {
    receiver: Option<Receiver>,
    limit: usize,
    errors: Vec<RegistryError>,
}

impl Findings {
    pub(crate) fn new(receiver: Receiver, limit: usize) -> Self {
        Self {
            receiver: Some(receiver),
            limit: limit.max(1),
            errors: Vec::new(),
        }
    }

    /// Takes no notice: for answers, which are read as they are.
    pub(crate) fn silent() -> Self {
        Self {
            receiver: None,
            limit: 0,
            errors: Vec::new(),
        }
    }

    pub(crate) fn receiver(&self) -> Option<Receiver> {
        self.receiver
    }

    /// An error at a place. Beyond the limit nothing is written.
    pub(crate) fn add(&mut self, code: ErrorCode, place: &Location, what: &str) {
        if self.receiver.is_some() && self.errors.len() < self.limit {
            let context = format!("{}: {what}", place.subject());
            self.errors
                .push(RegistryError::error(code, context).at(place));
        }
    }

    /// XDSRegistryMetadataError or XDSRepositoryMetadataError, as the receiver is.
    pub(crate) fn metadata(&mut self, place: &Location, what: &str) {
        let code = match self.receiver {
            Some(Receiver::Repository) => ErrorCode::XdsRepositoryMetadataError,
            _ => ErrorCode::XdsRegistryMetadataError,
        };
        self.add(code, place, what);
    }

    /// A value that has not the form it must have: says which one is allowed, not what came.
    pub(crate) fn form(&mut self, place: &Location, form: Form) {
        self.metadata(place, &format!("is not {form}"));
    }

    /// None when nothing was found.
    pub(crate) fn into_refusal(self) -> Option<Refusal> {
        let errors = self.errors;
        (!errors.is_empty()).then_some(Refusal { errors })
    }
}
