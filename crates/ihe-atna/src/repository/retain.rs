//! ITI-20 how long records are kept: whole segments of the trail go by policy, a signed stub stays,
//! the index forgets them, and all of it is itself recorded.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::audit::{Action, As, Outcome};
use crate::repository::AuditRecordRepository;
use crate::repository::access::log_used;
use crate::store::{RecordStore, StoreError};
use crate::trail::{RetentionPolicy, Stub, TrailError};

impl<S: RecordStore> AuditRecordRepository<S> {
    /// Retires what is due by a policy, but nothing that is still to be forwarded; recorded (110101,
    /// action D) on somebody's behalf. None: nothing is due.
    pub async fn retire(
        &self,
        who: &As,
        policy: &RetentionPolicy,
    ) -> Result<Option<Stub>, StoreError> {
        let failed = |error: TrailError| StoreError(error.to_string());
        let Some(due) = self.trail().due(policy).await.map_err(failed)? else {
            return Ok(None);
        };
        let before = due.min(self.forwarded().saturating_add(1));
        let reason = format!("retention policy: {}", words(policy));
        let retired = self.trail().retire(before, &reason).await;
        let (outcome, what) = match &retired {
            Ok(None) => return Ok(None),
            Ok(Some(stub)) => {
                let what = format!("records {} to {} retired, {reason}", stub.first, stub.last);
                (Outcome::Success, what)
            }
            Err(error) => (Outcome::SeriousFailure, error.to_string()),
        };
        let message = log_used(who, Action::Delete, outcome, &what);
        let recorded = self.node().record(message).await;
        recorded.map_err(|error| StoreError(error.to_string()))?;
        self.forget().await?;
        retired.map_err(failed)
    }

    /// The index forgets what the trail has retired, also what a crash kept it from forgetting.
    async fn forget(&self) -> Result<(), StoreError> {
        let gone = self.store().forget(self.trail().first()).await?;
        tracing::info!(gone, "audit index: retired records forgotten");
        Ok(())
    }

    /// Retires by a policy, now and again and again, until stopped.
    pub async fn keep(&self, policy: RetentionPolicy, every: Duration, stop: CancellationToken) {
        let who = As::system(self.node().source_id());
        if let Err(error) = self.forget().await {
            tracing::error!(%error, "audit index: retired records could not be forgotten");
        }
        loop {
            if let Err(error) = self.retire(&who, &policy).await {
                tracing::error!(%error, "audit records could not be retired");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(every) => {}
            }
        }
    }
}

fn words(policy: &RetentionPolicy) -> String {
    let days = |age: Duration| format!("older than {} s", age.as_secs());
    let parts = [
        policy.age.map(days),
        policy
            .records
            .map(|records| format!("more than {records} records")),
        policy.bytes.map(|bytes| format!("more than {bytes} bytes")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}
