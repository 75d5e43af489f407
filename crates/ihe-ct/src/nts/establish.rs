//! Key establishment (RFC 8915 section 4): one message there, one back, over TLS that the caller has made.

use super::record::{self, Record, RecordError};
use super::{AES_SIV_CMAC_256, COOKIES, Keyring, LONGEST_COOKIE, NTPV4, NtsError, Session, export};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How long the other side may take for its message.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub(super) cookies: Vec<Vec<u8>>,
    pub(super) server: Option<String>,
    pub(super) port: u16,
}

/// Asks for keys and cookies over a TLS stream; `exporter` is that stream's exporter (label, context).
pub async fn establish(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    exporter: impl FnMut(&[u8], &[u8]) -> std::io::Result<[u8; 32]>,
) -> Result<Session, NtsError> {
    let request = Record::message(&[
        Record::critical(record::NEXT_PROTOCOL, &NTPV4.to_be_bytes()),
        Record::critical(record::AEAD, &AES_SIV_CMAC_256.to_be_bytes()),
    ]);
    stream.write_all(&request).await?;
    stream.flush().await?;
    let response = read_response(&message(&mut stream).await?)?;
    Ok(Session::new(response, export(exporter)?))
}

/// Answers one request over a TLS stream: keys and cookies for the Time Server at UDP `port` of the same host.
pub async fn serve_key_establishment(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    exporter: impl FnMut(&[u8], &[u8]) -> std::io::Result<[u8; 32]>,
    keyring: &Keyring,
    port: u16,
) -> Result<(), NtsError> {
    let request = message(&mut stream).await?;
    let (answer, refused) = match read_request(&request) {
        Ok(()) => {
            let keys = export(exporter)?;
            let mut records = agreed(true, true);
            records.push(Record::plain(record::PORT, &port.to_be_bytes()));
            for _ in 0..COOKIES {
                let cookie = keyring.cookie(&keys)?;
                records.push(Record::plain(record::COOKIE, &cookie));
            }
            (records, None)
        }
        Err(reason) => (refusal(&reason), Some(reason)),
    };
    stream.write_all(&Record::message(&answer)).await?;
    stream.flush().await?;
    stream.shutdown().await?;
    refused.map_or(Ok(()), Err)
}

/// What the server took of what was offered.
fn agreed(protocol: bool, aead: bool) -> Vec<Record> {
    let number = |taken: bool, number: u16| match taken {
        true => number.to_be_bytes().to_vec(),
        false => Vec::new(),
    };
    vec![
        Record::critical(record::NEXT_PROTOCOL, &number(protocol, NTPV4)),
        Record::critical(record::AEAD, &number(aead, AES_SIV_CMAC_256)),
    ]
}

/// Nothing in common is said by empty lists; else error 0 (unknown critical record) or 1 (bad request).
fn refusal(reason: &NtsError) -> Vec<Record> {
    let code: u16 = match reason {
        NtsError::NothingInCommon => return agreed(true, false),
        NtsError::Record(RecordError::Critical(_)) => 0,
        _ => 1,
    };
    vec![Record::critical(record::ERROR, &code.to_be_bytes())]
}

async fn message(stream: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, NtsError> {
    let read = async {
        let mut bytes = Vec::new();
        let mut part = [0; 1024];
        loop {
            let length = stream.read(&mut part).await?;
            bytes.extend(part.get(..length).unwrap_or_default());
            match Record::read(&bytes) {
                Err(RecordError::Unfinished) if length > 0 => {}
                Err(error) => return Err(NtsError::Record(error)),
                Ok(_) => return Ok(bytes),
            }
        }
    };
    let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
    tokio::time::timeout(PATIENCE, read).await.map_err(late)?
}

/// Judges a client's message: `Ok` when it speaks NTPv4 and AEAD_AES_SIV_CMAC_256.
pub fn read_request(bytes: &[u8]) -> Result<(), NtsError> {
    let (mut protocol, mut aead) = (None, None);
    for record in Record::read(bytes)? {
        match record.kind {
            record::NEXT_PROTOCOL => protocol = Some(record.numbers()?.contains(&NTPV4)),
            record::AEAD => aead = Some(record.numbers()?.contains(&AES_SIV_CMAC_256)),
            record::SERVER | record::PORT => {}
            unknown if record.critical => return Err(RecordError::Critical(unknown).into()),
            _ => {}
        }
    }
    match (protocol, aead) {
        (None, _) => Err(RecordError::Body(record::NEXT_PROTOCOL).into()),
        (Some(true), Some(true)) => Ok(()),
        (Some(true), None) => Err(RecordError::Body(record::AEAD).into()),
        _ => Err(NtsError::NothingInCommon),
    }
}

/// Judges a server's message.
pub fn read_response(bytes: &[u8]) -> Result<Response, NtsError> {
    let (mut protocol, mut aead) = (false, false);
    let mut response = Response {
        cookies: Vec::new(),
        server: None,
        port: crate::PORT,
    };
    for record in Record::read(bytes)? {
        match record.kind {
            record::NEXT_PROTOCOL => protocol = record.numbers()? == [NTPV4],
            record::AEAD => aead = record.numbers()? == [AES_SIV_CMAC_256],
            record::ERROR => return Err(NtsError::Error(record.number()?)),
            record::WARNING => return Err(NtsError::Error(record.number()?)),
            record::COOKIE => response.keep(record.body)?,
            record::SERVER => response.server = Some(host(&record)?),
            record::PORT => response.port = record.number()?,
            unknown if record.critical => return Err(RecordError::Critical(unknown).into()),
            _ => {}
        }
    }
    match (protocol && aead, response.cookies.is_empty()) {
        (false, _) => Err(NtsError::NothingInCommon),
        (true, true) => Err(NtsError::NoCookies),
        (true, false) => Ok(response),
    }
}

impl Response {
    fn keep(&mut self, cookie: Vec<u8>) -> Result<(), RecordError> {
        if cookie.is_empty() || cookie.len() > LONGEST_COOKIE {
            return Err(RecordError::Body(record::COOKIE));
        }
        if self.cookies.len() < COOKIES {
            self.cookies.push(cookie);
        }
        Ok(())
    }
}

/// A host name or address: ASCII without control characters or spaces.
fn host(record: &Record) -> Result<String, RecordError> {
    let name = String::from_utf8(record.body.clone()).ok();
    let plain = name.filter(|name| !name.is_empty() && name.len() < 256);
    let plain = plain.filter(|name| name.chars().all(|c| c.is_ascii_graphic()));
    plain.ok_or(RecordError::Body(record::SERVER))
}
