//! Just enough of HL7 v2 to judge an answer: segments by carriage return, fields by `|`.

/// The raw text of one field of the `occurrence`-th (from 1) segment of that name; `None` if there is none.
/// MSH counts as the standard does: MSH-1 is the separator itself.
pub fn field(message: &[u8], segment: &str, occurrence: usize, number: usize) -> Option<String> {
    let text = String::from_utf8_lossy(message);
    let line = text
        .split('\r')
        .filter(|line| line.split('|').next() == Some(segment))
        .nth(occurrence.checked_sub(1)?)?;
    let place = if segment == "MSH" {
        number.checked_sub(1)?
    } else {
        number
    };
    line.split('|').nth(place).map(str::to_owned)
}

/// One component (from 1) of a raw field's first repetition.
pub fn component(field: &str, number: usize) -> &str {
    let first = field.split('~').next().unwrap_or_default();
    number
        .checked_sub(1)
        .and_then(|place| first.split('^').nth(place))
        .unwrap_or_default()
}

/// How many segments of that name there are.
pub fn count(message: &[u8], segment: &str) -> usize {
    let text = String::from_utf8_lossy(message);
    text.split('\r')
        .filter(|line| line.split('|').next() == Some(segment))
        .count()
}

/// What an acknowledgement says, for comparing: MSA-1, then of each ERR its location and code.
pub fn verdict(answer: &[u8]) -> String {
    let mut said = field(answer, "MSA", 1, 1).unwrap_or_else(|| "no MSA-1".to_owned());
    for occurrence in 1..=count(answer, "ERR") {
        let location = field(answer, "ERR", occurrence, 2).unwrap_or_default();
        let code = field(answer, "ERR", occurrence, 3).unwrap_or_default();
        said.push_str(&format!(" {} {location}", component(&code, 1)));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"MSH|^~\\&|A|B|C|D|2026||ACK^A04^ACK|1|P|2.5\rMSA|AE|42\rERR||PID^1^3^1^4|204^Unknown^HL70357|E\rERR||PID^1^3^2^4|204|E\r";

    #[test]
    fn msh_counts_its_separator() {
        assert_eq!(field(ANSWER, "MSH", 1, 3).as_deref(), Some("A"));
        assert_eq!(field(ANSWER, "MSH", 1, 12).as_deref(), Some("2.5"));
    }

    #[test]
    fn a_verdict_names_the_code_and_every_error() {
        assert_eq!(verdict(ANSWER), "AE 204 PID^1^3^1^4 204 PID^1^3^2^4");
        assert_eq!(verdict(b"MSH|^~\\&|\r"), "no MSA-1");
    }
}
