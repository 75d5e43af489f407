//! Verifying a trail: every byte is read once, in the order of the records, in little memory.
//!
//! What is proven by what: each record lies in a hash chain and in a Merkle tree; checkpoints sign the
//! head of the one and the root of the other. Without the signing key nobody can change, remove,
//! insert or reorder what a checkpoint in the trail covers. Who has the key (it lies on the machine) or
//! removes the end of the trail together with its checkpoints can only be found out by a checkpoint
//! that was filed elsewhere: it proves everything up to its record. What comes after the last
//! checkpoint is an unproven tail, and is reported as such.

mod report;
mod source;
mod statements;
mod walk;

pub use report::{Filed, Finding, FindingKind, VerifyReport};

use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use crate::trail::checkpoint::Checkpoint;
use crate::trail::files::Name;
use crate::trail::index::{self, Index};
use crate::trail::signer::TrailKey;
use crate::trail::{TrailError, hash};
use source::{Item, Plan, Summed};
use walk::Walk;

/// Reads the whole trail in `dir` and says what is wrong with it, and where. It needs no lock: a
/// repository may go on writing; what it adds meanwhile is not read. `filed` is a checkpoint that was
/// kept off the machine. `progress` is told bytes done and bytes in all.
///
/// `Err` only when it could not be done: a file cannot be read, `VERSION` is damaged, the filed
/// checkpoint is not signed by the key or is of another trail.
pub fn verify(
    dir: impl AsRef<Path>,
    key: &TrailKey,
    filed: Option<&Checkpoint>,
    mut progress: impl FnMut(u64, u64),
) -> Result<VerifyReport, TrailError> {
    let dir = dir.as_ref();
    let name = Name::load(dir)?.ok_or_else(|| index::damaged(&Index::new(1), "no VERSION"))?;
    if let Some(filed) = filed {
        filed.check(key)?;
        if filed.trail != name.id {
            let what = format!(
                "the filed checkpoint is of trail {}",
                hash::hex(&filed.trail)
            );
            return Err(TrailError::NotProven(what));
        }
    }
    let plan = Plan::of(dir, name)?;
    let total = plan.bytes;
    let mut walk = Walk::new(dir, name, key, filed, &plan);
    in_parallel(plan, |item| {
        walk.take(item)?;
        progress(walk.bytes, total);
        Ok(())
    })?;
    walk.finish()
}

/// One thread reads, some hash, this one takes what they found in the order it was read in.
fn in_parallel(
    plan: Plan,
    mut take: impl FnMut(Summed) -> Result<(), TrailError>,
) -> Result<(), TrailError> {
    let count = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(8);
    thread::scope(|scope| {
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (input, items) = mpsc::sync_channel::<Item>(1);
            let (done, output) = mpsc::sync_channel::<Summed>(1);
            let seed = plan.seed();
            scope.spawn(move || {
                for item in items {
                    if done.send(item.sum(seed)).is_err() {
                        break;
                    }
                }
            });
            inputs.push(input);
            outputs.push(output);
        }
        scope.spawn(move || {
            let mut next = inputs.iter().cycle();
            plan.read(&mut |item| next.next().is_some_and(|input| input.send(item).is_ok()));
        });
        for output in outputs.iter().cycle() {
            match output.recv() {
                Ok(item) => take(item)?,
                Err(_) => break,
            }
        }
        Ok(())
    })
}
