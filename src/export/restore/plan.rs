//! Which table of the target a table of a snapshot is.

use super::{RestoreTask, types_of};
use crate::config::ColumnSource;
use crate::convert::{ColumnRule, ConvertOptions, TargetType};
use crate::error::{Code, Error, Result};
use crate::export::header::SnapshotTable;
use crate::export::rows::{TableToExport, to_export};
use crate::import::{ColumnPlan, TablePlan, TargetCatalog};
use crate::sql::{Dialect, Ident, Plain};
use crate::transfer::{MappedColumn, MappedTable, MergedRules, rebuild};

/// A table of the target, and how it takes the rows of one of a snapshot.
pub(crate) struct RestorePlan {
    pub(super) plan: TablePlan,
    /// As it is read back, its columns in the order of the snapshot.
    pub(super) export: TableToExport,
    /// The backend of the snapshot.
    pub(super) from: Dialect,
    /// Whether that is the backend of the target.
    pub(super) is_same: bool,
    pub(super) types: Vec<TargetType>,
}

/// Finds the table and its columns.
pub(super) fn plan(task: &RestoreTask<'_>, snapshot: &SnapshotTable, is_same: bool) -> Result<RestorePlan> {
    let from = match (task.dialect, is_same) {
        (dialect, true) => dialect,
        (Dialect::Sqlite, false) => Dialect::Postgres,
        (Dialect::Postgres, false) => Dialect::Sqlite,
    };
    let table = table(task, snapshot, is_same).ok_or_else(|| {
        not_ready(format!("the snapshot has the table {}, and the database has not", snapshot.plain()))
    })?;
    let mut columns = Vec::with_capacity(snapshot.columns.len());
    for name in &snapshot.columns {
        let found = column(task, snapshot, &table, name, is_same).ok_or_else(|| {
            let plain = snapshot.plain();
            not_ready(format!("the snapshot has the column {plain}.{name}, and the database has none that takes it"))
        })?;
        columns.push(column_plan(task, (snapshot, name), (&table, found), is_same));
    }
    let schema = table.schema.as_ref().map(|schema| format!("{}.", Ident(schema))).unwrap_or_default();
    let shown = table.schema.as_ref().map(|schema| format!("{}.", Plain(schema))).unwrap_or_default();
    let export = in_order(to_export(task.catalog, &table), &columns);
    let types = types_of(&columns);
    let plan = TablePlan {
        name: format!("{schema}{}", Ident(&table.name)),
        plain: format!("{shown}{}", Plain(&table.name)),
        columns,
        key: Vec::new(),
        fires_triggers: false,
    };
    Ok(RestorePlan { plan, export, from, is_same, types })
}

fn not_ready(message: String) -> Error {
    Error::new(Code::ImportNotReady, message).with_state("nothing was restored").with_hint(
        "`schemactl up` makes the tables; where they are called otherwise on the other backend, [map] says how",
    )
}

fn table(task: &RestoreTask<'_>, snapshot: &SnapshotTable, is_same: bool) -> Option<MappedTable> {
    let named = |schema: Option<&String>, name: &str| {
        let parts: Vec<String> = schema.into_iter().cloned().chain([name.to_owned()]).collect();
        task.catalog.table(&parts, task.schema)
    };
    if is_same {
        return named(snapshot.schema.as_ref(), &snapshot.table);
    }
    let Some(map) = task.map else { return named(None, &snapshot.table) };
    match task.dialect {
        Dialect::Postgres => {
            let pair = map.tables.iter().find(|pair| pair.sqlite.eq_ignore_ascii_case(&snapshot.table));
            let schema = pair.and_then(|pair| pair.schema.as_ref()).unwrap_or(&map.schema);
            named(Some(schema), pair.map_or(&snapshot.table, |pair| &pair.postgres))
        }
        Dialect::Sqlite => {
            let pair = map.tables.iter().find(|pair| {
                let schema = pair.schema.as_ref().unwrap_or(&map.schema);
                pair.postgres == snapshot.table && snapshot.schema.as_ref() == Some(schema)
            });
            named(None, pair.map_or(&snapshot.table, |pair| &pair.sqlite))
        }
    }
}

fn column<'t>(
    task: &RestoreTask<'_>,
    snapshot: &SnapshotTable,
    table: &'t MappedTable,
    name: &str,
    is_same: bool,
) -> Option<&'t MappedColumn> {
    let pairs = task.map.filter(|_| !is_same).map(|map| map.columns.as_slice()).unwrap_or_default();
    let wanted = match task.dialect {
        Dialect::Postgres => pairs
            .iter()
            .find(|pair| pair.table.eq_ignore_ascii_case(&snapshot.table) && pair.sqlite.eq_ignore_ascii_case(name))
            .map_or(name, |pair| &pair.postgres),
        Dialect::Sqlite => pairs
            .iter()
            .find(|pair| pair.table.eq_ignore_ascii_case(&table.name) && pair.postgres == name)
            .map_or(name, |pair| &pair.sqlite),
    };
    table.columns.iter().find(|column| column.name == wanted && !column.is_generated)
}

fn column_plan(
    task: &RestoreTask<'_>,
    (snapshot, name): (&SnapshotTable, &str),
    (table, column): (&MappedTable, &MappedColumn),
    is_same: bool,
) -> ColumnPlan {
    let of_postgres = is_same && task.dialect == Dialect::Postgres;
    let target = if of_postgres { TargetType::Text } else { task.catalog.datatype(table, column) };
    // Rules name tables and columns as they are called on SQLite.
    let (on_sqlite, sqlite_name) = match task.dialect {
        Dialect::Postgres => (snapshot.table.as_str(), name),
        Dialect::Sqlite => (table.name.as_str(), column.name.as_str()),
    };
    let options = match task.map.filter(|_| !is_same) {
        Some(map) => MergedRules::new(&map.convert, &map.section).of(on_sqlite, sqlite_name).0,
        None => ConvertOptions::default(),
    };
    ColumnPlan {
        name: column.name.clone(),
        from: ColumnSource::Fields(Vec::new()),
        rule: ColumnRule { target, may_be_null: column.may_be_null, options },
        may_be_null: column.may_be_null,
        cast: of_postgres.then(|| column.datatype.clone()),
        lookup: None,
    }
}

/// The columns of the target in the order of the snapshot.
fn in_order(export: TableToExport, columns: &[ColumnPlan]) -> TableToExport {
    let place = |column: &ColumnPlan| export.table.columns.iter().position(|name| *name == column.name);
    let places: Vec<usize> = columns.iter().filter_map(place).collect();
    let names = places.iter().map(|at| export.table.columns[*at].clone()).collect();
    let datatypes = places.iter().map(|at| export.table.types[*at].clone()).collect();
    let types = places.iter().map(|at| export.types[*at].clone()).collect();
    let table = SnapshotTable { columns: names, types: datatypes, ..export.table.clone() };
    TableToExport { table, types, ..export }
}

/// The statements that make indexes of texts anew of the rows that they are over.
pub(super) fn rebuilds(catalog: &TargetCatalog) -> Vec<String> {
    use crate::catalog::Kind;

    let TargetCatalog::Sqlite(snapshot) = catalog else { return Vec::new() };
    let virtual_tables = snapshot.others.iter().filter(|other| other.kind == Kind::VirtualTable);
    virtual_tables.filter_map(|other| rebuild(&other.name, &other.sql)).collect()
}
