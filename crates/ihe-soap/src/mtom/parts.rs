//! The parts of a received MTOM message, in wire order, read as they are asked for (XOP 1.0 4.1).

use std::collections::{HashSet, VecDeque};
use std::fmt;

use bytes::{Bytes, BytesMut};

use super::scanner::{Scanner, Step};
use super::transfer::Transfer;
use crate::content_type::ContentType;
use crate::error::Error;
use crate::feed::Feed;
use crate::limits::Limits;

/// The attachments of a received message. Nothing is read ahead: the sender waits while you do.
pub struct Parts {
    reader: Option<Box<PartReader>>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.reader.is_some() {
            "Parts(streaming)"
        } else {
            "Parts(none)"
        })
    }
}

impl Parts {
    /// No attachments.
    pub fn empty() -> Parts {
        Parts { reader: None }
    }

    pub(crate) fn new(reader: PartReader) -> Parts {
        Parts {
            reader: Some(Box::new(reader)),
        }
    }

    /// The next attachment, `None` after the last. What is left unread of the one before is skipped.
    pub async fn next(&mut self) -> Result<Option<Part<'_>>, Error> {
        let Some(reader) = &mut self.reader else {
            return Ok(None);
        };
        if let Some((header, octets)) = reader.early.pop_front() {
            let rest = Rest::Memory(octets);
            return Ok(Some(Part { header, rest }));
        }
        let header = reader.next_part().await?;
        Ok(header.map(|header| {
            let rest = Rest::Wire(reader);
            Part { header, rest }
        }))
    }
}

/// One attachment, partly read.
pub struct Part<'a> {
    header: PartHeader,
    rest: Rest<'a>,
}

/// What is still to be read of a part.
enum Rest<'a> {
    /// It came before the root part and was kept.
    Memory(Bytes),
    Wire(&'a mut PartReader),
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({})", self.header.content_type)
    }
}

impl Part<'_> {
    /// The content id without `<` and `>`; empty if the part has none.
    pub fn content_id(&self) -> &str {
        &self.header.content_id
    }

    /// The media type as written; `application/octet-stream` if the part names none.
    pub fn content_type(&self) -> &str {
        &self.header.content_type
    }

    /// The next octets, never empty; `None` after the last.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        match &mut self.rest {
            Rest::Wire(reader) => reader.chunk().await,
            Rest::Memory(octets) => {
                let octets = std::mem::take(octets);
                Ok((!octets.is_empty()).then_some(octets))
            }
        }
    }
}

/// The MIME header of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PartHeader {
    pub(crate) content_id: String,
    pub(crate) content_type: String,
}

#[derive(PartialEq, Eq)]
enum Place {
    Between,
    Inside,
    AfterLast,
}

/// Reads parts from a feed through the scanner, counting.
pub(crate) struct PartReader {
    feed: Feed,
    scanner: Scanner,
    limits: Limits,
    place: Place,
    transfer: Transfer,
    /// Parts that came before the root part.
    early: VecDeque<(PartHeader, Bytes)>,
    part_bytes: u64,
    seen: HashSet<String>,
    count: usize,
}

impl PartReader {
    pub(crate) fn new(feed: Feed, boundary: &str, limits: &Limits) -> Result<PartReader, Error> {
        Ok(PartReader {
            feed,
            scanner: Scanner::new(boundary, limits.part_header)?,
            limits: limits.clone(),
            place: Place::Between,
            transfer: Transfer::Plain,
            early: VecDeque::new(),
            part_bytes: 0,
            seen: HashSet::new(),
            count: 0,
        })
    }

    /// The whole of the root part: the envelope. It is the first part unless `start` names another (RFC 2387 3.2);
    /// the parts before it are kept in memory, all together within the limit of the envelope.
    pub(crate) async fn root(&mut self, start: Option<&str>) -> Result<Bytes, Error> {
        let start = start.map(bare).unwrap_or_default();
        let mut room = self.limits.root;
        while let Some(header) = self.next_part().await? {
            // senders who give their root no Content-ID mean the first part
            let unnamed = header.content_id.is_empty() && self.early.is_empty();
            let is_root = start.is_empty() || unnamed || header.content_id == start;
            if is_root {
                check_root(&header)?;
            }
            let octets = self.whole(&mut room).await?;
            if is_root {
                return Ok(octets);
            }
            self.early.push_back((header, octets));
        }
        Err(malformed("no part of the multipart is the root part"))
    }

    /// The octets of the part at hand, as long as there is room.
    async fn whole(&mut self, room: &mut usize) -> Result<Bytes, Error> {
        let mut octets = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            let left = room.checked_sub(chunk.len());
            *room = left.ok_or_else(|| Error::Limit("envelope size".into()))?;
            octets.extend_from_slice(&chunk);
        }
        Ok(octets.freeze())
    }

    pub(crate) async fn next_part(&mut self) -> Result<Option<PartHeader>, Error> {
        while self.chunk().await?.is_some() {}
        if self.place == Place::AfterLast {
            return Ok(None);
        }
        match self.step().await? {
            Step::Header(raw) => self.begin(&raw).map(Some),
            _ => {
                self.place = Place::AfterLast;
                Ok(None)
            }
        }
    }

    fn begin(&mut self, raw: &[u8]) -> Result<PartHeader, Error> {
        // the root part is not an attachment
        if self.count > self.limits.parts {
            return Err(Error::Limit("number of attachments".into()));
        }
        let (header, transfer) = parse_header(raw)?;
        if !header.content_id.is_empty() && !self.seen.insert(header.content_id.clone()) {
            return Err(malformed("two parts with one Content-ID"));
        }
        self.count += 1;
        self.transfer = transfer;
        self.part_bytes = 0;
        self.place = Place::Inside;
        Ok(header)
    }

    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if self.place != Place::Inside {
            return Ok(None);
        }
        loop {
            let Step::Data(data) = self.step().await? else {
                self.place = Place::Between;
                return self.transfer.finish().map(|()| None);
            };
            self.part_bytes += data.len() as u64;
            if self.part_bytes > self.limits.part {
                return Err(Error::Limit("attachment size".into()));
            }
            let octets = self.transfer.decode(data)?;
            if !octets.is_empty() {
                return Ok(Some(octets));
            }
        }
    }

    async fn step(&mut self) -> Result<Step, Error> {
        loop {
            match self.scanner.step()? {
                Step::More => match self.feed.next().await? {
                    Some(chunk) => self.scanner.push(&chunk),
                    None => return Err(malformed("multipart ends without its final boundary")),
                },
                step => return Ok(step),
            }
        }
    }
}

fn malformed(text: &str) -> Error {
    Error::Malformed(text.to_owned())
}

fn check_root(header: &PartHeader) -> Result<(), Error> {
    let content_type = ContentType::parse(&header.content_type);
    if content_type.essence != "application/xop+xml" {
        return Err(malformed("the root part is not application/xop+xml"));
    }
    if !content_type.is_utf8() {
        return Err(malformed("the root part is not UTF-8"));
    }
    Ok(())
}

/// A content id without angle brackets and space around.
fn bare(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<')
        .and_then(|id| id.strip_suffix('>'))
        .unwrap_or(id)
}

/// Reads header lines, folded ones too (RFC 5322 2.2).
fn parse_header(raw: &[u8]) -> Result<(PartHeader, Transfer), Error> {
    let text = std::str::from_utf8(raw).map_err(|_| malformed("MIME header of a part"))?;
    let unfolded = text.replace("\r\n ", " ").replace("\r\n\t", " ");
    let mut header = PartHeader {
        content_type: "application/octet-stream".into(),
        ..PartHeader::default()
    };
    let mut transfer = Transfer::Plain;
    for line in unfolded.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| malformed("MIME header line of a part"))?;
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "content-id" => header.content_id = bare(value).to_owned(),
            "content-type" => header.content_type = value.to_owned(),
            "content-transfer-encoding" => transfer = Transfer::named(value)?,
            _ => {}
        }
    }
    Ok((header, transfer))
}
