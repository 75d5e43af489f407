//! ITI-41 and ITI-43 requests as text (ITI TF-2 3.41, 3.43; metadata of ITI TF-3 4.2).

/// wsa:Action of ITI-41.
pub const PROVIDE: &str = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b";
/// wsa:Action of ITI-43.
pub const RETRIEVE: &str = "urn:ihe:iti:2007:RetrieveDocumentSet";
/// A document that looks like a boundary of its package, and is no text.
pub const DOCUMENT: &[u8] =
    b"conformance\r\n--MIMEBoundary_conformanc\r\n\x00\xff\x80<>&\r\n\r\n--\r\n";
/// Its SHA-1 (`sha1sum`).
pub const DOCUMENT_HASH: &str = "0a0286da9561bb4434d2515fc3cf56df4889b80b";
/// The same in base64 (`base64 -w0`).
pub const DOCUMENT_BASE64: &str =
    "Y29uZm9ybWFuY2UNCi0tTUlNRUJvdW5kYXJ5X2NvbmZvcm1hbmMNCgD/gDw+Jg0KDQotLQ0K";

const XDS: &str = "urn:ihe:iti:xds-b:2007";
const LCM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0";
const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
const OBJECT_TYPE: &str = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject";
const HAS_MEMBER: &str = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember";
const STABLE: &str = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1";

/// The coded attributes of a DocumentEntry: scheme, code, coding scheme.
const CODES: [(&str, &str, &str); 6] = [
    ("41a5887f-8865-4c09-adf7-e362475b143a", "11488-4", LOINC),
    (
        "f4f85eac-e6cb-4883-b524-f2705394840f",
        "N",
        "2.16.840.1.113883.5.25",
    ),
    (
        "a09d5840-386c-46f2-b5ad-9c3699a4309d",
        "urn:ihe:iti:xds:2017:mimeTypeSufficient",
        "1.3.6.1.4.1.19376.1.2.3",
    ),
    ("f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", "HOSP", "1.2.3.4.5"),
    ("cccf5598-8b07-4b77-a05e-ae952c785ead", "GM", "1.2.3.4.6"),
    ("f0306f51-975f-434e-a61c-c59651d33983", "11488-4", LOINC),
];
const LOINC: &str = "2.16.840.1.113883.6.1";

/// One document and what is said of it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// CX of the affinity domain.
    pub patient: String,
    /// DocumentEntry.uniqueId; the submission set's is this and `.1`.
    pub unique_id: String,
    /// DocumentEntry.hash, if given.
    pub hash: Option<String>,
    /// DocumentEntry.size, if given.
    pub size: Option<usize>,
    /// What is in the Document element; without, there is none.
    pub content: Option<String>,
}

impl Submission {
    /// [`DOCUMENT`] with its hash and size, in the MIME part `content_id`.
    pub fn of_document(patient: &str, unique_id: &str, content_id: &str) -> Submission {
        Submission {
            patient: patient.to_owned(),
            unique_id: unique_id.to_owned(),
            hash: Some(DOCUMENT_HASH.to_owned()),
            size: Some(DOCUMENT.len()),
            content: Some(include(content_id)),
        }
    }

    /// The body of ITI-41.
    pub fn request(&self) -> String {
        let document = self.content.as_ref().map(|content| {
            format!("<x:Document xmlns:x=\"{XDS}\" id=\"document01\">{content}</x:Document>")
        });
        format!(
            "<x:ProvideAndRegisterDocumentSetRequest xmlns:x=\"{XDS}\"><l:SubmitObjectsRequest xmlns:l=\"{LCM}\">\
             <RegistryObjectList xmlns=\"{RIM}\">{}{}\
             <Association id=\"association01\" objectType=\"urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Association\" \
             associationType=\"{HAS_MEMBER}\" sourceObject=\"set01\" targetObject=\"document01\">{}</Association>\
             </RegistryObjectList></l:SubmitObjectsRequest>{}</x:ProvideAndRegisterDocumentSetRequest>",
            self.entry(),
            self.set(),
            slot("SubmissionSetStatus", "Original"),
            document.unwrap_or_default(),
        )
    }

    fn entry(&self) -> String {
        let patient = self.patient.replace('&', "&amp;");
        let mut inside = [
            slot("creationTime", "20261121"),
            slot("languageCode", "en-US"),
            slot("sourcePatientId", &patient),
        ]
        .concat();
        inside.extend(self.hash.as_ref().map(|hash| slot("hash", hash)));
        inside.extend(self.size.map(|size| slot("size", &size.to_string())));
        inside
            .extend(CODES.map(|(scheme, code, system)| coded("document01", scheme, code, system)));
        let ids = [
            (
                "58a6f841-87b3-4a3e-92fd-a8ffeff98427",
                "patientId",
                patient.as_str(),
            ),
            (
                "2e82c1f6-a085-4c72-9da3-8640a32e42ab",
                "uniqueId",
                &self.unique_id,
            ),
        ];
        inside.extend(ids.map(|(scheme, name, value)| {
            identifier(
                "document01",
                scheme,
                &format!("XDSDocumentEntry.{name}"),
                value,
            )
        }));
        format!(
            "<ExtrinsicObject id=\"document01\" mimeType=\"text/plain\" objectType=\"{STABLE}\">{inside}</ExtrinsicObject>"
        )
    }

    fn set(&self) -> String {
        let patient = self.patient.replace('&', "&amp;");
        let unique_id = format!("{}.1", self.unique_id);
        let mut inside = slot("submissionTime", "20261121120000");
        inside += &coded(
            "set01",
            "aa543740-bdda-424e-8c96-df4873be8500",
            "11488-4",
            LOINC,
        );
        let ids = [
            (
                "6b5aea1a-874d-4603-a4bc-96a0a7b38446",
                "patientId",
                patient.as_str(),
            ),
            (
                "554ac39e-e3fe-47fe-b233-965d2a147832",
                "sourceId",
                "1.2.3.4.7",
            ),
            (
                "96fdda7c-d067-4183-912e-bf5ee74998a8",
                "uniqueId",
                &unique_id,
            ),
        ];
        inside.extend(ids.map(|(scheme, name, value)| {
            identifier("set01", scheme, &format!("XDSSubmissionSet.{name}"), value)
        }));
        format!(
            "<RegistryPackage id=\"set01\" objectType=\"{OBJECT_TYPE}:RegistryPackage\">{inside}</RegistryPackage>\
             <Classification id=\"classification01\" classifiedObject=\"set01\" objectType=\"{OBJECT_TYPE}:Classification\" \
             classificationNode=\"urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd\"/>"
        )
    }
}

/// What stands in a Document element whose bytes are in the MIME part `content_id`.
pub fn include(content_id: &str) -> String {
    format!(
        "<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:{content_id}\"/>"
    )
}

/// The body of ITI-43 for one document.
pub fn retrieve(repository: &str, unique_id: &str) -> String {
    format!(
        "<x:RetrieveDocumentSetRequest xmlns:x=\"{XDS}\"><x:DocumentRequest>\
         <x:RepositoryUniqueId>{repository}</x:RepositoryUniqueId><x:DocumentUniqueId>{unique_id}</x:DocumentUniqueId>\
         </x:DocumentRequest></x:RetrieveDocumentSetRequest>"
    )
}

fn slot(name: &str, value: &str) -> String {
    format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>")
}

fn coded(object: &str, scheme: &str, code: &str, system: &str) -> String {
    format!(
        "<Classification id=\"{object}-{scheme}\" objectType=\"{OBJECT_TYPE}:Classification\" \
         classificationScheme=\"urn:uuid:{scheme}\" classifiedObject=\"{object}\" nodeRepresentation=\"{code}\">{}\
         <Name><LocalizedString value=\"{code}\"/></Name></Classification>",
        slot("codingScheme", system)
    )
}

fn identifier(object: &str, scheme: &str, name: &str, value: &str) -> String {
    format!(
        "<ExternalIdentifier id=\"{object}-{scheme}\" objectType=\"{OBJECT_TYPE}:ExternalIdentifier\" \
         registryObject=\"{object}\" identificationScheme=\"urn:uuid:{scheme}\" value=\"{value}\">\
         <Name><LocalizedString value=\"{name}\"/></Name></ExternalIdentifier>"
    )
}
