//! Reads the code tables of an affinity domain from a `codes.xml` file, the form test tools and many products use.

use super::CodeTables;
use yaserde::YaDeserialize;

/// A code file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("code file: {0}")]
    File(#[from] std::io::Error),
    /// It is not the XML that is expected.
    #[error("code file: {0}")]
    Form(String),
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "Codes")]
struct Codes {
    #[yaserde(rename = "CodeType")]
    types: Vec<CodeType>,
}

#[derive(Debug, Default, YaDeserialize)]
struct CodeType {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(attribute = true, rename = "classScheme")]
    class_scheme: Option<String>,
    #[yaserde(rename = "Code")]
    codes: Vec<CodeValue>,
}

#[derive(Debug, Default, YaDeserialize)]
struct CodeValue {
    #[yaserde(attribute = true)]
    code: String,
    #[yaserde(attribute = true, rename = "codingScheme")]
    coding_scheme: Option<String>,
}

/// Reads a code file.
pub fn read(path: &std::path::Path) -> Result<CodeTables, Error> {
    parse(&std::fs::read_to_string(path)?)
}

/// Reads the text of a code file. Types without a class scheme are MIME types or not ours.
pub fn parse(text: &str) -> Result<CodeTables, Error> {
    let codes: Codes =
        yaserde::de::from_str(text).map_err(|error| Error::Form(error.to_string()))?;
    let mut tables = CodeTables::default();
    for one in &codes.types {
        for value in &one.codes {
            match (&one.class_scheme, one.name.as_str()) {
                (Some(scheme), _) if !scheme.is_empty() => {
                    tables.allow(
                        scheme,
                        &value.code,
                        value.coding_scheme.as_deref().unwrap_or_default(),
                    );
                }
                (_, "mimeType") => tables.allow_mime_type(&value.code),
                _ => {}
            }
        }
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"<?xml version="1.0"?>
<Codes>
  <AssigningAuthority id="1.3.6.1.4.1.21367.13.20.1000"/>
  <CodeType name="formatCode" classScheme="urn:uuid:A09D5840-386c-46f2-b5ad-9c3699a4309d">
    <Code code="urn:ihe:rad:TEXT" display="text" codingScheme="1.3.6.1.4.1.19376.1.2.3"/>
  </CodeType>
  <CodeType name="mimeType"><Code code="text/plain" display="t" ext="txt"/></CodeType>
</Codes>"#;

    #[test]
    fn xds_r_057_codes_and_mime_types_outside_the_tables_are_not_allowed() {
        let tables = parse(FILE).unwrap();
        let format = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d";
        assert!(tables.allows(format, "urn:ihe:rad:TEXT", "1.3.6.1.4.1.19376.1.2.3"));
        assert!(!tables.allows(format, "urn:ihe:rad:TEXT", "1.2.3"));
        assert!(!tables.allows(format, "other", "1.3.6.1.4.1.19376.1.2.3"));
        assert!(tables.allows(
            "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a",
            "any",
            "1.2"
        ));
        assert!(tables.allows_mime_type("Text/Plain; charset=utf-8"));
        assert!(!tables.allows_mime_type("text/html"));
    }

    #[test]
    fn a_file_that_is_not_xml_is_refused() {
        assert!(parse("Codes").is_err());
    }
}
