//! Notes what a step does to rows, in its own transaction: around its statements where one destroys what cannot be read afterwards, else at its end.
//!
//! Each table of which something is to be kept has a log: rows as they were before the step. Either it has those that the step has changed or deleted,
//! which the second connection reads, or all of them, which the step copies before a statement that takes them, or after one by which it holds the table
//! for itself, so that nobody else can read it. What the step has left is read in the end.

use std::collections::{BTreeMap, BTreeSet};

use super::apart::NoRecord;
use super::facts::{Facts, KnownTable};
use super::part::{PartRows, RecordOutcome, StepNotes, TableNotes};
use super::store::{self, StoreStanding};
use super::{copy, facts, look, net, staged};
use crate::config::{UndoLimit, UndoSettings};
use crate::database::postgres::PostgresDatabase;
use crate::database::postgres::message::Message;
use crate::database::{Failure, Job};
use crate::event::Action;
use crate::history::UndoTable;
use crate::sql::{Dialect, Losing, Loss, Name, Plain, Statement, Verb};

/// What is looked through for the rows of a step, where there is a limit.
const MOST_BYTES_READ: u64 = 256_000_000;

/// An up, from its first statement to its last.
pub(in crate::database::postgres) struct StepRecorder {
    notes: StepNotes,
    settings: UndoSettings,
    /// Whether a statement that may write rows ran since they were looked at.
    is_pending: bool,
    /// Whether a statement ran since, by which the step may hold tables for itself.
    may_hold: bool,
    /// Whether the tables of the record are there, and may be written.
    is_stored: bool,
    /// Tables that it holds for itself, and of which there are too many rows to copy them: where it changes any, nothing is kept.
    uncopied: BTreeMap<u32, String>,
}

/// What is noted of a step.
pub(in crate::database::postgres) enum StepRecording {
    /// It does nothing to rows.
    Not,
    /// Nothing is to be kept, for this reason.
    Unkept(&'static str),
    /// What it changes is kept.
    On(Box<StepRecorder>),
}

impl StepRecorder {
    /// Begins with the tables that are there.
    pub(in crate::database::postgres) async fn begin(
        database: &mut PostgresDatabase<'_>,
        message: &mut Message,
        job: &Job<'_>,
        is_first: bool,
    ) -> Result<StepRecording, Failure> {
        let settings = &database.options.undo;
        let limit = settings.limit(job.directives.undo);
        // First, since it costs nothing: the statements are read for what is kept, or said not to be, alone.
        if limit == UndoLimit::Nothing && !database.prepared().owns_kept {
            return Ok(StepRecording::Not);
        }
        let not = match job.step.action() {
            Action::Apply | Action::Resume => None,
            Action::Reapply => Some("the migration was applied again, with another text".to_owned()),
            Action::Skip | Action::Revert | Action::Forget => return Ok(StepRecording::Not),
        };
        let statements = || job.analysis.statements_of(job.step.script().text()).flatten();
        if !statements().any(|statement| may_change_rows(&statement)) {
            return Ok(StepRecording::Not);
        }
        let room = match limit {
            UndoLimit::Nothing => return Ok(StepRecording::Unkept(settings.why_nothing(job.directives.undo))),
            UndoLimit::UpTo { rows, bytes } => Some((rows, bytes)),
            UndoLimit::Everything => None,
        };
        message.part(database).await?;
        let mut recorder = Self {
            notes: StepNotes {
                version: job.step.version(),
                rows: database.tables.of_undo(UndoTable::Rows),
                room,
                before: BTreeMap::new(),
                logs: BTreeMap::new(),
                is_asked: false,
                files: BTreeMap::new(),
                altered: Vec::new(),
                not,
            },
            settings: database.options.undo.clone(),
            is_pending: false,
            may_hold: false,
            is_stored: false,
            uncopied: BTreeMap::new(),
        };
        if !is_first {
            recorder.notes.give_up("it ran in one transaction with migrations before it".to_owned());
        }
        if statements().any(|statement| statement.verb == Verb::Transaction) {
            recorder.notes.give_up("the step has savepoints".to_owned());
        }
        if job.step.script().text().to_ascii_lowercase().contains("track_counts") {
            recorder.notes.give_up("the step names track_counts".to_owned());
        }
        let begun = recorder.read(database, message).await;
        recorder.settle(begun)?;
        Ok(StepRecording::On(Box::new(recorder)))
    }

    /// Makes the tables of the record where they are missing, and reads what is there before the step.
    async fn read(&mut self, database: &mut PostgresDatabase<'_>, message: &mut Message) -> Result<(), NoRecord> {
        let (facts, standing) = facts::read_with(database, &store::standing(database)).await?;
        let standing = StoreStanding::of(&standing);
        store::prepare(database, message, standing, self.notes.version).await?;
        self.is_stored = true;
        if !standing.are_rows_counted {
            return Err("the server does not count rows: track_counts is off".to_owned().into());
        }
        self.notes.files = files(&facts);
        self.notes.before = facts.tables;
        Ok(())
    }

    /// What was noted; nothing where nothing of the step is kept for that.
    fn settle<T>(&mut self, noted: Result<T, NoRecord>) -> Result<Option<T>, Failure> {
        match noted {
            Ok(noted) => Ok(Some(noted)),
            Err(NoRecord::Why(why)) => {
                self.notes.give_up(why);
                Ok(None)
            }
            Err(NoRecord::Failed(failure)) => Err(failure),
        }
    }

    /// Keeps what a statement takes, and what nobody can read after it.
    pub(in crate::database::postgres) async fn before(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        message: &mut Message,
        statement: &Statement<'_>,
    ) -> Result<(), Failure> {
        if self.notes.not.is_some() {
            return Ok(());
        }
        let noted = self.note(database, message, statement).await;
        self.settle(noted).map(drop)
    }

    async fn note(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        message: &mut Message,
        statement: &Statement<'_>,
    ) -> Result<(), NoRecord> {
        if self.is_pending && !is_about_rows(statement) {
            message.part(database).await?;
            self.look(database).await?;
        }
        let lost = Losing::new(Dialect::Postgres).risks(std::iter::once(statement.clone()), &[]);
        self.notes.altered.extend(lost.altered);
        let conversions = lost.conversions.iter().map(|(_, risk)| risk);
        let taken: BTreeSet<&Name<'static>> = lost
            .risks
            .iter()
            .chain(conversions)
            .filter(|risk| matches!(risk.loss, Loss::Rows { .. } | Loss::Values { .. } | Loss::Converted { .. }))
            .filter_map(|risk| risk.loss.holder())
            .map(|holder| holder.table)
            .collect();
        if !taken.is_empty() {
            message.part(database).await?;
            let takes_referring = statement.verb == Verb::Truncate;
            self.keep(database, &taken, takes_referring).await?;
        }
        if self.may_hold && may_write(statement) {
            message.part(database).await?;
            self.copy_held(database).await?;
        }
        Ok(())
    }

    /// Takes note of a statement that was run, or is about to be.
    pub(in crate::database::postgres) fn after(&mut self, statement: &Statement<'_>) {
        let may_write = may_write(statement);
        self.notes.is_asked |= may_write;
        self.is_pending |= may_write;
        self.may_hold |= !is_about_rows(statement) && !makes_what_nobody_reads(statement);
    }

    /// Reads the rows that statements have changed since the last look, as they were before the step. Returns what is there now.
    async fn look(&mut self, database: &mut PostgresDatabase<'_>) -> Result<Facts, NoRecord> {
        let is_written = std::mem::take(&mut self.is_pending);
        let facts = facts::read(database).await?;
        if facts.wrote_elsewhere {
            let what = "it wrote what is no row of a table of the database: a foreign table, or a large object";
            return Err(what.to_owned().into());
        }
        for (oid, now) in &facts.tables {
            let Some(before) = self.notes.before.get(oid) else { continue };
            let known = self.notes.logs.get(oid);
            if known.is_some_and(|log| log.is_whole) {
                continue;
            }
            if is_written && self.notes.files.get(oid) != Some(&now.file) {
                return Err(format!("table {} was emptied or written anew", before.name.plain()).into());
            }
            if now.touched != known.map_or(before.touched, |log| log.touched) {
                let part = self.look_at(database, before, now).await?;
                self.notes.logs.insert(*oid, TableNotes { part, is_whole: false, touched: now.touched });
            }
        }
        Ok(facts)
    }

    async fn look_at(
        &self,
        database: &mut PostgresDatabase<'_>,
        before: &KnownTable,
        now: &KnownTable,
    ) -> Result<PartRows, NoRecord> {
        let shown = before.name.plain();
        let most = MOST_BYTES_READ / 1_000_000;
        let why = if now.is_held {
            let too_many = self.uncopied.get(&now.oid).cloned();
            Some(too_many.unwrap_or_else(|| {
                format!("one statement changed rows of table {shown}, and kept others from reading it")
            }))
        } else if before.key != now.key {
            Some(format!("table {shown} has got another primary key"))
        } else if before.key.is_empty() && before.columns != now.columns {
            Some(format!("table {shown} has no primary key, and has got other columns"))
        } else if self.notes.room.is_some() && now.size > MOST_BYTES_READ {
            Some(format!("table {shown} has more than {most} MB, and all of it would be read"))
        } else if now.has_rules {
            Some(format!("table {shown} has rules"))
        } else {
            self.never_kept(before)
        };
        if let Some(why) = why {
            return Err(why.into());
        }
        let room = self.notes.room;
        // What was only inserted has nothing that was there before.
        let rows = if now.touched.changed + now.touched.deleted > before.touched.changed + before.touched.deleted {
            look::rows_before(database, before, now, room).await?
        } else {
            Vec::new()
        };
        let part = self.notes.part_of(now.oid);
        staged::changed(database, &part, now, &rows, room.map(|(rows, _)| rows)).await?;
        Ok(part)
    }

    /// Copies the tables that a statement is about to take something of: locked, so that nothing comes to be in them meanwhile.
    async fn keep(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        names: &BTreeSet<&Name<'static>>,
        takes_referring: bool,
    ) -> Result<(), NoRecord> {
        let names: Vec<&Name<'_>> = names.iter().copied().collect();
        let oids = facts::numbers(database, &names, takes_referring).await?;
        let facts = facts::read(database).await?;
        // What belongs to others the statement cannot take.
        let is_meant = |table: &&KnownTable| table.is_ours && self.is_uncopied(table);
        let meant: Vec<&KnownTable> = oids.iter().filter_map(|oid| facts.tables.get(oid)).filter(is_meant).collect();
        if meant.is_empty() {
            return Ok(());
        }
        let listed: Vec<String> = meant.iter().map(|table| format!("ONLY {}", table.name)).collect();
        // The statement itself waits for the same lock.
        let mut lock = Message::default();
        lock.ours(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", listed.join(", ")));
        lock.send(database).await?;
        for table in meant {
            self.copy(database, table).await?;
        }
        Ok(())
    }

    /// Copies the tables that nobody else can read any more, before rows of them may be written.
    async fn copy_held(&mut self, database: &mut PostgresDatabase<'_>) -> Result<(), NoRecord> {
        self.may_hold = false;
        let facts = facts::read(database).await?;
        self.notes.files = files(&facts);
        for table in facts.tables.values().filter(|table| table.is_held) {
            if !self.is_uncopied(table) || self.uncopied.contains_key(&table.oid) {
                continue;
            }
            match self.copy(database, table).await {
                // It is no matter unless rows of it are changed.
                Err(NoRecord::Why(why)) => drop(self.uncopied.insert(table.oid, why)),
                copied => copied?,
            }
        }
        Ok(())
    }

    /// Whether a table was there before the step, and its log has not all of its rows.
    fn is_uncopied(&self, table: &KnownTable) -> bool {
        let is_whole = self.notes.logs.get(&table.oid).is_some_and(|log| log.is_whole);
        self.notes.before.contains_key(&table.oid) && !is_whole
    }

    async fn copy(&mut self, database: &mut PostgresDatabase<'_>, now: &KnownTable) -> Result<(), NoRecord> {
        let Some(before) = self.notes.before.get(&now.oid) else { return Ok(()) };
        if let Some(why) = self.never_kept(before) {
            return Err(why.into());
        }
        let part = self.notes.part_of(now.oid);
        copy::whole(database, before, now, &part, self.notes.room).await?;
        self.notes.logs.insert(now.oid, TableNotes { part, is_whole: true, touched: now.touched });
        Ok(())
    }

    /// Of a table with values that are never to be kept: why nothing of the step is.
    fn never_kept(&self, table: &KnownTable) -> Option<String> {
        let ignores = |column: &str| self.settings.ignores(table.name.schema.as_deref(), &table.name.name, column);
        let column = table.columns.iter().find(|column| ignores(&column.name))?;
        Some(format!("the values of {}.{} are never kept", table.name.plain(), Plain(&column.name)))
    }

    /// What the step has come to.
    async fn outcome(&mut self, database: &mut PostgresDatabase<'_>) -> Result<RecordOutcome, NoRecord> {
        // A trigger that waits for the end may have written after the last statement.
        let facts = if self.notes.is_asked { self.look(database).await? } else { facts::read(database).await? };
        net::finish(&mut self.notes, database, &facts).await
    }

    /// What the step has come to, as statements that write it down, behind the row of the history.
    pub(in crate::database::postgres) async fn finish(
        mut self,
        database: &mut PostgresDatabase<'_>,
    ) -> Result<Vec<String>, Failure> {
        let mut outcome = None;
        if self.notes.not.is_none() {
            let noted = self.outcome(database).await;
            outcome = self.settle(noted)?;
        }
        let outcome = outcome.unwrap_or_else(|| RecordOutcome::Not(self.notes.not.take().unwrap_or_default()));
        if !self.is_stored {
            tracing::debug!("that nothing is kept of a step is not written down: the tables for it cannot be written");
            return Ok(Vec::new());
        }
        Ok(store::kept(database, self.notes.version, &outcome))
    }
}

/// The files of tables.
fn files(facts: &Facts) -> BTreeMap<u32, u32> {
    facts.tables.iter().map(|(oid, table)| (*oid, table.file)).collect()
}

/// Whether a statement is about nothing but rows, and takes no lock that keeps others from reading.
fn is_about_rows(statement: &Statement<'_>) -> bool {
    statement.verb.is_of_rows() || statement.verb.is_query()
}

/// Whether a statement makes a table, an index, a type or the like, and holds no table for itself that was there: only a partition may.
fn makes_what_nobody_reads(statement: &Statement<'_>) -> bool {
    const MODIFIERS: [&str; 8] = ["or", "replace", "unlogged", "temp", "temporary", "local", "global", "unique"];
    let mut words = statement.text.split_whitespace().map(str::to_ascii_lowercase).skip(1);
    let made = words.find(|word| !MODIFIERS.contains(&word.as_str()));
    let is_plain = |made: &str| ["table", "index", "sequence", "type", "schema", "function"].contains(&made);
    statement.verb == Verb::Create && made.as_deref().is_some_and(is_plain) && !words.any(|word| word == "partition")
}

/// Whether a step with this statement is to be watched: it may write rows, or take them along.
pub(in crate::database::postgres) fn may_change_rows(statement: &Statement<'_>) -> bool {
    let takes = || {
        let lost = Losing::new(Dialect::Postgres).risks(std::iter::once(statement.clone()), &[]);
        !lost.risks.is_empty() || !lost.conversions.is_empty()
    };
    may_write(statement) || takes()
}

/// Whether it may write rows: `CREATE TABLE .. AS` does, into the table that it makes.
fn may_write(statement: &Statement<'_>) -> bool {
    if statement.verb != Verb::Create {
        return statement.verb.may_write_rows();
    }
    let words: Vec<String> = statement.text.split_whitespace().map(str::to_ascii_lowercase).collect();
    let is_query = |word: &str| {
        let word = word.trim_start_matches('(');
        ["select", "values", "with", "table", "execute"].iter().any(|known| word.starts_with(known))
    };
    words.iter().take(4).any(|word| word == "table")
        && words.windows(2).any(|pair| pair[0] == "as" && (is_query(&pair[1]) || pair[1] == "("))
}
