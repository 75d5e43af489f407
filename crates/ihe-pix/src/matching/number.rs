//! Phone and insurance numbers.

use super::{hash, normalise};

/// Letters read of a number.
const LETTERS: usize = 64;
/// A phone number of fewer digits says too little.
const PHONE: usize = 6;
/// An insurance number of fewer letters and digits says too little.
const INSURANCE: usize = 4;

/// The branch of a number that only one person has.
const PERSONAL: u32 = 0x7F;

/// Two phone numbers of a person: a mobile one and another. 0: missing.
///
/// The lower 14 bits are the last four digits plus one, the rest a hash of the others: two numbers can be seen to end
/// alike.
pub(super) fn phones(fields: [&str; 2]) -> [u32; 2] {
    let mut phones = [0; 2];
    for digits in written(fields) {
        let place = usize::from(!is_mobile(&digits));
        let free = [place, 1 - place]
            .into_iter()
            .find(|place| phones[*place] == 0);
        let packed = packed(&digits);
        if let Some(free) = free.filter(|_| !phones.contains(&packed)) {
            phones[free] = packed;
        }
    }
    phones
}

/// Whether one of the numbers is a mobile one: it is the first of [`phones`] then.
pub(super) fn has_mobile(fields: [&str; 2]) -> bool {
    let mut first = written(fields).take(2);
    first.any(|digits| is_mobile(&digits))
}

fn written(fields: [&str; 2]) -> impl Iterator<Item = String> {
    let repetitions = fields
        .into_iter()
        .flat_map(|field| field.split('~').take(4));
    repetitions.filter_map(phone)
}

fn packed(digits: &str) -> u32 {
    let (start, end) = digits.split_at(digits.len().saturating_sub(4));
    let end: u32 = end.parse().unwrap_or(0);
    hash::of(start.as_bytes()) << 14 | (end + 1)
}

/// The last four digits of a packed phone number.
pub(super) fn ending(phone: u32) -> u32 {
    (phone & 0x3FFF).wrapping_sub(1)
}

fn is_mobile(digits: &str) -> bool {
    ["070", "080", "090"]
        .iter()
        .any(|start| digits.starts_with(start))
        && digits.len() == 11
}

/// The digits of one repetition of XTN as dialled at home; `None`: none, or what is typed when none is known.
fn phone(repetition: &str) -> Option<String> {
    let component = |number: usize| repetition.split('^').nth(number - 1).unwrap_or_default();
    let parts = [component(5), component(6), component(7)].concat();
    let written = [component(1), component(12), &parts]
        .into_iter()
        .map(digits)
        .find(|digits| digits.len() >= PHONE)?;
    let national = national(written);
    (national.len() >= PHONE && !is_placeholder(&national)).then_some(national)
}

/// Digits up to an extension, with a leading `+` if there is one.
fn digits(text: &str) -> String {
    let folded = normalise(&text.chars().take(LETTERS).collect::<String>());
    if folded.contains('@') {
        return String::new();
    }
    let number = folded.split(['X', '内', '#']).next().unwrap_or_default();
    number
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect()
}

/// `+81 (0)3 ..` and a number that has lost its first 0 as dialled at home.
fn national(digits: String) -> String {
    let bare = digits.trim_start_matches('+').replace('+', "");
    let abroad = bare
        .strip_prefix("81")
        .filter(|rest| digits.starts_with('+') || rest.len() >= 9);
    let rest = match abroad {
        Some(rest) => rest.trim_start_matches('0'),
        None if bare.starts_with('0') || !(9..=10).contains(&bare.len()) => return bare,
        None => bare.as_str(),
    };
    format!("0{rest}")
}

/// Typed when nothing is known: one digit repeated, digits counted up, or hardly anything but zeros.
fn is_placeholder(digits: &str) -> bool {
    let zeros = digits.bytes().filter(|byte| *byte == b'0').count();
    zeros + 2 >= digits.len() || is_pattern(digits)
}

/// One digit repeated, or digits counted up.
pub(super) fn is_pattern(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let tail = bytes.get(1..).unwrap_or_default();
    let repeated = tail.iter().all(|byte| bytes.first() == Some(byte));
    let next = |(a, b): (&u8, &u8)| *b == a.wrapping_add(1) || (*a == b'9' && *b == b'0');
    repeated || bytes.iter().zip(tail).all(next)
}

/// An insurance number (PID-19), or a licence (PID-20) where there is none. 0: missing.
///
/// The lowest bit tells which, the next seven are the branch that names one person of those insured by a card (0: not
/// said), the rest is a hash of the number.
pub(super) fn insurance(number: &str, licence: &str) -> u32 {
    let packed = |(hash, branch): (u32, u32)| hash & !0xFF | branch << 1;
    match (identifier(number), identifier(licence)) {
        (Some(found), _) => packed(found),
        (None, Some((hash, _))) => packed((hash, PERSONAL)) | 1,
        (None, None) => 0,
    }
}

/// The number without its branch: what a family shares.
pub(super) fn card(insurance: u32) -> u32 {
    insurance & !0xFE
}

/// Which person of those on the card; 0: not said.
pub(super) fn branch(insurance: u32) -> u32 {
    insurance >> 1 & 0x7F
}

/// Letters and digits without leading zeros: the hash of the number, and its branch.
fn identifier(text: &str) -> Option<(u32, u32)> {
    let first = text.split('^').next().unwrap_or_default();
    let short: String = first.chars().take(LETTERS).collect();
    let is_between = |c: char| !c.is_alphanumeric() || matches!(c, 'ー' | 'ｰ');
    let mut parts: Vec<String> = short.split(is_between).map(normalise).collect();
    parts.retain(|part| !part.is_empty());
    let branch = branch_of(&mut parts);
    let all = parts.concat();
    let kept = all.trim_start_matches('0');
    let known = kept.chars().count() >= INSURANCE && !is_placeholder(kept);
    known.then(|| ((hash::of(kept.as_bytes()) | 0x100), branch))
}

/// Takes the branch from insurer, symbol, number and branch (two digits, since 2021). Whoever is insured for the elderly
/// (insurers 39...) has a card of their own.
fn branch_of(parts: &mut Vec<String>) -> u32 {
    let elderly = |insurer: &String| insurer.len() == 8 && insurer.starts_with("39");
    if parts.first().is_some_and(elderly) && parts.len() > 1 {
        return PERSONAL;
    }
    let two = |last: &&String| last.len() == 2 && last.bytes().all(|byte| byte.is_ascii_digit());
    let last = parts.last().filter(two).filter(|_| parts.len() > 3);
    let branch = last.and_then(|last| last.parse::<u32>().ok());
    if branch.is_some() {
        parts.pop();
    }
    branch.map_or(0, |branch| branch + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{branch, card, ending, insurance, phones};

    #[test]
    fn one_phone_however_written() {
        let expected = phones(["03-1234-5678", ""]);
        for written in [
            "0312345678",
            "03(1234)5678",
            "+81-3-1234-5678",
            "+81 (0)3 1234 5678",
            "０３－１２３４－５６７８",
            "03ー1234ー5678",
            "312345678",
            "^PRN^PH^^81^3^12345678",
            "^PRN^PH^^^03^12345678",
            "^PRN^PH^^^^^^^^^03-1234-5678",
            "03-1234-5678 内線 12",
            "03-1234-5678X99",
        ] {
            assert!(phones([written, ""]) == expected, "{written}");
        }
        assert_ne!(phones(["03-1234-5679", ""]), expected);
        assert_eq!(
            phones(["", "03-1234-5678"]),
            expected,
            "at work is a phone too"
        );
    }

    #[test]
    fn a_mobile_phone_has_its_own_place() {
        let both = phones(["03-1234-5678~090-1111-2222", ""]);
        assert_eq!(both, phones(["090-1111-2222", "03-1234-5678"]));
        assert_eq!(both[0], phones(["9011112222", ""])[0]);
        assert_eq!(ending(both[0]), 2222);
    }

    #[test]
    fn what_is_typed_when_nothing_is_known_is_missing() {
        for written in [
            "",
            "0000-0000",
            "00-0000-0000",
            "999-9999-9999",
            "090-0000-0000",
            "123",
            "-",
            "\"\"",
            "a@example.jp",
        ] {
            assert!(phones([written, ""]) == [0, 0], "{written}");
        }
        for written in ["", "0000", "99999999", "12345678", "7"] {
            assert_eq!(insurance(written, ""), 0, "{written}");
        }
    }

    #[test]
    fn one_insurance_number_however_written() {
        let expected = insurance("1234-8876", "");
        assert_ne!(expected, 0);
        assert_eq!(insurance("１２３４　８８７６", ""), expected);
        assert_eq!(insurance("0012348876", "555-1234-77"), expected);
        assert_ne!(
            insurance("", "1234-8876") & 1,
            expected & 1,
            "a licence is another number"
        );
    }

    #[test]
    fn a_card_has_branches() {
        let [one, other, family] = [
            "06139011-750-26130350-00",
            "06139011・750・26130350・01",
            "0613901175026130350",
        ]
        .map(|number| insurance(number, ""));
        assert!(card(one) == card(other) && card(one) == card(family));
        assert_eq!([one, other, family].map(branch), [1, 2, 0]);
        let elderly = insurance("39138901-62651037", "");
        assert_ne!(branch(elderly), 0, "one person to a card");
        assert_ne!(card(elderly), card(insurance("39138901-62651038", "")));
        assert_eq!(
            branch(insurance("138902-3-12", "")),
            0,
            "a short number is no branch"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,40}", digits in "[0-9+^~X-]{0,40}") {
            let _ = (phones([&text, &digits]), insurance(&text, &digits));
        }
    }
}
