//! Tables as data: rows of cells between tabs; `#` starts a comment line.

use std::collections::HashMap;

/// The rows of a table.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

/// The first two cells of each row.
pub(super) fn pairs(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    rows(table).filter_map(|row| Some((*row.first()?, *row.get(1)?)))
}

/// Letter to letter; `U+XXXX` names a letter.
pub(super) fn letters(table: &'static str) -> HashMap<char, char> {
    pairs(table)
        .filter_map(|(from, to)| Some((letter(from)?, letter(to)?)))
        .collect()
}

/// The letter that a cell names.
pub(super) fn letter(cell: &str) -> Option<char> {
    match cell.strip_prefix("U+") {
        Some(number) => u32::from_str_radix(number, 16)
            .ok()
            .and_then(char::from_u32),
        None => cell.chars().next(),
    }
}
