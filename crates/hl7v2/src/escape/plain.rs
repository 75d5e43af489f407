//! Formatted text for a place that knows lines and nothing else.

use super::format::MOST;
use super::{Piece, pieces};
use crate::Separators;

/// Formatted text as plain text: commands become line ends and spaces, highlighting is dropped, lines are not wrapped and
/// not centred. Local sequences are kept as written. The result has at most 25 times as many bytes as the raw value.
///
/// ```
/// use hl7v2::{Separators, escape};
/// let raw = r"\.in+2\Heart\.br\normal \T\ regular\.sp2\\.ti-2\Lungs^\.sp\\H\clear\N\";
/// assert_eq!(escape::to_plain_text(raw, &Separators::DEFAULT), "  Heart\n  normal & regular\n\nLungs\n  clear");
/// ```
pub fn to_plain_text(raw: &str, separators: &Separators) -> String {
    let mut page = Page {
        out: String::with_capacity(raw.len()),
        margin: 0,
        once: 0,
        fresh: true,
    };
    for piece in pieces(raw, separators) {
        match piece {
            Piece::Text(text) => page.text(&text),
            Piece::LineBreak => page.lines(1),
            Piece::Space(lines) => page.lines(lines),
            Piece::Center if page.fresh => {}
            Piece::Center => page.lines(1),
            Piece::Indent(columns) => page.margin = moved(page.margin, columns),
            Piece::TemporaryIndent(columns) => page.once = i32::from(columns),
            Piece::Skip(columns) => page.text(&" ".repeat(usize::from(columns))),
            Piece::Local(inner) => {
                let mark = char::from(separators.escape);
                page.text(&format!("{mark}{inner}{mark}"));
            }
            Piece::Highlight | Piece::Normal | Piece::Fill | Piece::NoFill => {}
        }
    }
    page.out
}

struct Page {
    out: String,
    margin: i32,
    /// What `.ti` adds to the margin of this line.
    once: i32,
    /// Nothing stands on this line yet.
    fresh: bool,
}

fn moved(margin: i32, columns: i8) -> i32 {
    (margin + i32::from(columns)).clamp(0, MOST)
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.fresh {
            let columns = (self.margin + self.once).clamp(0, MOST);
            self.out
                .extend(std::iter::repeat_n(' ', columns.unsigned_abs() as usize));
            self.fresh = false;
            self.once = 0;
        }
        self.out.push_str(text);
    }

    fn lines(&mut self, count: u8) {
        self.out
            .extend(std::iter::repeat_n('\n', usize::from(count)));
        self.fresh = self.fresh || count > 0;
        if count > 0 {
            self.once = 0;
        }
    }
}
