//! The formatting commands of FT and TX (HL7 v2.5 sections 2.7.3 and 2.7.6).

/// The greatest number taken from a command: lines, or columns. Larger ones count as this.
pub(super) const MOST: i32 = 100;

/// One formatting command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Highlight,
    Normal,
    LineBreak,
    Space(u8),
    Indent(i8),
    TemporaryIndent(i8),
    Fill,
    NoFill,
    Center,
    Skip(u8),
}

impl Command {
    /// Reads the inside of an escape sequence. Commands are read in any case, with or without a space before the number.
    pub(super) fn read(inner: &str) -> Option<Command> {
        match inner {
            "H" => return Some(Command::Highlight),
            "N" => return Some(Command::Normal),
            _ => {}
        }
        let (name, rest) = inner.strip_prefix('.')?.split_at_checked(2)?;
        let number = rest.trim();
        let count = || -> Option<u8> {
            let plain = number.strip_prefix('+').unwrap_or(number);
            match plain {
                "" => Some(1),
                _ => u8::try_from(clamped(plain)?).ok(),
            }
        };
        let steps = || i8::try_from(clamped(number)?).ok();
        let bare = |command| number.is_empty().then_some(command);
        match name.to_ascii_lowercase().as_str() {
            "br" => bare(Command::LineBreak),
            "fi" => bare(Command::Fill),
            "nf" => bare(Command::NoFill),
            "ce" => bare(Command::Center),
            "sp" => count().map(Command::Space),
            "sk" => count().map(Command::Skip),
            "in" => steps().map(Command::Indent),
            "ti" => steps().map(Command::TemporaryIndent),
            _ => None,
        }
    }

    /// The inside of the escape sequence.
    pub(super) fn write(self) -> String {
        match self {
            Command::Highlight => "H".into(),
            Command::Normal => "N".into(),
            Command::LineBreak => ".br".into(),
            Command::Space(lines) => format!(".sp{lines}"),
            Command::Indent(columns) => format!(".in{columns:+}"),
            Command::TemporaryIndent(columns) => format!(".ti{columns:+}"),
            Command::Fill => ".fi".into(),
            Command::NoFill => ".nf".into(),
            Command::Center => ".ce".into(),
            Command::Skip(columns) => format!(".sk{columns}"),
        }
    }
}

/// A number of up to nine digits with a sign, held within [`MOST`].
fn clamped(number: &str) -> Option<i32> {
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let plain = matches!(digits.len(), 1..=9) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let value: i32 = plain.then(|| number.parse().ok())??;
    Some(value.clamp(-MOST, MOST))
}
