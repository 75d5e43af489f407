//! HL7 v2 data types: any text is read, what was read is written and read the same, and every type is checked.
#![no_main]

use hl7v2::datatype::{
    self, Ce, Cne, Cwe, Cx, Dr, Dt, Dtm, Ei, Hd, Msg, Pl, Pt, Tm, Ts, Vid, Xad, Xcn, Xon, Xpn, Xtn,
};
use hl7v2::{Message, Separators};
use libfuzzer_sys::fuzz_target;

const ODD: Separators = Separators {
    field: b'!',
    component: b'@',
    repetition: b'*',
    escape: b'%',
    subcomponent: b'$',
};

macro_rules! stays_the_same {
    ($text:expr, $separators:expr, [$($name:ident),+]) => {
        $(
            let value = $name::parse($text, $separators);
            let written = value.format($separators);
            assert!($name::parse(&written, $separators) == value, stringify!($name));
            assert!($name::parse(&written, $separators).format($separators) == written, stringify!($name));
        )+
    };
}

fuzz_target!(|text: &str| {
    for separators in [&Separators::DEFAULT, &ODD] {
        stays_the_same!(text, separators, [Ce, Cne, Cwe, Cx, Dr, Ei, Hd, Msg]);
        stays_the_same!(text, separators, [Pl, Pt, Ts, Vid, Xad, Xcn, Xon, Xpn, Xtn]);
    }
    if let Ok(time) = text.parse::<Dtm>() {
        assert!(time.to_string() == text);
    }
    let _ = (text.parse::<Dt>(), text.parse::<Tm>());
    check(text);
});

fn check(text: &str) {
    let Ok(message) =
        Message::parse(format!("MSH|^~\\&|A||||||ADT|1|P|2.5\rZZZ|{text}\r").as_bytes())
    else {
        return;
    };
    let Some(segment) = message.segment("ZZZ") else {
        return;
    };
    for repetition in segment.field(1).repetitions() {
        for data_type in [
            "CX", "XCN", "XPN", "XAD", "TS", "HD", "EI", "PL", "TQ", "NM", "DTM", "DT", "TM",
        ] {
            let _ = datatype::check(data_type, repetition);
        }
    }
}
