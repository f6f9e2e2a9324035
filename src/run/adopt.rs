//! Taking over a database that another tool has migrated so far.

use std::time::{Duration, Instant};

use super::repair::unrun;
use crate::config::Options;
use crate::database::{Adopting, Change, Detail, Expected, Failure, Takeover, Why, Write};
use crate::error::{Code, Error, Result};
use crate::history::{Elapsed, Found, Ledger, Located, LogEntry, LogOutcome, Record, State, Tool, foreign_tool};
use crate::plan;
use crate::source::{Migration, Migrations};

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
    /// How many migrations remain to be applied.
    pub(crate) pending: usize,
}

/// Says what [`adopt`] would do, and changes nothing. None where the database was taken over before.
pub(crate) async fn preview_adopt<'a, D: Adopting>(
    database: &mut D,
    migrations: &'a Migrations,
    from: Option<Tool>,
    options: &Options,
) -> Result<Option<Adoption<'a>>> {
    Ok(read(database, migrations, from, options).await?.map(|(adoption, _)| adoption))
}

/// Records what another tool has applied as a baseline. None where the database was taken over before.
pub(crate) async fn adopt<'a, D: Adopting>(
    database: &mut D,
    migrations: &'a Migrations,
    from: Option<Tool>,
    options: &Options,
) -> Result<Option<Adoption<'a>>> {
    // Who adopts for the second time, or has nothing to adopt, needs no right to write.
    if read(database, migrations, from, options).await?.is_none() {
        return Ok(None);
    }
    database.hold().await?;
    let adopted = take(database, migrations, from, options).await;
    let unlocked = database.unlock().await;
    let adopted = adopted?;
    unlocked?;
    Ok(adopted)
}

/// Reads again, since another runner may have been faster, and takes over.
async fn take<'a, D: Adopting>(
    database: &mut D,
    migrations: &'a Migrations,
    from: Option<Tool>,
    options: &Options,
) -> Result<Option<Adoption<'a>>> {
    let start = Instant::now();
    loop {
        let Some((adoption, ledger)) = read(database, migrations, from, options).await? else { return Ok(None) };
        let takeover = takeover(database, &adoption, ledger)?;
        match database.take_over(&takeover).await {
            Ok(()) => return Ok(Some(adoption)),
            Err(failure) if is_passing(&failure) && start.elapsed() < options.lock_wait => database.pause(PAUSE).await,
            Err(failure) => return Err(error(failure, &database.label())),
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

/// Reads what there is. Before the lock is held, a table may get another name between being found and being read.
async fn read<'a, D: Adopting>(
    database: &mut D,
    migrations: &'a Migrations,
    from: Option<Tool>,
    options: &Options,
) -> Result<Option<(Adoption<'a>, Ledger)>> {
    const TRIES: u32 = 3;
    let mut tried = 1;
    loop {
        match look(database, migrations, from, options).await {
            Err(error) if error.code() == Code::Query && tried < TRIES => tried += 1,
            done => return done,
        }
    }
}

async fn look<'a, D: Adopting>(
    database: &mut D,
    migrations: &'a Migrations,
    from: Option<Tool>,
    options: &Options,
) -> Result<Option<(Adoption<'a>, Ledger)>> {
    let found = database.history(Detail::Plan).await?;
    match &found {
        // What was taken over may have been empty.
        Found::Ours(records) if records.is_empty() => {
            if database.locate(&aside(&options.table, 1)).await?.is_some() {
                return Ok(None);
            }
        }
        Found::Ours(records) => return is_adopted(&database.label(), records).map(|()| None),
        Found::Absent | Found::Foreign { .. } => {}
    }
    let ledger = find(database, from, options, found).await?;
    let applied = plan::baseline(migrations, &ledger)?;
    let adoption = Adoption {
        tool: ledger.tool,
        table: ledger.place.name.clone(),
        aside: if ledger.place.is_in_our_place { Some(free_name(database, &ledger).await?) } else { None },
        pending: migrations.len() - applied.len(),
        migrations: applied,
    };
    Ok(Some((adoption, ledger)))
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

/// Finds the table of the other tool: the one in the history's place, else the only one that there is.
async fn find<D: Adopting>(database: &mut D, from: Option<Tool>, options: &Options, found: Found) -> Result<Ledger> {
    if let Some(tool) = from {
        return named(database, tool, options, &found).await;
    }
    if let Found::Foreign { tool, columns } = found {
        let place = database.locate(&options.table).await?;
        if place.as_ref().is_some_and(|place| foreign_tool(&place.columns).is_none()) {
            return Err(changed(&database.label()));
        }
        let known = place.and_then(|place| Some((Tool::of(&place.columns)?, place)));
        let (known, place) = known.ok_or_else(|| unknown(&database.label(), &tool, &columns))?;
        return with_rows(database, known, place).await;
    }
    let mut candidates = Vec::new();
    for tool in [Tool::Bare, Tool::Diesel, Tool::Sqlx, Tool::Refinery, Tool::Goose] {
        let Some(place) = database.locate(tool.table()).await? else { continue };
        // The name that several tools have says less than its columns.
        let tool = if tool == Tool::Bare { Tool::of(&place.columns) } else { Some(tool) };
        candidates.extend(tool.filter(|tool| is_of(*tool, &place)).map(|tool| (tool, place)));
    }
    let tools: Vec<Tool> = candidates.iter().map(|(tool, _)| *tool).collect();
    match candidates.pop() {
        None => Err(nothing(&database.label())),
        Some(_) if !candidates.is_empty() => Err(several(&database.label(), &tools)),
        Some((tool, place)) => with_rows(database, tool, place).await,
    }
}

/// Whether a table may be the tool's: a history of this one's, under another name perhaps, is not.
fn is_of(tool: Tool, place: &Located) -> bool {
    tool.fits(&place.columns) && foreign_tool(&place.columns).is_some()
}

async fn with_rows<D: Adopting>(database: &mut D, tool: Tool, place: Located) -> Result<Ledger> {
    let rows = database.ledger(&Ledger::select(tool, &place)).await?;
    Ok(Ledger { tool, place, rows })
}

/// Finds the table of the tool that was named: it may have the name that the history has here.
async fn named<D: Adopting>(database: &mut D, tool: Tool, options: &Options, found: &Found) -> Result<Ledger> {
    let mut columns = Vec::new();
    for table in [options.table.as_str(), tool.table()] {
        let Some(place) = database.locate(table).await? else { continue };
        if is_of(tool, &place) {
            return with_rows(database, tool, place).await;
        }
        let is_ours = place.is_in_our_place && foreign_tool(&place.columns).is_none();
        if is_ours && matches!(found, Found::Foreign { .. }) {
            return Err(changed(&database.label()));
        }
        columns.push(format!("{} has the columns {}", place.name, place.columns.join(", ")));
    }
    let error = Error::new(Code::ForeignHistory, format!("{} has no table of {}", database.label(), tool.as_str()))
        .with_state("nothing was changed");
    Err(match columns.first() {
        Some(other) => {
            error.with_cause(other.clone()).with_hint("leave `--from` away, and the columns tell whose it is")
        }
        None => error.with_hint(format!("where it has another name than {}, name it: `--table`", tool.table())),
    })
}

/// Another runner has put the history in the place of the table that was found.
fn changed(label: &str) -> Error {
    Error::new(Code::Query, format!("the history of {label} was changed meanwhile"))
}

fn unknown(label: &str, tool: &str, columns: &[String]) -> Error {
    Error::new(Code::ForeignHistory, format!("what has the history's name in {label} cannot be taken over"))
        .with_cause(format!("it was made by {tool}, and its columns are {}", columns.join(", ")))
        .with_state("nothing was changed")
        .with_hint("give schemactl a table of its own: `--table schemactl_migrations`")
}

fn nothing(label: &str) -> Error {
    Error::new(Code::ForeignHistory, format!("{label} has no table of another tool"))
        .with_state("nothing was changed")
        .with_hint("for a new database, `schemactl up` is all that is needed")
        .with_hint("a table of another name is named by `--table`, and the tool by `--from`")
}

fn several(label: &str, tools: &[Tool]) -> Error {
    let tables: Vec<String> = tools.iter().map(|tool| format!("{} ({})", tool.table(), tool.as_str())).collect();
    Error::new(Code::ForeignHistory, format!("{label} has tables of several tools: {}", tables.join(", ")))
        .with_state("nothing was changed")
        .with_hint(format!("name the one that counts: `--from {}`", tools[0].as_str()))
}

/// A name for the table that gives way.
async fn free_name<D: Adopting>(database: &mut D, ledger: &Ledger) -> Result<String> {
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

fn takeover<'a, D: Adopting>(database: &D, adoption: &Adoption<'a>, ledger: Ledger) -> Result<Takeover<'a>> {
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
        Ok(Write { expected: Expected::Absent(migration.version()), change: Change::Put(record), log: Some(log) })
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
