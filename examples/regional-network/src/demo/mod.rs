//! `demo`: three hospitals, one region, one story.

mod closing;
mod documents;
pub(crate) mod hospitals;
pub(crate) mod patients;
mod sharing;
mod story;
mod witness;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Instant;

use ihe_atna::As;

use crate::client::session::Session;
use crate::config::Config;
use crate::domain::{Plan, Running};
use crate::failure::{Context, Result};

/// Tells the story; the failed step's name is in the failure
pub(crate) async fn run(data: Option<PathBuf>) -> Result<()> {
    let begun = Instant::now();
    let temporary = tempfile::tempdir().context("making a temporary directory")?;
    let data = data.unwrap_or_else(|| temporary.path().to_owned());
    println!("A region with three places and one affinity domain; everything here is invented.\n");
    let running = start(data)
        .await
        .map_err(|failure| failure.within("step 1, start"))?;
    let told = tell(&running).await;
    let stopped = running
        .stop()
        .await
        .map_err(|failure| failure.within("stopping"));
    let rows = told?;
    stopped?;
    println!("{}", closing::table(&rows));
    println!(
        "Everything held, in {:.1} s. Next: regional-network serve --help",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

async fn start(data: PathBuf) -> Result<Running> {
    story::step(
        1,
        "Start",
        "every server actor on loopback, TLS 1.3 with certificates on both sides",
    );
    let running = Running::start(Plan {
        data,
        plain: false,
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        advertise: "127.0.0.1".to_owned(),
        port_base: 0,
        config: Config::default(),
        adjust: false,
        codes: None,
    })
    .await?;
    for (listener, port) in running.addresses.iter() {
        println!("     {port:>5}  {}", listener.title);
    }
    Ok(running)
}

async fn tell(running: &Running) -> Result<Vec<closing::Row>> {
    let session = |name: &str, who: &str| {
        Session::within(
            running.endpoints.clone(),
            running.node.named(name),
            As::system(who),
        )
    };
    let cast = story::Cast {
        running,
        hospitals: hospitals::ALL.map(|hospital| session(hospital.key, hospital.name)),
        clinician: session("minato", "Dr. Kakuu, Minato Clinic"),
    };
    story::tell(&cast).await
}
