//! What a step of a case can do. One file each; a step gets the [`Scene`] and gives what it [`Received`].

pub mod audit;
pub mod http;
pub mod mllp;
pub mod ntp;
pub mod query;
pub mod received;
pub mod serve;
pub mod slow;
pub mod syslog;
pub mod tls;
pub mod trigger;

use crate::case::Text;
use crate::look::Received;
use crate::run::{Scene, Trouble};
use serde::Deserialize;

/// What a step does, by the key `do`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Sends an HL7 v2 message and reads the answer.
    Mllp(mllp::Mllp),
    /// Posts a SOAP or any other body and reads the answer.
    Http(http::Http),
    /// Sends bytes to where an actor serves HTTP.
    Raw(slow::Raw),
    /// Asks the Document Registry.
    StoredQuery(query::StoredQuery),
    /// Gives fresh values other names.
    Rename(Rename),
    /// Opens a scripted peer.
    Serve(serve::Serve),
    /// Makes a client act.
    Trigger(trigger::Trigger),
    /// Looks at what a scripted peer was sent.
    Received(received::Look),
    /// Lets time pass.
    Wait(Wait),
    /// Knocks at a TLS server's door.
    Tls(tls::Tls),
    /// Sends audit records.
    Syslog(syslog::Syslog),
    /// Waits for an audit record of the system under test.
    Audit(audit::Audit),
    /// Asks a Time Server.
    Ntp(ntp::Ntp),
}

/// `do = "rename"`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// New name = name, which is a fresh value again at its next use.
    pub values: std::collections::BTreeMap<String, String>,
}

/// `do = "wait"`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// How long; 10 s at most.
    pub milliseconds: u64,
}

impl Action {
    /// Does it.
    ///
    /// # Errors
    /// Nothing that could be judged came back.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        match self {
            Action::Mllp(step) => step.run(scene),
            Action::Http(step) => step.run(scene),
            Action::Raw(step) => step.run(scene),
            Action::StoredQuery(step) => step.run(scene),
            Action::Rename(step) => {
                for (new, old) in &step.values {
                    let value = scene.values.of(old);
                    let value = value.map_err(|error| Trouble::Case(error.to_string()))?;
                    scene.values.set(new, value);
                    scene.values.forget(old);
                }
                Ok(Received::default())
            }
            Action::Tls(step) => step.run(scene),
            Action::Syslog(step) => step.run(scene),
            Action::Audit(step) => step.run(scene),
            Action::Ntp(step) => step.run(scene),
            Action::Serve(step) => step.run(scene),
            Action::Trigger(step) => step.run(scene),
            Action::Received(step) => step.run(scene),
            Action::Wait(step) => {
                std::thread::sleep(std::time::Duration::from_millis(
                    step.milliseconds.min(10_000),
                ));
                Ok(Received::default())
            }
        }
    }

    /// For `explain`: the message, or what is done.
    pub fn shown(&self) -> String {
        match self {
            Action::Trigger(step) => return step.shown(),
            Action::Received(step) => return step.shown(),
            Action::Serve(step) if step.answers.is_empty() => return step.shown(),
            _ => {}
        }
        let mut texts = self.clone();
        match texts.text_mut() {
            Some(text) if !text.hex.is_empty() => format!("  {}", text.hex),
            Some(text) => {
                let lines = text.text.lines().map(|line| format!("  {line}"));
                let edits = text
                    .replace
                    .iter()
                    .map(|(old, new)| format!("  with {old:?} replaced by {new:?}"));
                lines.chain(edits).collect::<Vec<_>>().join("\n")
            }
            None => format!("  {self:?}"),
        }
    }

    /// The message that rows edit.
    pub fn text_mut(&mut self) -> Option<&mut Text> {
        self.texts_mut().into_iter().next()
    }

    /// All texts, the message first.
    pub fn texts_mut(&mut self) -> Vec<&mut Text> {
        match self {
            Action::Mllp(step) => vec![&mut step.message],
            Action::Http(step) => {
                let mut texts = vec![&mut step.body];
                texts.extend(
                    step.documents
                        .iter_mut()
                        .map(|document| &mut document.content),
                );
                texts
            }
            Action::Raw(step) => vec![&mut step.message],
            Action::StoredQuery(step) => vec![&mut step.parameters],
            Action::Audit(_) | Action::Received(_) | Action::Wait(_) | Action::Rename(_) => {
                Vec::new()
            }
            Action::Tls(step) => vec![&mut step.bytes],
            Action::Syslog(step) => vec![&mut step.record],
            Action::Ntp(step) => vec![&mut step.packet],
            Action::Serve(step) => step.texts_mut(),
            Action::Trigger(step) => vec![&mut step.document],
        }
    }
}
