//! `time`: this machine's clock against the domain's Time Server.

use std::path::Path;

use ihe_ct::{Measurement, sntp};

use crate::endpoints::Endpoints;
use crate::failure::{Context, Result};

/// Prints one measurement
pub(crate) async fn run(data: &Path) -> Result<()> {
    let endpoints = Endpoints::read(data)?;
    println!("{}: {}", endpoints.ntp, told(&measure(&endpoints).await?));
    Ok(())
}

/// Asks the Time Server once (ITI-1)
pub(crate) async fn measure(endpoints: &Endpoints) -> Result<Measurement> {
    sntp::query(&endpoints.ntp, &sntp::Options::default())
        .await
        .context("asking the Time Server (ITI-1)")
}

/// One measurement in words
pub(crate) fn told(measured: &Measurement) -> String {
    format!(
        "offset {:+.6} s, round trip {:.6} s, stratum {}",
        measured.offset_seconds(),
        measured.delay_seconds(),
        measured.stratum
    )
}
