//! Which rows of the target are changed once it is the side that is written: triggers note their keys, in the transactions of the application.
//!
//! Commits do not come in the order in which transactions began, so that no number says up to where all is noted. Each line has the transaction that wrote it, and
//! a snapshot says which of them it shows (PostgreSQL 15, 9.27 "Transaction ID and Snapshot Information Functions").

use super::seal::{CaptureSeal, MESSAGE, TRIGGER};
use crate::error::Result;
use crate::history::{MoveTable, NOTE_FUNCTION, ROW_NUMBER, ROW_NUMBERS};
use crate::sql::{Ident, Literal};
use crate::transfer::copy::{FOLLOWER, MoveJournal};
use crate::transfer::session::TargetSession;
use crate::transfer::{MovePlan, TableMove};

/// What notes the changes of a target.
pub(crate) struct ReturnCapture<'a> {
    pub(crate) journal: &'a MoveJournal,
    pub(crate) plan: &'a MovePlan,
}

impl ReturnCapture<'_> {
    /// Has every change noted from the end of the transaction at hand on, and begins the way back in it.
    pub(crate) async fn install(&self, session: &TargetSession, id: &str) -> Result<()> {
        session.run(&self.changes(), MESSAGE).await?;
        for (at, table) in self.plan.tables.iter().enumerate() {
            let partitions = partitions(session, table).await?;
            session.run(&self.triggers((at, table), partitions.as_deref(), id), MESSAGE).await?;
        }
        self.number_rows(session).await?;
        let seal = CaptureSeal::read(session, &self.plan.target_names()).await?;
        session.run(&self.journal.begin_return(&seal.text()), MESSAGE).await
    }

    /// The lines are texts, in forms that no setting of a session changes: the functions of the triggers have settings of their own.
    fn changes(&self) -> String {
        let most = self.plan.tables.iter().filter_map(|table| table.key.as_ref()).map(Vec::len).max().unwrap_or(1);
        let keys: Vec<String> = (1..=most).map(|number| format!("{} text", key_column(number))).collect();
        let table = self.journal.table(MoveTable::Returns);
        format!(
            "CREATE TABLE {table} (xid xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(), \
             at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), source_table text NOT NULL, {}); CREATE INDEX ON {table} (xid)",
            keys.join(", ")
        )
    }

    /// A function for a table, and its triggers. A statement fires once for all its rows; with partitions each row does, since a statement may name one of them.
    /// What the move itself writes, after both sides were switched back, is not noted.
    fn triggers(&self, (at, table): (usize, &TableMove), partitions: Option<&[String]>, id: &str) -> String {
        let is_partitioned = partitions.is_some();
        let function = self.journal.beside_history(&format!("{NOTE_FUNCTION}{at}"));
        let count = table.key_columns().count();
        let columns: Vec<String> = (1..=count).map(key_column).collect();
        let into =
            format!("INSERT INTO {} (source_table, {})", self.journal.table(MoveTable::Returns), columns.join(", "));
        let values = |row: &str| {
            let key: Vec<String> =
                table.key_columns().map(|column| format!("{row}.{}::text", Ident(&column.target))).collect();
            format!("{}, {}", Literal(Some(&table.name)), key.join(", "))
        };
        let note = |row: &str, from: &str| {
            if is_partitioned {
                return format!("{into} VALUES ({});", values(row));
            }
            // Another name than that of the row that a trigger for each row has.
            format!("{into} SELECT {} FROM {from} changed;", values("changed"))
        };
        let (new, old) = (note("new", "new_rows"), note("old", "old_rows"));
        let body = format!(
            "BEGIN\nIF current_setting({follower}, true) = TG_ARGV[0] THEN RETURN NULL; END IF;\nIF TG_OP = 'INSERT' THEN {new}\nELSIF TG_OP = 'DELETE' THEN {old}\nELSIF TG_OP = 'UPDATE' THEN {old} {new}\n\
             ELSE EXECUTE format({}, TG_RELID::regclass);\nEND IF;\nRETURN NULL;\nEND",
            Literal(Some(&format!(
                "{} SELECT {} FROM %s gone",
                into.replace('%', "%%"),
                values("gone").replace('%', "%%")
            ))),
            follower = Literal(Some(FOLLOWER))
        );
        let mut statements = vec![format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET row_security = off SET \"DateStyle\" = 'ISO' \
             SET \"TimeZone\" = 'UTC' SET \"IntervalStyle\" = 'postgres' SET extra_float_digits = 1 SET bytea_output = 'hex' AS {}",
            Literal(Some(&body))
        )];
        for (event, rows) in [
            ("INSERT", "REFERENCING NEW TABLE AS new_rows"),
            ("UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("DELETE", "REFERENCING OLD TABLE AS old_rows"),
            ("TRUNCATE", ""),
        ] {
            let name = format!("{TRIGGER}_{}", event.to_lowercase());
            let (when, rows, each) = match (event, is_partitioned) {
                ("TRUNCATE", _) => ("BEFORE", "", "STATEMENT"),
                (_, true) => ("AFTER", "", "ROW"),
                (_, false) => ("AFTER", rows, "STATEMENT"),
            };
            statements.push(format!(
                "CREATE TRIGGER {} {when} {event} ON {} {rows} FOR EACH {each} EXECUTE FUNCTION {function}({})",
                Ident(&name),
                table.target,
                Literal(Some(id))
            ));
            statements.push(format!("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", table.target, Ident(&name)));
        }
        // Partitions have the triggers for each row of their table, and none for a statement: one that empties a partition names it.
        for partition in partitions.unwrap_or_default() {
            let name = format!("{TRIGGER}_truncate");
            statements.push(format!(
                "CREATE TRIGGER {name} BEFORE TRUNCATE ON {partition} FOR EACH STATEMENT EXECUTE FUNCTION {function}({}); \
                 ALTER TABLE {partition} ENABLE ALWAYS TRIGGER {name}",
                Literal(Some(id))
            ));
        }
        statements.join(";\n")
    }

    /// Gives the rows of tables without a key numbers that SQLite has not given yet.
    async fn number_rows(&self, session: &TargetSession) -> Result<()> {
        let numbered: Vec<&TableMove> = self.plan.tables.iter().filter(|table| table.has_row_numbers()).collect();
        if numbered.is_empty() {
            return Ok(());
        }
        let sequence = self.journal.beside_history(ROW_NUMBERS);
        // Whoever inserts takes a number, with their own rights.
        let make = format!(
            "CREATE SEQUENCE IF NOT EXISTS {sequence}; GRANT USAGE ON SEQUENCE {sequence} TO PUBLIC; \
             SELECT setval({}, greatest((SELECT last_value FROM {sequence}), {}))",
            Literal(Some(&sequence)),
            numbered
                .iter()
                .map(|table| format!("(SELECT max({}) FROM {})", Ident(ROW_NUMBER), table.target))
                .collect::<Vec<_>>()
                .join(", ")
        );
        session.run(&make, MESSAGE).await?;
        for table in numbered {
            let sql = format!(
                "ALTER TABLE {} ALTER COLUMN {} SET DEFAULT nextval({})",
                table.target,
                Ident(ROW_NUMBER),
                Literal(Some(&sequence))
            );
            session.run(&sql, MESSAGE).await?;
        }
        Ok(())
    }
}

/// The partitions of a table as SQL names them, those of partitions too; none of one that is not partitioned.
async fn partitions(session: &TargetSession, table: &TableMove) -> Result<Option<Vec<String>>> {
    let sql = format!(
        "SELECT p.relid::regclass FROM pg_catalog.pg_class c LEFT JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) p ON p.level > 0 \
         WHERE c.oid = {}::regclass AND c.relkind = 'p'",
        Literal(Some(&table.target.to_string()))
    );
    let rows = session.rows(&sql, MESSAGE).await?;
    let names = rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect();
    Ok((!rows.is_empty()).then_some(names))
}

/// Takes away what notes the changes of so many tables, where it is, with what was noted. Triggers are found by their functions, since those of partitions are
/// beside those of tables.
pub(crate) async fn remove(session: &TargetSession, journal: &MoveJournal, tables: usize) -> Result<()> {
    let functions: Vec<String> =
        (0..tables).map(|at| journal.beside_history(&format!("{NOTE_FUNCTION}{at}"))).collect();
    let regprocs: Vec<String> =
        functions.iter().map(|function| format!("to_regproc({})", Literal(Some(function)))).collect();
    let triggers = format!(
        "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_catalog.pg_trigger WHERE tgfoid = ANY (ARRAY[{}]::oid[]) AND tgparentid = 0",
        regprocs.join(", ")
    );
    for row in session.rows(&triggers, MESSAGE).await? {
        session.run(row.get(0).unwrap_or_default(), MESSAGE).await?;
    }
    let functions = functions.iter().map(|function| format!("DROP FUNCTION IF EXISTS {function}()"));
    let changes = format!("DROP TABLE IF EXISTS {}", journal.table(MoveTable::Returns));
    session.run(&functions.chain([changes, journal.end_return()]).collect::<Vec<_>>().join(";\n"), MESSAGE).await
}

/// The statement that takes away the sequence of row numbers, once no column has it.
pub(crate) fn row_numbers_gone(journal: &MoveJournal) -> String {
    format!("DROP SEQUENCE IF EXISTS {}", journal.beside_history(ROW_NUMBERS))
}

/// The column of the noted changes that has a value of the key, counted from 1.
pub(super) fn key_column(number: usize) -> String {
    format!("k{number}")
}
