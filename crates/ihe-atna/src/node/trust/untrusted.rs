//! Why a certificate is not trusted (ITI TF-2 3.19.6.1): the reason, and how to mend it.

use chrono::{DateTime, Utc};
use rustls::CertificateError;

/// Why a peer's certificate was refused. `Display` is one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// Neither DER nor BER of an X.509 certificate.
    #[error("it is not readable as an X.509 certificate")]
    Unreadable,
    /// A certificate of the chain is past its end.
    #[error("{subject} expired on {not_after}")]
    Expired {
        /// Whose certificate.
        subject: String,
        /// Its end.
        not_after: DateTime<Utc>,
    },
    /// A certificate of the chain has not begun.
    #[error("{subject} is valid only from {not_before}")]
    NotYetValid {
        /// Whose certificate.
        subject: String,
        /// Its beginning.
        not_before: DateTime<Utc>,
    },
    /// A revocation list names a certificate of the chain.
    #[error("{subject} was revoked on {since} ({reason})")]
    Revoked {
        /// Whose certificate.
        subject: String,
        /// When.
        since: DateTime<Utc>,
        /// The reason code in words.
        reason: &'static str,
    },
    /// It is signed by its own key and not on the list.
    #[error("{subject} is self-signed and not in the list of trusted certificates")]
    SelfSigned {
        /// Whose certificate.
        subject: String,
    },
    /// Nobody of that name is trusted here.
    #[error("{subject} was issued by {issuer}, whom nobody here trusts")]
    UnknownIssuer {
        /// The last certificate that could be read in the chain.
        subject: String,
        /// Who issued it.
        issuer: String,
    },
    /// A certificate in the chain was signed by one that may not sign certificates.
    #[error("{subject} is not a certificate authority")]
    NotAnAuthority {
        /// The alleged issuer.
        subject: String,
    },
    /// An authority allows fewer authorities below it.
    #[error("the chain below {subject} is longer than it allows")]
    PathLength {
        /// The authority.
        subject: String,
    },
    /// More certificates or signatures than are looked at.
    #[error("the chain is longer than is examined here")]
    TooLong,
    /// An authority may not certify this name.
    #[error("{issuer} may not certify the names of {subject}")]
    Constraint {
        /// The authority with name constraints.
        issuer: String,
        /// Whose certificate.
        subject: String,
    },
    /// An authority in the chain carries a critical extension that is not understood.
    #[error("{subject} carries the critical extension {oid}, which is not understood here")]
    CriticalExtension {
        /// The authority.
        subject: String,
        /// The extension.
        oid: String,
    },
    /// A signature does not fit.
    #[error("the signature on {subject} is wrong")]
    BadSignature {
        /// Whose certificate or list.
        subject: String,
    },
    /// A signature or key of a kind that is not accepted, such as SHA-1.
    #[error("the signature algorithm {algorithm} on {subject} is not accepted")]
    Algorithm {
        /// Whose certificate.
        subject: String,
        /// OID of the algorithm.
        algorithm: String,
    },
    /// An RSA key below 2048 bits.
    #[error("the RSA key of {subject} has {bits} bits; at least 2048 are accepted")]
    WeakKey {
        /// Whose certificate.
        subject: String,
        /// Size of its key.
        bits: usize,
    },
    /// Revocation is checked, and the issuer has no list here.
    #[error("no revocation list of {issuer} is installed")]
    NoRevocationList {
        /// The authority.
        issuer: String,
    },
    /// The issuer's revocation list is past its nextUpdate.
    #[error("the revocation list of {issuer} was to be replaced by {next_update}")]
    StaleRevocationList {
        /// The authority.
        issuer: String,
        /// When.
        next_update: DateTime<Utc>,
    },
    /// Only certain certificates are admitted and this is none of them.
    #[error("{subject} (sha256 {fingerprint}) is not on the list of admitted certificates")]
    NotAdmitted {
        /// Whose certificate.
        subject: String,
        /// SHA-256 of the certificate.
        fingerprint: String,
    },
    /// The server's certificate does not carry the name it was called by.
    #[error("the certificate names {}, not {expected}", listed(presented))]
    WrongName {
        /// The name that was called.
        expected: String,
        /// The names in the certificate.
        presented: Vec<String>,
    },
}

impl Untrusted {
    /// What to do about it, one sentence without a full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Untrusted::Unreadable => "have the peer's certificate issued again as X.509 in DER",
            Untrusted::Expired { .. } => {
                "renew that certificate, or correct the clock of this machine if it runs ahead"
            }
            Untrusted::NotYetValid { .. } => {
                "correct the clock of this machine if it runs behind, or wait until the certificate begins"
            }
            Untrusted::Revoked { .. } => {
                "find out who uses the withdrawn certificate; have a new one issued"
            }
            Untrusted::SelfSigned { .. } => {
                "add this certificate to the directly trusted ones, or have one issued by a trusted authority"
            }
            Untrusted::UnknownIssuer { .. } => {
                "add that issuer's certificate to the trusted authorities if its nodes are to be admitted, and have the peer send its intermediate certificates"
            }
            Untrusted::NotAnAuthority { .. } => {
                "have the certificate issued by an authority; check the order of the peer's chain file"
            }
            Untrusted::PathLength { .. } | Untrusted::Constraint { .. } => {
                "have the certificate issued by an authority that may issue it"
            }
            Untrusted::TooLong => "shorten the peer's chain file to leaf and intermediates",
            Untrusted::CriticalExtension { .. } => {
                "trust the issuing authority itself in place of the one above it"
            }
            Untrusted::BadSignature { .. } => {
                "compare the file with the issuer's: it is damaged, or the issuer has two keys under one name"
            }
            Untrusted::Algorithm { .. } => {
                "have the certificate issued with SHA-256 or better and RSA, ECDSA or Ed25519"
            }
            Untrusted::WeakKey { .. } => "have the certificate issued for a larger key",
            Untrusted::NoRevocationList { .. } => {
                "install that authority's revocation list, or allow authorities without a list"
            }
            Untrusted::StaleRevocationList { .. } => "fetch the authority's new revocation list",
            Untrusted::NotAdmitted { .. } => {
                "add the certificate to the admitted ones if that node is to connect"
            }
            Untrusted::WrongName { .. } => {
                "call the server by a name its certificate carries, or have that name added as subjectAltName"
            }
        }
    }

    /// What rustls is told, so that the peer gets the alert the TLS standard has for it.
    pub(crate) fn to_rustls(&self) -> CertificateError {
        match self {
            Untrusted::Unreadable => CertificateError::BadEncoding,
            Untrusted::Expired { .. } => CertificateError::Expired,
            Untrusted::NotYetValid { .. } => CertificateError::NotValidYet,
            Untrusted::Revoked { .. } => CertificateError::Revoked,
            Untrusted::SelfSigned { .. }
            | Untrusted::UnknownIssuer { .. }
            | Untrusted::NotAnAuthority { .. }
            | Untrusted::PathLength { .. }
            | Untrusted::TooLong
            | Untrusted::Constraint { .. } => CertificateError::UnknownIssuer,
            Untrusted::CriticalExtension { .. } => CertificateError::UnhandledCriticalExtension,
            Untrusted::BadSignature { .. } => CertificateError::BadSignature,
            Untrusted::Algorithm { .. } | Untrusted::WeakKey { .. } => {
                CertificateError::InvalidPurpose
            }
            Untrusted::NoRevocationList { .. } => CertificateError::UnknownRevocationStatus,
            Untrusted::StaleRevocationList { .. } => CertificateError::ExpiredRevocationList,
            Untrusted::NotAdmitted { .. } => CertificateError::ApplicationVerificationFailure,
            Untrusted::WrongName { .. } => CertificateError::NotValidForName,
        }
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "no host".to_owned(),
        names => names.join(", "),
    }
}
