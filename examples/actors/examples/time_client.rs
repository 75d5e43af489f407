//! Time Client (ITI-1): watches this machine's clock by several Time Servers, and says when it is not to be
//! trusted. Arguments: HOST:PORT...
use ihe_ct::{TimeClient, TimeHealth};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let servers: Vec<String> = std::env::args().skip(1).collect();
    let health = Arc::new(TimeHealth::default().on_notice(|notice| {
        if notice.enters_bad() || notice.leaves_bad() {
            println!("{notice:?}");
        }
    }));
    let client = TimeClient::new(servers, health.clone());
    let mut reports = client.reports();
    tokio::spawn(client.run(CancellationToken::new()));
    while reports.changed().await.is_ok() {
        for line in reports.borrow_and_update().iter() {
            println!("{} {} {:?} ns", line.name, line.standing, line.offset);
        }
        let known = health.now();
        println!(
            "clock {}: {:?} ns within {:?}",
            known.verdict, known.offset, known.bound
        );
    }
    Ok(())
}
