//! Check digits (HL7 table 0061; HL7 v2.5 section 2A.14.3), as `tables/check_digits.tsv` tells them.

const TABLE: &str = include_str!("../../tables/check_digits.tsv");

/// Numbers longer than this are not computed.
const MAX_DIGITS: usize = 256;

/// Whether `check_digit` is that of `number` by the scheme `M10`, `M11`, `ISO` or `NPI`. `None` where there is nothing to
/// judge: no check digit, another scheme, or a number that is not all digits. Parsing never asks; a wrong check digit is
/// for the caller to weigh.
///
/// HL7 does not say which system of ISO 7064 it means: one character is taken by MOD 11-2 or by MOD 11,10, two by
/// MOD 97-10.
///
/// ```
/// use hl7v2::datatype::check_digit_agrees;
/// assert_eq!(check_digit_agrees("M10", "12345", "5"), Some(true));
/// assert_eq!(check_digit_agrees("M11", "1234567", "5"), Some(false));
/// assert_eq!(check_digit_agrees("", "1234567", "5"), None);
/// ```
pub fn check_digit_agrees(scheme: &str, number: &str, check_digit: &str) -> Option<bool> {
    let digits = digits(number)?;
    let known: Vec<Method> = TABLE
        .lines()
        .filter_map(|line| Method::of(line, scheme))
        .collect();
    if known.is_empty() || check_digit.is_empty() {
        return None;
    }
    let said = check_digit.to_ascii_uppercase();
    let computed = known.iter().filter_map(|method| method.compute(&digits));
    Some(computed.into_iter().any(|computed| computed == said))
}

fn digits(number: &str) -> Option<Vec<u32>> {
    let sound = (1..=MAX_DIGITS).contains(&number.len());
    let digits = number.chars().map(|digit| digit.to_digit(10)).collect();
    sound.then_some(digits)?
}

/// One line of the table.
struct Method {
    name: &'static str,
    parameters: Vec<u32>,
}

impl Method {
    fn of(line: &'static str, scheme: &str) -> Option<Method> {
        let mut columns = line.split('\t');
        let name = (columns.next()? == scheme).then(|| columns.next())??;
        let parameters = columns.next()?.split_ascii_whitespace();
        Some(Method {
            name,
            parameters: parameters
                .map(|text| text.parse().ok())
                .collect::<Option<_>>()?,
        })
    }

    fn compute(&self, digits: &[u32]) -> Option<String> {
        match (self.name, self.parameters.as_slice()) {
            ("luhn", prefix) => Some(luhn(prefix, digits)),
            ("weighted", [modulus, weights @ ..]) => Some(weighted(*modulus, weights, digits)),
            ("pure", [modulus, radix, characters]) => pure(*modulus, *radix, *characters, digits),
            ("hybrid", [modulus]) => Some(hybrid(*modulus, digits)),
            _ => None,
        }
    }
}

/// M10: every other digit from the right is doubled, and the digits of all are added up.
fn luhn(prefix: &[u32], digits: &[u32]) -> String {
    let all = prefix.iter().chain(digits).rev().enumerate();
    let sum: u32 = all
        .map(|(place, digit)| match place % 2 {
            0 => digit * 2 / 10 + digit * 2 % 10,
            _ => *digit,
        })
        .sum();
    ((10 - sum % 10) % 10).to_string()
}

/// M11: digits from the right by weights that repeat; a remainder of 0 counts as 1.
fn weighted(modulus: u32, weights: &[u32], digits: &[u32]) -> String {
    let pairs = digits.iter().rev().zip(weights.iter().cycle());
    let sum: u32 = pairs.map(|(digit, weight)| digit * weight).sum();
    let remainder = (sum % modulus).max(1);
    ((modulus - remainder) % 10).to_string()
}

/// A pure system of ISO 7064: number and check characters together leave the remainder 1.
fn pure(modulus: u32, radix: u32, characters: u32, digits: &[u32]) -> Option<String> {
    let step = |sum: u32, digit: u32| (sum + digit) * radix % modulus;
    let shifted = digits.iter().fold(0, |sum, digit| step(sum, *digit));
    let shifted = (1..characters).fold(shifted, |sum, _| step(sum, 0));
    let check = (modulus + 1 - shifted) % modulus;
    match (characters, check) {
        (1, 10) => Some("X".to_owned()),
        (1, _) => Some(check.to_string()),
        _ => Some(format!("{check:0width$}", width = characters as usize)),
    }
}

/// A hybrid system of ISO 7064, MOD (modulus + 1), modulus.
fn hybrid(modulus: u32, digits: &[u32]) -> String {
    let product = digits.iter().fold(modulus, |product, digit| {
        let sum = match (product + digit) % modulus {
            0 => modulus,
            sum => sum,
        };
        sum * 2 % (modulus + 1)
    });
    ((modulus + 1 - product) % modulus).to_string()
}

#[cfg(test)]
mod tests {
    use super::check_digit_agrees;

    fn right(scheme: &str, number: &str, digit: &str) {
        let agrees = |digit: &str| check_digit_agrees(scheme, number, digit);
        assert_eq!(agrees(digit), Some(true), "{scheme} {number} {digit}");
        if scheme != "ISO" {
            let others = (0..10).map(|n| n.to_string()).filter(|n| n != digit);
            assert!(others.into_iter().all(|n| agrees(&n) == Some(false)));
        }
    }

    #[test]
    fn the_examples_of_the_standard_hold() {
        right("M10", "12345", "5");
        right("M10", "401", "0");
        right("M10", "9999", "4");
        right("M10", "99999999", "8");
        right("M11", "1234567", "4");
    }

    #[test]
    fn published_numbers_hold() {
        right("NPI", "123456789", "3");
        right("ISO", "000000021825009", "7"); // an ORCID iD, MOD 11-2
        right("ISO", "000000021694233", "X");
        right("ISO", "8609574271", "9"); // a German tax number, MOD 11,10
        right("ISO", "794", "44"); // the example of ISO 7064, MOD 97-10
    }

    #[test]
    fn there_is_nothing_to_judge_without_digit_scheme_or_number() {
        let long = "1".repeat(10_000);
        for (scheme, number, digit) in [
            ("M10", "12345", ""),
            ("BCV", "12345", "5"),
            ("", "12345", "5"),
            ("#", "12345", "5"),
            ("M10", "12A45", "5"),
            ("M10", "", "5"),
            ("M10", &long, "5"),
        ] {
            assert_eq!(check_digit_agrees(scheme, number, digit), None);
        }
    }
}
