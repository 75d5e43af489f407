//! Looking for patients by demographics (ITI-21, ITI TF-2 3.21) and visits (ITI-22, ITI TF-2 3.22).

use hl7v2::datatype::{Cx, Hd};

use crate::PatientRecord;

/// A text to be equal to, or to begin with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NamePattern {
    /// The text; compared as names are: width, kana and kanji forms do not matter.
    pub text: String,
    /// It need only begin so.
    pub prefix: bool,
}

impl NamePattern {
    /// The text itself.
    pub fn exact(text: impl Into<String>) -> NamePattern {
        NamePattern {
            text: text.into(),
            prefix: false,
        }
    }

    /// Whatever begins so.
    pub fn prefix(text: impl Into<String>) -> NamePattern {
        NamePattern {
            text: text.into(),
            prefix: true,
        }
    }

    /// As a user types it: a `*` at the end means that what is looked for need only begin so.
    ///
    /// ```
    /// use ihe_pix::identity::NamePattern;
    /// assert_eq!(NamePattern::typed("ヤマ*"), NamePattern::prefix("ヤマ"));
    /// assert_eq!(NamePattern::typed("ヤマダ"), NamePattern::exact("ヤマダ"));
    /// ```
    pub fn typed(text: &str) -> NamePattern {
        match text.strip_suffix('*') {
            Some(start) => NamePattern::prefix(start.trim_end_matches('*')),
            None => NamePattern::exact(text),
        }
    }
}

impl std::fmt::Debug for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamePattern")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// The segment that a field is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Segment {
    /// PID, patient identification.
    #[default]
    Pid,
    /// PV1, patient visit.
    Pv1,
}

impl Segment {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Segment::Pid => "PID",
            Segment::Pv1 => "PV1",
        }
    }
}

/// One place of PID or PV1, in any repetition of its field, and the text wanted there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPattern {
    /// PID or PV1.
    pub segment: Segment,
    /// The field, from 1.
    pub field: usize,
    /// The component, from 1; `None`: the first.
    pub component: Option<usize>,
    /// The subcomponent, from 1; `None`: the first.
    pub subcomponent: Option<usize>,
    /// What is wanted there.
    pub pattern: NamePattern,
}

/// What is known of the patients looked for. Everything said must hold; what is not said does not matter.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PatientQuery {
    /// All of these are ids of the patient (PID-3.1 with authority).
    pub ids: Vec<Cx>,
    /// PID-5.1, in any script, of any of the patient's names.
    pub family: Option<NamePattern>,
    /// PID-5.2, in any script, of any of the patient's names.
    pub given: Option<NamePattern>,
    /// PID-7: the birth date begins with these digits, `YYYY[MM[DD]]`; empty: not said.
    pub birth_date: String,
    /// PID-8; empty: not said.
    pub sex: String,
    /// PID-11 by component (number, pattern).
    pub address: Vec<(usize, NamePattern)>,
    /// PID-13, digits only are compared; empty: not said.
    pub phone: String,
    /// PID-18.1; empty: not said.
    pub account_number: String,
    /// Other places of PID (PID-5.3, PID-6, PID-18.4 ..) and of PV1.
    pub other: Vec<FieldPattern>,
    /// Only ids of these domains are told, and only patients who have one; empty: all.
    pub domains: Vec<Hd>,
    /// Only what was fed with ids of these domains is looked through and told; empty: all.
    pub source: Vec<Hd>,
}

impl PatientQuery {
    /// Whether nothing at all is said of the patients.
    pub fn says_nothing(&self) -> bool {
        let texts = [
            &self.birth_date,
            &self.sex,
            &self.phone,
            &self.account_number,
        ];
        self.ids.is_empty()
            && self.family.is_none()
            && self.given.is_none()
            && self.address.is_empty()
            && self.other.is_empty()
            && texts.iter().all(|text| text.is_empty())
    }
}

impl std::fmt::Debug for PatientQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PatientQuery")
            .field("ids", &self.ids.len())
            .field("family", &self.family)
            .field("given", &self.given)
            .field("domains", &self.domains)
            .finish_non_exhaustive()
    }
}

/// Which part of the answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only people after the one with this number; 0: from the beginning.
    pub after: u64,
    /// At most so many people.
    pub limit: usize,
    /// At most about so many identities are read to find them.
    pub effort: usize,
}

impl Page {
    /// The first people of the answer.
    ///
    /// ```
    /// let page = ihe_pix::identity::Page::first(10);
    /// assert_eq!((page.after, page.limit), (0, 10));
    /// ```
    pub fn first(limit: usize) -> Page {
        Page {
            after: 0,
            limit,
            effort: 200_000,
        }
    }
}

/// A patient found: all ids, and the demographics fed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The place among all people, rising and lasting: for [`Page::after`].
    pub number: u64,
    /// Demographics with all the ids asked for, those of one domain next to each other.
    pub record: PatientRecord,
}

/// Part of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of their numbers.
    pub people: Vec<Person>,
    /// There may be more: ask again with this [`Page::after`]. `None`: these were all.
    pub next: Option<u64>,
}
