//! Rows of a table that have numbers, and a primary key besides: by that people tell them apart, and by that they are found again.
//!
//! A step may give the number of a row to another one, and a table that is made again gives all rows other numbers.

use rusqlite::Connection;

use super::facts::{KeyColumn, TableFacts};
use super::images::Images;
use crate::database::sqlite::session::number;
use crate::database::sqlite::watched::WatchedColumn;
use crate::history::{ImageKey, UndoColumn};
use crate::sql::Ident;

/// The primary key of a table whose rows have numbers besides: columns as they were called before the step, with their collations.
#[derive(Debug, Clone)]
pub(super) struct DeclaredKey {
    columns: Vec<(String, String)>,
}

impl DeclaredKey {
    /// None where the table has none, or its images were made when it had another one.
    pub(super) fn of(images: &Images, facts: &TableFacts) -> Option<Self> {
        let keys = images.columns.iter().filter(|column| column.in_key).count();
        if images.row_key != ImageKey::Rowid || facts.declared.is_empty() || facts.declared.len() != keys {
            return None;
        }
        let named = |key: &KeyColumn| {
            let column = images.columns.iter().find(|column| {
                column.in_key && column.after.as_ref().is_some_and(|name| Ident(name).to_string() == key.sql)
            })?;
            Some((column.before.clone()?, key.collation.clone().unwrap_or_else(|| "BINARY".to_owned())))
        };
        let columns = facts.declared.iter().map(named).collect::<Option<_>>()?;
        Some(Self { columns })
    }

    /// Whether it is the primary key of a table that has these columns now.
    pub(super) fn is_declared(&self, facts: &TableFacts, columns: &[WatchedColumn]) -> bool {
        let is_there = |(before, _): &(String, String)| {
            let known = columns.iter().find(|known| known.origin.as_ref() == Some(before));
            known.is_some_and(|known| facts.declared.iter().any(|key| key.sql == Ident(&known.name).to_string()))
        };
        facts.declared.len() == self.columns.len() && self.columns.iter().all(is_there)
    }

    /// Whether images name rows by it.
    pub(super) fn names(&self, images: &Images) -> bool {
        let keys = images.columns.iter().filter(|column| column.in_key).count();
        keys == self.columns.len()
            && self.places(images).is_some_and(|all| all.iter().all(|at| images.columns[*at].in_key))
    }

    fn places(&self, images: &Images) -> Option<Vec<usize>> {
        let place = |name: &String| images.columns.iter().position(|column| column.before.as_ref() == Some(name));
        self.columns.iter().map(|(name, _)| place(name)).collect()
    }

    /// That two images have the same key, each on one of its sides.
    fn are_equal(&self, one: (&str, char, &[usize]), other: (&str, char, &[usize])) -> String {
        let pairs = one.2.iter().zip(other.2).zip(&self.columns);
        let all: Vec<String> = pairs
            .map(|((at, there), (_, collation))| {
                format!("{}.{}{at} = {}.{}{there} COLLATE {}", one.0, one.1, other.0, other.1, Ident(collation))
            })
            .collect();
        all.join(" AND ")
    }

    /// That images of two tables have the same key as they were before.
    pub(super) fn is_same(&self, one: (&str, &Images), other: (&str, &Images)) -> Option<String> {
        Some(self.are_equal((one.0, 'b', &self.places(one.1)?), (other.0, 'b', &self.places(other.1)?)))
    }

    /// Has images tell of rows by their keys: one that got another key is a row that went and one that came; one that went, and another with its key
    /// that came, are one that changed. Both sides are known. Returns whether there are such ones.
    pub(super) fn tell_apart(&self, connection: &Connection, images: &Images) -> rusqlite::Result<bool> {
        let Some(places) = self.places(images) else { return Ok(false) };
        let table = &images.table;
        let differs: Vec<String> = places
            .iter()
            .zip(&self.columns)
            .map(|(at, (_, collation))| format!("i.b{at} IS NOT i.a{at} COLLATE {}", Ident(collation)))
            .collect();
        let is_other = format!("i.b = 1 AND i.a = 1 AND ({})", differs.join(" OR "));
        let (targets, values): (String, String) =
            (0..images.columns.len()).map(|at| (format!(", a{at}"), format!(", i.a{at}"))).unzip();
        let (nulls, taken): (String, String) =
            (0..images.columns.len()).map(|at| (format!(", a{at} = NULL"), format!(", a{at} = n.a{at}"))).unzip();
        // Numbers that no row has.
        let free = free_number(table);
        let sql = format!(
            "INSERT INTO {table} (k0, b, a{targets}) SELECT {free}, 0, 1{values} FROM {table} AS i WHERE {is_other}"
        );
        let mut told = connection.execute(&sql, [])?;
        if told > 0 {
            connection.execute(&format!("UPDATE {table} AS i SET a = NULL{nulls} WHERE {is_other}"), [])?;
        }
        let same = self.are_equal(("d", 'b', &places), ("n", 'a', &places));
        let sql = format!(
            "UPDATE {table} AS d SET a = 1{taken} FROM {table} AS n WHERE d.b = 1 AND d.a IS NULL AND n.b = 0 AND n.a = 1 AND {same}"
        );
        told += connection.execute(&sql, [])?;
        let sql = format!(
            "DELETE FROM {table} WHERE k0 IN (SELECT n.k0 FROM {table} AS n JOIN {table} AS d ON {same} \
             WHERE n.b = 0 AND n.a = 1 AND d.b = 1 AND d.a = 1)"
        );
        told += connection.execute(&sql, [])?;
        Ok(told > 0)
    }

    /// Has images of a table that is dropped, or was made again, name each row by the key in what it was before: also one that was not there.
    pub(super) fn settle(&self, connection: &Connection, images: &Images) -> rusqlite::Result<()> {
        let Some(places) = self.places(images) else { return Ok(()) };
        let keys: Vec<String> = places.iter().map(|at| format!("b{at} = a{at}")).collect();
        connection.execute_batch(&format!(
            "DELETE FROM {0} WHERE b = 0 AND a IS NULL; UPDATE {0} SET {1} WHERE b = 0",
            images.table,
            keys.join(", ")
        ))
    }

    /// Whether a settled image has no key: its row cannot be found again.
    pub(super) fn lacks_some(&self, connection: &Connection, images: &Images) -> rusqlite::Result<bool> {
        let Some(places) = self.places(images) else { return Ok(true) };
        let nulls: Vec<String> = places.iter().map(|at| format!("b{at} IS NULL")).collect();
        let sql = format!("SELECT count(*) FROM {} WHERE {}", images.table, nulls.join(" OR "));
        Ok(number(connection, &sql)? > 0)
    }

    /// Adds to settled images those of later ones, settled too, of which nothing is known yet.
    pub(super) fn add(&self, connection: &Connection, old: &mut Images, new: &Images) -> rusqlite::Result<()> {
        let mut pairs = Vec::new();
        for (from, column) in new.columns.iter().enumerate() {
            let is_it = |known: &UndoColumn| {
                column.before.is_some() && known.before == column.before
                    || column.before.is_none()
                        && known.before.is_none()
                        && column.after.is_some()
                        && known.after == column.after
            };
            let into = match old.columns.iter().position(is_it) {
                Some(into) => into,
                None => old.add(connection, column.clone())?,
            };
            pairs.push((into, from));
        }
        let (targets, values): (String, String) =
            pairs.iter().map(|(into, from)| (format!(", b{into}"), format!(", i.b{from}"))).unzip();
        let Some(same) = self.is_same(("o", old), ("i", new)) else { return Ok(()) };
        connection.execute_batch(&format!(
            "INSERT INTO {0} (k0, b{targets}) SELECT {1}, i.b{values} FROM {2} AS i \
             WHERE NOT EXISTS (SELECT 1 FROM {0} AS o WHERE {same})",
            old.table,
            free_number(&old.table),
            new.table
        ))?;
        new.drop(connection)
    }

    /// Reads the rows as the step has left them, by their keys.
    pub(super) fn fill(&self, connection: &Connection, images: &Images, table: Option<&str>) -> rusqlite::Result<()> {
        let Some(places) = self.places(images) else { return Ok(()) };
        let nulls: Vec<String> = (0..images.columns.len()).map(|at| format!(", a{at} = NULL")).collect();
        connection.execute_batch(&format!("UPDATE {} SET a = NULL{}", images.table, nulls.concat()))?;
        let named = |at: &usize| Some((*at, images.columns[*at].after.as_deref()?));
        let keys: Option<Vec<(usize, &str)>> = places.iter().map(named).collect();
        if let (Some(table), Some(keys)) = (table, keys) {
            let (targets, values) = images.listed('a', "t");
            let found: Vec<String> = keys.iter().map(|(at, name)| format!("t.{} = i.b{at}", Ident(name))).collect();
            connection.execute_batch(&format!(
                "UPDATE {} AS i SET (a{targets}) = (SELECT 1{values} FROM {table} AS t WHERE {})",
                images.table,
                found.join(" AND ")
            ))?;
        }
        let keys: Vec<String> = places.iter().map(|at| format!("b{at} = NULL")).collect();
        connection.execute_batch(&format!("UPDATE {} SET {} WHERE b = 0", images.table, keys.join(", ")))
    }
}

/// A number for each image `i` of a query, below those of all images of a table and of all rows.
fn free_number(table: &str) -> String {
    format!("(SELECT min(0, coalesce(min(k0), 0)) FROM {table}) - row_number() OVER (ORDER BY i.k0)")
}
