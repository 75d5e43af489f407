//! The client's side: questions protected with a cookie each, answers opened.

use super::establish::Response;
use super::field::{self, append, authenticate, fields, only, verify};
use super::{COOKIES, Keys, LONGEST_COOKIE, random};
use crate::client::Answer;
use crate::packet::LEN;
use std::collections::VecDeque;

/// Keys and cookies of one server. A cookie is used once.
pub struct Session {
    keys: Keys,
    cookies: VecDeque<Vec<u8>>,
    server: Option<String>,
    port: u16,
}

/// Datagrams are kept below the smallest path of IPv6 less headers.
const LONGEST_DATAGRAM: usize = 1200;

impl Session {
    pub(super) fn new(response: Response, keys: Keys) -> Session {
        Session {
            keys,
            cookies: response.cookies.into(),
            server: response.server,
            port: response.port,
        }
    }

    /// The Time Server's name, when it is not the host of key establishment.
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// The Time Server's UDP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Questions that can still be asked; at zero keys have to be established again.
    pub fn cookies(&self) -> usize {
        self.cookies.len()
    }

    /// The question with a cookie, and room for as many as are missing; and its unique identifier.
    pub(crate) fn protect(&mut self, packet: &[u8; LEN]) -> Option<(Vec<u8>, [u8; 32])> {
        let unique = random().ok()?;
        let cookie = self.cookies.pop_front()?;
        let mut out = packet.to_vec();
        append(&mut out, field::UNIQUE_IDENTIFIER, &unique);
        append(&mut out, field::COOKIE, &cookie);
        let place = vec![0; cookie.len()];
        for _ in self.cookies.len() + 1..COOKIES {
            if out.len() + 2 * (cookie.len() + 8) < LONGEST_DATAGRAM {
                append(&mut out, field::PLACEHOLDER, &place);
            }
        }
        authenticate(&mut out, &self.keys.to_server, &[]).ok()?;
        Some((out, unique))
    }

    /// Judges the answer to the question with this unique identifier, and keeps its cookies.
    pub(crate) fn open(&mut self, datagram: &[u8], unique: &[u8; 32]) -> Answer {
        let plain = fields(datagram, LEN).unwrap_or_default();
        if only(&plain, field::UNIQUE_IDENTIFIER) != Some(unique) {
            return Answer::Forged;
        }
        let Some(authentic) = verify(datagram, &self.keys.to_client) else {
            let is_nak = datagram.get(1) == Some(&0) && datagram.get(12..16) == Some(b"NTSN");
            return if is_nak { Answer::Nak } else { Answer::Forged };
        };
        if only(&authentic.fields, field::UNIQUE_IDENTIFIER) != Some(unique) {
            return Answer::Forged;
        }
        let inside = fields(&authentic.plain, 0).unwrap_or_default();
        let cookies = inside
            .iter()
            .filter(|f| f.kind == field::COOKIE && f.body.len() <= LONGEST_COOKIE);
        for cookie in cookies.take(COOKIES.saturating_sub(self.cookies.len())) {
            self.cookies.push_back(cookie.body.to_vec());
        }
        Answer::Authentic
    }
}

impl std::fmt::Debug for Session {
    /// Neither keys nor cookies.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("cookies", &self.cookies.len())
            .field("server", &self.server)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
