//! Finding the table of another tool.

use super::nothing;
use crate::config::{Options, TakeOver, Tool};
use crate::database::Reader;
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::history::{Found, KnownTool, LocatedTable, TAKEN_OVER, foreign_tool, migrator};
use crate::plan::another_name;

/// Finds the table of the other tool: the one that is named, or the one in the history's place, else the only one that there is. None
/// where there is none.
pub(super) async fn find<R: Reader>(
    database: &mut R,
    from: &TakeOver,
    options: &Options,
    found: &Found,
) -> Result<Option<(Tool, LocatedTable)>> {
    match (from.tool, &from.table) {
        (Some(tool), Some(table)) => return named(database, tool, &[table], found).await,
        (Some(tool), None) => return named(database, tool, &[options.table.as_str(), tool.table()], found).await,
        (None, Some(table)) => return told_by_columns(database, table).await,
        (None, None) => {}
    }
    if let Found::Foreign { tool, columns } = found {
        let place = database.locate(&options.table).await?;
        if place.as_ref().is_some_and(|place| foreign_tool(&place.columns).is_none()) {
            return Err(changed(&database.label()));
        }
        let known = place.and_then(|place| Some((Tool::of(&place.columns)?, place)));
        return known.ok_or_else(|| unknown(&database.label(), tool, columns)).map(Some);
    }
    let mut candidates = Vec::new();
    for tool in [Tool::Bare, Tool::Diesel, Tool::Sqlx, Tool::Refinery, Tool::Goose] {
        let Some(place) = database.locate(tool.table()).await? else { continue };
        // The name that several tools have says less than its columns.
        let tool = if tool == Tool::Bare { Tool::of(&place.columns) } else { Some(tool) };
        candidates.extend(tool.filter(|tool| is_of(*tool, &place)).map(|tool| (tool, place)));
    }
    // One that was taken over before says nothing where another is there that was not.
    if candidates.iter().any(|(_, place)| !place.is_taken_over()) {
        candidates.retain(|(_, place)| !place.is_taken_over());
    }
    let tools: Vec<Tool> = candidates.iter().map(|(tool, _)| *tool).collect();
    match candidates.pop() {
        Some(_) if !candidates.is_empty() => Err(several(&database.label(), &tools)),
        found => Ok(found),
    }
}

/// The table of this name, whosever it is.
async fn told_by_columns<R: Reader>(database: &mut R, table: &str) -> Result<Option<(Tool, LocatedTable)>> {
    let Some(place) = database.locate(table).await? else { return Ok(None) };
    let tool = Tool::of(&place.columns).filter(|tool| is_of(*tool, &place));
    let Some(tool) = tool else {
        if let Some(by) = unread(&place) {
            return Err(nothing::migrated(&database.label(), &by, &place.name));
        }
        let message =
            format!("whose record the table {} of {} is, its columns do not tell", place.name, database.label());
        return Err(Error::new(Code::ForeignHistory, message)
            .with_cause(format!("they are {}", place.columns.join(", ")))
            .with_state("nothing was changed")
            .with_hint(Hint::from("name the tool that made it: ").setting(Setting::FROM)));
    };
    Ok(Some((tool, place)))
}

/// Whether a table may be the tool's: a history of this one's, under another name perhaps, is not, nor is one that another tool is known by.
fn is_of(tool: Tool, place: &LocatedTable) -> bool {
    let is_anothers = tool != Tool::Bare && unread(place).is_some();
    tool.fits(&place.columns) && foreign_tool(&place.columns).is_some() && !is_anothers
}

/// The tool that a table is known to be of, and whose tables are not read.
fn unread(place: &LocatedTable) -> Option<KnownTool> {
    let bare = place.name.rsplit('.').next().unwrap_or(&place.name);
    migrator(bare.trim_matches('"'), &place.columns).filter(|by| by.adopted_as.is_none())
}

/// Finds the table of the tool that was named: it may have the name that the history has here.
async fn named<R: Reader>(
    database: &mut R,
    tool: Tool,
    tables: &[&str],
    found: &Found,
) -> Result<Option<(Tool, LocatedTable)>> {
    let mut columns = Vec::new();
    for table in tables {
        let Some(place) = database.locate(table).await? else { continue };
        if is_of(tool, &place) {
            return Ok(Some((tool, place)));
        }
        let is_ours = place.is_in_our_place && foreign_tool(&place.columns).is_none();
        if is_ours && matches!(found, Found::Foreign { .. }) {
            return Err(changed(&database.label()));
        }
        columns.push(format!("{} has the columns {}", place.name, place.columns.join(", ")));
    }
    let Some(other) = columns.first() else { return Ok(None) };
    Err(no_table(&database.label(), tool)
        .with_cause(other.clone())
        .with_hint(Hint::from("leave ").setting(Setting::FROM).then(" away, and the columns tell whose it is")))
}

fn no_table(label: &str, tool: Tool) -> Error {
    Error::new(Code::ForeignHistory, format!("{label} has no table of {tool}")).with_state("nothing was changed")
}

/// Another runner has put the history in the place of the table that was found.
fn changed(label: &str) -> Error {
    Error::new(Code::Query, format!("the history of {label} was changed meanwhile"))
}

fn unknown(label: &str, tool: &str, columns: &[String]) -> Error {
    Error::new(Code::ForeignHistory, format!("what has the history's name in {label} cannot be taken over"))
        .with_cause(format!("it was made by {tool}, and its columns are {}", columns.join(", ")))
        .with_state("nothing was changed")
        .with_hint(Hint::from("give schemactl a table of its own: ").setting(Setting::OWN_TABLE))
}

/// There is no table to be taken over.
pub(super) fn nothing(label: &str, from: &TakeOver) -> Error {
    match (from.tool, &from.table) {
        (_, Some(table)) => Error::new(Code::ForeignHistory, format!("{label} has no table {table}"))
            .with_state("nothing was changed")
            .with_hint(Hint::from("the other tool's table is named by ").setting(Setting::FROM_TABLE)),
        (Some(tool), None) => no_table(label, tool).with_hint(nothing::another_table(tool)),
        (None, None) => Error::new(Code::ForeignHistory, format!("{label} has no table of another tool"))
            .with_state("nothing was changed")
            .with_hint("for a new database, `schemactl up` is all that is needed")
            .with_hint(nothing::table_and_tool()),
    }
}

/// The table is marked, and the history that took it over is not there.
pub(super) fn taken_over(label: &str, place: &LocatedTable) -> Error {
    let sql = format!("ALTER TABLE {} RENAME COLUMN {} TO checksum;", place.name, TAKEN_OVER);
    Error::new(
        Code::ForeignHistory,
        format!("the table {} of {label} was taken over before, by a history that is not here", place.name),
    )
    .with_cause(format!("it has the column {TAKEN_OVER}"))
    .with_state("nothing was changed")
    .with_hint(another_name("where that history has another name: "))
    .with_hint(format!(
        "where it is gone, and nothing was applied since: `{sql}` undoes that, and it can be taken over again"
    ))
}

fn several(label: &str, tools: &[Tool]) -> Error {
    let tables: Vec<String> = tools.iter().map(|tool| format!("{} ({})", tool.table(), tool.as_str())).collect();
    Error::new(Code::ForeignHistory, format!("{label} has tables of several tools: {}", tables.join(", ")))
        .with_state("nothing was changed")
        .with_hint(
            Hint::from("name the one that counts: ")
                .setting(Setting::from(tools[0].as_str(), &format!("{:?}", tools[0]))),
        )
}
