//! Certificates, keys, trust and revocation lists replaced while the node runs: by order, or when
//! a file changes. Connections that exist go on; new ones are judged by the new state.

use std::sync::Arc;
use std::time::Duration;

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, EventIdentification, Outcome,
    ParticipantObject,
};
use crate::codes;
use crate::error::Error;
use crate::node::SecureNode;
use crate::node::expiry::{CertificateStatus, Remaining, Warned};

impl SecureNode {
    /// Reads the files of identity, trust and revocation lists again. When they are no good the
    /// state in use is kept, and [`SecureNode::certificate_status`] says so. Recorded either way
    /// as a matter of security configuration (110113, 110129).
    pub async fn reload(&self) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        let reload = tokio::task::spawn_blocking(move || inner.keyring.reload());
        let outcome = reload
            .await
            .unwrap_or(Err(Error::Misuse("the runtime is going down")));
        match &outcome {
            Ok(()) => {
                self.inner.refresh_audit_client();
                tracing::info!("certificates and trust loaded again");
            }
            Err(error) => {
                tracing::error!(%error, "certificates and trust not loaded: the old ones stay in use")
            }
        }
        let message = configured(self.source_id(), outcome.as_ref().err());
        if let Err(error) = self.record(message).await {
            tracing::error!(%error, "security configuration could not be audited");
        }
        outcome
    }

    /// Looks at the files every so often, reloads when one has changed, and traces what nears its
    /// end (60, 30, 7 days). Ends with the last handle of the node. Needs a tokio runtime.
    pub fn watch(&self, every: Duration) {
        let (inner, settings) = (Arc::downgrade(&self.inner), self.settings.clone());
        tokio::spawn(async move {
            let mut warned = Warned::default();
            while let Some(inner) = inner.upgrade() {
                let settings = settings.clone();
                let node = SecureNode { inner, settings };
                warn(&mut warned, &node.certificate_status());
                let inner = Arc::clone(&node.inner);
                let changed = tokio::task::spawn_blocking(move || inner.keyring.changed());
                if changed.await.unwrap_or(false) {
                    // Told to trace, status and audit trail by reload itself.
                    let _ = node.reload().await;
                }
                drop(node);
                tokio::time::sleep(every).await;
            }
        });
    }

    /// Our certificate, what runs out when, and whether the last reload failed.
    pub fn certificate_status(&self) -> CertificateStatus {
        self.inner.keyring.status()
    }
}

fn warn(warned: &mut Warned, status: &CertificateStatus) {
    for one in warned.news(status) {
        match one.remaining {
            Remaining::Expired => {
                tracing::error!(what = %one.what, end = %one.end, "expired");
            }
            _ => {
                tracing::warn!(what = %one.what, end = %one.end, days = one.days, "expires soon");
            }
        }
    }
}

/// Security Alert 110113, Security Configuration 110129.
fn configured(reporter: &str, error: Option<&Error>) -> AuditMessage {
    let text = match error {
        None => "certificates and trust loaded again".to_owned(),
        Some(error) => {
            format!("certificates and trust not loaded, the old ones stay in use: {error}")
        }
    };
    let outcome = match error {
        None => Outcome::Success,
        Some(_) => Outcome::MinorFailure,
    };
    AuditMessage {
        event: EventIdentification {
            outcome,
            types: vec![codes::TYPE_SECURITY_CONFIGURATION.to_coded()],
            outcome_description: error.is_some().then(|| text.clone()),
            ..EventIdentification::new(codes::EVENT_SECURITY_ALERT, Action::Execute)
        },
        participants: vec![ActiveParticipant {
            user_id: reporter.to_owned(),
            alternative_user_id: Some(std::process::id().to_string()),
            is_requestor: true,
            ..ActiveParticipant::default()
        }],
        source: AuditSource::default(),
        objects: vec![
            ParticipantObject::node(reporter).detail("Alert Description", text.as_bytes()),
        ],
    }
}
