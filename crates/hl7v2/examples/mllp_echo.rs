//! A server that acknowledges every message it can read: `cargo run --example mllp_echo -- 127.0.0.1:2575`

use hl7v2::ack::AckCode;
use hl7v2::{Message, build, mllp};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const HELP: &str = "\
usage: mllp_echo [ADDRESS]

Takes HL7 v2 messages over MLLP and acknowledges each: AA, or AR with the reason when it cannot be read. Nothing is kept.
ADDRESS is host:port, 127.0.0.1:2575 if absent. Plain TCP, for trials only. Ends with Ctrl-C, after the messages in hand.";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    if matches!(argument.as_deref(), Some("--help" | "-h")) {
        println!("{HELP}");
        return Ok(());
    }
    let address = argument.unwrap_or_else(|| "127.0.0.1:2575".into());
    let listener = TcpListener::bind(&address).await?;
    println!(
        "listening on {}: PLAIN TCP, neither encrypted nor authenticated; for trials only",
        listener.local_addr()?
    );
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_ctrl_c(stop.clone()));
    let limits = mllp::Limits {
        in_flight: 32,
        ..mllp::Limits::default()
    };
    let answer = |peer: Arc<SocketAddr>, bytes: Vec<u8>| async move { acknowledge(&peer, &bytes) };
    mllp::Server::new(limits)
        .serve(listener, &stop, answer)
        .await;
    Ok(())
}

async fn stop_on_ctrl_c(stop: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.cancel();
    }
}

/// Says what came, by type and size: never content.
fn acknowledge(peer: &SocketAddr, bytes: &[u8]) -> Vec<u8> {
    match Message::parse(bytes) {
        Ok(message) => {
            let kind = message.raw("MSH-9").unwrap_or("no type");
            println!("{peer}: {kind}, {} bytes: AA", bytes.len());
            build::acknowledgement(&message, AckCode::Aa, &[])
        }
        Err(reason) => {
            println!("{peer}: {} bytes: AR, {reason}", bytes.len());
            build::rejection_of_unparsable(&reason)
        }
    }
}
