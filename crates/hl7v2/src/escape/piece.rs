//! Formatted text (data types FT and TX) as a sequence of pieces (HL7 v2.5 section 2.7.6).

use super::format::Command;
use super::scan::{Called, Token, Tokens};
use crate::Separators;
use std::borrow::Cow;
use std::fmt;

/// One piece of formatted text. Numbers above 100 are read as 100.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece<'a> {
    /// Text, unescaped.
    Text(Cow<'a, str>),
    /// `\H\`: highlighted from here on.
    Highlight,
    /// `\N\`: no longer highlighted.
    Normal,
    /// `\.br\`: a new line.
    LineBreak,
    /// `\.sp n\`: the line ends, and this many lines down the next begins. The old spelling `^\.sp\` is a [`Piece::LineBreak`].
    Space(u8),
    /// `\.in+n\`: the left margin moves by so many columns. Belongs at the beginning of a line.
    Indent(i8),
    /// `\.ti+n\`: the margin of this line only moves by so many columns. Belongs at the beginning of a line.
    TemporaryIndent(i8),
    /// `\.fi\`: lines are wrapped from here on, which is the default.
    Fill,
    /// `\.nf\`: lines are not wrapped.
    NoFill,
    /// `\.ce\`: the line ends and the next is centred.
    Center,
    /// `\.sk n\`: so many spaces.
    Skip(u8),
    /// `\Z..\`: a local sequence, from its Z on.
    Local(&'a str),
}

impl fmt::Debug for Piece<'_> {
    /// Kinds only: no patient data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Piece::Local(inner) => write!(f, "Local({} bytes)", inner.len()),
            other => f.write_str(&other.command().map(Command::write).unwrap_or_default()),
        }
    }
}

impl Piece<'_> {
    fn of(command: Command) -> Self {
        match command {
            Command::Highlight => Piece::Highlight,
            Command::Normal => Piece::Normal,
            Command::LineBreak => Piece::LineBreak,
            Command::Space(lines) => Piece::Space(lines),
            Command::Indent(columns) => Piece::Indent(columns),
            Command::TemporaryIndent(columns) => Piece::TemporaryIndent(columns),
            Command::Fill => Piece::Fill,
            Command::NoFill => Piece::NoFill,
            Command::Center => Piece::Center,
            Command::Skip(columns) => Piece::Skip(columns),
        }
    }

    fn command(&self) -> Option<Command> {
        Some(match self {
            Piece::Text(_) | Piece::Local(_) => return None,
            Piece::Highlight => Command::Highlight,
            Piece::Normal => Command::Normal,
            Piece::LineBreak => Command::LineBreak,
            Piece::Space(lines) => Command::Space(*lines),
            Piece::Indent(columns) => Command::Indent(*columns),
            Piece::TemporaryIndent(columns) => Command::TemporaryIndent(*columns),
            Piece::Fill => Command::Fill,
            Piece::NoFill => Command::NoFill,
            Piece::Center => Command::Center,
            Piece::Skip(columns) => Command::Skip(*columns),
        })
    }

    fn write(&self, out: &mut String, separators: &Separators) {
        let mark = char::from(separators.escape);
        let mut sequence = |inner: &str| {
            out.push(mark);
            out.push_str(inner);
            out.push(mark);
        };
        match (self, self.command()) {
            (_, Some(command)) => sequence(&command.write()),
            (Piece::Local(inner), _) => sequence(inner),
            (Piece::Text(text), _) => out.push_str(&super::escape(text, separators)),
            _ => {}
        }
    }
}

/// The pieces of a raw (still escaped) value, one for each stretch of text and each command.
///
/// ```
/// use hl7v2::Separators;
/// use hl7v2::escape::{Piece, pieces};
/// let pieces: Vec<_> = pieces(r"A\T\B\.br\\H\high\N\", &Separators::DEFAULT).collect();
/// assert_eq!(
///     pieces,
///     [Piece::Text("A&B".into()), Piece::LineBreak, Piece::Highlight, Piece::Text("high".into()), Piece::Normal]
/// );
/// ```
pub fn pieces<'a>(raw: &'a str, separators: &Separators) -> Pieces<'a> {
    Pieces {
        tokens: Tokens::of(raw, separators),
        component: char::from(separators.component),
        called: Called::default(),
        waiting: None,
    }
}

/// Pieces as a raw value: the reverse of [`pieces`].
///
/// ```
/// use hl7v2::Separators;
/// use hl7v2::escape::{Piece, from_pieces};
/// let raw = from_pieces([Piece::Indent(4), Piece::Text("a|b".into())], &Separators::DEFAULT);
/// assert_eq!(raw, r"\.in+4\a\F\b");
/// ```
pub fn from_pieces<'a>(
    pieces: impl IntoIterator<Item = Piece<'a>>,
    separators: &Separators,
) -> String {
    let mut out = String::new();
    for piece in pieces {
        piece.write(&mut out, separators);
    }
    out
}

/// Iterator of [`pieces`].
pub struct Pieces<'a> {
    tokens: Tokens<'a>,
    component: char,
    called: Called,
    /// The piece that ended the last text.
    waiting: Option<Piece<'a>>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(piece) = self.waiting.take() {
            return Some(piece);
        }
        let mut text = Cow::Borrowed("");
        // Whether the text ends in a component separator as such, not in an escaped one.
        let mut separated = false;
        for token in self.tokens.by_ref() {
            let piece = match token {
                Token::Text(raw) => {
                    separated = raw.ends_with(self.component) && self.called.is_plain();
                    append(&mut text, raw, &mut self.called);
                    continue;
                }
                Token::Character(character) => {
                    self.called.push_one(character, text.to_mut());
                    separated = false;
                    continue;
                }
                Token::Bytes(bytes) => {
                    self.called.push(&bytes, text.to_mut());
                    separated = false;
                    continue;
                }
                Token::Call(lower) => {
                    if let Some(character) = self.called.call(lower) {
                        text.to_mut().push(character);
                    }
                    continue;
                }
                Token::Command(Command::Space(1), _) if separated => {
                    text.to_mut().pop();
                    Piece::LineBreak
                }
                Token::Command(command, _) => Piece::of(command),
                Token::Local(inner) => Piece::Local(inner),
            };
            if let Some(character) = self.called.left_over() {
                text.to_mut().push(character);
            }
            if text.is_empty() {
                return Some(piece);
            }
            self.waiting = Some(piece);
            return Some(Piece::Text(text));
        }
        if let Some(character) = self.called.left_over() {
            text.to_mut().push(character);
        }
        (!text.is_empty()).then_some(Piece::Text(text))
    }
}

fn append<'a>(text: &mut Cow<'a, str>, raw: &'a str, called: &mut Called) {
    if text.is_empty() && called.is_plain() {
        *text = Cow::Borrowed(raw);
    } else {
        called.push(raw, text.to_mut());
    }
}
