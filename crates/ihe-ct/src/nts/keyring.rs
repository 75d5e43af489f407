//! The server's side: cookies that carry the keys, so that the server keeps nothing of its clients.

use super::field::{self, append, authenticate, fields, only, split, verify};
use super::{COOKIES, Keys, open, random, seal};
use crate::packet::LEN;
use std::collections::VecDeque;
use std::sync::{PoisonError, RwLock};

/// The keys that cookies are sealed with: the newest seals, the older ones still open.
pub struct Keyring {
    keys: RwLock<VecDeque<(u32, [u8; 32])>>,
}

/// Keys kept: with a rotation each day, a cookie lives three days.
const KEPT: usize = 3;
/// Number, nonce, tag, two keys.
const COOKIE: usize = 4 + 16 + 16 + 64;

/// What the extension fields of a question say.
pub enum Opened {
    /// No protection was asked for.
    Plain,
    /// The question is authentic.
    Asked(Asked),
    /// The cookie or the authenticator is not known: answer NTSN with this unique identifier.
    Unknown(Vec<u8>),
    /// No answer.
    Malformed,
}

/// An authentic question, and what the answer to it is protected with.
pub struct Asked {
    keys: Keys,
    unique: Vec<u8>,
    cookies: usize,
}

impl Keyring {
    /// A ring with one new key.
    pub fn new() -> std::io::Result<Keyring> {
        let ring = Keyring {
            keys: RwLock::default(),
        };
        ring.rotate()?;
        Ok(ring)
    }

    /// Seals with a new key from now on; the oldest of more than three is forgotten. To be called once a day.
    pub fn rotate(&self) -> std::io::Result<()> {
        let key: [u8; 32] = random()?;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let number = keys.back().map_or(0, |(number, _)| number.wrapping_add(1));
        keys.push_back((number, key));
        while keys.len() > KEPT {
            keys.pop_front();
        }
        Ok(())
    }

    pub(super) fn cookie(&self, keys: &Keys) -> std::io::Result<Vec<u8>> {
        let nonce: [u8; 16] = random()?;
        let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let (number, key) = ring.back().ok_or_else(|| std::io::Error::other("no key"))?;
        let plain = [keys.to_server, keys.to_client].concat();
        let sealed = seal(key, &number.to_be_bytes(), &nonce, &plain)
            .ok_or_else(|| std::io::Error::other("the cookie cannot be sealed"))?;
        Ok([&number.to_be_bytes()[..], &nonce, &sealed].concat())
    }

    fn keys_of(&self, cookie: &[u8]) -> Option<Keys> {
        let (number, rest) = cookie.get(..COOKIE)?.split_first_chunk::<4>()?;
        let (nonce, sealed) = rest.split_first_chunk::<16>()?;
        let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = u32::from_be_bytes(*number);
        let (_, key) = ring.iter().find(|(number, _)| *number == wanted)?;
        let plain = open(key, number, nonce, sealed)?;
        let (to_server, rest) = plain.split_first_chunk::<32>()?;
        Some(Keys {
            to_server: *to_server,
            to_client: *rest.first_chunk::<32>()?,
        })
    }

    /// Judges the extension fields of a question.
    pub fn open(&self, datagram: &[u8]) -> Opened {
        let found = fields(datagram, LEN).unwrap_or_default();
        let Some((before, _)) = split(&found) else {
            return Opened::Plain;
        };
        let unique = only(&before, field::UNIQUE_IDENTIFIER).filter(|id| id.len() >= 32);
        let (Some(unique), Some(cookie)) = (unique, only(&before, field::COOKIE)) else {
            return Opened::Malformed;
        };
        let keys = self.keys_of(cookie);
        let Some(keys) = keys.filter(|keys| verify(datagram, &keys.to_server).is_some()) else {
            return Opened::Unknown(unique.to_vec());
        };
        let room = |f: &&field::Field<'_>| f.kind == field::PLACEHOLDER && f.body.len() >= COOKIE;
        Opened::Asked(Asked {
            keys,
            unique: unique.to_vec(),
            cookies: 1 + before.iter().filter(room).count().min(COOKIES - 1),
        })
    }

    /// The answer to an authentic question: never longer than it.
    pub fn seal(&self, answer: &[u8; LEN], asked: &Asked) -> std::io::Result<Vec<u8>> {
        let mut out = with_identifier(answer, &asked.unique);
        let mut cookies = Vec::new();
        for _ in 0..asked.cookies {
            append(&mut cookies, field::COOKIE, &self.cookie(&asked.keys)?);
        }
        authenticate(&mut out, &asked.keys.to_client, &cookies)?;
        Ok(out)
    }
}

/// An answer that only names its question.
pub(crate) fn with_identifier(answer: &[u8; LEN], unique: &[u8]) -> Vec<u8> {
    let mut out = answer.to_vec();
    append(&mut out, field::UNIQUE_IDENTIFIER, unique);
    out
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}
