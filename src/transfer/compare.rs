//! Whether the two backends of a database have the same tables and columns, as its map says.

use super::correspondence::{Correspondence, column, is_of, shown};
use super::{MappedColumn, MappedTable};
use crate::config::Map;
use crate::error::{Code, Error, Place};
use crate::sql::Plain;

/// Compares what migrations make on SQLite with what they make on PostgreSQL. Returns one error ([`Code::MapDiffers`]) for each thing in which
/// they differ and that the map does not have, at its line or at the map as a whole.
pub(crate) fn compare(map: &Map, sqlite: &[MappedTable], postgres: &[MappedTable]) -> Vec<Error> {
    found(Correspondence { map, sqlite, postgres }, true)
}

/// What the map does not have of the tables and columns, whatever these hold: one error for each.
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(super) fn unmapped(of: Correspondence<'_>) -> Vec<Error> {
    found(of, false)
}

fn found(of: Correspondence<'_>, compares_types: bool) -> Vec<Error> {
    let mut comparison = Comparison { of, compares_types, found: Vec::new() };
    comparison.stale();
    for table in of.sqlite {
        comparison.look_from_sqlite(table);
    }
    for table in of.postgres {
        comparison.look_from_postgres(table);
    }
    comparison.found
}

struct Comparison<'a> {
    of: Correspondence<'a>,
    /// Whether columns have to keep the same kinds of values. Where each value is looked at, that says more.
    compares_types: bool,
    found: Vec<Error>,
}

impl<'a> Comparison<'a> {
    fn add(&mut self, message: String, hint: String) {
        self.add_at(&self.of.map.place, message, hint);
    }

    fn add_at(&mut self, place: &Place, message: String, hint: String) {
        self.found.push(Error::new(Code::MapDiffers, message).with_place(place.clone()).with_hint(hint));
    }

    /// Lines that name what is not there.
    fn stale(&mut self) {
        let map = self.of.map;
        for pair in &map.tables {
            if self.of.on_sqlite(&pair.sqlite).is_none() {
                self.no_such(&pair.place, format!("SQLite has no table {}", Plain(&pair.sqlite)));
            } else if self.of.pair(pair).is_none() {
                let schema = pair.schema.as_ref().unwrap_or(&map.schema);
                let message = format!("PostgreSQL has no table {}.{}", Plain(schema), Plain(&pair.postgres));
                self.no_such(&pair.place, message);
            }
        }
        for pair in &map.columns {
            let Some(table) = self.of.on_sqlite(&pair.table) else {
                self.no_such(&pair.place, format!("SQLite has no table {}", Plain(&pair.table)));
                continue;
            };
            if column(table, &pair.sqlite).is_none() {
                let message = format!("table {} has no column {} on SQLite", Plain(&table.name), Plain(&pair.sqlite));
                self.no_such(&pair.place, message);
            }
            if let Some(other) = self.of.counterpart(table)
                && !other.columns.iter().any(|column| column.name == pair.postgres)
            {
                let message = format!("table {} has no column {} on PostgreSQL", shown(other), Plain(&pair.postgres));
                self.no_such(&pair.place, message);
            }
        }
        for (list, tables, backend) in
            [(&map.sqlite_only, self.of.sqlite, "SQLite"), (&map.postgres_only, self.of.postgres, "PostgreSQL")]
        {
            // One for any name may be about what is there on some servers only.
            for line in list.iter().filter(|line| !line.text.contains('*')) {
                let names = |table: &&MappedTable| {
                    self.of.is_table(line, table)
                        || table.columns.iter().any(|column| self.of.is_column(line, table, column))
                };
                if !tables.iter().any(|table| names(&table)) {
                    self.no_such(&line.place, format!("{backend} has no table or column {}", line.text));
                }
            }
        }
    }

    fn no_such(&mut self, place: &Place, message: String) {
        let hint = format!("mend the line in [{}], or remove it", self.of.map.section);
        self.add_at(place, message, hint);
    }

    fn look_from_sqlite(&mut self, table: &'a MappedTable) {
        let section = &self.of.map.section;
        if self.of.map.sqlite_only.iter().any(|line| self.of.is_table(line, table)) {
            return;
        }
        let Some(other) = self.of.counterpart(table) else {
            // A line that names a table which is not there was told of.
            if !self.of.map.tables.iter().any(|pair| pair.sqlite.eq_ignore_ascii_case(&table.name)) {
                let hint = format!("name its counterpart in [{section}.tables], or list it in `sqlite_only`");
                let wanted = format!("{}.{}", Plain(&self.of.map.schema), Plain(&table.name));
                self.add(format!("table {} is on SQLite alone: PostgreSQL has no {wanted}", Plain(&table.name)), hint);
            }
            return;
        };
        for column in table.columns.iter().filter(|column| !column.is_generated) {
            if self.of.map.sqlite_only.iter().any(|line| self.of.is_column(line, table, column)) {
                continue;
            }
            match self.of.counterpart_of(table, column, other) {
                Some(found) if self.compares_types => self.pair_of_columns((table, column), (other, found)),
                Some(found) if found.is_generated => self.computed_there((table, column), (other, found)),
                Some(_) => {}
                None if self.of.map.columns.iter().any(|pair| is_of(pair, table, column)) => {}
                None => {
                    let name = format!("{}.{}", Plain(&table.name), Plain(&column.name));
                    let hint = format!("name its counterpart in [{section}.columns], or list it in `sqlite_only`");
                    self.add(format!("column {name} is on SQLite alone: {} has no such column", shown(other)), hint);
                }
            }
        }
    }

    /// A value that SQLite stores, and PostgreSQL computes: nothing can be written there.
    fn computed_there(
        &mut self,
        (table, sqlite): (&MappedTable, &MappedColumn),
        (other, postgres): (&MappedTable, &MappedColumn),
    ) {
        let (name, there) = (Plain(&sqlite.name), format!("{}.{}", shown(other), Plain(&postgres.name)));
        let message =
            format!("column {}.{name} has values of its own, and PostgreSQL computes {there}", Plain(&table.name));
        let hint = "where its values may stay, list it in `sqlite_only`; otherwise a new migration makes the one on PostgreSQL a plain column";
        self.add(message, hint.to_owned());
    }

    /// What SQLite has no counterpart of.
    fn look_from_postgres(&mut self, table: &'a MappedTable) {
        let section = &self.of.map.section;
        if self.of.map.postgres_only.iter().any(|line| self.of.is_table(line, table)) {
            return;
        }
        let counterpart = self
            .of
            .sqlite
            .iter()
            .find(|other| self.of.counterpart(other).is_some_and(|found| std::ptr::eq(found, table)));
        let Some(other) = counterpart else {
            let hint = format!("name its counterpart in [{section}.tables], or list it in `postgres_only`");
            self.add(format!("table {} is on PostgreSQL alone", shown(table)), hint);
            return;
        };
        let taken: Vec<&MappedColumn> =
            other.columns.iter().filter_map(|column| self.of.moved_to(other, column, table)).collect();
        for column in table.columns.iter().filter(|column| !column.is_generated) {
            let is_listed = self.of.map.postgres_only.iter().any(|line| self.of.is_column(line, table, column));
            let is_taken = taken.iter().any(|found| std::ptr::eq(*found, column));
            if is_listed || is_taken || self.of.is_supplied(other, column) {
                continue;
            }
            let hint = format!("name its counterpart in [{section}.columns], or list it in `postgres_only`");
            let name = format!("{}.{}", shown(table), Plain(&column.name));
            let without = format!("{} has no such column on SQLite", Plain(&other.name));
            self.add(format!("column {name} is on PostgreSQL alone: {without}"), hint);
        }
    }

    fn pair_of_columns(
        &mut self,
        (table, sqlite): (&MappedTable, &MappedColumn),
        (other, postgres): (&MappedTable, &MappedColumn),
    ) {
        let names =
            format!("{}.{} and {}.{}", Plain(&table.name), Plain(&sqlite.name), shown(other), Plain(&postgres.name));
        let is_decided = is_decided(self.of.map, table, sqlite);
        if !is_decided && !sqlite.form.can_become(postgres.form) {
            let message = format!(
                "columns {names} do not keep the same values: {} on SQLite, {} on PostgreSQL",
                sqlite.datatype, postgres.datatype
            );
            self.add(message, "change one of the two types in a new migration".to_owned());
        }
        // SQLite lets a key be NULL that nobody means to be.
        let is_decided_key = is_decided && sqlite.is_key && postgres.is_key;
        if sqlite.may_be_null && !postgres.may_be_null && !is_decided_key {
            let message =
                format!("columns {names} differ: the one on SQLite may be NULL, the one on PostgreSQL may not");
            self.add(message, "let both be NOT NULL, or neither, by a new migration".to_owned());
        }
    }
}

/// Whether a line of `[map.types]` says which type a column has on PostgreSQL.
fn is_decided(map: &Map, table: &MappedTable, column: &MappedColumn) -> bool {
    #[cfg(feature = "project")]
    return map.type_of(&table.name, &column.name).is_some();
    #[cfg(not(feature = "project"))]
    {
        // Without schema.toml nobody writes such a line.
        let _ = (map, table, column);
        false
    }
}

#[cfg(test)]
mod tests;
