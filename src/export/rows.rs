//! The rows of tables, as values of JSON, in the order of their keys.

mod postgres;
mod sqlite;

use std::io::Write;

pub(super) use self::postgres::visit as visit_postgres;
pub(super) use self::sqlite::visit as visit_sqlite;

use super::header::SnapshotTable;
use super::write::SnapshotWriter;
use crate::convert::TargetType;
use crate::error::{Code, Error, Result, did_you_mean};
use crate::import::TargetCatalog;
use crate::interrupt::Interrupt;
use crate::sql::Ident;
use crate::transfer::{MappedTable, TargetSession};

/// A table that is written.
#[derive(Debug, Clone)]
pub(crate) struct TableToExport {
    pub(super) table: SnapshotTable,
    /// As SQL names it.
    pub(super) name: String,
    pub(super) types: Vec<TargetType>,
    /// By what its rows are in order.
    pub(super) order: String,
    /// The key's column, where it is one.
    pub(super) key: Option<String>,
}

/// The tables that are named, or all; parents before children.
///
/// # Errors
///
/// One that is named is not there.
pub(crate) fn tables_to_export(
    catalog: &TargetCatalog,
    schema: &str,
    wanted: Option<&[String]>,
    schemas: &[String],
) -> Result<Vec<TableToExport>> {
    let all = catalog.parents_first();
    let own = |table: &&MappedTable| {
        schemas.is_empty() || table.schema.as_ref().is_none_or(|schema| schemas.contains(schema))
    };
    let Some(wanted) = wanted else {
        return Ok(all.iter().filter(own).map(|table| to_export(catalog, table)).collect());
    };
    let mut chosen = Vec::new();
    for name in wanted {
        let parts: Vec<String> = name.split('.').map(str::to_owned).collect();
        chosen.push(catalog.table(&parts, schema).ok_or_else(|| {
            let error = Error::new(Code::Usage, format!("there is no table {name}"));
            match did_you_mean(name, all.iter().map(|table| table.name.as_str())) {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        })?);
    }
    Ok(all.iter().filter(|table| chosen.contains(table)).map(|table| to_export(catalog, table)).collect())
}

pub(super) fn to_export(catalog: &TargetCatalog, table: &MappedTable) -> TableToExport {
    let columns: Vec<_> = table.columns.iter().filter(|column| !column.is_generated).collect();
    let keys: Vec<_> = columns.iter().filter(|column| column.is_key).collect();
    let schema = table.schema.as_ref().map_or_else(|| "main.".to_owned(), |schema| format!("{}.", Ident(schema)));
    let types: Vec<TargetType> = columns.iter().map(|column| catalog.datatype(table, column)).collect();
    let order = match catalog {
        TargetCatalog::Sqlite(snapshot) => {
            let entry = snapshot.table(&table.name);
            let is_free = |name: &&&str| !table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
            let rowid = ["rowid", "_rowid_", "oid"].iter().find(is_free).copied();
            let rowid = rowid.filter(|_| entry.is_none_or(|entry| !entry.table.is_without_rowid()));
            let keys = keys.iter().map(|column| format!("{} COLLATE BINARY", Ident(&column.name)));
            keys.chain(rowid.map(str::to_owned)).collect::<Vec<_>>().join(", ")
        }
        TargetCatalog::Postgres(_) if keys.is_empty() => "t::text COLLATE \"C\"".to_owned(),
        TargetCatalog::Postgres(_) => {
            let key = |column: &&&crate::transfer::MappedColumn| {
                let is_text = matches!(
                    catalog.datatype(table, column),
                    TargetType::Text | TargetType::Varchar(_) | TargetType::Char(_)
                );
                format!("t.{}{}", Ident(&column.name), if is_text { " COLLATE \"C\"" } else { "" })
            };
            keys.iter().map(key).collect::<Vec<_>>().join(", ")
        }
    };
    TableToExport {
        name: format!("{schema}{}", Ident(&table.name)),
        key: keys.first().filter(|_| keys.len() == 1).map(|column| column.name.clone()),
        types,
        order,
        table: SnapshotTable {
            table: table.name.clone(),
            schema: table.schema.clone(),
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            types: columns.iter().map(|column| column.datatype.clone()).collect(),
            next: Vec::new(),
        },
    }
}

/// Writes tables of SQLite, of one read transaction.
pub(crate) fn export_sqlite<W: Write>(
    connection: &rusqlite::Connection,
    tables: &[TableToExport],
    writer: &mut SnapshotWriter<W>,
    interrupt: &Interrupt,
) -> Result<()> {
    for table in tables {
        let next = sqlite::next(connection, table)?;
        writer.begin_table(SnapshotTable { next, ..table.table.clone() }).map_err(unwritten)?;
        visit_sqlite(connection, table, &mut |values| {
            assert_wanted(interrupt)?;
            writer.row(&values).map_err(unwritten)
        })?;
        writer.end_table().map_err(unwritten)?;
    }
    Ok(())
}

/// Writes tables of PostgreSQL, of one transaction that sees one state.
pub(crate) async fn export_postgres<W: Write>(
    session: &TargetSession,
    tables: &[TableToExport],
    writer: &mut SnapshotWriter<W>,
    interrupt: &Interrupt,
) -> Result<()> {
    session.run(&session.begin_to_read(), "the tables cannot be read").await?;
    for table in tables {
        let next = postgres::next(session, table).await?;
        writer.begin_table(SnapshotTable { next, ..table.table.clone() }).map_err(unwritten)?;
        visit_postgres(session, table, &mut |values| {
            assert_wanted(interrupt)?;
            writer.row(&values).map_err(unwritten)
        })
        .await?;
        writer.end_table().map_err(unwritten)?;
    }
    session.roll_back().await;
    Ok(())
}

/// An error of the file or pipe that is written to.
pub(crate) fn unwritten(error: std::io::Error) -> Error {
    Error::io(Code::Io, "the export cannot be written", error).with_state("no file was made")
}

fn assert_wanted(interrupt: &Interrupt) -> Result<()> {
    if interrupt.is_triggered() {
        return Err(
            Error::new(Code::Interrupted, "interrupted while tables were written").with_state("no file was made")
        );
    }
    Ok(())
}
