//! How far a copy of data has come, as text and as JSON.

use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use super::followed::FollowView;
use super::{DatabaseView, Paint, duration};
use crate::duration::milliseconds;
use crate::plural::count_of;
use crate::transfer::{
    BackOutcome, CopiedTable, CopyOutcome, CutoverOutcome, FollowState, MoveState, SequenceSet, SourceGate, StillApart,
};

/// How far a copy has come.
#[derive(Debug, Serialize)]
pub(crate) struct MoveDocument {
    source: DatabaseView,
    target: DatabaseView,
    /// `begun`, `rows` once all rows are there, `complete`; none where no copy has begun.
    state: Option<&'static str>,
    /// Whether the source was written since the copy began.
    source_changed: bool,
    /// UTC, as RFC 3339.
    begun_at: Option<String>,
    completed_at: Option<String>,
    tables: Vec<CopiedTableView>,
    /// Indexes, foreign keys and triggers that are off.
    apart: Vec<ApartView>,
    /// The next number of each sequence, where this run has set it.
    sequences: Vec<SequenceView>,
    /// How far the source is followed; none where it is not.
    following: Option<FollowView>,
    /// How the source stands to writers: `open`, `closed` until it opens by itself, `closed for good`; none where its changes are not captured.
    gate: Option<&'static str>,
    /// For how many seconds it stays closed.
    opens_in_seconds: Option<f64>,
    /// How long nobody could write, where this run has switched both sides.
    pause_ms: Option<u64>,
    /// Rows of PostgreSQL that are not in SQLite, where this run has switched back.
    rows_left_behind: Option<u64>,
    /// What this run has written; none where it only looked.
    run: Option<CopyRunView>,
}

/// What is there of a table: `rows_read = rows_written + rows_set_aside + rows_left_out`.
#[derive(Debug, Serialize)]
struct CopiedTableView {
    name: String,
    target: String,
    rows_read: u64,
    rows_written: u64,
    rows_set_aside: u64,
    rows_left_out: u64,
    /// By which rules.
    left_out: LeftOutView,
    /// Rows of which a reference to what is not there became NULL.
    rows_nulled: u64,
    bytes: u64,
    is_done: bool,
}

/// Rows that rules leave out.
#[derive(Debug, Serialize)]
struct LeftOutView {
    /// By `older_than` or `before`.
    older_than: u64,
    orphan: u64,
    duplicates: u64,
}

#[derive(Debug, Serialize)]
struct ApartView {
    what: String,
    name: String,
    table: String,
}

#[derive(Debug, Serialize)]
struct SequenceView {
    column: String,
    sequence: String,
    next: i64,
}

#[derive(Debug, Serialize)]
struct CopyRunView {
    rows: u64,
    bytes: u64,
    duration_ms: u64,
}

impl MoveDocument {
    /// Of the source and the target; the state of the move where one has begun; its tables; and what is off.
    pub(crate) fn new(
        (source, target): (DatabaseView, DatabaseView),
        state: Option<&MoveState>,
        tables: &[CopiedTable],
        apart: &[StillApart],
    ) -> Self {
        Self {
            source,
            target,
            state: state.map(|state| state.progress.as_str()),
            source_changed: state.is_some_and(|state| state.source_changed),
            begun_at: state.map(|state| state.begun_at.clone()),
            completed_at: state.and_then(|state| state.completed_at.clone()),
            tables: tables.iter().map(CopiedTableView::of).collect(),
            apart: apart.iter().map(ApartView::of).collect(),
            sequences: Vec::new(),
            following: None,
            gate: None,
            opens_in_seconds: None,
            pause_ms: None,
            rows_left_behind: None,
            run: None,
        }
    }

    /// With how far the source is followed, and how many rows of it have no place.
    pub(crate) fn followed(self, state: Option<&FollowState>, rows_set_aside: u64) -> Self {
        let following = state.map(|state| FollowView::new(state, rows_set_aside));
        Self { following, ..self }
    }

    /// With why it is not known any more what was changed.
    pub(crate) fn lost(mut self, why: Option<String>) -> Self {
        if let Some(following) = &mut self.following {
            following.lost = why;
        }
        self
    }

    /// With what a run has done.
    pub(crate) fn of_run(ends: (DatabaseView, DatabaseView), copied: &CopyOutcome) -> Self {
        let (rows, bytes) = copied.written;
        Self {
            sequences: copied.sequences.iter().map(SequenceView::of).collect(),
            run: Some(CopyRunView { rows, bytes, duration_ms: milliseconds(copied.took) }),
            ..Self::new(ends, Some(&copied.state), &copied.tables, &copied.apart)
        }
    }

    /// With how the source stands to writers, and what a switch has come to.
    pub(crate) fn switched(self, outcome: Option<&CutoverOutcome>, gate: Option<SourceGate>) -> Self {
        let (gate, opens_in_seconds) = match gate {
            None => (None, None),
            Some(SourceGate::Open) => (Some("open"), None),
            Some(SourceGate::Closed(seconds)) => (Some("closed"), Some(seconds)),
            Some(SourceGate::ClosedForGood) => (Some("closed for good"), None),
        };
        let sequences = outcome.iter().flat_map(|outcome| outcome.sequences.iter().map(SequenceView::of)).collect();
        let pause_ms = outcome.and_then(|outcome| outcome.pause).map(milliseconds);
        Self { sequences, gate, opens_in_seconds, pause_ms, ..self }
    }

    /// With how the source stands to writers, and what a switch back has come to.
    pub(crate) fn switched_back(self, outcome: &BackOutcome, gate: Option<SourceGate>) -> Self {
        let (pause_ms, left) = (outcome.pause.map(milliseconds), outcome.left_behind);
        Self { pause_ms, rows_left_behind: Some(left), ..self.switched(None, gate) }
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\nto {}\n", self.source.heading(paint), self.target.heading(paint));
        let Some(state) = self.state else {
            return text
                + match self.gate {
                    Some("closed for good") => {
                        "the move was ended on PostgreSQL, and not yet in SQLite, which is closed: `schemactl move finish` goes on\n"
                    }
                    Some(_) => {
                        "no copy has begun here; SQLite notes its changes for one that goes to another PostgreSQL, or was taken away: `schemactl move discard` ends that\n"
                    }
                    None => "no copy has begun\n",
                };
        };
        text += &format!("{}\n", self.table(paint));
        let leaves_out = self.tables.iter().any(|table| table.rows_left_out > 0);
        let left = self.tables.iter().filter(|table| !table.is_done).count();
        text += &match state {
            "switched" => {
                "PostgreSQL is the side that is written; not all of its foreign keys were asked yet: `schemactl move cutover` goes on\n"
                    .to_owned()
            }
            "open" => self.following.as_ref().map_or_else(String::new, FollowView::open_text),
            "returned" => self.returned_text(),
            "complete" if self.following.is_some() => {
                "both sides are switched: PostgreSQL is the one that is written, and SQLite is closed\n".to_owned()
            }
            "complete" if leaves_out => {
                "complete: rows read = rows written + rows set aside + rows left out, as the target was counted\n"
                    .to_owned()
            }
            "complete" => "complete: rows read = rows written + rows set aside, as the target was counted\n".to_owned(),
            "rows" => "all rows are there, and not all that was off for them is back: `schemactl move copy` goes on\n"
                .to_owned(),
            "following" => {
                self.following.as_ref().map_or_else(String::new, FollowView::following_text) + &self.gate_text()
            }
            _ if self.following.is_some() => format!(
                "begun: {} of {} tables are not complete, `schemactl move follow` goes on\n",
                left,
                self.tables.len()
            ),
            _ => format!(
                "begun: {} of {} tables are not complete, `schemactl move copy` goes on\n",
                left,
                self.tables.len()
            ),
        };
        self.tables.iter().for_each(|table| text += &table.left_out());
        let until = if state == "following" { "both sides are switched" } else { "the copy is complete" };
        for apart in &self.apart {
            text += &format!("off until {until}: {} {} of {}\n", apart.what, apart.name, apart.table);
        }
        for sequence in &self.sequences {
            text += &format!("{} goes on with {}\n", sequence.column, sequence.next);
        }
        if self.tables.iter().any(|table| table.rows_set_aside > 0) {
            text += "what was set aside is in the table ..._move_set_aside beside the history, each value with its row and the reason\n";
        }
        if self.source_changed {
            text += "the source was written since the copy began: `schemactl move verify` names what differs\n";
        }
        if let Some(run) = &self.run {
            text += &format!("{} rows in {}\n", run.rows, duration(run.duration_ms));
        }
        text
    }

    /// What there is to say of a source that is closed while the target is not open.
    fn gate_text(&self) -> String {
        match (self.gate, self.opens_in_seconds) {
            (Some("closed for good"), _) => {
                "a switch has died after it was decided: nobody can write. `schemactl move cutover` opens PostgreSQL; with `--abort` it opens SQLite\n"
                    .to_owned()
            }
            (_, Some(seconds)) => format!(
                "SQLite is closed to writers for a switch, and opens by itself in {seconds:.0} s where that does not end; `schemactl move cutover` goes on\n"
            ),
            _ => String::new(),
        }
    }

    /// SQLite is written again.
    fn returned_text(&self) -> String {
        let mut text = match self.gate {
            Some("closed for good") => {
                "a switch back has died after it was decided: nobody can write. `schemactl move back` opens SQLite\n"
                    .to_owned()
            }
            _ => "SQLite is the side that is written again, and PostgreSQL is closed\n\
                  `schemactl move follow` goes on from here; `schemactl move discard` ends the move\n"
                .to_owned(),
        };
        if let Some(rows @ 1..) = self.rows_left_behind {
            text += &format!(
                "{} left on PostgreSQL: the table ..._move_aside in SQLite has the key of each\n",
                count_of(rows, "row")
            );
        }
        text
    }

    fn table(&self, paint: Paint) -> Table {
        let leaves_out = self.tables.iter().any(|table| table.rows_left_out > 0);
        let mut table = if leaves_out {
            paint.table(["table", "rows read", "written", "set aside", "left out", "bytes", ""])
        } else {
            paint.table(["table", "rows read", "written", "set aside", "bytes", ""])
        };
        for row in &self.tables {
            let mut cells = vec![row.name.clone()];
            cells.extend([row.rows_read, row.rows_written, row.rows_set_aside].map(|number: u64| number.to_string()));
            cells.extend(leaves_out.then(|| row.rows_left_out.to_string()));
            cells.push(row.bytes.to_string());
            cells.push(if row.is_done { String::new() } else { "not complete".to_owned() });
            table.add_row(cells);
        }
        for column in table.column_iter_mut().skip(1).take(if leaves_out { 5 } else { 4 }) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

impl CopiedTableView {
    fn of(table: &CopiedTable) -> Self {
        Self {
            name: table.name.clone(),
            target: table.target_name.clone(),
            rows_read: table.read,
            rows_written: table.written,
            rows_set_aside: table.set_aside,
            rows_left_out: table.left_out.all(),
            left_out: LeftOutView {
                older_than: table.left_out.too_old,
                orphan: table.left_out.orphans,
                duplicates: table.left_out.duplicates,
            },
            rows_nulled: table.nulled,
            bytes: table.bytes,
            is_done: table.is_done,
        }
    }
}

impl CopiedTableView {
    /// A line for each rule that leaves rows out.
    fn left_out(&self) -> String {
        let LeftOutView { older_than, orphan, duplicates } = self.left_out;
        let rules = [("older_than or before", older_than), ("orphan", orphan), ("duplicates", duplicates)];
        let line = |(rule, rows): (&str, u64)| format!("left out of {} by the rule {rule}: {rows}\n", self.name);
        let mut text: String = rules.into_iter().filter(|(_, rows)| *rows > 0).map(line).collect();
        if self.rows_nulled > 0 {
            text += &format!("references of {} made NULL by the rule orphan: {}\n", self.name, self.rows_nulled);
        }
        text
    }
}

impl SequenceView {
    fn of(set: &SequenceSet) -> Self {
        Self { column: set.column.clone(), sequence: set.sequence.clone(), next: set.next }
    }
}

impl ApartView {
    fn of(apart: &StillApart) -> Self {
        Self { what: apart.what.clone(), name: apart.name.clone(), table: apart.table.clone() }
    }
}
