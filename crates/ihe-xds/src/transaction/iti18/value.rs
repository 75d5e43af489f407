//! Values of query parameters: `'text'`, `('a','b')` and bare digits (ITI TF-2 3.18.4.1.2.3.5). One pass, no backtracking.

use super::definition::{Form, Number, Parameter};
use crate::metadata::Code;
use std::iter::Peekable;
use std::str::Chars;

/// How a `rim:Value` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// `123`
    Bare,
    /// `'text'`
    Quoted,
    /// `('a','b')`
    List,
}

/// The values of one `rim:Value`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) texts: Vec<String>,
    pub(super) written: Written,
}

impl Values {
    /// Whether a parameter may be written so: lists in parentheses, texts in quotes. Quotes are not
    /// demanded of a patient id and tolerated around a time; a single value in parentheses is
    /// counted as a list.
    pub(super) fn is_form(&self, parameter: &Parameter) -> bool {
        match self.written {
            Written::Bare => matches!(parameter.form, Form::Time | Form::Patient),
            Written::Quoted => parameter.number == Number::One,
            Written::List => true,
        }
    }
}

/// Reads one `rim:Value`; None when it is none of the three forms.
pub(super) fn parse(text: &str) -> Option<Values> {
    let text = text.trim();
    let mut chars = text.chars().peekable();
    let (texts, written) = match chars.peek()? {
        '(' => {
            chars.next();
            (list(&mut chars)?, Written::List)
        }
        '\'' => (vec![quoted(&mut chars)?], Written::Quoted),
        _ => {
            return Some(Values {
                texts: vec![text.to_owned()],
                written: Written::Bare,
            });
        }
    };
    blanks(&mut chars);
    chars.next().is_none().then_some(Values { texts, written })
}

fn blanks(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
}

/// What follows `(`.
fn list(chars: &mut Peekable<Chars<'_>>) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    loop {
        blanks(chars);
        texts.push(quoted(chars)?);
        blanks(chars);
        match chars.next()? {
            ',' => {}
            ')' => return Some(texts),
            _ => return None,
        }
    }
}

/// `'text'`, in which a quote is doubled.
fn quoted(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    chars.next_if_eq(&'\'')?;
    let mut text = String::new();
    loop {
        match chars.next()? {
            '\'' if chars.next_if_eq(&'\'').is_some() => text.push('\''),
            '\'' => return Some(text),
            other => text.push(other),
        }
    }
}

/// Writes `'text'`.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `code^^scheme`, both parts required (XDS-T-042). A code has no display name here.
pub(super) fn code(text: &str) -> Option<Code> {
    let parts: Vec<&str> = text.splitn(4, '^').collect();
    match parts[..] {
        [code, "", scheme] if !code.is_empty() && !scheme.is_empty() => {
            Some(Code::new(code, scheme, ""))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Option<Vec<String>> {
        parse(text).map(|values| values.texts)
    }

    #[test]
    fn lists_strings_and_numbers_are_read_with_doubled_quotes() {
        assert_eq!(texts(" ( 'a' , 'b''c' ) ").unwrap(), ["a", "b'c"]);
        assert_eq!(texts("'it''s'").unwrap(), ["it's"]);
        assert_eq!(texts("20051224").unwrap(), ["20051224"]);
        assert_eq!(texts("('',')')").unwrap(), ["", ")"]);
    }

    #[test]
    fn what_is_not_closed_or_has_a_tail_is_refused() {
        for bad in [
            "",
            "'a",
            "('a'",
            "('a' 'b')",
            "('a',)",
            "('a')x",
            "('a",
            "'a' or '1'='1'",
            "()",
        ] {
            assert_eq!(texts(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_long_hostile_list_is_read_in_one_pass() {
        let text = format!("({}", "'',".repeat(200_000));
        assert_eq!(texts(&text), None);
    }

    #[test]
    fn xds_t_042_a_code_needs_its_scheme() {
        assert_eq!(code("a^^b"), Some(Code::new("a", "b", "")));
        for bad in ["a", "a^^", "^^b", "a^x^b", "a^^b^c", "a^b"] {
            assert_eq!(code(bad), None, "{bad}");
        }
    }
}
