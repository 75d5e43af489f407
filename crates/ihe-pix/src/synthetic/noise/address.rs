//! Noise in addresses.

use super::{Draft, Person, replace};
use crate::synthetic::draft::AddressStyle;

/// The address before the last move; the parents' address of somebody with the maiden surname stays.
pub(super) fn moved(draft: &mut Draft, person: &Person) -> bool {
    match &mut draft.address {
        Some(address) if *address == person.address => {
            replace(address, person.former_address.clone())
        }
        _ => false,
    }
}

/// Sets one way of writing.
pub(super) fn styled(draft: &mut Draft, flag: fn(&mut AddressStyle) -> &mut bool) -> bool {
    draft.address.is_some() && replace(flag(&mut draft.style), true)
}

pub(super) fn full_width(draft: &mut Draft) -> bool {
    !draft.style.kanji_numerals && styled(draft, |style| &mut style.full_width)
}

pub(super) fn building_omitted(draft: &mut Draft) -> bool {
    let in_building = draft.address.as_ref().is_some_and(|a| a.room.is_some());
    in_building && styled(draft, |style| &mut style.without_building)
}

pub(super) fn postcode_without_hyphen(draft: &mut Draft) -> bool {
    draft.postcode && styled(draft, |style| &mut style.postcode_without_hyphen)
}
