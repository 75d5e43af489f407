//! Time Client (ITI-1): measures the machine's clock against a Time Server. Argument: HOST:PORT
use ihe_ct::sntp;

#[tokio::main]
async fn main() -> Result<(), sntp::Error> {
    let server = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "localhost:1123".into());
    let measured = sntp::query(server, &sntp::Options::default()).await?;
    println!(
        "offset {:+.6} s, delay {:.6} s",
        measured.offset_seconds(),
        measured.delay_seconds()
    );
    Ok(())
}
