//! ITI-19 whom a node trusts (ITI TF-2 3.19.6.1): a chain to a configured authority, or a
//! certificate that is listed itself. One judgement for both sides of a connection.
//!
//! A node's certificate is asked for nothing but a key, dates and signatures: no name, usage or
//! extension is demanded, none that is unknown is refused (3.19.6.1.3). Certificates that issue
//! others must be authorities by RFC 5280. RSA keys below 2048 bits are refused: a deviation, the
//! Framework leaves 1024 to local policy and the algorithms here do not.

mod anchors;
mod constraint;
mod path;
mod revocation;
mod signature;
mod untrusted;

pub use anchors::TrustAnchors;
pub use untrusted::Untrusted;

pub(crate) use anchors::certificates;
pub(crate) use constraint::Constraints;
pub(crate) use signature::Signatures;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rustls::crypto::CryptoProvider;

use crate::error::Error;
use crate::node::certificate::Certificate;
use revocation::Revocation;

/// Smallest RSA key, in bits.
const SMALLEST_RSA: usize = 2048;

/// Everything a certificate is held against.
#[derive(Debug)]
pub(crate) struct Trust {
    authorities: Vec<Certificate>,
    /// Fingerprints of the certificates that are trusted by themselves.
    direct: HashSet<[u8; 32]>,
    /// Fingerprints of the only ones admitted.
    admitted: Option<HashSet<[u8; 32]>>,
    revocation: Revocation,
    pub(crate) signatures: Signatures,
}

impl Trust {
    pub(crate) fn new(anchors: &TrustAnchors, provider: &CryptoProvider) -> Result<Trust, Error> {
        let signatures = Signatures::of(provider);
        let authorities = anchors.authorities();
        let direct: HashSet<_> = anchors.direct().iter().map(Certificate::digest).collect();
        if authorities.is_empty() && direct.is_empty() {
            return Err(Error::NoTrustAnchors);
        }
        let revocation = Revocation::new(anchors, &authorities, signatures)?;
        Ok(Trust {
            authorities,
            direct,
            admitted: anchors
                .admitted()
                .map(|only| only.iter().map(Certificate::digest).collect()),
            revocation,
            signatures,
        })
    }

    pub(crate) fn authorities(&self) -> &[Certificate] {
        &self.authorities
    }

    /// Whether certificates outside any authority's chain may be trusted too.
    pub(crate) fn lists_certificates(&self) -> bool {
        !self.direct.is_empty()
    }

    /// Judges what a peer presented: its own certificate first.
    pub(crate) fn judge(
        &self,
        certificate: &Certificate,
        offered: &[&[u8]],
        now: DateTime<Utc>,
    ) -> Result<(), Untrusted> {
        self.admit(certificate)?;
        strong(certificate)?;
        if self.direct.contains(&certificate.digest()) {
            return self.judge_listed(certificate);
        }
        // A fault for testing the conformance suite.
        if cfg!(renkei_fault = "secure-node-any-authority-trusted") {
            return timely(certificate, now);
        }
        let chain = path::find(self, certificate, offered, now)?;
        let links = std::iter::once(certificate).chain(&chain);
        for (link, issuer) in links.zip(&chain) {
            self.revocation.check(link, issuer, now, self.signatures)?;
        }
        Ok(())
    }

    /// A listed certificate is trusted as it is, past its end too (3.19.6.1.2: "shall accept"); not
    /// when its authority, if that is known here, has revoked it.
    fn judge_listed(&self, certificate: &Certificate) -> Result<(), Untrusted> {
        let issuers = self.authorities.iter();
        for issuer in issuers.filter(|one| one.pieces.subject == certificate.pieces.issuer) {
            self.revocation
                .check_revoked(certificate, issuer, self.signatures)?;
        }
        Ok(())
    }

    fn admit(&self, certificate: &Certificate) -> Result<(), Untrusted> {
        match &self.admitted {
            Some(admitted) if !admitted.contains(&certificate.digest()) => {
                Err(Untrusted::NotAdmitted {
                    subject: certificate.subject().to_owned(),
                    fingerprint: certificate.fingerprint(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// No RSA key below 2048 bits.
pub(crate) fn strong(certificate: &Certificate) -> Result<(), Untrusted> {
    match certificate.key() {
        ("RSA", bits) if bits < SMALLEST_RSA => Err(Untrusted::WeakKey {
            subject: certificate.subject().to_owned(),
            bits,
        }),
        _ => Ok(()),
    }
}

/// Between its dates.
pub(crate) fn timely(certificate: &Certificate, now: DateTime<Utc>) -> Result<(), Untrusted> {
    let subject = || certificate.subject().to_owned();
    if now < certificate.not_before() {
        return Err(Untrusted::NotYetValid {
            subject: subject(),
            not_before: certificate.not_before(),
        });
    }
    // A fault for testing the conformance suite.
    let looked_at = !cfg!(renkei_fault = "secure-node-expired-accepted");
    if now > certificate.not_after() && looked_at {
        return Err(Untrusted::Expired {
            subject: subject(),
            not_after: certificate.not_after(),
        });
    }
    Ok(())
}
