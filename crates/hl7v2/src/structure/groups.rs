//! A message as a tree of its segment groups.

use super::check::structure_of;
use super::group_path::GroupPath;
use super::report::Findings;
use super::walk::{Placed, Step, Walk};
use super::{Profile, grammar::Grammar};
use crate::{Message, Segment};
use std::collections::HashMap;
use std::fmt;

/// The groups of a message by the structure of the profile that it claims ([`Profile::of`]). A segment that has no place
/// belongs to the group that is open when it comes; a message of unknown structure is one group.
///
/// ```
/// let message = hl7v2::Message::parse(
///     b"MSH|^~\\&|A|B|C|D|2026||ORU^R01^ORU_R01|7|P|2.5\rPID|||7\rOBR|1\rOBX|1|NM|K||4.1\rOBR|2\rOBX|1|NM|K||4.2\r",
/// )?;
/// let tree = hl7v2::structure::groups(&message);
/// let result = tree.root().groups_named("PATIENT_RESULT").next().unwrap();
/// assert_eq!(result.groups_named("ORDER_OBSERVATION").count(), 2);
/// assert_eq!(tree.raw("PATIENT_RESULT.ORDER_OBSERVATION(2).OBX-5"), Some("4.2"));
/// # Ok::<(), hl7v2::ParseError>(())
/// ```
pub fn groups(message: &Message) -> GroupTree<'_> {
    groups_of(message, &Profile::of(message))
}

/// The groups of a message by the structure of a profile.
pub fn groups_of<'m>(message: &'m Message, profile: &Profile) -> GroupTree<'m> {
    let grammar = structure_of(message, profile, &mut Findings::new(0));
    let mut builder = Builder::new(message);
    let mut walk = grammar.map(Walk::new);
    let names: Vec<&str> = builder.segments.iter().map(Segment::name).collect();
    for at in 0..names.len() {
        let ahead = names.get(at..).unwrap_or_default();
        if let (Some(walk), Some(grammar)) = (&mut walk, grammar) {
            let from = walk.at();
            if let Placed::Here(step) = walk.place(ahead) {
                builder.enter(grammar, from, &step);
            }
        }
        builder.add(at);
    }
    GroupTree {
        structure: grammar.map(|grammar| grammar.id.clone()),
        segments: builder.segments,
        nodes: builder.nodes,
    }
}

/// The segments of a message in their groups.
#[derive(Clone)]
pub struct GroupTree<'m> {
    structure: Option<String>,
    segments: Vec<Segment<'m>>,
    /// The first is the message.
    nodes: Vec<Node>,
}

#[derive(Clone)]
struct Node {
    name: String,
    number: usize,
    /// In the order of the message.
    parts: Vec<Child>,
    /// One past the last segment; groups hold their segments together.
    segments: std::ops::Range<usize>,
}

#[derive(Clone, Copy)]
enum Child {
    Group(usize),
    Segment(usize),
}

/// What a group is made of.
#[derive(Clone, Copy)]
pub enum Part<'t, 'm> {
    /// A group inside.
    Group(Group<'t, 'm>),
    /// A segment that belongs to no group inside.
    Segment(Segment<'m>),
}

/// One repetition of a group.
#[derive(Clone, Copy)]
pub struct Group<'t, 'm> {
    tree: &'t GroupTree<'m>,
    node: &'t Node,
}

impl<'m> GroupTree<'m> {
    /// The structure the groups come from, e.g. `ORU_R01`; `None` if none is known.
    pub fn structure(&self) -> Option<&str> {
        self.structure.as_deref()
    }

    /// The message as a group; it has no name.
    pub fn root(&self) -> Group<'_, 'm> {
        static NOTHING: Node = Node {
            name: String::new(),
            number: 1,
            parts: Vec::new(),
            segments: 0..0,
        };
        Group {
            tree: self,
            node: self.nodes.first().unwrap_or(&NOTHING),
        }
    }

    /// The group at an address such as `PATIENT_RESULT(1).ORDER_OBSERVATION(2)`.
    pub fn group(&self, path: &str) -> Option<Group<'_, 'm>> {
        let steps = GroupPath::parse_groups(path).ok()?;
        self.descend(&steps)
    }

    /// The text at an address such as `PATIENT_RESULT(1).ORDER_OBSERVATION(2).OBX(3)-5.1`, as on the wire. OBX(3) is the
    /// third OBX of that group, groups inside it included. `None` if absent or empty, or if `path` is no address.
    pub fn raw(&self, path: &str) -> Option<&'m str> {
        let path = GroupPath::parse(path).ok()?;
        let group = self.descend(&path.groups)?;
        let segment = group
            .segments()
            .filter(|segment| segment.name() == path.path.segment)
            .nth(path.path.occurrence.checked_sub(1)?)?;
        path.value(segment)
    }

    fn descend(&self, steps: &[(&str, usize)]) -> Option<Group<'_, 'm>> {
        steps
            .iter()
            .try_fold(self.root(), |group, &(name, number)| {
                group.groups_named(name).nth(number.checked_sub(1)?)
            })
    }
}

impl<'t, 'm> Group<'t, 'm> {
    /// The name in the structure, e.g. `ORDER_OBSERVATION`; empty for the message.
    pub fn name(&self) -> &'t str {
        &self.node.name
    }

    /// Which repetition of the group it is inside the group around it, from 1.
    pub fn number(&self) -> usize {
        self.node.number
    }

    /// Groups and segments in the order of the message.
    pub fn parts(&self) -> impl Iterator<Item = Part<'t, 'm>> + use<'t, 'm> {
        let tree = self.tree;
        self.node.parts.iter().filter_map(move |part| match *part {
            Child::Group(at) => {
                let node = tree.nodes.get(at)?;
                Some(Part::Group(Group { tree, node }))
            }
            Child::Segment(at) => tree.segments.get(at).copied().map(Part::Segment),
        })
    }

    /// The groups inside, one level down.
    pub fn groups(&self) -> impl Iterator<Item = Group<'t, 'm>> + use<'t, 'm> {
        self.parts().filter_map(|part| match part {
            Part::Group(group) => Some(group),
            Part::Segment(_) => None,
        })
    }

    /// The repetitions of the group of that name, one level down.
    pub fn groups_named<'a>(
        &self,
        name: &'a str,
    ) -> impl Iterator<Item = Group<'t, 'm>> + use<'a, 't, 'm> {
        self.groups().filter(move |group| group.name() == name)
    }

    /// All segments, those of the groups inside included, in the order of the message.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'m>> + use<'t, 'm> {
        let range = self.node.segments.clone();
        let all = self.tree.segments.get(range).unwrap_or_default();
        all.iter().copied()
    }
}

impl fmt::Debug for Group<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.number())
    }
}

impl fmt::Debug for GroupTree<'_> {
    /// Names of segments and groups only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.nodes.iter().map(|node| node.name.as_str());
        f.debug_struct("GroupTree")
            .field("structure", &self.structure)
            .field("groups", &names.collect::<Vec<_>>())
            .finish()
    }
}

struct Builder<'m> {
    segments: Vec<Segment<'m>>,
    nodes: Vec<Node>,
    /// From the outside: the group in the grammar, its node, and how often each group came inside it.
    open: Vec<Open>,
}

struct Open {
    group: u16,
    node: usize,
    numbers: HashMap<u16, usize>,
}

impl<'m> Builder<'m> {
    fn new(message: &'m Message) -> Builder<'m> {
        let root = Open {
            group: 0,
            node: 0,
            numbers: HashMap::new(),
        };
        Builder {
            segments: message.segments().collect(),
            nodes: vec![Node {
                name: String::new(),
                number: 1,
                parts: Vec::new(),
                segments: 0..0,
            }],
            open: vec![root],
        }
    }

    /// Closes the groups that end before the step, and opens those that it begins.
    fn enter(&mut self, grammar: &Grammar, from: Option<u16>, step: &Step) {
        let stays = |group: u16| {
            let anew = step
                .again
                .is_some_and(|again| grammar.contains(again, group));
            group == 0 || (from.is_some() && grammar.contains(group, step.at) && !anew)
        };
        while self.open.last().is_some_and(|open| !stays(open.group)) {
            self.open.pop();
        }
        let mut path: Vec<u16> = grammar.ancestors(step.at).collect();
        path.reverse();
        for group in path.into_iter().skip(self.open.len()) {
            self.begin(group, grammar.label(group));
        }
    }

    fn begin(&mut self, group: u16, name: String) {
        let node = self.nodes.len();
        let Some(around) = self.open.last_mut() else {
            return;
        };
        let number = around.numbers.entry(group).or_default();
        *number += 1;
        let start = self.nodes.get(around.node).map_or(0, |n| n.segments.end);
        let new = Node {
            name,
            number: *number,
            parts: Vec::new(),
            segments: start..start,
        };
        if let Some(around) = self.nodes.get_mut(around.node) {
            around.parts.push(Child::Group(node));
        }
        self.nodes.push(new);
        self.open.push(Open {
            group,
            node,
            numbers: HashMap::new(),
        });
    }

    fn add(&mut self, at: usize) {
        if let Some(innermost) = self.open.last()
            && let Some(node) = self.nodes.get_mut(innermost.node)
        {
            node.parts.push(Child::Segment(at));
        }
        for open in &self.open {
            if let Some(node) = self.nodes.get_mut(open.node) {
                node.segments.end = at + 1;
            }
        }
    }
}
