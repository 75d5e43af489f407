//! The form of primitive values (HL7 v2.5 chapter 2A): NM, SI, DT, TM, DTM. The other primitives are any text.

use super::{Dt, Dtm, Tm};

/// What is wrong with a value of this primitive type; `None` if nothing, or if the type is not known here.
pub(super) fn complaint(data_type: &str, value: &str) -> Option<&'static str> {
    let (sound, text) = match data_type {
        "NM" => (is_number(value), "not a number (NM)"),
        "SI" => (
            is_digits(value),
            "not a sequence number (SI): digits are expected",
        ),
        "DT" => (
            value.parse::<Dt>().is_ok(),
            "not a date (DT): YYYY[MM[DD]] is expected",
        ),
        "TM" => (
            value.parse::<Tm>().is_ok(),
            "not a time of day (TM): HH[MM[SS]] is expected",
        ),
        "DTM" => (
            value.parse::<Dtm>().is_ok(),
            "not a date and time: YYYY[MM[DD[HH[MM[SS]]]]] is expected",
        ),
        _ => return None,
    };
    (!sound).then_some(text)
}

/// An optional sign, digits, and an optional fraction (HL7 v2.5 section 2A.47). Blanks around it are let pass.
fn is_number(value: &str) -> bool {
    let value = value.trim_matches(' ');
    let value = value.strip_prefix(['+', '-']).unwrap_or(value);
    match value.split_once('.') {
        Some((whole, fraction)) => {
            (is_digits(whole) && (fraction.is_empty() || is_digits(fraction)))
                || (whole.is_empty() && is_digits(fraction))
        }
        None => is_digits(value),
    }
}

fn is_digits(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text is an object identifier in dotted form: two arcs or more, no leading zeros, the first arc 0 to 2 and
/// the second below 40 under 0 and 1 (ITU-T X.660). At most 199 characters, the length of HD.2.
///
/// ```
/// use hl7v2::datatype::is_oid;
/// assert!(is_oid("1.2.392.100495.20.3.51.11319999999"));
/// assert!(!is_oid("1.2.03") && !is_oid("3.1") && !is_oid("1.40.1") && !is_oid("1") && !is_oid("1..2"));
/// ```
pub fn is_oid(text: &str) -> bool {
    let arc = |arc: &str| is_digits(arc) && (arc == "0" || !arc.starts_with('0'));
    let mut arcs = text.split('.');
    let second_is_small = |second: &str| second.len() <= 2 && second < "40" || second.len() == 1;
    let root = match (arcs.next(), arcs.next()) {
        (Some("0" | "1"), Some(second)) => arc(second) && second_is_small(second),
        (Some("2"), Some(second)) => arc(second),
        _ => false,
    };
    root && text.len() <= 199 && arcs.all(arc)
}

/// Whether the text is a UUID, `8-4-4-4-12` hexadecimal digits in either case (RFC 9562).
///
/// ```
/// assert!(hl7v2::datatype::is_uuid("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"));
/// assert!(!hl7v2::datatype::is_uuid("f81d4fae7dec11d0a76500a0c91e6bf6"));
/// ```
pub fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let hexadecimal = |byte: u8| byte == b'-' || byte.is_ascii_hexdigit();
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::{complaint, is_oid};

    #[test]
    fn numbers_have_a_sign_digits_and_a_fraction() {
        for good in ["0", "007", "-1.5", "+3", "3.", ".5", " 12 "] {
            assert_eq!(complaint("NM", good), None, "{good}");
        }
        for bad in ["", "-", ".", "1e3", "1,5", "1.2.3", "٣", "1 2", ">5"] {
            assert!(complaint("NM", bad).is_some(), "{bad}");
        }
        assert_eq!(complaint("SI", "12"), None);
        assert!(complaint("SI", "-1").is_some());
    }

    #[test]
    fn texts_and_unknown_types_are_any_text() {
        for data_type in ["ST", "TX", "FT", "ID", "IS", "ZZ", ""] {
            assert_eq!(complaint(data_type, "山|田"), None);
        }
    }

    #[test]
    fn the_second_arc_of_an_oid_is_limited_under_the_first_two_roots() {
        for good in ["0.9", "1.39", "2.999", "1.2", "2.16.840.1.113883", "1.0.1"] {
            assert!(is_oid(good), "{good}");
        }
        for bad in [
            "", "1.", ".1", "1.2.", "1.100", "0.40", "a.b", "1.2.-3", "１.2",
        ] {
            assert!(!is_oid(bad), "{bad}");
        }
    }
}
