use super::records::records;
use super::stranger;
use crate::database::syntax::Syntax;
use crate::database::{
    Database, Detail, Expected, HistoryChange, HistoryTables, NewRecord, Prelude, Reader, Write, lock,
};
use crate::error::{Code, Error, Result};
use crate::history::{Elapsed, LogEntry, LogOutcome, Record, State, StatementHashes, Stored, Whereabouts};
use crate::plan::{self, Entry, Repair, RepairRequest};
#[cfg(feature = "project")]
use crate::plan::{Kin, Likeness};
use crate::source::{Migration, Migrations};
use crate::sql::Dialect;
use crate::version::Version;

/// What the history has, and what the requests would change in it.
#[derive(Debug)]
pub(crate) struct RepairPlan {
    dialect: Dialect,
    records: Vec<Record>,
    stored: Vec<Stored>,
    whereabouts: Whereabouts,
}

/// One change that was made to a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    version: Version,
    what: String,
}

impl Repaired {
    /// Returns the version that it is about.
    pub fn version(&self) -> Version {
        self.version
    }
}

/// `2 add_total: remove its record (applied)`.
impl std::fmt::Display for Repaired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

/// Makes the changes that are asked for, all or none, and returns them.
pub(crate) async fn repair<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    requests: &[RepairRequest],
) -> Result<Vec<Repaired>> {
    let plan = read_for_repair(database).await?;
    let repairs = plan.repairs(migrations, requests)?;
    plan.refuse_unreadable(&repairs)?;
    plan.apply(database, &repairs).await?;
    Ok(repairs.iter().map(|repair| Repaired { version: repair.version(), what: repair.to_string() }).collect())
}

/// Reads what repairs are worked out from.
pub(crate) async fn read_for_repair<R: Reader>(database: &mut R) -> Result<RepairPlan> {
    let records = records(database, Detail::Plan).await?;
    let versions: Vec<Version> = records.iter().map(Record::version).collect();
    let stored = database.stored(&versions).await?;
    Ok(RepairPlan { dialect: database.dialect(), records, stored, whereabouts: database.whereabouts().await? })
}

impl RepairPlan {
    /// Files and history side by side.
    pub(crate) fn entries<'a>(&'a self, migrations: &'a Migrations) -> Result<Vec<Entry<'a>>> {
        plan::survey(migrations, &self.records)
    }

    /// Whether a partly applied migration does not go on, since it was edited where it was done already.
    #[cfg(feature = "project")]
    pub(crate) fn is_edited_since(&self, entry: &Entry<'_>) -> Result<bool> {
        plan::is_edited_since(self.dialect, entry)
    }

    /// What there is to know of a history that does not look like that of these files, in a sentence.
    #[cfg(feature = "project")]
    pub(crate) fn strangeness(&self, migrations: &Migrations) -> Result<(Kin, Option<String>)> {
        let likeness = Likeness::of(&self.entries(migrations)?);
        Ok((likeness.kin(), stranger::sentence(&self.whereabouts, &likeness)))
    }

    /// What the requests would change.
    ///
    /// # Errors
    /// A version that is named is none; or `Checksums` is asked for where the history looks like another application's.
    pub(crate) fn repairs<'a>(
        &'a self,
        migrations: &'a Migrations,
        requests: &[RepairRequest],
    ) -> Result<Vec<Repair<'a>>> {
        if let Some(likeness) = plan::stranger(self.dialect, migrations, &self.records, &self.stored, requests)? {
            return Err(stranger::not_recorded(&self.whereabouts, &likeness));
        }
        plan::repairs(self.dialect, migrations, &self.records, &self.stored, requests)
    }

    /// The downs that are not stored as the files have them, of what was applied as its file is.
    #[cfg(feature = "project")]
    pub(crate) fn downs_to_store<'a>(&'a self, migrations: &'a Migrations) -> Result<Vec<Repair<'a>>> {
        plan::downs_to_store(self.dialect, migrations, &self.records, &self.stored)
    }

    /// Refuses to store a down that could not be run.
    ///
    /// # Errors
    /// As `check` finds it in the file: [`Code::Syntax`], [`Code::Directive`] and their like.
    pub(crate) fn refuse_unreadable(&self, repairs: &[Repair<'_>]) -> Result<()> {
        let syntax = Syntax::new(self.dialect);
        for repair in repairs {
            let down = match repair {
                Repair::Down { script, .. } => Some(*script),
                Repair::MarkApplied { migration, .. } | Repair::Baseline { migration } => migration.way_back()?,
                Repair::Checksum { .. } | Repair::Forget { .. } => None,
            };
            let Some(down) = down else { continue };
            let read = down.read_whole(self.dialect).and_then(|_| syntax.script(down));
            read.map_err(|error| error.with_state("nothing was changed"))?;
        }
        Ok(())
    }

    /// Makes the changes, all or none, each with its line in the log.
    pub(crate) async fn apply<D: Database>(&self, database: &mut D, repairs: &[Repair<'_>]) -> Result<()> {
        if repairs.is_empty() {
            return Ok(());
        }
        let dialect = database.dialect();
        let mut writes = repairs.iter().map(|repair| self.write(dialect, repair)).collect::<Result<Vec<_>>>()?;
        // What a run recorded is not what these migrations make. A record that comes or goes voids what lies above it by itself.
        if repairs.iter().any(|repair| matches!(repair, Repair::Checksum { .. })) {
            writes.push(Write::no_fingerprints());
        }
        let tables = HistoryTables::Create(Prelude::default());
        let (mut locked, _) = lock(database, &tables, Detail::Plan).await?;
        let written = locked.write(&writes).await.map_err(|failure| {
            Error::new(Code::HistoryTable, "the history could not be repaired")
                .with_cause(failure.cause)
                .with_state("nothing was changed")
        });
        locked.end(written).await
    }

    fn write<'a>(&self, dialect: Dialect, repair: &Repair<'a>) -> Result<Write<'a>> {
        let record = self.records.iter().find(|record| record.version == repair.version());
        // A down is stored beside whatever else is put right of the row.
        let expected = match (repair, record) {
            (Repair::Down { .. }, _) => Expected::Anything,
            (_, Some(record)) => Expected::of(record),
            (_, None) => Expected::Absent(repair.version()),
        };
        let change = match repair {
            Repair::Checksum { migration, .. } => checksum(dialect, migration)?,
            Repair::Down { migration, script, .. } => {
                HistoryChange::Down { version: migration.version(), script, verdict: migration.verdict()? }
            }
            Repair::Forget { record } => HistoryChange::Delete(record.version),
            Repair::MarkApplied { migration, .. } => HistoryChange::Put(unrun(dialect, migration, State::Applied)?),
            Repair::Baseline { migration } => HistoryChange::Put(unrun(dialect, migration, State::Baseline)?),
        };
        Ok(Write { expected, change, log: Some(log(repair, record)) })
    }
}

fn checksum(dialect: Dialect, migration: &Migration) -> Result<HistoryChange<'_>> {
    let (statements, hashes) = statements(dialect, migration)?;
    Ok(HistoryChange::Checksum {
        version: migration.version(),
        checksum: migration.up().checksum(),
        statements,
        hashes,
    })
}

/// The record of a migration that is there without having been run here.
pub(super) fn unrun(dialect: Dialect, migration: &Migration, state: State) -> Result<NewRecord<'_>> {
    let (statements, hashes) = statements(dialect, migration)?;
    Ok(NewRecord {
        version: migration.version(),
        description: migration.description().to_owned(),
        phase: migration.phase().map(ToString::to_string),
        checksum: migration.up().checksum(),
        state,
        statements_done: statements,
        statements,
        hashes,
        down: migration.way_back()?,
        verdict: migration.verdict()?,
        found: None,
        elapsed: Elapsed::Milliseconds(0),
    })
}

/// How many statements a migration has as its file is now, and their hashes as they are stored.
fn statements(dialect: Dialect, migration: &Migration) -> Result<(usize, String)> {
    let statements = migration.up().statements(dialect)?;
    let texts = statements.iter().map(|statement| statement.text);
    Ok((statements.len(), StatementHashes::stored_when_applied(statements.len(), texts)))
}

fn log(repair: &Repair<'_>, record: Option<&Record>) -> LogEntry {
    let (description, checksum) = match repair {
        Repair::Checksum { migration, .. } | Repair::MarkApplied { migration, .. } | Repair::Baseline { migration } => {
            (migration.description().to_owned(), migration.up().checksum().to_string())
        }
        Repair::Forget { record } => (record.description.clone(), record.checksum.clone()),
        Repair::Down { .. } => {
            record.map(|record| (record.description.clone(), record.checksum.clone())).unwrap_or_default()
        }
    };
    LogEntry {
        action: "repair",
        version: repair.version(),
        description,
        checksum,
        outcome: LogOutcome::Done,
        detail: Some(repair.to_string()),
        elapsed: Elapsed::Milliseconds(0),
    }
}
