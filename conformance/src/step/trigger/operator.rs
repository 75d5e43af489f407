//! Without a command a person is asked to make the client act.

use crate::look::Received;
use crate::run::{Scene, Trouble};
use std::io::BufRead;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{LazyLock, Mutex, mpsc};
use std::time::Duration;

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Lines typed, and one question at a time.
static TYPED: LazyLock<Mutex<Receiver<String>>> = LazyLock::new(|| {
    let (typed, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if typed.send(line).is_err() {
                return;
            }
        }
    });
    Mutex::new(lines)
});

/// Asks. Facts: `exit.success`, as the person says.
pub(super) fn asked(question: &str, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
    let question = scene.values.fill(question);
    let question = question.map_err(|error| Trouble::Case(error.to_string()))?;
    let typed = TYPED.lock().expect("no thread panics with it");
    while typed.try_recv().is_ok() {}
    eprintln!(
        "\n  {question}\n  Then type y (it reported success), n (it reported an error) or s (skip), and Enter, within {} s:",
        PATIENCE.as_secs()
    );
    judged(typed.recv_timeout(PATIENCE))
}

fn judged(typed: Result<String, RecvTimeoutError>) -> Result<Received, Trouble> {
    let said = match &typed {
        Ok(line) => line.trim(),
        Err(_) => return Err(Trouble::Skip("the operator did not answer".to_owned())),
    };
    match said {
        "y" | "n" => Ok(Received::message(said.as_bytes().to_vec())
            .with("exit", "operator")
            .with("exit.success", said == "y")),
        _ => Err(Trouble::Skip("the operator skipped it".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_are_success_and_failure_and_silence_is_a_skip() {
        let success = |line: &str| {
            let judged = judged(Ok(line.to_owned())).ok()?;
            judged.facts.get("exit.success").cloned()
        };
        assert_eq!(success("y").as_deref(), Some("true"));
        assert_eq!(success(" n ").as_deref(), Some("false"));
        assert_eq!(success("s"), None);
        assert!(matches!(
            judged(Err(RecvTimeoutError::Timeout)),
            Err(Trouble::Skip(_))
        ));
    }
}
