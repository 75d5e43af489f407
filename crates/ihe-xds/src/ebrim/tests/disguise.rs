//! The same submission in other clothes: the same metadata, and the same verdict. The clothes are made from another parser's tree.

use super::*;
use crate::error::DecodeError;
use proptest::prelude::*;
use roxmltree::{Document, Node};
use std::fmt::Write;

/// How a body is written again.
#[derive(Clone, Debug)]
struct Disguise {
    /// Prefix of lcm and of rim; empty for the default namespace.
    prefixes: [String; 2],
    /// Every element declares its namespace itself.
    declare_everywhere: bool,
    /// Between elements: white space, comments, instructions.
    between: String,
    /// Attributes and Slots begin with another one.
    rotate: usize,
    /// How text is written.
    text: Text,
    foreign_parts: bool,
    upper_case: bool,
}

#[derive(Clone, Copy, Debug)]
enum Text {
    Plain,
    CData,
    Numbers,
}

fn disguise() -> impl Strategy<Value = Disguise> {
    let prefixes =
        proptest::sample::select(vec![["", "a"], ["ns2", ""], ["rim", "lcm"], ["é.-_", "x"]]);
    let between = proptest::sample::select(vec![
        "",
        "\n\t  ",
        "\r\n<!-- ' & < -->",
        " <?p ?>",
        "<![CDATA[ ]]>",
    ]);
    let text = proptest::sample::select(vec![Text::Plain, Text::CData, Text::Numbers]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (prefixes, between, 0usize..8, text, flags).prop_map(
        |(prefixes, between, rotate, text, flags)| Disguise {
            prefixes: prefixes.map(str::to_owned),
            declare_everywhere: flags.0,
            between: between.to_owned(),
            rotate,
            text,
            foreign_parts: flags.1,
            upper_case: flags.2,
        },
    )
}

impl Disguise {
    fn apply(&self, xml: &str) -> String {
        let tree = Document::parse(xml).unwrap();
        let mut out = String::from("<?xml version=\"1.0\"?>");
        self.element(&mut out, tree.root_element(), true);
        out
    }

    fn prefix(&self, namespace: &str) -> &str {
        let [lcm, rim] = &self.prefixes;
        if namespace == ns::LCM { lcm } else { rim }
    }

    fn declared(&self, out: &mut String, namespace: &str) {
        match self.prefix(namespace) {
            "" => write!(out, " xmlns='{namespace}'"),
            prefix => write!(out, " xmlns:{prefix}='{namespace}'"),
        }
        .unwrap();
    }

    fn escaped(&self, text: &str) -> String {
        let one = |c: char| match (self.text, c) {
            (Text::Numbers, c) => format!("&#x{:x};", u32::from(c)),
            (_, '&' | '<' | '>' | '\'' | '\r' | '\n' | '\t') => format!("&#{};", u32::from(c)),
            (_, c) => c.to_string(),
        };
        text.chars().map(one).collect()
    }

    fn attributes(&self, out: &mut String, node: Node<'_, '_>) {
        let mut all: Vec<_> = node.attributes().collect();
        let length = all.len().max(1);
        all.rotate_left(self.rotate % length);
        for attribute in all {
            let xml = attribute.namespace() == Some(ns::XML);
            let name = if xml { "xml:lang" } else { attribute.name() };
            let is_id = attribute.value().starts_with("urn:uuid:");
            let value = match is_id && self.upper_case {
                true => format!("urn:uuid:{}", attribute.value()[9..].to_ascii_uppercase()),
                false => attribute.value().to_owned(),
            };
            write!(out, " {name} = '{}'", self.escaped(&value)).unwrap();
        }
        if self.foreign_parts {
            out.push_str(" xmlns:f='urn:f' f:id='x' unknown=\"'\"");
        }
    }

    fn element(&self, out: &mut String, node: Node<'_, '_>, root: bool) {
        let namespace = node.tag_name().namespace().unwrap_or_default();
        let name = match self.prefix(namespace) {
            "" => node.tag_name().name().to_owned(),
            prefix => format!("{prefix}:{}", node.tag_name().name()),
        };
        write!(out, "<{name}").unwrap();
        if root {
            [ns::LCM, ns::RIM]
                .iter()
                .for_each(|one| self.declared(out, one));
        } else if self.declare_everywhere {
            self.declared(out, namespace);
        }
        self.attributes(out, node);
        out.push('>');
        if let Some(text) = node.text() {
            match self.text {
                Text::CData if !text.contains("]]>") => write!(out, "<![CDATA[{text}]]>").unwrap(),
                _ => out.push_str(&self.escaped(text)),
            }
        } else if name.ends_with("Object") && self.foreign_parts {
            out.push_str("<Unknown xmlns=''><f:Slot name='hash'>&amp;<f:Deep/></f:Slot></Unknown>");
        }
        for child in self.children(node) {
            out.push_str(&self.between);
            self.element(out, child, false);
        }
        if node.text().is_none() {
            out.push_str(&self.between);
        }
        write!(out, "</{name} >").unwrap();
    }

    fn children<'a>(&self, node: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
        let all = node.children().filter(|child| child.is_element());
        let (mut slots, others): (Vec<_>, Vec<_>) =
            all.partition(|child| child.tag_name().name() == "Slot");
        let length = slots.len().max(1);
        slots.rotate_left(self.rotate % length);
        slots.into_iter().chain(others).collect()
    }
}

/// The submission, or codes and contexts of all errors in an order that does not depend on that of Slots.
fn verdict(xml: &str) -> Result<Submission, Vec<(String, String)>> {
    iti42::decode(xml, &Rules::default()).map_err(|error| {
        let DecodeError::Refused(refusal) = error else {
            panic!("malformed: {xml}")
        };
        let errors = refusal.errors.into_iter();
        let mut all: Vec<_> = errors
            .map(|one| (one.code.to_string(), one.context.to_ascii_lowercase()))
            .collect();
        all.sort();
        all
    })
}

/// Ways to spoil a submission that is right.
const FAULTS: [(&str, &str); 9] = [
    ("", ""),
    ("name=\"hash\"", "name=\"hashes\""),
    ("mimeType=\"text/plain\"", "mimeType=\"\""),
    ("AssociationType:HasMember", "AssociationType:HasMembers"),
    (
        "<rim:Value>20200102</rim:Value>",
        "<rim:Value>20200132</rim:Value><rim:Value>2</rim:Value>",
    ),
    ("nodeRepresentation=\"class\"", "nodeRepresentation=\"\""),
    ("XDSDocumentEntry.uniqueId", "XDSDocumentEntry.patientId"),
    ("P1^^^&amp;1.2.3.4.3000&amp;ISO", "P1"),
    ("name=\"URI\"", "name=\"urn:ihe:x\""),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn prefixes_order_white_space_cdata_and_unknown_parts_change_nothing(
        disguise in disguise(),
        (fault, spoiled) in proptest::sample::select(FAULTS.to_vec()),
    ) {
        let mut submission = sample();
        submission.documents[0].comments = Some("a]]>b 𠮷 <&>\r\n".into());
        submission.documents[0].uri = Some("file.txt".into());
        let xml = iti42::encode(&submission).replace(fault, spoiled);
        let other = disguise.apply(&xml);
        prop_assert_eq!(verdict(&other), verdict(&xml), "{:?}", disguise);
    }
}

#[test]
fn every_fault_but_none_is_refused() {
    let mut submission = sample();
    submission.documents[0].uri = Some("file.txt".into());
    let xml = iti42::encode(&submission);
    for (fault, spoiled) in FAULTS {
        assert_eq!(
            verdict(&xml.replace(fault, spoiled)).is_ok(),
            fault.is_empty(),
            "{fault}"
        );
    }
}

#[test]
fn xds_t_023_what_is_wrong_with_a_submission_is_never_told_as_a_general_error() {
    let mut submission = sample();
    submission.documents[0].uri = Some("file.txt".into());
    let xml = iti42::encode(&submission);
    for (fault, spoiled) in FAULTS.into_iter().skip(1) {
        let errors = verdict(&xml.replace(fault, spoiled)).unwrap_err();
        let exact = |(code, context): &(String, String)| {
            code != "XDSRegistryError" && code != "XDSRepositoryError" && !context.is_empty()
        };
        assert!(errors.iter().all(exact), "{fault}");
    }
}
