//! The table that has rows of another table as they were before a step, and as the step left them.
//!
//! Its columns have no types, so that it keeps type and bytes of every value. `b` says whether the row was there before, `a` whether it is there
//! since; `b0`, `a0` and so on are the values. A row is in it once: as it was when the step first touched it. Its own rowid names an image.

use rusqlite::Connection;

use super::facts::{KeyColumn, TableFacts};
use super::told::{MOST_VALUES, RowEvent, SIZE};
use crate::database::sqlite::session::number;
use crate::history::{ImageKey, UndoColumn, UndoPart};
use crate::sql::{Ident, Name};

/// Images of the rows of one table.
#[derive(Debug, Clone)]
pub(super) struct Images {
    pub(super) number: u32,
    pub(super) name: String,
    /// With its schema, as SQL names it.
    pub(super) table: String,
    /// As the body of a trigger names it, which takes no schema.
    pub(super) bare: String,
    pub(super) row_key: ImageKey,
    pub(super) keys: usize,
    pub(super) columns: Vec<UndoColumn>,
}

/// How the images come to have rows as the step left them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum LeftRows {
    /// Triggers write them with what they note. It is true as long as no row is touched twice, and nothing but triggers notes rows.
    Told,
    /// They are read in the end; until then the images have none.
    #[default]
    Read,
}

/// A comparison that takes values for the same only where they have the same type and bytes.
pub(super) fn is_same(one: &str, other: &str) -> String {
    format!("(typeof({one}) = typeof({other}) AND {one} IS {other} COLLATE BINARY)")
}

/// That all these pairs are the same; true where there are none.
pub(super) fn are_same(pairs: impl Iterator<Item = (String, String)>) -> String {
    let all: Vec<String> = pairs.map(|(one, other)| is_same(&one, &other)).collect();
    // A condition may be no deeper than 1,000 terms.
    let all: Vec<String> = all.chunks(100).map(|some| format!("({})", some.join(" AND "))).collect();
    if all.is_empty() { "1".to_owned() } else { all.join(" AND ") }
}

/// The key of a row that a query or trigger calls so.
fn keys_of(key: &[KeyColumn], row: &str) -> Vec<String> {
    key.iter().map(|key| format!("{row}.{}", key.sql)).collect()
}

/// `k0, k1`.
pub(super) fn key_names(keys: usize) -> Vec<String> {
    (0..keys).map(|at| format!("k{at}")).collect()
}

impl Images {
    /// Makes the table.
    pub(super) fn create(
        connection: &Connection,
        schema: &str,
        name: &str,
        number: u32,
        facts: &TableFacts,
        columns: Vec<UndoColumn>,
    ) -> rusqlite::Result<Self> {
        let images = Self {
            number,
            name: name.to_owned(),
            table: format!("{schema}.{}", Ident(name)),
            bare: Ident(name).to_string(),
            row_key: facts.row_key,
            keys: facts.key.len(),
            columns,
        };
        let values = (0..images.columns.len()).map(|at| format!(", b{at}, a{at}")).collect::<Vec<_>>().concat();
        let (keys, end) = match facts.row_key {
            ImageKey::Rowid => ("k0 INTEGER PRIMARY KEY".to_owned(), String::new()),
            ImageKey::Columns | ImageKey::Content => {
                let collated = |(at, key): (usize, &KeyColumn)| {
                    let collation = key.collation.as_deref().unwrap_or("BINARY");
                    format!("k{at} COLLATE {}", Ident(collation))
                };
                let keys: Vec<String> = facts.key.iter().enumerate().map(collated).collect();
                (keys.join(", "), format!(", UNIQUE ({})", key_names(images.keys).join(", ")))
            }
        };
        connection.execute_batch(&format!("CREATE TABLE {} ({keys}, b, a{values}{end})", images.table))?;
        Ok(images)
    }

    /// Those of a part that is kept.
    pub(super) fn of_part(part: &UndoPart) -> Self {
        Self {
            number: part.number,
            name: part.images.clone(),
            table: format!("main.{}", Ident(&part.images)),
            bare: Ident(&part.images).to_string(),
            row_key: part.row_key,
            keys: part.keys(),
            columns: part.columns.clone(),
        }
    }

    /// Adds a column that its table has got since; returns its place.
    pub(super) fn add(&mut self, connection: &Connection, column: UndoColumn) -> rusqlite::Result<usize> {
        let at = self.columns.len();
        let sql = format!("ALTER TABLE {0} ADD COLUMN b{at}; ALTER TABLE {0} ADD COLUMN a{at};", self.table);
        connection.execute_batch(&sql)?;
        self.columns.push(column);
        Ok(at)
    }

    /// The places of the columns that the table has now, with the name that each has.
    pub(super) fn now(&self) -> impl Iterator<Item = (usize, &str)> {
        let named = self.columns.iter().enumerate();
        named.filter_map(|(at, column)| Some((at, column.after.as_deref()?)))
    }

    /// The columns of one side for what the table has now, and the same of a row, each with a comma before it.
    pub(super) fn listed(&self, side: char, row: &str) -> (String, String) {
        self.now().map(|(at, name)| (format!(", {side}{at}"), format!(", {row}.{}", Ident(name)))).unzip()
    }

    /// A statement that notes rows as they are now, unless they are noted already. `row` is what stands before the names of their columns.
    pub(super) fn note(&self, key: &[KeyColumn], row: &str, from: &str) -> String {
        let into = &self.table;
        let keys = keys_of(key, row);
        let (targets, values) = self.listed('b', row);
        format!(
            "INSERT INTO {into} ({}, b{targets}) SELECT {}, 1{values}{from} WHERE {}",
            key_names(self.keys).join(", "),
            keys.join(", "),
            Self::is_new(into, &keys)
        )
    }

    /// For the body of a trigger: notes a row as it was. That nothing is noted of it is the trigger's condition.
    pub(super) fn note_in_trigger(&self, key: &[KeyColumn], event: RowEvent, left: LeftRows) -> String {
        let row = if matches!(event, RowEvent::Inserted | RowEvent::Moved) { "NEW" } else { "OLD" };
        let (mut names, mut values) = (key_names(self.keys), keys_of(key, row));
        let mut add = |side: char, was_there: &str, listed: (String, String)| {
            names.push(format!("{side}{}", listed.0));
            values.push(format!("{was_there}{}", listed.1));
        };
        match event {
            RowEvent::Inserted | RowEvent::Moved => add('b', "0", (String::new(), String::new())),
            RowEvent::Deleted | RowEvent::Changed => add('b', "1", self.listed('b', "OLD")),
        }
        if left == LeftRows::Told && event != RowEvent::Deleted {
            add('a', "1", self.listed('a', "NEW"));
        }
        format!("INSERT INTO {} ({}) VALUES ({})", self.bare, names.join(", "), values.join(", "))
    }

    /// Forgets what triggers have told of rows as the step left them.
    pub(super) fn forget_left(&self, connection: &Connection) -> rusqlite::Result<()> {
        let nulls = (0..self.columns.len()).map(|at| format!(", a{at} = NULL")).collect::<Vec<_>>().concat();
        connection.execute_batch(&format!("UPDATE {} SET a = NULL{nulls} WHERE a IS NOT NULL", self.table))
    }

    /// Notes of all rows of a table that they were not there, unless something is noted of them.
    pub(super) fn note_all_absent(&self, key: &[KeyColumn], table: &str) -> String {
        let keys = keys_of(key, "t");
        format!(
            "INSERT INTO {0} ({1}, b) SELECT {2}, 0 FROM {table} AS t WHERE {3}",
            self.table,
            key_names(self.keys).join(", "),
            keys.join(", "),
            Self::is_new(&self.table, &keys)
        )
    }

    /// That nothing is noted of a row.
    pub(super) fn is_unknown(into: &str, key: &[KeyColumn], row: &str) -> String {
        Self::is_new(into, &keys_of(key, row))
    }

    fn is_new(into: &str, keys: &[String]) -> String {
        let same: Vec<String> = keys.iter().enumerate().map(|(at, key)| format!("k{at} = {key}")).collect();
        format!("NOT EXISTS (SELECT 1 FROM {into} WHERE {})", same.join(" AND "))
    }

    /// That a row of the table, which a query calls `t`, has the key of an image, which it calls `i`.
    pub(super) fn matched(key: &[KeyColumn]) -> String {
        let same: Vec<String> = key.iter().enumerate().map(|(at, key)| format!("t.{} = i.k{at}", key.sql)).collect();
        same.join(" AND ")
    }

    /// Reads the rows as they are now, as what the step has left.
    pub(super) fn fill(&self, connection: &Connection, table: &Name<'_>, key: &[KeyColumn]) -> rusqlite::Result<()> {
        let (targets, values) = self.listed('a', "t");
        let sql = format!(
            "UPDATE {} AS i SET (a{targets}) = (SELECT 1{values} FROM {table} AS t WHERE {})",
            self.table,
            Self::matched(key)
        );
        connection.execute_batch(&sql)
    }

    /// Adds the columns that the table has got since: what people write there later is told from what the step left.
    pub(super) fn know(&mut self, connection: &Connection, facts: &TableFacts) -> rusqlite::Result<()> {
        for column in self.unknown(facts) {
            self.add(connection, column)?;
        }
        Ok(())
    }

    /// The columns of a table that the images do not have.
    pub(super) fn unknown(&self, facts: &TableFacts) -> Vec<UndoColumn> {
        let is_new = |name: &String| !self.columns.iter().any(|column| column.after.as_ref() == Some(name));
        let named = facts.columns.iter().map(|column| &column.name).filter(|name| is_new(name));
        named.map(|name| UndoColumn { before: None, after: Some(name.clone()), in_key: false }).collect()
    }

    /// Of values of a column that was dropped or converted: reads the rows that had them, as the step has left them. So the value of a row goes to no
    /// other one that has its key by then.
    pub(super) fn fill_around(
        &mut self,
        connection: &Connection,
        table: &Name<'_>,
        facts: &TableFacts,
    ) -> rusqlite::Result<()> {
        self.call_around(facts);
        self.know(connection, facts)?;
        // Where the table was made again, a row may have another number.
        let Some(keys) = self.keys_around() else { return Ok(()) };
        let (targets, values) = self.listed('a', "t");
        connection.execute_batch(&format!(
            "UPDATE {0} AS i SET (a{targets}) = (SELECT 1{values} FROM {table} AS t WHERE {keys}) \
             WHERE EXISTS (SELECT 1 FROM {table} AS t WHERE {keys})",
            self.table
        ))
    }

    /// The same, into other images that are empty and have columns for all of it: rows that grow where they are would be written several times. The number of
    /// a row is its key.
    pub(super) fn copy_around(
        &self,
        connection: &Connection,
        into: &Self,
        table: &Name<'_>,
        facts: &TableFacts,
    ) -> rusqlite::Result<()> {
        let places = 0..self.columns.len();
        let (befores, were): (String, String) = places.map(|at| (format!(", b{at}"), format!(", i.b{at}"))).unzip();
        let (targets, values) = into.listed('a', "t");
        let keys = into.keys_around().unwrap_or_else(|| "0".to_owned());
        connection.execute_batch(&format!(
            "INSERT INTO {} (k0, b{befores}, a{targets}) SELECT i.k0, i.b{were}, CASE WHEN t.{} IS NOT NULL THEN 1 END{values} \
             FROM {} AS i LEFT JOIN {table} AS t ON {keys} ORDER BY i.k0",
            into.table, facts.key[0].sql, self.table
        ))
    }

    /// Gives the columns that are dropped or converted the name which such a one has now.
    pub(super) fn call_around(&mut self, facts: &TableFacts) {
        // Another column may have its name by now, and would get its values.
        let has = |name: &String| facts.columns.iter().any(|known| known.name == *name);
        for column in self.columns.iter_mut().filter(|column| column.after.is_none()) {
            column.after = column.before.clone().filter(has);
        }
    }

    /// That a row `t` has the key of an image `i` as it was before.
    fn keys_around(&self) -> Option<String> {
        let keys: Option<Vec<String>> = self
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.in_key)
            .map(|(at, column)| Some(format!("t.{} = i.b{at}", Ident(column.after.as_deref()?))))
            .collect();
        Some(keys.filter(|keys| !keys.is_empty())?.join(" AND "))
    }

    /// Forgets rows that are as they were, and those that came and went.
    pub(super) fn forget_unchanged(&self, connection: &Connection) -> rusqlite::Result<()> {
        let is_gone = |column: &UndoColumn| column.before.is_some() && column.after.is_none();
        // A value of a column that was dropped is another one than the NULL that stands for it, also where it was NULL.
        let same = if self.columns.iter().any(is_gone) {
            "0".to_owned()
        } else {
            are_same((0..self.columns.len()).map(|at| (format!("b{at}"), format!("a{at}"))))
        };
        connection.execute_batch(&format!(
            "DELETE FROM {} WHERE (b = 0 AND a IS NULL) OR (b = 1 AND a = 1 AND {same})",
            self.table
        ))
    }

    /// Whether they are there for as long as the step runs.
    pub(super) fn is_for_a_while(&self) -> bool {
        self.table.starts_with("temp.")
    }

    /// Copies what was noted of rows as they were into other images that have the same columns.
    pub(super) fn copy(&self, connection: &Connection, into: &Self) -> rusqlite::Result<()> {
        let befores = (0..self.columns.len()).map(|at| format!(", b{at}")).collect::<Vec<_>>().concat();
        let names = format!("{}, b{befores}", key_names(self.keys).join(", "));
        connection.execute_batch(&format!("INSERT INTO {} ({names}) SELECT {names} FROM {}", into.table, self.table))
    }

    /// How many rows there are.
    pub(super) fn rows(&self, connection: &Connection) -> rusqlite::Result<u64> {
        number(connection, &format!("SELECT count(*) FROM {}", self.table))
    }

    /// About how many bytes the values have: numbers count as 8.
    pub(super) fn bytes(&self, connection: &Connection) -> rusqlite::Result<u64> {
        let mut all = 0;
        for some in (0..self.columns.len()).collect::<Vec<_>>().chunks(MOST_VALUES / 2) {
            let sizes: Vec<String> = some.iter().map(|at| format!("b{at}, a{at}")).collect();
            let sql = format!("SELECT coalesce(sum({SIZE}({})), 0) FROM {}", sizes.join(", "), self.table);
            all += number(connection, &sql)?;
        }
        Ok(all)
    }

    pub(super) fn drop(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(&format!("DROP TABLE IF EXISTS {}", self.table))
    }
}
