//! Identifiers, times and languages in their strict forms (ITI TF-3 table 4.2.3.1.7-2).

use crate::validate::value;
use std::fmt;

/// A text that has not the form of its type. It does not say what the text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct Invalid(pub &'static str);

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks the form of a text.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let check: fn(&str) -> Option<String> = $check;
                check(text).map(Self).ok_or(Invalid($what))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    };
}

fn kept(text: &str, ok: bool) -> Option<String> {
    ok.then(|| text.to_owned())
}

text_type!(
    /// entryUUID: `urn:uuid:` and 36 characters, kept in lower case (ITI TF-3 4.2.3.1.5).
    EntryUuid, "UUID URN", |text| value::is_uuid_urn(text).then(|| text.to_ascii_lowercase())
);
text_type!(
    /// OID: digits and dots, no leading zeros, at most 64 characters.
    Oid, "OID", |text| kept(text, value::is_oid(text))
);
text_type!(
    /// DTM: `YYYY[MM[DD[hh[mm[ss]]]]]` in UTC.
    Dtm, "DTM", |text| kept(text, value::is_dtm(text))
);
text_type!(
    /// Language tag of RFC 5646.
    LanguageCode, "language tag", |text| kept(text, value::is_language(text))
);
text_type!(
    /// SHA-1 as 40 hexadecimal digits, kept in lower case.
    Sha1Hash, "SHA-1 hash", |text| value::is_sha1(text).then(|| text.to_ascii_lowercase())
);

impl EntryUuid {
    /// A new random entryUUID.
    pub fn random() -> Self {
        Self(format!("urn:uuid:{}", uuid::Uuid::new_v4()))
    }
}

impl Oid {
    /// A new random OID under 2.25 (a UUID as one arc), for uniqueIds.
    pub fn random() -> Self {
        Self(format!("2.25.{}", uuid::Uuid::new_v4().as_u128()))
    }
}

impl Dtm {
    /// The present second, UTC.
    pub fn now() -> Self {
        Self(chrono::Utc::now().format("%Y%m%d%H%M%S").to_string())
    }
}
