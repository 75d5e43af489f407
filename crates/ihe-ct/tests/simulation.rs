//! The client in a simulated world: weeks in seconds.

mod world;

use ihe_ct::client::{Alarm, ClientOptions, Standing};
use ihe_ct::{Kiss, Leap};
use std::time::{Duration, Instant};
use world::{Laws, Seen, Server, World};

/// Honest, honest, and thirty seconds wrong.
fn a_liar_among_three() -> Vec<Server> {
    let honest = Server {
        error: 0.0005,
        ..Server::default()
    };
    let liar = Server {
        error: 30.0,
        ..Server::default()
    };
    vec![honest, liar, Server::default()]
}

/// Looks at which the estimate was further off than its bound.
fn broken(world: &World) -> Vec<&Seen> {
    let beyond = |seen: &&Seen| (seen.truth - seen.estimate).abs() > seen.bound;
    world.seen.iter().filter(beyond).collect()
}

/// The bound holds at every look; returns the largest error and the largest bound after the first hour.
fn kept(world: &World) -> (f64, f64) {
    assert!(world.seen.len() > 100, "nothing was seen");
    let broken = broken(world);
    assert!(broken.is_empty(), "the bound is broken: {broken:?}");
    let settled = world.seen.iter().filter(|seen| seen.at > 3600.0);
    settled.fold((0.0, 0.0), |(error, bound): (f64, f64), seen| {
        (
            error.max((seen.truth - seen.estimate).abs()),
            bound.max(seen.bound),
        )
    })
}

#[test]
fn ct_r_001_for_1000_hours_with_a_liar_the_bound_is_never_broken() {
    let begin = Instant::now();
    let mut world = World::new(Laws {
        servers: a_liar_among_three(),
        ..Laws::default()
    });
    world.live(1000.0, 30.0);
    let (error, bound) = kept(&world);
    println!(
        "observing, 1000 h: {} looks, largest error {:.1} ms, largest bound {:.1} ms, {:?}",
        world.seen.len(),
        error * 1e3,
        bound * 1e3,
        begin.elapsed()
    );
    assert!(world.seen.len() > 119_000);
    assert!(error < 0.015 && bound < 0.4, "{error} {bound}");
    assert_eq!(
        world.machine.report(world.moment())[1].standing,
        Standing::Falseticker
    );
    assert!(
        begin.elapsed() < Duration::from_secs(60),
        "it takes too long"
    );
}

#[test]
fn the_bound_holds_in_other_worlds_too() {
    for seed in 2..14 {
        let swings = f64::from(seed as u32 % 5) * 10e-6;
        let mut world = World::new(Laws {
            servers: a_liar_among_three(),
            seed,
            drift: if seed % 2 == 0 { 50e-6 } else { -50e-6 },
            swing: swings,
            offset: seed as f64 - 7.0,
            jitter: 0.002 * seed as f64 * seed as f64,
            loss: 0.02 * seed as f64,
            adjusts: seed % 3 == 0,
            ..Laws::default()
        });
        world.live(60.0, 20.0);
        kept(&world);
    }
}

#[test]
fn this_test_sees_a_broken_bound() {
    // The clock drifts by 50 ppm and the client was told that it cannot drift by more than 1.
    let mut world = World::new(Laws {
        options: ClientOptions {
            drift_ppm: 1.0,
            ..ClientOptions::default()
        },
        ..Laws::default()
    });
    world.live(24.0, 30.0);
    assert!(broken(&world).len() > 100);
}

#[test]
fn ct_r_005_for_1000_hours_a_slewed_clock_stays_within_milliseconds() {
    let mut world = World::new(Laws {
        servers: a_liar_among_three(),
        adjusts: true,
        ..Laws::default()
    });
    world.live(1000.0, 30.0);
    let (error, bound) = kept(&world);
    let settled = world.seen.iter().filter(|seen| seen.at > 7200.0);
    let worst = settled.map(|seen| seen.truth.abs()).fold(0.0, f64::max);
    println!(
        "slewing, 1000 h: largest offset {:.1} ms, error {:.1} ms, bound {:.1} ms",
        worst * 1e3,
        error * 1e3,
        bound * 1e3
    );
    assert!(worst < 0.020, "the clock is {worst} s off");
}

#[test]
fn a_liar_that_is_nearly_right_does_not_break_the_bound_either() {
    for (seed, lie) in [
        (1, 0.01),
        (2, 0.02),
        (3, -0.03),
        (4, 0.05),
        (5, -0.1),
        (6, 0.5),
    ] {
        let mut servers = a_liar_among_three();
        servers[1].error = lie;
        let mut world = World::new(Laws {
            servers,
            seed,
            ..Laws::default()
        });
        world.live(48.0, 5.0);
        kept(&world);
    }
}

#[test]
fn a_server_that_slowly_wanders_off_is_found_out() {
    let mut servers = vec![Server::default(); 3];
    servers[2].error_drift = 50e-6;
    let mut world = World::new(Laws {
        servers,
        ..Laws::default()
    });
    world.live(24.0, 30.0);
    kept(&world);
    assert!(world.alarms.contains(&Alarm::Falseticker(2)));
}

#[test]
fn ct_facts_nothing_happens_when_the_era_rolls_over_in_2036() {
    let mut world = World::new(Laws {
        begin: 2_085_978_496 - 12 * 3600,
        ..Laws::default()
    });
    world.live(24.0, 10.0);
    kept(&world);
    assert_eq!(world.alarms, []);
}

#[test]
fn ct_r_007_the_client_polls_more_and_more_slowly_and_never_too_fast() {
    let mut world = World::new(Laws::default());
    world.live(100.0, 60.0);
    let hours = 100.0 * 3600.0;
    for (server, asked) in world.asked.iter().enumerate() {
        assert!(
            f64::from(*asked) < hours / 600.0,
            "server {server}: {asked}"
        );
        assert!(
            f64::from(*asked) > hours / 1100.0,
            "server {server}: {asked}"
        );
    }
    let eager = ClientOptions {
        min_poll: 0,
        max_poll: 0,
        ..ClientOptions::default()
    };
    let mut world = World::new(Laws {
        options: eager,
        ..Laws::default()
    });
    world.live(1.0, 60.0);
    assert!(
        world.asked.iter().all(|asked| *asked <= 3600 / 16 + 6),
        "{:?}",
        world.asked
    );
}

#[test]
fn ct_r_006_deny_and_rstr_end_the_asking_and_rate_slows_it_down() {
    let mut servers = vec![Server::default(); 4];
    servers[0].kiss = Some(*b"DENY");
    servers[1].kiss = Some(*b"RSTR");
    servers[2].kiss = Some(*b"RATE");
    let mut world = World::new(Laws {
        servers,
        loss: 0.0,
        options: ClientOptions {
            quorum: Some(1),
            ..ClientOptions::default()
        },
        ..Laws::default()
    });
    world.live(10.0, 60.0);
    assert_eq!(world.asked[..2], [1, 1]);
    assert!(world.alarms.contains(&Alarm::Refused(0, Kiss::Deny)));
    assert!(world.alarms.contains(&Alarm::Refused(1, Kiss::Restrict)));
    let lines = world.machine.report(world.moment());
    assert_eq!(
        (lines[0].standing, lines[1].standing),
        (Standing::Refused, Standing::Refused)
    );
    assert_eq!(lines[2].poll, 10, "RATE raises the interval to the longest");
    assert!(world.asked[2] < 45, "{}", world.asked[2]);
    assert_eq!(lines[3].standing, Standing::Selected, "the others go on");
}

#[test]
fn a_liar_that_falls_silent_or_comes_back_changes_nothing() {
    let mut world = World::new(Laws {
        servers: a_liar_among_three(),
        ..Laws::default()
    });
    world.live(4.0, 30.0);
    world.server(1).error = 0.0;
    world.live(4.0, 30.0);
    world.server(1).error = -7.0;
    world.live(4.0, 30.0);
    kept(&world);
}

#[test]
fn leap_warnings_pass_only_when_a_majority_gives_them() {
    for (warning, expected) in [(1, Leap::None), (2, Leap::Add), (3, Leap::Add)] {
        let mut servers = vec![Server::default(); 3];
        servers[..warning]
            .iter_mut()
            .for_each(|s| s.leap = Leap::Add);
        let mut world = World::new(Laws {
            servers,
            ..Laws::default()
        });
        world.live(2.0, 60.0);
        assert_eq!(
            world.reading.expect("a reading").source.leap,
            expected,
            "{warning} warn"
        );
    }
}

#[test]
fn ct_r_008_servers_that_are_not_synchronised_are_no_source() {
    let mut servers = vec![Server::default(); 2];
    servers
        .iter_mut()
        .for_each(|s| s.leap = Leap::Unsynchronised);
    let mut world = World::new(Laws {
        servers,
        ..Laws::default()
    });
    world.live(2.0, 60.0);
    assert!(world.reading.is_none());
    assert_eq!(
        world.machine.report(world.moment())[0].standing,
        Standing::Rejected
    );
}

#[test]
fn ct_r_009_a_step_of_the_wall_clock_is_an_alarm_and_the_bound_holds_afterwards() {
    let mut world = World::new(Laws::default());
    world.live(2.0, 30.0);
    world.set = 5.0;
    world.reading = None;
    world.live(2.0, 30.0);
    kept(&world);
    assert!(
        world
            .alarms
            .iter()
            .any(|alarm| matches!(alarm, Alarm::Stepped(n) if *n > 4_900_000_000))
    );
}

#[test]
fn a_small_step_widens_the_bound_until_the_next_answers() {
    for set in [0.2, -0.2] {
        let mut world = World::new(Laws::default());
        world.live(2.0, 30.0);
        world.set = set;
        world.look();
        world.live(6.0, 30.0);
        kept(&world);
        assert!(world.seen.last().expect("seen").bound < 0.3);
    }
}

#[test]
fn an_offset_beyond_reason_is_told_and_not_slewed() {
    let mut world = World::new(Laws {
        offset: 5000.0,
        adjusts: true,
        ..Laws::default()
    });
    world.live(2.0, 30.0);
    let far = |alarm: &Alarm| matches!(alarm, Alarm::TooFar(_));
    assert_eq!(world.alarms.iter().filter(|alarm| far(alarm)).count(), 1);
    assert!((world.truth() - 5000.0).abs() < 1.0);
}

#[test]
fn two_servers_that_contradict_each_other_are_both_not_believed() {
    let mut servers = vec![Server::default(); 2];
    servers[1].error = 10.0;
    let mut world = World::new(Laws {
        servers,
        ..Laws::default()
    });
    world.live(2.0, 30.0);
    assert!(world.reading.is_none());
    assert_eq!(world.alarms, [Alarm::NoMajority]);
}
