//! The table at the end of the story.

use crate::shown;

/// What one step showed
pub(crate) struct Row {
    /// The step's name
    pub(crate) step: &'static str,
    /// Its transactions
    pub(crate) transactions: &'static str,
    /// What came of it
    pub(crate) result: String,
}

/// The rows as a table
pub(crate) fn table(rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.step.to_owned(),
                row.transactions.to_owned(),
                row.result.clone(),
            ]
        })
        .collect();
    format!(
        "\n{}",
        shown::table(&["step", "transactions", "result"], &cells)
    )
}
