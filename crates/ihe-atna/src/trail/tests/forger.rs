//! Somebody who can write to the directory of a trail: takes segments apart, changes them, and puts
//! them together again with right CRCs, a right chain, and, with the key, right signatures.

use std::fs;
use std::path::{Path, PathBuf};

use crate::trail::checkpoint::{Checkpoint, Statement};
use crate::trail::files::{self, Listing, Name};
use crate::trail::frame::{self, Frames, Kind};
use crate::trail::hash::{self, TrailHash};
use crate::trail::record;
use crate::trail::recover::Tail;
use crate::trail::segment::Begin;
use crate::trail::signer::TrailSigner;
use crate::trail::tree::Run;

/// How far the forger goes.
#[derive(Clone, Copy)]
pub(super) enum Effort<'a> {
    /// CRCs only.
    Checks,
    /// Chain, numbers and the beginnings of segments as well.
    Chain,
    /// Signs anew.
    Key(&'a TrailSigner),
}

/// A frame taken apart.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) sequence: u64,
    /// Rests of the records.
    pub(super) records: Vec<Vec<u8>>,
    /// A checkpoint's text, or the body of a beginning.
    pub(super) body: Vec<u8>,
    chain: TrailHash,
}

/// The segments of a trail, taken apart.
pub(super) struct Forger {
    dir: PathBuf,
    name: Name,
    pub(super) segments: Vec<(u64, Vec<Piece>)>,
}

impl Forger {
    pub(super) fn of(dir: &Path) -> Forger {
        let name = Name::load(dir).expect("read").expect("a VERSION");
        let listing = Listing::of(dir).expect("listed");
        let segments = listing.segments.iter();
        let segments = segments
            .map(|first| (*first, pieces(dir, name, *first)))
            .collect();
        let dir = dir.to_owned();
        Forger {
            dir,
            name,
            segments,
        }
    }

    /// The frame that holds a record, and its place there.
    pub(super) fn holding(&mut self, sequence: u64) -> (&mut Piece, usize) {
        for (_, pieces) in &mut self.segments {
            for piece in pieces {
                let end = piece.sequence + piece.records.len() as u64;
                if piece.kind == Kind::Records && (piece.sequence..end).contains(&sequence) {
                    let at = (sequence - piece.sequence) as usize;
                    return (piece, at);
                }
            }
        }
        panic!("no record {sequence}");
    }

    /// Where the checkpoint with this number is: segment and piece.
    pub(super) fn checkpoint(&self, number: u64) -> (usize, usize) {
        let mut all = self
            .segments
            .iter()
            .enumerate()
            .flat_map(|(at, (_, pieces))| {
                pieces
                    .iter()
                    .enumerate()
                    .map(move |(piece, one)| (at, piece, one))
            });
        let line = format!("number: {number}\n");
        let found = all.find(|(_, _, piece)| {
            piece.kind == Kind::Checkpoint && String::from_utf8_lossy(&piece.body).contains(&line)
        });
        found
            .map(|(at, piece, _)| (at, piece))
            .expect("the checkpoint")
    }

    /// Writes everything back.
    pub(super) fn write(mut self, effort: Effort<'_>) {
        match effort {
            Effort::Checks => {}
            Effort::Chain => self.compute_anew(None),
            Effort::Key(signer) => self.compute_anew(Some(signer)),
        }
        for first in Listing::of(&self.dir).expect("listed").segments {
            fs::remove_file(self.dir.join(files::segment(first))).expect("removed");
        }
        for (first, pieces) in &self.segments {
            let mut bytes = Vec::new();
            for piece in pieces {
                put(&mut bytes, self.name.seed, piece);
            }
            fs::write(self.dir.join(files::segment(*first)), bytes).expect("written");
        }
    }

    fn compute_anew(&mut self, signer: Option<&TrailSigner>) {
        let name = self.name;
        let mut tail = Tail::of(Begin::of_trail(name.id, name.chain_start()));
        let mut run = Run::empty(0);
        for (first, pieces) in &mut self.segments {
            for piece in pieces {
                match piece.kind {
                    Kind::Begin => {
                        let begin = tail.begin(name.id, &run);
                        *first = begin.first();
                        piece.sequence = *first;
                        run = Run::empty(first.checked_sub(1).expect("from 1"));
                        let bytes = begin.to_bytes(name.seed);
                        piece.body = bytes[frame::HEAD..bytes.len() - frame::TAIL].to_vec();
                        tail = Tail::of(begin);
                    }
                    Kind::Records => {
                        piece.sequence = run.end() + 1;
                        for rest in &piece.records {
                            let leaf = hash::leaf(run.end() + 1, rest);
                            run.push(leaf, |_, _| {});
                            tail.chain = hash::link(tail.chain, leaf);
                        }
                    }
                    Kind::Checkpoint => {
                        piece.sequence = run.end();
                        if let Some(signer) = signer {
                            let begin = tail.begin(name.id, &run);
                            let statement = Statement {
                                trail: name.id,
                                number: tail.checkpoints + 1,
                                previous: tail.previous,
                                sequence: run.end(),
                                chain: tail.chain,
                                root: begin.before.root(),
                            };
                            let signed = Checkpoint::sign(&statement, signer).expect("signed");
                            piece.body = signed.text().as_bytes().to_vec();
                        }
                        let text = String::from_utf8_lossy(&piece.body);
                        tail.checkpoints += 1;
                        tail.previous = TrailHash::of(text.as_bytes());
                    }
                }
                piece.chain = tail.chain;
            }
        }
    }
}

fn pieces(dir: &Path, name: Name, first: u64) -> Vec<Piece> {
    let path = dir.join(files::segment(first));
    let mut frames = Frames::open(&path, name.seed, 0, None).expect("opened");
    let mut pieces = Vec::new();
    while let Some(frame) = frames.next().expect("a frame") {
        let head = frame.head;
        let mut piece = Piece {
            kind: head.kind,
            sequence: head.sequence,
            records: Vec::new(),
            body: frame.body.to_vec(),
            chain: frame.chain,
        };
        if head.kind == Kind::Records {
            let all = record::records(head.sequence, head.count, frame.body);
            piece.records = all.map(|one| one.expect("a record").1.to_vec()).collect();
        }
        pieces.push(piece);
    }
    pieces
}

fn put(bytes: &mut Vec<u8>, seed: u32, piece: &Piece) {
    let start = frame::begin(bytes);
    if piece.kind == Kind::Records {
        for rest in &piece.records {
            bytes.extend_from_slice(&(rest.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&crc32fast::hash(rest).to_le_bytes());
            bytes.extend_from_slice(rest);
        }
    } else {
        bytes.extend_from_slice(&piece.body);
    }
    let head = (piece.kind, piece.records.len() as u32, piece.sequence);
    frame::end(bytes, start, seed, head, piece.chain);
}
