//! Where there is no table to be taken over: what there is instead, as the database says.

use crate::config::{Options, TakeOver, Tool};
use crate::database::Reader;
use crate::error::{Code, Error, Hint, Setting};
use crate::history::KnownTool;
use crate::plan::{self, BASELINE, Obstacle, Sought, Target};
use crate::source::Migrations;

/// The error of a takeover that finds nothing, where something else is there.
pub(super) async fn error<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    from: &TakeOver,
    options: &Options,
) -> Option<Error> {
    let sought = match plan::up(database.dialect(), migrations, &[], &Target::Latest, options) {
        Ok(Ok(plan)) => Sought::of(database.dialect(), &plan),
        // Files that no run would take are told of by that run: what other tools have recorded is looked for all the same.
        Ok(Err(_)) | Err(_) => Sought::default(),
    };
    let label = database.label();
    match database.obstacle(&sought).await {
        Ok(None) => None,
        Ok(Some(Obstacle::Migrated { by, table })) => Some(migrated(&label, &by, &table)),
        Ok(Some(Obstacle::Counted { user_version })) => Some(counted(&label, user_version)),
        Ok(Some(Obstacle::Made { table, .. })) => {
            Some(made(&label, from, &sought.tables[table].name.plain().to_string()))
        }
        Err(error) => Some(error),
    }
}

/// The error of a tool's table that is not read.
pub(super) fn migrated(label: &str, by: &KnownTool, table: &str) -> Error {
    let error = Error::new(Code::ForeignHistory, format!("what {} has recorded in {label} is not taken over", by.name))
        .with_state("nothing was changed");
    match by.adopted_as {
        None => error.with_cause(format!("its table is {table}; {}", read())).with_hint(BASELINE),
        Some(tool) => error
            .with_cause(format!("its table is {table}, which is not the name that the tool gives it"))
            .with_hint(Hint::from("name the table: ").either(
                format!("`schemactl adopt --from {tool} --from-table NAME`"),
                format!("`TakeOver::table`, of {tool}"),
            )),
    }
}

fn counted(label: &str, user_version: i64) -> Error {
    Error::new(Code::ForeignHistory, format!("{label} has no table of another tool, and was migrated by other means"))
        .with_cause(format!(
            "it has tables, and its `PRAGMA user_version` is {user_version}, which rusqlite_migration and others count by; {}",
            read()
        ))
        .with_state("nothing was changed")
        .with_hint(BASELINE)
}

fn made(label: &str, from: &TakeOver, table: &str) -> Error {
    let (of, named) = match from.tool {
        Some(tool) => (tool.as_str(), another_table(tool)),
        None => ("another tool", table_and_tool()),
    };
    Error::new(Code::ForeignHistory, format!("{label} has no table of {of}, and is not new"))
        .with_cause(format!("{table}, which these migrations make, is there already"))
        .with_state("nothing was changed")
        .with_hint(BASELINE)
        .with_hint(named)
}

/// A tool's table may have another name than usual.
pub(super) fn another_table(tool: Tool) -> Hint {
    Hint::from(format!("where it has another name than {}, name it: ", tool.table())).setting(Setting::FROM_TABLE)
}

/// How a table is named that has not the usual name.
pub(super) fn table_and_tool() -> Hint {
    Hint::from("a table of another name is named by ")
        .setting(Setting::FROM_TABLE)
        .then(", and the tool by ")
        .setting(Setting::FROM)
}

/// Whose tables are read.
fn read() -> String {
    format!("`adopt` reads those of {}", Tool::ALL.map(Tool::as_str).join(", "))
}
