//! What a Source says about one patient: PID of an identity feed (ITI TF-2 Table 3.8-2).

use std::fmt;

use hl7v2::Separators;
#[cfg(any(feature = "server", test))]
use hl7v2::datatype::NULL;
use hl7v2::datatype::{Cx, Xpn};

/// One patient as fed. Every text is HL7 text with the default separators, escaped, unless said
/// otherwise; empty: not said; `""` (two quotes): delete what is stored.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PatientRecord {
    /// PID-3, 1..n: ids with the full assigning authority. All ids of one PID-3 are one person.
    pub ids: Vec<Cx>,
    /// PID-5, 0..n.
    pub names: Vec<Xpn>,
    /// PID-6 mother's maiden name, 0..1.
    pub mother_maiden_name: String,
    /// PID-7, 0..1: `YYYY[MM[DD[...]]]`.
    pub birth_date: String,
    /// PID-8, 0..1: table 0001.
    pub sex: String,
    /// PID-11, all repetitions.
    pub address: String,
    /// PID-13, all repetitions.
    pub phone_home: String,
    /// PID-14, all repetitions.
    pub phone_business: String,
    /// PID-18 account number, 0..1.
    pub account_number: String,
    /// PID-19, 0..1.
    pub ssn: String,
    /// PID-20, 0..1.
    pub driver_license: String,
    /// PID-25 birth order, 0..1: tells twins apart.
    pub birth_order: String,
    /// The last visit, as [`crate::visit`] writes PV1, 0..1. A newer visit takes its place as a whole.
    pub visit: String,
}

impl fmt::Debug for PatientRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatientRecord")
            .field("ids", &self.ids.len())
            .field("names", &self.names.len())
            .finish_non_exhaustive()
    }
}

impl PatientRecord {
    /// A record with this one id and nothing else.
    pub fn identified(id: Cx) -> PatientRecord {
        PatientRecord {
            ids: vec![id],
            ..PatientRecord::default()
        }
    }

    /// The plain texts in a fixed order: the one list that the store, the update and PID share.
    pub(crate) fn texts(&self) -> [&String; 11] {
        [
            &self.mother_maiden_name,
            &self.birth_date,
            &self.sex,
            &self.address,
            &self.phone_home,
            &self.phone_business,
            &self.account_number,
            &self.ssn,
            &self.driver_license,
            &self.birth_order,
            &self.visit,
        ]
    }

    /// As [`Self::texts`], to be written.
    #[cfg(any(feature = "server", test))]
    pub(crate) fn texts_mut(&mut self) -> [&mut String; 11] {
        [
            &mut self.mother_maiden_name,
            &mut self.birth_date,
            &mut self.sex,
            &mut self.address,
            &mut self.phone_home,
            &mut self.phone_business,
            &mut self.account_number,
            &mut self.ssn,
            &mut self.driver_license,
            &mut self.birth_order,
            &mut self.visit,
        ]
    }

    /// PID-5 as HL7 text.
    pub(crate) fn names_text(&self) -> String {
        let names: Vec<String> = self.names.iter().map(Xpn::to_string).collect();
        names.join("~")
    }

    /// PID-5 from HL7 text with the default separators.
    pub(crate) fn names_from_text(text: &str) -> Vec<Xpn> {
        let separators = Separators::DEFAULT;
        text.split('~')
            .filter(|n| !n.is_empty())
            .map(|n| Xpn::parse(n, &separators))
            .collect()
    }

    /// The stored demographics after a newer message: empty leaves, `""` deletes. Ids stay.
    #[cfg(any(feature = "server", test))]
    pub(crate) fn updated_by(&self, newer: &PatientRecord) -> PatientRecord {
        let mut result = self.clone();
        for (old, new) in result.texts_mut().into_iter().zip(newer.texts()) {
            match new.as_str() {
                "" => {}
                NULL => old.clear(),
                _ => old.clone_from(new),
            }
        }
        if newer.names.iter().any(|name| name.family == NULL) {
            result.names.clear();
        } else if !newer.names.is_empty() {
            result.names.clone_from(&newer.names);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(family: &str) -> PatientRecord {
        let name = Xpn {
            family: family.into(),
            ..Xpn::default()
        };
        PatientRecord {
            names: vec![name],
            ..PatientRecord::default()
        }
    }

    #[test]
    fn an_empty_field_leaves_the_stored_value_and_two_quotes_delete_it() {
        let mut old = named("YAMADA");
        old.sex = "F".into();
        old.birth_date = "19580312".into();
        let newer = PatientRecord {
            sex: NULL.into(),
            ..PatientRecord::default()
        };
        let result = old.updated_by(&newer);
        assert_eq!(result.sex, "");
        assert_eq!(result.birth_date, "19580312");
        assert_eq!(result.names[0].family, "YAMADA");
        assert!(old.updated_by(&named(NULL)).names.is_empty());
    }

    #[test]
    fn debug_shows_counts_and_no_patient_data() {
        let text = format!("{:?}", named("YAMADA"));
        assert!(!text.contains("YAMADA"), "{text}");
    }
}
