//! Metamorphic variants: the same request said otherwise, of which the verdict must be the same.

mod write;
mod xml;

pub use xml::xml;

use serde::Deserialize;

/// How a request is said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// XML: every prefix is another one.
    Prefixes,
    /// XML: attributes in reverse order.
    AttributeOrder,
    /// ebRIM: slots of an object in reverse order.
    SlotOrder,
    /// XML: white space between elements.
    WhiteSpace,
    /// XML: lines end with CR LF; HL7 v2: segments do.
    Crlf,
    /// MTOM: base64 in the envelope instead of parts.
    Inline,
    /// HTTP: chunks of 7, 8, 9 … bytes.
    OddChunks,
    /// Hexadecimal of a hash in capitals.
    HexCase,
    /// MLLP: byte by byte.
    ByteByByte,
    /// HL7 v2: a Z-segment and trailing delimiters that mean nothing.
    ExtraHl7,
}

impl Variant {
    /// All of them.
    pub const ALL: [(Variant, &'static str); 10] = [
        (Variant::Prefixes, "prefixes"),
        (Variant::AttributeOrder, "attribute-order"),
        (Variant::SlotOrder, "slot-order"),
        (Variant::WhiteSpace, "white-space"),
        (Variant::Crlf, "crlf"),
        (Variant::Inline, "inline"),
        (Variant::OddChunks, "odd-chunks"),
        (Variant::HexCase, "hex-case"),
        (Variant::ByteByByte, "byte-by-byte"),
        (Variant::ExtraHl7, "extra-hl7"),
    ];

    /// Its name in case files and reports.
    pub fn name(self) -> &'static str {
        let found = Variant::ALL.iter().find(|(variant, _)| *variant == self);
        found.map_or("", |(_, name)| name)
    }
}

/// The HL7 v2 message, said otherwise.
pub fn hl7(variant: Option<Variant>, message: Vec<u8>) -> Vec<u8> {
    let segments = message
        .split(|byte| *byte == b'\r')
        .filter(|line| !line.is_empty());
    match variant {
        Some(Variant::ExtraHl7) => {
            let mut said: Vec<u8> = segments.flat_map(|line| [line, b"||\r"].concat()).collect();
            said.extend_from_slice(b"ZZZ|1|nothing^to&do~with it\r");
            said
        }
        Some(Variant::Crlf) => segments.flat_map(|line| [line, b"\r\n"].concat()).collect(),
        _ => message,
    }
}

/// In how many writes an HL7 v2 frame goes out.
pub fn pieces(variant: Option<Variant>) -> Option<usize> {
    (variant == Some(Variant::ByteByByte)).then_some(usize::MAX)
}
