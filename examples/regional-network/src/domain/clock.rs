//! The clock (ITI-1): a Time Client that watches it, a Time Server, and the alarm when it cannot be trusted.
//!
//! ihe-ct knows no audit and ihe-atna measures no time; here the one is wired to the other.

use std::sync::Arc;
use std::time::Duration;

use ihe_atna::{
    Action, ActiveParticipant, AuditMessage, AuditSource, ClockState, ClockStatus,
    EventIdentification, Outcome, ParticipantObject, SecureNode, codes,
};
use ihe_ct::{
    Health, HealthLimits, Notice, ServerState, TimeClient, TimeHealth, TimeServer, Verdict,
};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::actors::run;
use super::{Plan, Tasks};
use crate::config::Time;
use crate::failure::{Context, Result};
use crate::ports;

/// Notices that wait to be recorded; a clock does not change its mind more often
const WAITING: usize = 64;

/// The audit source id
const NAME: &str = "time-client";

/// Who watches the clock: nobody, when no servers are configured
pub(super) struct Watch {
    servers: Vec<String>,
    health: Arc<TimeHealth>,
    notices: mpsc::Receiver<Notice>,
}

impl Watch {
    pub(super) fn new(time: &Time) -> Watch {
        let (tell, notices) = mpsc::channel(WAITING);
        let limit = Duration::from_millis(time.limit_milliseconds);
        let limits = HealthLimits {
            offset: limit,
            bound: limit,
            ..HealthLimits::default()
        };
        let health = TimeHealth::new(limits).on_notice(move |notice| _ = tell.try_send(*notice));
        Watch {
            servers: time.servers.clone(),
            health: Arc::new(health),
            notices,
        }
    }

    /// The node that can be asked for the state of its clock
    pub(super) fn wired_to(&self, node: SecureNode) -> SecureNode {
        if self.servers.is_empty() {
            return node;
        }
        let health = self.health.clone();
        node.with_clock(move || status(&health.now()))
    }

    pub(super) fn start(
        self,
        node: &SecureNode,
        socket: UdpSocket,
        plan: &Plan,
        tasks: &mut Tasks,
    ) -> Result<()> {
        let stop = tasks.stop.clone();
        if self.servers.is_empty() {
            // A high stratum, so that any real source is preferred.
            let server = TimeServer::new(ServerState::local_clock(10));
            run(&mut tasks.actors, &ports::NTP, server.serve(socket, stop));
            return Ok(());
        }
        let server = TimeServer::of(self.health.clone());
        run(&mut tasks.actors, &ports::NTP, server.serve(socket, stop));
        let client = adjusting(TimeClient::new(self.servers, self.health), plan.adjust)?;
        let (node, stop) = (node.named(NAME), tasks.stop.clone());
        let recording = record(node, self.notices);
        tasks.actors.spawn(async move {
            tokio::select! {
                ended = client.run(stop) => ended.context("the Time Client"),
                never = recording => never,
            }
        });
        Ok(())
    }
}

#[cfg(all(feature = "adjust", target_os = "linux"))]
fn adjusting(client: TimeClient, adjust: bool) -> Result<TimeClient> {
    if !adjust {
        return Ok(client);
    }
    let clock = ihe_ct::client::KernelClock::take().context("--adjust: taking the clock over")?;
    Ok(client.adjusting(clock))
}

#[cfg(not(all(feature = "adjust", target_os = "linux")))]
fn adjusting(client: TimeClient, adjust: bool) -> Result<TimeClient> {
    if adjust {
        let why = "--adjust: this program was not built with --features adjust on Linux";
        return Err(crate::failure::Failure::new(why));
    }
    Ok(client)
}

/// What the operator may claim of the clock
pub(super) fn statement(time: &Time, adjust: bool) -> String {
    match (time.servers.len(), adjust, time.disciplined_by.as_str()) {
        (0, _, "") => {
            "the clock is served as it is, stratum 10; nobody watches it ([time] servers)".into()
        }
        (0, _, daemon) => {
            format!("the clock, disciplined by {daemon}, is served as it is, stratum 10")
        }
        (n, true, _) => format!("{n} servers watched, the clock is slewed after them: Time Client"),
        (n, false, "") => format!(
            "{n} servers watched, the clock is NOT moved and no daemon is named: no Time Client is claimed; served is clock + offset"
        ),
        (n, false, daemon) => format!(
            "{n} servers watched, the clock is disciplined by {daemon}: Time Client; served is clock + offset"
        ),
    }
}

fn status(health: &Health) -> ClockStatus {
    ClockStatus {
        state: match health.verdict {
            Verdict::Good => ClockState::Synchronised,
            Verdict::Unknown => ClockState::Unknown,
            Verdict::Wrong | Verdict::Uncertain | Verdict::Lost => ClockState::Unsynchronised,
        },
        offset_seconds: health.offset.map(|nanos| nanos as f64 / 1e9),
        age: health.age,
    }
}

/// Each alarm, and each end of one, becomes a security alert
async fn record(node: SecureNode, mut notices: mpsc::Receiver<Notice>) -> Result<()> {
    while let Some(notice) = notices.recv().await {
        let Some((outcome, text)) = alert(&notice) else {
            continue;
        };
        tracing::warn!("time: {text}");
        let message = security_alert(outcome, &text);
        node.record(message)
            .await
            .context("recording a time alert")?;
    }
    std::future::pending().await
}

/// How bad it is, and what happened
fn alert(notice: &Notice) -> Option<(Outcome, String)> {
    match notice {
        Notice::Changed { now, .. } if notice.enters_bad() => {
            let text = format!(
                "the clock is not to be trusted: {}{}",
                now.verdict,
                figures(now)
            );
            Some((Outcome::SeriousFailure, text))
        }
        Notice::Changed { now, .. } if notice.leaves_bad() => {
            let text = format!("the clock is to be trusted again{}", figures(now));
            Some((Outcome::Success, text))
        }
        Notice::Changed { .. } => None,
        Notice::Stepped(nanos) => {
            let text = format!("the clock was stepped by {:+.3} s", *nanos as f64 / 1e9);
            Some((Outcome::MinorFailure, text))
        }
    }
}

fn figures(health: &Health) -> String {
    match (health.offset, health.bound) {
        (Some(offset), Some(bound)) => format!(
            " (offset {:+.6} s, error bound {:.6} s)",
            offset as f64 / 1e9,
            bound.as_secs_f64()
        ),
        _ => String::new(),
    }
}

/// Security Alert 110113 about this machine's clock. DICOM has no event type for it; Hardware Configuration is the nearest.
fn security_alert(outcome: Outcome, text: &str) -> AuditMessage {
    let clock = ParticipantObject::node("clock").detail("Alert Description", text.as_bytes());
    AuditMessage {
        event: EventIdentification {
            outcome,
            types: vec![codes::TYPE_HARDWARE_CONFIGURATION.to_coded()],
            outcome_description: Some(text.to_owned()),
            ..EventIdentification::new(codes::EVENT_SECURITY_ALERT, Action::Execute)
        },
        participants: vec![ActiveParticipant {
            user_id: NAME.to_owned(),
            alternative_user_id: Some(std::process::id().to_string()),
            roles: vec![codes::ROLE_APPLICATION.to_coded()],
            ..ActiveParticipant::default()
        }],
        source: AuditSource::default(),
        objects: vec![clock],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ct_r_005_time_client_is_claimed_only_when_somebody_disciplines_the_clock() {
        let mut time = Time {
            servers: vec!["ntp.example:123".into()],
            ..Time::default()
        };
        assert!(statement(&time, false).contains("no Time Client is claimed"));
        assert!(statement(&time, true).contains("slewed after them: Time Client"));
        time.disciplined_by = "chronyd".into();
        assert!(statement(&time, false).contains("chronyd: Time Client"));
    }

    #[test]
    fn ct_r_011_the_node_of_all_actors_is_told_the_state_of_the_clock() {
        let unknown = TimeHealth::default().now();
        assert_eq!(status(&unknown).state, ClockState::Unknown);
        for (verdict, state) in [
            (Verdict::Good, ClockState::Synchronised),
            (Verdict::Wrong, ClockState::Unsynchronised),
            (Verdict::Uncertain, ClockState::Unsynchronised),
            (Verdict::Lost, ClockState::Unsynchronised),
        ] {
            let health = Health {
                verdict,
                offset: Some(-250_000_000),
                ..unknown
            };
            let told = status(&health);
            assert_eq!((told.state, told.offset_seconds), (state, Some(-0.25)));
        }
    }

    #[test]
    fn an_alarm_its_end_and_a_step_are_alerts_and_the_first_good_answer_is_none() {
        let health = TimeHealth::default();
        let good = Health {
            verdict: Verdict::Good,
            ..health.now()
        };
        let lost = Health {
            verdict: Verdict::Lost,
            ..good
        };
        let changed = |before, now| alert(&Notice::Changed { before, now });
        let (outcome, text) = changed(Verdict::Good, lost).expect("an alarm");
        assert_eq!(outcome, Outcome::SeriousFailure);
        assert!(text.contains("lost"));
        assert_eq!(
            changed(Verdict::Lost, good).expect("an end").0,
            Outcome::Success
        );
        assert!(changed(Verdict::Unknown, good).is_none());
        assert!(
            alert(&Notice::Stepped(-2_000_000_000))
                .expect("a step")
                .1
                .contains("-2.000 s")
        );
    }
}
