//! What statements may have changed: SQLite's own word, as it compiles them.
//!
//! It asks an authorizer for each table that a statement writes, for those that triggers and foreign keys write as well, and for each change
//! of the schema (<https://www.sqlite.org/c3ref/c_alter_table.html>). A statement that fails, or is never run, counts as well: what is named
//! here may have changed, what is not has not. What a virtual table writes is not told, since its module keeps statements that were compiled
//! before: whoever asks has to leave databases alone that have such.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::AuthAction;

/// Takes note of it, for one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Touched(Arc<Mutex<Touches>>);

/// What may have changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Touches {
    /// Something of which not all is known: everything may have changed.
    pub(super) all: bool,
    pub(super) schema: bool,
    /// The tables with other rows, in lower case; views among them.
    pub(super) tables: BTreeSet<String>,
}

/// Pragmas that change neither the schema nor a row, whatever they are set to.
const HARMLESS: [&str; 18] = [
    "foreign_keys",
    "defer_foreign_keys",
    "foreign_key_check",
    "foreign_key_list",
    "ignore_check_constraints",
    "recursive_triggers",
    "case_sensitive_like",
    "legacy_alter_table",
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "function_list",
    "collation_list",
    "module_list",
    "database_list",
];

/// Tables of SQLite's own that hold no row of a migration, and nothing else's.
const OWN: [&str; 5] = ["sqlite_sequence", "sqlite_stat1", "sqlite_stat2", "sqlite_stat3", "sqlite_stat4"];

impl Touched {
    /// What was touched since this was last asked.
    pub(super) fn take(&self) -> Touches {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note(&self, action: &AuthAction<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).note(action);
    }
}

impl Touches {
    fn note(&mut self, action: &AuthAction<'_>) {
        match action {
            AuthAction::Insert { table_name }
            | AuthAction::Delete { table_name }
            | AuthAction::Update { table_name, .. } => self.rows(table_name),
            // An index may be the key that others refer to.
            AuthAction::CreateTable { table_name }
            | AuthAction::DropTable { table_name }
            | AuthAction::AlterTable { table_name, .. }
            | AuthAction::CreateIndex { table_name, .. }
            | AuthAction::DropIndex { table_name, .. } => {
                self.schema = true;
                self.rows(table_name);
            }
            AuthAction::CreateTrigger { .. }
            | AuthAction::CreateView { .. }
            | AuthAction::CreateVtable { .. }
            | AuthAction::DropTrigger { .. }
            | AuthAction::DropView { .. }
            | AuthAction::DropVtable { .. }
            // A setting may be read or made by the same name.
            | AuthAction::Pragma { pragma_name: "user_version" | "application_id", .. } => self.schema = true,
            AuthAction::Pragma { pragma_name: "writable_schema", pragma_value } => {
                self.all |= !matches!(pragma_value, Some("OFF" | "off" | "0"));
            }
            AuthAction::Pragma { pragma_name, .. } => self.all |= !HARMLESS.contains(pragma_name),
            AuthAction::Read { .. }
            | AuthAction::Select
            | AuthAction::Function { .. }
            | AuthAction::Recursive
            | AuthAction::Transaction { .. }
            | AuthAction::Savepoint { .. }
            | AuthAction::Analyze { .. }
            | AuthAction::Reindex { .. }
            | AuthAction::CreateTempIndex { .. }
            | AuthAction::CreateTempTable { .. }
            | AuthAction::CreateTempTrigger { .. }
            | AuthAction::CreateTempView { .. }
            | AuthAction::DropTempIndex { .. }
            | AuthAction::DropTempTable { .. }
            | AuthAction::DropTempTrigger { .. }
            | AuthAction::DropTempView { .. } => {}
            // ATTACH, DETACH, and what comes with a later SQLite.
            _ => self.all = true,
        }
    }

    fn rows(&mut self, table: &str) {
        let table = table.to_ascii_lowercase();
        match table.as_str() {
            "sqlite_schema" | "sqlite_master" | "sqlite_temp_schema" | "sqlite_temp_master" => self.schema = true,
            own if OWN.contains(&own) => {}
            // Such as `sqlite_dbpage`, through which any page can be written.
            own if own.starts_with("sqlite_") => self.all = true,
            _ => {
                self.tables.insert(table);
            }
        }
    }
}
