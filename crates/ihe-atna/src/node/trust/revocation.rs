//! Certificate revocation lists (RFC 5280 5): which of an authority's certificates are withdrawn.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use x509_parser::extensions::{IssuingDistributionPoint, ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};

use super::signature::Signed;
use super::{Signatures, TrustAnchors, Untrusted};
use crate::error::Error;
use crate::node::certificate::{
    Certificate, CrlPoints, distinguished, full_name, shown, signed_parts, time,
};

/// Reason codes (RFC 5280 5.3.1) in words; 7 is not used.
const REASONS: [&str; 11] = [
    "unspecified",
    "key compromise",
    "CA compromise",
    "affiliation changed",
    "superseded",
    "cessation of operation",
    "certificate hold",
    "unspecified",
    "removed from list",
    "privilege withdrawn",
    "AA compromise",
];
const REMOVED: u8 = 8;
/// Critical extensions of a list that are understood: number, issuing point, authority key.
const UNDERSTOOD: [&str; 3] = ["2.5.29.20", "2.5.29.28", "2.5.29.35"];
/// Extension of an entry that makes a list indirect.
const CERTIFICATE_ISSUER: &str = "2.5.29.29";

/// One list, read and not yet believed.
pub(crate) struct RevocationList {
    der: Vec<u8>,
    issuer: Vec<u8>,
    issuer_shown: String,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    /// Serial number to reason code and date.
    revoked: HashMap<Vec<u8>, (u8, DateTime<Utc>)>,
    /// Only certificates of nodes, or only of authorities.
    only: Option<Only>,
    points: CrlPoints,
    /// The key that signed it, once that was checked.
    signed_by: OnceLock<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    Nodes,
    Authorities,
}

impl RevocationList {
    /// From DER. Indirect, partial (by reason) and delta lists are refused: taken for whole they
    /// would make withdrawn certificates good.
    pub(crate) fn read(der: &[u8]) -> Result<RevocationList, Error> {
        let unreadable = || Error::RevocationList("not a revocation list in DER".to_owned());
        let (rest, list) = CertificateRevocationList::from_der(der).map_err(|_| unreadable())?;
        if !rest.is_empty() {
            return Err(unreadable());
        }
        let mut read = RevocationList {
            der: der.to_vec(),
            issuer: list.issuer().as_raw().to_vec(),
            issuer_shown: distinguished(list.issuer()),
            this_update: time(list.last_update().timestamp()).ok_or_else(unreadable)?,
            next_update: list.next_update().and_then(|at| time(at.timestamp())),
            revoked: HashMap::new(),
            only: None,
            points: None,
            signed_by: OnceLock::new(),
        };
        for extension in list.extensions() {
            read.scope(extension)?;
        }
        for entry in list.iter_revoked_certificates() {
            read.enter(entry)?;
        }
        Ok(read)
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer_shown
    }

    pub(crate) fn next_update(&self) -> Option<DateTime<Utc>> {
        self.next_update
    }

    fn unsupported(&self, what: &str) -> Error {
        Error::RevocationList(format!(
            "list of {}: {what} is not supported",
            self.issuer_shown
        ))
    }

    fn scope(&mut self, extension: &X509Extension<'_>) -> Result<(), Error> {
        let oid = extension.oid.to_id_string();
        if let ParsedExtension::IssuingDistributionPoint(point) = extension.parsed_extension() {
            return self.limit(point);
        }
        let unreadable = extension.parsed_extension().error().is_some();
        if extension.critical && (unreadable || !UNDERSTOOD.contains(&oid.as_str())) {
            return Err(self.unsupported(&format!("critical extension {}", shown(&oid))));
        }
        Ok(())
    }

    fn limit(&mut self, point: &IssuingDistributionPoint<'_>) -> Result<(), Error> {
        if point.indirect_crl
            || point.only_contains_attribute_certs
            || point.only_some_reasons.is_some()
        {
            return Err(self.unsupported("an indirect or partial list"));
        }
        self.only = match (point.only_contains_user_certs, point.only_contains_ca_certs) {
            (true, false) => Some(Only::Nodes),
            (false, true) => Some(Only::Authorities),
            _ => None,
        };
        let uris = full_name(point.distribution_point.as_ref());
        self.points = point.distribution_point.is_some().then_some(uris);
        Ok(())
    }

    fn enter(&mut self, entry: &RevokedCertificate<'_>) -> Result<(), Error> {
        let indirect =
            |extension: &X509Extension<'_>| extension.oid.to_id_string() == CERTIFICATE_ISSUER;
        if entry.extensions().iter().any(indirect) {
            return Err(self.unsupported("an indirect list"));
        }
        let reason = entry.reason_code().map_or(0, |(_, code)| code.0);
        let since = time(entry.revocation_date.timestamp()).unwrap_or_default();
        self.revoked
            .insert(entry.raw_serial().to_vec(), (reason, since));
        Ok(())
    }

    /// Whether the list is the one for certificates like this.
    fn covers(&self, certificate: &Certificate) -> bool {
        let kind = match self.only {
            Some(Only::Nodes) => !certificate.is_authority(),
            Some(Only::Authorities) => certificate.is_authority(),
            None => true,
        };
        let point = match (&self.points, &certificate.extensions.crl_points) {
            (Some(ours), Some(theirs)) => ours.iter().any(|uri| theirs.contains(uri)),
            _ => true,
        };
        kind && point && self.issuer == certificate.pieces.issuer
    }

    /// Whether this authority signed it; asked once of each list and key that fits.
    fn signed_by(&self, issuer: &Certificate, signatures: Signatures) -> Result<(), Untrusted> {
        let key = &issuer.pieces.key_info;
        if self.signed_by.get() == Some(key) {
            return Ok(());
        }
        let subject = format!("the revocation list of {}", self.issuer_shown);
        let may_sign = issuer.extensions.may_sign.is_none_or(|(_, lists)| lists);
        let parts = signed_parts(&self.der).filter(|_| may_sign);
        let Some((message, algorithm, signature)) = parts else {
            return Err(Untrusted::BadSignature { subject });
        };
        let signed = Signed {
            message,
            algorithm,
            signature,
            subject: &subject,
        };
        signatures.check(&signed, key)?;
        // A second key under the same name is checked each time: rare, and right.
        let _ = self.signed_by.set(key.clone());
        Ok(())
    }
}

/// Says whose list it is and how long.
impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("issuer", &self.issuer_shown)
            .field("revoked", &self.revoked.len())
            .finish_non_exhaustive()
    }
}

/// The lists of a node, and what happens where one is missing or old.
#[derive(Debug)]
pub(crate) struct Revocation {
    lists: Vec<Arc<RevocationList>>,
    accept_missing: bool,
    accept_stale: bool,
}

impl Revocation {
    /// A list of an authority that is configured must be signed by it.
    pub(crate) fn new(
        anchors: &TrustAnchors,
        authorities: &[Certificate],
        signatures: Signatures,
    ) -> Result<Revocation, Error> {
        let lists = anchors.revocation_lists();
        for list in &lists {
            let mut named = authorities
                .iter()
                .filter(|authority| authority.pieces.subject == list.issuer)
                .peekable();
            if named.peek().is_some() && !named.any(|one| list.signed_by(one, signatures).is_ok()) {
                return Err(Error::RevocationList(format!(
                    "list of {}: not signed by that authority",
                    list.issuer_shown
                )));
            }
        }
        Ok(Revocation {
            lists,
            accept_missing: anchors.accepts_missing_lists(),
            accept_stale: anchors.accepts_stale_lists(),
        })
    }

    /// Whether the certificate stands, by the newest list of its issuer.
    pub(crate) fn check(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        now: DateTime<Utc>,
        signatures: Signatures,
    ) -> Result<(), Untrusted> {
        if self.lists.is_empty() {
            return Ok(());
        }
        let Some(list) = self.newest(certificate, issuer, signatures) else {
            return match self.accept_missing || certificate.digest() == issuer.digest() {
                true => Ok(()),
                false => Err(Untrusted::NoRevocationList {
                    issuer: issuer.subject().to_owned(),
                }),
            };
        };
        named(list, certificate)?;
        match list.next_update {
            Some(next_update) if next_update < now && !self.accept_stale => {
                Err(Untrusted::StaleRevocationList {
                    issuer: issuer.subject().to_owned(),
                    next_update,
                })
            }
            _ => Ok(()),
        }
    }

    /// Only whether a list names it.
    pub(crate) fn check_revoked(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        signatures: Signatures,
    ) -> Result<(), Untrusted> {
        self.newest(certificate, issuer, signatures)
            .map_or(Ok(()), |list| named(list, certificate))
    }

    fn newest(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        signatures: Signatures,
    ) -> Option<&RevocationList> {
        let lists = self.lists.iter().map(Arc::as_ref);
        lists
            .filter(|list| list.covers(certificate) && list.signed_by(issuer, signatures).is_ok())
            .max_by_key(|list| list.this_update)
    }
}

fn named(list: &RevocationList, certificate: &Certificate) -> Result<(), Untrusted> {
    match list.revoked.get(&certificate.pieces.serial) {
        // A fault for testing the conformance suite.
        _ if cfg!(renkei_fault = "secure-node-revoked-accepted") => Ok(()),
        Some((reason, since)) if *reason != REMOVED => Err(Untrusted::Revoked {
            subject: certificate.subject().to_owned(),
            since: *since,
            reason: REASONS.get(usize::from(*reason)).unwrap_or(&"unspecified"),
        }),
        _ => Ok(()),
    }
}
