//! An HTTP body made of memory and files, with its length known beforehand; memory stays flat.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Stream, StreamExt, unfold};
use http_body::{Body, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::content_type::quote;
use crate::error::Error;
use crate::gzip;
use crate::message::{Chunks, Outgoing, Packaging, Source};

/// Bytes of a file read at a time.
const CHUNK: usize = 128 << 10;

/// A message ready for HTTP: made once, opened for every attempt to send it.
pub(crate) struct Packed {
    pub(crate) content_type: String,
    /// The piece is deflated.
    pub(crate) gzip: bool,
    pieces: Vec<Source>,
}

impl Packed {
    pub(crate) fn new(message: &Outgoing) -> Result<Packed, Error> {
        let xml = crate::envelope::write(&message.envelope);
        let action = &message.envelope.action;
        if action.is_empty() || action.bytes().any(|b| !b.is_ascii_graphic()) {
            return Err(Error::Misuse("action".into()));
        }
        match message.packaging {
            Packaging::Simple if !message.attachments.is_empty() => {
                Err(Error::Misuse("attachments in simple packaging".into()))
            }
            Packaging::Simple => Ok(Packed::simple(xml, action)),
            Packaging::Mtom => {
                let (content_type, pieces) =
                    crate::mtom::writer::package(xml.into(), action, &message.attachments)?;
                Ok(Packed::of(content_type, pieces))
            }
        }
    }

    fn simple(xml: String, action: &str) -> Packed {
        let content_type = format!(
            "application/soap+xml; charset=UTF-8; action={}",
            quote(action)
        );
        Packed::of(content_type, vec![Source::Bytes(xml.into())])
    }

    fn of(content_type: String, pieces: Vec<Source>) -> Packed {
        Packed {
            content_type,
            gzip: false,
            pieces,
        }
    }

    /// The same, deflated if it is an envelope alone and large enough to be worth it; documents mostly are
    /// compressed already.
    pub(crate) async fn deflated(mut self) -> Packed {
        let [Source::Bytes(whole)] = self.pieces.as_slice() else {
            return self;
        };
        if whole.len() < gzip::WORTHWHILE {
            return self;
        }
        let whole = whole.clone();
        let deflated = tokio::task::spawn_blocking(move || gzip::deflate(&whole)).await;
        if let Ok(Ok(deflated)) = deflated {
            self.pieces = vec![Source::Bytes(deflated.into())];
            self.gzip = true;
        }
        self
    }

    /// An envelope without attachments. The action is one of our own.
    #[cfg(feature = "server")]
    pub(crate) fn from_xml(xml: String, action: &str, packaging: Packaging) -> Packed {
        match packaging {
            Packaging::Simple => Packed::simple(xml, action),
            Packaging::Mtom => {
                let (content_type, pieces) =
                    crate::mtom::writer::package_envelope(xml.into(), action);
                Packed::of(content_type, pieces)
            }
        }
    }

    /// A body with that media type and no action.
    #[cfg(feature = "server")]
    pub(crate) fn plain(content_type: &str, text: String) -> Packed {
        Packed::of(content_type.to_owned(), vec![Source::Bytes(text.into())])
    }

    /// Nothing at all.
    #[cfg(feature = "server")]
    pub(crate) fn empty() -> Packed {
        Packed::of(String::new(), Vec::new())
    }

    /// Looks up the files' sizes and makes a body.
    pub(crate) async fn open(&self) -> io::Result<OutBody> {
        let mut pieces = VecDeque::with_capacity(self.pieces.len());
        let mut length = 0;
        for piece in &self.pieces {
            let piece = match piece {
                Source::Bytes(bytes) => Piece::Bytes(bytes.clone()),
                Source::File(path) => {
                    Piece::Closed(path.clone(), tokio::fs::metadata(path).await?.len())
                }
                Source::Stream(streamed) => Piece::Stream(streamed.take()?, streamed.size()),
            };
            length += piece.length();
            pieces.push_back(piece);
        }
        Ok(OutBody::of(pieces, length))
    }

    /// A body of the pieces that are in memory.
    #[cfg(feature = "server")]
    pub(crate) fn in_memory(&self) -> OutBody {
        let in_memory = |piece: &Source| match piece {
            Source::Bytes(bytes) => Some(Piece::Bytes(bytes.clone())),
            Source::File(_) | Source::Stream(_) => None,
        };
        let pieces: Pieces = self.pieces.iter().filter_map(in_memory).collect();
        let left = pieces.iter().map(Piece::length).sum();
        OutBody::of(pieces, left)
    }
}

enum Piece {
    Bytes(Bytes),
    Closed(PathBuf, u64),
    Open(File, u64),
    Stream(Chunks, u64),
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Closed(_, length) | Piece::Open(_, length) | Piece::Stream(_, length) => *length,
        }
    }
}

type Pieces = VecDeque<Piece>;

async fn step(mut pieces: Pieces) -> Option<(io::Result<Bytes>, Pieces)> {
    loop {
        let piece = pieces.pop_front()?;
        if piece.length() == 0 {
            continue;
        }
        return Some(match take(piece).await {
            Ok((chunk, rest)) => {
                if let Some(rest) = rest {
                    pieces.push_front(rest);
                }
                (Ok(chunk), pieces)
            }
            Err(error) => (Err(error), Pieces::new()),
        });
    }
}

async fn take(piece: Piece) -> io::Result<(Bytes, Option<Piece>)> {
    match piece {
        Piece::Bytes(bytes) => Ok((bytes, None)),
        Piece::Closed(path, left) => {
            let mut file = File::open(&path).await?;
            file.set_max_buf_size(CHUNK);
            read(file, left).await
        }
        Piece::Open(file, left) => read(file, left).await,
        Piece::Stream(chunks, left) => pull(chunks, left).await,
    }
}

async fn pull(mut chunks: Chunks, left: u64) -> io::Result<(Bytes, Option<Piece>)> {
    let chunk = match chunks.next().await {
        Some(chunk) => chunk?,
        None => Bytes::new(),
    };
    match left.checked_sub(chunk.len() as u64) {
        Some(left) if !chunk.is_empty() => Ok((chunk, Some(Piece::Stream(chunks, left)))),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a stream has another length than announced",
        )),
    }
}

async fn read(mut file: File, left: u64) -> io::Result<(Bytes, Option<Piece>)> {
    let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
    let mut buffer = BytesMut::with_capacity(want);
    let got = (&mut file).take(want as u64).read_buf(&mut buffer).await?;
    if got == 0 {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "a file became shorter while it was sent",
        ));
    }
    Ok((buffer.freeze(), Some(Piece::Open(file, left - got as u64))))
}

/// The body of an answer: memory and files, streamed. Its exact length makes Content-Length.
pub struct OutBody {
    left: u64,
    content: Content,
}

enum Content {
    /// One piece of memory, as most answers are
    Whole(Bytes),
    Streamed(Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>),
}

impl OutBody {
    fn of(mut pieces: Pieces, left: u64) -> OutBody {
        let content = match pieces.make_contiguous() {
            [Piece::Bytes(whole)] => Content::Whole(std::mem::take(whole)),
            _ => Content::Streamed(Box::pin(unfold(pieces, step))),
        };
        OutBody { left, content }
    }
}

impl Body for OutBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let chunk = match &mut self.content {
            Content::Whole(whole) if whole.is_empty() => None,
            Content::Whole(whole) => Some(Ok(std::mem::take(whole))),
            Content::Streamed(chunks) => std::task::ready!(chunks.as_mut().poll_next(cx)),
        };
        if let Some(Ok(chunk)) = &chunk {
            self.left = self.left.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests;
