//! How typed fields stand in parameters, the same way in both directions.

use super::parameters::Parameters;
use super::value;
use super::{Id, Ids, TimeRange};
use crate::metadata::{AssociationType, Code, ObjectType, Status};

/// A field that is kept in the parameters of these names.
pub(super) trait Field: Sized {
    fn read(from: &Parameters, names: &[&'static str]) -> Self;
    fn write(&self, to: &mut Parameters, names: &[&'static str]);
}

/// Gives a struct its [`Field`]: each of its fields with the names of its parameters.
macro_rules! fields {
    ($of:ident { $($field:ident: [$($name:expr),*]),+ $(,)? }) => {
        impl $crate::transaction::iti18::coding::Field for $of {
            fn read(from: &Parameters, _: &[&'static str]) -> Self {
                Self { $($field: Field::read(from, &[$($name),*])),+ }
            }

            fn write(&self, to: &mut Parameters, _: &[&'static str]) {
                $(self.$field.write(to, &[$($name),*]);)+
            }
        }
    };
}
pub(super) use fields;

/// A single value with its text.
trait Word: Sized {
    fn from_text(text: &str) -> Option<Self>;
    fn text(&self) -> String;
}

impl Word for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn text(&self) -> String {
        self.clone()
    }
}

impl Word for Code {
    fn from_text(text: &str) -> Option<Self> {
        value::code(text)
    }

    fn text(&self) -> String {
        format!("{}^^{}", self.code, self.scheme)
    }
}

macro_rules! urns {
    ($($kind:ident),+) => {
        $(impl Word for $kind {
            fn from_text(text: &str) -> Option<Self> {
                $kind::from_urn(text)
            }

            fn text(&self) -> String {
                self.urn().to_owned()
            }
        })+
    };
}
urns!(Status, ObjectType, AssociationType);

fn words<W: Word>(list: &[String]) -> Vec<W> {
    list.iter().filter_map(|text| W::from_text(text)).collect()
}

fn texts<W: Word>(list: &[W]) -> Vec<String> {
    list.iter().map(Word::text).collect()
}

/// One required value; empty when it is not there, which is refused before.
impl Field for String {
    fn read(from: &Parameters, names: &[&'static str]) -> Self {
        Option::read(from, names).unwrap_or_default()
    }

    fn write(&self, to: &mut Parameters, names: &[&'static str]) {
        to.put(names[0], vec![vec![self.clone()]]);
    }
}

impl Field for Option<String> {
    fn read(from: &Parameters, names: &[&'static str]) -> Self {
        from.lists(names[0]).iter().flatten().next().cloned()
    }

    fn write(&self, to: &mut Parameters, names: &[&'static str]) {
        to.put(names[0], vec![self.iter().cloned().collect()]);
    }
}

/// Alternatives.
impl<W: Word> Field for Vec<W> {
    fn read(from: &Parameters, names: &[&'static str]) -> Self {
        from.lists(names[0])
            .iter()
            .flat_map(|list| words(list))
            .collect()
    }

    fn write(&self, to: &mut Parameters, names: &[&'static str]) {
        to.put(names[0], vec![texts(self)]);
    }
}

/// A conjunction of alternatives: one Slot each.
impl<W: Word> Field for Vec<Vec<W>> {
    fn read(from: &Parameters, names: &[&'static str]) -> Self {
        let lists = from.lists(names[0]).iter();
        lists
            .filter(|list| !list.is_empty())
            .map(|list| words(list))
            .collect()
    }

    fn write(&self, to: &mut Parameters, names: &[&'static str]) {
        to.put(names[0], self.iter().map(|list| texts(list)).collect());
    }
}

/// From and To.
impl Field for TimeRange {
    fn read(from: &Parameters, names: &[&'static str]) -> Self {
        Self {
            from: Option::read(from, &names[..1]),
            to: Option::read(from, &names[1..]),
        }
    }

    fn write(&self, to: &mut Parameters, names: &[&'static str]) {
        self.from.write(to, &names[..1]);
        self.to.write(to, &names[1..]);
    }
}

/// entryUUID or uniqueId.
impl Field for Id {
    fn read(from: &Parameters, names: &[&'static str]) -> Self {
        match Option::read(from, names) {
            Some(uuid) => Self::EntryUuid(uuid),
            None => Self::UniqueId(Field::read(from, &names[1..])),
        }
    }

    fn write(&self, to: &mut Parameters, names: &[&'static str]) {
        match self {
            Self::EntryUuid(id) => id.write(to, names),
            Self::UniqueId(id) => id.write(to, &names[1..]),
        }
    }
}

/// entryUUIDs or uniqueIds.
impl Field for Ids {
    fn read(from: &Parameters, names: &[&'static str]) -> Self {
        match from.lists(names[0]) {
            [] => Self::UniqueIds(Field::read(from, &names[1..])),
            _ => Self::EntryUuids(Field::read(from, names)),
        }
    }

    fn write(&self, to: &mut Parameters, names: &[&'static str]) {
        match self {
            Self::EntryUuids(ids) => ids.write(to, names),
            Self::UniqueIds(ids) => ids.write(to, &names[1..]),
        }
    }
}
