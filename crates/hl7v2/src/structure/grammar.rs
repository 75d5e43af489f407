//! One message structure as a flat list of nodes in the order of its text.

use std::collections::HashMap;

/// A segment's place or a group.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The group's name, or the segments that may stand here (several only in a choice).
    pub(super) names: Vec<String>,
    pub(super) group: bool,
    pub(super) required: bool,
    pub(super) repeats: bool,
    pub(super) parent: u16,
    /// One past the last node of the group; the parts are between.
    pub(super) end: u16,
}

/// A structure. Node 0 is the message itself; the parts of a group follow it.
#[derive(Clone, Debug)]
pub(super) struct Grammar {
    pub(super) id: String,
    nodes: Vec<Node>,
    /// Where a segment of that name may stand, ascending.
    places: HashMap<String, Vec<u16>>,
}

impl Grammar {
    pub(super) fn new(id: &str, nodes: Vec<Node>) -> Grammar {
        let mut places: HashMap<String, Vec<u16>> = HashMap::new();
        for (at, node) in nodes.iter().enumerate().filter(|(_, node)| !node.group) {
            for name in &node.names {
                places.entry(name.clone()).or_default().push(at as u16);
            }
        }
        Grammar {
            id: id.to_owned(),
            nodes,
            places,
        }
    }

    pub(super) fn node(&self, at: u16) -> Option<&Node> {
        self.nodes.get(usize::from(at))
    }

    /// The name as the grammar holds it, and where such a segment may stand.
    pub(super) fn places(&self, name: &str) -> Option<(&str, &[u16])> {
        self.places
            .get_key_value(name)
            .map(|(name, places)| (name.as_str(), places.as_slice()))
    }

    #[cfg(test)]
    pub(super) fn segment_names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// How the place is called in a text: `PID`, or `OBR or RXO` for a choice.
    pub(super) fn label(&self, at: u16) -> String {
        self.node(at)
            .map(|node| node.names.join(" or "))
            .unwrap_or_default()
    }

    /// The group and all groups around it, from the inside.
    pub(super) fn ancestors(&self, at: u16) -> impl Iterator<Item = u16> {
        let mut next = (at != 0).then(|| self.node(at).map_or(0, |node| node.parent));
        std::iter::from_fn(move || {
            let here = next?;
            next = (here != 0).then(|| self.node(here).map_or(0, |node| node.parent));
            Some(here)
        })
    }

    pub(super) fn contains(&self, group: u16, at: u16) -> bool {
        self.node(group)
            .is_some_and(|node| group <= at && at < node.end)
    }

    /// The segments of `range` that had to be there, given that the groups around `entered` are begun.
    pub(super) fn required(&self, range: std::ops::Range<u16>, entered: &[u16]) -> Vec<u16> {
        let begun = |group: u16| group == 0 || entered.iter().any(|&at| self.contains(group, at));
        let wanted = |at: u16| self.node(at).is_some_and(|node| node.required);
        range
            .filter(|&at| self.node(at).is_some_and(|node| !node.group) && wanted(at))
            .filter(|&at| {
                self.ancestors(at)
                    .take_while(|&group| !begun(group))
                    .all(wanted)
            })
            .collect()
    }

    /// One past the last node.
    pub(super) fn len(&self) -> u16 {
        self.nodes.len() as u16
    }
}

#[cfg(test)]
mod tests {
    use super::super::notation;

    #[test]
    fn required_looks_through_required_groups_and_stops_at_optional_ones() {
        let grammar = notation::read("T", "MSH { A: PID [ B: PV1 ] ( C: MRG ) } [DSC]").unwrap();
        let names = |range, entered: &[u16]| -> Vec<String> {
            grammar
                .required(range, entered)
                .into_iter()
                .map(|at| grammar.label(at))
                .collect()
        };
        assert_eq!(names(0..grammar.len(), &[]), ["MSH", "PID", "MRG"]);
        let pv1 = grammar.places("PV1").unwrap().1[0];
        assert_eq!(names(pv1..grammar.len(), &[pv1]), ["PV1", "MRG"]);
    }

    #[test]
    fn a_bad_structure_is_refused_with_its_reason() {
        for (text, reason) in [
            (
                "MSH [PID",
                "brackets do not match, or a group of several parts has no name",
            ),
            ("MSH ]", "not a segment name of three capitals"),
            (
                "MSH [PID PV1]",
                "brackets do not match, or a group of several parts has no name",
            ),
            ("MSH pid", "not a segment name of three capitals"),
            ("MSH <A01>", ""),
            ("MSH <A01,B02>", "a choice is written <A|B>"),
            ("", "a group without parts"),
            ("MSH [ G: ]", "a group without parts"),
        ] {
            let outcome = notation::read("T", text);
            assert_eq!(outcome.err().unwrap_or_default(), reason, "{text}");
        }
        let deep = format!("{}PID{}", "[".repeat(50), "]".repeat(50));
        assert_eq!(notation::read("T", &deep).err(), Some("groups too deep"));
    }
}
