//! Collects everything that is wrong with a submission, not just the first thing.

use super::Receiver;
use crate::ebrim::Object;
use crate::error::{ErrorCode, Refusal, RegistryError};
use std::fmt;

/// Where something was found: class and id as sent.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    class: &'static str,
    id: String,
    within: Option<&'static str>,
}

impl Place {
    pub(crate) fn of(class: &'static str, object: &Object) -> Self {
        Self {
            class,
            id: object.id.clone().unwrap_or_default(),
            within: None,
        }
    }

    pub(crate) fn named(class: &'static str, id: &str) -> Self {
        Self {
            class,
            id: id.to_owned(),
            within: None,
        }
    }

    /// An attribute of the same object.
    pub(crate) fn attribute(&self, name: &'static str) -> Self {
        Self {
            within: Some(name),
            ..self.clone()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.class, self.id)?;
        match self.within {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

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

    pub(crate) fn add(&mut self, code: ErrorCode, context: String) {
        if self.receiver.is_some() && self.errors.len() < self.limit {
            self.errors.push(RegistryError::error(code, context));
        }
    }

    /// XDSRegistryMetadataError or XDSRepositoryMetadataError, as the receiver is.
    pub(crate) fn metadata(&mut self, place: &Place, what: &str) {
        let code = match self.receiver {
            Some(Receiver::Repository) => ErrorCode::XdsRepositoryMetadataError,
            _ => ErrorCode::XdsRegistryMetadataError,
        };
        if self.errors.len() < self.limit {
            self.add(code, format!("{place}: {what}"));
        }
    }

    /// None when nothing was found.
    pub(crate) fn into_refusal(self) -> Option<Refusal> {
        let errors = self.errors;
        (!errors.is_empty()).then_some(Refusal { errors })
    }
}
