//! XML and ebRIM said otherwise: what a parser of the standard makes of it stays the same.

use super::Variant;
use super::write::{self, Manner};
use roxmltree::{Document, Node, ParsingOptions};

const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";

/// The XML document, said otherwise. What is no XML stays as it is: a case may send it on purpose.
pub fn xml(variant: Option<Variant>, document: String) -> String {
    let manner = match variant {
        Some(Variant::Prefixes) => Manner {
            prefix: "zz",
            ..Manner::default()
        },
        Some(Variant::AttributeOrder) => Manner {
            attributes_reversed: true,
            ..Manner::default()
        },
        Some(Variant::SlotOrder) => Manner {
            children: slots_reversed,
            ..Manner::default()
        },
        Some(Variant::WhiteSpace) => Manner {
            between: "\n \t\n  ",
            ..Manner::default()
        },
        Some(Variant::Crlf) => Manner {
            between: "\r\n",
            ..Manner::default()
        },
        Some(Variant::HexCase) => Manner {
            text: hash_in_capitals,
            ..Manner::default()
        },
        Some(Variant::Inline | Variant::OddChunks | Variant::ByteByByte | Variant::ExtraHl7)
        | None => return document,
    };
    let parsed = Document::parse_with_options(&document, ParsingOptions::default());
    parsed.map_or(document.clone(), |parsed| write::document(&parsed, &manner))
}

/// The Slots of an object in reverse order, each in the place of another: they are a set (ebRIM 2.1).
fn slots_reversed<'a, 'i>(mut children: Vec<Node<'a, 'i>>) -> Vec<Node<'a, 'i>> {
    let is_slot = |node: &Node<'_, '_>| node.has_tag_name((RIM, "Slot"));
    let places: Vec<usize> = (0..children.len())
        .filter(|at| is_slot(&children[*at]))
        .collect();
    let slots: Vec<Node<'a, 'i>> = places.iter().rev().map(|at| children[*at]).collect();
    for (at, slot) in places.into_iter().zip(slots) {
        children[at] = slot;
    }
    children
}

/// The value of a Slot `hash` in capitals; any other text as it is.
fn hash_in_capitals(node: &Node<'_, '_>) -> String {
    let text = node.text().unwrap_or_default();
    let is_hash = node.ancestors().nth(3).is_some_and(|slot| {
        slot.has_tag_name((RIM, "Slot")) && slot.attribute("name") == Some("hash")
    });
    match is_hash {
        true => text.to_ascii_uppercase(),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const ENVELOPE: &str = r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action s:mustUnderstand="true">urn:x</a:Action></s:Header><s:Body><Object xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0" id="one" lid="two&quot;&lt;&#10;" xml:lang="ja">
  <Slot name="hash"><ValueList><Value>abc0</Value></ValueList></Slot><!-- between -->
  <Slot name="size"><ValueList><Value> 5 &amp; &lt; ]]&gt;&#13;</Value></ValueList></Slot>
  <Name><LocalizedString charset="UTF-8" value="題名"/></Name><Slot name="other"/><Mixed>a <b/> c</Mixed>
  <d:Document xmlns:d="urn:d"><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:x"/></d:Document></Object></s:Body></s:Envelope>"#;

    /// What a document says: names with their namespaces, attributes as a set, text but for white space between elements.
    fn said(node: Node<'_, '_>, sorted: bool) -> String {
        let attributes: BTreeSet<String> = node
            .attributes()
            .map(|one| format!("{:?}{}={:?}", one.namespace(), one.name(), one.value()))
            .collect();
        let mixed = node.children().any(|child| {
            child
                .text()
                .is_some_and(|text| child.is_text() && !text.trim().is_empty())
        });
        let mut inside: Vec<String> = node
            .children()
            .filter(|child| {
                child.is_element() || child.is_text() && (mixed || node.children().count() == 1)
            })
            .map(|child| match child.is_text() {
                true => format!("{:?}", child.text().unwrap_or_default()),
                false => said(child, sorted),
            })
            .collect();
        if sorted {
            inside.sort();
        }
        format!("{:?}{attributes:?}{inside:?}", node.tag_name())
    }

    fn meaning(text: &str, sorted: bool) -> String {
        let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        said(document.root_element(), sorted)
    }

    fn varied(variant: Variant) -> String {
        xml(Some(variant), ENVELOPE.to_owned())
    }

    #[test]
    fn what_is_said_otherwise_says_the_same() {
        for variant in [
            Variant::Prefixes,
            Variant::AttributeOrder,
            Variant::WhiteSpace,
            Variant::Crlf,
        ] {
            let text = varied(variant);
            assert_ne!(text, ENVELOPE, "{variant:?}");
            assert_eq!(
                meaning(&text, false),
                meaning(ENVELOPE, false),
                "{variant:?}"
            );
        }
        let text = varied(Variant::SlotOrder);
        assert_ne!(meaning(&text, false), meaning(ENVELOPE, false));
        assert_eq!(meaning(&text, true), meaning(ENVELOPE, true));
    }

    #[test]
    fn every_prefix_is_another_one() {
        let text = varied(Variant::Prefixes);
        for old in ["<s:", "<a:", "<d:", "<i:", "<Object", " s:must", "xmlns="] {
            assert!(!text.contains(old), "{old} in {text}");
        }
        assert!(text.contains("xml:lang=\"ja\""), "{text}");
    }

    #[test]
    fn attributes_and_slots_are_in_reverse_order() {
        let places = |text: &str, names: [&str; 2]| names.map(|name| text.find(name).expect(name));
        let [first, second] = places(
            &varied(Variant::AttributeOrder),
            ["id=\"one\"", "lid=\"two"],
        );
        assert!(first > second);
        let text = varied(Variant::SlotOrder);
        let [hash, size] = places(&text, ["\"hash\"", "\"size\""]);
        let [name, other] = places(&text, ["<Name", "\"other\""]);
        assert!(other < size && size < name && name < hash, "{text}");
    }

    #[test]
    fn white_space_stands_only_where_it_means_nothing() {
        for variant in [Variant::WhiteSpace, Variant::Crlf] {
            let text = varied(variant);
            assert!(text.contains("<Mixed>a <b/> c</Mixed>"), "{text}");
            assert!(
                text.contains("<d:Document xmlns:d=\"urn:d\"><i:Include"),
                "{text}"
            );
            assert!(text.contains("<Value>abc0</Value>"), "{text}");
        }
        let text = varied(Variant::Crlf);
        assert!(text.contains("\r\n<s:Body>"), "{text}");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn only_the_hash_is_in_capitals() {
        let text = varied(Variant::HexCase);
        assert!(text.contains("<Value>ABC0</Value>"), "{text}");
        let lower = meaning(&text.replace("ABC0", "abc0"), false);
        assert_eq!(lower, meaning(ENVELOPE, false));
    }

    #[test]
    fn without_a_variant_of_xml_and_without_xml_nothing_changes() {
        assert_eq!(xml(None, ENVELOPE.to_owned()), ENVELOPE);
        assert_eq!(varied(Variant::OddChunks), ENVELOPE);
        assert_eq!(xml(Some(Variant::Crlf), "<a>".to_owned()), "<a>");
    }
}
