use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment, Color, Table};
use serde::Serialize;

use super::{DatabaseView, ErrorView, KeptFacts, Paint, count, duration};
use crate::duration::milliseconds;
use crate::plan::MigrationStatus;
use crate::run::{Status, StatusEntry};
use crate::version::Version;

/// How the migrations of every selected database stand.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct StatusDocument {
    pub(crate) databases: Vec<StatusView>,
}

/// How the migrations of one database stand.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct StatusView {
    #[serde(flatten)]
    pub(crate) database: DatabaseView,
    /// What is to be known of the database as a whole, a sentence each.
    pub(crate) notes: Vec<String>,
    pub(crate) migrations: Vec<MigrationView>,
    /// How many there are in each state.
    pub(crate) summary: BTreeMap<&'static str, usize>,
    /// What differs from what migrations make; none where that was not looked at.
    pub(crate) drift: Option<Vec<String>>,
    /// What is wrong with files that cannot be read as migrations.
    pub(crate) broken: Vec<ErrorView>,
    pub(crate) error: Option<ErrorView>,
}

/// One migration, as files and history have it together.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MigrationView {
    version: i64,
    description: String,
    phase: Option<String>,
    state: &'static str,
    /// The path of the file that applies it, unless it is missing.
    file: Option<String>,
    statements_done: Option<usize>,
    statements: Option<usize>,
    /// UTC, as RFC 3339.
    applied_at: Option<String>,
    duration_ms: Option<u64>,
    host: Option<String>,
    application: Option<String>,
    /// The release of schemactl that applied it.
    tool: Option<String>,
    /// Whether a down is stored in the database.
    down_stored: Option<bool>,
    /// What taking it back costs here and now; of what is pending as the files say.
    verdict: Option<String>,
    /// What it costs once nothing is kept, where that is another one.
    verdict_unkept: Option<String>,
    /// What one that was skipped waits for: `extension age`.
    requires: Vec<String>,
    /// What is kept of the rows that it changed; none where nothing was to be.
    kept: Option<KeptFacts>,
    #[serde(skip)]
    status: MigrationStatus,
}

/// The word for a file that cannot be read as a migration.
const BROKEN: &str = "broken";

impl StatusView {
    pub(crate) fn new(database: DatabaseView, status: &Status) -> Self {
        let mut summary = BTreeMap::new();
        for entry in status.migrations() {
            *summary.entry(entry.status.as_str()).or_insert(0) += 1;
        }
        let migrations = status.migrations().iter().map(MigrationView::of).collect();
        Self { database, notes: Vec::new(), migrations, summary, drift: None, broken: Vec::new(), error: None }
    }

    pub(crate) fn failed(database: DatabaseView, error: ErrorView) -> Self {
        let migrations = Vec::new();
        Self {
            database,
            notes: Vec::new(),
            migrations,
            summary: BTreeMap::new(),
            drift: None,
            broken: Vec::new(),
            error: Some(error),
        }
    }

    /// Says which files are broken. An applied version of which one is has a file, though it cannot be read.
    pub(crate) fn set_broken(&mut self, broken: Vec<ErrorView>, versions: &[Version]) {
        let is_one = |migration: &&mut MigrationView| {
            matches!(migration.status, MigrationStatus::Missing | MigrationStatus::Newer)
                && versions.iter().any(|version| version.get() == migration.version)
        };
        for migration in self.migrations.iter_mut().filter(is_one) {
            if let Some(number) = self.summary.get_mut(migration.state) {
                *number -= 1;
            }
            migration.state = BROKEN;
        }
        self.summary.retain(|_, number| *number > 0);
        if !broken.is_empty() {
            self.summary.insert(BROKEN, broken.len());
        }
        self.broken = broken;
    }

    /// The table, a line below it that sums it up, and the heading of the database above.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\n", self.database.heading(paint));
        text.extend(self.notes.iter().map(|note| format!("{note}\n")));
        if !self.migrations.is_empty() {
            for line in self.lines(paint) {
                text.push_str(line.trim_end());
                text.push('\n');
            }
            text.push('\n');
        }
        let mut while_kept = self.migrations.iter().filter_map(MigrationView::while_kept).peekable();
        if while_kept.peek().is_some() {
            text.extend(while_kept.map(|line| line + "\n"));
            text.push('\n');
        }
        for broken in &self.broken {
            text.push_str(&format!("{BROKEN}: {}\n", broken.message));
            text.extend(broken.hints.first().map(|hint| format!("  hint: {hint}\n")));
        }
        if !self.broken.is_empty() {
            text.push('\n');
        }
        text + &self.summary_line()
    }

    /// `12 applied, 2 pending`.
    pub(crate) fn summary_line(&self) -> String {
        let number = |status: MigrationStatus| self.summary.get(status.as_str()).copied().unwrap_or_default();
        let parts: Vec<_> = MigrationStatus::ALL
            .into_iter()
            .filter(|status| number(*status) > 0)
            .map(|status| format!("{} {}", number(status), status.as_str()))
            .chain(self.summary.get(BROKEN).map(|number| format!("{number} {BROKEN}")))
            .collect();
        if parts.is_empty() { "no migrations".to_owned() } else { parts.join(", ") }
    }

    /// The table's lines, with a line for each phase above its first migration.
    fn lines(&self, paint: Paint) -> Vec<String> {
        let mut lines = Vec::with_capacity(self.migrations.len() + 8);
        // Nothing is wrapped, so that each row is one line.
        let mut table = self.table(paint).lines().collect::<Vec<_>>().into_iter();
        lines.extend(table.next());
        let mut phase = None;
        for (migration, line) in self.migrations.iter().zip(table) {
            if migration.phase.as_deref() != phase {
                phase = migration.phase.as_deref();
                lines.push(paint.bold(&phase.map_or("no phase".to_owned(), |phase| format!("phase {phase}"))));
            }
            lines.push(line);
        }
        lines
    }

    fn table(&self, paint: Paint) -> Table {
        let titles = ["version", "description", "state", "applied at (UTC)", "took", "by"];
        // Most databases keep nothing: a column for it would be empty.
        let has_kept = self.migrations.iter().any(|migration| migration.kept.is_some());
        let mut table = if has_kept {
            let [version, description, state, applied_at, took, by] = titles;
            paint.table([version, description, state, applied_at, took, by, "rows kept until"])
        } else {
            paint.table(titles)
        };
        for migration in &self.migrations {
            let kept = migration.kept.as_ref().map(KeptFacts::day).unwrap_or_default();
            let row = migration.row().into_iter().chain(has_kept.then(|| Cell::new(kept)));
            table.add_row(row.collect::<Vec<_>>());
        }
        for column in [0, 4] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        // The text begins at the left edge, as every other line does.
        if let Some(first) = table.column_mut(0) {
            first.set_padding((0, 1));
        }
        table
    }
}

impl MigrationView {
    fn of(entry: &StatusEntry) -> Self {
        let record = entry.record.as_ref();
        Self {
            version: entry.version.get(),
            description: entry.description.clone(),
            phase: entry.phase.clone(),
            state: entry.status.as_str(),
            file: entry.path.clone(),
            statements_done: record.map(|record| record.statements_done),
            statements: record.map(|record| record.statements),
            applied_at: record.map(|record| record.applied_at.clone()),
            duration_ms: record.map(|record| milliseconds(record.elapsed)),
            host: record.map(|record| record.host.clone()),
            application: record.map(|record| record.application.clone()),
            tool: record.map(|record| record.tool.clone()),
            down_stored: record.map(|record| record.down_stored),
            verdict: entry.verdict.clone(),
            verdict_unkept: entry.verdict_unkept.clone(),
            requires: entry.requires.clone(),
            kept: entry.kept.as_ref().map(KeptFacts::of),
            status: entry.status,
        }
    }

    fn row(&self) -> Vec<Cell> {
        let applied_at = self.applied_at.as_deref().map(moment).unwrap_or_default();
        let state = Cell::new(self.state_text());
        vec![
            Cell::new(self.version),
            Cell::new(&self.description),
            match colour(self.status) {
                Some(colour) => state.fg(colour),
                None => state,
            },
            Cell::new(applied_at),
            Cell::new(self.duration_ms.map(duration).unwrap_or_default()),
            Cell::new(self.by()),
        ]
    }

    /// What taking it back costs, where that is so because rows are kept.
    fn while_kept(&self) -> Option<String> {
        let verdict = self.verdict.as_deref().filter(|verdict| verdict.starts_with("lossless while kept"))?;
        Some(format!("taking back {} {} is {verdict}", self.version, self.description))
    }

    /// Of what stopped between two statements, how far it came.
    fn state_text(&self) -> String {
        match (self.status, self.statements_done, self.statements) {
            (MigrationStatus::Partial | MigrationStatus::Reverting, Some(done), Some(all)) => {
                format!("{}, {done} of {}", self.state, count(all, "statement"))
            }
            _ if !self.requires.is_empty() => format!("{}, requires {}", self.state, self.requires.join(", ")),
            _ => self.state.to_owned(),
        }
    }

    fn by(&self) -> String {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        match (text(&self.application), text(&self.host)) {
            (application, host) if application.is_empty() => host,
            (application, host) if host.is_empty() => application,
            (application, host) => format!("{application} on {host}"),
        }
    }
}

fn colour(status: MigrationStatus) -> Option<Color> {
    match status {
        MigrationStatus::Applied | MigrationStatus::Baseline => Some(Color::DarkGreen),
        MigrationStatus::Pending | MigrationStatus::Changed => Some(Color::DarkYellow),
        MigrationStatus::Skipped => None,
        _ => Some(Color::Red),
    }
}

/// `2026-11-04T09:30:00.123Z` without what a table has no room for.
fn moment(rfc3339: &str) -> String {
    rfc3339.get(..19).unwrap_or(rfc3339).replace('T', " ")
}

#[cfg(test)]
mod tests;
