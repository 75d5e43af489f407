//! MRG: which ids go into which.

use hl7v2::Message;
use hl7v2::ack::{ErrorCode, Location, Problem};
use hl7v2::datatype::Cx;

use super::identifiers::{self, Context, Placed};
use super::pid;
use crate::identity::Merge;
use crate::transaction::Problems;

/// MRG-1 against PID-3: each goes into the id of the same domain (V2-R-014), and of the same type where the domain has
/// several. With `typed`, two ids that both say their type (CX.5) must be of one type (V2-R-077).
pub(crate) fn merges(
    message: &Message,
    survivors: &[Placed],
    typed: bool,
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
        let result = pair(repetition, id, survivors, typed);
        result.map_err(|problem| found.push(problem)).ok()
    };
    subsumed.into_iter().filter_map(pair).collect()
}

fn pair(
    repetition: u16,
    subsumed: Cx,
    survivors: &[Placed],
    typed: bool,
) -> Result<Merge, Problem> {
    let place = Location::field("MRG", 1, 1).repetition(repetition);
    let of_domain = || {
        let domain = &subsumed.assigning_authority;
        survivors
            .iter()
            .map(|(_, id)| id)
            .filter(move |id| id.assigning_authority == *domain)
    };
    if of_domain().next().is_none() {
        let text = "PID-3 has no id of this domain";
        return Err(refused(ErrorCode::UNKNOWN_KEY, place.component(4), text));
    }
    let Some(survivor) = of_type(of_domain, &subsumed, typed) else {
        let text = "PID-3 has no id of this domain and type";
        return Err(refused(ErrorCode::UNKNOWN_KEY, place.component(5), text));
    };
    if identifiers::same(survivor, &subsumed) {
        let text = "an id cannot be merged into itself";
        return Err(refused(ErrorCode::DUPLICATE_KEY, place.component(1), text));
    }
    Ok(Merge {
        survivor: survivor.clone(),
        subsumed,
        repetition,
    })
}

/// The first id of the same type; else the first whose type does not differ, or any.
fn of_type<'a, I: Iterator<Item = &'a Cx>>(
    survivors: impl Fn() -> I,
    subsumed: &Cx,
    typed: bool,
) -> Option<&'a Cx> {
    let said = &subsumed.identifier_type_code;
    let equal = survivors().find(|id| id.identifier_type_code == *said);
    let silent = |id: &&Cx| !typed || said.is_empty() || id.identifier_type_code.is_empty();
    equal.or_else(|| survivors().find(silent))
}

fn refused(code: ErrorCode, place: Location, text: &str) -> Problem {
    Problem::error(code, place, text)
}
