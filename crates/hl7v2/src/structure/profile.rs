//! A set of tables to check messages against.

use super::layer::{self, Layer, TableError};
use super::tables::Tables;
use crate::Message;
use std::sync::{Arc, LazyLock};

/// What messages are checked against: structures, fields, values. Cheap to clone.
///
/// ```
/// use hl7v2::structure::{Profile, check};
/// let message = hl7v2::Message::parse(b"MSH|^~\\&|A|B|C|D|20260315||ADT^A01|7|P|2.5\rEVN||20260315\rPID|||7||DOE\r")?;
/// let report = check(&message, &Profile::hl7_2_5());
/// assert_eq!(report.findings()[0].to_string(), "100 at PV1^1");
/// assert!(!report.is_acceptable());
/// # Ok::<(), hl7v2::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    name: String,
    version: String,
    pub(super) tables: Arc<Tables>,
    pub(super) most_findings: usize,
}

/// Enough to see what is wrong with a sender; a hostile message cannot make more.
const MOST_FINDINGS: usize = 1000;

impl Profile {
    /// HL7 v2.5: the structures of patient administration, orders, results, documents and queries, with what IHE's PIX, PDQ
    /// and PAM add (`tables/structures-2.5-supplement.txt`).
    pub fn hl7_2_5() -> Profile {
        static TABLES: LazyLock<Arc<Tables>> =
            LazyLock::new(|| read(&[layer::HL7_2_5, layer::SUPPLEMENT]));
        Profile::of_tables("HL7 2.5", "2.5", &TABLES)
    }

    /// HL7 v2.3.1, as ITI-8 uses it.
    pub fn hl7_2_3_1() -> Profile {
        static TABLES: LazyLock<Arc<Tables>> =
            LazyLock::new(|| read(&[layer::HL7_2_3_1, layer::SUPPLEMENT_2_3_1]));
        Profile::of_tables("HL7 2.3.1", "2.3.1", &TABLES)
    }

    /// The messages of Japan's SS-MIX2 standardized storage: HL7 v2.5, PPR^ZD1 and OMI^Z23, and its required fields.
    pub fn ss_mix2() -> Profile {
        static TABLES: LazyLock<Arc<Tables>> =
            LazyLock::new(|| read(&[layer::HL7_2_5, layer::SUPPLEMENT, layer::SS_MIX2]));
        Profile::of_tables("SS-MIX2", "2.5", &TABLES)
    }

    /// The profile that a message claims: SS-MIX2 if MSH-21 says so, else by the version in MSH-12; v2.5 for others than
    /// v2.3 and earlier.
    pub fn of(message: &Message) -> Profile {
        let Some(msh) = message.segments().next() else {
            return Profile::hl7_2_5();
        };
        let first = |field: usize| msh.field(field).repetition(1);
        let begins = |field: usize, start: &str| {
            first(field).is_some_and(|one| one.component(1).raw().starts_with(start))
        };
        match () {
            () if begins(21, "SS-MIX2") => Profile::ss_mix2(),
            () if begins(12, "2.1") || begins(12, "2.2") || begins(12, "2.3") => {
                Profile::hl7_2_3_1()
            }
            () => Profile::hl7_2_5(),
        }
    }

    /// A profile of the caller's own tables alone. `version` is what MSH-12 has to begin with. Errors: the first line that
    /// cannot be read.
    pub fn from_tables(
        name: &str,
        version: &str,
        layers: &[Layer<'_>],
    ) -> Result<Profile, TableError> {
        let empty = Arc::new(Tables::default());
        Profile::of_tables(name, version, &empty).with(name, layers)
    }

    /// This profile with the caller's tables over it. Errors: the first line that cannot be read.
    pub fn with(&self, name: &str, layers: &[Layer<'_>]) -> Result<Profile, TableError> {
        let mut tables = Tables::clone(&self.tables);
        for layer in layers {
            tables.add(layer).into_iter().next().map_or(Ok(()), Err)?;
        }
        Ok(Profile {
            name: name.to_owned(),
            tables: Arc::new(tables),
            ..self.clone()
        })
    }

    /// Stops after so many findings; default 1000.
    pub fn most_findings(self, most: usize) -> Profile {
        Profile {
            most_findings: most,
            ..self
        }
    }

    /// What it is called, e.g. `SS-MIX2`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What MSH-12 has to begin with, e.g. `2.5`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The structures it knows, sorted, e.g. `ADT_A01`.
    pub fn structures(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.tables.structures.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    fn of_tables(name: &str, version: &str, tables: &Arc<Tables>) -> Profile {
        Profile {
            name: name.to_owned(),
            version: version.to_owned(),
            tables: tables.clone(),
            most_findings: MOST_FINDINGS,
        }
    }
}

/// Our own tables; a test proves that no line is lost.
fn read(layers: &[Layer<'_>]) -> Arc<Tables> {
    let mut tables = Tables::default();
    for layer in layers {
        tables.add(layer);
    }
    Arc::new(tables)
}
