//! The text of a message in a case: inline or in a file, with values filled in, and edited.

use crate::values::Values;
use serde::Deserialize;
use std::path::Path;

/// `[old, new]`: `old` must be there once, or so often as `times` says.
pub type Replace = (String, String);

/// A text that a case sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Text {
    /// The text itself.
    pub text: String,
    /// Or a file under `cases/`: beside the case, or from the root when it starts with `/`. Read when the case is.
    pub file: String,
    /// Edits, one after the other, before values are filled in.
    pub replace: Vec<Replace>,
    /// Bytes in hexadecimal, when the text is no text; nothing is filled in.
    pub hex: String,
}

impl Text {
    /// Takes the file's text in.
    pub(super) fn load(
        &mut self,
        read: &dyn Fn(&Path) -> Result<String, String>,
        beside: &Path,
    ) -> Result<(), String> {
        if self.file.is_empty() {
            return Ok(());
        }
        let path = match self.file.strip_prefix('/') {
            Some(from_root) => Path::new(from_root).to_owned(),
            None => beside.join(&self.file),
        };
        self.text = read(&path)?;
        self.file.clear();
        Ok(())
    }

    /// Whether there is anything.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.hex.is_empty()
    }

    /// What goes out.
    ///
    /// # Errors
    /// An edit finds nothing or too much, a value is unknown, the hexadecimal is wrong.
    pub fn bytes(&self, values: &mut Values) -> Result<Vec<u8>, String> {
        if !self.hex.is_empty() {
            return hex(&self.hex).ok_or_else(|| "`hex` is not hexadecimal".to_owned());
        }
        Ok(self.filled(values)?.into_bytes())
    }

    /// As [`Text::bytes`], of what is text.
    ///
    /// # Errors
    /// An edit finds nothing or too much, or a value is unknown.
    pub fn filled(&self, values: &mut Values) -> Result<String, String> {
        let mut text = self.text.clone();
        for (old, new) in &self.replace {
            match text.matches(old.as_str()).count() {
                1 => text = text.replacen(old.as_str(), new, 1),
                n => return Err(format!("the edit finds {old:?} {n} times, not once")),
            }
        }
        values.fill(&text).map_err(|error| error.to_string())
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_come_before_values_and_must_find_their_text_once() {
        let mut text = Text {
            text: "a ${x} b".into(),
            replace: vec![("b".into(), "${x}".into())],
            ..Text::default()
        };
        let mut values = Values::default();
        values.set("x", "1");
        assert_eq!(text.bytes(&mut values).expect("filled"), b"a 1 1");
        text.replace = vec![("zz".into(), String::new())];
        assert!(text.bytes(&mut values).is_err());
    }

    #[test]
    fn hexadecimal_is_bytes() {
        assert_eq!(hex("16 03\n01"), Some(vec![0x16, 3, 1]));
        assert_eq!(hex("160"), None);
    }
}
