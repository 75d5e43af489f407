//! `feed`: HL7 v2 files as they are, over MLLP, and what was answered.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use hl7v2::{Message, mllp};
use ihe_atna::Stream;
use tokio::io::AsyncWriteExt;

use super::session::Session;
use crate::cli::FeedTarget;
use crate::failure::{Context, Failure, Result};
use crate::shown;

/// Sends every file on one connection; a refusal is an answer, only silence is a failure
pub(crate) async fn run(data: &Path, to: FeedTarget, files: &[PathBuf]) -> Result<()> {
    let session = Session::open(data).await?;
    let target = match to {
        FeedTarget::PixV2 => &session.endpoints.pix_v2,
        FeedTarget::RegistryFeed => &session.endpoints.registry_feed,
    };
    let mut line = None;
    for file in files {
        let bytes = tokio::fs::read(file).await.context(file.display())?;
        let reply = send(&session, target, &mut line, &bytes)
            .await
            .map_err(|failure| failure.within(&file.display().to_string()))?;
        println!("{}", file.display());
        print!("{}", readable(&reply));
    }
    session.close().await;
    Ok(())
}

async fn send(
    session: &Session,
    target: &str,
    line: &mut Option<Stream>,
    bytes: &[u8],
) -> Result<Vec<u8>> {
    // The acceptor may close between messages: the initiator then opens again (ITI TF-2 C.2.1).
    if let Some(mut stream) = line.take()
        && let Ok(reply) = ask(&mut stream, bytes).await
    {
        *line = Some(stream);
        return Ok(reply);
    }
    let mut stream = connect(session, target).await?;
    let reply = ask(&mut stream, bytes)
        .await
        .context(format!("no answer from {target}"))?;
    *line = Some(stream);
    Ok(reply)
}

/// One frame out, one frame in. `mllp::Client` would refuse the 0x1C that SS-MIX2 files end with.
async fn ask(stream: &mut Stream, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let frame = [&[mllp::START], bytes, &[mllp::END, b'\r']].concat();
    stream.write_all(&frame).await?;
    stream.flush().await?;
    let limits = mllp::Limits::default();
    let wait = limits.read;
    let mut frames = mllp::Reader::new(stream, limits);
    match tokio::time::timeout(wait, frames.read_frame()).await {
        Ok(Ok(Some(reply))) => Ok(reply),
        Ok(Ok(None)) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(Err(error)) => Err(std::io::Error::other(error.to_string())),
        Err(_) => Err(ErrorKind::TimedOut.into()),
    }
}

async fn connect(session: &Session, target: &str) -> Result<Stream> {
    let (host, port) = target.rsplit_once(':').context("no port in the endpoint")?;
    let port: u16 = port.parse().context("the endpoint's port")?;
    let (stream, _) = session.node.connect(host, port).await.context(target)?;
    Ok(stream)
}

/// The answer's first line says what it means; its segments follow
fn readable(reply: &[u8]) -> String {
    let Ok(message) = Message::parse(reply) else {
        return format!("  an answer of {} bytes that is not HL7 v2\n", reply.len());
    };
    let code = message.value("MSA-1").unwrap_or_default();
    let mut text = format!("  {}", shown::safe(&code));
    for error in message.segments_named("ERR") {
        let place = error.field(2).raw().to_owned();
        let why = error.field(3).raw().to_owned();
        text.push_str(&format!("  {} {}", shown::safe(&place), shown::safe(&why)));
    }
    text.push('\n');
    text + &shown::segments(message.text())
}

/// Sends one message and gives the answer: for the demo's bad examples
pub(crate) async fn exchange(session: &Session, target: &str, bytes: &[u8]) -> Result<Message> {
    let reply = send(session, target, &mut None, bytes).await?;
    Message::parse(&reply).map_err(|_| Failure::new("the answer is not HL7 v2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_by_code_place_and_reason_first() {
        let reply = b"MSH|^~\\&|A|B|C|D|20260101||ACK^A04|1|P|2.3.1\rMSA|AE|7\r\
            ERR||PID^1^3^1^4|204^Unknown key identifier^HL70357|E\r";
        let text = readable(reply);
        let first = text.lines().next().unwrap();
        assert_eq!(
            first,
            "  AE  PID^1^3^1^4 204^Unknown key identifier^HL70357"
        );
        assert_eq!(text.lines().count(), 4);
        assert!(readable(b"\x00").contains("not HL7 v2"));
    }
}
