//! The statements of an up that a verdict names.

use crate::source::Script;
use crate::sql::{Dialect, Kind, Statement};

/// The statements that change or remove rows, each in one line and cut where it is long.
pub(super) fn changes_rows(dialect: Dialect, script: &Script) -> Vec<String> {
    let statements = script.statements(dialect).unwrap_or_default();
    statements.iter().filter(|statement| changes(statement)).map(|statement| cut(statement.text)).collect()
}

fn changes(statement: &Statement<'_>) -> bool {
    const WORDS: [&str; 5] = ["UPDATE", "DELETE", "TRUNCATE", "MERGE", "DO"];
    let first = statement.text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    matches!(statement.kind, Kind::Rows(_)) || WORDS.iter().any(|word| first.eq_ignore_ascii_case(word))
}

fn cut(text: &str) -> String {
    const LONGEST: usize = 120;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() { format!("{cut} ...") } else { cut }
}
