//! Where a retrieved document goes, and whether it is the one its entry describes (ITI TF-3 4.2.3.2.10).

use super::Error;
use crate::metadata::DocumentEntry;
use aws_lc_rs::digest;
use bytes::Bytes;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// Takes the octets of one document.
pub(super) enum Sink {
    Memory { bytes: Vec<u8>, most: u64 },
    File { file: File, partial: Partial },
}

/// A file that is deleted unless it was kept.
pub(super) struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Sink {
    pub(super) fn memory(most: u64) -> Self {
        let bytes = Vec::new();
        Self::Memory { bytes, most }
    }

    /// A file beside `path`, which appears there only when it is complete.
    pub(super) async fn file(path: &Path) -> Result<Self, Error> {
        let partial = path.with_added_extension(format!("{}.part", uuid::Uuid::new_v4().simple()));
        let file = File::create_new(&partial).await?;
        let partial = Partial(partial);
        Ok(Self::File { file, partial })
    }

    /// Forgets what was taken: the document is asked for again.
    pub(super) async fn restart(&mut self) -> Result<(), Error> {
        match self {
            Self::Memory { bytes, .. } => bytes.clear(),
            Self::File { file, partial } => *file = File::create(&partial.0).await?,
        }
        Ok(())
    }

    pub(super) async fn take(&mut self, chunk: &Bytes) -> Result<(), Error> {
        match self {
            Self::Memory { bytes, most } if (bytes.len() + chunk.len()) as u64 > *most => {
                let text = "too large for memory: retrieve it to a file";
                return Err(Error::Misuse(text.into()));
            }
            Self::Memory { bytes, .. } => bytes.extend_from_slice(chunk),
            Self::File { file, .. } => file.write_all(chunk).await?,
        }
        Ok(())
    }

    pub(super) fn into_memory(self) -> Vec<u8> {
        match self {
            Self::Memory { bytes, .. } => bytes,
            Self::File { .. } => Vec::new(),
        }
    }

    /// Makes the file durable under its name.
    pub(super) async fn keep(self, path: &Path) -> Result<(), Error> {
        if let Self::File { mut file, partial } = self {
            file.flush().await?;
            file.sync_all().await?;
            tokio::fs::rename(&partial.0, path).await?;
        }
        Ok(())
    }
}

/// Hash and size of what arrives.
pub(super) struct Check {
    sha1: digest::Context,
    size: u64,
    expected_size: Option<u64>,
}

impl Check {
    pub(super) fn new(entry: &DocumentEntry) -> Self {
        let sha1 = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        Self {
            sha1,
            size: 0,
            expected_size: entry.size,
        }
    }

    pub(super) fn take(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.sha1.update(chunk);
        self.size += chunk.len() as u64;
        match self.expected_size {
            Some(expected) if self.size > expected => Err(Error::Integrity("size")),
            _ => Ok(()),
        }
    }

    /// Whether it is the document of the entry; an On-Demand entry tells neither hash nor size.
    pub(super) fn finish(self, entry: &DocumentEntry) -> Result<(), Error> {
        if self
            .expected_size
            .is_some_and(|expected| expected != self.size)
        {
            return Err(Error::Integrity("size"));
        }
        let hash = self.sha1.finish();
        let digits = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
        let hash: String = digits.collect();
        match &entry.hash {
            // A fault for testing the conformance suite.
            _ if cfg!(renkei_fault = "document-consumer-hash-not-checked") => Ok(()),
            Some(expected) if !expected.eq_ignore_ascii_case(&hash) => {
                Err(Error::Integrity("hash"))
            }
            _ => Ok(()),
        }
    }
}
