//! A batch file read from any input.

use super::{Item, Options, Splitter};
use std::io::{self, ErrorKind, Read};

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// Items of a batch file, one after another. Memory is bounded by [`Options::message`], [`Options::line`] and one chunk of
/// 64 KiB, whatever the size of the file. An error of the input ends the iteration; use [`Splitter`] with input that may
/// have to be asked again.
pub struct Reader<R> {
    source: R,
    splitter: Splitter,
    chunk: Vec<u8>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads leniently within the default limits.
    pub fn new(source: R) -> Reader<R> {
        Self::with_options(source, Options::default())
    }

    /// Reads with options of your own.
    pub fn with_options(source: R, options: Options) -> Reader<R> {
        Reader {
            source,
            splitter: Splitter::new(options),
            chunk: vec![0; CHUNK],
            ended: false,
        }
    }

    /// Bytes held back at present; see [`Splitter::buffered`].
    pub fn buffered(&self) -> usize {
        self.splitter.buffered()
    }

    /// Messages met so far, those left out too.
    pub fn messages(&self) -> u64 {
        self.splitter.messages()
    }

    fn fill(&mut self) -> io::Result<()> {
        match self.source.read(&mut self.chunk) {
            Ok(0) => {
                self.ended = true;
                self.splitter.finish();
            }
            Ok(count) => self
                .splitter
                .feed(self.chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                self.ended = true;
                return Err(error);
            }
        }
        Ok(())
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<io::Result<Item>> {
        loop {
            if let Some(item) = self.splitter.next_item() {
                return Some(Ok(item));
            }
            if self.ended || self.splitter.is_finished() {
                return None;
            }
            if let Err(error) = self.fill() {
                return Some(Err(error));
            }
        }
    }
}

impl<R: Read> std::iter::FusedIterator for Reader<R> {}

impl<R> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("splitter", &self.splitter)
            .finish_non_exhaustive()
    }
}
