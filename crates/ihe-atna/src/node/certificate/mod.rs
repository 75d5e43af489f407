//! X.509 certificates as ITI-19 needs them (ITI TF-2 3.19.6.1): read once, from DER or BER.

pub(crate) mod der;
mod extensions;
mod name;
mod role;

pub use name::SubjectName;
pub use role::HealthcareRole;

pub(crate) use extensions::{CrlPoints, Extensions, full_name};
pub(crate) use name::{address, distinguished, shown};
pub(crate) use role::oid;

use std::fmt;

use chrono::{DateTime, Utc};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use crate::error::Error;
use crate::node::trust::certificates;

/// A certificate that was read: a peer's, an authority's or our own.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    /// What was signed, as it came, when that was BER.
    ber_signed: Option<Vec<u8>>,
    subject: String,
    issuer: String,
    serial: String,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    fingerprint: [u8; 32],
    key: (&'static str, usize),
    pub(crate) pieces: Pieces,
    pub(crate) extensions: Extensions,
}

/// The parts that signatures and chains are about, as they stand in the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pieces {
    pub(crate) subject: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) key_info: Vec<u8>,
    pub(crate) signed: Vec<u8>,
    /// Content of the signature's AlgorithmIdentifier.
    pub(crate) algorithm: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Certificate {
    /// From DER or BER.
    pub fn read(bytes: &[u8]) -> Result<Certificate, Error> {
        Certificate::parse(bytes).ok_or_else(|| Error::Pem("not an X.509 certificate".to_owned()))
    }

    /// The first certificate of a PEM file, or the one of a DER or BER file.
    pub fn from_pem(bytes: &[u8]) -> Result<Certificate, Error> {
        certificates(bytes).map(|mut found| found.swap_remove(0))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Certificate> {
        if let Some(certificate) = strict(bytes, None) {
            return Some(certificate);
        }
        let der = der::from_ber(bytes)?;
        strict(&der, Some(der::first_inside(bytes)?.to_vec()))
    }

    /// The subject, RFC 4514 text.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer, RFC 4514 text.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The serial number, hexadecimal with colons.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Valid from.
    pub fn not_before(&self) -> DateTime<Utc> {
        self.not_before
    }

    /// Valid until.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    /// subjectAltName, 0..n.
    pub fn names(&self) -> &[SubjectName] {
        &self.extensions.names
    }

    /// HPKI healthcare roles, 0..n.
    pub fn roles(&self) -> &[HealthcareRole] {
        &self.extensions.roles
    }

    /// Whether it calls itself a certificate authority.
    pub fn is_authority(&self) -> bool {
        self.extensions.authority == Some(true)
    }

    /// SHA-256 of the DER encoding, hexadecimal, lower case.
    pub fn fingerprint(&self) -> String {
        self.fingerprint
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Algorithm and size of the key in bits: `("RSA", 2048)`.
    pub fn key(&self) -> (&'static str, usize) {
        self.key
    }

    /// The DER encoding.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// Whether one of its names (subjectAltName; never the CN) is this host, by RFC 6125.
    pub fn names_host(&self, host: &str) -> bool {
        self.names().iter().any(|name| name.is(host))
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.fingerprint
    }

    pub(crate) fn is_self_issued(&self) -> bool {
        self.pieces.subject == self.pieces.issuer
    }

    /// What may have been signed: DER, or the BER that came.
    pub(crate) fn signed(&self) -> impl Iterator<Item = &[u8]> {
        let der = std::iter::once(self.pieces.signed.as_slice());
        der.chain(self.ber_signed.as_deref())
    }
}

/// Says who: subject, serial, fingerprint.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("serial", &self.serial)
            .field("sha256", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

fn strict(bytes: &[u8], ber_signed: Option<Vec<u8>>) -> Option<Certificate> {
    let (rest, parsed) = X509Certificate::from_der(bytes).ok()?;
    if !rest.is_empty() {
        return None;
    }
    Some(Certificate {
        der: CertificateDer::from(bytes.to_vec()),
        ber_signed,
        subject: distinguished(parsed.subject()),
        issuer: distinguished(parsed.issuer()),
        serial: shown(&parsed.raw_serial_as_string()),
        not_before: time(parsed.validity().not_before.timestamp())?,
        not_after: time(parsed.validity().not_after.timestamp())?,
        fingerprint: Sha256::digest(bytes).into(),
        key: key(&parsed),
        pieces: pieces(bytes, &parsed)?,
        extensions: Extensions::read(&parsed)?,
    })
}

fn pieces(bytes: &[u8], parsed: &X509Certificate<'_>) -> Option<Pieces> {
    let (signed, algorithm, signature) = signed_parts(bytes)?;
    Some(Pieces {
        subject: parsed.subject().as_raw().to_vec(),
        issuer: parsed.issuer().as_raw().to_vec(),
        serial: parsed.raw_serial().to_vec(),
        key_info: parsed.public_key().raw.to_vec(),
        signed: signed.to_vec(),
        algorithm: algorithm.to_vec(),
        signature: signature.to_vec(),
    })
}

/// `SEQ { signed, algorithm, BIT STRING }`: the shape of certificates and of revocation lists.
pub(crate) fn signed_parts(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut input = der::expect(&mut &bytes[..], der::SEQUENCE)?.content;
    let signed = der::expect(&mut input, der::SEQUENCE)?;
    let algorithm = der::expect(&mut input, der::SEQUENCE)?;
    let signature = der::expect(&mut input, der::BIT_STRING)?;
    let (_, signature) = signature.content.split_first()?;
    Some((signed.whole, algorithm.content, signature))
}

pub(crate) fn time(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

fn key(parsed: &X509Certificate<'_>) -> (&'static str, usize) {
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => ("RSA", bits(key.modulus)),
        Ok(PublicKey::EC(point)) => ("EC", point.key_size()),
        Ok(PublicKey::DSA(_)) => ("DSA", 0),
        _ => ("other", 0),
    }
}

/// Length of an unsigned big-endian number.
fn bits(number: &[u8]) -> usize {
    let mut significant = number.iter().skip_while(|byte| **byte == 0);
    match significant.next() {
        None => 0,
        Some(first) => 8 * significant.count() + (u8::BITS - first.leading_zeros()) as usize,
    }
}
