//! `do = "trigger"`: the client under test is made to act, by the command of its endpoint file or by an operator.

mod command;
mod operator;

pub use command::Command;

use crate::case::Text;
use crate::look::Received;
use crate::run::{Scene, Trouble};
use serde::Deserialize;
use std::time::Duration;

/// What the client shall do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The key of the command in `[actor.NAME.trigger]`; without it `command` is taken.
    pub action: String,
    /// Values that the command must be able to pass on; else the case is skipped.
    #[serde(default)]
    pub tells: Vec<String>,
    /// A file for the client: `${document}` is its path, `${document.sha1}` and `${document.size}` are what they say.
    #[serde(default)]
    pub document: Text,
    /// Milliseconds until the command is killed.
    #[serde(default = "ten_seconds")]
    pub milliseconds: u64,
    /// Ended as soon as the output matches this regular expression: for clients that never end.
    #[serde(default)]
    pub until: String,
    /// It runs beside the next steps, until a trigger with `ends` and the same action, or the end of the case.
    #[serde(default)]
    pub background: bool,
    /// What was begun with `background` is waited for.
    #[serde(default)]
    pub ends: bool,
    /// What an operator is asked to do when there is no command.
    #[serde(default)]
    pub operator: String,
}

fn ten_seconds() -> u64 {
    10_000
}

impl Trigger {
    /// Makes it act. The text is its output; facts: `exit` (its code, `killed` or `enough`), `exit.success`.
    ///
    /// # Errors
    /// There is no way to make it act, or the command cannot be started.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let within = Duration::from_millis(self.milliseconds.min(600_000));
        if self.ends {
            let running = scene.commands.remove(&self.action);
            let running = running
                .ok_or_else(|| Trouble::Case("nothing runs in the background".to_owned()))?;
            return self.ended(scene, running, within);
        }
        let commands = &scene.declared(None)?.trigger;
        let Some(line) = commands
            .get(&self.action)
            .or_else(|| commands.get("command"))
        else {
            return match scene.endpoint.operator && !self.operator.is_empty() {
                true => operator::asked(&self.operator, scene),
                false => Err(Trouble::Skip(format!("no trigger for {:?}", self.action))),
            };
        };
        if let Some(untold) = self.tells.iter().find(|name| !passes_on(line, name)) {
            return Err(Trouble::Skip(format!(
                "the trigger does not pass on ${{{untold}}}"
            )));
        }
        let folder = command::Folder::new().map_err(Trouble::Case)?;
        self.write_document(scene, &folder)?;
        scene.values.set("action", self.action.clone());
        let running = Command::start(line, folder, &mut scene.values).map_err(Trouble::Case)?;
        if self.background {
            scene.commands.insert(self.action.clone(), running);
            return Ok(Received::default());
        }
        self.ended(scene, running, within)
    }

    fn write_document(
        &self,
        scene: &mut Scene<'_>,
        folder: &command::Folder,
    ) -> Result<(), Trouble> {
        if self.document.is_empty() {
            return Ok(());
        }
        let bytes = self.document.bytes(&mut scene.values);
        let bytes = bytes.map_err(Trouble::Case)?;
        let path = folder.path().join("document");
        std::fs::write(&path, &bytes).map_err(|error| Trouble::Case(error.to_string()))?;
        scene.values.set("document", path.display().to_string());
        scene.values.set("document.sha1", crate::sha1(&bytes));
        scene.values.set("document.size", bytes.len().to_string());
        Ok(())
    }

    fn ended(
        &self,
        scene: &mut Scene<'_>,
        running: Command,
        within: Duration,
    ) -> Result<Received, Trouble> {
        let enough = match self.until.is_empty() {
            true => None,
            false => Some(
                regex::Regex::new(&self.until).map_err(|error| Trouble::Case(error.to_string()))?,
            ),
        };
        let (exit, output) = running.wait(within, enough.as_ref());
        scene.received(&output);
        if let Some(wrong) = scene.peers.values().find_map(|peer| peer.log().wrong()) {
            return Err(Trouble::Case(wrong));
        }
        let success = exit == "0";
        Ok(Received::message(output)
            .with("exit", exit)
            .with("exit.success", success))
    }

    /// For `explain`.
    pub fn shown(&self) -> String {
        format!("  the client is made to {:?}", self.action)
    }
}

/// Whether the command has the value, or a part of it: `${peer.port}` of `peer`.
fn passes_on(line: &str, name: &str) -> bool {
    line.contains(&format!("${{{name}}}")) || line.contains(&format!("${{{name}."))
}
