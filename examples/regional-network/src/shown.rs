//! Words on a terminal: what has wide letters, what must not control it.

/// Foreign text made safe to print: control characters shown as `·`
pub(crate) fn safe(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '·' } else { c })
        .collect()
}

/// An HL7 v2 message, one segment a line, indented
pub(crate) fn segments(text: &str) -> String {
    text.split(['\r', '\n'])
        .filter(|line| !line.is_empty())
        .map(|line| format!("    {}\n", safe(line)))
        .collect()
}

/// Columns a text takes on a terminal: kana and kanji take two
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// `text` filled up with spaces to `columns`
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A count of bytes for people
pub(crate) fn bytes(count: u64) -> String {
    if count < 10_000 {
        format!("{count} B")
    } else {
        format!("{} KiB", count / 1024)
    }
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}')
}

/// A table with a header line, columns as wide as their widest cell
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| width(cell)).collect();
    for row in rows {
        for (column, cell) in widths.iter_mut().zip(row) {
            *column = (*column).max(width(cell));
        }
    }
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    [&header, &rule]
        .into_iter()
        .chain(rows)
        .map(|row| line(row, &widths))
        .collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| pad(cell, *width))
        .collect();
    format!("  {}\n", cells.join("  ").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kanji_take_two_columns_in_a_table() {
        let text = table(
            &["a", "b"],
            &[
                vec!["漢字".into(), "x".into()],
                vec!["ab".into(), "y".into()],
            ],
        );
        assert_eq!(text, "  a     b\n  ----  -\n  漢字  x\n  ab    y\n");
    }

    #[test]
    fn escape_sequences_of_foreign_text_do_not_reach_the_terminal() {
        assert_eq!(safe("a\u{1b}[31mb\u{9b}"), "a·[31mb·");
        assert_eq!(segments("MSH|a\rPID|b\r"), "    MSH|a\n    PID|b\n");
    }
}
