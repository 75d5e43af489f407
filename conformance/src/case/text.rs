//! The text of a message in a case: inline or in a file, with values filled in, and edited.

use crate::values::Values;
use serde::Deserialize;
use std::path::Path;

/// `[old, new]`: `old` must be there once. `from…to` is all from the one (once) to the next of the other, and `…` in
/// `new` is then what was found: `["<b>…</b>", "……"]` doubles an element.
pub type Replace = (String, String);

/// `[mark, text, count]`: so many copies of the text in place of the mark, `{n}` in each being its number.
pub type Repeat = (String, String, usize);

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
    /// What is too long to be written out, put in after the values.
    pub repeat: Vec<Repeat>,
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
            text = edited(&text, old, new)?;
        }
        let filled = values.fill(&text).map_err(|error| error.to_string())?;
        self.repeated(filled, values)
    }

    fn repeated(&self, mut text: String, values: &mut Values) -> Result<String, String> {
        for (mark, copied, count) in &self.repeat {
            if !text.contains(mark.as_str()) {
                return Err(format!("there is no {mark:?} to repeat something at"));
            }
            let copied = values.fill(copied).map_err(|error| error.to_string())?;
            let copies: String = (1..=*count)
                .map(|n| copied.replace("{n}", &n.to_string()))
                .collect();
            text = text.replacen(mark.as_str(), &copies, 1);
        }
        Ok(text)
    }
}

fn edited(text: &str, old: &str, new: &str) -> Result<String, String> {
    let (from, to) = match old.split_once('…') {
        Some((from, to)) => (from, Some(to)),
        None => (old, None),
    };
    let found: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
    let [start] = found[..] else {
        let times = found.len();
        return Err(format!("the edit finds {from:?} {times} times, not once"));
    };
    let inside = start + from.len();
    let (end, new) = match to {
        None => (inside, new.to_owned()),
        Some(to) => {
            let at = text[inside..].find(to);
            let end = inside + at.ok_or_else(|| format!("no {to:?} after {from:?}"))? + to.len();
            (end, new.replace('…', &text[start..end]))
        }
    };
    Ok([&text[..start], &new, &text[end..]].concat())
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
    fn an_edit_takes_all_from_one_text_to_another() {
        let text = "<a>1</a><b>2</b><c/>";
        let doubled = edited(text, "<b>…</b>", "…, …");
        assert_eq!(doubled.as_deref(), Ok("<a>1</a><b>2</b>, <b>2</b><c/>"));
        assert_eq!(edited(text, "<a>…<c/>", "").as_deref(), Ok(""));
        assert!(edited(text, "<b>…</a>", "").is_err());
        assert!(edited(text, ">…<", "").is_err());
    }

    #[test]
    fn what_is_repeated_has_numbers_and_a_mark_must_be_there() {
        let mut text = Text {
            text: "<#>".into(),
            repeat: vec![("#".into(), "${x}{n}~".into(), 3)],
            ..Text::default()
        };
        let mut values = Values::default();
        values.set("x", "a");
        assert_eq!(text.bytes(&mut values).expect("filled"), b"<a1~a2~a3~>");
        text.text = "<>".into();
        assert!(text.bytes(&mut values).is_err());
    }

    #[test]
    fn hexadecimal_is_bytes() {
        assert_eq!(hex("16 03\n01"), Some(vec![0x16, 3, 1]));
        assert_eq!(hex("160"), None);
    }
}
