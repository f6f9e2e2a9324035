//! Taking over a database that another tool has migrated so far.

use std::time::{Duration, Instant};

use super::repair::unrun;
use crate::config::{Options, TakeOver, Tool};
use crate::database::{
    Database, Detail, Expected, Failure, HistoryChange, HistoryTables, Locked, Reader, Takeover, Why, Write, lock,
};
use crate::error::{Code, Error, Result};
use crate::history::{Elapsed, ForeignHistory, Found, LocatedTable, LogEntry, LogOutcome, Record, State};
use crate::plan::{self, Baseline};
use crate::source::{Migration, Migrations};
use crate::version::Version;

mod find;
mod nothing;
mod verify;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// What is taken over, or was.
#[derive(Debug)]
pub(crate) struct Adoption<'a> {
    pub(crate) tool: Tool,
    /// The other tool's table.
    pub(crate) table: String,
    /// The name that it has from then on, where it had the history's.
    pub(crate) aside: Option<String>,
    /// The migrations that are recorded, in ascending order of version.
    pub(crate) migrations: Vec<&'a Migration>,
    /// Those of them whose text is another than the one that was applied, as the tool's checksums tell.
    pub(crate) divergent: Vec<&'a Migration>,
    /// What is pending below the last of them.
    pub(crate) late: Vec<&'a Migration>,
    /// How many migrations remain to be applied.
    pub(crate) pending: usize,
}

/// What was taken over of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adopted {
    /// Whose record it was.
    pub tool: Tool,
    /// The tool's table.
    pub table: String,
    /// The name that the table has from then on, where it gave way to the history.
    pub renamed_to: Option<String>,
    /// The versions that are recorded as a baseline, in ascending order.
    pub versions: Vec<Version>,
    /// Those of them whose text is another than the one that was applied ([`TakeOver::accept_modified`]).
    pub modified: Vec<Version>,
    /// Versions that are pending below the last of them ([`Order::Any`](crate::Order::Any)).
    pub out_of_order: Vec<Version>,
    /// How many migrations remain to be applied.
    pub pending: usize,
}

impl Adoption<'_> {
    /// The same, for who does not hold the migrations.
    pub(crate) fn report(&self) -> Adopted {
        let versions = |list: &[&Migration]| list.iter().map(|migration| migration.version()).collect();
        Adopted {
            tool: self.tool,
            table: self.table.clone(),
            renamed_to: self.aside.clone(),
            versions: versions(&self.migrations),
            modified: versions(&self.divergent),
            out_of_order: versions(&self.late),
            pending: self.pending,
        }
    }
}

/// `2 adopted from the table refinery_schema_history (refinery)`.
impl std::fmt::Display for Adopted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} adopted from the table {} ({})", self.versions.len(), self.table, self.tool)
    }
}

/// Says what [`adopt`] would do, and changes nothing. None where the database was taken over before.
pub(crate) async fn preview_adopt<'a, R: Reader>(
    database: &mut R,
    migrations: &'a Migrations,
    from: &TakeOver,
    options: &Options,
) -> Result<Option<Adoption<'a>>> {
    match read(database, migrations, from, options).await? {
        Read::New(new) => Ok(Some(new.0)),
        Read::Before => Ok(None),
        Read::Nothing => {
            let other = nothing::error(database, migrations, from, options).await;
            Err(other.unwrap_or_else(|| find::nothing(&database.label(), from)))
        }
    }
}

/// Records what another tool has applied as a baseline. None where the database was taken over before.
pub(crate) async fn adopt<'a, D: Database>(
    database: &mut D,
    migrations: &'a Migrations,
    from: &TakeOver,
    options: &Options,
) -> Result<Option<Adoption<'a>>> {
    // Who adopts for the second time, or has nothing to adopt, needs no right to write.
    if preview_adopt(database, migrations, from, options).await?.is_none() {
        return Ok(None);
    }
    hold_and_take(database, migrations, from, options).await
}

/// As [`adopt`], with whose record it is from the options.
pub(crate) async fn adopt_as_asked<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    options: &Options,
) -> Result<Option<Adopted>> {
    let from = options.take_over.clone().unwrap_or_default();
    let adopted = adopt(database, migrations, &from, options).await?;
    Ok(adopted.map(|adoption| adoption.report()))
}

/// Takes over before the first step, where that is asked for and there is something: for an `up` of a database without a history.
pub(super) async fn arrive<'a, D: Database>(
    database: &mut D,
    migrations: &'a Migrations,
    options: &Options,
) -> Result<Option<Adoption<'a>>> {
    let Some(from) = &options.take_over else { return Ok(None) };
    match read(database, migrations, from, options).await? {
        Read::New(..) => hold_and_take(database, migrations, from, options).await,
        Read::Before | Read::Nothing => Ok(None),
    }
}

/// The records that [`arrive`] would leave: for who only asks.
pub(super) async fn foresee<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    options: &Options,
) -> Result<Option<Vec<Record>>> {
    let Some(from) = &options.take_over else { return Ok(None) };
    match read(database, migrations, from, options).await? {
        Read::New(new) => Ok(Some(plan::records(&new.0.migrations))),
        Read::Before | Read::Nothing => Ok(None),
    }
}

async fn hold_and_take<'a, D: Database>(
    database: &mut D,
    migrations: &'a Migrations,
    from: &TakeOver,
    options: &Options,
) -> Result<Option<Adoption<'a>>> {
    let (mut locked, _) = lock(database, &HistoryTables::Leave, Detail::Plan).await?;
    let adopted = take(&mut locked, migrations, from, options).await;
    locked.end(adopted).await
}

/// Reads again, since another runner may have been faster, and takes over.
async fn take<'a, D: Database>(
    locked: &mut Locked<'_, D>,
    migrations: &'a Migrations,
    from: &TakeOver,
    options: &Options,
) -> Result<Option<Adoption<'a>>> {
    let start = Instant::now();
    loop {
        let Read::New(new) = read(locked.reader(), migrations, from, options).await? else { return Ok(None) };
        let (adoption, ledger) = *new;
        let takeover = takeover(locked.reader(), &adoption, ledger)?;
        match locked.take_over(&takeover).await {
            Ok(()) => return Ok(Some(adoption)),
            Err(failure) if is_passing(&failure) && start.elapsed() < options.lock_wait => {
                locked.reader().pause(PAUSE).await;
            }
            Err(failure) => return Err(error(failure, &locked.reader().label())),
        }
    }
}

fn is_passing(failure: &Failure) -> bool {
    matches!(failure.why, Why::DoneByOther | Why::Busy | Why::Locked)
}

fn error(failure: Failure, label: &str) -> Error {
    let code = if failure.code == Code::StatementFailed { Code::HistoryTable } else { failure.code };
    let state = match failure.why {
        Why::Unknown => "whether it is taken over, `schemactl status` tells",
        _ => "nothing was changed",
    };
    let error =
        Error::new(code, format!("{label} could not be taken over")).with_cause(failure.cause).with_state(state);
    let error = match failure.sqlstate {
        Some(sqlstate) => error.with_sqlstate(sqlstate),
        None => error,
    };
    failure.hints.into_iter().fold(error, Error::with_hint)
}

/// What there is to be taken over.
enum Read<'a> {
    New(Box<(Adoption<'a>, ForeignHistory)>),
    /// It was taken over already.
    Before,
    /// No tool's table is there.
    Nothing,
}

/// Reads what there is. Before the lock is held, a table may get another name between being found and being read.
async fn read<'a, R: Reader>(
    database: &mut R,
    migrations: &'a Migrations,
    from: &TakeOver,
    options: &Options,
) -> Result<Read<'a>> {
    const TRIES: u32 = 3;
    let mut tried = 1;
    loop {
        match look(database, migrations, from, options).await {
            Err(error) if error.code() == Code::Query && tried < TRIES => tried += 1,
            done => return done,
        }
    }
}

async fn look<'a, R: Reader>(
    database: &mut R,
    migrations: &'a Migrations,
    from: &TakeOver,
    options: &Options,
) -> Result<Read<'a>> {
    let found = database.history(Detail::Plan).await?;
    let is_ours = match &found {
        // What was taken over may have been empty.
        Found::Ours(records) if records.is_empty() => {
            if database.locate(&aside(&options.table, 1)).await?.is_some() {
                return Ok(Read::Before);
            }
            true
        }
        Found::Ours(records) => return is_adopted(&database.label(), records).map(|()| Read::Before),
        Found::Absent | Found::Foreign { .. } => false,
    };
    let Some(place) = find::find(database, from, options, &found).await? else { return Ok(Read::Nothing) };
    if place.1.is_taken_over() && is_ours {
        return Ok(Read::Before);
    }
    match agree(database, migrations, place, from, options).await {
        // Another runner may have taken over meanwhile, and gone on: then there is nothing that does not agree.
        Err(error) if error.code() != Code::Query => match database.history(Detail::Plan).await? {
            Found::Ours(records) if !is_ours || !records.is_empty() => Ok(Read::Before),
            _ => Err(error),
        },
        read => read,
    }
}

/// Reads what a table says, and sees whether the migrations agree with it.
async fn agree<'a, R: Reader>(
    database: &mut R,
    migrations: &'a Migrations,
    place: (Tool, LocatedTable),
    from: &TakeOver,
    options: &Options,
) -> Result<Read<'a>> {
    if place.1.is_taken_over() {
        return Err(find::taken_over(&database.label(), &place.1));
    }
    let ledger = with_rows(database, place).await?;
    let baseline = plan::baseline(migrations, &ledger)?;
    let late = verify::check(database, migrations, &ledger, &baseline, from, options).await?;
    let Baseline { applied, divergent } = baseline;
    let adoption = Adoption {
        tool: ledger.tool,
        table: ledger.place.name.clone(),
        aside: if ledger.place.is_in_our_place { Some(free_name(database, &ledger).await?) } else { None },
        pending: migrations.len() - applied.len(),
        migrations: applied,
        divergent,
        late,
    };
    Ok(Read::New(Box::new((adoption, ledger))))
}

async fn with_rows<R: Reader>(database: &mut R, (tool, place): (Tool, LocatedTable)) -> Result<ForeignHistory> {
    let rows = database.ledger(&ForeignHistory::select(tool, &place)).await?;
    Ok(ForeignHistory { tool, place, rows })
}

fn is_adopted(label: &str, records: &[Record]) -> Result<()> {
    if records.iter().any(|record| record.state == State::Baseline) {
        return Ok(());
    }
    Err(Error::new(Code::ForeignHistory, format!("{label} has a history of its own already"))
        .with_cause("migrations were applied to it by this tool")
        .with_state("nothing was changed")
        .with_hint(
            "`schemactl status` shows it; `schemactl repair --mark-applied VERSION` records what is missing in it",
        ))
}

/// A name for the table that gives way.
async fn free_name<R: Reader>(database: &mut R, ledger: &ForeignHistory) -> Result<String> {
    let mut number = 1;
    loop {
        let name = aside(&ledger.place.name, number);
        if database.locate(&name).await?.is_none() {
            return Ok(name);
        }
        number += 1;
    }
}

/// PostgreSQL would cut a name off after 63 bytes.
fn aside(table: &str, number: usize) -> String {
    const LONGEST: usize = 63;
    let end = if number == 1 { "_before_adopt".to_owned() } else { format!("_before_adopt_{number}") };
    let fits = |(at, c): &(usize, char)| at + c.len_utf8() + end.len() <= LONGEST;
    let start: String = table.char_indices().take_while(fits).map(|(_, c)| c).collect();
    start + &end
}

fn takeover<'a, R: Reader>(database: &R, adoption: &Adoption<'a>, ledger: ForeignHistory) -> Result<Takeover<'a>> {
    let dialect = database.dialect();
    let write = |migration: &&'a Migration| {
        let record = unrun(dialect, migration, State::Baseline)?;
        let log = LogEntry {
            action: "baseline",
            version: migration.version(),
            description: record.description.clone(),
            checksum: record.checksum.to_string(),
            outcome: LogOutcome::Done,
            detail: Some(format!("adopted from the table {} ({})", adoption.table, adoption.tool.as_str())),
            elapsed: Elapsed::Milliseconds(0),
        };
        Ok(Write {
            expected: Expected::Absent(migration.version()),
            change: HistoryChange::Put(record),
            log: Some(log),
        })
    };
    let writes = adoption.migrations.iter().map(write).collect::<Result<Vec<_>>>()?;
    Ok(Takeover { ledger, aside: adoption.aside.clone(), writes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_cut_off() {
        assert_eq!(aside("schema_migrations", 1), "schema_migrations_before_adopt");
        assert_eq!(aside("schema_migrations", 2), "schema_migrations_before_adopt_2");
        let long = aside(&"ü".repeat(40), 1);
        assert_eq!((long.len(), long.ends_with("ü_before_adopt")), (63, true));
    }
}
