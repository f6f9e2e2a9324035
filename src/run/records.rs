//! The rows of the history, as they are.

use crate::config::Tool;
use crate::database::{Detail, Reader};
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::history::{Found, KeptRows, Record};

/// The rows of the history; a table of another tool is an error.
pub(super) async fn records<R: Reader>(database: &mut R, detail: Detail) -> Result<Vec<Record>> {
    let found = database.history(detail).await?;
    rows(database, found)
}

/// The rows of what was found under the history's name; a table of another tool is an error.
pub(super) fn rows<R: Reader>(database: &R, found: Found) -> Result<Vec<Record>> {
    match found {
        Found::Absent => Ok(Vec::new()),
        Found::Ours(records) => Ok(records),
        Found::Foreign { tool, columns } => Err(foreign(&database.label(), &tool, &columns)),
    }
}

fn foreign(label: &str, tool: &str, columns: &[String]) -> Error {
    let error = Error::new(Code::ForeignHistory, format!("the history table of {label} was made by {tool}"))
        .with_cause(format!("its columns are {}", columns.join(", ")))
        .with_state("nothing was changed");
    let error = match Tool::of(columns) {
        Some(_) => {
            error.with_hint("`schemactl adopt` takes over what it says is applied, and keeps it under another name")
        }
        None => error,
    };
    error.with_hint(
        Hint::from("or keep it where it is, and give schemactl a table of its own: ")
            .setting(Setting::OWN_TABLE)
            .then("; then adopt all the same"),
    )
}

/// What is kept of a database's versions, for whoever looks at the history; and why it is not known, where the role may not read it.
pub(super) async fn kept<R: Reader>(database: &mut R, records: &[Record]) -> Result<(Vec<KeptRows>, Option<String>)> {
    // Without a history there is nothing that anything could be kept of.
    if records.is_empty() {
        return Ok((Vec::new(), None));
    }
    match database.kept().await {
        Ok(kept) => Ok((kept, None)),
        Err(error) if error.code() == Code::Privilege => {
            let hints: Vec<String> = error.hints().iter().map(|hint| format!("; {hint}")).collect();
            Ok((Vec::new(), Some(format!("{}{}", error.with_its_cause(), hints.concat()))))
        }
        Err(error) => Err(error),
    }
}
