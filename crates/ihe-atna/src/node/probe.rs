//! A connection tried step by step: what works, what fails, and how to mend it.

use std::io;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::error::{AcceptError, ConnectError};
use crate::node::certificate::Certificate;
use crate::node::trust::{Untrusted, timely};
use crate::node::{Peer, Preset, SecureNode, Stream};

/// One step of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was tried: `our certificate`, `name`, `connection`, `TLS`, `their certificate`, `our
    /// certificate there`.
    pub step: &'static str,
    /// What was found, one line.
    pub said: String,
    /// How to mend it; none: there is nothing to mend.
    pub remedy: Option<String>,
}

impl Finding {
    fn good(step: &'static str, said: impl Into<String>) -> Finding {
        Finding {
            step,
            said: said.into(),
            remedy: None,
        }
    }

    fn bad(step: &'static str, said: impl ToString, remedy: impl Into<String>) -> Finding {
        Finding {
            step,
            said: said.to_string(),
            remedy: Some(remedy.into()),
        }
    }
}

impl SecureNode {
    /// Connects to a server and tells what happens, up to the first step that fails. A server that
    /// speaks TLS 1.3 judges our certificate when we are done: it gets `patience` to say no.
    pub async fn probe(&self, host: &str, port: u16, patience: Duration) -> Vec<Finding> {
        let mut findings = vec![self.own_certificate()];
        findings.push(name(host, port).await);
        if findings[1].remedy.is_some() {
            return findings;
        }
        match self.connect(host, port).await {
            Ok((stream, peer)) => {
                findings.push(Finding::good("connection", format!("to {}", peer.address)));
                findings.extend(self.connected(stream, &peer, host, patience).await);
            }
            Err(error) => findings.extend(self.failed(&error, host, port).await),
        }
        findings
    }

    fn own_certificate(&self) -> Finding {
        let ours = self.certificate_status().certificate;
        let (step, now) = ("our certificate", self.inner.keyring.now());
        match timely(&ours, now) {
            Ok(()) => {
                let days = (ours.not_after() - now).num_days();
                Finding::good(step, format!("{}, {days} days left", ours.subject()))
            }
            Err(reason) => {
                let said = format!("{reason} (the clock here says {})", now.format("%F %T UTC"));
                Finding::bad(step, said, reason.remedy())
            }
        }
    }

    async fn connected(
        &self,
        mut stream: Stream,
        peer: &Peer,
        host: &str,
        patience: Duration,
    ) -> Vec<Finding> {
        let Some((version, suite)) = stream.encryption() else {
            return vec![Finding::good("TLS", "none: this node is plain")];
        };
        let mut findings = vec![Finding::good("TLS", format!("{version}, {suite}"))];
        if let Some(certificate) = &peer.certificate {
            findings.push(self.their_certificate(certificate, host));
        }
        findings.push(verdict(&mut stream, patience).await);
        findings
    }

    fn their_certificate(&self, certificate: &Certificate, host: &str) -> Finding {
        let days = (certificate.not_after() - self.inner.keyring.now()).num_days();
        let names = match certificate.names_host(host) {
            true => "it names this host",
            false => "it does not name this host, which matters only with FQDN validation",
        };
        let said = format!(
            "{}, trusted, {days} days left; {names}",
            certificate.subject()
        );
        Finding::good("their certificate", said)
    }

    /// The steps up to the one that failed.
    async fn failed(&self, error: &io::Error, host: &str, port: u16) -> Vec<Finding> {
        let Some(reason) = ConnectError::of(error) else {
            return vec![Finding::bad(
                "connection",
                error,
                "check the network between the two",
            )];
        };
        let ConnectError::NotAuthenticated(refused) = reason else {
            return vec![Finding::bad("connection", reason, reason.remedy())];
        };
        let connected = Finding::good("connection", "made");
        let failed = match refused {
            AcceptError::Untrusted(reason) => {
                Finding::bad("their certificate", self.clocked(reason), reason.remedy())
            }
            AcceptError::OursRefused(_) => {
                Finding::bad("our certificate there", refused, refused.remedy())
            }
            AcceptError::OldVersion(_) if self.speaks_tls_1_2(host, port).await => Finding::bad(
                "TLS",
                "the peer speaks TLS 1.2 and nothing newer",
                "switch TLS 1.3 on at the peer, or allow TLS 1.2 here (preset tls12_floor)",
            ),
            _ => Finding::bad("TLS", refused, refused.remedy()),
        };
        vec![connected, failed]
    }

    /// Where dates are the reason, our clock belongs to it.
    fn clocked(&self, reason: &Untrusted) -> String {
        match reason {
            Untrusted::Expired { .. }
            | Untrusted::NotYetValid { .. }
            | Untrusted::StaleRevocationList { .. } => {
                let now = self.inner.keyring.now();
                format!("{reason}; the clock here says {}", now.format("%F %T UTC"))
            }
            _ => reason.to_string(),
        }
    }

    async fn speaks_tls_1_2(&self, host: &str, port: u16) -> bool {
        if self.preset() != Preset::HighSecurity {
            return false;
        }
        let mut node = self.clone();
        // Not by `tls12_floor`, which is for the audit sender too.
        node.settings.profile.preset = Preset::Tls12Floor;
        let connected = node.connect(host, port).await;
        let reason = connected.as_ref().err().and_then(ConnectError::of);
        match reason {
            Some(ConnectError::NotAuthenticated(AcceptError::OldVersion(_))) => false,
            Some(ConnectError::NotAuthenticated(_)) | None => true,
            Some(_) => false,
        }
    }
}

async fn name(host: &str, port: u16) -> Finding {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match lookup_host((bare, port)).await {
        Ok(found) => {
            let mut found: Vec<String> = found.map(|one| one.ip().to_string()).collect();
            found.dedup();
            Finding::good("name", format!("{host} is {}", found.join(", ")))
        }
        Err(source) => {
            let host = host.to_owned();
            let error = ConnectError::Lookup { host, source };
            Finding::bad("name", &error, error.remedy())
        }
    }
}

/// What the server makes of our certificate: silence is consent.
async fn verdict(stream: &mut Stream, patience: Duration) -> Finding {
    let step = "our certificate there";
    match timeout(patience, stream.read(&mut [0])).await {
        Err(_) => Finding::good(step, "accepted"),
        Ok(Ok(1..)) => Finding::good(step, "accepted: the server speaks"),
        Ok(Ok(0)) => Finding::bad(
            step,
            "the server closed at once without saying why",
            "look into the log of the server: it may admit only certain nodes",
        ),
        Ok(Err(error)) => match ConnectError::of(&error) {
            Some(reason) => Finding::bad(step, reason, reason.remedy()),
            None => Finding::bad(step, &error, "look into the log of the server"),
        },
    }
}
