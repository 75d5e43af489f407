//! How a composite value is read from its components and written again, whatever its type.
//!
//! Inside, the delimiters are always the recommended ones: [`respelled`] translates on the way in and out.

use super::rest::Rest;
use super::{FamilyParts, escaped};
use crate::Separators;
use crate::escape::{self, Scope, respelled};
use std::borrow::Cow;

/// Where a composite stands, which says what separates its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// It is a repetition of a field: its parts are components.
    Field,
    /// It is a component: its parts are subcomponents.
    Component,
}

impl Level {
    pub(super) fn separator(self) -> char {
        match self {
            Level::Field => '^',
            Level::Component => '&',
        }
    }
}

/// A type made of parts.
pub(super) trait Composite: Sized {
    fn read_text(raw: &str, level: Level) -> Self;
    fn write_text(&self, level: Level) -> String;
    fn rest(&self) -> &Rest;
}

/// One part of a composite: a leaf, or a composite one level down.
pub(super) trait Part {
    fn read(reader: &mut Reader<'_>) -> Self;
    fn write(&self, writer: &mut Writer<'_>);

    /// Writes that it is absent.
    fn skip(writer: &mut Writer<'_>) {
        writer.put("");
    }
}

/// Hands out the parts of a text one after the other.
pub(super) struct Reader<'a> {
    level: Level,
    unread: Option<&'a str>,
    /// The first subcomponent of the part at hand, when the others were read already.
    head: Option<&'a str>,
    leaves: usize,
    rest: Rest,
}

impl<'a> Reader<'a> {
    pub(super) fn new(raw: &'a str, level: Level) -> Reader<'a> {
        Reader {
            level,
            unread: Some(raw),
            head: None,
            leaves: 0,
            rest: Rest::default(),
        }
    }

    fn peek(&self) -> &'a str {
        let unread = self.unread.unwrap_or_default();
        unread
            .split(self.level.separator())
            .next()
            .unwrap_or_default()
    }

    fn next(&mut self) -> &'a str {
        let unread = self.unread.unwrap_or_default();
        let (part, unread) = match unread.split_once(self.level.separator()) {
            Some((part, unread)) => (part, Some(unread)),
            None => (unread, None),
        };
        self.unread = unread;
        self.head.take().unwrap_or(part)
    }

    /// What was not asked for, and how the leaves were spelled.
    pub(super) fn finish(mut self) -> Rest {
        self.rest
            .keep_tail(self.unread.unwrap_or_default(), self.level);
        self.rest
    }
}

/// Joins parts and leaves off the empty ones at the end.
pub(super) struct Writer<'a> {
    level: Level,
    rest: &'a Rest,
    out: String,
    parts: usize,
    /// Separators owed to the parts that were empty.
    owed: usize,
    leaves: usize,
    /// Subcomponents 2 and later of the leaf that is written next.
    tail: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(level: Level, rest: &'a Rest) -> Writer<'a> {
        Writer {
            level,
            rest,
            out: String::new(),
            parts: 0,
            owed: 0,
            leaves: 0,
            tail: String::new(),
        }
    }

    fn put(&mut self, text: &str) {
        self.owed += usize::from(self.parts > 0);
        self.parts += 1;
        if text.is_empty() {
            return;
        }
        let separator = self.level.separator();
        self.out.extend(std::iter::repeat_n(
            separator,
            std::mem::take(&mut self.owed),
        ));
        self.out.push_str(text);
    }

    pub(super) fn finish(mut self) -> String {
        if !self.rest.is_empty() {
            let tail = self.rest.tail_at(self.level);
            self.put(&tail);
        }
        self.out
    }
}

impl Part for String {
    fn read(reader: &mut Reader<'_>) -> String {
        let raw = reader.next();
        let value = escape::unescape(raw, &Separators::DEFAULT);
        if escaped(&value) != raw {
            reader.rest.keep_spelling(reader.leaves, raw);
        }
        reader.leaves += 1;
        value.into_owned()
    }

    fn write(&self, writer: &mut Writer<'_>) {
        let rest = writer.rest;
        let spelling = rest
            .spelling(writer.leaves, writer.level)
            .filter(|raw| escape::unescape(raw, &Separators::DEFAULT) == *self.as_str());
        writer.leaves += 1;
        let mut text = spelling.map_or_else(|| escaped(self), Cow::Borrowed);
        if !writer.tail.is_empty() {
            let tail = std::mem::take(&mut writer.tail);
            text = Cow::Owned(format!("{text}&{tail}"));
        }
        writer.put(&text);
    }
}

/// The parts of a surname stand in the component of the surname, which is the field after this one.
impl Part for FamilyParts {
    fn read(reader: &mut Reader<'_>) -> FamilyParts {
        let Some((head, tail)) = reader.peek().split_once('&') else {
            return FamilyParts::default();
        };
        reader.head = Some(head);
        FamilyParts::read_text(tail, Level::Component)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.tail = self.write_text(Level::Component);
    }

    fn skip(_writer: &mut Writer<'_>) {}
}

/// A part that is rarely there takes no room when it is absent. One that says nothing but is spelled (a call of a
/// character set with no character after it) is there.
impl<T: Part + Composite + Default + PartialEq> Part for Option<Box<T>> {
    fn read(reader: &mut Reader<'_>) -> Option<Box<T>> {
        let value = T::read(reader);
        (value != T::default() || value.rest().keeps_something()).then(|| Box::new(value))
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Some(value) => value.write(writer),
            None => T::skip(writer),
        }
    }
}

/// A composite one level down.
pub(super) fn read_component<T: Composite + Default>(reader: &mut Reader<'_>) -> T {
    match reader.next() {
        "" => T::default(),
        raw => T::read_text(raw, Level::Component),
    }
}

pub(super) fn write_component<T: Composite>(value: &T, writer: &mut Writer<'_>) {
    let text = value.write_text(Level::Component);
    writer.put(&text);
}

pub(super) fn parse<T: Composite>(raw: &str, level: Level, separators: &Separators) -> T {
    let raw = respelled(raw, separators, &Separators::DEFAULT, Scope::Field);
    T::read_text(&raw, level)
}

pub(super) fn format<T: Composite>(value: &T, level: Level, separators: &Separators) -> String {
    let text = value.write_text(level);
    respelled(&text, &Separators::DEFAULT, separators, Scope::Field).into_owned()
}

/// Declares a composite type: its parts in the order of HL7, each one component; a kind of `FamilyParts` shares the
/// component of the part after it. `Debug` shows the named parts only.
macro_rules! composite {
    (
        $(#[$about:meta])*
        $name:ident shows [$($shown:ident),*] {
            $( $(#[$what:meta])* $part:ident: $kind:ty, )+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            $( $(#[$what])* pub $part: $kind, )+
            /// What came beyond the parts above; kept for writing it again.
            pub rest: $crate::datatype::Rest,
        }

        impl $crate::datatype::composite::Composite for $name {
            fn read_text(raw: &str, level: $crate::datatype::composite::Level) -> Self {
                let mut reader = $crate::datatype::composite::Reader::new(raw, level);
                $name {
                    $( $part: $crate::datatype::composite::Part::read(&mut reader), )+
                    rest: reader.finish(),
                }
            }

            fn write_text(&self, level: $crate::datatype::composite::Level) -> String {
                let mut writer = $crate::datatype::composite::Writer::new(level, &self.rest);
                $( $crate::datatype::composite::Part::write(&self.$part, &mut writer); )+
                writer.finish()
            }

            fn rest(&self) -> &$crate::datatype::Rest {
                &self.rest
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $( .field(stringify!($shown), &self.$shown) )*
                    .finish_non_exhaustive()
            }
        }
    };
}

/// The type may stand in a component: its parts are then subcomponents.
macro_rules! in_component {
    ($($name:ident),+) => {
        $(impl $crate::datatype::composite::Part for $name {
            fn read(reader: &mut $crate::datatype::composite::Reader<'_>) -> Self {
                $crate::datatype::composite::read_component(reader)
            }

            fn write(&self, writer: &mut $crate::datatype::composite::Writer<'_>) {
                $crate::datatype::composite::write_component(self, writer);
            }
        })+
    };
}

/// The type is that of whole fields.
macro_rules! in_field {
    ($($name:ident),+) => {
        $(impl $name {
            /// Reads one repetition as on the wire. Absent parts are empty, the HL7 null stays `""`, escapes are
            /// resolved, and what the type does not name is in `rest`.
            pub fn parse(raw: &str, separators: &$crate::Separators) -> $name {
                use $crate::datatype::composite::{Level, parse};
                parse(raw, Level::Field, separators)
            }

            /// The HL7 text with these delimiters, without the empty parts at the end. What was parsed is written as it
            /// came, but for delimiters at the end; with other than the recommended delimiters an escape character that
            /// stood alone is escaped.
            pub fn format(&self, separators: &$crate::Separators) -> String {
                use $crate::datatype::composite::{Level, format};
                format(self, Level::Field, separators)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.format(&$crate::Separators::DEFAULT))
            }
        })+
    };
}

pub(super) use {composite, in_component, in_field};
