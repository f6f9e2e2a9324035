//! A down as a file: its head, and statements laid out as a person would.

use crate::source::{GENERATED, Migration, REASON, Verdict};
use crate::sql::{OwnKind, OwnStatement};

/// What is told in the head of a file, beside its verdict.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HeadNotes<'a> {
    /// What the down does not restore, and nothing could.
    pub(crate) notes: &'a [String],
    /// Whose rows the up changes: `table role`, `column member.note`. What a database has kept of them is put back with the down.
    pub(crate) concerned: &'a [String],
}

/// The whole file. What `down` has to know is in directives, so that it is stored with the down and embedded with it.
pub(crate) fn file(
    migration: &Migration,
    verdict: &Verdict,
    told: HeadNotes<'_>,
    statements: &[OwnStatement],
) -> String {
    let mut text = format!("-- Takes back {migration}: {}.\n", verdict.word());
    for reason in verdict.reasons() {
        text.push_str(&format!("{REASON}{}\n", one_line(&reason)));
    }
    for note in told.notes {
        text.push_str(&format!("-- Note: {}.\n", one_line(note)));
    }
    if !told.concerned.is_empty() {
        let concerned = one_line(&told.concerned.join(", "));
        text.push_str(&format!(
            "-- Rows: where the database has kept what the up did to {concerned}, `down` puts that back.\n"
        ));
        if statements.iter().any(|statement| matches!(statement.kind, OwnKind::Rows | OwnKind::Delete)) {
            text.push_str("-- The statements below that are about rows are left away then.\n");
        }
    }
    text.push_str(GENERATED);
    text.push('\n');
    match verdict {
        Verdict::Irreversible(_) => {
            text.push_str(&format!("-- schemactl: irreversible = {}\n", declared(verdict)));
            return text;
        }
        Verdict::Lossless => text.push_str("-- schemactl: verdict = lossless\n"),
        Verdict::Lossy(losses) => {
            text.push_str("-- schemactl: verdict = lossy\n");
            for loss in &losses.lost {
                text.push_str(&format!("-- schemactl: loses = {}\n", loss.directive()));
            }
        }
    }
    text.push('\n');
    text.push_str(&sql(statements));
    text
}

/// A reason as a directive takes it: in one line, and not as if it were quoted.
fn declared(verdict: &Verdict) -> String {
    let reason = one_line(&verdict.reasons().join("; "));
    reason.trim_start_matches(['\'', '"']).to_owned()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Statements one below the other, with an empty line around those of several lines.
pub(crate) fn sql(statements: &[OwnStatement]) -> String {
    let mut text = String::new();
    let mut was_long = false;
    for (at, statement) in statements.iter().enumerate() {
        let is_long = statement.text.contains('\n');
        if at > 0 && (is_long || was_long) {
            text.push('\n');
        }
        text.push_str(&statement.text);
        text.push_str(";\n");
        was_long = is_long;
    }
    if statements.is_empty() {
        // A file without a statement would be an error: nothing is what there is to do.
        text.push_str("SELECT 1;\n");
    }
    text
}
