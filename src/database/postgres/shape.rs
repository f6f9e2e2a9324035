//! The history's tables: where they are, and how they are made.

use super::tables::Tables;
use crate::history::columns::{HISTORY, HistoryColumn, HistoryType, LOG, added, definitions};
use crate::history::{MoveTable, State, UndoTable};
use crate::sql::{Ident, Literal, OwnKind, OwnStatement};

/// What CREATE TABLE and ADD COLUMN say of a column.
fn definition(column: HistoryColumn) -> String {
    let name = column.name;
    match column.holds {
        HistoryType::Key => format!("{name} bigint PRIMARY KEY"),
        HistoryType::Line => format!("{name} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        HistoryType::Text => format!("{name} text NOT NULL"),
        HistoryType::MaybeText => format!("{name} text"),
        HistoryType::State => format!("{name} text NOT NULL CHECK ({name} IN ({}))", State::listed()),
        HistoryType::Number => format!("{name} bigint NOT NULL"),
        HistoryType::Flag => format!("{name} boolean NOT NULL DEFAULT false"),
        HistoryType::Moment => format!("{name} timestamptz NOT NULL DEFAULT clock_timestamp()"),
    }
}

impl Tables {
    /// A query for the schema that the history is or will be in, whether both tables are there, whether this role may
    /// write or create them, whether the schema is there, whether the history has all its columns, or this role may add them, whether data was moved here,
    /// and whether rows are kept that this role may take away.
    pub(super) fn locate(&self) -> String {
        let history = self.history();
        // A name leads to what is committed now, and the catalogs are read as they were when the query began: a table that is made in between is not there yet.
        let seen =
            |table: &str| format!("(SELECT oid FROM pg_class WHERE oid = to_regclass({}))", Literal(Some(table)));
        let (found, log) = (seen(&history), seen(&self.log()));
        let schema = match &self.schema {
            Some(schema) => Literal(Some(schema)).to_string(),
            None => format!(
                "(SELECT coalesce((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = {found}), current_schema())::text)"
            ),
        };
        let added: Vec<String> = added().iter().map(|column| Literal(Some(column.name)).to_string()).collect();
        format!(
            "SELECT s.schema, {found} IS NOT NULL AND {log} IS NOT NULL, \
             CASE WHEN {found} IS NOT NULL AND {log} IS NOT NULL \
                THEN has_table_privilege({found}, 'INSERT') AND has_table_privilege({found}, 'UPDATE') \
                AND has_table_privilege({log}, 'INSERT') \
             WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = s.schema) \
                THEN has_schema_privilege(s.schema, 'CREATE') \
             ELSE has_database_privilege(current_database(), 'CREATE') END, \
             EXISTS (SELECT FROM pg_namespace WHERE nspname = s.schema), \
             (SELECT count(*) = {} FROM pg_attribute WHERE attrelid = {found} AND attname IN ({}) AND NOT attisdropped), \
             (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = {found}), to_regclass({}) IS NOT NULL, \
             (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass({})) FROM (SELECT {schema}) AS s (schema)",
            added.len(),
            added.join(", "),
            Literal(Some(&self.of_move(MoveTable::State))),
            Literal(Some(&self.of_undo(UndoTable::Index)))
        )
    }

    /// Creates what is missing. A role may own a schema without being allowed to create one, so that IF NOT EXISTS would
    /// not do for the schema.
    pub(super) fn create(&self, schema_exists: bool) -> Vec<OwnStatement> {
        let create = || OwnStatement::new(OwnKind::CreateSchema, format!("CREATE SCHEMA {}", Ident(self.schema())));
        let tables = [self.create_history(), self.create_log()].map(OwnStatement::object);
        (!schema_exists).then(create).into_iter().chain(tables).collect()
    }

    /// Brings a history to its shape of now that an earlier release has made. They may be sent by several at once.
    pub(super) fn complete(&self) -> Vec<OwnStatement> {
        let digest = OwnStatement::new(OwnKind::Rows, self.digest_all());
        vec![OwnStatement::object(self.add_columns()), digest]
    }

    /// The statement that adds the columns which earlier releases have made the history without.
    pub(super) fn add_columns(&self) -> String {
        let columns = added().iter().map(|column| format!("ADD COLUMN IF NOT EXISTS {}", definition(*column)));
        format!("ALTER TABLE {} {}", self.history(), columns.collect::<Vec<_>>().join(", "))
    }

    fn create_history(&self) -> String {
        format!("CREATE TABLE IF NOT EXISTS {} (\n{}\n)", self.history(), definitions(&HISTORY, definition))
    }

    fn create_log(&self) -> String {
        format!("CREATE TABLE IF NOT EXISTS {} (\n{}\n)", self.log(), definitions(&LOG, definition))
    }
}

#[cfg(test)]
mod tests {
    use schemactl_test_support::postgres as servers;

    use super::*;
    use crate::config::Options;

    #[test]
    fn a_history_that_is_made_while_it_is_looked_for_is_not_there_yet() {
        for version in servers::versions() {
            let database = servers::database(version);
            let tables = Tables::new(&Options::new());
            let mut looks = database.session();
            looks.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");
            let made: Vec<String> = tables.create(true).iter().map(|statement| statement.text.clone()).collect();
            let made = made.join(";\n").replace("\"\".", "");
            database.psql(&made);
            let row = looks.run(&tables.locate());
            assert!(row.starts_with("public|f|"), "{version}: {row}");
            looks.run("COMMIT");
            let row = looks.run(&tables.locate());
            assert!(row.starts_with("public|t|t|t|t|t|"), "{version}: {row}");
        }
    }
}
