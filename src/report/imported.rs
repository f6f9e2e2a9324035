//! What an import has come to, as text and as JSON.

use serde::Serialize;

use super::{DatabaseView, Paint};
use crate::import::{FileFate, FileOutcome, ImportOutcome, RecordCounts, RuleOutcome};
use crate::plural::count_of;

/// So many files are named of those about which there is nothing else to tell.
const NAMED: usize = 10;

/// What an import did.
#[derive(Debug, Serialize)]
pub(crate) struct ImportDocument {
    database: DatabaseView,
    /// Whether nothing was written.
    is_dry_run: bool,
    rules: Vec<ImportRuleView>,
}

#[derive(Debug, Serialize)]
struct ImportRuleView {
    rule: String,
    table: String,
    #[serde(flatten)]
    counts: RecordCountsView,
    files: Vec<ImportFileView>,
    /// Files in the folders of the rule that its patterns do not name; of an SQLite file, tables that the target has not.
    beside: Vec<String>,
    /// Files that were imported, and are not there any more.
    gone: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ImportFileView {
    path: String,
    /// `imported`, `unchanged`, `renamed`, `refused`.
    what: &'static str,
    /// Its name before, or why it was refused.
    from: Option<String>,
    reason: Option<String>,
    #[serde(flatten)]
    counts: RecordCountsView,
    /// The first of those that were set aside.
    bad: Vec<BadRecordView>,
    notes: Vec<String>,
}

/// `read = inserted + replaced + kept + known + set_aside`.
#[derive(Debug, Clone, Copy, Serialize)]
struct RecordCountsView {
    read: u64,
    inserted: u64,
    replaced: u64,
    kept: u64,
    known: u64,
    set_aside: u64,
}

#[derive(Debug, Serialize)]
struct BadRecordView {
    line: u64,
    reason: String,
}

impl ImportDocument {
    pub(crate) fn new(database: DatabaseView, outcome: &ImportOutcome, is_dry_run: bool) -> Self {
        Self { database, is_dry_run, rules: outcome.rules.iter().map(ImportRuleView::of).collect() }
    }

    /// Files of which nothing was imported, and records that were set aside.
    pub(crate) fn refused(&self) -> (usize, u64) {
        let files = self.rules.iter().flat_map(|rule| &rule.files).filter(|file| file.what == "refused");
        (files.count(), self.rules.iter().map(|rule| rule.counts.set_aside).sum())
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\n", self.database.heading(paint));
        for rule in &self.rules {
            text += &rule.text(paint);
        }
        if self.is_dry_run {
            text += "nothing was written\n";
        }
        text
    }
}

impl RecordCountsView {
    fn of(counts: RecordCounts) -> Self {
        let RecordCounts { read, inserted, replaced, kept, known, set_aside } = counts;
        Self { read, inserted, replaced, kept, known, set_aside }
    }

    /// `12 read: 10 inserted, 2 set aside`.
    fn text(self) -> String {
        let parts = [
            (self.inserted, "inserted"),
            (self.replaced, "replaced"),
            (self.kept, "kept as they are"),
            (self.known, "imported before"),
            (self.set_aside, "set aside"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}"));
        let parts: Vec<String> = parts.collect();
        let read = count_of(self.read, "record");
        if parts.is_empty() { read } else { format!("{read}: {}", parts.join(", ")) }
    }
}

impl ImportRuleView {
    fn of(outcome: &RuleOutcome) -> Self {
        Self {
            rule: outcome.rule.clone(),
            table: outcome.table.clone(),
            counts: RecordCountsView::of(outcome.counts()),
            files: outcome.files.iter().map(ImportFileView::of).collect(),
            beside: outcome.beside.clone(),
            gone: outcome.gone.clone(),
        }
    }

    fn text(&self, paint: Paint) -> String {
        let of = |what: &str| self.files.iter().filter(|file| file.what == what).count();
        let fates = ["imported", "unchanged", "renamed", "refused"].map(|what| (of(what), what));
        let fates = fates.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
        let fates: Vec<String> = fates.collect();
        let files = if fates.is_empty() { "no files".to_owned() } else { format!("files: {}", fates.join(", ")) };
        let mut text = format!("{} -> {}: {files}\n", paint.bold(&self.rule), self.table);
        if self.counts.read > 0 {
            text += &format!("  {}\n", self.counts.text());
        }
        for file in &self.files {
            text += &file.text();
        }
        text += &listed("in its folders, and in no pattern of it", &self.beside);
        text + &listed("imported before, and not there any more; the rows stay", &self.gone)
    }
}

/// The first of some names.
fn listed(what: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("  {what}: {}{more}\n", shown.join(", "))
}

impl ImportFileView {
    fn of(outcome: &FileOutcome) -> Self {
        let (what, from, reason) = match &outcome.what {
            FileFate::Imported => ("imported", None, None),
            FileFate::Unchanged => ("unchanged", None, None),
            FileFate::Renamed { from } => ("renamed", Some(from.clone()), None),
            FileFate::Refused { reason } => ("refused", None, Some(reason.clone())),
        };
        // Of a file that was refused nothing is there, whatever was read of it.
        let counts = if outcome.is_refused() { RecordCounts::default() } else { outcome.counts };
        let bad = outcome.bad.iter().map(|bad| BadRecordView { line: bad.line, reason: bad.reason.clone() });
        Self {
            path: outcome.path.clone(),
            what,
            from,
            reason,
            counts: RecordCountsView::of(counts),
            bad: bad.collect(),
            notes: outcome.notes.clone(),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        match (&self.from, &self.reason) {
            (Some(from), _) => text += &format!("  {}: imported before, as {from}\n", self.path),
            (None, Some(reason)) => text += &format!("  {}: not imported: {reason}\n", self.path),
            (None, None) => {
                for bad in self.bad.iter().take(NAMED) {
                    text += &format!("  {}:{}: set aside: {}\n", self.path, bad.line, bad.reason);
                }
                let more = self.counts.set_aside.saturating_sub(NAMED as u64);
                if more > 0 {
                    text += &format!("  {}: and {more} more set aside\n", self.path);
                }
            }
        }
        for note in &self.notes {
            text += &format!("  {}: {note}\n", self.path);
        }
        text
    }
}
