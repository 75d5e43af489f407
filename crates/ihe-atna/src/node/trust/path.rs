//! From a peer's certificate up to a trusted authority (RFC 5280 6.1), bounded in certificates,
//! depth and signatures however the peer arranges what it sends.

use chrono::{DateTime, Utc};

use super::{Trust, Untrusted, strong, timely};
use crate::node::certificate::Certificate;

/// Most certificates beside its own that a peer may present.
const MOST_OFFERED: usize = 10;
/// Most authorities between a node and a trusted one.
const DEEPEST: usize = 6;
/// Most signatures that are checked for one peer.
const MOST_SIGNATURES: usize = 32;

/// The issuers, from the certificate's own up to the trusted authority.
pub(crate) fn find(
    trust: &Trust,
    certificate: &Certificate,
    offered: &[&[u8]],
    now: DateTime<Utc>,
) -> Result<Vec<Certificate>, Untrusted> {
    if offered.len() > MOST_OFFERED {
        return Err(Untrusted::TooLong);
    }
    // What cannot be read cannot be used; it need not be refused.
    let offered = offered.iter().copied();
    let mut search = Search {
        trust,
        offered: offered.filter_map(Certificate::parse).collect(),
        now,
        signatures: MOST_SIGNATURES,
    };
    let mut path = Vec::new();
    search.climb(certificate, &mut path)?;
    constrain(certificate, &path)?;
    Ok(path)
}

struct Search<'a> {
    trust: &'a Trust,
    offered: Vec<Certificate>,
    now: DateTime<Utc>,
    signatures: usize,
}

impl Search<'_> {
    /// Goes on from `certificate`; `path` holds what lies above the node's own. The reason of the
    /// last attempt that came near is told.
    fn climb(
        &mut self,
        certificate: &Certificate,
        path: &mut Vec<Certificate>,
    ) -> Result<(), Untrusted> {
        timely(certificate, self.now)?;
        let mut reason = unknown(certificate);
        match self.anchor(certificate, path) {
            Ok(Some(authority)) => {
                path.push(authority);
                return Ok(());
            }
            Ok(None) => {}
            Err(error) => reason = error,
        }
        if path.len() >= DEEPEST {
            return Err(Untrusted::TooLong);
        }
        for at in 0..self.offered.len() {
            let issuer = &self.offered[at];
            let used = path.iter().any(|one| one.digest() == issuer.digest());
            if issuer.pieces.subject != certificate.pieces.issuer || used || issuer.is_self_issued()
            {
                continue;
            }
            let issuer = issuer.clone();
            let attempt = self
                .may_issue(&issuer, path)
                .and_then(|()| self.signed(certificate, &issuer))
                .and_then(|()| {
                    path.push(issuer);
                    let above = path.len();
                    let next = path[above - 1].clone();
                    self.climb(&next, path)
                        .inspect_err(|_| path.truncate(above - 1))
                });
            match attempt {
                Ok(()) => return Ok(()),
                Err(Untrusted::TooLong) => return Err(Untrusted::TooLong),
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    /// A trusted authority that issued this certificate.
    fn anchor(
        &mut self,
        certificate: &Certificate,
        path: &[Certificate],
    ) -> Result<Option<Certificate>, Untrusted> {
        let trust = self.trust;
        let mut reason = None;
        let named = trust.authorities.iter();
        for authority in named.filter(|one| one.pieces.subject == certificate.pieces.issuer) {
            let attempt = vouches(authority, certificate)
                .and_then(|()| self.signed(certificate, authority))
                .and_then(|()| strong(authority))
                .and_then(|()| timely(authority, self.now))
                .and_then(|()| long_enough(authority, path));
            match attempt {
                Ok(()) => return Ok(Some(authority.clone())),
                Err(error) => reason = Some(error),
            }
        }
        reason.map_or(Ok(None), Err)
    }

    fn signed(&mut self, certificate: &Certificate, issuer: &Certificate) -> Result<(), Untrusted> {
        self.signatures = self.signatures.checked_sub(1).ok_or(Untrusted::TooLong)?;
        self.trust.signatures.issued(certificate, issuer)
    }

    /// An issuer that came from the peer: an authority by RFC 5280.
    fn may_issue(&self, issuer: &Certificate, path: &[Certificate]) -> Result<(), Untrusted> {
        let subject = || issuer.subject().to_owned();
        let may_sign = issuer
            .extensions
            .may_sign
            .is_none_or(|(certificates, _)| certificates);
        if !issuer.is_authority() || !may_sign {
            return Err(Untrusted::NotAnAuthority { subject: subject() });
        }
        if let Some(oid) = &issuer.extensions.not_understood {
            return Err(Untrusted::CriticalExtension {
                subject: subject(),
                oid: oid.clone(),
            });
        }
        strong(issuer)?;
        long_enough(issuer, path)
    }
}

/// A configured certificate that says it is no authority vouches for itself alone. One of version 1
/// cannot say, and is taken at the operator's word.
fn vouches(authority: &Certificate, certificate: &Certificate) -> Result<(), Untrusted> {
    let itself = authority.digest() == certificate.digest();
    match itself || authority.is_authority() || authority.extensions.version_1 {
        true => Ok(()),
        false => Err(Untrusted::NotAnAuthority {
            subject: authority.subject().to_owned(),
        }),
    }
}

/// pathLenConstraint: how many authorities may lie between this one and the node; self-issued ones
/// are not counted.
fn long_enough(issuer: &Certificate, below: &[Certificate]) -> Result<(), Untrusted> {
    let count = below.iter().filter(|one| !one.is_self_issued()).count();
    match issuer.extensions.path_length {
        Some(length) if count > length as usize => Err(Untrusted::PathLength {
            subject: issuer.subject().to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Name constraints hold for everything below the authority that carries them.
fn constrain(certificate: &Certificate, path: &[Certificate]) -> Result<(), Untrusted> {
    for (at, issuer) in path.iter().enumerate() {
        let Some(constraints) = &issuer.extensions.constraints else {
            continue;
        };
        let between = path[..at].iter().filter(|one| !one.is_self_issued());
        for below in std::iter::once(certificate).chain(between) {
            if below.digest() != issuer.digest() && !constraints.permit(below) {
                return Err(Untrusted::Constraint {
                    issuer: issuer.subject().to_owned(),
                    subject: below.subject().to_owned(),
                });
            }
        }
    }
    Ok(())
}

fn unknown(certificate: &Certificate) -> Untrusted {
    let subject = certificate.subject().to_owned();
    match certificate.is_self_issued() {
        true => Untrusted::SelfSigned { subject },
        false => Untrusted::UnknownIssuer {
            subject,
            issuer: certificate.issuer().to_owned(),
        },
    }
}
