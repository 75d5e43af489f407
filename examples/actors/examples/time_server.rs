//! Time Server (ITI-1): answers NTP and SNTP from the machine's clock. Argument: ADDRESS:PORT
use ihe_ct::{ServerState, TimeServer};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "0.0.0.0:1123".into());
    let socket = TimeServer::bind(address).await?;
    TimeServer::new(ServerState::local_clock(10))
        .serve(socket, CancellationToken::new())
        .await
}
