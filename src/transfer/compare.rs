//! Whether the two backends of a database have the same tables and columns, as its map says.

use super::{MappedColumn, MappedTable};
use crate::catalog::is_like;
use crate::config::{ColumnPair, Map, OneSided, TablePair};
use crate::error::{Code, Error, Place};
use crate::sql::Plain;

/// Compares what migrations make on SQLite with what they make on PostgreSQL. Returns one error ([`Code::MapDiffers`]) for each thing in which
/// they differ and that the map does not have, at its line or at the map as a whole.
pub(crate) fn compare(map: &Map, sqlite: &[MappedTable], postgres: &[MappedTable]) -> Vec<Error> {
    let mut comparison = Comparison { map, sqlite, postgres, found: Vec::new() };
    comparison.stale();
    for table in sqlite {
        comparison.look_from_sqlite(table);
    }
    for table in postgres {
        comparison.look_from_postgres(table);
    }
    comparison.found
}

struct Comparison<'a> {
    map: &'a Map,
    sqlite: &'a [MappedTable],
    postgres: &'a [MappedTable],
    found: Vec<Error>,
}

impl<'a> Comparison<'a> {
    fn add(&mut self, message: String, hint: String) {
        self.add_at(&self.map.place, message, hint);
    }

    fn add_at(&mut self, place: &Place, message: String, hint: String) {
        self.found.push(Error::new(Code::MapDiffers, message).with_place(place.clone()).with_hint(hint));
    }

    /// Lines that name what is not there.
    fn stale(&mut self) {
        let map = self.map;
        for pair in &map.tables {
            if self.on_sqlite(&pair.sqlite).is_none() {
                self.no_such(&pair.place, format!("SQLite has no table {}", Plain(&pair.sqlite)));
            } else if self.pair(pair).is_none() {
                let schema = pair.schema.as_ref().unwrap_or(&map.schema);
                let message = format!("PostgreSQL has no table {}.{}", Plain(schema), Plain(&pair.postgres));
                self.no_such(&pair.place, message);
            }
        }
        for pair in &map.columns {
            let Some(table) = self.on_sqlite(&pair.table) else {
                self.no_such(&pair.place, format!("SQLite has no table {}", Plain(&pair.table)));
                continue;
            };
            if column(table, &pair.sqlite).is_none() {
                let message = format!("table {} has no column {} on SQLite", Plain(&table.name), Plain(&pair.sqlite));
                self.no_such(&pair.place, message);
            }
            if let Some(other) = self.counterpart(table)
                && !other.columns.iter().any(|column| column.name == pair.postgres)
            {
                let message = format!("table {} has no column {} on PostgreSQL", shown(other), Plain(&pair.postgres));
                self.no_such(&pair.place, message);
            }
        }
        for (list, tables, backend) in
            [(&map.sqlite_only, self.sqlite, "SQLite"), (&map.postgres_only, self.postgres, "PostgreSQL")]
        {
            // One for any name may be about what is there on some servers only.
            for line in list.iter().filter(|line| !line.text.contains('*')) {
                let names = |table: &&MappedTable| {
                    self.is_table(line, table) || table.columns.iter().any(|column| self.is_column(line, table, column))
                };
                if !tables.iter().any(|table| names(&table)) {
                    self.no_such(&line.place, format!("{backend} has no table or column {}", line.text));
                }
            }
        }
    }

    fn no_such(&mut self, place: &Place, message: String) {
        let hint = format!("mend the line in [{}], or remove it", self.map.section);
        self.add_at(place, message, hint);
    }

    fn look_from_sqlite(&mut self, table: &'a MappedTable) {
        let section = &self.map.section;
        if self.map.sqlite_only.iter().any(|line| self.is_table(line, table)) {
            return;
        }
        let Some(other) = self.counterpart(table) else {
            // A line that names a table which is not there was told of.
            if !self.map.tables.iter().any(|pair| pair.sqlite.eq_ignore_ascii_case(&table.name)) {
                let hint = format!("name its counterpart in [{section}.tables], or list it in `sqlite_only`");
                let wanted = format!("{}.{}", Plain(&self.map.schema), Plain(&table.name));
                self.add(format!("table {} is on SQLite alone: PostgreSQL has no {wanted}", Plain(&table.name)), hint);
            }
            return;
        };
        for column in table.columns.iter().filter(|column| !column.is_generated) {
            if self.map.sqlite_only.iter().any(|line| self.is_column(line, table, column)) {
                continue;
            }
            match self.counterpart_of(table, column, other) {
                Some(found) => self.pair_of_columns((table, column), (other, found)),
                None if self.map.columns.iter().any(|pair| is_of(pair, table, column)) => {}
                None => {
                    let name = format!("{}.{}", Plain(&table.name), Plain(&column.name));
                    let hint = format!("name its counterpart in [{section}.columns], or list it in `sqlite_only`");
                    self.add(format!("column {name} is on SQLite alone: {} has no such column", shown(other)), hint);
                }
            }
        }
    }

    /// What SQLite has no counterpart of.
    fn look_from_postgres(&mut self, table: &'a MappedTable) {
        let section = &self.map.section;
        if self.map.postgres_only.iter().any(|line| self.is_table(line, table)) {
            return;
        }
        let counterpart =
            self.sqlite.iter().find(|other| self.counterpart(other).is_some_and(|found| std::ptr::eq(found, table)));
        let Some(other) = counterpart else {
            let hint = format!("name its counterpart in [{section}.tables], or list it in `postgres_only`");
            self.add(format!("table {} is on PostgreSQL alone", shown(table)), hint);
            return;
        };
        let taken: Vec<&MappedColumn> =
            other.columns.iter().filter_map(|column| self.counterpart_of(other, column, table)).collect();
        for column in table.columns.iter().filter(|column| !column.is_generated) {
            let is_listed = self.map.postgres_only.iter().any(|line| self.is_column(line, table, column));
            if is_listed || taken.iter().any(|found| std::ptr::eq(*found, column)) {
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
        if !sqlite.form.can_become(postgres.form) {
            let message = format!(
                "columns {names} do not keep the same values: {} on SQLite, {} on PostgreSQL",
                sqlite.datatype, postgres.datatype
            );
            self.add(message, "change one of the two types in a new migration".to_owned());
        }
        if sqlite.may_be_null && !postgres.may_be_null {
            let message =
                format!("columns {names} differ: the one on SQLite may be NULL, the one on PostgreSQL may not");
            self.add(message, "let both be NOT NULL, or neither, by a new migration".to_owned());
        }
    }

    fn on_sqlite(&self, name: &str) -> Option<&'a MappedTable> {
        self.sqlite.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    fn pair(&self, pair: &TablePair) -> Option<&'a MappedTable> {
        let schema = pair.schema.as_ref().unwrap_or(&self.map.schema);
        self.postgres.iter().find(|table| table.schema.as_ref() == Some(schema) && table.name == pair.postgres)
    }

    /// The table on PostgreSQL: the one that the map names, else the one of the same name.
    fn counterpart(&self, sqlite: &MappedTable) -> Option<&'a MappedTable> {
        if let Some(pair) = self.map.tables.iter().find(|pair| pair.sqlite.eq_ignore_ascii_case(&sqlite.name)) {
            return self.pair(pair);
        }
        let is_same = |table: &&MappedTable| {
            table.schema.as_ref() == Some(&self.map.schema) && table.name.eq_ignore_ascii_case(&sqlite.name)
        };
        self.postgres.iter().find(is_same)
    }

    fn counterpart_of<'t>(
        &self,
        table: &MappedTable,
        sqlite: &MappedColumn,
        postgres: &'t MappedTable,
    ) -> Option<&'t MappedColumn> {
        match self.map.columns.iter().find(|pair| is_of(pair, table, sqlite)) {
            Some(pair) => postgres.columns.iter().find(|column| column.name == pair.postgres),
            None => column(postgres, &sqlite.name),
        }
    }

    fn is_table(&self, line: &OneSided, table: &MappedTable) -> bool {
        self.paths_of(table).any(|path| is_path(&line.path, &path))
    }

    fn is_column(&self, line: &OneSided, table: &MappedTable, column: &MappedColumn) -> bool {
        let Some((last, path)) = line.path.split_last() else { return false };
        is_path(std::slice::from_ref(last), &[column.name.as_str()])
            && self.paths_of(table).any(|of| is_path(path, &of))
    }

    /// The names of a table: with its schema, and without it where it is in that of the map.
    fn paths_of<'t>(&self, table: &'t MappedTable) -> impl Iterator<Item = Vec<&'t str>> {
        let bare = table.schema.as_ref().is_none_or(|schema| *schema == self.map.schema);
        let qualified = table.schema.as_ref().map(|schema| vec![schema.as_str(), table.name.as_str()]);
        bare.then(|| vec![table.name.as_str()]).into_iter().chain(qualified)
    }
}

fn is_of(pair: &ColumnPair, table: &MappedTable, column: &MappedColumn) -> bool {
    pair.table.eq_ignore_ascii_case(&table.name) && pair.sqlite.eq_ignore_ascii_case(&column.name)
}

fn column<'t>(table: &'t MappedTable, name: &str) -> Option<&'t MappedColumn> {
    table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
}

fn is_path(line: &[String], path: &[&str]) -> bool {
    line.len() == path.len()
        && line.iter().zip(path).all(|(part, name)| is_like(&part.to_lowercase(), &name.to_lowercase()))
}

/// A table with its schema.
fn shown(table: &MappedTable) -> String {
    let schema = table.schema.as_ref().map(|schema| format!("{}.", Plain(schema))).unwrap_or_default();
    format!("{schema}{}", Plain(&table.name))
}

#[cfg(test)]
mod tests;
