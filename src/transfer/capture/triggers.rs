//! The triggers that note which keys change.

use super::changes::key_column;
use super::quoted;
use super::unique::UniqueKey;
use crate::sql::Ident;
use crate::transfer::TableMove;

/// A trigger on a table of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CaptureTrigger {
    pub(super) name: String,
    /// As `sqlite_schema` has it.
    pub(super) sql: String,
}

/// Those of a table: what is inserted, updated and deleted, and what a REPLACE puts out, of which no trigger is told unless the application has
/// set `recursive_triggers` (<https://www.sqlite.org/lang_conflict.html>).
pub(super) fn of(changes: &str, prefix: &str, table: &TableMove, unique: &[UniqueKey]) -> Vec<CaptureTrigger> {
    let writer = NoteWriter { changes, table };
    let trigger = |name: &str, event: &str, body: &[String]| {
        let name = format!("{prefix}{name}_{}", table.name);
        let body = body.join("; ");
        let sql = format!("CREATE TRIGGER {} {event} ON {} BEGIN {body}; END", Ident(&name), Ident(&table.name));
        CaptureTrigger { name, sql }
    };
    let put_out: Vec<String> = unique.iter().map(|key| writer.others(key, None)).collect();
    let replaced: Vec<String> = unique.iter().map(|key| writer.others(key, key.is_changed())).collect();
    vec![
        trigger("before_insert", "BEFORE INSERT", &put_out),
        trigger("before_update", "BEFORE UPDATE", &replaced),
        trigger("insert", "AFTER INSERT", &[writer.note("NEW")]),
        trigger("update", "AFTER UPDATE", &[writer.note("OLD"), writer.new_where_changed()]),
        trigger("delete", "AFTER DELETE", &[writer.note("OLD")]),
    ]
}

/// Writes the statements that note keys.
struct NoteWriter<'a> {
    changes: &'a str,
    table: &'a TableMove,
}

impl NoteWriter<'_> {
    /// `INSERT INTO changes (source_table, k1, k2)`.
    fn into(&self) -> String {
        let keys: Vec<String> = (1..=self.key().count()).map(key_column).collect();
        format!("INSERT INTO {} (source_table, {})", Ident(self.changes), keys.join(", "))
    }

    fn key(&self) -> impl Iterator<Item = Ident<'_>> {
        self.table.key_columns().map(|column| Ident(&column.name))
    }

    /// The table's name, then the key of a row.
    fn values(&self, row: &str) -> String {
        let key: Vec<String> = self.key().map(|column| format!("{row}.{column}")).collect();
        format!("{}, {}", quoted(&self.table.name), key.join(", "))
    }

    fn note(&self, row: &str) -> String {
        format!("{} VALUES ({})", self.into(), self.values(row))
    }

    /// The new key of an update, where it is another one. Letters of another case are another key, whatever the column's collation.
    fn new_where_changed(&self) -> String {
        let same: Vec<String> =
            self.key().map(|column| format!("NEW.{column} COLLATE BINARY IS OLD.{column}")).collect();
        format!("{} SELECT {} WHERE NOT ({})", self.into(), self.values("NEW"), same.join(" AND "))
    }

    /// The rows that hold what a unique key would refuse.
    fn others(&self, key: &UniqueKey, condition: Option<String>) -> String {
        let table = Ident(&self.table.name).to_string();
        let condition = condition.map_or_else(String::new, |condition| format!("({condition}) AND "));
        format!(
            "{} SELECT {} FROM {table} WHERE {condition}{}",
            self.into(),
            self.values(&table),
            key.is_held(&self.table.name)
        )
    }
}
