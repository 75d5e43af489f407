//! Rules of the affinity domain (ITI TF-1 appendix L): what a domain agrees on beyond the profile.

pub mod codes_xml;

use crate::ebrim::Limits;
use std::collections::{HashMap, HashSet};

/// What the affinity domain demands of metadata.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Allowed codes and MIME types; None accepts any (XDS-R-057).
    pub codes: Option<CodeTables>,
    /// homeCommunityId of this community, `urn:oid:` form.
    pub home_community_id: Option<String>,
    /// Whether a code must have a display name (XDS-R-003); default true.
    pub display_name_required: bool,
    /// Sizes and counts beyond which a body is refused unread.
    pub limits: Limits,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            codes: None,
            home_community_id: None,
            display_name_required: true,
            limits: Limits::default(),
        }
    }
}

/// Allowed values, by classification scheme.
#[derive(Clone, Debug, Default)]
pub struct CodeTables {
    tables: HashMap<String, HashSet<(String, String)>>,
    mime_types: HashSet<String>,
}

impl CodeTables {
    /// Allows one code of a coding scheme for a classification scheme (`urn:uuid:` form).
    pub fn allow(&mut self, classification_scheme: &str, code: &str, coding_scheme: &str) {
        let table = self
            .tables
            .entry(classification_scheme.to_ascii_lowercase())
            .or_default();
        table.insert((code.to_owned(), coding_scheme.to_owned()));
    }

    /// Allows one MIME type.
    pub fn allow_mime_type(&mut self, mime_type: &str) {
        self.mime_types.insert(mime_type.to_ascii_lowercase());
    }

    /// Whether a code is allowed; a classification scheme without a table allows any.
    pub fn allows(&self, classification_scheme: &str, code: &str, coding_scheme: &str) -> bool {
        match self.tables.get(classification_scheme) {
            Some(table) => table.contains(&(code.to_owned(), coding_scheme.to_owned())),
            None => true,
        }
    }

    /// Whether a MIME type is allowed; without a table any is. Parameters are not compared.
    pub fn allows_mime_type(&self, mime_type: &str) -> bool {
        let bare = mime_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        self.mime_types.is_empty() || self.mime_types.contains(&bare)
    }
}
