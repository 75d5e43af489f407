//! Network Time Security (RFC 8915), feature `nts`: answers that nobody on the way can forge.
//!
//! TLS stays with the caller, as everywhere in this workspace: it opens or accepts a TLS 1.3 stream with ALPN
//! [`ALPN`] (TCP port [`KEY_ESTABLISHMENT_PORT`]), and hands over the stream and its exporter. Of the AEAD algorithms
//! AEAD_AES_SIV_CMAC_256 is spoken, which every implementation has to have.
//!
//! - [`establish`] (client) makes a [`Session`], which protects questions and opens answers;
//! - [`serve_key_establishment`] (server) gives out the cookies of a [`Keyring`], which opens questions and protects
//!   answers without a state for each client.

mod establish;
mod field;
mod keyring;
mod record;
mod session;
#[cfg(test)]
mod tests;

pub use establish::{Response, establish, read_request, read_response, serve_key_establishment};
#[cfg(feature = "server")]
pub(crate) use keyring::with_identifier;
pub use keyring::{Asked, Keyring, Opened};
pub use record::{Record, RecordError};
pub use session::Session;

use aes_siv::siv::Aes128Siv;
use aes_siv::{Key, KeyInit};

/// The application protocol that TLS has to agree on.
pub const ALPN: &[u8] = b"ntske/1";
/// The label of the TLS exporter (RFC 8915 section 5.1).
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-network-time-security";
/// The TCP port of key establishment.
pub const KEY_ESTABLISHMENT_PORT: u16 = 4460;

/// AEAD_AES_SIV_CMAC_256 in IANA's table.
const AES_SIV_CMAC_256: u16 = 15;
/// NTPv4 in IANA's table of next protocols.
const NTPV4: u16 = 0;
/// Cookies given at once, and kept by a client (RFC 8915 section 6).
const COOKIES: usize = 8;
/// Longest cookie that is carried; ours have 100 bytes.
const LONGEST_COOKIE: usize = 256;

/// Why there is no protected time.
#[derive(Debug, thiserror::Error)]
pub enum NtsError {
    /// The stream broke.
    #[error("key establishment: {0}")]
    Io(#[from] std::io::Error),
    /// The records are none.
    #[error("key establishment: {0}")]
    Record(#[from] RecordError),
    /// The other side speaks no NTPv4, or not AEAD_AES_SIV_CMAC_256.
    #[error("key establishment: nothing in common")]
    NothingInCommon,
    /// The other side sent an error record with this code.
    #[error("key establishment: the other side says error {0}")]
    Error(u16),
    /// The server gave no cookies.
    #[error("key establishment: no cookies")]
    NoCookies,
}

/// The keys of both directions, exported from TLS.
#[derive(Clone)]
struct Keys {
    to_server: [u8; 32],
    to_client: [u8; 32],
}

/// The context that the exporter takes for one direction (RFC 8915 section 5.1).
fn context(to_client: bool) -> [u8; 5] {
    let [aead_high, aead_low] = AES_SIV_CMAC_256.to_be_bytes();
    let [protocol_high, protocol_low] = NTPV4.to_be_bytes();
    [
        protocol_high,
        protocol_low,
        aead_high,
        aead_low,
        u8::from(to_client),
    ]
}

fn export(
    mut exporter: impl FnMut(&[u8], &[u8]) -> std::io::Result<[u8; 32]>,
) -> std::io::Result<Keys> {
    Ok(Keys {
        to_server: exporter(EXPORTER_LABEL, &context(false))?,
        to_client: exporter(EXPORTER_LABEL, &context(true))?,
    })
}

fn seal(key: &[u8; 32], aad: &[u8], nonce: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let mut cipher = Aes128Siv::new(&Key::<Aes128Siv>::from(*key));
    cipher.encrypt([aad, nonce], plain).ok()
}

fn open(key: &[u8; 32], aad: &[u8], nonce: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut cipher = Aes128Siv::new(&Key::<Aes128Siv>::from(*key));
    cipher.decrypt([aad, nonce], sealed).ok()
}

fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}
