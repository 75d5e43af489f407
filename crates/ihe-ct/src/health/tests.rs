//! The verdict on the clock, in simulated time.

use super::*;
use crate::client::frame::tests::{measured, start};
use std::sync::Mutex;

const SECOND: i64 = 1_000_000_000;

fn sample(offset: i64) -> Measurement {
    Measurement {
        offset,
        ..measured(0.0, 0.0)
    }
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn verdict(health: &TimeHealth, now: Moment) -> Verdict {
    health.health(now).verdict
}

/// A health that writes down what it tells.
fn told(limits: HealthLimits, begin: Moment) -> (TimeHealth, Arc<Mutex<Vec<Notice>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let pen = told.clone();
    let health = TimeHealth::since(limits, begin)
        .on_notice(move |notice| pen.lock().expect("not poisoned").push(*notice));
    (health, told)
}

#[test]
fn ct_r_001_the_median_decides_and_one_outlier_does_not() {
    let now = start();
    let health = TimeHealth::since(HealthLimits::default(), now);
    assert_eq!(verdict(&health, now), Verdict::Unknown);
    for offset in [3_000, 60 * SECOND, -2_000] {
        health.record(sample(offset), now);
    }
    assert_eq!(verdict(&health, now), Verdict::Good);
    assert_eq!(health.health(now).offset, Some(3_000));
}

#[test]
fn ct_r_001_exactly_one_second_is_good_and_a_nanosecond_more_is_wrong() {
    let now = start();
    let health = TimeHealth::since(HealthLimits::default(), now);
    health.record(sample(-SECOND), now);
    assert!(health.health(now).is_good());
    let health = TimeHealth::since(HealthLimits::default(), now);
    health.record(sample(-SECOND - 1), now);
    assert_eq!(verdict(&health, now), Verdict::Wrong);
}

#[test]
fn old_samples_make_room_for_new_ones() {
    let now = start();
    let health = TimeHealth::since(HealthLimits::default(), now);
    (0..9).for_each(|_| health.record(sample(5 * SECOND), now));
    (0..5).for_each(|_| health.record(sample(0), now));
    assert_eq!(health.health(now).offset, Some(0));
}

#[test]
fn bad_input_a_lost_server_is_an_alarm_after_the_holdover_limit_not_before() {
    let begin = start();
    let health = TimeHealth::since(HealthLimits::default(), begin);
    health.record(sample(0), begin);
    assert!(health.health(begin.plus(seconds(3600))).is_good());
    let late = begin.plus(seconds(3601));
    let lost = health.health(late);
    assert_eq!(
        (lost.verdict, lost.age),
        (Verdict::Lost, Some(seconds(3601)))
    );
    health.record(sample(0), late);
    assert!(health.health(late).is_good());
}

#[test]
fn a_server_that_never_answered_is_an_alarm_after_the_settling_time() {
    let begin = start();
    let (health, told) = told(HealthLimits::default(), begin);
    health.look(begin.plus(seconds(120)));
    assert!(told.lock().expect("notices").is_empty());
    health.look(begin.plus(seconds(121)));
    assert!(told.lock().expect("notices")[0].enters_bad());
    health.look(begin.plus(seconds(122)));
    assert_eq!(verdict(&health, begin.plus(seconds(122))), Verdict::Lost);
    assert_eq!(told.lock().expect("notices").len(), 1, "told once");
}

#[test]
fn the_bound_grows_without_answers_until_the_clock_is_uncertain() {
    let limits = HealthLimits {
        bound: Duration::from_millis(300),
        ..HealthLimits::default()
    };
    let begin = start();
    let health = TimeHealth::since(limits, begin);
    health.record(measured(0.0, 0.2), begin);
    assert!(health.health(begin.plus(seconds(1999))).is_good());
    let later = begin.plus(seconds(2001));
    assert_eq!(verdict(&health, later), Verdict::Uncertain);
    assert!(health.health(later).bound > Some(limits.bound));
}

#[test]
fn entering_and_leaving_the_bad_state_is_told_once_each() {
    let begin = start();
    let (health, told) = told(HealthLimits::default(), begin);
    health.record(sample(0), begin);
    let late = begin.plus(seconds(4000));
    health.look(late);
    health.look(late.plus(seconds(10)));
    let back = late.plus(seconds(60));
    health.record(sample(0), back);
    let told = told.lock().expect("notices");
    let alarms: Vec<(bool, bool)> = told
        .iter()
        .map(|n| (n.enters_bad(), n.leaves_bad()))
        .collect();
    assert_eq!(alarms, [(false, false), (true, false), (false, true)]);
    let Notice::Changed { now, before } = told[2] else {
        panic!("{told:?}")
    };
    assert_eq!((before, now.since), (Verdict::Lost, back));
}

#[test]
fn ct_r_009_a_step_of_the_wall_clock_is_told_and_old_measurements_are_forgotten() {
    let begin = start();
    let (health, told) = told(HealthLimits::default(), begin);
    health.record(sample(0), begin);
    assert_eq!(health.look(begin), None);
    let slewed = Moment {
        wall: begin.wall + Duration::from_millis(10_400),
        steady: begin.steady + seconds(10),
    };
    assert_eq!(health.look(slewed), None);
    let set_back = Moment {
        wall: slewed.wall - seconds(60),
        steady: slewed.steady + seconds(1),
    };
    assert_eq!(health.look(set_back), Some(-61 * SECOND));
    assert_eq!(verdict(&health, set_back), Verdict::Unknown);
    assert!(
        told.lock()
            .expect("notices")
            .contains(&Notice::Stepped(-61 * SECOND))
    );
}

#[test]
fn an_alarm_is_called_off_even_when_a_step_made_the_clock_unknown_in_between() {
    let begin = start();
    let (health, told) = told(HealthLimits::default(), begin);
    health.record(sample(5 * SECOND), begin);
    let set = Moment {
        wall: begin.wall + seconds(6),
        steady: begin.steady + seconds(1),
    };
    health.look(set);
    assert_eq!(verdict(&health, set), Verdict::Unknown);
    health.record(sample(0), set.plus(seconds(1)));
    let told = told.lock().expect("notices");
    assert!(told.iter().any(Notice::enters_bad));
    assert!(told.last().expect("a notice").leaves_bad(), "{told:?}");
}
