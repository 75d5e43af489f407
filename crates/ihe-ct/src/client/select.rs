//! Which servers are believed (RFC 5905 section 11.2): intersection, clustering, combination.
//!
//! RFC 5905 looks for the *smallest* number of liars that makes the others agree; its interval can miss the true
//! offset when a liar overlaps one honest server and not another. Here the region is everything that a majority of
//! the servers covers: with fewer liars than half, the true offset is inside, so the error bound holds.

/// What one server says, seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// Index of the server.
    pub(crate) server: usize,
    pub(crate) offset: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) jitter: f64,
}

impl Candidate {
    fn width(&self) -> f64 {
        (self.high - self.low).max(1e-9)
    }
}

/// What became of a server in one selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Contradicts the majority.
    Falseticker,
    /// Does not contradict, but is not combined.
    Outlier,
    /// Combined.
    Survivor,
    /// Combined, and the one whose root delay, leap and reference we pass on.
    Peer,
}

/// What a majority agrees on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Agreement {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The combined offset, within `low..=high`.
    pub(crate) offset: f64,
    pub(crate) jitter: f64,
    pub(crate) peer: usize,
    /// The fate of each candidate, in their order.
    pub(crate) fates: Vec<(usize, Fate)>,
}

/// Servers that clustering leaves at least (RFC 5905 NMIN).
const LEAST: usize = 3;

/// What at least `quorum` servers and more than half of them agree on; `None` when they do not.
pub(crate) fn select(candidates: &[Candidate], quorum: usize) -> Option<Agreement> {
    let needed = quorum.max(candidates.len() / 2 + 1);
    let (low, high) = region(candidates, needed)?;
    let inside = |c: &&Candidate| (low..=high).contains(&c.offset);
    let mut survivors: Vec<Candidate> = candidates.iter().filter(inside).copied().collect();
    if survivors.is_empty() {
        survivors = candidates
            .iter()
            .filter(|c| overlaps(c, low, high))
            .copied()
            .collect();
    }
    cluster(&mut survivors);
    let peer = survivors
        .iter()
        .min_by(|a, b| a.width().total_cmp(&b.width()))?
        .server;
    let fates = candidates
        .iter()
        .map(|c| (c.server, fate(c, &survivors, peer, (low, high))));
    Some(Agreement {
        low,
        high,
        offset: combined(&survivors).clamp(low, high),
        jitter: jitter(&survivors),
        peer,
        fates: fates.collect(),
    })
}

fn overlaps(candidate: &Candidate, low: f64, high: f64) -> bool {
    candidate.high >= low && candidate.low <= high
}

fn fate(candidate: &Candidate, survivors: &[Candidate], peer: usize, region: (f64, f64)) -> Fate {
    let survives = survivors.iter().any(|s| s.server == candidate.server);
    match survives {
        true if candidate.server == peer => Fate::Peer,
        true => Fate::Survivor,
        false if overlaps(candidate, region.0, region.1) => Fate::Outlier,
        false => Fate::Falseticker,
    }
}

/// From the first to the last point that `needed` intervals cover.
fn region(candidates: &[Candidate], needed: usize) -> Option<(f64, f64)> {
    let opens = candidates.iter().map(|c| (c.low, 0_u8));
    let closes = candidates.iter().map(|c| (c.high, 1_u8));
    let mut edges: Vec<(f64, u8)> = opens.chain(closes).collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut covered, mut first, mut last) = (0_usize, None, None);
    for (at, closes) in edges {
        if closes == 0 {
            covered += 1;
            if covered >= needed {
                first = first.or(Some(at));
            }
        } else {
            if covered >= needed {
                last = Some(at);
            }
            covered -= 1;
        }
    }
    first.zip(last)
}

/// Takes out the worst as long as it differs from the others by more than the best one's own jitter.
fn cluster(survivors: &mut Vec<Candidate>) {
    while survivors.len() > LEAST {
        let quietest = survivors
            .iter()
            .map(|c| c.jitter)
            .fold(f64::INFINITY, f64::min);
        let apart = |one: &Candidate| {
            let squares = survivors.iter().map(|c| (c.offset - one.offset).powi(2));
            (squares.sum::<f64>() / (survivors.len() - 1) as f64).sqrt()
        };
        let worst = survivors
            .iter()
            .enumerate()
            .map(|(at, one)| (at, apart(one)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        match worst {
            Some((at, apart)) if apart > quietest => _ = survivors.remove(at),
            _ => return,
        }
    }
}

/// The mean, each server weighing as much as its error bound is small.
fn combined(survivors: &[Candidate]) -> f64 {
    let weights: f64 = survivors.iter().map(|c| 1.0 / c.width()).sum();
    let sum: f64 = survivors.iter().map(|c| c.offset / c.width()).sum();
    sum / weights
}

fn jitter(survivors: &[Candidate]) -> f64 {
    let weights: f64 = survivors.iter().map(|c| 1.0 / c.width()).sum();
    let sum: f64 = survivors.iter().map(|c| c.jitter.powi(2) / c.width()).sum();
    (sum / weights).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(server: usize, offset: f64, half: f64) -> Candidate {
        Candidate {
            server,
            offset,
            low: offset - half,
            high: offset + half,
            jitter: 0.001,
        }
    }

    fn fates(agreement: &Agreement) -> Vec<Fate> {
        agreement.fates.iter().map(|(_, fate)| *fate).collect()
    }

    #[test]
    fn one_liar_of_three_is_outvoted() {
        let said = select(
            &[
                says(0, 0.010, 0.02),
                says(1, 50.0, 0.001),
                says(2, 0.0, 0.02),
            ],
            2,
        )
        .expect("two agree");
        assert_eq!(
            fates(&said),
            [Fate::Peer, Fate::Falseticker, Fate::Survivor]
        );
        assert!((said.low - -0.010).abs() < 1e-9 && (said.high - 0.020).abs() < 1e-9);
        assert!((said.offset - 0.005).abs() < 1e-9);
    }

    #[test]
    fn a_liar_that_overlaps_one_honest_server_does_not_cut_the_truth_off() {
        // All three meet in 9..10, yet the truth may be 8.5: what two of them cover is kept.
        let honest = [says(0, 5.0, 5.0), says(1, 14.0, 6.0)];
        let liar = says(2, 10.5, 1.5);
        let said = select(&[honest[0], honest[1], liar], 2).expect("agreement");
        assert!(said.low <= 8.0 && said.high >= 12.0, "{said:?}");
    }

    #[test]
    fn two_that_contradict_each_other_agree_on_nothing() {
        assert_eq!(select(&[says(0, 0.0, 0.1), says(1, 1.0, 0.1)], 1), None);
        assert_eq!(select(&[], 1), None);
    }

    #[test]
    fn two_liars_of_five_are_outvoted_and_three_are_not_mistaken_for_few() {
        let honest = [says(0, 0.0, 0.1), says(1, 0.01, 0.1), says(2, -0.01, 0.1)];
        let liars = [says(3, 9.0, 0.1), says(4, -9.0, 0.1)];
        let five = [honest[0], liars[0], honest[1], liars[1], honest[2]];
        let said = select(&five, 3).expect("three agree");
        let false_ones = fates(&said)
            .iter()
            .filter(|f| **f == Fate::Falseticker)
            .count();
        assert_eq!(false_ones, 2);
        assert_eq!(select(&[honest[0], liars[0], liars[1]], 2), None);
    }

    #[test]
    fn fewer_than_the_quorum_are_not_enough() {
        assert_eq!(select(&[says(0, 0.0, 0.1)], 2), None);
        assert!(select(&[says(0, 0.0, 0.1)], 1).is_some());
    }

    #[test]
    fn clustering_drops_the_outlier_that_does_not_contradict() {
        let wide = [0.0, 0.0005, -0.0005, 0.04].map(|at| at);
        let candidates: Vec<Candidate> = wide
            .iter()
            .enumerate()
            .map(|(server, at)| says(server, *at, 0.1))
            .collect();
        let said = select(&candidates, 2).expect("agreement");
        assert_eq!(said.fates[3], (3, Fate::Outlier));
        assert!(said.offset.abs() < 0.001);
    }

    proptest::proptest! {
        #[test]
        fn with_fewer_liars_than_half_the_truth_is_never_cut_off(
            truth in -10.0_f64..10.0,
            honest in proptest::collection::vec((0.0_f64..1.0, 0.0_f64..1.0), 1..8),
            lies in proptest::collection::vec((-20.0_f64..20.0, 0.0_f64..3.0), 0..8),
        ) {
            let lies = &lies[..lies.len().min(honest.len() - 1)];
            let told = honest.iter().map(|(below, above)| (truth - below, truth + above));
            let lied = lies.iter().map(|(at, half)| (at - half, at + half));
            let candidates: Vec<Candidate> = told.chain(lied).enumerate().map(|(server, (low, high))| {
                Candidate { server, low, high, offset: (low + high) / 2.0, jitter: 0.01 }
            }).collect();
            let said = select(&candidates, 1).expect("the honest ones agree");
            proptest::prop_assert!(said.low <= truth && truth <= said.high);
            proptest::prop_assert!(said.low <= said.offset && said.offset <= said.high);
        }
    }
}
