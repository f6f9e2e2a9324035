use super::{Form, MappedColumn, MappedTable, MappedTables};
use crate::database::sqlite::inspect::{self, Affinity, SqliteSnapshot};

impl MappedTables for SqliteSnapshot {
    fn tables(&self) -> Vec<MappedTable> {
        let table = |entry: &inspect::TableEntry| MappedTable {
            schema: None,
            name: entry.name.clone(),
            columns: entry.table.columns.iter().map(|column| self::column(&entry.table, column)).collect(),
        };
        self.tables.iter().map(table).collect()
    }
}

fn column(table: &inspect::CreateTable, column: &inspect::ColumnDefinition) -> MappedColumn {
    let is_rowid = table.rowid_alias().is_some_and(|alias| alias.name == column.name);
    // Only there does a primary key refuse NULL (https://www.sqlite.org/lang_createtable.html, 3.5 "The PRIMARY KEY").
    let is_strict = table.is_without_rowid() || table.options.contains("strict");
    let is_key = table.primary_key().iter().any(|name| name.eq_ignore_ascii_case(&column.name));
    MappedColumn {
        name: column.name.clone(),
        datatype: column.datatype.to_uppercase(),
        form: form(column.affinity()),
        may_be_null: !(column.is_not_null() || is_rowid || is_strict && is_key),
        is_key,
        is_generated: column.is_generated(),
    }
}

fn form(affinity: Affinity) -> Form {
    match affinity {
        Affinity::Integer => Form::Integer,
        Affinity::Text => Form::Text,
        Affinity::Blob => Form::Bytes,
        Affinity::Real => Form::Real,
        Affinity::Numeric => Form::Decimal,
        Affinity::Any => Form::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::sqlite::inspect::Inspector;

    #[test]
    fn columns_have_the_form_of_their_affinity() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT PRIMARY_NAME, c VARCHAR(9) NOT NULL, d DATETIME, e, \
                     f DOUBLE PRECISION, g BLOB, h AS (b || c)); \
                 CREATE TABLE k (id TEXT PRIMARY KEY, x INT); \
                 CREATE TABLE s (id TEXT PRIMARY KEY, x ANY) STRICT; \
                 CREATE TABLE w (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID; \
                 CREATE VIEW v AS SELECT 1 AS one;",
            )
            .unwrap();
        let tables = Inspector::default().read(&connection).unwrap().tables();
        assert_eq!(tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(), ["a", "k", "s", "w"]);
        let forms: Vec<Form> = tables[0].columns.iter().map(|column| column.form).collect();
        let wanted =
            [Form::Integer, Form::Text, Form::Text, Form::Decimal, Form::Any, Form::Real, Form::Bytes, Form::Any];
        assert_eq!(forms, wanted);
        assert!(tables[0].columns[7].is_generated);
        let nulls = |at: usize| tables[at].columns.iter().map(|column| column.may_be_null).collect::<Vec<_>>();
        assert_eq!(nulls(0)[..3], [false, true, false]);
        // https://www.sqlite.org/quirks.html#primary_keys_can_sometimes_contain_nulls
        assert_eq!((nulls(1), nulls(2), nulls(3)), (vec![true, true], vec![false, true], vec![false, false]));
    }
}
