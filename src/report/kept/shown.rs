//! What is kept of one version.

use serde::Serialize;

use super::{KeptRowsView, size};
use crate::database::kept::{KeptPart, KeptPartRows, KeptParts, ShownList, ShownValue};
use crate::history::KeptState;
use crate::plural::count_of;
use crate::report::undone::ConflictView;
use crate::report::{DatabaseView, ErrorView, visible};
use crate::run::{KeptVersion, NEVER};
use crate::sql::Plain;
use crate::version::Version;

/// What is kept of one version.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct KeptVersionDocument {
    pub(crate) databases: Vec<KeptVersionView>,
}

/// What is kept of it in one database.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct KeptVersionView {
    #[serde(flatten)]
    database: DatabaseView,
    notes: Vec<String>,
    version: i64,
    description: Option<String>,
    /// How it stands; none where there is no record.
    kept: Option<KeptRowsView>,
    tables: Vec<KeptTableView>,
    /// The rows that a down would not put back as they are now; none where it is not the next that is taken back.
    in_the_way: Option<Vec<ConflictView>>,
    error: Option<ErrorView>,
}

/// What is kept of a table.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct KeptTableView {
    /// As it was called before the up, and since: none where the up made or dropped it.
    before: Option<String>,
    after: Option<String>,
    bytes: u64,
    /// Rows that the up inserted, changed, deleted.
    inserted: KeptListView,
    changed: KeptListView,
    deleted: KeptListView,
    /// Columns that it dropped, or made again with another type.
    columns: Vec<String>,
    /// How many values of such columns are kept apart from rows.
    values: u64,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct KeptListView {
    count: u64,
    first: Vec<String>,
    /// For each of the first rows its values, where they were asked for.
    values: Vec<Vec<KeptValueView>>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct KeptValueView {
    column: String,
    /// As SQL writes it.
    before: Option<String>,
    after: Option<String>,
}

impl KeptVersionView {
    pub(crate) fn new(database: DatabaseView, notes: Vec<String>, kept: &KeptVersion) -> Self {
        let tables = |parts: &KeptParts| parts.parts.iter().map(KeptTableView::of).collect();
        let in_the_way = kept.parts.as_ref().and_then(|parts| parts.in_the_way.as_ref());
        Self {
            database,
            notes,
            version: kept.version.get(),
            description: Some(kept.description.clone()).filter(|description| !description.is_empty()),
            kept: kept.kept.as_ref().map(KeptRowsView::of),
            tables: kept.parts.as_ref().map(tables).unwrap_or_default(),
            in_the_way: in_the_way.map(|conflicts| conflicts.iter().map(ConflictView::of).collect()),
            error: None,
        }
    }

    pub(crate) fn failed(database: DatabaseView, version: Version, error: ErrorView) -> Self {
        Self {
            database,
            notes: Vec::new(),
            version: version.get(),
            description: None,
            kept: None,
            tables: Vec::new(),
            in_the_way: None,
            error: Some(error),
        }
    }

    /// How it stands, what is kept of each table, and what is in the way of a down.
    pub(crate) fn text(&self) -> String {
        let mut lines = self.notes.clone();
        lines.push(self.heading());
        lines.extend(self.tables.iter().flat_map(KeptTableView::lines));
        if self.kept.as_ref().is_some_and(|kept| kept.facts.kept == KeptState::Kept) {
            lines.extend(self.way_back());
        }
        visible(&lines.join("\n"))
    }

    fn heading(&self) -> String {
        let Some(kept) = &self.kept else {
            let name = self.description.as_ref().map(|description| format!(" {description}")).unwrap_or_default();
            return format!("nothing is kept of {}{name}: {NEVER}", self.version);
        };
        let (name, facts) = (kept.name(), &kept.facts);
        let why = facts.reason.as_deref().unwrap_or_default();
        match facts.kept {
            KeptState::Kept => {
                let until = facts.kept_until.as_ref().map(|_| format!("until {} UTC", facts.until()));
                let until = until.unwrap_or_else(|| "without an end".to_owned());
                format!("{name}: kept {until}, {}", size(facts.rows, facts.bytes))
            }
            KeptState::Expired => format!(
                "{name}: a down does not put rows back any more: {why}\n{} are there until the next run, or until `schemactl undo purge --expired`",
                size(facts.rows, facts.bytes)
            ),
            KeptState::Purged => format!("{name}: a down does not put rows back any more: {why}"),
            KeptState::NotKept => format!("{name}: a down does not put rows back, which were not kept: {why}"),
            KeptState::Unreadable | KeptState::Superseded => format!("{name}: a down does not put rows back: {why}"),
        }
    }

    fn way_back(&self) -> Vec<String> {
        let Some(in_the_way) = &self.in_the_way else {
            return vec![
                "what is in the way was not looked at: `schemactl down --dry-run` shows it, of the migrations that it takes back".to_owned(),
            ];
        };
        let mut lines: Vec<String> =
            in_the_way.iter().map(|conflict| format!("in the way of a down: {}", conflict.text)).collect();
        if lines.is_empty() {
            lines.push("no row is in the way of a down".to_owned());
        }
        lines.push("`schemactl down --dry-run` tries it".to_owned());
        lines
    }
}

impl KeptTableView {
    fn of(part: &KeptPart) -> Self {
        let KeptPart { before, after, bytes, what } = part;
        let (before, after, bytes) = (before.clone(), after.clone(), *bytes);
        let none = KeptListView::default;
        match what {
            KeptPartRows::Rows { inserted, changed, deleted, dropped } => Self {
                before,
                after,
                bytes,
                inserted: KeptListView::of(inserted),
                changed: KeptListView::of(changed),
                deleted: KeptListView::of(deleted),
                columns: dropped.clone(),
                values: 0,
            },
            KeptPartRows::Values { columns, values } => {
                let (columns, values) = (columns.clone(), *values);
                Self { before, after, bytes, inserted: none(), changed: none(), deleted: none(), columns, values }
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let plain = |name: &String| Plain(name).to_string();
        let (before, after) = (self.before.as_ref().map(plain), self.after.as_ref().map(plain));
        let mut lines = vec![match (before, after) {
            (Some(before), Some(after)) if before == after => format!("table {before}"),
            (Some(before), Some(after)) => format!("table {before}, which is {after} since"),
            (Some(before), None) => format!("table {before}, which the up dropped"),
            (None, Some(after)) => format!("table {after}, which the up made"),
            (None, None) => "a table that the up made and dropped".to_owned(),
        }];
        for (list, done) in [(&self.inserted, "inserted"), (&self.changed, "changed"), (&self.deleted, "deleted")] {
            lines.extend(list.lines(done));
        }
        let columns: Vec<String> = self.columns.iter().map(plain).collect();
        if !columns.is_empty() {
            let noun = if columns.len() == 1 { "column" } else { "columns" };
            let values = if self.values == 0 { String::new() } else { format!(": {}", count_of(self.values, "value")) };
            lines.push(format!("  dropped or made again: {noun} {}{values}", columns.join(", ")));
        }
        lines
    }
}

impl KeptListView {
    fn of(list: &ShownList) -> Self {
        let value = |value: &ShownValue| KeptValueView {
            column: value.column.clone(),
            before: value.before.clone(),
            after: value.after.clone(),
        };
        let values = list.values.iter().map(|values| values.iter().map(value).collect()).collect();
        Self { count: list.rows.count, first: list.rows.first.clone(), values }
    }

    fn lines(&self, done: &str) -> Vec<String> {
        if self.count == 0 {
            return Vec::new();
        }
        let mut lines = vec![format!("  {done} {}", count_of(self.count, "row"))];
        for (at, key) in self.first.iter().enumerate() {
            lines.push(format!("    {key}"));
            lines.extend(self.values.get(at).into_iter().flatten().map(KeptValueView::line));
        }
        let more = self.count.saturating_sub(self.first.len() as u64);
        if more > 0 {
            lines.push(format!("    and {more} more"));
        }
        lines
    }
}

impl KeptValueView {
    fn line(&self) -> String {
        let column = Plain(&self.column);
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("      {column}: {before} -> {after}"),
            (Some(before), None) => format!("      {column}: {before}"),
            (None, after) => format!("      {column}: {}", after.as_deref().unwrap_or_default()),
        }
    }
}
