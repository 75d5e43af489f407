//! Ids in QPD-3: `@PID.3.1^42~@PID.3.4.2^1.2.3~@PID.3.4.3^ISO`, several one after the other.

use hl7v2::ack::Location;
use hl7v2::datatype::{Cx, Hd};
use hl7v2::escape::unescape;
use hl7v2::{Message, Repetition, Separators};

use super::PARAMETERS;
use super::parameters::{Name, unknown_authority};
use super::query::{missing, wrong};
use crate::FeedPolicy;
use crate::transaction::{Problems, position};

/// Ids as they come together. A part that comes again begins the next id.
#[derive(Default)]
pub(super) struct Ids {
    list: Vec<Parts>,
}

/// The parts of one id, and where each stood.
#[derive(Default)]
struct Parts {
    id: Option<(String, u16)>,
    authority: Hd,
    authority_at: Option<u16>,
}

/// Which parts of PID-3 may be asked for: the id, and the authority or its parts.
pub(super) fn is_part(name: &Name) -> bool {
    matches!(
        (name.component, name.subcomponent),
        (0 | 1, 0 | 1) | (4, 0..=3)
    )
}

impl Ids {
    /// The ids of a request as they stand there, domains not looked up.
    pub(super) fn of(request: &Message) -> Vec<Cx> {
        let mut ids = Ids::default();
        let field = request.segment("QPD").map(|qpd| qpd.field(3));
        let parameters = field.into_iter().flat_map(|field| field.repetitions());
        for (index, parameter) in parameters.enumerate().take(PARAMETERS) {
            let name = Name::parse(&parameter.component(1).value());
            if let Some(name) = name.filter(|name| name.is_id() && is_part(name)) {
                ids.take(name, parameter, position(index), request.separators());
            }
        }
        let id = |parts: Parts| Some(Cx::new(parts.id?.0, parts.authority));
        ids.list.into_iter().filter_map(id).collect()
    }

    pub(super) fn take(
        &mut self,
        name: Name,
        parameter: Repetition<'_>,
        repetition: u16,
        separators: Separators,
    ) {
        let value = parameter.component(2);
        match (name.component, name.subcomponent) {
            (4, 0) => {
                let authority = Hd::parse(value.raw(), &separators);
                self.next_if(|parts| parts.authority_at.is_some());
                self.authority(repetition, authority);
            }
            (4, part) => {
                self.next_if(|parts| !part_of(&mut parts.authority, part).is_empty());
                let current = self.current();
                current.authority_at.get_or_insert(repetition);
                *part_of(&mut current.authority, part) = value.value().into_owned();
            }
            (0, _) => self.whole(parameter, repetition, separators),
            _ => self.id(value.value().into_owned(), repetition),
        }
    }

    /// `@PID.3`: the whole id, its delimiters escaped or not.
    fn whole(&mut self, parameter: Repetition<'_>, repetition: u16, separators: Separators) {
        let delimiter = char::from(separators.component);
        let raw = parameter.raw().split_once(delimiter);
        let raw = raw.map(|(_, value)| value).unwrap_or_default();
        let bare = !raw.contains(delimiter);
        let cx = match unescape(raw, &separators) {
            value if bare => Cx::parse(&value, &Separators::DEFAULT),
            _ => Cx::parse(raw, &separators),
        };
        self.id(cx.id, repetition);
        if !cx.assigning_authority.is_empty() {
            self.authority(repetition, cx.assigning_authority);
        }
    }

    fn id(&mut self, id: String, repetition: u16) {
        self.next_if(|parts| parts.id.is_some());
        self.current().id = Some((id, repetition));
    }

    fn authority(&mut self, repetition: u16, authority: Hd) {
        let current = self.current();
        current.authority = authority;
        current.authority_at = Some(repetition);
    }

    fn next_if(&mut self, taken: impl Fn(&mut Parts) -> bool) {
        if taken(self.current()) {
            self.list.push(Parts::default());
        }
    }

    fn current(&mut self) -> &mut Parts {
        if self.list.is_empty() {
            self.list.push(Parts::default());
        }
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// The ids with the authorities of the domains they name; what is not whole or not known is told.
    pub(super) fn resolved(self, policy: &FeedPolicy, found: &mut Problems) -> Vec<Cx> {
        let place = |repetition| Location::field("QPD", 1, 3).repetition(repetition);
        let mut ids = Vec::new();
        for parts in self.list {
            match (parts.id, parts.authority_at) {
                (None, None) => {}
                (None, Some(at)) => found.push(missing(place(at))),
                (Some((_, at)), None) => found.push(missing(place(at))),
                (Some((id, at)), Some(_)) if id.trim().is_empty() => {
                    found.push(missing(place(at)));
                }
                (Some((id, at)), Some(_)) if id.chars().count() > policy.limits.id_length => {
                    found.push(wrong(place(at), "the id is too long"));
                }
                (Some((id, _)), Some(at)) => match policy.resolve(&parts.authority) {
                    Some(domain) => ids.push(Cx::new(id, domain.authority.clone())),
                    None => found.push(unknown_authority(at)),
                },
            }
        }
        ids
    }
}

fn part_of(authority: &mut Hd, part: usize) -> &mut String {
    match part {
        1 => &mut authority.namespace_id,
        2 => &mut authority.universal_id,
        _ => &mut authority.universal_id_type,
    }
}
