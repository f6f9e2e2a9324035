//! A database in memory that is nobody's.

use std::rc::Rc;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;

use super::failure::of;
#[cfg(test)]
use super::known;
use super::known::KnownState;
use super::name::PlainName;
use super::seed::Seeded;
use super::stand_in::{collate, missing_function};
use super::steps::Steps;
use super::touched::Touched;
use crate::database::sqlite::compile;
use crate::database::sqlite::inspect::{Identities, Inspector, SqliteSnapshot};
use crate::database::sqlite::sandbox::Sandbox;
use crate::down::Rows;
use crate::error::{Code, Error, Result};
use crate::source::{Requirement, Script, TransactionDirective};
use crate::sql::{Dialect, EnforcementRequest, OwnStatement, Statement, StatementKind, Verb};

/// A scratch database. Two of them prove a migration: one that holds only what migrations made, and one with seeded rows.
pub(crate) struct SqliteScratch {
    pub(super) connection: Connection,
    /// What a script tried that would have reached beyond it.
    sandbox: Sandbox,
    pub(super) steps: Steps,
    inspector: Inspector,
    /// Whether something was created since tables were told apart. What is created takes nothing away and gives nothing another name, so that
    /// several such statements are looked at together.
    is_unseen: bool,
    touched: Touched,
    known: KnownState,
    /// What was what at each savepoint.
    savepoints: Vec<HeldSavepoint>,
    /// Functions that are not SQLite's own: the application registers them, and here something that returns NULL stands in.
    stand_ins: Vec<String>,
    /// Where scripts had strings in double quotes.
    quoted: Vec<String>,
    pub(super) seeded: Seeded,
    /// How many references did not hold before rows were laid.
    pub(super) broken: usize,
    /// What this is a copy of, where it is one that is thrown away.
    pub(super) original: Option<Box<Self>>,
}

/// What was known where a savepoint was set.
struct HeldSavepoint {
    identities: Identities,
    is_unseen: bool,
    known: KnownState,
}

impl SqliteScratch {
    /// Opens one, empty.
    ///
    /// # Errors
    /// [`Code::Connect`]: SQLite cannot even have a database in memory.
    pub(crate) fn open() -> Result<Self> {
        let mut connection = Connection::open_in_memory().map_err(|error| of(error, "a scratch database"))?;
        connection.collation_needed(collate).map_err(|error| of(error, "a scratch database"))?;
        let touched = Touched::default();
        let note = touched.clone();
        let sandbox = Sandbox::close_and_watch(&mut connection, move |action| note.note(action))
            .map_err(|error| of(error, "a scratch database"))?;
        let steps = Steps::count(&mut connection).map_err(|error| of(error, "a scratch database"))?;
        Ok(Self {
            connection,
            sandbox,
            steps,
            inspector: Inspector::default(),
            is_unseen: false,
            touched,
            known: KnownState::default(),
            savepoints: Vec::new(),
            stand_ins: Vec::new(),
            quoted: Vec::new(),
            seeded: Seeded::default(),
            broken: 0,
            original: None,
        })
    }

    /// Opens one in which a script has run, which counts as its ground (`scratch_setup`).
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Code::StatementFailed`] where the script does not run.
    pub(crate) fn open_on(setup: Option<&Script>) -> Result<Self> {
        let mut scratch = Self::open()?;
        if let Some(setup) = setup {
            scratch.run_script(setup)?;
        }
        Ok(scratch)
    }

    /// What stood in for what the application registers with its connections: one sentence for functions, one for collations.
    ///
    /// # Errors
    /// The scratch database cannot be read.
    pub(crate) fn stood_in(&self) -> Result<Vec<String>> {
        let mut sentences = Vec::new();
        if !self.stand_ins.is_empty() {
            let names = self.stand_ins.join(", ");
            sentences.push(format!("functions that SQLite does not have were taken to return NULL: {names}"));
        }
        let read = || -> rusqlite::Result<Vec<String>> {
            let sql =
                "SELECT name FROM pragma_collation_list WHERE name NOT IN ('BINARY', 'NOCASE', 'RTRIM') ORDER BY 1";
            self.connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let collations = read().map_err(|error| of(error, "the scratch database"))?;
        if !collations.is_empty() {
            let names = collations.join(", ");
            sentences.push(format!("collations that SQLite does not have were taken to compare bytes: {names}"));
        }
        Ok(sentences)
    }

    pub(super) fn read(&mut self) -> Result<SqliteSnapshot> {
        self.forget();
        if let Some(known) = self.known.snapshot.clone() {
            #[cfg(test)]
            known::assert_same(&self.inspector, &self.connection, &known);
            #[cfg(test)]
            self.touched.take();
            return Ok(known);
        }
        let read = self.inspector.read(&self.connection).map_err(|error| of(error, "the scratch database"))?;
        self.is_unseen = false;
        // Reading is no change.
        self.touched.take();
        self.known.snapshot = Some(read.clone());
        Ok(read)
    }

    pub(super) fn read_rows(&mut self) -> Result<Rows> {
        let snapshot = self.read()?;
        let read = self.known.rows(&self.connection, &snapshot);
        let read = read.map_err(|error| of(error, "the scratch database"))?;
        #[cfg(test)]
        {
            self.known.assert_true(&self.connection, &snapshot, &read);
            self.touched.take();
        }
        Ok(read)
    }

    /// Forgets what the statements since the last look may have changed.
    fn forget(&mut self) {
        self.known.forget(self.touched.take());
    }

    /// Forgets all that was known: the runner has been at work.
    pub(super) fn read_anew(&mut self) -> Result<()> {
        self.known = KnownState::default();
        self.is_unseen = false;
        let seen = self.inspector.see(&self.connection);
        self.touched.take();
        self.sandbox.take();
        seen.map_err(|error| of(error, "the scratch database"))
    }

    /// Whether the SQLite at hand has a module: the proof runs in the one that the migrations run in.
    pub(super) fn has_module(&self, requirement: &Requirement) -> Result<bool> {
        let Requirement::Extension(name) = requirement;
        let sql = "SELECT EXISTS (SELECT 1 FROM pragma_module_list WHERE name = ?1)";
        let found = self.connection.query_row(sql, [name], |row| row.get(0));
        found.map_err(|error| of(error, "the scratch database"))
    }

    /// The pragma does nothing inside a transaction: the outermost savepoint decides, as the runner does.
    pub(super) fn begin_savepoint(&mut self, scripts: &[&Script]) -> Result<()> {
        if self.savepoints.is_empty() {
            let mut enforced = !scripts.is_empty();
            for script in scripts {
                let shapes = script.analyse(Dialect::Sqlite, TransactionDirective::Auto)?.shapes;
                enforced &= !shapes.need_guard() && shapes.enforcement != EnforcementRequest::SwitchedOff;
            }
            self.plain(if enforced { "PRAGMA foreign_keys = ON" } else { "PRAGMA foreign_keys = OFF" })?;
        }
        self.plain("SAVEPOINT scratch_savepoint")?;
        self.forget();
        let identities = self.inspector.identities.clone();
        self.savepoints.push(HeldSavepoint { identities, is_unseen: self.is_unseen, known: self.known.clone() });
        Ok(())
    }

    pub(super) fn roll_back_to_last(&mut self) -> Result<()> {
        // An error may have rolled everything back already.
        let is_undone = self.connection.is_autocommit();
        if !is_undone {
            // A full-text index that was made anew since the savepoint keeps words that it has not written yet, and fails on them later. With a
            // savepoint it writes them, and they are taken back with the rest.
            let _ = self.connection.execute_batch("SAVEPOINT scratch_flush; RELEASE scratch_flush");
            self.plain("ROLLBACK TO scratch_savepoint")?;
            self.plain("RELEASE scratch_savepoint")?;
        }
        if let Some(held) = self.savepoints.pop() {
            self.return_to(held);
        }
        if is_undone {
            self.forget_all();
        }
        self.reset()
    }

    /// What is there is again what was there at a savepoint.
    fn return_to(&mut self, held: HeldSavepoint) {
        self.touched.take();
        self.inspector.identities = held.identities;
        self.is_unseen = held.is_unseen;
        self.known = held.known;
    }

    /// SQLite has taken a transaction back by itself: what is there is not what was known, here or at any savepoint.
    fn forget_all(&mut self) {
        self.known = KnownState::default();
        self.savepoints.iter_mut().for_each(|held| held.known = KnownState::default());
    }

    pub(super) fn release(&mut self) -> Result<()> {
        // A trigger, or a table that is full, may have rolled everything back.
        if self.connection.is_autocommit() {
            self.forget_all();
        } else {
            self.plain("RELEASE scratch_savepoint")?;
        }
        self.savepoints.pop();
        self.reset()
    }

    /// An interrupt took the transaction back, and all savepoints with it; or it came where nothing was written.
    pub(super) fn lose_savepoints(&mut self) -> Result<()> {
        if !self.connection.is_autocommit() {
            self.plain("ROLLBACK")?;
        }
        let first = self.savepoints.drain(..).next();
        if let Some(first) = first {
            self.return_to(first);
        }
        self.forget_all();
        self.reset()
    }

    /// A script must not leave its settings to the next one.
    fn reset(&mut self) -> Result<()> {
        if self.savepoints.is_empty() {
            self.plain(
                "PRAGMA legacy_alter_table = OFF; PRAGMA writable_schema = OFF; PRAGMA ignore_check_constraints = OFF",
            )?;
        }
        Ok(())
    }

    pub(super) fn copy(&mut self, other: &Self) -> Result<()> {
        const PAGES: std::ffi::c_int = 4_096;
        let mut new = Self::open()?;
        Backup::new(&other.connection, &mut new.connection)
            .and_then(|backup| backup.run_to_completion(PAGES, Duration::ZERO, None))
            .map_err(|error| of(error, "the scratch database"))?;
        new.inspector = other.inspector.clone();
        new.is_unseen = other.is_unseen;
        for name in &other.stand_ins {
            new.stand_in(name.clone()).map_err(|error| of(error, "the scratch database"))?;
        }
        *self = new;
        Ok(())
    }

    /// How many references do not hold. Where one is to what is no key of its table, nothing can be said of any.
    pub(super) fn references_broken(&mut self) -> Result<usize> {
        let snapshot = self.read()?;
        match self.known.broken(&self.connection, &snapshot) {
            Err(rusqlite::Error::SqliteFailure(..)) => Ok(usize::MAX),
            broken => broken.map_err(|error| of(error, "the scratch database")),
        }
    }

    fn plain(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|error| of(error, "the scratch database"))
    }

    pub(super) fn run_statements(&mut self, script: &Script) -> Result<()> {
        let analysis = script.analyse(Dialect::Sqlite, TransactionDirective::Auto)?;
        self.drop_temporary()?;
        for (number, found) in analysis.statements_of(script.text()).flatten().enumerate() {
            let is_foreign_keys = matches!(&found.kind, StatementKind::Pragma(pragma) if pragma.is("foreign_keys"));
            // VACUUM, DETACH and journal modes change no catalog.
            if matches!(found.kind, StatementKind::Outside(_)) || is_foreign_keys {
                continue;
            }
            if found.verb == Verb::Attach {
                // Not even one in memory: it could not be detached where the proof is in a transaction.
                return Err(Self::outside(script, &found, number, "attaches another database"));
            }
            if !matches!(found.kind, StatementKind::Pragma(_))
                && let Ok(Some(cause)) = compile::double_quoted(&self.connection, found.text)
            {
                let place = script.place(found.span());
                self.quoted.push(format!("a string in double quotes, which are for names, at {place}: {cause}"));
            }
            self.sandbox.take();
            self.statement(found.text, found.verb.may_change_catalog()).map_err(|error| {
                if let Some(outside) = self.sandbox.take() {
                    return Self::outside(script, &found, number, &outside);
                }
                let message = format!("statement {} of {} fails on the scratch database", number + 1, script.path());
                Error::new(Code::StatementFailed, message)
                    .with_place(script.place(found.span()))
                    .with_cause(error.to_string())
                    .with_source(error)
            })?;
        }
        Ok(())
    }

    pub(super) fn take_unsound(&mut self) -> Result<Vec<String>> {
        let mut found = std::mem::take(&mut self.quoted);
        self.forget();
        let unsound = if let Some(known) = &self.known.unsound {
            Rc::clone(known)
        } else {
            let unsound = compile::unsound(&self.connection).map_err(|error| of(error, "the scratch database"))?;
            // What is compiled for this is not run; and that a trigger would reach out is its own matter.
            self.touched.take();
            self.sandbox.take();
            Rc::clone(self.known.unsound.insert(Rc::new(unsound)))
        };
        found.extend(unsound.iter().cloned());
        Ok(found)
    }

    /// The error of a statement that would have reached beyond the scratch database.
    fn outside(script: &Script, found: &Statement<'_>, number: usize, outside: &str) -> Error {
        let message = format!("statement {} of {} {outside}: it cannot be proven", number + 1, script.path());
        Error::new(Code::StatementFailed, message).with_place(script.place(found.span()))
    }

    /// Each script of a real run may have a connection of its own.
    fn drop_temporary(&self) -> Result<()> {
        let read = || -> rusqlite::Result<Vec<String>> {
            // `sqlite_sequence` and its like go with the tables that they are about, and cannot be dropped.
            let sql = "SELECT type, name FROM sqlite_temp_schema WHERE type IN ('table', 'view', 'trigger') \
                       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
            let mut statement = self.connection.prepare(sql)?;
            let drop = |row: &rusqlite::Row<'_>| {
                let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
                Ok(format!("DROP {kind} IF EXISTS temp.{}", PlainName(&name)))
            };
            statement.query_map([], drop)?.collect()
        };
        let statements = read().map_err(|error| of(error, "the scratch database"))?;
        statements.iter().try_for_each(|statement| self.plain(statement))
    }

    /// Runs one statement of our own, and looks at what it changed before the next one.
    pub(super) fn own_statement(&mut self, statement: &OwnStatement) -> rusqlite::Result<()> {
        self.statement(&statement.text, statement.kind.changes_catalog())
    }

    /// What only creates something is looked at before the next one that could make it another thing.
    fn statement(&mut self, sql: &str, changes_catalog: bool) -> rusqlite::Result<()> {
        let creates = sql.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("create"));
        let moves = changes_catalog && !creates;
        if moves && std::mem::take(&mut self.is_unseen) {
            self.inspector.see(&self.connection)?;
        }
        while let Err(error) = run(&self.connection, sql) {
            match missing_function(&error) {
                Some(name) if !self.stand_ins.contains(&name) => self.stand_in(name)?,
                _ => return Err(error),
            }
        }
        if moves {
            self.inspector.see(&self.connection)?;
        }
        self.is_unseen |= creates;
        Ok(())
    }

    fn stand_in(&mut self, name: String) -> rusqlite::Result<()> {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        self.connection.create_scalar_function(name.as_str(), -1, flags, |_| Ok(Value::Null))?;
        self.stand_ins.push(name);
        Ok(())
    }
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}
