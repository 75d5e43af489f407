//! Where the clock is and how fast it drifts: a Kalman filter of two states over the combined offsets.

/// Wander of a crystal's frequency: 1 ppm in an hour, as variance per second.
const WANDER: f64 = 1e-12 / 3600.0;

/// The offset and its slope, with their variances; seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Track {
    pub(crate) offset: f64,
    /// How fast the offset grows by itself, seconds per second.
    pub(crate) slope: f64,
    /// Variances of offset and slope, and their covariance.
    variance: [f64; 3],
}

impl Track {
    /// Starts from one combined offset; of the drift it is known that it is about `drift`, either way.
    pub(crate) fn start(offset: f64, jitter: f64, drift: f64) -> Track {
        Track {
            offset,
            slope: 0.0,
            variance: [jitter.powi(2), drift.powi(2), 0.0],
        }
    }

    /// `seconds` pass, in which we moved the clock by `applied` seconds.
    pub(crate) fn pass(&mut self, seconds: f64, applied: f64) {
        let [offset, slope, both] = self.variance;
        self.offset += self.slope * seconds - applied;
        self.variance = [
            offset
                + 2.0 * seconds * both
                + seconds.powi(2) * slope
                + seconds.powi(3) * WANDER / 3.0,
            slope + seconds * WANDER,
            both + seconds * slope + seconds.powi(2) * WANDER / 2.0,
        ];
    }

    /// A combined offset was measured.
    pub(crate) fn measured(&mut self, offset: f64, jitter: f64) {
        let [p_offset, p_slope, p_both] = self.variance;
        let total = p_offset + jitter.powi(2).max(1e-14);
        let (to_offset, to_slope) = (p_offset / total, p_both / total);
        let innovation = offset - self.offset;
        self.offset += to_offset * innovation;
        self.slope += to_slope * innovation;
        self.variance = [
            (1.0 - to_offset) * p_offset,
            p_slope - to_slope * p_both,
            (1.0 - to_offset) * p_both,
        ];
    }

    /// What the servers prove to be impossible is given up; the drift learned so far is kept.
    pub(crate) fn confine(&mut self, low: f64, high: f64, jitter: f64, drift: f64) {
        let inside = self.offset.clamp(low, high);
        if inside != self.offset {
            self.offset = inside;
            self.variance = [
                jitter.powi(2),
                self.variance[1].max((drift / 10.0).powi(2)),
                0.0,
            ];
        }
        self.slope = self.slope.clamp(-drift, drift);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_drift_is_learned() {
        let mut track = Track::start(0.0, 1e-3, 1e-4);
        for step in 1..200 {
            track.pass(64.0, 0.0);
            let noise = if step % 2 == 0 { 1e-3 } else { -1e-3 };
            track.measured(5e-5 * 64.0 * f64::from(step) + noise, 1e-3);
        }
        assert!((track.slope - 5e-5).abs() < 1e-6, "{track:?}");
        track.pass(64.0, 0.0);
        assert!(
            (track.offset - 5e-5 * 64.0 * 200.0).abs() < 5e-4,
            "{track:?}"
        );
    }

    #[test]
    fn our_own_moving_of_the_clock_is_not_taken_for_drift() {
        let mut track = Track::start(1.0, 1e-4, 1e-4);
        for step in 1..100 {
            track.pass(10.0, 0.005);
            track.measured(1.0 - 0.005 * f64::from(step), 1e-4);
        }
        assert!(track.slope.abs() < 1e-7 && (track.offset - 0.505).abs() < 1e-4);
    }

    #[test]
    fn the_impossible_is_given_up() {
        let mut track = Track::start(5.0, 1e-3, 1e-4);
        track.confine(-0.1, 0.1, 1e-3, 1e-4);
        assert_eq!(track.offset, 0.1);
    }
}
