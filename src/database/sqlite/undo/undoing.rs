//! A down of an up whose rows were recorded: what is in the way is told before it runs, and rows are put back after it has made the tables as they
//! were. What it did to any other row is a loss.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::facts::TableFacts;
use super::images::{Images, are_same};
use super::recorder::{ImagePlace, NetPart, Recorded, Recorder};
use super::state::PartState;
use super::{references, replay, store};
use crate::database::sqlite::session::number;
use crate::database::sqlite::watched::Watched;
use crate::database::sqlite::{SqliteDatabase, failure};
use crate::database::undo::{ChangedRows, Conflict, RowsUndone, UndoneTable};
use crate::database::{Counted, Failure, Job, Why};
use crate::error::Code;
use crate::history::{ImageKey, PartKind, UndoPart};
use crate::sql::{Loss, Name, Statement};

/// A down that puts rows back.
pub(in crate::database::sqlite) struct RowUndoing<'c> {
    connection: &'c Connection,
    parts: Vec<PartState>,
    recorder: Recorder<'c>,
    changed: ChangedRows,
    undone: RowsUndone,
    /// What is kept and has no place, since the down does not make its table or column again.
    homeless: Vec<Counted>,
}

/// Since 3.35 the setting leaves temporary triggers on, by which is seen what becomes of rows (<https://www.sqlite.org/releaselog/3_35_0.html>).
const TRIGGERS_APART: i32 = 3_035_000;

impl<'c> RowUndoing<'c> {
    /// Looks at the rows that the up changed. None where it has no record. Fails where some are not as the up left them, and nobody has said what is
    /// to become of these.
    pub(in crate::database::sqlite) fn begin(
        database: &'c SqliteDatabase<'_>,
        job: &Job<'_>,
    ) -> Result<Option<Self>, Failure> {
        if !job.step.undo.is_whole() {
            return Ok(None);
        }
        let connection = database.connection();
        let explain = |error| failure::of(error, connection);
        // What is kept may have been purged, or its time be over, since the step was planned: then it is another one, which asks.
        let kept = store::read(connection, &database.options.table, job.step.version()).map_err(explain)?;
        if kept != job.step.undo {
            let why = "what is kept of the rows has changed since it was read";
            return Err(Failure::new(Code::HistoryTable, why).because(Why::DoneByOther));
        }
        // Where the step switches enforcement off to make tables again, all is checked at its end.
        let is_enforced = is_enforced(connection).map_err(explain)? || job.analysis.shapes.need_guard();
        let (parts, conflicts) = compare(connection, job.step.undo.parts(), is_enforced).map_err(explain)?;
        let undone = RowsUndone { tables: Vec::new(), conflicts };
        if !undone.conflicts.is_empty() && job.changed_rows == ChangedRows::Refuse {
            return Err(Failure::of_conflicts(&undone.conflicts));
        }
        let recorder = Recorder::begin(database, job, ImagePlace::Temporary)?;
        Ok(Some(Self { connection, parts, recorder, changed: job.changed_rows, undone, homeless: Vec::new() }))
    }

    /// Runs a statement of the down, and notes what it does.
    pub(in crate::database::sqlite) fn watch<T>(
        &mut self,
        statement: &Statement<'_>,
        run: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.recorder.watch(statement, run)
    }

    /// Whether what the down does to rows of a table is told by this, and need not be counted.
    pub(in crate::database::sqlite) fn covers(&self, loss: &Loss) -> bool {
        let (Loss::Deleted { table } | Loss::Changed { table }) = loss else { return false };
        let is_it = |watched: &Watched| {
            let is_main = table.schema.is_none() && watched.origin.schema.is_none();
            is_main && watched.origin.may_be(table) && !watched.is_virtual
        };
        !self.recorder.has_given_up() && self.recorder.tables.list.iter().any(is_it)
    }

    /// Puts the rows back, and tells what was done to others: as losses.
    pub(in crate::database::sqlite) fn finish(mut self) -> Result<(RowsUndone, Vec<Counted>), Failure> {
        let connection = self.connection;
        let explain = |error| failure::of(error, connection);
        self.recorder.watch_all().map_err(explain)?;
        if let Some(why) = self.put_back().map_err(explain)? {
            let unfit = self.parts.iter().map(|state| state.unfit(connection, &why));
            let unfit: Vec<Conflict> =
                unfit.filter_map(Result::transpose).collect::<Result<_, _>>().map_err(explain)?;
            // Where they are kept as they are, what cannot be put back is one of them.
            if unfit.is_empty() || self.changed != ChangedRows::Keep {
                return Err(Failure::of_conflicts(&unfit));
            }
            self.undone.conflicts.extend(unfit);
        }
        if let Some(why) = replay::verify(connection, &self.parts, &self.verdicts()).map_err(explain)? {
            return Err(Failure::new(Code::StatementFailed, why));
        }
        let is_excused = self.verdicts();
        let Self { parts, recorder, undone, homeless, .. } = self;
        let mut lost = homeless;
        lost.extend(match recorder.finish()? {
            Recorded::Nothing | Recorded::Not(_) => Vec::new(),
            Recorded::Parts(done) => {
                let mut lost = Vec::new();
                for NetPart { part, images } in &done {
                    if part.kind == PartKind::Rows {
                        lost.extend(losses(connection, part, images, &parts, &is_excused).map_err(explain)?);
                    }
                    images.drop(connection).map_err(explain)?;
                }
                lost
            }
        });
        for state in &parts {
            connection.execute_batch(&format!("DROP TABLE {}", state.table)).map_err(explain)?;
        }
        Ok((undone, lost))
    }

    /// The condition about a state `s` that its row is put back.
    fn verdicts(&self) -> String {
        match self.changed {
            ChangedRows::PutBack => "1".to_owned(),
            ChangedRows::Refuse | ChangedRows::Keep => replay::clean(),
        }
    }

    /// Returns why some rows could not be put back.
    fn put_back(&mut self) -> rusqlite::Result<Option<String>> {
        let connection = self.connection;
        // A row may come before the one that it refers to; the commit sees to it that both are there.
        connection.pragma_update(None, "defer_foreign_keys", true)?;
        let _quiet = Quiet::begin(connection)?;
        let verdicts = self.verdicts();
        let mut tables: Vec<UndoneTable> = Vec::new();
        for state in self.parts.iter().filter(|state| state.part.before.is_some()) {
            let name = Name { schema: None, name: state.part.before.clone().unwrap_or_default().into() };
            let at = tables.iter().position(|table| table.table == name).unwrap_or_else(|| {
                tables.push(UndoneTable::new(name));
                tables.len() - 1
            });
            if state.part.kind == PartKind::Values {
                continue;
            }
            if !replay::has_place(connection, state)? {
                // With the record they would be gone.
                let loss = Loss::Rows { table: tables[at].table.clone() };
                self.homeless.push(Counted { loss, count: Some(state.part.rows) });
                continue;
            }
            let list = |condition: &str| state.list(connection, &format!("{verdicts} AND {condition}"));
            tables[at].deleted = list("i.b = 0")?;
            tables[at].changed = list("i.b = 1 AND i.a = 1")?;
            tables[at].inserted = list("i.b = 1 AND i.a IS NULL")?;
        }
        let unfit = replay::rows(connection, &self.parts, &verdicts)?;
        for state in self.parts.iter().filter(|state| state.part.kind == PartKind::Values) {
            let name = state.part.before.as_deref().unwrap_or_default();
            let restored = replay::values(connection, state, &verdicts)?;
            if let (Some(table), Some(values)) = (tables.iter_mut().find(|table| table.table.name == name), restored) {
                table.add(values);
                continue;
            }
            let column = state.part.columns.iter().find(|column| !column.in_key);
            let column = column.and_then(|column| column.before.clone()).unwrap_or_default();
            let table = Name { schema: None, name: name.to_owned().into() };
            self.homeless.push(Counted { loss: Loss::Values { table, column }, count: Some(state.part.rows) });
        }
        tables.retain(|table| !table.is_empty());
        self.undone.tables = tables;
        Ok(unfit)
    }
}

/// A down that leaves rows without a parent, where rows were put back: what they refer to was deleted since.
pub(in crate::database::sqlite) fn misfit(failure: Failure, jobs: &[Job<'_>]) -> Failure {
    if failure.code != Code::ForeignKeys || !jobs.iter().any(|job| job.step.undo.is_whole()) {
        return failure;
    }
    let cause =
        format!("rows and values that the up deleted or changed refer to what is gone since: {}", failure.cause);
    Failure::new(Code::RowsChanged, cause).with_hint("write again what they refer to, then run `schemactl down` again")
}

fn main(table: &str) -> Name<'static> {
    Name { schema: Some("main".into()), name: table.to_owned().into() }
}

fn is_enforced(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0))
}

/// Looks at all parts, and at what is in the way of putting their rows back.
fn compare(
    connection: &Connection,
    kept: &[UndoPart],
    is_enforced: bool,
) -> rusqlite::Result<(Vec<PartState>, Vec<Conflict>)> {
    let parts = kept.iter().map(|part| look(connection, part)).collect::<rusqlite::Result<Vec<_>>>()?;
    let mut conflicts = Vec::new();
    for state in parts.iter().filter(|state| state.part.before.is_some()) {
        if let Some(after) = state.part.after.as_ref().filter(|_| state.part.kind == PartKind::Rows) {
            let table = main(after);
            references::note(connection, state, &table, &parts)?;
            if is_enforced {
                references::note_orphans(connection, state, &table, &parts)?;
            }
        }
        conflicts.extend(state.conflicts(connection)?);
    }
    Ok((parts, conflicts))
}

/// What is in the way now of putting rows back, and nothing else: what is noted of them is temporary, and gone afterwards.
pub(super) fn in_the_way(connection: &Connection, kept: &[UndoPart]) -> rusqlite::Result<Vec<Conflict>> {
    let (parts, conflicts) = compare(connection, kept, is_enforced(connection)?)?;
    for state in &parts {
        connection.execute_batch(&format!("DROP TABLE {}", state.table))?;
    }
    Ok(conflicts)
}

fn look(connection: &Connection, part: &UndoPart) -> rusqlite::Result<PartState> {
    let table = part.after.as_deref().map(main);
    let facts = match &table {
        Some(table) => TableFacts::read(connection, table)?.ok().filter(|facts| !facts.columns.is_empty()),
        None => None,
    };
    let state = PartState::read(connection, part)?;
    match (part.kind, &table, facts) {
        (_, Some(table), Some(facts)) => state.compare(connection, table, &facts)?,
        (_, Some(_), None) => state.note_unreadable(connection)?,
        _ => state.note_clean(connection)?,
    }
    Ok(state)
}

/// What the down did to rows of a table that the up had not changed.
fn losses(
    connection: &Connection,
    part: &UndoPart,
    images: &Images,
    parts: &[PartState],
    is_excused: &str,
) -> rusqlite::Result<Vec<Counted>> {
    let Some(name) = &part.before else { return Ok(Vec::new()) };
    let known = parts.iter().find(|state| {
        state.part.kind == PartKind::Rows
            && state.part.after.as_deref().is_some_and(|after| after.eq_ignore_ascii_case(name))
    });
    let own = match known {
        None => "0".to_owned(),
        Some(state) => {
            let is_it = match (part.row_key, state.part.row_key) {
                (ImageKey::Rowid, ImageKey::Rowid) => "s.live = d.k0".to_owned(),
                (ImageKey::Columns, ImageKey::Columns) => {
                    let keys: Vec<String> = (0..images.keys).map(|at| format!("i.k{at} = d.k{at}")).collect();
                    keys.join(" AND ")
                }
                _ => "0".to_owned(),
            };
            format!(
                "EXISTS (SELECT 1 FROM {} AS s JOIN {} AS i ON i.rowid = s.image WHERE {is_it} AND {is_excused})",
                state.table, state.images.table
            )
        }
    };
    // Of columns that the up dropped or converted the values come back.
    let restored: Vec<&str> = parts
        .iter()
        .filter(|state| state.part.kind == PartKind::Values && state.part.before.as_ref() == part.after.as_ref())
        .flat_map(|state| &state.part.columns)
        .filter(|column| !column.in_key)
        .filter_map(|column| column.before.as_deref())
        .collect();
    let both = part.columns.iter().enumerate().filter(|(_, column)| {
        column.before.is_some() && column.after.as_deref().is_some_and(|name| !restored.contains(&name))
    });
    let same = are_same(both.map(|(at, _)| (format!("d.b{at}"), format!("d.a{at}"))));
    let counted = |condition: &str| {
        let sql = format!("SELECT count(*) FROM {} AS d WHERE d.b = 1 AND {condition} AND NOT {own}", images.table);
        number(connection, &sql)
    };
    let table = || Name { schema: None, name: name.clone().into() };
    let counts = [
        (Loss::Deleted { table: table() }, counted("d.a IS NULL")?),
        (Loss::Changed { table: table() }, counted(&format!("d.a = 1 AND NOT ({same})"))?),
    ];
    let lost = counts.into_iter().filter(|(_, count)| *count > 0);
    Ok(lost.map(|(loss, count)| Counted { loss, count: Some(count) }).collect())
}

/// The database's own triggers, off: what they did at the up was recorded, and is put back as well.
struct Quiet<'c> {
    connection: &'c Connection,
    were_on: bool,
}

impl<'c> Quiet<'c> {
    fn begin(connection: &'c Connection) -> rusqlite::Result<Self> {
        let were_on = connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER)?;
        if rusqlite::version_number() >= TRIGGERS_APART {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        }
        Ok(Self { connection, were_on })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let on = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, self.were_on);
        if let Err(error) = on {
            tracing::warn!("the triggers of the database could not be put on again: {error}");
        }
    }
}
