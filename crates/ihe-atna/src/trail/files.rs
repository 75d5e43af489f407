//! The files of a trail's directory: `VERSION` (format, id, secret), `lock`, segments
//! (`<first record>.seg`), their indexes (`.idx`, made again when they are missing), stubs of what was
//! retired (`<first>-<last>.stub`), and ends cut off after a crash (`<segment>-<offset>.cut`).

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::trail::TrailError;
use crate::trail::hash::{self, TrailHash};
use crate::trail::stub::Stub;
use crate::trail::text::{self, Lines};

/// The format this program writes.
const VERSION: u64 = 1;
const TITLE: &str = "Renkei audit trail";

/// Who the trail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// The id in checkpoints, stubs and proofs.
    pub(crate) id: [u8; 16],
    /// Begins every CRC of its frames, so that no message can look like a frame.
    pub(crate) seed: u32,
}

impl Name {
    pub(crate) fn new() -> Name {
        Name {
            id: uuid::Uuid::new_v4().into_bytes(),
            seed: uuid::Uuid::new_v4().as_fields().0,
        }
    }

    /// The chain head before the first record.
    pub(crate) fn chain_start(&self) -> TrailHash {
        hash::start(&self.id)
    }

    fn to_text(self) -> String {
        let mut text = format!("{TITLE}\n");
        text::line(&mut text, "version", VERSION);
        text::line(&mut text, "trail", hash::hex(&self.id));
        text::line(&mut text, "seed", self.seed);
        let check = crc32fast::hash(text.as_bytes());
        text::line(&mut text, "check", check);
        text
    }

    /// Reads `VERSION`; None: there is no such file.
    pub(crate) fn load(dir: &Path) -> Result<Option<Name>, TrailError> {
        match fs::read_to_string(dir.join("VERSION")) {
            Ok(text) => Name::parse(dir, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn parse(dir: &Path, text: &str) -> Result<Name, TrailError> {
        let mut lines = Lines::after_title("VERSION", TITLE, text)?;
        let found = lines.number("version")?;
        if found > VERSION {
            let path = dir.display().to_string();
            let known = VERSION;
            return Err(TrailError::Newer { path, found, known });
        }
        let id = lines.trail()?;
        let seed = u32::try_from(lines.number("seed")?).map_err(|_| lines.wrong("too large"))?;
        let name = Name { id, seed };
        if name.to_text() == text {
            Ok(name)
        } else {
            Err(lines.wrong("the file does not fit its check"))
        }
    }

    pub(crate) fn save(self, dir: &Path) -> io::Result<()> {
        write_whole(dir, "VERSION", &self.to_text())
    }
}

pub(crate) fn segment(first: u64) -> String {
    format!("{first:020}.seg")
}

pub(crate) fn index(first: u64) -> String {
    format!("{first:020}.idx")
}

pub(crate) fn stub(first: u64, last: u64) -> String {
    format!("{first:020}-{last:020}.stub")
}

pub(crate) fn cut(first: u64, offset: u64) -> String {
    format!("{first:020}-{offset}.cut")
}

/// What there is, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    /// First records of the segments.
    pub(crate) segments: Vec<u64>,
    /// First and last records of the stubs.
    pub(crate) stubs: Vec<(u64, u64)>,
    /// Names of ends that were cut off.
    pub(crate) cuts: Vec<String>,
}

impl Listing {
    pub(crate) fn of(dir: &Path) -> io::Result<Listing> {
        let mut found = Listing::default();
        for entry in fs::read_dir(dir)? {
            found.add(&entry?.file_name().to_string_lossy());
        }
        found.segments.sort_unstable();
        found.stubs.sort_unstable();
        found.cuts.sort_unstable();
        Ok(found)
    }

    /// Names that are not exactly ours are not ours.
    fn add(&mut self, name: &str) {
        match name.rsplit_once('.') {
            Some((number, "seg")) => {
                let first = number.parse().ok();
                let first = first.filter(|first| segment(*first) == name);
                self.segments.extend(first);
            }
            Some((numbers, "stub")) => {
                let ends = numbers.split_once('-');
                let ends = ends.and_then(|(first, last)| first.parse().ok().zip(last.parse().ok()));
                let ends = ends.filter(|(first, last)| stub(*first, *last) == name);
                self.stubs.extend(ends);
            }
            Some((_, "cut")) => self.cuts.push(name.to_owned()),
            _ => {}
        }
    }
}

/// Reads a stub; its signature is not checked here.
pub(crate) fn load_stub(dir: &Path, (first, last): (u64, u64)) -> Result<Stub, TrailError> {
    let bytes = fs::read(dir.join(stub(first, last)))?;
    Stub::parse(&String::from_utf8_lossy(&bytes))
}

/// Writes a file so that it is there whole or not at all, also after a power cut.
pub(crate) fn write_whole(dir: &Path, name: &str, text: &str) -> io::Result<()> {
    let draft = dir.join(format!("{name}.draft"));
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, dir.join(name))?;
    sync_dir(dir)
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: PathBuf) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes directory entries durable; Windows does so on its own and opens no directories.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}
