//! Numbers nobody shares by chance: phones and insurance cards. None of them can exist in Japan.

use super::Insurance;

/// Home phone of the household, or the one it had before: 03-0nnn-nnnn, an exchange that does not exist.
pub(super) fn home_phone(first: u64, former: bool) -> u64 {
    let number = first * 2 + u64::from(former);
    300_000_000 + (number * 2_718_281_829 + 1_414_213) % 10_000_000
}

/// Mobile phone of a person, or the one before: 090-0nnn-nnnn and 070-0nnn-nnnn, not given out.
pub(super) fn mobile_phone(person: u64, former: bool) -> u64 {
    let prefix = if spread(person, 100) < 60 { 900 } else { 700 };
    prefix * 10_000_000 + spread(person * 2 + u64::from(former), 10_000_000)
}

/// One of many numbers, all different for `number` below `modulus` (a power of ten).
fn spread(number: u64, modulus: u64) -> u64 {
    (number * 6_180_339_887 + 271_828) % modulus
}

/// The insurances of a household are numbered by `holder` (eight for each person number).
pub(super) fn insurance(holder: u64, kind: Kind, branch: u32) -> Insurance {
    let number = u32::try_from(spread(holder, 100_000_000)).unwrap_or_default();
    let pick = number % 7;
    match kind {
        Kind::Employees => Insurance {
            insurer: 6_139_000 + pick * 11,
            symbol: 100 + number % 900,
            number,
            branch: Some(branch),
        },
        Kind::National => Insurance {
            insurer: 138_900 + pick,
            symbol: 1 + pick,
            number,
            branch: Some(branch + 1),
        },
        Kind::Elderly => Insurance {
            insurer: 39_138_900 + pick,
            symbol: 0,
            number,
            branch: None,
        },
    }
}

/// Which system insures.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Employees,
    National,
    Elderly,
}
