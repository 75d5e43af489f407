//! Noise in phones and insurance numbers.

use super::{Draft, Draws, Household, Person, replace};
use crate::synthetic::population;

pub(super) fn missing(draft: &mut Draft) -> bool {
    let home = draft.home_phone.take();
    let mobile = draft.mobile_phone.take();
    home.or(mobile).is_some()
}

/// The former number of the mobile phone, or of the household's phone.
pub(super) fn changed(
    draft: &mut Draft,
    person: &Person,
    household: &Household,
    draws: &mut Draws,
) -> bool {
    let mobile_first = draws.chance(6_000);
    let first = household
        .members
        .first()
        .map_or(person.number, |m| m.number);
    match (&mut draft.home_phone, &mut draft.mobile_phone) {
        (None, None) => false,
        (Some(home), mobile) if !mobile_first || mobile.is_none() => {
            replace(home, population::former_home_phone(first))
        }
        (_, Some(mobile)) => replace(mobile, population::former_mobile_phone(person.number)),
        (Some(_), None) => false,
    }
}

/// The mobile phone of another member, also where the person gave none.
pub(super) fn other_member(draft: &mut Draft, household: &Household, draws: &mut Draws) -> bool {
    let own = draft.mobile_phone;
    let phones = household.members.iter().filter_map(|m| m.mobile_phone);
    let others: Vec<u64> = phones.filter(|phone| Some(*phone) != own).collect();
    let any = draft.home_phone.is_some() || own.is_some();
    match draws.one_of(&others) {
        Some(other) if any => replace(&mut draft.mobile_phone, Some(*other)),
        _ => false,
    }
}

pub(super) fn one_only(draft: &mut Draft, draws: &mut Draws) -> bool {
    let both = draft.home_phone.is_some() && draft.mobile_phone.is_some();
    if both && draws.chance(6_000) {
        draft.home_phone = None;
    } else if both {
        draft.mobile_phone = None;
    }
    both
}

pub(super) fn without_hyphens(draft: &mut Draft) -> bool {
    let any = draft.home_phone.is_some() || draft.mobile_phone.is_some();
    any && replace(&mut draft.phone_hyphens, false)
}

pub(super) fn insurance_changed(draft: &mut Draft, person: &Person) -> bool {
    match &mut draft.insurance {
        Some(insurance) => replace(insurance, person.former_insurance.clone()),
        None => false,
    }
}

pub(super) fn branch_missing(draft: &mut Draft) -> bool {
    let insurance = draft.insurance.as_mut();
    insurance.is_some_and(|insurance| insurance.branch.take().is_some())
}
