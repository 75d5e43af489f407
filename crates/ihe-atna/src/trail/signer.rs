//! The key that signs checkpoints and stubs: ECDSA P-256 with SHA-256, or Ed25519.
//!
//! A key of its own, not the node's: the certificate of a node is renewed within two years
//! (ATNA-R-006) and its key is at hand to every connection, while this one is used by one thread and
//! its public half is filed off the machine for as long as the records are kept. A P-256 key of a
//! node is accepted, too.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};

use crate::node::{ClockState, ClockStatus};
use crate::trail::TrailError;
use crate::trail::hash::TrailHash;

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Signs checkpoints and stubs. A clone has the same key.
#[derive(Clone)]
pub struct TrailSigner {
    pair: Arc<Pair>,
    id: TrailHash,
    clock: Arc<dyn Fn() -> ClockStatus + Send + Sync>,
}

impl TrailSigner {
    /// From the PEM text of a private key: ECDSA P-256 (PKCS #8 or SEC 1) or Ed25519 (PKCS #8).
    pub fn from_pem(pem: &str) -> Result<TrailSigner, TrailError> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| TrailError::Key(error.to_string()))?;
        TrailSigner::from_der(key.secret_der())
    }

    /// From a PEM file.
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<TrailSigner, TrailError> {
        TrailSigner::from_pem(&std::fs::read_to_string(path)?)
    }

    /// A new P-256 key, and its PEM text (PKCS #8) to keep in a file that only the repository reads.
    pub fn generate() -> Result<(TrailSigner, String), TrailError> {
        let key =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
                .map_err(|_| TrailError::Key("no key could be made".to_owned()))?;
        let signer = TrailSigner::from_der(key.as_ref())?;
        Ok((signer, pem("PRIVATE KEY", key.as_ref())))
    }

    fn from_der(der: &[u8]) -> Result<TrailSigner, TrailError> {
        let p256 = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, der);
        let pair = p256
            .map(Pair::P256)
            .or_else(|_| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519))
            .map_err(|_| TrailError::Key("neither ECDSA P-256 nor Ed25519".to_owned()))?;
        let id = TrailHash::of(&public(&pair)?);
        Ok(TrailSigner {
            pair: Arc::new(pair),
            id,
            clock: Arc::new(ClockStatus::default),
        })
    }

    /// Every checkpoint and stub says what this tells of the clock.
    #[must_use]
    pub fn with_clock(
        mut self,
        clock: impl Fn() -> ClockStatus + Send + Sync + 'static,
    ) -> TrailSigner {
        self.clock = Arc::new(clock);
        self
    }

    /// The public half.
    pub fn key(&self) -> Result<TrailKey, TrailError> {
        TrailKey::from_der(public(&self.pair)?)
    }

    /// SHA-256 of the public key (SubjectPublicKeyInfo, DER).
    pub(crate) fn id(&self) -> TrailHash {
        self.id
    }

    pub(crate) fn clock(&self) -> String {
        clock_text((self.clock)())
    }

    /// The signature in base64: for ECDSA the DER form, which `openssl dgst -verify` reads.
    pub(crate) fn sign(&self, text: &str) -> Result<String, TrailError> {
        let signature = match &*self.pair {
            Pair::P256(pair) => pair
                .sign(&SystemRandom::new(), text.as_bytes())
                .map_err(|_| TrailError::Key("the key does not sign".to_owned()))?,
            Pair::Ed25519(pair) => pair.sign(text.as_bytes()),
        };
        Ok(STANDARD.encode(signature.as_ref()))
    }
}

impl fmt::Debug for TrailSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrailSigner")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn public(pair: &Pair) -> Result<Vec<u8>, TrailError> {
    let der: Result<PublicKeyX509Der<'_>, _> = match pair {
        Pair::P256(pair) => pair.public_key().as_der(),
        Pair::Ed25519(pair) => pair.public_key().as_der(),
    };
    der.map(|der| der.as_ref().to_vec())
        .map_err(|_| TrailError::Key("no public key".to_owned()))
}

/// Beginnings of a SubjectPublicKeyInfo, before the bytes of the key (RFC 5480, RFC 8410).
const KINDS: [(&[u8], usize, &dyn VerificationAlgorithm); 2] = [
    (
        &[
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ],
        65,
        &ECDSA_P256_SHA256_ASN1,
    ),
    (
        &[
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ],
        32,
        &ED25519,
    ),
];

#[derive(Clone)]
struct PublicKey {
    id: TrailHash,
    der: Vec<u8>,
    raw: Vec<u8>,
    algorithm: &'static dyn VerificationAlgorithm,
}

/// The public keys that checkpoints and stubs are checked with: one, or more when the repository
/// had several after one another.
#[derive(Clone)]
pub struct TrailKey {
    keys: Vec<PublicKey>,
}

impl TrailKey {
    /// From PEM text: one or more `PUBLIC KEY` blocks (SubjectPublicKeyInfo).
    pub fn from_pem(pem: &str) -> Result<TrailKey, TrailError> {
        let mut keys = Vec::new();
        for one in SubjectPublicKeyInfoDer::pem_slice_iter(pem.as_bytes()) {
            let one = one.map_err(|error| TrailError::Key(error.to_string()))?;
            keys.extend(TrailKey::from_der(one.as_ref().to_vec())?.keys);
        }
        if keys.is_empty() {
            return Err(TrailError::Key("no public key".to_owned()));
        }
        Ok(TrailKey { keys })
    }

    fn from_der(der: Vec<u8>) -> Result<TrailKey, TrailError> {
        let read = KINDS.iter().find_map(|(head, length, algorithm)| {
            let raw = der.strip_prefix(*head)?;
            (raw.len() == *length).then_some((raw.to_vec(), *algorithm))
        });
        let (raw, algorithm) =
            read.ok_or_else(|| TrailError::Key("neither ECDSA P-256 nor Ed25519".to_owned()))?;
        let id = TrailHash::of(&der);
        let key = PublicKey {
            id,
            der,
            raw,
            algorithm,
        };
        Ok(TrailKey { keys: vec![key] })
    }

    /// The keys of both.
    #[must_use]
    pub fn and(mut self, other: TrailKey) -> TrailKey {
        self.keys.extend(other.keys);
        self
    }

    /// The keys as PEM text, to be filed off the machine.
    pub fn to_pem(&self) -> String {
        let blocks = self.keys.iter().map(|key| pem("PUBLIC KEY", &key.der));
        blocks.collect()
    }

    /// Whether the key with this id signed this text.
    pub(crate) fn check(
        &self,
        id: TrailHash,
        text: &str,
        base64: &str,
    ) -> Result<(), &'static str> {
        let key = self.keys.iter().find(|key| key.id == id);
        let key = key.ok_or("signed with a key that was not given")?;
        let signature = STANDARD.decode(base64).map_err(|_| "no signature")?;
        signature::UnparsedPublicKey::verify(
            &UnparsedPublicKey::new(key.algorithm, &key.raw),
            text.as_bytes(),
            &signature,
        )
        .map_err(|_| "the signature does not fit")
    }
}

impl fmt::Debug for TrailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.keys.iter().map(|key| key.id);
        f.debug_list().entries(ids).finish()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let digits = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in digits.as_bytes().chunks(64) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

fn clock_text(status: ClockStatus) -> String {
    let state = match status.state {
        ClockState::Unknown => "unknown",
        ClockState::Synchronised => "synchronised",
        ClockState::Unsynchronised => "unsynchronised",
    };
    let offset = status
        .offset_seconds
        .map(|offset| format!(", offset {offset:+.6} s"));
    let age = status
        .age
        .map(|age| format!(", measured {} s before", age.as_secs()));
    [Some(state.to_owned()), offset, age]
        .into_iter()
        .flatten()
        .collect()
}
