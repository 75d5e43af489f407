//! The cases of a plan, several at a time; a panic of one is its failure and nobody else's.

use super::{Done, Outcome, Scene, Trouble, Verdict, wrong};
use crate::actors::Actor;
use crate::case::{Case, Need};
use crate::endpoint::Endpoint;
use crate::metamorphic::Variant;
use crate::peer::AuditListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// What is run.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Only this actor.
    pub actor: Option<Actor>,
    /// Only cases whose names (with `+variant`) fit one of these, `*` being anything; none: all.
    pub cases: Vec<String>,
    /// So many at a time.
    pub jobs: usize,
    /// Outcomes keep the raw bytes of every step.
    pub evidence: bool,
}

/// Is told of each outcome as it comes: how many are done, of how many.
pub trait Watch: Sync {
    /// One more.
    fn done(&self, outcome: &Outcome, count: usize, of: usize);
}

type Job<'a> = (&'a Case, Option<Variant>);

impl Plan {
    /// The cases, each with its variants.
    pub fn chosen<'a>(&self, cases: &'a [Case]) -> Vec<(&'a Case, Option<Variant>)> {
        let cases = cases
            .iter()
            .filter(|case| self.actor.is_none_or(|actor| actor == case.actor));
        let jobs = cases.flat_map(|case| {
            let plain = std::iter::once((case, None));
            plain.chain(
                case.variants
                    .iter()
                    .map(move |variant| (case, Some(*variant))),
            )
        });
        jobs.filter(|(case, variant)| self.fits(&name_of(case, *variant)))
            .collect()
    }

    fn fits(&self, name: &str) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|pattern| fits(pattern, name))
    }
}

fn name_of(case: &Case, variant: Option<Variant>) -> String {
    match variant {
        Some(variant) => format!("{}+{}", case.name, variant.name()),
        None => case.name.clone(),
    }
}

/// `*` is any text.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Runs the cases of a plan. Outcomes come in the order of the cases.
pub fn run(cases: &[Case], endpoint: &Endpoint, plan: &Plan, watch: &dyn Watch) -> Vec<Outcome> {
    let chosen = plan.chosen(cases);
    let of = chosen.len();
    let (alone, beside): (Vec<_>, Vec<_>) = chosen
        .into_iter()
        .enumerate()
        .partition(|(_, (case, _))| case.alone);
    let audit = AuditListener::start(endpoint);
    let outcomes = Mutex::new(Vec::with_capacity(of));
    let work = |jobs: &[(usize, Job<'_>)], threads: usize| {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, 64) {
                scope.spawn(|| {
                    while let Some((at, job)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let mut outcome = caught(job, endpoint, audit.as_ref());
                        if !plan.evidence {
                            outcome
                                .steps
                                .iter_mut()
                                .for_each(|step| step.evidence.clear());
                        }
                        let mut outcomes = outcomes.lock().expect("no thread panics with it");
                        watch.done(&outcome, outcomes.len() + 1, of);
                        outcomes.push((*at, outcome));
                    }
                });
            }
        });
    };
    work(&beside, plan.jobs);
    work(&alone, 1);
    let mut outcomes = outcomes.into_inner().expect("no thread panics with it");
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// A panic of a case is its failure and nobody else's.
fn caught(job: &Job<'_>, endpoint: &Endpoint, audit: Option<&AuditListener>) -> Outcome {
    let run = AssertUnwindSafe(|| one(job, endpoint, audit));
    catch_unwind(run).unwrap_or_else(|_| {
        let verdict = Verdict::Fail("the suite itself failed here: please report it".to_owned());
        let mut outcome = Outcome::untried(job.0, verdict);
        outcome.name = name_of(job.0, job.1);
        outcome
    })
}

fn one((case, variant): &Job<'_>, endpoint: &Endpoint, audit: Option<&AuditListener>) -> Outcome {
    let mut outcome = Outcome::untried(case, Verdict::NotDeclared);
    outcome.name = name_of(case, *variant);
    let Some(declared) = endpoint.actor.get(&case.actor) else {
        return outcome;
    };
    if case
        .option
        .as_ref()
        .is_some_and(|option| !declared.options.contains(option))
    {
        return outcome;
    }
    if let Some(missing) = case
        .needs
        .iter()
        .find_map(|need| missing(need, case, endpoint))
    {
        outcome.verdict = Verdict::Skipped(missing);
        return outcome;
    }
    let start = Instant::now();
    let mut scene = Scene::new(case.actor, endpoint, *variant, &case.values);
    scene.audit = audit;
    outcome.verdict = steps(case, &mut scene, &mut outcome.steps);
    outcome.seconds = start.elapsed().as_secs_f64();
    outcome
}

fn missing(need: &Need, case: &Case, endpoint: &Endpoint) -> Option<String> {
    let declared = endpoint.actor.get(&case.actor)?;
    let is_tls = declared.tls || declared.url.starts_with("https://");
    match need {
        Need::Tls => (!is_tls).then(|| "the actor listens without TLS here".to_owned()),
        Need::Plain => is_tls.then(|| "the actor listens with TLS here".to_owned()),
        Need::Audit => endpoint
            .audit
            .is_none()
            .then(|| "no audit records reach the suite: [audit] of the endpoint file".to_owned()),
        Need::Value(name) => {
            let known = endpoint.values.contains_key(name);
            (!known).then(|| format!("[values] of the endpoint file has no {name:?}"))
        }
    }
}

fn steps(case: &Case, scene: &mut Scene<'_>, dones: &mut Vec<Done>) -> Verdict {
    for step in &case.steps {
        let mut done = Done {
            title: step.title.clone(),
            ..Done::default()
        };
        let ran = step.action.run(scene);
        let verdict = match ran {
            Ok(received) => {
                for assertion in &step.expect {
                    match assertion.judge(&received, &mut scene.values) {
                        Ok(()) => done.held += 1,
                        Err(said) => done.wrong.push(said),
                    }
                }
                for (name, selector) in &step.keep {
                    let place = scene.values.fill(selector).map_err(String::from);
                    match place.and_then(|place| received.values(&place)).as_deref() {
                        Ok([first, ..]) => scene.values.set(name, first.clone()),
                        _ => done
                            .wrong
                            .push(format!("nothing to keep as ${{{name}}}: no {selector}")),
                    }
                }
                (!done.wrong.is_empty()).then(|| wrong(case.level, done.wrong.join("; ")))
            }
            Err(Trouble::Skip(reason)) => Some(Verdict::Skipped(reason)),
            Err(Trouble::Case(reason)) => {
                done.wrong.push(reason.clone());
                Some(Verdict::Fail(format!(
                    "the case or the endpoint file is wrong: {reason}"
                )))
            }
            Err(Trouble::Wrong(reason)) => {
                done.wrong.push(reason.clone());
                Some(wrong(case.level, reason))
            }
        };
        done.evidence = scene.take_evidence();
        dones.push(done);
        if let Some(verdict) = verdict {
            return verdict;
        }
    }
    Verdict::Pass
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_pattern_fits_as_in_a_shell() {
        for (pattern, name, right) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/*", "a/b/c", true),
            ("*unknown*", "pix/unknown-id", true),
            ("*+crlf", "a/b+crlf", true),
            ("*b*b", "ab", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), right, "{pattern} {name}");
        }
    }
}
