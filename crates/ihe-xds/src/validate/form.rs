//! The forms of values, each with the words in which a person is told of it (ITI TF-3 table 4.2.3.1.7-2).
//!
//! One truth for the newtypes of [`crate::metadata`] and for what a receiver refuses.

use super::value;
use std::fmt;

/// A form that a text has or has not.
///
/// ```
/// use ihe_xds::validate::form;
/// assert!(form::DTM.accepts("20240229"));
/// assert!(!form::DTM.accepts("20230229"));
/// assert_eq!(form::OID.to_string(), "an OID (numbers without leading zeros, joined by dots, at most 64 characters)");
/// ```
#[derive(Clone, Copy)]
pub struct Form {
    name: &'static str,
    allowed: &'static str,
    check: fn(&str) -> bool,
}

impl Form {
    const fn new(name: &'static str, allowed: &'static str, check: fn(&str) -> bool) -> Self {
        Self {
            name,
            allowed,
            check,
        }
    }

    /// What it is called, with its article: `a DTM`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What is allowed, for a person.
    pub fn allowed(&self) -> &'static str {
        self.allowed
    }

    /// Whether a text has this form. Linear in the text.
    pub fn accepts(&self, text: &str) -> bool {
        (self.check)(text)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.allowed)
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({})", self.name)
    }
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident = $called:literal, $allowed:literal, $check:path;)+) => {
        $($(#[$doc])* pub const $name: Form = Form::new($called, $allowed, $check);)+
    };
}

fn is_seconds(text: &str) -> bool {
    text.len() == 14 && value::is_dtm(text)
}

fn is_text(text: &str) -> bool {
    !text.is_empty()
}

fn is_set_status(text: &str) -> bool {
    crate::metadata::SubmissionSetStatus::from_text(text).is_some()
}

fn is_availability(text: &str) -> bool {
    matches!(
        text,
        "urn:ihe:iti:2010:DocumentAvailability:Online"
            | "urn:ihe:iti:2010:DocumentAvailability:Offline"
    )
}

forms! {
    /// entryUUID, logicalID.
    UUID = "a UUID URN", "urn:uuid: and 8-4-4-4-12 hexadecimal digits", value::is_uuid_urn;
    /// Object identifier.
    OID = "an OID", "numbers without leading zeros, joined by dots, at most 64 characters", value::is_oid;
    /// homeCommunityId.
    OID_URN = "an OID URN", "urn:oid: and an OID", value::is_oid_urn;
    /// Time.
    DTM = "a DTM", "YYYY[MM[DD[hh[mm[ss]]]]] in UTC, a time that exists", value::is_dtm;
    /// Time to the second.
    DTM_SECONDS = "a DTM with seconds", "YYYYMMDDhhmmss in UTC, a time that exists", is_seconds;
    /// languageCode.
    LANGUAGE = "a language tag", "RFC 5646, as ja or ja-JP", value::is_language;
    /// hash.
    SHA1 = "a SHA-1 hash", "40 hexadecimal digits", value::is_sha1;
    /// size.
    SIZE = "a size", "a number of bytes in decimal digits", value::is_size;
    /// mimeType.
    MIME_TYPE = "a MIME type", "type/subtype", value::is_mime_type;
    /// DocumentEntry.uniqueId.
    IDENTIFIER = "an identifier", "1 to 128 printable ASCII characters without blanks", value::is_identifier;
    /// URI.
    URI = "a URI", "1 to 256 characters, without blanks, percent signs only before two hexadecimal digits", value::is_uri;
    /// patientId, sourcePatientId.
    CX = "a CX", "id^^^&OID&ISO and nothing else", value::is_cx;
    /// referenceIdList.
    CXI = "a CXi", "id^^^authority^type; the authority complete or absent, as the type demands", value::is_cxi;
    /// A person.
    XCN = "an XCN", "an id or a family name; component 9 only with an id, as &OID&ISO", value::is_xcn;
    /// An institution.
    XON = "an XON", "name^^^^^&OID&ISO^^^^id; component 10 an OID unless there is a component 6", value::is_xon;
    /// A telephone number or an e-mail address.
    XTN = "an XTN", "^NET^Internet^address, or ^use^type^^country^area^number^extension", value::is_xtn;
    /// intendedRecipient.
    RECIPIENT = "a recipient", "XON|XCN|XTN, at least one of them", value::is_recipient;
    /// authorRole, authorSpecialty.
    CODED_STRING = "a text or coded string", "text without ^, or code^^^&OID&ISO", value::is_coded_string;
    /// sourcePatientInfo.
    PATIENT_INFO = "a PID field", "PID-n|value with n up to 39, but not 2, 4, 12 or 19; separators escaped", value::is_source_patient_info;
    /// SubmissionSetStatus.
    SET_STATUS = "a SubmissionSetStatus", "Original or Reference", is_set_status;
    /// documentAvailability (Metadata Update).
    AVAILABILITY = "a documentAvailability", "urn:ihe:iti:2010:DocumentAvailability:Online or :Offline", is_availability;
    /// codingScheme.
    TEXT = "a text", "at least one character", is_text;
}
