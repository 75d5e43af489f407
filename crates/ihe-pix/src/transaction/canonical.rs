//! Fields rewritten with the default separators, so that one text can be kept and sent again.

use hl7v2::escape::escape;
use hl7v2::{Field, Separators};

/// The field as HL7 text with the default separators.
pub(crate) fn field_text(field: Field<'_>, separators: &Separators) -> String {
    let default = Separators::default();
    if *separators == default {
        return field.raw().to_owned();
    }
    let repetitions: Vec<String> = field
        .repetitions()
        .map(|repetition| {
            let components = components(repetition.raw(), separators);
            let components: Vec<String> = components
                .map(|component| component_text(component, separators, &default))
                .collect();
            components.join("^")
        })
        .collect();
    repetitions.join("~")
}

fn components<'a>(raw: &'a str, separators: &Separators) -> impl Iterator<Item = &'a str> {
    raw.split(char::from(separators.component))
}

fn component_text(raw: &str, from: &Separators, to: &Separators) -> String {
    let parts: Vec<String> = raw
        .split(char::from(from.subcomponent))
        .map(|part| escape(&hl7v2::escape::unescape(part, from), to).into_owned())
        .collect();
    parts.join("&")
}

#[cfg(test)]
mod tests {
    #[test]
    fn other_separators_are_rewritten_and_data_that_looks_like_ours_is_escaped() {
        let text = b"MSH|*~\\&|A|B|C|D|2026||ADT*A01|1|P|2.3.1\rPID|||1*x&y~2^3*z\r";
        let message = hl7v2::Message::parse(text).expect("parses");
        let field = message.segment("PID").expect("PID").field(3);
        let rewritten = super::field_text(field, &message.separators());
        assert_eq!(rewritten, "1^x&y~2\\S\\3^z");
    }
}
