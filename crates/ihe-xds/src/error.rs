//! Errors and warnings of document sharing transactions (ITI TF-3 4.2.4).

mod location;
pub use location::{Location, shown};

use std::fmt;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// Error code of a `rs:RegistryError` (ITI TF-3 table 4.2.4.1-2).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)+
            /// A code this crate does not know, as received.
            Other(String),
        }

        impl ErrorCode {
            /// The code as it is written in `errorCode`.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// The code for a text; an unknown text is kept in [`ErrorCode::Other`].
            pub fn from_text(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }

            /// Every code of the table.
            pub fn all() -> &'static [ErrorCode] {
                &[$(Self::$variant),+]
            }
        }
    };
}

error_codes! {
    /// The recipient queued the document for manual matching (ITI-41, warning).
    DocumentQueued = "DocumentQueued",
    /// A document does not match its metadata (ITI-41).
    InvalidDocumentContent = "InvalidDocumentContent",
    /// APND was not processed (ITI-41, warning).
    PartialAppendContentNotProcessed = "PartialAppendContentNotProcessed",
    /// Folder content was not processed (ITI-41, warning).
    PartialFolderContentNotProcessed = "PartialFolderContentNotProcessed",
    /// Another association type was not processed (ITI-41, warning).
    PartialRelationshipContentNotProcessed = "PartialRelationshipContentNotProcessed",
    /// RPLC was not processed (ITI-41, warning).
    PartialReplaceContentNotProcessed = "PartialReplaceContentNotProcessed",
    /// XFRM was not processed (ITI-41, warning).
    PartialTransformNotProcessed = "PartialTransformNotProcessed",
    /// XFRM_RPLC was not processed (ITI-41, warning).
    PartialTransformReplaceNotProcessed = "PartialTransformReplaceNotProcessed",
    /// An entryUUID reference cannot be resolved (ITI-41, ITI-42).
    UnresolvedReferenceException = "UnresolvedReferenceException",
    /// The document is not available (ITI-43).
    XdsDocumentUniqueIdError = "XDSDocumentUniqueIdError",
    /// The uniqueId of a SubmissionSet or Folder is already used.
    XdsDuplicateUniqueIdInRegistry = "XDSDuplicateUniqueIdInRegistry",
    /// Extra metadata was not saved (warning).
    XdsExtraMetadataNotSaved = "XDSExtraMetadataNotSaved",
    /// A DocumentEntry has no document (ITI-41).
    XdsMissingDocument = "XDSMissingDocument",
    /// A document has no DocumentEntry (ITI-41).
    XdsMissingDocumentMetadata = "XDSMissingDocumentMetadata",
    /// A homeCommunityId is required and absent.
    XdsMissingHomeCommunityId = "XDSMissingHomeCommunityId",
    /// A known uniqueId came with another hash.
    XdsNonIdenticalHash = "XDSNonIdenticalHash",
    /// A known uniqueId came with another size.
    XdsNonIdenticalSize = "XDSNonIdenticalSize",
    /// Patient ids that must be equal are not.
    XdsPatientIdDoesNotMatch = "XDSPatientIdDoesNotMatch",
    /// The Registry is overloaded.
    XdsRegistryBusy = "XDSRegistryBusy",
    /// The Repository is overloaded.
    XdsRepositoryBusy = "XDSRepositoryBusy",
    /// A relationship points at a deprecated document.
    XdsRegistryDeprecatedDocumentError = "XDSRegistryDeprecatedDocumentError",
    /// A uniqueId occurs twice in the message, seen by the Registry.
    XdsRegistryDuplicateUniqueIdInMessage = "XDSRegistryDuplicateUniqueIdInMessage",
    /// A uniqueId occurs twice in the message, seen by the Repository.
    XdsRepositoryDuplicateUniqueIdInMessage = "XDSRepositoryDuplicateUniqueIdInMessage",
    /// Internal error of the Registry.
    XdsRegistryError = "XDSRegistryError",
    /// Internal error of the Repository.
    XdsRepositoryError = "XDSRepositoryError",
    /// Metadata is wrong, seen by the Registry.
    XdsRegistryMetadataError = "XDSRegistryMetadataError",
    /// Metadata is wrong, seen by the Repository.
    XdsRepositoryMetadataError = "XDSRepositoryMetadataError",
    /// The Repository cannot reach the Registry.
    XdsRegistryNotAvailable = "XDSRegistryNotAvailable",
    /// The Registry is short of resources.
    XdsRegistryOutOfResources = "XDSRegistryOutOfResources",
    /// The Repository is short of resources.
    XdsRepositoryOutOfResources = "XDSRepositoryOutOfResources",
    /// A replacement failed (deprecated by IHE, accepted from others).
    XdsReplaceFailed = "XDSReplaceFailed",
    /// A LeafClass result would span patients.
    XdsResultNotSinglePatient = "XDSResultNotSinglePatient",
    /// A required query parameter is absent.
    XdsStoredQueryMissingParam = "XDSStoredQueryMissingParam",
    /// A query parameter has the wrong number of values, or two alternatives are given.
    XdsStoredQueryParamNumber = "XDSStoredQueryParamNumber",
    /// The query has too many results.
    XdsTooManyResults = "XDSTooManyResults",
    /// A community is not reachable.
    XdsUnavailableCommunity = "XDSUnavailableCommunity",
    /// A homeCommunityId is not known.
    XdsUnknownCommunity = "XDSUnknownCommunity",
    /// The patient id is not known.
    XdsUnknownPatientId = "XDSUnknownPatientId",
    /// The repositoryUniqueId is not ours.
    XdsUnknownRepositoryId = "XDSUnknownRepositoryId",
    /// The stored query id is not known.
    XdsUnknownStoredQuery = "XDSUnknownStoredQuery",
    /// An intended recipient is not known.
    UnknownRecipient = "UnknownRecipient",
    /// An intended recipient is not reachable.
    UnavailableRecipient = "UnavailableRecipient",
    /// General metadata update error.
    XdsMetadataUpdateError = "XDSMetadataUpdateError",
    /// Patient ids of an update do not match.
    XdsPatientIdReconciliationError = "XDSPatientIDReconciliationError",
    /// The update operation cannot be decoded.
    XdsMetadataUpdateOperationError = "XDSMetadataUpdateOperationError",
    /// The version of an update does not match.
    XdsMetadataVersionError = "XDSMetadataVersionError",
    /// An update holds an initial version (ITI-92).
    XdsInvalidRequestException = "XDSInvalidRequestException",
    /// An update changes the objectType, or it is not supported (ITI-92).
    XdsObjectTypeError = "XDSObjectTypeError",
    /// Identifiers of an update are in conflict (ITI-92).
    XdsMetadataIdentifierError = "XDSMetadataIdentifierError",
    /// The HasMember of an update is not as it must be (ITI-92).
    XdsMetadataAnnotationError = "XDSMetadataAnnotationError",
    /// An attribute may not be changed (ITI-92).
    UnmodifiableMetadataError = "UnmodifiableMetadataError",
    /// Policy refuses (ITI-92).
    LocalPolicyRestrictionError = "LocalPolicyRestrictionError",
    /// What is to be removed is still referenced (ITI-62).
    ReferencesExistException = "ReferencesExistException",
    /// A removal would leave an object without an Association (ITI-62).
    XdsUnreferencedObjectException = "XDSUnreferencedObjectException",
    /// A document could not be removed (ITI-86).
    XdsRemoveDocumentsError = "XDSRemoveDocumentsError",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Severity of a `rs:RegistryError` (ITI TF-3 4.2.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// `urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning`
    Warning,
    /// `urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error`
    Error,
}

impl Severity {
    /// The URN written in `severity`.
    pub fn urn(self) -> &'static str {
        match self {
            Self::Warning => "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning",
            Self::Error => "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error",
        }
    }

    /// The severity of a URN; anything that is not a warning is an error.
    pub fn from_urn(urn: &str) -> Self {
        match urn.rsplit(':').next() {
            Some("Warning") => Self::Warning,
            _ => Self::Error,
        }
    }
}

/// One `rs:RegistryError` (ITI TF-3 4.2.4.1). The context may hold identifiers, so Debug and Display leave it out.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistryError {
    /// `errorCode`
    pub code: ErrorCode,
    /// `severity`
    pub severity: Severity,
    /// `codeContext`: what is wrong and what is allowed, for the sender of the message only.
    pub context: String,
    /// `location`, 0..1: where, in the form of [`Location`].
    pub location: Option<String>,
}

impl RegistryError {
    /// An error without a location.
    pub fn error(code: ErrorCode, context: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            context: context.into(),
            location: None,
        }
    }

    /// A warning without a location.
    pub fn warning(code: ErrorCode, context: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Warning,
            context: context.into(),
            location: None,
        }
    }

    /// The same with a location, a [`Location`] or a text of its form.
    pub fn at(mut self, location: impl fmt::Display) -> Self {
        self.location = Some(location.to_string());
        self
    }
}

impl fmt::Debug for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryError")
            .field("code", &self.code)
            .field("severity", &self.severity)
            .field("context_chars", &self.context.chars().count())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

/// All the reasons for which a request is refused: at least one error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The errors in the order they were found; not empty.
    pub errors: Vec<RegistryError>,
}

impl Refusal {
    /// A refusal for one reason.
    pub fn one(error: RegistryError) -> Self {
        Self {
            errors: vec![error],
        }
    }

    /// Whether a reason has this code.
    pub fn has(&self, code: &ErrorCode) -> bool {
        self.errors.iter().any(|error| error.code == *code)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut codes: Vec<&str> = self
            .errors
            .iter()
            .map(|error| error.code.as_str())
            .collect();
        codes.dedup();
        write!(f, "refused: {}", codes.join(", "))
    }
}

impl std::error::Error for Refusal {}

/// A body that is not the XML that is expected: answered by a SOAP fault (XDS-T-005). Says where, never what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed: {0}")]
pub struct Malformed(pub String);

/// Why a body could not become a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not XML, not the expected element, or over a limit: a SOAP fault.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Understood and refused: a response with status Failure.
    #[error(transparent)]
    Refused(#[from] Refusal),
}
