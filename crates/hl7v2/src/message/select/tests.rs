use crate::Message;
use proptest::prelude::*;

const ADT: &str = "MSH|^~\\&|HIS&1.2&ISO|WARD|PIX|HUB|20260315093012||ADT^A04^ADT_A01|PIX1|P^T|2.3.1\r\
EVN|A04|20260315093000\r\
PID|||42^^^A&1.2.3&ISO~43^^^B&1.2.4&ISO||SMITH^J\\T\\J||\"\"|F\r\
OBX|1||a\r\
OBX|2||b~~c";

/// What plain splitting finds for a pattern with the given fixed numbers; `None` is a star.
fn selected_by_splitting(text: &str, wanted: [Option<usize>; 5]) -> Vec<(String, String)> {
    let [occurrence, field, repetition, component, sub] = wanted;
    let parts = |text: &str, separator: char, wanted: Option<usize>, skip: usize| {
        let parts = text
            .split(separator)
            .skip(skip)
            .map(str::to_owned)
            .enumerate();
        let parts = parts.map(|(at, part)| (at + 1, part));
        parts
            .filter(|(n, _)| wanted.is_none_or(|wanted| wanted == *n))
            .collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    let segments = text.split('\r').filter(|line| line.starts_with("ZZ1"));
    for (n, line) in segments.enumerate() {
        if occurrence.is_some_and(|wanted| wanted != n + 1) {
            continue;
        }
        for (f, field) in parts(line, '|', field, 1) {
            for (r, repetition) in parts(&field, '~', repetition, 0) {
                for (c, component) in parts(&repetition, '^', component, 0) {
                    for (s, raw) in parts(&component, '&', sub, 0) {
                        let at = if n == 0 {
                            "ZZ1".to_owned()
                        } else {
                            format!("ZZ1({})", n + 1)
                        };
                        found.push((format!("{at}-{f}({r}).{c}.{s}"), raw));
                    }
                }
            }
        }
    }
    found.retain(|(_, raw)| !raw.is_empty());
    found
}

#[test]
fn select_walks_every_level() {
    let message = Message::parse(ADT.as_bytes()).unwrap();
    let select = |pattern: &str| {
        let found = message.select(pattern).unwrap();
        found
            .map(|(path, raw)| format!("{path}={raw}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        select("OBX(*)-3(*)"),
        ["OBX-3(1)=a", "OBX(2)-3(1)=b", "OBX(2)-3(3)=c"]
    );
    assert_eq!(select("OBX(2)-3"), ["OBX(2)-3=b~~c"]);
    assert_eq!(
        select("PID-3(*).4.2"),
        ["PID-3(1).4.2=1.2.3", "PID-3(2).4.2=1.2.4"]
    );
    assert_eq!(select("PID-3.1"), ["PID-3(1).1=42"]);
    assert_eq!(select("EVN-*"), ["EVN-1=A04", "EVN-2=20260315093000"]);
    assert_eq!(select("MSH-*")[..2], ["MSH-1=|", "MSH-2=^~\\&"]);
    assert_eq!(select("MSH-2(*).*"), ["MSH-2(1).1=^~\\&"]);
    assert!(select("NK1(*)-*").is_empty());
    assert!(message.select("PID-").is_err());
}

proptest! {
    #[test]
    fn select_agrees_with_plain_splitting(
        body in proptest::collection::vec(r"(ZZ1|ZZ2)(\|[a骨^~&]{0,9}){0,4}", 0..6),
        wanted in prop::array::uniform5(prop::option::of(1_usize..4)),
    ) {
        let text = format!("MSH|^~\\&|A\r{}", body.iter().map(|line| format!("{line}\r")).collect::<String>());
        let message = Message::parse(text.as_bytes()).unwrap();
        let star = |n: Option<usize>| n.map_or("*".to_owned(), |n| n.to_string());
        let [occurrence, field, repetition, component, sub] = wanted.map(star);
        let pattern = format!("ZZ1({occurrence})-{field}({repetition}).{component}.{sub}");
        let found: Vec<_> = message.select(&pattern).unwrap().map(|(path, raw)| (path.to_string(), raw.to_owned())).collect();
        for (path, raw) in &found {
            prop_assert_eq!(message.raw(path), Some(raw.as_str()));
        }
        prop_assert_eq!(found, selected_by_splitting(&text, wanted));
    }
}
