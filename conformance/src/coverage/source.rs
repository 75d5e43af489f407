//! Rust source read just well enough: functions, their attributes and bodies, without comments and literals.

/// A function with its attributes and its body, both of the masked source.
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    head: &'a str,
    pub(super) body: &'a str,
}

impl Function<'_> {
    /// Whether it is a test of its own: `#[test]`, `#[tokio::test]`, also within `proptest!`.
    pub(super) fn is_test(&self) -> bool {
        self.head.contains("#[test]") || self.head.contains("#[tokio::test")
    }

    /// Whether it runs only when asked for.
    pub(super) fn is_ignored(&self) -> bool {
        self.head.contains("#[ignore")
    }
}

/// The source with every comment and literal blanked, line for line and byte for byte.
pub(super) fn masked(source: &str) -> String {
    let mut bytes = source.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let Some(end) = opaque_end(source.as_bytes(), at) else {
            at += 1;
            continue;
        };
        let hidden = &mut bytes[at..end];
        hidden
            .iter_mut()
            .filter(|byte| **byte != b'\n')
            .for_each(|byte| *byte = b' ');
        at = end;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where the comment or literal that begins here ends.
fn opaque_end(source: &[u8], at: usize) -> Option<usize> {
    let rest = &source[at..];
    let length = match rest {
        [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n'),
        [b'/', b'*', ..] => block_comment(rest),
        [b'r', b'"' | b'#', ..] => return raw_string(rest).map(|length| at + length),
        [b'"', ..] => string(rest),
        [b'\'', ..] => return character(rest).map(|length| at + length),
        _ => return None,
    };
    Some(at + length.unwrap_or(rest.len()))
}

fn block_comment(rest: &[u8]) -> Option<usize> {
    let mut depth = 1;
    let mut at = 2;
    while depth > 0 {
        match rest.get(at..at + 2)? {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    Some(at)
}

/// `r"…"`, `r#"…"#`; a raw identifier (`r#fn`) is none. A prefix (`br`) stays before it.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let inside = &rest[hashes + 2..];
    let found = inside
        .windows(close.len())
        .position(|window| window == close);
    Some(found.map_or(rest.len(), |end| hashes + 2 + end + close.len()))
}

fn string(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match rest.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// `'x'`, `'\n'`, `'あ'`; a lifetime is none.
fn character(rest: &[u8]) -> Option<usize> {
    let inside = &rest[1..];
    if inside.first() == Some(&b'\\') {
        let close = inside.iter().skip(2).position(|byte| *byte == b'\'')?;
        return Some(1 + 2 + close + 1);
    }
    let width = inside
        .iter()
        .skip(1)
        .take_while(|byte| **byte & 0xC0 == 0x80)
        .count()
        + 1;
    (inside.get(width) == Some(&b'\'')).then_some(1 + width + 1)
}

/// Every function that has a body, nested ones as well.
pub(super) fn functions(masked: &str) -> impl Iterator<Item = Function<'_>> {
    masked.match_indices("fn ").filter_map(|(at, found)| {
        let stands_alone = !masked[..at].ends_with(is_name);
        let after = &masked[at + found.len()..];
        let name = &after[..after.find(|letter| !is_name(letter)).unwrap_or(after.len())];
        let head = &masked[masked[..at].rfind(['{', '}', ';']).map_or(0, |end| end + 1)..at];
        let body = body(&after[name.len()..])?;
        (stands_alone && !name.is_empty()).then_some(Function { name, head, body })
    })
}

/// From the first brace outside of parentheses to the one that closes it; `None` when a `;` comes before.
fn body(signature: &str) -> Option<&str> {
    let mut nested = 0_i32;
    let open = signature.bytes().position(|byte| {
        match byte {
            b'(' | b'[' => nested += 1,
            b')' | b']' => nested -= 1,
            _ => (),
        }
        nested == 0 && matches!(byte, b'{' | b';')
    })?;
    if signature.as_bytes()[open] == b';' {
        return None;
    }
    let mut depth = 0_i32;
    let close = signature[open..].bytes().position(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => (),
        }
        depth == 0
    })?;
    Some(&signature[open..=open + close])
}

/// Whether `name` stands in the masked text as a word of its own, and how often.
pub(super) fn mentions(masked: &str, name: &str) -> usize {
    masked
        .match_indices(name)
        .filter(|(at, _)| {
            !masked[..*at].ends_with(is_name) && !masked[at + name.len()..].starts_with(is_name)
        })
        .count()
}

/// Whether a function of that name is called; a method of that name is another.
pub(super) fn calls(masked: &str, name: &str) -> bool {
    masked.match_indices(name).any(|(at, _)| {
        let before = &masked[..at];
        let after = &masked[at + name.len()..];
        !before.ends_with(is_name)
            && !before.ends_with('.')
            && !before.ends_with("fn ")
            && (after.starts_with('(') || after.starts_with("::<"))
    })
}

pub(super) fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}
