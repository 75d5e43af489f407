//! `${name}` in messages and assertions: values of the endpoint, values kept from answers, and fresh ones.

use getrandom::fill;
use std::collections::BTreeMap;

/// The values of one run of one case. A fresh value is made at its first use and stays.
#[derive(Clone, Debug, Default)]
pub struct Values {
    known: BTreeMap<String, String>,
}

/// A name that nothing gives a value to.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "${{{0}}} has no value: name it in [values] of the endpoint file, or keep it in an earlier step"
)]
pub struct Unknown(pub String);

impl From<Unknown> for String {
    fn from(unknown: Unknown) -> String {
        unknown.to_string()
    }
}

impl Values {
    /// Starts with the endpoint's.
    pub fn new(known: BTreeMap<String, String>) -> Values {
        Values { known }
    }

    /// Gives a name a value; the last one counts.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.known.insert(name.to_owned(), value.into());
    }

    /// Takes a name's value away: a fresh one is another at its next use.
    pub fn forget(&mut self, name: &str) {
        self.known.remove(name);
    }

    /// The value of a name, fresh if its kind is one of `id`, `oid`, `uuid`, `name`, `birth`, `now`, `instant`.
    ///
    /// # Errors
    /// The name is not known and of no fresh kind.
    pub fn of(&mut self, name: &str) -> Result<String, Unknown> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        if let Some(repeated) = repeated(name) {
            return Ok(repeated);
        }
        let kind = name.split('.').next().unwrap_or_default();
        let value = fresh(kind).ok_or_else(|| Unknown(name.to_owned()))?;
        // Every `now` is a now of its own.
        if kind != "now" {
            self.set(name, value.clone());
        }
        Ok(value)
    }

    /// Makes every fresh value that the text names, so that a copy of these values has it, too.
    pub fn make(&mut self, text: &str) {
        for part in text.split("${").skip(1) {
            if let Some((name, _)) = part.split_once('}') {
                _ = self.of(name);
            }
        }
    }

    /// The text with every `${name}` replaced; `$${` stands for `${`.
    ///
    /// # Errors
    /// A name has no value.
    pub fn fill(&mut self, text: &str) -> Result<String, Unknown> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if rest[..at].ends_with('$') {
                filled.push_str(&rest[..at]);
                filled.push('{');
                rest = &rest[at + 2..];
                continue;
            }
            let Some(end) = rest[at..].find('}') else {
                break;
            };
            filled.push_str(&rest[..at]);
            filled.push_str(&self.of(&rest[at + 2..at + end])?);
            rest = &rest[at + end + 1..];
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// `times.N.TEXT`: the text N times, not more than 16 MiB of it.
fn repeated(name: &str) -> Option<String> {
    let (count, text) = name.strip_prefix("times.")?.split_once('.')?;
    let count: usize = count.parse().ok()?;
    let most = 16 * 1024 * 1024 / text.len().max(1);
    (count <= most).then(|| text.repeat(count))
}

/// A value that nobody has used before: `id` (ten capitals and digits), `oid` (2.25.…), `uuid`, `name` (eight letters),
/// `birth` (a day, YYYYMMDD), `now` (HL7 time, UTC, to the second), `instant` (RFC 3339, UTC).
fn fresh(kind: &str) -> Option<String> {
    let uuid = uuid::Uuid::new_v4();
    Some(match kind {
        "id" => letters(b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 10),
        "oid" => format!("2.25.{}", uuid.as_u128()),
        "uuid" => uuid.to_string(),
        "name" => letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8),
        "birth" => {
            let days = uuid.as_u128() % 30_000;
            let first = chrono::NaiveDate::from_ymd_opt(1930, 1, 1)?;
            let day = first + chrono::Days::new(u64::try_from(days).ok()?);
            day.format("%Y%m%d").to_string()
        }
        "now" => chrono::Utc::now().format("%Y%m%d%H%M%S").to_string(),
        "instant" => chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        _ => return None,
    })
}

fn letters(alphabet: &[u8], count: usize) -> String {
    let mut bytes = vec![0; count];
    fill(&mut bytes).expect("the system has random bytes");
    let letter = |byte: u8| char::from(alphabet[usize::from(byte) % alphabet.len()]);
    bytes.into_iter().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_value_stays_and_another_name_is_another() {
        let mut values = Values::default();
        let twice = values.fill("${id.a} ${id.a} ${id.b}").expect("filled");
        let parts: Vec<&str> = twice.split(' ').collect();
        assert_eq!(parts[0], parts[1]);
        assert_ne!(parts[0], parts[2]);
    }

    #[test]
    fn known_values_come_first_and_an_unknown_name_is_an_error() {
        let mut values = Values::default();
        values.set("id.a", "7");
        assert_eq!(values.fill("<${id.a}>"), Ok("<7>".to_owned()));
        assert_eq!(values.fill("${domain}"), Err(Unknown("domain".to_owned())));
        assert_eq!(values.fill("$${id.a} ${"), Ok("${id.a} ${".to_owned()));
    }

    #[test]
    fn a_text_is_repeated_and_not_too_often() {
        let mut values = Values::default();
        assert_eq!(values.fill("${times.3.<a>}"), Ok("<a><a><a>".to_owned()));
        assert!(values.fill("${times.99999999.abc}").is_err());
    }
}
