//! When an SNTP client asks again (RFC 4330 section 10): pure, the caller sleeps.

use crate::exchange::{Kiss, Rejection};
use std::time::Duration;

/// What to do after an answer, or after none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask again after this time.
    Wait(Duration),
    /// The server asked not to be asked again (DENY, RSTR).
    Stop,
}

/// Poll interval with exponential back-off (CT-R-007).
#[derive(Clone, Debug)]
pub struct Schedule {
    normal: Duration,
    longest: Duration,
    current: Duration,
}

impl Schedule {
    /// No client may ask more often than this.
    pub const SHORTEST: Duration = Duration::from_secs(15);

    /// Asks every `normal`, but never more often than [`Schedule::SHORTEST`]; backs off up to `longest`.
    pub fn new(normal: Duration, longest: Duration) -> Schedule {
        let normal = normal.max(Schedule::SHORTEST);
        Schedule {
            normal,
            longest: longest.max(normal),
            current: normal,
        }
    }

    /// After a good answer: the normal interval.
    pub fn answered(&mut self) -> Next {
        self.current = self.normal;
        Next::Wait(self.current)
    }

    /// After no answer: twice the last interval.
    pub fn unanswered(&mut self) -> Next {
        self.current = self.current.saturating_mul(2).min(self.longest);
        Next::Wait(self.current)
    }

    /// After an answer that was not used. RATE makes the *normal* interval longer for good.
    pub fn rejected(&mut self, reason: Rejection) -> Next {
        match reason {
            Rejection::Kiss(kiss) if kiss.must_stop() => return Next::Stop,
            Rejection::Kiss(Kiss::Rate) => {
                self.normal = self.normal.saturating_mul(2).min(self.longest);
                self.current = self.current.max(self.normal / 2);
            }
            _ => {}
        }
        self.unanswered()
    }
}

impl Default for Schedule {
    /// Every 64 s, at worst every 1024 s.
    fn default() -> Schedule {
        Schedule::new(Duration::from_secs(64), Duration::from_secs(1024))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Next {
        Next::Wait(Duration::from_secs(n))
    }

    #[test]
    fn ct_r_007_nobody_asks_more_often_than_every_15_seconds() {
        let mut eager = Schedule::new(Duration::from_millis(1), Duration::ZERO);
        assert_eq!(eager.answered(), seconds(15));
        assert_eq!(eager.unanswered(), seconds(15));
    }

    #[test]
    fn ct_r_007_silence_doubles_the_interval_up_to_the_longest_and_an_answer_restores_it() {
        let mut schedule = Schedule::new(Duration::from_secs(16), Duration::from_secs(100));
        assert_eq!(schedule.unanswered(), seconds(32));
        assert_eq!(schedule.unanswered(), seconds(64));
        assert_eq!(schedule.unanswered(), seconds(100));
        assert_eq!(schedule.unanswered(), seconds(100));
        assert_eq!(schedule.answered(), seconds(16));
    }

    #[test]
    fn ct_r_006_deny_and_rstr_stop_the_client() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.rejected(Rejection::Kiss(Kiss::Deny)), Next::Stop);
        assert_eq!(
            schedule.rejected(Rejection::Kiss(Kiss::Restrict)),
            Next::Stop
        );
    }

    #[test]
    fn ct_r_006_rate_slows_the_client_down_for_good() {
        let mut schedule = Schedule::new(Duration::from_secs(20), Duration::from_secs(1024));
        assert_eq!(schedule.rejected(Rejection::Kiss(Kiss::Rate)), seconds(40));
        assert_eq!(schedule.answered(), seconds(40));
        assert_eq!(schedule.rejected(Rejection::Unsynchronised), seconds(80));
        assert_eq!(schedule.answered(), seconds(40));
    }
}
