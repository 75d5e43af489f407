//! Files of certificates, keys and lists: read within a limit, watched for changes.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::Error;

/// Largest file that is read; a revocation list of 400,000 entries has about 16 MB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File {
        path: path.display().to_string(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    match bytes.len() as u64 > LARGEST {
        true => Err(failed(std::io::ErrorKind::FileTooLarge.into())),
        false => Ok(bytes),
    }
}

/// What files looked like at one moment: another look tells whether one changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look(Vec<(PathBuf, Option<Outside>)>);

/// Time of change, length, and the file's number where there is one: a replaced file is another.
type Outside = (SystemTime, u64, u64);

impl Look {
    pub(crate) fn at<'a>(paths: impl Iterator<Item = &'a Path>) -> Look {
        let seen = |path: &Path| std::fs::metadata(path).ok().map(|found| outside(&found));
        Look(paths.map(|path| (path.to_owned(), seen(path))).collect())
    }
}

fn outside(found: &Metadata) -> Outside {
    let changed = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    (changed, found.len(), number(found))
}

#[cfg(unix)]
fn number(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}
