//! Objects as rows keep them: their attributes one after the other in a compact binary form (ITI TF-3 4.2).
//!
//! The first byte is the version of the form. A text that is a UUID's URN, hexadecimal or digits and dots (an OID,
//! a time) is packed; any other is its UTF-8. What changes later (availabilityStatus, lastUpdateTime) is not in the
//! form: columns keep it.

mod objects;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use text::uuid_of;

use super::StoreError;
use crate::metadata::{Association, DocumentEntry, Folder, SubmissionSet};

/// The form that this release writes.
const VERSION: u8 = 1;

/// Entries of a list made room for before they are read: a count is not believed.
const ROOM: u64 = 16;

/// An object that lies in a row of its own.
pub(crate) trait Object: Part {
    /// What it is called when it is damaged.
    const NAME: &'static str;
}

impl Object for DocumentEntry {
    const NAME: &'static str = "DocumentEntry";
}
impl Object for SubmissionSet {
    const NAME: &'static str = "SubmissionSet";
}
impl Object for Folder {
    const NAME: &'static str = "Folder";
}
impl Object for Association {
    const NAME: &'static str = "Association";
}

/// The form of an object.
pub(crate) fn encode(object: &impl Object) -> Vec<u8> {
    let mut form = Vec::with_capacity(1024);
    form.push(VERSION);
    object.put(&mut form);
    form
}

/// The object of a form, but for what columns keep.
pub(crate) fn decode<T: Object>(form: &[u8]) -> Result<T, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("{}: {what}", T::NAME));
    let (version, rest) = form.split_first().ok_or_else(|| damaged("no form"))?;
    if *version != VERSION {
        return Err(damaged("form of another version"));
    }
    let mut input = Input(rest);
    let object = T::take(&mut input).ok_or_else(|| damaged("form cut off or spoilt"))?;
    match input.0 {
        [] => Ok(object),
        _ => Err(damaged("form too long")),
    }
}

/// Something with a place in a form.
pub(crate) trait Part: Sized {
    fn put(&self, form: &mut Vec<u8>);
    /// None: the bytes are not what `put` writes.
    fn take(input: &mut Input<'_>) -> Option<Self>;
}

/// Bytes not yet read.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Seven bits to a byte, the lowest first; the last byte has its high bit clear.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

fn put_number(mut number: u64, form: &mut Vec<u8>) {
    while number >= 0x80 {
        form.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    form.push(number.to_le_bytes()[0]);
}

impl Part for u64 {
    fn put(&self, form: &mut Vec<u8>) {
        put_number(*self, form);
    }

    fn take(input: &mut Input<'_>) -> Option<Self> {
        input.number()
    }
}

impl<T: Part> Part for Vec<T> {
    fn put(&self, form: &mut Vec<u8>) {
        put_number(self.len() as u64, form);
        for one in self {
            one.put(form);
        }
    }

    fn take(input: &mut Input<'_>) -> Option<Self> {
        let count = input.number()?;
        let mut list = Vec::with_capacity(count.min(ROOM) as usize);
        for _ in 0..count {
            list.push(T::take(input)?);
        }
        Some(list)
    }
}
