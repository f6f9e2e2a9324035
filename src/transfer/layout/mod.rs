//! What is to be moved: which table into which one, which column into which one, and by which rules.

mod keys;
mod row_rules;
mod rules;
mod supplied;
mod target;
mod types;
mod uniques;

use std::collections::BTreeMap;

pub(super) use self::target::{columns_of, referenced_columns, table_of};
pub(super) use self::types::is_domain;
pub(crate) use self::types::of as type_of;

pub(crate) use self::keys::{KeyParent, KeyShape, OrphanOutcome, PlannedKey};
pub(crate) use self::rules::MergedRules;
pub(crate) use self::uniques::PlannedUnique;
use super::correspondence::Correspondence;
use super::{MappedTable, MappedTables, unmapped};
use crate::catalog::{Catalog, Object, ObjectName};
use crate::config::{ConvertRule, Map};
use crate::convert::{ColumnRule, ConvertOptions, Supply, TargetType};
use crate::database::sqlite::inspect::{SqliteSnapshot, TableEntry};
use crate::error::{Code, Error};
use crate::history::ROW_NUMBER;

/// What is moved, and what is not.
#[derive(Debug, Clone)]
pub(crate) struct MovePlan {
    /// Parents before children, as far as foreign keys have an order.
    pub(crate) tables: Vec<TableMove>,
    /// Tables of SQLite that stay, as the map says.
    pub(crate) left: Vec<String>,
    /// The foreign keys of these tables.
    pub(crate) keys: Vec<PlannedKey>,
    /// When the copy begins, or began: microseconds since 2000-01-01 in UTC.
    pub(crate) moment: i64,
}

/// What a copy that has begun has decided, and taken off.
#[derive(Debug, Clone, Default)]
pub(crate) struct BegunMove {
    /// When it began, or would begin now: microseconds since 2000-01-01 in UTC.
    pub(crate) moment: i64,
    /// The foreign keys that are off.
    pub(crate) keys: Vec<KeyShape>,
}

/// A table on its way.
#[derive(Debug, Clone)]
pub(crate) struct TableMove {
    /// Its name on SQLite.
    pub(crate) name: String,
    /// Its name on PostgreSQL, with its schema.
    pub(crate) target: ObjectName,
    /// The columns whose values come out of SQLite, or out of the map.
    pub(crate) columns: Vec<ColumnMove>,
    /// Those whose values PostgreSQL computes of the others.
    pub(crate) computed: Vec<ComputedColumn>,
    /// What is unique on the target.
    pub(crate) uniques: Vec<PlannedUnique>,
    pub(crate) row_name: RowName,
    /// The columns of the target's primary key, by their places in `columns`; none where it has none, or not all of it is moved.
    pub(crate) key: Option<Vec<usize>>,
}

impl TableMove {
    /// The columns of the target's primary key, in its order.
    pub(crate) fn key_columns(&self) -> impl Iterator<Item = &ColumnMove> {
        self.key.iter().flatten().filter_map(|at| self.columns.get(*at))
    }
}

/// A column whose values PostgreSQL computes of the same row.
#[derive(Debug, Clone)]
pub(crate) struct ComputedColumn {
    /// Its name on PostgreSQL.
    pub(crate) target: String,
    /// Its type, as SQL names it.
    pub(crate) datatype: String,
    pub(crate) expression: String,
    /// The rule that has the expression.
    pub(crate) rule: ConvertRule,
}

/// A column on its way.
#[derive(Debug, Clone)]
pub(crate) struct ColumnMove {
    /// Its name on SQLite.
    pub(crate) name: String,
    /// Its name on PostgreSQL.
    pub(crate) target: String,
    pub(crate) rule: ColumnRule,
    /// What `[map.convert]` sets for it.
    pub(crate) given: Vec<ConvertRule>,
}

/// By what a row is named on SQLite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowName {
    /// The name under which its rowid can be read; none in a table WITHOUT ROWID.
    pub(crate) rowid: Option<&'static str>,
    /// The primary key's columns, by their names.
    pub(crate) key: Vec<String>,
}

impl MovePlan {
    /// The tables of the target, as SQL names them.
    pub(crate) fn target_names(&self) -> Vec<String> {
        self.tables.iter().map(|table| table.target.to_string()).collect()
    }

    /// The same, with a key for each table by which its rows are followed: where the target has none, the rowid of SQLite.
    pub(crate) fn keyed(&self) -> Self {
        let mut plan = self.clone();
        for table in plan.tables.iter_mut().filter(|table| table.key.is_none()) {
            let Some(rowid) = table.row_name.rowid else { continue };
            table.key = Some(vec![table.columns.len()]);
            let rule =
                ColumnRule { target: TargetType::BigInt, may_be_null: false, options: ConvertOptions::default() };
            let (name, target) = (rowid.to_owned(), ROW_NUMBER.to_owned());
            table.columns.push(ColumnMove { name, target, rule, given: Vec::new() });
        }
        plan
    }
}

impl MovePlan {
    /// The same, with a key for each table, and without what SQLite has no column for: on the way back such columns are left as they are.
    pub(crate) fn returning(&self) -> Self {
        let mut plan = self.keyed();
        for table in &mut plan.tables {
            let stays =
                |column: &ColumnMove| !matches!(column.rule.options.supply, Supply::Fill(_) | Supply::Postgres(_));
            let key: Option<Vec<String>> =
                table.key.as_ref().map(|_| table.key_columns().map(|column| column.target.clone()).collect());
            table.columns.retain(stays);
            table.computed.clear();
            let place = |name: &String| table.columns.iter().position(|column| column.target == *name);
            table.key = key.and_then(|key| key.iter().map(place).collect());
        }
        plan
    }
}

impl TableMove {
    /// Whether its rows are followed by their rowids.
    pub(crate) fn has_row_numbers(&self) -> bool {
        self.columns.last().is_some_and(|column| column.target == ROW_NUMBER)
    }
}

/// Decides what is moved from a database on SQLite into one on PostgreSQL, by a copy that has begun or begins now.
///
/// # Errors
///
/// Everything that the map does not say, or says of what is not there.
pub(crate) fn layout(
    map: &Map,
    source: &SqliteSnapshot,
    target: &Catalog,
    begun: &BegunMove,
) -> Result<MovePlan, Vec<Error>> {
    let (sqlite, postgres) = (source.tables(), target.tables());
    let of = Correspondence { map, sqlite: &sqlite, postgres: &postgres };
    let mut wrong = unmapped(of);
    let mut merged = MergedRules::new(&map.convert, &map.section);
    let mut layout = MovePlan { tables: Vec::new(), left: Vec::new(), keys: Vec::new(), moment: begun.moment };
    for entry in source.tables.iter() {
        let Some(table) = of.on_sqlite(&entry.name) else { continue };
        match of.counterpart(table).filter(|_| !map.sqlite_only.iter().any(|line| of.is_table(line, table))) {
            Some(other) => {
                let mut moved = table_move(of, (entry, table), (other, target), &mut merged);
                layout.left.extend(left(table, &moved));
                wrong.extend(supplied::supply(map, (table, other), target, &mut merged, &mut moved));
                wrong.extend(row_rules::wrong_row_rules(&moved));
                wrong.extend(unfilled(target, &moved, map));
                layout.tables.push(moved);
            }
            None => layout.left.push(table.name.clone()),
        }
    }
    wrong.extend(merged.wrong());
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let shapes = keys::shapes(target, &begun.keys);
    layout.keys = keys::planned(&shapes, &layout);
    follow_keys(&mut layout);
    order(&mut layout);
    // The tables have other places now, and columns perhaps other rules.
    layout.keys = keys::planned(&shapes, &layout);
    let mut wrong = keys::wrong(&layout);
    wrong.extend(uniques::add(map, target, &mut layout));
    if wrong.is_empty() { Ok(layout) } else { Err(wrong) }
}

/// The columns of SQLite that stay.
fn left(table: &MappedTable, moved: &TableMove) -> Vec<String> {
    let is_moved = |name: &str| moved.columns.iter().any(|column| column.name == name);
    let columns = table.columns.iter().filter(|column| !column.is_generated && !is_moved(&column.name));
    columns.map(|column| format!("{}.{}", table.name, column.name)).collect()
}

/// Columns of the target that may not be NULL, and that nothing fills.
fn unfilled(target: &Catalog, moved: &TableMove, map: &Map) -> Vec<Error> {
    let is_moved = |name: &str| moved.fills(name);
    let is_unfilled = |column: &&Object| {
        let Some(body) = column.body.column() else { return false };
        let is_filled = body.default.is_some() || body.identity.is_some() || body.generated.is_some();
        body.not_null.is_some() && !is_filled && !is_moved(&column.name.name)
    };
    let error = |column: &Object| {
        let name = column.name.plain();
        let message = format!("column {name} may not be NULL, has no default, and nothing of SQLite is moved into it");
        Error::new(Code::MapDiffers, message)
            .with_place(map.place.clone())
            .with_hint("give it a default by a migration, or name its counterpart in the map")
    };
    columns_of(target, &moved.target).filter(is_unfilled).map(error).collect()
}

fn table_move(
    of: Correspondence<'_>,
    (entry, table): (&TableEntry, &MappedTable),
    (other, target): (&MappedTable, &Catalog),
    merged: &mut MergedRules<'_>,
) -> TableMove {
    let columns = table.columns.iter().filter_map(|column| {
        let found = of.moved_to(table, column, other)?;
        let (options, given) = merged.of(&table.name, &column.name);
        let rule = ColumnRule { target: types::of(target, &found.datatype), may_be_null: found.may_be_null, options };
        Some(ColumnMove { name: column.name.clone(), target: found.name.clone(), rule, given })
    });
    let columns: Vec<ColumnMove> = columns.collect();
    let name = ObjectName { schema: other.schema.clone(), owner: None, name: other.name.clone() };
    let key = key(target, &name, (table, &columns));
    TableMove {
        name: table.name.clone(),
        target: name,
        columns,
        computed: Vec::new(),
        uniques: Vec::new(),
        row_name: RowName::of(entry),
        key,
    }
}

/// The places of the primary key's columns among those that are moved; each has to be a column that SQLite stores too.
fn key(target: &Catalog, name: &ObjectName, (table, columns): (&MappedTable, &[ColumnMove])) -> Option<Vec<usize>> {
    let is_computed = |name: &str| table.columns.iter().any(|column| column.is_generated && column.name == name);
    let is_stored = |column: &ColumnMove| column.rule.options.supply == Supply::Column && !is_computed(&column.name);
    let parts = table_of(target, name).into_iter().flat_map(|object| target.parts_of(object.id));
    let key = parts.into_iter().find_map(|part| part.primary_key())?;
    key.iter().map(|name| columns.iter().position(|column| column.target == *name && is_stored(column))).collect()
}

impl TableMove {
    /// Whether a column of the target gets values.
    pub(crate) fn fills(&self, target: &str) -> bool {
        self.columns.iter().any(|column| column.target == target)
            || self.computed.iter().any(|column| column.target == target)
    }
}

impl RowName {
    fn of(entry: &TableEntry) -> Self {
        let table = &entry.table;
        // A column of one of these names hides the rowid (https://www.sqlite.org/lang_createtable.html#rowid).
        let is_free = |name: &&&str| !table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        let rowid = ["rowid", "_rowid_", "oid"].iter().find(is_free).copied();
        Self { rowid: rowid.filter(|_| !table.is_without_rowid()), key: table.primary_key() }
    }
}

/// A column that refers to one whose ids are made anew gets the same ones.
fn follow_keys(layout: &mut MovePlan) {
    // Each round follows one link of a chain of keys, so that as many rounds as tables reach all.
    for _ in 0..=layout.tables.len() {
        for key in &layout.keys {
            let KeyParent::Moved(at) = key.parent else { continue };
            for (child, parent) in &key.pairs {
                let of_parent = layout.tables[at].columns.iter().find(|column| column.target == *parent);
                let Some(options) = of_parent.map(|column| column.rule.options.clone()) else { continue };
                let columns = &mut layout.tables[key.child].columns;
                if let Some(column) = columns.iter_mut().find(|column| column.target == *child) {
                    let own = &mut column.rule.options;
                    own.uuid5 = own.uuid5.or(options.uuid5);
                    own.uuid_urn |= options.uuid_urn;
                    own.uuid_bytes |= options.uuid_bytes;
                }
            }
        }
    }
}

/// Parents before children; where keys go in a circle, in the order of the names.
fn order(layout: &mut MovePlan) {
    let mut left: Vec<usize> = (0..layout.tables.len()).collect();
    left.sort_by(|one, other| layout.tables[*one].name.cmp(&layout.tables[*other].name));
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_left = |parent: &KeyParent, child: usize| matches!(parent, KeyParent::Moved(at) if *at != child && left.contains(at));
        let waits = |at: &usize| layout.keys.iter().any(|key| key.child == *at && is_left(&key.parent, *at));
        let next = left.iter().position(|at| !waits(at)).unwrap_or_default();
        ordered.push(left.remove(next));
    }
    let mut tables: BTreeMap<usize, TableMove> = std::mem::take(&mut layout.tables).into_iter().enumerate().collect();
    layout.tables = ordered.into_iter().filter_map(|at| tables.remove(&at)).collect();
}
