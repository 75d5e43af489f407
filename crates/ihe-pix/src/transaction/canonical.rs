//! Fields rewritten with the default separators, so that one text can be kept and sent again.

use hl7v2::Separators;
use hl7v2::escape::{escape, unescape};

/// The text of a field as HL7 text with the default separators.
pub(crate) fn canonical(raw: &str, from: Separators) -> String {
    let to = Separators::DEFAULT;
    if from == to {
        return raw.to_owned();
    }
    each(raw, from.repetition, "~", |repetition| {
        each(repetition, from.component, "^", |component| {
            each(component, from.subcomponent, "&", |part| {
                escape(&unescape(part, &from), &to).into_owned()
            })
        })
    })
}

fn each(raw: &str, separator: u8, joined_by: &str, rewrite: impl Fn(&str) -> String) -> String {
    raw.split(char::from(separator))
        .map(rewrite)
        .collect::<Vec<_>>()
        .join(joined_by)
}

#[cfg(test)]
mod tests {
    #[test]
    fn other_separators_are_rewritten_and_data_that_looks_like_ours_is_escaped() {
        let text = b"MSH|*~\\&|A|B|C|D|2026||ADT*A01|1|P|2.3.1\rPID|||1*x&y~2^3*z\r";
        let message = hl7v2::Message::parse(text).expect("parses");
        let field = message.raw("PID-3").expect("PID-3");
        assert_eq!(
            super::canonical("1*x&y~2^3*z", message.separators()),
            "1^x&y~2\\S\\3^z"
        );
        assert_eq!(super::canonical(field, hl7v2::Separators::DEFAULT), field);
    }
}
