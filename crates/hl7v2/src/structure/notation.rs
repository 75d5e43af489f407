//! Reads the notation of message structures: `MSH [{SFT}] EVN { PATIENT: PID [PD1] MRG [PV1] }`.

use super::grammar::{Grammar, Node};

/// Groups in groups; HL7 has four. Bounds the recursion below.
const DEEPEST: usize = 12;

/// What one item may do.
#[derive(Clone, Copy)]
struct Flags {
    required: bool,
    repeats: bool,
}

/// The grammar of `body`, the text after the `=` of a line.
pub(super) fn read(id: &str, body: &str) -> Result<Grammar, &'static str> {
    let mut reader = Reader {
        tokens: tokens(body),
        at: 0,
        nodes: Vec::new(),
    };
    let once = Flags {
        required: true,
        repeats: false,
    };
    reader.group("", once, 0, None, 0)?;
    match u16::try_from(reader.nodes.len()) {
        Ok(_) => Ok(Grammar::new(id, reader.nodes)),
        Err(_) => Err("too many parts"),
    }
}

fn tokens(body: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = body.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match word(first) {
            true => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, tail) = rest.split_at(length);
        found.push(token);
        rest = tail.trim_start();
    }
    found
}

struct Reader<'a> {
    tokens: Vec<&'a str>,
    at: usize,
    nodes: Vec<Node>,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Option<&'a str> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let token = self.peek(0);
        self.at += 1;
        token
    }

    /// The parts of a group up to the token that closes it, which is left.
    fn group(
        &mut self,
        name: &str,
        flags: Flags,
        parent: u16,
        closed_by: Option<&str>,
        depth: usize,
    ) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("groups too deep");
        }
        let here = self.push(vec![name.to_owned()], true, flags, parent);
        let once = Flags {
            required: true,
            repeats: false,
        };
        while self.peek(0).is_some() && self.peek(0) != closed_by {
            self.item(once, here, depth + 1)?;
        }
        let end = self.nodes.len() as u16;
        if end == here + 1 {
            return Err("a group without parts");
        }
        if let Some(node) = self.nodes.get_mut(usize::from(here)) {
            node.end = end;
        }
        Ok(())
    }

    fn item(&mut self, flags: Flags, parent: u16, depth: usize) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("groups too deep");
        }
        match self.next() {
            Some("[") => {
                let flags = Flags {
                    required: false,
                    ..flags
                };
                self.bracketed("]", flags, parent, depth)
            }
            Some("{") => {
                let flags = Flags {
                    repeats: true,
                    ..flags
                };
                self.bracketed("}", flags, parent, depth)
            }
            Some("(") => self.bracketed(")", flags, parent, depth),
            Some("<") => self.choice(flags, parent),
            Some(name) => {
                let name = segment(name)?;
                self.push(vec![name], false, flags, parent);
                Ok(())
            }
            None => Err("a bracket is not closed"),
        }
    }

    fn bracketed(
        &mut self,
        close: &'static str,
        flags: Flags,
        parent: u16,
        depth: usize,
    ) -> Result<(), &'static str> {
        match (self.peek(0), self.peek(1)) {
            (Some(name), Some(":")) => {
                self.at += 2;
                self.group(name, flags, parent, Some(close), depth)?;
            }
            _ => self.item(flags, parent, depth + 1)?,
        }
        match self.next() {
            Some(token) if token == close => Ok(()),
            _ => Err("brackets do not match, or a group of several parts has no name"),
        }
    }

    fn choice(&mut self, flags: Flags, parent: u16) -> Result<(), &'static str> {
        let mut names = Vec::new();
        loop {
            names.push(segment(self.next().unwrap_or_default())?);
            match self.next() {
                Some("|") => {}
                Some(">") => break,
                _ => return Err("a choice is written <A|B>"),
            }
        }
        self.push(names, false, flags, parent);
        Ok(())
    }

    fn push(&mut self, names: Vec<String>, group: bool, flags: Flags, parent: u16) -> u16 {
        let here = self.nodes.len() as u16;
        self.nodes.push(Node {
            names,
            group,
            required: flags.required,
            repeats: flags.repeats,
            parent,
            end: here.saturating_add(1),
        });
        here
    }
}

fn segment(name: &str) -> Result<String, &'static str> {
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    match name.len() == 3 && name.bytes().all(upper) {
        true => Ok(name.to_owned()),
        false => Err("not a segment name of three capitals"),
    }
}
