//! MRG: which ids go into which.

use hl7v2::Message;
use hl7v2::ack::{ErrorCode, Location, Problem};
use hl7v2::datatype::Cx;

use super::identifiers::{self, Context, Placed};
use super::pid;
use crate::identity::Merge;
use crate::transaction::Problems;

/// MRG-1 against PID-3: each goes into the id of the same domain (V2-R-014).
pub(crate) fn merges(
    message: &Message,
    survivors: &[Placed],
    context: &Context<'_>,
    found: &mut Problems,
) -> Vec<Merge> {
    let Some(mrg) = message.segment("MRG") else {
        return Vec::new();
    };
    let place = Location::field("MRG", 1, 1);
    let before = found.len();
    let subsumed = identifiers::read(mrg.field(1), &place, context, found);
    if subsumed.is_empty() && found.len() == before && !mrg.field(1).is_empty() {
        found.push(pid::no_id(mrg, place.clone()));
    }
    let pair = |(repetition, id): Placed| {
        let result = pair(repetition, id, survivors);
        result.map_err(|problem| found.push(problem)).ok()
    };
    subsumed.into_iter().filter_map(pair).collect()
}

fn pair(repetition: u16, subsumed: Cx, survivors: &[Placed]) -> Result<Merge, Problem> {
    let place = Location::field("MRG", 1, 1).repetition(repetition);
    let domain = &subsumed.assigning_authority;
    let Some((_, survivor)) = survivors
        .iter()
        .find(|(_, id)| id.assigning_authority == *domain)
    else {
        let text = "PID-3 has no id of this domain";
        return Err(Problem::error(
            ErrorCode::UNKNOWN_KEY,
            place.component(4),
            text,
        ));
    };
    if identifiers::same(survivor, &subsumed) {
        let text = "an id cannot be merged into itself";
        return Err(Problem::error(
            ErrorCode::DUPLICATE_KEY,
            place.component(1),
            text,
        ));
    }
    Ok(Merge {
        survivor: survivor.clone(),
        subsumed,
        repetition,
    })
}
