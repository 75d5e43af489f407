//! What `submit` is to publish: the command line's wishes, or a TOML file's.
//!
//! Everything in the file may be left out but `file`; codes are written `CODE^DISPLAY^SCHEME`.
//!
//! ```toml
//! title = "Discharge papers"              # of the SubmissionSet
//! content_type = "22232009^Hospital^2.16.840.1.113883.6.96"
//! author = { person = "^SATO^HANAKO", institutions = ["KITA HOSPITAL"] }
//!
//! [[document]]
//! file = "summary.xml"                    # beside the TOML file
//! title = "Discharge summary"
//! type = "18842-5^Discharge summary^2.16.840.1.113883.6.1"
//! confidentiality = ["N^normal^2.16.840.1.113883.5.25"]
//! created = "20261121093000"
//! replace = "2.25.1234"                   # uniqueId or entryUUID; also: append, transform, transform_replace, signs
//! folder = "Admission 2026-11"            # title of a folder below
//!
//! [[folder]]
//! title = "Admission 2026-11"
//! codes = ["INPATIENT^Inpatient^1.2.392.100495.20.2.11"]
//! unique_id = "2.25.99"                   # only for a folder that exists: `existing = true`
//! ```

use std::path::{Path, PathBuf};

use ihe_xds::metadata::{AssociationType, Code};
use serde::Deserialize;

use crate::failure::{Context, Failure, Result};

/// One submission
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Plan {
    /// title of the SubmissionSet
    pub(crate) title: Option<String>,
    /// comments of the SubmissionSet
    pub(crate) comments: Option<String>,
    /// contentTypeCode
    pub(crate) content_type: Option<CodeText>,
    /// sourceId, OID
    pub(crate) source_id: Option<String>,
    /// intendedRecipient, XON|XCN|XTN
    pub(crate) intended_recipients: Vec<String>,
    /// author of everything that names none
    pub(crate) author: Option<AuthorPlan>,
    /// DocumentEntries
    #[serde(rename = "document")]
    pub(crate) documents: Vec<DocumentPlan>,
    /// Folders
    #[serde(rename = "folder")]
    pub(crate) folders: Vec<FolderPlan>,
}

/// One document and its entry
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DocumentPlan {
    /// Where the content is
    pub(crate) file: PathBuf,
    /// uniqueId; a fresh one when left out
    pub(crate) unique_id: Option<String>,
    /// mimeType; told by the content when left out
    pub(crate) mime_type: Option<String>,
    /// title; the file's name when left out
    pub(crate) title: Option<String>,
    /// comments
    pub(crate) comments: Option<String>,
    /// languageCode; ja-JP when left out
    pub(crate) language: Option<String>,
    /// classCode
    pub(crate) class: Option<CodeText>,
    /// typeCode
    #[serde(rename = "type")]
    pub(crate) type_code: Option<CodeText>,
    /// formatCode
    pub(crate) format: Option<CodeText>,
    /// healthcareFacilityTypeCode
    pub(crate) facility: Option<CodeText>,
    /// practiceSettingCode
    pub(crate) practice: Option<CodeText>,
    /// confidentialityCode
    pub(crate) confidentiality: Vec<CodeText>,
    /// eventCodeList
    pub(crate) events: Vec<CodeText>,
    /// author
    pub(crate) author: Option<AuthorPlan>,
    /// creationTime; the file's last change when left out
    pub(crate) created: Option<String>,
    /// serviceStartTime
    pub(crate) service_start: Option<String>,
    /// serviceStopTime
    pub(crate) service_stop: Option<String>,
    /// legalAuthenticator, XCN
    pub(crate) legal_authenticator: Option<String>,
    /// referenceIdList, CXi
    pub(crate) reference_ids: Vec<String>,
    /// sourcePatientInfo, PID-n|value
    pub(crate) source_patient_info: Vec<String>,
    /// The document it replaces (RPLC)
    pub(crate) replace: Option<String>,
    /// The document it is appended to (APND)
    pub(crate) append: Option<String>,
    /// The document it is a transformation of (XFRM)
    pub(crate) transform: Option<String>,
    /// The document it transforms and replaces (XFRM_RPLC)
    pub(crate) transform_replace: Option<String>,
    /// The document it signs (signs)
    pub(crate) signs: Option<String>,
    /// title of the folder it is put into
    pub(crate) folder: Option<String>,
}

/// One folder, new or existing
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FolderPlan {
    /// title; documents name the folder by it
    pub(crate) title: String,
    /// comments
    pub(crate) comments: Option<String>,
    /// codeList
    pub(crate) codes: Vec<CodeText>,
    /// uniqueId; a fresh one when left out
    pub(crate) unique_id: Option<String>,
    /// The registry has it: `unique_id` is its uniqueId or entryUUID
    pub(crate) existing: bool,
}

/// An author
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuthorPlan {
    /// authorPerson, XCN
    pub(crate) person: Option<String>,
    /// authorInstitution, XON
    pub(crate) institutions: Vec<String>,
    /// authorRole
    pub(crate) roles: Vec<String>,
    /// authorSpecialty
    pub(crate) specialties: Vec<String>,
    /// authorTelecommunication, XTN
    pub(crate) telecommunications: Vec<String>,
}

/// `CODE^DISPLAY^SCHEME`
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct CodeText(pub(crate) Code);

impl TryFrom<String> for CodeText {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<CodeText, String> {
        match text.split('^').collect::<Vec<_>>()[..] {
            [code, display, scheme] if !code.is_empty() && !scheme.is_empty() => {
                Ok(CodeText(Code::new(code, scheme, display)))
            }
            _ => Err(format!("{text:?} is not CODE^DISPLAY^SCHEME")),
        }
    }
}

impl Plan {
    /// Reads a TOML file; the files it names lie beside it
    pub(crate) fn read(path: &Path) -> Result<Plan> {
        let text = std::fs::read_to_string(path).context(path.display())?;
        let mut plan: Plan = toml::from_str(&text).context(path.display())?;
        let beside = path.parent().unwrap_or(Path::new("."));
        for document in &mut plan.documents {
            if document.file.as_os_str().is_empty() {
                return Err(Failure::new(format!(
                    "{}: a document names no file",
                    path.display()
                )));
            }
            document.file = beside.join(&document.file);
        }
        Ok(plan)
    }

    /// The documents of the command line
    pub(crate) fn of_files(files: Vec<PathBuf>) -> Plan {
        let document = |file| DocumentPlan {
            file,
            ..DocumentPlan::default()
        };
        Plan {
            documents: files.into_iter().map(document).collect(),
            ..Plan::default()
        }
    }
}

impl DocumentPlan {
    /// What it has to do with documents of the registry
    pub(crate) fn relations(&self) -> impl Iterator<Item = (AssociationType, &str)> {
        [
            (AssociationType::Rplc, &self.replace),
            (AssociationType::Apnd, &self.append),
            (AssociationType::Xfrm, &self.transform),
            (AssociationType::XfrmRplc, &self.transform_replace),
            (AssociationType::Signs, &self.signs),
        ]
        .into_iter()
        .filter_map(|(kind, target)| Some((kind, target.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Plan> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.toml");
        std::fs::write(&path, text).unwrap();
        Plan::read(&path)
    }

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let lines = include_str!("plan.rs").lines();
        let example = lines.filter_map(|line| line.strip_prefix("//! "));
        let example: Vec<&str> = example
            .skip_while(|line| !line.starts_with("```toml"))
            .skip(1)
            .take_while(|line| *line != "```")
            .collect();
        let plan = read(&example.join("\n")).unwrap();
        assert_eq!(plan.documents.len(), 1);
        let relations: Vec<_> = plan.documents[0].relations().collect();
        assert_eq!(relations, [(AssociationType::Rplc, "2.25.1234")]);
        assert_eq!(plan.folders[0].codes[0].0.display, "Inpatient");
    }

    #[test]
    fn what_is_misspelt_is_an_error_that_names_it() {
        let error = read("[[document]]\nfile = \"a\"\nclas = \"x\"").unwrap_err();
        assert!(error.to_string().contains("clas"), "{error}");
        let error = read("[[document]]\nfile = \"a\"\nclass = \"x\"").unwrap_err();
        assert!(error.to_string().contains("CODE^DISPLAY^SCHEME"), "{error}");
        let error = read("[[document]]\ntitle = \"a\"").unwrap_err();
        assert!(error.to_string().contains("no file"), "{error}");
    }
}
