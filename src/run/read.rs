use super::records::{self, records, rows};
use super::status::Status;
use super::{adopt, arrival, modified, stranger};
use crate::config::{NewerDatabase, Options};
use crate::database::{Detail, Reader};
#[cfg(feature = "project")]
use crate::error::Audience;
use crate::error::{Error, Result};
use crate::event::Action;
use crate::history::{Found, KeptRows, KeptState, Record, State, Stored};
use crate::plan::{self, Entry, Plan, Refusal, Step, Target};
#[cfg(feature = "project")]
use crate::plan::{Kin, Likeness};
use crate::source::{Head, Migrations};
use crate::sql::Dialect;
use crate::version::Version;

/// The history of a database, as it was read for a person to see.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HistoryRows {
    dialect: Dialect,
    records: Vec<Record>,
    kept: Vec<KeptRows>,
    /// Why it is not known what is kept: this role may not read it.
    unread: Option<String>,
    /// The downs of versions of which something is kept.
    stored: Vec<Stored>,
}

impl HistoryRows {
    /// The rows of the history.
    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Files and history side by side.
    pub(crate) fn entries<'a>(&'a self, migrations: &'a Migrations) -> Result<Vec<Entry<'a>>> {
        plan::survey(migrations, &self.records)
    }

    /// The same as a value of its own.
    pub(crate) fn status(&self, migrations: &Migrations) -> Result<Status> {
        Status::of(self.dialect, &self.entries(migrations)?, &self.kept, &self.stored)
    }
}

/// Reads the history for a person to see.
pub(crate) async fn history_rows<R: Reader>(database: &mut R) -> Result<HistoryRows> {
    let records = records(database, Detail::All).await?;
    let (kept, unread) = records::kept(database, &records).await?;
    let is_kept =
        |kept: &&KeptRows| kept.state == KeptState::Kept && records.iter().any(|record| record.version == kept.version);
    let versions: Vec<Version> = kept.iter().filter(is_kept).map(|kept| kept.version).collect();
    let stored = if versions.is_empty() { Vec::new() } else { database.stored(&versions).await? };
    Ok(HistoryRows { dialect: database.dialect(), records, kept, unread, stored })
}

/// What is to be known of the history as a whole, for a person to see: that it may be another application's, or, where there is none,
/// that there are others elsewhere.
#[cfg(feature = "project")]
pub(crate) async fn history_notes<R: Reader>(
    database: &mut R,
    rows: &HistoryRows,
    migrations: &Migrations,
) -> Result<Vec<String>> {
    let likeness = Likeness::of(&rows.entries(migrations)?);
    let unread: Vec<String> = rows.unread.iter().cloned().collect();
    if !rows.records.is_empty() && likeness.kin() == Kin::Ours {
        return Ok(unread);
    }
    let found = database.whereabouts().await?;
    let strange = stranger::sentence(&found, &likeness)
        .into_iter()
        .chain(found.elsewhere().map(|hint| hint.words(Audience::Command)));
    Ok(unread.into_iter().chain(strange).collect())
}

/// How the migrations of a database stand.
pub(crate) async fn status<R: Reader>(database: &mut R, migrations: &Migrations) -> Result<Status> {
    history_rows(database).await?.status(migrations)
}

/// The versions that `up` would act on now.
pub(crate) async fn pending<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    options: &Options,
) -> Result<Vec<Version>> {
    let Some(records) = foreseen(database, migrations, migrations.head(), options).await? else {
        return Ok(Vec::new());
    };
    let plan = plan_up(database, migrations, &records, &Target::Latest, options).await?;
    arrival::check(database, &records, &plan, options).await?;
    let mut versions = Vec::new();
    for step in plan.steps() {
        if !stays_skipped(database, step).await? {
            versions.push(step.version());
        }
    }
    Ok(versions)
}

/// The rows of a history that was read, for a plan to go up: what the policy lets pass of edited files is taken for applied.
pub(super) async fn records_to_plan<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    found: Found,
    options: &Options,
) -> Result<Vec<Record>> {
    let mut records = rows(database, found)?;
    modified::accept_comments(database, migrations, &mut records, options).await?;
    Ok(records)
}

/// How a database is found by an `up`.
pub(super) enum Beginning {
    /// Its history says that all of the migrations are applied, and nothing else.
    Done,
    /// These are the rows of its history.
    Rows(Vec<Record>),
    /// It may have to be taken over first.
    Unknown,
}

/// How an `up` finds a database. With the head of the migrations what this takes does not grow with the history where all is applied.
pub(super) async fn begun<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    head: Option<Head<'_>>,
    options: &Options,
) -> Result<Beginning> {
    let found = match head {
        Some(head) => match database.history_unless(head).await? {
            Some(found) => found,
            None => return Ok(Beginning::Done),
        },
        None => database.history(Detail::Plan).await?,
    };
    let is_empty = !matches!(&found, Found::Ours(records) if !records.is_empty());
    if is_empty && options.take_over.is_some() {
        return Ok(Beginning::Unknown);
    }
    records_to_plan(database, migrations, found, options).await.map(Beginning::Rows)
}

/// The rows of the history as `up` would have them before its first step; none where nothing is left to be done, which only the head tells.
pub(super) async fn foreseen<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    head: Option<Head<'_>>,
    options: &Options,
) -> Result<Option<Vec<Record>>> {
    match begun(database, migrations, head, options).await? {
        Beginning::Done => return Ok(None),
        Beginning::Rows(records) => return Ok(Some(records)),
        Beginning::Unknown => {}
    }
    if let Some(records) = adopt::foresee(database, migrations, options).await? {
        return Ok(Some(records));
    }
    let found = database.history(Detail::Plan).await?;
    records_to_plan(database, migrations, found, options).await.map(Some)
}

/// Plans an `up`. Where it is refused because a migration was modified, the error shows where.
pub(super) async fn plan_up<'a, R: Reader>(
    database: &mut R,
    migrations: &'a Migrations,
    records: &'a [Record],
    target: &Target,
    options: &Options,
) -> Result<Plan<'a>> {
    let dialect = database.dialect();
    let refusal = match plan::up(dialect, migrations, records, target, options)? {
        Ok(plan) => return Ok(plan),
        Err(refusal) => refusal,
    };
    let refusal = match refusal {
        Refusal::NewerDatabase { versions, last_file, back_to, .. } => {
            let mut stuck = stuck(database, records, &versions).await?;
            if options.newer_database == NewerDatabase::AllowIfReversible {
                if stuck.is_none() {
                    let allowed = options.clone().newer_database(NewerDatabase::Allow);
                    match plan::up(dialect, migrations, records, target, &allowed)? {
                        Ok(plan) => return Ok(plan),
                        Err(refusal) => return Err(refused(database, migrations, records, refusal, options).await?),
                    }
                }
                stuck = stuck.map(|stuck| format!("{stuck}: `allow-if-reversible` does not go on over it"));
            }
            Refusal::NewerDatabase { versions, last_file, back_to, stuck }
        }
        other => other,
    };
    Err(refused(database, migrations, records, refusal, options).await?)
}

/// The error of a refusal.
async fn refused<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    records: &[Record],
    refusal: Refusal,
    options: &Options,
) -> Result<Error> {
    let refusal = modified::locate(database, migrations, refusal).await?;
    Ok(stranger::tell(database, migrations, records, refusal, options).await)
}

/// Why a newer version could not be taken back; none where all can.
async fn stuck<R: Reader>(database: &mut R, records: &[Record], versions: &[Version]) -> Result<Option<String>> {
    let stored = database.stored(versions).await?;
    for version in versions {
        let record = records.iter().find(|record| record.version() == *version);
        let kept = stored.iter().find(|kept| kept.version == *version);
        let why = match (record.map(|record| record.state), kept) {
            // It did nothing.
            (Some(State::Skipped), _) => continue,
            (Some(State::Applied | State::Baseline), Some(kept)) => match kept.irreversible() {
                Some(_) => "was declared irreversible",
                None if kept.down.is_none() => "has no down in the database",
                None => continue,
            },
            _ => "is not applied whole",
        };
        return Ok(Some(format!("version {version} {why}")));
    }
    Ok(None)
}

/// Whether a step was skipped before and still lacks what it requires.
pub(super) async fn stays_skipped<R: Reader>(database: &mut R, step: &Step<'_>) -> Result<bool> {
    Ok(step.record.is_some_and(|record| record.state == State::Skipped)
        && step.action == Action::Apply
        && !is_available(database, step).await?)
}

/// Whether everything that the step's file requires can be had.
pub(super) async fn is_available<R: Reader>(database: &mut R, step: &Step<'_>) -> Result<bool> {
    for requirement in &step.script().directives()?.requires {
        if !database.available(requirement).await? {
            return Ok(false);
        }
    }
    Ok(true)
}
