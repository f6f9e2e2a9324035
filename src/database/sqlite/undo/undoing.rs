//! A down of an up whose rows were recorded: what is in the way is told before it runs, and rows are put back after it has made the tables as they
//! were. What it did to any other row is a loss.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::ahead::{compare, is_enforced};
use super::facts::{TableFacts, main};
use super::images::{Images, are_same};
use super::late::LateIndex;
use super::moving::Moving;
use super::recorder::{ImagePlace, NetPart, Recorded, Recorder};
use super::replay::GivenRules;
use super::state::{PartState, listed, shown_key};
use super::{moving, replay, store};
use crate::database::sqlite::watched::Watched;
use crate::database::sqlite::{SqliteDatabase, failure};
use crate::database::undo::{ChangedRows, Conflict, RowList, RowsUndone, UndoneTable, once_each};
use crate::database::{Counted, Failure, Job, Why};
use crate::error::Code;
use crate::history::{ImageKey, PartKind, UndoPart, value_column};
use crate::sql::{Dialect, Loss, Name, Statement, mentions, moved_rows, renamed_column};

/// A down that puts rows back.
pub(in crate::database::sqlite) struct RowUndoing<'c> {
    connection: &'c Connection,
    parts: Vec<PartState>,
    recorder: Recorder<'c>,
    changed: ChangedRows,
    rules: GivenRules,
    undone: RowsUndone,
    /// What is kept and has no place, since the down does not make its table or column again.
    homeless: Vec<Counted>,
}

/// Since 3.35 the setting leaves temporary triggers on, by which is seen what becomes of rows (<https://www.sqlite.org/releaselog/3_35_0.html>).
const TRIGGERS_APART: i32 = 3_035_000;

impl<'c> RowUndoing<'c> {
    /// Looks at the rows that the up changed. None where it has no record.
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
        let moved = moved(connection, job).map_err(explain)?;
        let (parts, conflicts) = compare(
            connection,
            job.step.undo.parts(),
            is_enforced,
            job.changed_rows,
            &job.reshaped(Dialect::Sqlite),
            &moved,
        )
        .map_err(explain)?;
        let undone = RowsUndone { conflicts, ..RowsUndone::default() };
        let recorder = Recorder::begin(database, job, ImagePlace::Temporary)?;
        let changed = job.changed_rows;
        let rules = GivenRules { is_enforced, is_generated: job.step.script().is_generated() };
        Ok(Some(Self { connection, parts, recorder, changed, rules, undone, homeless: Vec::new() }))
    }

    /// The rows that are not as the up left them, as far as that is known.
    pub(in crate::database::sqlite) fn conflicts(&self) -> &[Conflict] {
        &self.undone.conflicts
    }

    /// A statement of a generated down that moves rows, with what is kept of these. Where their table was made again before, they have other numbers.
    pub(in crate::database::sqlite) fn moving(&self, statement: &Statement<'_>) -> Result<Option<Moving<'c>>, Failure> {
        let from = moved_rows(statement).and_then(|moved| self.recorder.tables.resolve(&moved.from));
        let is_old = from.is_some_and(|at| !self.recorder.tables.list[at].is_made);
        let parts = if is_old { &self.parts[..] } else { &[] };
        Moving::of(self.connection, statement, parts, &replay::verdicts(self.changed))
            .map_err(|error| failure::of(error, self.connection))
    }

    /// The condition that a row `t` of a table gets its value of a column back, or goes since the up has inserted it.
    pub(in crate::database::sqlite) fn restored(
        &self,
        table: &Name<'_>,
        column: &str,
    ) -> rusqlite::Result<Option<String>> {
        moving::restored(self.connection, &main(&table.name), column, &self.parts, &replay::verdicts(self.changed))
    }

    /// Runs a statement of the down, and notes what it does.
    pub(in crate::database::sqlite) fn watch<T>(
        &mut self,
        statement: &Statement<'_>,
        run: impl FnMut() -> Result<T, Failure>,
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

    /// Puts the rows back, makes the indexes that had to wait for them, and tells what was done to others: as losses.
    pub(in crate::database::sqlite) fn finish(
        mut self,
        indexes: &[LateIndex],
    ) -> Result<(RowsUndone, Vec<Counted>), Failure> {
        let connection = self.connection;
        let explain = |error| failure::of(error, connection);
        self.recorder.watch_all().map_err(explain)?;
        let whys = self.put_back().map_err(explain)?;
        self.undone.conflicts = self.not_put_back(&whys).map_err(explain)?;
        self.changed.agree_to(&self.undone.conflicts)?;
        let is_excused = replay::verdicts(self.changed);
        if let Some(why) = replay::verify(connection, &self.parts, &is_excused).map_err(explain)? {
            return Err(Failure::new(Code::StatementFailed, why));
        }
        for index in indexes {
            index.make(connection, &self.parts, &is_excused)?;
        }
        let Self { parts, recorder, mut undone, homeless, .. } = self;
        let mut lost = homeless;
        lost.extend(match recorder.finish()? {
            Recorded::Nothing | Recorded::Not(_) => Vec::new(),
            Recorded::Parts(done) => {
                let mut lost = Vec::new();
                for NetPart { part, images } in &done {
                    if part.kind == PartKind::Rows {
                        let others = others(connection, part, images, &parts, &is_excused).map_err(explain)?;
                        lost.extend(others.iter().flat_map(losses));
                        undone.besides.extend(others);
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

    /// What was not put back: as people have made it, or since it does not fit.
    fn not_put_back(&self, whys: &[Option<String>]) -> rusqlite::Result<Vec<Conflict>> {
        let mut all = Vec::new();
        for (state, why) in self.parts.iter().zip(whys).filter(|(state, _)| state.part.before.is_some()) {
            let why = why.as_deref().unwrap_or_default();
            if self.changed == ChangedRows::PutBack {
                all.extend(state.left_out(self.connection, why)?);
            } else {
                all.extend(state.conflicts(self.connection)?);
                all.extend(state.unfit(self.connection, why)?);
            }
        }
        Ok(once_each(all))
    }

    /// Returns for each part why rows of it could not be put back.
    fn put_back(&mut self) -> rusqlite::Result<Vec<Option<String>>> {
        let connection = self.connection;
        // A row may come before the one that it refers to; the commit sees to it that both are there.
        connection.pragma_update(None, "defer_foreign_keys", true)?;
        let quiet = Quiet::begin(connection, self.changed)?;
        let replayed = replay::run(connection, &self.parts, self.changed, self.rules)?;
        drop(quiet);
        let verdicts = replay::verdicts(self.changed);
        let mut tables: Vec<UndoneTable> = Vec::new();
        let given = self.parts.iter().zip(replayed.given);
        let mut all: Vec<_> = self.parts.iter().zip(replayed.values).collect();
        // Rows that come back whole have their values, and are no newer ones.
        all.sort_by_key(|(state, _)| state.part.kind == PartKind::Values);
        for (state, restored) in all {
            let Some(before) = &state.part.before else { continue };
            let name = Name { schema: None, name: before.clone().into() };
            let at = tables.iter().position(|table| table.table == name).unwrap_or_else(|| {
                tables.push(UndoneTable::new(name.clone()));
                tables.len() - 1
            });
            let lost = match (state.part.kind, restored) {
                (PartKind::Rows, _) if replay::has_place(connection, state)? => {
                    self.homeless.extend(replay::without_column(connection, state)?.into_iter().map(
                        |(column, count)| {
                            let loss = Loss::Values { table: name.clone(), column };
                            Counted { loss, count: Some(count) }
                        },
                    ));
                    let list = |condition: &str| state.list(connection, &format!("{verdicts} AND {condition}"));
                    tables[at].deleted = list("i.b = 0")?;
                    tables[at].changed = list("i.b = 1 AND i.a = 1")?;
                    tables[at].inserted = list("i.b = 1 AND i.a IS NULL")?;
                    continue;
                }
                (PartKind::Values, Some(values)) => {
                    tables[at].add(values);
                    continue;
                }
                (PartKind::Rows, _) => Loss::Rows { table: name },
                (PartKind::Values, None) => {
                    let column = value_column(&state.part.columns).and_then(|(_, column)| column.before.clone());
                    let column = column.unwrap_or_default();
                    Loss::Values { table: name, column }
                }
            };
            // With the record they would be gone.
            self.homeless.push(Counted { loss: lost, count: Some(state.part.rows) });
        }
        for (state, given) in given {
            let is_it = |table: &&mut UndoneTable| Some(table.table.name.as_ref()) == state.part.before.as_deref();
            if let Some(undone) = tables.iter_mut().find(is_it) {
                state.returning().iter().for_each(|column| undone.add_given(column, given));
            }
        }
        tables.retain(|table| !table.is_empty());
        self.undone.tables = tables;
        Ok(replayed.whys)
    }
}

/// What the down took away or changed of rows that the up had not.
fn others(
    connection: &Connection,
    part: &UndoPart,
    images: &Images,
    parts: &[PartState],
    is_excused: &str,
) -> rusqlite::Result<Option<UndoneTable>> {
    let Some(name) = &part.before else { return Ok(None) };
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
    let table = Name { schema: None, name: name.clone().into() };
    let list =
        |condition: &str| rows_named(connection, part, images, &format!("d.b = 1 AND {condition} AND NOT {own}"));
    let mut done = UndoneTable::new(table);
    done.deleted = list("d.a IS NULL")?;
    done.changed = list(&format!("d.a = 1 AND NOT ({same})"))?;
    Ok((!done.is_empty()).then_some(done))
}

/// Rows of images `d`, by their keys.
fn rows_named(connection: &Connection, part: &UndoPart, images: &Images, condition: &str) -> rusqlite::Result<RowList> {
    let from = format!("FROM {} AS d WHERE {condition}", images.table);
    listed(connection, &from, &shown_key(part, |at| format!("d.b{at}"), "d.k0"), "d.rowid")
}

fn losses(done: &UndoneTable) -> Vec<Counted> {
    let table = || done.table.clone();
    let counts = [
        (Loss::Deleted { table: table() }, done.deleted.count),
        (Loss::Changed { table: table() }, done.changed.count),
    ];
    let lost = counts.into_iter().filter(|(_, count)| *count > 0);
    lost.map(|(loss, count)| Counted { loss, count: Some(count) }).collect()
}

/// The database's own triggers, off: what they did at the up was recorded, and is put back as well. Where rows that are in the way go, triggers are
/// recursive: those by which is seen what becomes of rows fire for what REPLACE puts out.
struct Quiet<'c> {
    connection: &'c Connection,
    were_on: bool,
    were_recursive: bool,
}

impl<'c> Quiet<'c> {
    fn begin(connection: &'c Connection, changed: ChangedRows) -> rusqlite::Result<Self> {
        let were_on = connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER)?;
        let were_recursive = connection.query_row("PRAGMA recursive_triggers", [], |row| row.get(0))?;
        let quiet = Self { connection, were_on, were_recursive };
        if rusqlite::version_number() >= TRIGGERS_APART {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        }
        if changed == ChangedRows::PutBack {
            connection.pragma_update(None, "recursive_triggers", true)?;
        }
        Ok(quiet)
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let on = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, self.were_on).map(drop);
        let recursive = self.connection.pragma_update(None, "recursive_triggers", self.were_recursive);
        for error in [on.err(), recursive.err()].into_iter().flatten() {
            tracing::warn!("the triggers of the database could not be put on again: {error}");
        }
    }
}

/// The columns that a down fills from columns of other names, as where the up gave a column another one. What it makes up of the key, where a column must have
/// values that are all different, is nobody's.
fn moved(connection: &Connection, job: &Job<'_>) -> rusqlite::Result<Vec<String>> {
    let statements = job.analysis.statements_of(job.step.script().text()).flatten();
    let mut columns = Vec::new();
    for statement in statements {
        columns.extend(renamed_column(&statement));
        let Some(moved) = moved_rows(&statement) else { continue };
        let facts = TableFacts::read(connection, &main(&moved.from.name))?;
        let known = facts.map(|facts| facts.columns).unwrap_or_default();
        for (target, item) in moved.targets.iter().zip(&moved.items) {
            let mut others = known.iter().filter(|column| !column.in_key && !column.name.eq_ignore_ascii_case(target));
            if others.any(|column| mentions(item, &column.name)) {
                columns.push(target.clone());
            }
        }
    }
    Ok(columns)
}
