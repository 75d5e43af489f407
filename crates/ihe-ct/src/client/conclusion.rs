//! What the servers that are believed say together: where the time is from, and whether a leap second comes.

use super::action::ServerIndex;
use super::association::Association;
use super::filter::Filtered;
use super::select::{Agreement, Fate};
use crate::health::Source;
use crate::packet::Leap;
use std::time::Duration;

/// Where the time is known from.
pub(super) fn source(
    servers: &[Association],
    heard: &[(ServerIndex, Filtered)],
    said: &Agreement,
) -> Option<Source> {
    let (_, peer) = heard.iter().find(|(server, _)| *server == said.peer)?;
    let measured = &peer.best.measured;
    Some(Source {
        address: servers.get(said.peer)?.address(),
        stratum: measured.stratum,
        reference_id: measured.reference_id,
        leap: leap(servers, said),
        root_delay: measured.root_delay.to_duration()
            + Duration::from_nanos(measured.delay.unsigned_abs()),
        agreeing: believed(said).count(),
        servers: servers.len(),
    })
}

fn believed(said: &Agreement) -> impl Iterator<Item = ServerIndex> {
    let honest = said
        .fates
        .iter()
        .filter(|(_, fate)| *fate != Fate::Falseticker);
    honest.map(|(server, _)| *server)
}

/// The leap warning of more than half of the believed servers: one alone may be wrong about it.
fn leap(servers: &[Association], said: &Agreement) -> Leap {
    let warning = |server: ServerIndex| Some(servers.get(server)?.filter.newest()?.measured.leap);
    let warnings: Vec<Leap> = believed(said).filter_map(warning).collect();
    let votes = |leap: Leap| warnings.iter().filter(|w| **w == leap).count();
    let most = [Leap::Add, Leap::Remove]
        .into_iter()
        .find(|leap| votes(*leap) * 2 > warnings.len());
    most.unwrap_or(Leap::None)
}
