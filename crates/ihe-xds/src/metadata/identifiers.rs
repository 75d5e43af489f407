//! Identifiers, times, hashes and languages in their strict forms (ITI TF-3 table 4.2.3.1.7-2).

use crate::validate::form::{self, Form};

/// A text that has not the form of its type. It does not say what the text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {name} ({allowed})")]
pub struct Invalid {
    /// What it should have been, with its article: `an OID`.
    pub name: &'static str,
    /// What is allowed, for a person.
    pub allowed: &'static str,
}

impl From<Form> for Invalid {
    fn from(form: Form) -> Self {
        Self {
            name: form.name(),
            allowed: form.allowed(),
        }
    }
}

/// A text of one form: parse, show, and back to a String.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $form:expr, $kept:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks the form of a text.
            ///
            /// # Errors
            /// When it is another form; the error says which one is allowed.
            pub fn parse(text: &str) -> Result<Self, $crate::metadata::Invalid> {
                let form: $crate::validate::form::Form = $form;
                let kept: fn(&str) -> String = $kept;
                match form.accepts(text) {
                    true => Ok(Self(kept(text))),
                    false => Err(form.into()),
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::metadata::Invalid;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
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
pub(super) use text_type;

/// Debug shows the text: it says nothing about a person.
macro_rules! open {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )+};
}
open!(EntryUuid, Oid, Dtm, LanguageCode, Sha1Hash, Uri);

text_type!(
    /// entryUUID: `urn:uuid:` and 36 characters, kept in lower case (ITI TF-3 4.2.3.1.5).
    ///
    /// ```
    /// use ihe_xds::metadata::EntryUuid;
    /// let id = EntryUuid::parse("urn:uuid:10B545EA-725c-446d-9b95-8aeb444eddf3")?;
    /// assert_eq!(id.as_str(), "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3");
    /// assert!(EntryUuid::parse("Document01").is_err());
    /// # Ok::<(), ihe_xds::metadata::Invalid>(())
    /// ```
    EntryUuid, form::UUID, |text| text.to_ascii_lowercase()
);
text_type!(
    /// OID: digits and dots, no leading zeros, at most 64 characters.
    ///
    /// ```
    /// use ihe_xds::metadata::Oid;
    /// assert!(Oid::parse("0.9.2342").is_ok() && Oid::parse("2.999.1").is_ok());
    /// assert!(Oid::parse("1.02").is_err() && Oid::parse("1").is_err());
    /// ```
    Oid, form::OID, str::to_owned
);
text_type!(
    /// DTM: `YYYY[MM[DD[hh[mm[ss]]]]]` in UTC, a time that exists.
    ///
    /// ```
    /// use ihe_xds::metadata::Dtm;
    /// assert!(Dtm::parse("2005010203").is_ok());
    /// assert!(Dtm::parse("20230231").is_err() && Dtm::parse("20230101235960").is_err());
    /// ```
    Dtm, form::DTM, str::to_owned
);
text_type!(
    /// Language tag of RFC 5646.
    ///
    /// ```
    /// use ihe_xds::metadata::LanguageCode;
    /// assert!(LanguageCode::parse("ja-JP").is_ok());
    /// assert!(LanguageCode::parse("ja_JP").is_err());
    /// ```
    LanguageCode, form::LANGUAGE, str::to_owned
);
text_type!(
    /// SHA-1 as 40 hexadecimal digits, kept in lower case.
    ///
    /// ```
    /// use ihe_xds::metadata::Sha1Hash;
    /// let empty = Sha1Hash::parse("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709")?;
    /// assert_eq!(empty.as_str(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    /// # Ok::<(), ihe_xds::metadata::Invalid>(())
    /// ```
    Sha1Hash, form::SHA1, |text| text.to_ascii_lowercase()
);
text_type!(
    /// URI of a document, absolute or relative, at most 256 characters (ITI TF-3 4.2.3.2.27).
    ///
    /// ```
    /// use ihe_xds::metadata::Uri;
    /// assert!(Uri::parse("DOC001.XML").is_ok() && Uri::parse("https://example.org/a%20b").is_ok());
    /// assert!(Uri::parse("a b").is_err() && Uri::parse("100%").is_err());
    /// ```
    Uri, form::URI, str::to_owned
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
