//! Retiring: whole segments are removed, oldest first, and a signed stub stays. The stub is durable
//! before the first segment goes; what a crash leaves of them goes when the trail is opened.

use std::fs;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::trail::files;
use crate::trail::index::{self, Index};
use crate::trail::segment::Begin;
use crate::trail::shared::{self, Shared};
use crate::trail::stub::{Statement, Stub};
use crate::trail::{RetentionPolicy, TrailError};

/// See `Trail::retire`. Blocks.
pub(crate) fn retire(
    shared: &Shared,
    before: u64,
    reason: &str,
) -> Result<Option<Stub>, TrailError> {
    let _one = shared::lock(&shared.retiring);
    let _held = shared.lock.upgrade().ok_or(TrailError::Closed)?;
    let going = shared.with_map(|map| {
        let kept = map.segments.iter().skip(1).position(|next| *next > before);
        let most = map.segments.len() - 1;
        map.segments[..kept.unwrap_or(most)].to_vec()
    });
    let Some((first, last)) = going.first().zip(going.last()) else {
        return Ok(None);
    };
    let kept = shared.with_map(|map| map.after(*last));
    let kept = kept.ok_or(TrailError::Closed)?;
    let statement = statement(shared, (*first, kept), &going, reason)?;
    let stub = Stub::sign(&statement, &shared.signer)?;
    files::write_whole(
        &shared.dir,
        &files::stub(stub.first, stub.last),
        stub.text(),
    )?;
    shared.with_map(|map| map.segments.retain(|first| *first >= kept));
    for segment in &going {
        files::remove(shared.dir.join(files::segment(*segment)))?;
        files::remove(shared.dir.join(files::index(*segment)))?;
    }
    files::sync_dir(&shared.dir)?;
    Ok(Some(stub))
}

/// What the beginnings of the first segment that goes and of the first that stays say; it has to fit
/// what is in between.
fn statement(
    shared: &Shared,
    (first, kept): (u64, u64),
    going: &[u64],
    reason: &str,
) -> Result<Statement, TrailError> {
    let seed = shared.name.seed;
    let begin = Begin::load(&shared.dir, first, seed)?;
    let next = Begin::load(&shared.dir, kept, seed)?;
    let mut whole: Option<Index> = None;
    for segment in going {
        let index = Index::load(&shared.dir, *segment, seed)?;
        let joined = match &mut whole {
            None => {
                whole = Some(index);
                true
            }
            Some(whole) => whole.join(&index),
        };
        if !joined {
            return Err(index::damaged(
                &Index::new(*segment),
                "not the next segment",
            ));
        }
    }
    let whole = whole.unwrap_or_else(|| Index::new(first));
    let mut all = begin.before.clone();
    if !all.extend(&whole.run) || all != next.before {
        return Err(index::damaged(
            &Index::new(kept),
            "its beginning does not follow",
        ));
    }
    let (from, until) = whole.times.unwrap_or_default();
    Ok(Statement {
        trail: shared.name.id,
        run: whole.run,
        segments: going.len() as u64,
        bytes: whole.length,
        from: DateTime::from_timestamp_nanos(from),
        until: DateTime::from_timestamp_nanos(until),
        chain_before: begin.chain,
        chain_after: next.chain,
        root: all.root(),
        checkpoints_before: begin.checkpoints,
        checkpoints_after: next.checkpoints,
        checkpoint: next.previous,
        reason: reason.to_owned(),
    })
}

/// See `Trail::due`. Blocks.
pub(crate) fn due(shared: &Shared, policy: &RetentionPolicy) -> Result<Option<u64>, TrailError> {
    let (segments, last) = shared.with_map(|map| (map.segments.clone(), map.open.last()));
    let mut sizes = Vec::new();
    for segment in &segments {
        sizes.push(fs::metadata(shared.dir.join(files::segment(*segment)))?.len());
    }
    let mut bytes: u64 = sizes.iter().sum();
    let mut before = None;
    for (pair, size) in segments.windows(2).zip(sizes) {
        let [segment, next] = *pair else { break };
        bytes -= size;
        let many = policy.records.is_some_and(|kept| last + 1 - next >= kept);
        let large = policy.bytes.is_some_and(|kept| bytes >= kept);
        if !many && !large && !old(shared, segment, policy.age)? {
            break;
        }
        before = Some(next);
    }
    Ok(before)
}

fn old(shared: &Shared, segment: u64, age: Option<Duration>) -> Result<bool, TrailError> {
    let limit =
        age.and_then(|age| Utc::now().checked_sub_signed(chrono::TimeDelta::from_std(age).ok()?));
    let Some(limit) = limit else {
        return Ok(false);
    };
    let index = Index::load(&shared.dir, segment, shared.name.seed)?;
    let latest = index
        .times
        .map(|(_, until)| DateTime::from_timestamp_nanos(until));
    Ok(latest.is_none_or(|latest| latest < limit))
}
