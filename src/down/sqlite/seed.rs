//! Rows for every table, so that what a migration does to users' rows shows.

use super::name::{Plain, list};
use super::placeholder::{self, Kind, listed};
use super::scratch::{SqliteScratch, of};
use super::virtuals;
use crate::catalog;
use crate::database::sqlite::inspect::{Column, TableEntry};
use crate::down::mixed;
use crate::error::Result;

/// Rows for each table: one with every column filled, one with as many NULLs as may be.
const ROWS: usize = 2;

/// Keys that no migration gives.
const FIRST_KEY: usize = 900_001;

/// How many values of a CHECK's list are tried.
const MOST_TRIES: usize = 400;

/// How many kinds of values there are for a column.
const KINDS: usize = 8;

/// A reference of a column: the parent and the column there.
struct Reference {
    column: String,
    parent: String,
    to: Option<String>,
}

impl SqliteScratch {
    pub(super) fn seed_tables(&mut self) -> Result<Vec<String>> {
        let snapshot = self.read()?;
        let mut open: Vec<&TableEntry> =
            snapshot.tables.iter().filter(|entry| !self.seeded.contains(&entry.id)).collect();
        let mut reasons = Vec::new();
        // Parents first: a table whose parents have no rows yet is tried again.
        loop {
            let count = open.len();
            reasons.clear();
            open.retain(|entry| match self.seed_table(entry) {
                Ok(()) => false,
                Err(reason) => {
                    reasons.push(no_row(&entry.name, &reason));
                    true
                }
            });
            if open.len() == count {
                break;
            }
        }
        // Not tried again after each migration.
        self.seeded.extend(snapshot.tables.iter().map(|entry| entry.id));
        for table in snapshot.others.iter().filter(|other| other.kind == catalog::Kind::VirtualTable) {
            if self.seeded_names.insert(table.name.to_ascii_lowercase()) && !self.has_rows(&table.name) {
                let seeded = virtuals::seed(&self.connection, table, ROWS, FIRST_KEY);
                reasons.extend(seeded.err().map(|reason| no_row(&table.name, &reason)));
            }
        }
        Ok(reasons)
    }

    /// Succeeds where one row could be made.
    fn seed_table(&mut self, entry: &TableEntry) -> Result<(), String> {
        let name = entry.name.to_ascii_lowercase();
        if self.seeded_names.contains(&name) && self.has_rows(&entry.name) {
            return Ok(());
        }
        let references = self.references(&entry.name).map_err(|error| of(error, "the scratch database").to_string())?;
        let mut made = 0;
        let mut reason = String::new();
        for row in 0..ROWS {
            for attempt in 0..MOST_TRIES {
                match self.insert(entry, &references, row, attempt) {
                    Ok(()) => {
                        made += 1;
                        break;
                    }
                    Err(error) => reason = error.to_string(),
                }
            }
        }
        if made == 0 {
            return Err(reason);
        }
        self.seeded_names.insert(name);
        Ok(())
    }

    fn has_rows(&self, table: &str) -> bool {
        self.connection.query_row(&format!("SELECT 1 FROM {} LIMIT 1", Plain(table)), [], |_| Ok(())).is_ok()
    }

    fn references(&self, table: &str) -> rusqlite::Result<Vec<Reference>> {
        let mut statement =
            self.connection.prepare("SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1)")?;
        let found = statement
            .query_map([table], |row| Ok(Reference { column: row.get(0)?, parent: row.get(1)?, to: row.get(2)? }))?;
        found.collect()
    }

    fn insert(&self, entry: &TableEntry, references: &[Reference], row: usize, attempt: usize) -> rusqlite::Result<()> {
        let mut columns = Vec::new();
        let mut values = Vec::new();
        for (place, column) in entry.table.columns.iter().enumerate() {
            let is_key = column.has("primary") || entry.table.primary_key().contains(&column.name);
            if column.is_generated() || (row > 0 && !column.is_not_null() && !is_key && attempt == 0) {
                continue;
            }
            let reference = references.iter().find(|reference| reference.column.eq_ignore_ascii_case(&column.name));
            columns.push(column.name.as_str());
            values.push(match reference {
                Some(reference) => parent_key(reference, row),
                None => value(entry, column, row, place, attempt),
            });
        }
        let table = Plain(&entry.name);
        let sql = if columns.is_empty() {
            format!("INSERT INTO {table} DEFAULT VALUES")
        } else {
            format!("INSERT INTO {table} ({}) VALUES ({})", list(columns), values.join(", "))
        };
        self.connection.execute(&sql, []).map(|_| ())
    }
}

/// By its type, its name or a check such as `json_valid(data)`.
fn is_json(column: &Column) -> bool {
    column.datatype.contains("json") || column.name.ends_with("json") || column.definition.contains("json_")
}

fn no_row(table: &str, reason: &impl std::fmt::Display) -> String {
    format!("no row could be made for table {}: {reason}", Plain(table))
}

fn parent_key(reference: &Reference, row: usize) -> String {
    let parent = Plain(&reference.parent);
    let column = reference.to.as_ref().map_or("rowid".to_owned(), |to| Plain(to).to_string());
    format!(
        "(SELECT {column} FROM {parent} ORDER BY 1 DESC LIMIT 1 OFFSET {row} % max(1, (SELECT count(*) FROM {parent})))"
    )
}

fn value(entry: &TableEntry, column: &Column, row: usize, place: usize, attempt: usize) -> String {
    let listed = listed(&entry.table, column);
    let is_mixed = attempt >= KINDS;
    let attempt = mixed(attempt, place, KINDS);
    if !listed.is_empty() && (attempt < KINDS / 2 || is_mixed && attempt < KINDS - 1) {
        return listed[(row + attempt) % listed.len()].clone();
    }
    let number = FIRST_KEY + row;
    let is_key = entry.table.rowid_alias().is_some_and(|alias| alias.name == column.name);
    let name = &column.name;
    match placeholder::kind(column) {
        Kind::Integer if is_key => number.to_string(),
        Kind::Integer if column.datatype.contains("bool") => (row % 2).to_string(),
        Kind::Integer if attempt % 2 == 1 => (row + attempt).to_string(),
        Kind::Integer => (number + place).to_string(),
        Kind::Real => format!("{row}.5"),
        Kind::Blob => format!("X'{:02X}{:02X}'", row + 1, place % 256),
        Kind::Text if is_json(column) => format!("'{{\"seeded\":{row}}}'"),
        Kind::Text if column.datatype.contains("date") || column.datatype.contains("time") => {
            format!("'2020-01-0{} 00:00:00'", row + 1)
        }
        // What checks ask of a text, more often than not: its length, or its form.
        Kind::Text if attempt == KINDS / 2 => format!("'abcd{row}'"),
        Kind::Text if attempt == KINDS / 2 + 1 => format!("'00000000-0000-4000-8000-{:012}'", number + place * 1000),
        Kind::Text if attempt == KINDS / 2 + 2 => format!("'{:064x}'", number + place),
        Kind::Text if attempt > KINDS / 2 => format!("'2020-01-0{}T00:00:00.000Z'", row + 1),
        // What changes the case, trims or replaces shows.
        Kind::Text => super::name::text(&format!(" {} \"{row}\"/", name.to_uppercase())),
    }
}
