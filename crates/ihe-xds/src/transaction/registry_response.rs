//! `rs:RegistryResponse`: status and errors of a submission (ITI TF-3 4.2.4)

use crate::ebrim::xml::{self, Reader, Writer};
use crate::ebrim::{Limits, ns};
use crate::error::{ErrorCode, Malformed, RegistryError, Severity};

/// Status of a response (ITI TF-3 table 4.2.4.2-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseStatus {
    /// Done; there may be warnings.
    Success,
    /// A part was done: there is at least one error and at least one result.
    PartialSuccess,
    /// Nothing was done: there is at least one error.
    Failure,
}

impl ResponseStatus {
    /// The URN written in `status`.
    pub fn urn(self) -> &'static str {
        match self {
            Self::Success => "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success",
            Self::PartialSuccess => "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess",
            Self::Failure => "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure",
        }
    }

    /// The status of a URN.
    pub fn from_urn(urn: &str) -> Option<Self> {
        [Self::Success, Self::PartialSuccess, Self::Failure]
            .into_iter()
            .find(|status| status.urn() == urn)
    }

    /// Success when nothing is worse than a warning, else Failure (XDS-T-021).
    pub fn of(errors: &[RegistryError]) -> Self {
        match errors.iter().any(|error| error.severity == Severity::Error) {
            true => Self::Failure,
            false => Self::Success,
        }
    }
}

/// The answer to a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryResponse {
    /// status, 1..1.
    pub status: ResponseStatus,
    /// Errors and warnings, 0..n.
    pub errors: Vec<RegistryError>,
}

/// Writes a response.
pub fn encode(errors: &[RegistryError], status: ResponseStatus) -> String {
    let mut out = Writer::new();
    write(&mut out, errors, status, true);
    out.finish()
}

pub(crate) fn write(
    out: &mut Writer,
    errors: &[RegistryError],
    status: ResponseStatus,
    declare: bool,
) {
    let mut attributes = vec![("status", status.urn())];
    if declare {
        attributes.insert(0, ("xmlns:rs", ns::RS));
    }
    out.open("rs:RegistryResponse", &attributes);
    write_errors(out, errors);
    out.close("rs:RegistryResponse");
}

/// The RegistryErrorList; nothing when there is no error.
pub(crate) fn write_errors(out: &mut Writer, errors: &[RegistryError]) {
    let Some(highest) = errors.iter().map(|error| error.severity).max() else {
        return;
    };
    out.open(
        "rs:RegistryErrorList",
        &[("highestSeverity", highest.urn())],
    );
    for error in errors {
        let mut attributes = vec![
            ("codeContext", error.context.as_str()),
            ("errorCode", error.code.as_str()),
            ("severity", error.severity.urn()),
        ];
        if let Some(location) = &error.location {
            attributes.push(("location", location));
        }
        out.empty("rs:RegistryError", &attributes);
    }
    out.close("rs:RegistryErrorList");
}

/// Reads a response.
pub fn decode(body: &str) -> Result<RegistryResponse, Malformed> {
    let mut reader = xml::reader(body, &Limits::default())?;
    let root = reader.root(ns::RS, "RegistryResponse")?;
    let status = status_of(root.attribute("status"))?;
    let mut errors = Vec::new();
    while let Some(child) = reader.child()? {
        match child.is(ns::RS, "RegistryErrorList") {
            true => errors.extend(read_errors(&mut reader)?),
            false => reader.skip()?,
        }
    }
    reader.end()?;
    Ok(RegistryResponse { status, errors })
}

pub(crate) fn status_of(urn: Option<&str>) -> Result<ResponseStatus, Malformed> {
    urn.and_then(ResponseStatus::from_urn)
        .ok_or_else(|| Malformed("the response has no known status".into()))
}

/// The errors of a RegistryErrorList whose start was just read.
pub(crate) fn read_errors(reader: &mut Reader<'_>) -> Result<Vec<RegistryError>, Malformed> {
    let mut errors = Vec::new();
    while let Some(child) = reader.child()? {
        if child.is(ns::RS, "RegistryError") {
            errors.push(RegistryError {
                code: ErrorCode::from_text(child.attribute("errorCode").unwrap_or_default()),
                severity: Severity::from_urn(child.attribute("severity").unwrap_or_default()),
                context: child
                    .attribute("codeContext")
                    .unwrap_or_default()
                    .to_owned(),
                location: child.attribute("location").map(str::to_owned),
            });
        }
        reader.skip()?;
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown_patient() -> RegistryError {
        RegistryError::error(ErrorCode::XdsUnknownPatientId, "P1^^^&1.2.3&ISO").at("registry")
    }

    #[test]
    fn xds_t_021_a_warnings_only_list_goes_with_success() {
        let warning = RegistryError::warning(ErrorCode::XdsExtraMetadataNotSaved, "urn:x:slot");
        assert_eq!(
            ResponseStatus::of(std::slice::from_ref(&warning)),
            ResponseStatus::Success
        );
        assert_eq!(
            ResponseStatus::of(&[warning, unknown_patient()]),
            ResponseStatus::Failure
        );
        assert_eq!(ResponseStatus::of(&[]), ResponseStatus::Success);
    }

    #[test]
    fn xds_t_020_every_error_comes_back_with_context_severity_and_location() {
        let warning = RegistryError::warning(ErrorCode::DocumentQueued, "a <b> & \"c\"");
        let errors = vec![unknown_patient(), warning];
        let text = encode(&errors, ResponseStatus::Failure);
        assert!(text.contains(
            "highestSeverity=\"urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error\""
        ));
        assert!(text.contains("codeContext=\"P1^^^&amp;1.2.3&amp;ISO\""));
        let back = decode(&text).unwrap();
        assert_eq!(
            back,
            RegistryResponse {
                status: ResponseStatus::Failure,
                errors
            }
        );
    }

    #[test]
    fn an_unknown_code_and_foreign_prefixes_are_read() {
        let text = format!(
            "<RegistryResponse xmlns='{}' status='{}'><a:RegistryErrorList xmlns:a='{}'>\
             <a:RegistryError errorCode='LocalX' severity='x:Warning' codeContext='c'>t</a:RegistryError>\
             </a:RegistryErrorList></RegistryResponse>",
            ns::RS,
            ResponseStatus::Success.urn(),
            ns::RS
        );
        let back = decode(&text).unwrap();
        assert_eq!(back.errors[0].code, ErrorCode::Other("LocalX".into()));
        assert_eq!(back.errors[0].severity, Severity::Warning);
    }

    #[test]
    fn xds_t_023_a_general_error_says_in_its_context_what_happened() {
        let detail = "the database file is locked\n<\"&'>";
        let error = RegistryError::error(ErrorCode::XdsRegistryError, detail);
        let error = error.at("store & \"index\"");
        let text = encode(std::slice::from_ref(&error), ResponseStatus::Failure);
        let back = decode(&text).unwrap();
        assert_eq!(back.errors[0].context, detail);
        assert_eq!(back.errors, [error]);
    }

    #[test]
    fn an_error_without_its_optional_attributes_is_read_as_an_error() {
        let text = format!(
            "<RegistryResponse xmlns='{}' requestId='r' status='{}'><ResponseSlotList/>\
             <RegistryErrorList><RegistryError errorCode='XDSRegistryBusy'><x/>t</RegistryError>\
             <RegistryError codeContext='c'/></RegistryErrorList></RegistryResponse>",
            ns::RS,
            ResponseStatus::Failure.urn(),
        );
        let errors = decode(&text).unwrap().errors;
        let busy = RegistryError::error(ErrorCode::XdsRegistryBusy, "");
        let nameless = RegistryError::error(ErrorCode::Other(String::new()), "c");
        assert_eq!(errors, [busy, nameless]);
    }

    #[test]
    fn a_response_without_a_known_status_is_malformed() {
        let text = format!("<r:RegistryResponse xmlns:r='{}' status='ok'/>", ns::RS);
        assert!(decode(&text).is_err());
    }
}
