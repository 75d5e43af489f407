//! `do = "stored-query"`: ITI-18, said as lines of parameters.

use super::http::Http;
use crate::actors::Actor;
use crate::case::Text;
use crate::look::Received;
use crate::run::{Scene, Trouble};
use serde::Deserialize;

/// The stored queries of ITI TF-2 3.18.4.1.2.4, by name.
const QUERIES: [(&str, &str); 14] = [
    ("FindDocuments", "14d4debf-8f97-4251-9a74-a90016b0af0d"),
    (
        "FindDocumentsByReferenceId",
        "12941a89-e02e-4be5-967c-ce4bfc8fe492",
    ),
    ("FindSubmissionSets", "f26abbcb-ac74-4422-8a30-edb644bbc1a9"),
    ("FindFolders", "958f3006-baad-4929-a4de-ff1114824431"),
    ("GetAll", "10b545ea-725c-446d-9b95-8aeb444eddf3"),
    ("GetDocuments", "5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"),
    ("GetFolders", "5737b14c-8a1a-4539-b659-e03a34a5e1e4"),
    ("GetAssociations", "a7ae438b-4bc2-4642-93e9-be891f7bb155"),
    (
        "GetDocumentsAndAssociations",
        "bab9529a-4a10-40b3-a01f-f68a615d247a",
    ),
    ("GetSubmissionSets", "51224314-5390-4169-9b91-b1980040715a"),
    (
        "GetSubmissionSetAndContents",
        "e8e3cb2c-e39c-46b9-99e4-c12f57260b83",
    ),
    (
        "GetFolderAndContents",
        "b909a503-523d-4517-8acf-8e5834dfc4c7",
    ),
    (
        "GetFoldersForDocument",
        "10cae35a-c7f9-4cf5-b61e-fc3278ffb578",
    ),
    (
        "GetRelatedDocuments",
        "d90e5407-b356-4d91-a89f-873917b4b0e6",
    ),
];

/// A query and its parameters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoredQuery {
    /// A line for each Slot: its name, a blank, its Value. A line that begins with a blank is one more Value of the Slot
    /// above. The line `query …` names the stored query by its name or its URN, `returnType …` and `home …` are what they say.
    /// A line that begins with `#` is nothing: rows put more parameters there.
    pub parameters: Text,
    /// To another actor than the one that is judged.
    pub to: Option<Actor>,
}

impl StoredQuery {
    /// Asks.
    ///
    /// # Errors
    /// No connection, or no answer.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let lines = self
            .parameters
            .filled(&mut scene.values)
            .map_err(Trouble::Case)?;
        // The values are in, so nothing in the body is to be filled in again.
        let text = request(&lines).map_err(Trouble::Case)?.replace("${", "$${");
        let http = Http {
            body: Text {
                text,
                ..Text::default()
            },
            action: "urn:ihe:iti:2007:RegistryStoredQuery".to_owned(),
            to: self.to,
            ..Http::default()
        };
        http.run(scene)
    }
}

fn request(lines: &str) -> Result<String, String> {
    let (mut query, mut home, mut returned) =
        (String::new(), String::new(), "LeafClass".to_owned());
    let mut slots: Vec<(String, Vec<String>)> = Vec::new();
    for line in lines
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
    {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        match name {
            "" => slots
                .last_mut()
                .ok_or("the first line begins with a blank")?
                .1
                .push(escaped(value.trim_start())),
            "query" => query = urn(value),
            "home" => home = format!(" home=\"{}\"", escaped(value)),
            "returnType" => returned = escaped(value),
            _ if value.is_empty() => slots.push((escaped(name), Vec::new())),
            _ => slots.push((escaped(name), vec![escaped(value)])),
        }
    }
    let slots: String = slots
        .iter()
        .map(|(name, values)| slot(name, values))
        .collect();
    Ok(format!(
        "<query:AdhocQueryRequest xmlns:query=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\" \
         xmlns:rim=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">\
         <query:ResponseOption returnComposedObjects=\"true\" returnType=\"{returned}\"/>\
         <rim:AdhocQuery id=\"{query}\"{home}>{slots}</rim:AdhocQuery></query:AdhocQueryRequest>"
    ))
}

fn urn(query: &str) -> String {
    match QUERIES.iter().find(|(name, _)| *name == query) {
        Some((_, uuid)) => format!("urn:uuid:{uuid}"),
        None => escaped(query),
    }
}

fn slot(name: &str, values: &[String]) -> String {
    let values: String = values
        .iter()
        .map(|value| format!("<rim:Value>{value}</rim:Value>"))
        .collect();
    format!("<rim:Slot name=\"{name}\"><rim:ValueList>{values}</rim:ValueList></rim:Slot>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::request;

    #[test]
    fn lines_are_slots_and_a_blank_begins_one_more_value() {
        let said = request("query GetAll\nhome urn:oid:1.2\n# more\n$a '1&2'\n '3'\n$b\n")
            .expect("a request");
        assert!(said.contains(
            "id=\"urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3\" home=\"urn:oid:1.2\">"
        ));
        assert!(said.contains("returnType=\"LeafClass\""));
        assert!(said.ends_with(
            "<rim:Slot name=\"$a\"><rim:ValueList><rim:Value>'1&amp;2'</rim:Value><rim:Value>'3'</rim:Value></rim:ValueList></rim:Slot>\
             <rim:Slot name=\"$b\"><rim:ValueList></rim:ValueList></rim:Slot></rim:AdhocQuery></query:AdhocQueryRequest>"
        ));
        assert!(request(" 'value'").is_err());
    }
}
