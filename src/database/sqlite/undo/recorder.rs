//! Notes each row as it was when a step first touched it: by TEMP triggers, in the step's own transaction.
//!
//! The triggers are there while statements run that write rows, and on the tables alone that these write, as SQLite's program for each tells. Around
//! any other statement they are off: ADD COLUMN would not be seen by them, and DROP COLUMN would fail.

mod copies;
mod keyed;
mod log;
mod made;
mod merge;
mod noted;
mod refused;
mod replaced;
mod shelf;

use std::sync::Arc;

use rusqlite::Connection;

use self::copies::RowCopy;
use self::log::Log;
pub(in crate::database::sqlite) use self::merge::NetPart;
use self::replaced::Replaced;

use super::facts::TableFacts;
use super::images::LeftRows;
pub(in crate::database::sqlite) use super::room::KeptLimit;
use super::room::Room;
use super::told::RowEvent;
use super::triggers::{can_tell, trigger, triggers};
use super::written::{StatementWrites, WrittenTables, written};
use crate::config::UndoSettings;
use crate::database::sqlite::watched::{WatchedTables, has_word_replace};
use crate::database::sqlite::{SqliteDatabase, failure};
use crate::database::{Failure, Job};
use crate::history::{PartKind, images_name};
use crate::sql::{Dialect, Name, Plain, Statement, StatementKind, dropped_tables, with_line_feeds};
use crate::version::Version;

/// Where images are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::database::sqlite) enum ImagePlace {
    /// Beside the history, for the down of this version; up to this much where there is a limit.
    Kept { version: Version, limit: Option<KeptLimit> },
    /// For as long as the step runs.
    Temporary,
}

/// Records what a step does to rows.
pub(in crate::database::sqlite) struct Recorder<'c> {
    pub(super) connection: &'c Connection,
    pub(super) tables: WatchedTables<'c>,
    /// By the place of the table among those that are watched.
    pub(super) logs: Vec<Log>,
    pub(super) room: Arc<Room>,
    settings: &'c UndoSettings,
    history: &'c str,
    place: ImagePlace,
    /// How many tables of images were made.
    made: u32,
    /// The places of the tables that have triggers at the moment.
    on: Vec<usize>,
    /// Why nothing of the step is kept.
    not: Option<String>,
    /// Whether a statement ran that may write rows, or something was kept of what another one takes.
    is_asked: bool,
    replaces: bool,
    /// Whether triggers can tell rows as the step leaves them: they see every event, and values as the database has them.
    tells: bool,
    /// Which tables were copied as they are into one that the step has made: places.
    copies: Vec<RowCopy>,
    /// The names that the script gives tables in place of others.
    renames: Vec<(Name<'static>, Name<'static>)>,
    /// The tables that the step's down drops, by their names in it.
    goes: Vec<Name<'static>>,
}

/// What a step has come to.
pub(in crate::database::sqlite) enum Recorded {
    /// It did nothing to rows.
    Nothing,
    Not(String),
    Parts(Vec<NetPart>),
}

impl<'c> Recorder<'c> {
    /// Begins with the tables that are there.
    pub(in crate::database::sqlite) fn begin(
        database: &'c SqliteDatabase<'_>,
        job: &Job<'_>,
        place: ImagePlace,
    ) -> Result<Self, Failure> {
        let connection = database.connection();
        let history = &database.options.table;
        let limit = match &place {
            ImagePlace::Kept { limit, .. } => *limit,
            ImagePlace::Temporary => None,
        };
        let read = || {
            let mut tables = WatchedTables::new(connection, history);
            let texts = tables.find()?;
            let replaces =
                has_word_replace(job.step.script().text()) || texts.iter().any(|text| has_word_replace(text));
            let room = Room::open(connection, limit)?;
            // A function gets texts in UTF-8, in which malformed ones of another encoding may look alike.
            let encoding: String = connection.query_row("PRAGMA main.encoding", [], |row| row.get(0))?;
            Ok(Self {
                connection,
                logs: tables.list.iter().map(|_| Log::default()).collect(),
                tables,
                room,
                settings: &database.options.undo,
                history,
                place,
                made: 0,
                on: Vec::new(),
                not: None,
                is_asked: false,
                replaces,
                tells: !replaces && encoding == "UTF-8",
                copies: Vec::new(),
                goes: job
                    .step
                    .down
                    .as_deref()
                    .map(|down| dropped_tables(Dialect::Sqlite, down.text()))
                    .unwrap_or_default(),
                renames: job
                    .analysis
                    .shapes
                    .renamed
                    .iter()
                    .map(|(from, to)| (from.to_owned(), to.to_owned()))
                    .collect(),
            })
        };
        let mut recorder = read().map_err(|error| failure::of(error, connection))?;
        recorder.refuse_script(job);
        Ok(recorder)
    }

    /// Nothing of the step is kept, for this reason: the first one that is told.
    pub(super) fn give_up(&mut self, why: String) {
        self.not.get_or_insert(why);
    }

    pub(super) fn has_given_up(&self) -> bool {
        self.not.is_some()
    }

    /// Runs a statement of the step, and notes what it does.
    pub(in crate::database::sqlite) fn watch<T>(
        &mut self,
        statement: &Statement<'_>,
        mut run: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let connection = self.connection;
        let explain = move |error| failure::of(error, connection);
        if self.has_given_up() {
            return run();
        }
        if !statement.verb.may_write_rows() || matches!(statement.kind, StatementKind::Pragma(_)) {
            // A pragma may act when it is compiled, and none writes rows of tables.
            self.remove().map_err(explain)?;
            if !self.has_given_up() && self.place != ImagePlace::Temporary {
                shelf::before(self, statement).map_err(explain)?;
            }
            let done = run()?;
            self.follow(statement).map_err(explain)?;
            return Ok(done);
        }
        let StatementWrites { tables, virtual_tables } =
            written(connection, &with_line_feeds(statement.text)).map_err(explain)?;
        self.is_asked = true;
        let all_go = self.all_go(&virtual_tables).map_err(explain)?;
        if !all_go && self.place != ImagePlace::Temporary {
            self.give_up(
                "it writes a virtual table, such as a full-text index, and what that holds is not kept".to_owned(),
            );
            return run();
        }
        let written = if all_go { tables } else { WrittenTables::Any };
        if let Some(copy) = self.copy_into_made(statement) {
            // What was there before is in the table that is copied.
            self.copies.push(copy);
            return run();
        }
        let on = self.install(&written).map_err(explain)?;
        if self.has_given_up() {
            return run();
        }
        let before = self.counts(&on).map_err(explain)?;
        let told = self.room.came_and_went();
        let replaced =
            if self.replaces { self.before_replace(&on, before, &written).map_err(explain)? } else { Replaced::None };
        let Some(done) = self.room.run(connection, &mut run)? else {
            drop(replaced);
            self.give_up(self.room.why_full().unwrap_or_default());
            self.remove().map_err(explain)?;
            return run();
        };
        if let Replaced::Counted = replaced {
            self.assert_seen(&on, before, told).map_err(explain)?;
        }
        drop(replaced);
        if let Some(why) = self.room.why_full() {
            self.give_up(why);
        }
        Ok(done)
    }

    /// Takes note of tables and columns after a statement that writes no rows.
    fn follow(&mut self, statement: &Statement<'_>) -> rusqlite::Result<()> {
        if self.has_given_up() {
            return Ok(());
        }
        self.tables.find()?;
        self.tables.follow(statement)?;
        self.tables.find_made()?;
        self.logs.resize_with(self.tables.list.len(), Log::default);
        for at in 0..self.logs.len() {
            self.follow_columns(at)?;
        }
        merge::rebuilt(self)
    }

    /// Puts triggers on the tables that a statement writes; returns their places.
    fn install(&mut self, written: &WrittenTables) -> rusqlite::Result<Vec<usize>> {
        self.tables.find()?;
        self.logs.resize_with(self.tables.list.len(), Log::default);
        let is_meant = |now: &Name<'_>| match written {
            WrittenTables::These(tables) => {
                now.schema.as_deref() == Some("main") && tables.contains(&now.name.to_ascii_lowercase())
            }
            WrittenTables::Any => now.schema.as_deref() == Some("main"),
        };
        let meant: Vec<usize> = self
            .tables
            .list
            .iter()
            .enumerate()
            .filter(|(_, table)| !table.is_virtual && table.now.as_ref().is_some_and(is_meant))
            .map(|(at, _)| at)
            .collect();
        for at in &meant {
            if !self.on.contains(at) && !self.has_given_up() {
                self.put_on(*at)?;
            }
        }
        Ok(meant)
    }

    fn put_on(&mut self, at: usize) -> rusqlite::Result<()> {
        let Some(now) = self.tables.list[at].now.clone() else { return Ok(()) };
        let facts = match TableFacts::read(self.connection, &now)? {
            Ok(facts) => facts,
            Err(why) => {
                self.give_up(why);
                return Ok(());
            }
        };
        let columns: Vec<&str> = facts.columns.iter().map(|column| column.name.as_str()).collect();
        if self.place != ImagePlace::Temporary && (self.refuses(&now, &columns) || self.is_hidden(at)?) {
            return Ok(());
        }
        let is_first = self.logs[at].rows.is_none();
        let images = self.images(at, &facts)?.clone();
        if is_first && self.tells && can_tell(&facts) {
            self.logs[at].left = LeftRows::Told;
        }
        let sql = triggers(at, &now, &images, &facts, self.logs[at].left);
        self.on.push(at);
        self.connection.execute_batch(&sql)
    }

    /// Whether the values of one of these columns are never to be kept: nothing of the step is, then.
    pub(super) fn refuses(&mut self, table: &Name<'_>, columns: &[&str]) -> bool {
        let Some(column) = columns.iter().find(|column| self.settings.ignores(None, &table.name, column)) else {
            return false;
        };
        self.give_up(format!("the values of {}.{} are never kept", Plain(&table.name), Plain(column)));
        true
    }

    /// A temporary table under the name that the next images get would be written in their place.
    fn is_hidden(&mut self, at: usize) -> rusqlite::Result<bool> {
        let ImagePlace::Kept { version, .. } = &self.place else { return Ok(false) };
        let name = match &self.logs[at].rows {
            Some(images) => images.name.clone(),
            None => images_name(self.history, *version, self.made + 1),
        };
        let sql = "SELECT EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE lower(name) = lower(?1))";
        let is_hidden = self.connection.query_row(sql, [&name], |row| row.get(0))?;
        if is_hidden {
            self.give_up(format!("something temporary is called {name}"));
        }
        Ok(is_hidden)
    }

    /// Takes all triggers off.
    pub(super) fn remove(&mut self) -> rusqlite::Result<()> {
        for at in std::mem::take(&mut self.on) {
            let kinds = [RowEvent::Inserted, RowEvent::Deleted, RowEvent::Changed, RowEvent::Moved];
            let drops = kinds.map(|kind| format!("DROP TRIGGER IF EXISTS temp.{};", trigger(at, kind)));
            self.connection.execute_batch(&drops.concat())?;
        }
        Ok(())
    }

    /// What the step has come to; tables of images that are not needed are dropped.
    pub(in crate::database::sqlite) fn finish(mut self) -> Result<Recorded, Failure> {
        let connection = self.connection;
        self.end().map_err(|error| failure::of(error, connection))
    }

    fn end(&mut self) -> rusqlite::Result<Recorded> {
        self.remove()?;
        if let Some(why) = merge::cut_off(self) {
            self.give_up(why);
        }
        if !self.has_given_up() {
            made::note(self)?;
        }
        for at in 0..self.logs.len() {
            if !self.has_given_up() {
                keyed::combine(self, at)?;
                merge::complete(self, at)?;
            }
        }
        if let Some(why) = self.not.take() {
            let all = self.logs.iter().flat_map(|log| log.rows.iter().chain(&log.olds).chain(&log.values));
            for images in all {
                images.drop(self.connection)?;
            }
            return Ok(Recorded::Not(why));
        }
        if !self.is_asked {
            return Ok(Recorded::Nothing);
        }
        let mut parts = Vec::new();
        for at in 0..self.logs.len() {
            parts.extend(merge::net(self, at, PartKind::Rows)?);
            parts.extend(merge::net(self, at, PartKind::Values)?);
        }
        Ok(Recorded::Parts(parts))
    }

    /// Puts triggers on all tables that are there now: for what is done beyond the statements of the step.
    pub(super) fn watch_all(&mut self) -> rusqlite::Result<()> {
        if !self.has_given_up() {
            self.is_asked = true;
            self.install(&WrittenTables::Any)?;
        }
        Ok(())
    }

    /// That something is kept which no trigger tells of.
    pub(super) fn ask(&mut self) {
        self.is_asked = true;
    }
}

/// The triggers go with the transaction, also where it is rolled back; the function is the connection's.
impl Drop for Recorder<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::debug!("the triggers that note rows go with the transaction: {error}");
        }
        if let Err(error) = Room::close(self.connection) {
            tracing::warn!("a function could not be taken off the connection: {error}");
        }
    }
}

/// Whether a statement may change rows, or take some along with a table or a column.
pub(in crate::database::sqlite) fn may_change_rows(statement: &Statement<'_>) -> bool {
    let is_pragma = matches!(statement.kind, StatementKind::Pragma(_));
    statement.verb.may_write_rows() && !is_pragma || shelf::takes_something(statement)
}
