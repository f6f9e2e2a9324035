//! What a database holds, read by plain SELECTs: every value as its type writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemactl_test_support::postgres::Session;

use super::relation::quoted;
use super::workshop::NUMBERED;
use crate::undo::names::{Names, Side};

/// How often each row is there.
pub(super) type RowBag = BTreeMap<String, usize>;

/// The rows of tables, by their names in the first schema.
pub(super) type RowBags = BTreeMap<String, RowBag>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct TableRows {
    /// In their order by name: a column that comes back stands last.
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The rows of users' tables, by table: partitions are those of their parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AllRows(BTreeMap<String, TableRows>);

const COLUMNS: &str = "SELECT '\"' || replace(n.nspname, '\"', '\"\"') || '\".\"' || replace(c.relname, '\"', '\"\"') || '\"', \
    chr(31), coalesce(string_agg(a.attname, chr(31) ORDER BY a.attname), '') \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_|^information_schema$' \
    AND c.relname !~ '^schema_migrations' GROUP BY 1 ORDER BY 1";

/// What there is besides rows.
const OBJECTS: &str = "SELECT 'column', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, \
      pg_get_expr(d.adbin, d.adrelid) \
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace::regnamespace::text !~ '^pg_|^information_schema$' \
      AND c.relname !~ '^schema_migrations' \
    UNION ALL SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, '', '', '' FROM pg_constraint \
      WHERE connamespace::regnamespace::text !~ '^pg_|^information_schema$' AND conrelid <> 0 AND conrelid::regclass::text !~ 'schema_migrations' \
    UNION ALL SELECT 'trigger', tgrelid::regclass, tgname, pg_get_triggerdef(oid), false, tgenabled, '', '' FROM pg_trigger WHERE NOT tgisinternal \
    UNION ALL SELECT 'index', indrelid::regclass, indexrelid::regclass::name, pg_get_indexdef(indexrelid), indisvalid, '', '', '' FROM pg_index \
      JOIN pg_class c ON c.oid = indrelid \
      WHERE c.relnamespace::regnamespace::text !~ '^pg_|^information_schema$' AND c.relname !~ '^schema_migrations' \
    ORDER BY 1, 2, 3";

impl AllRows {
    /// The numbers that rows of a log find by themselves are others where users wrote in between: they are read where nobody did.
    pub(super) fn of(session: &mut Session, has_numbers: bool) -> Self {
        let mut tables = BTreeMap::new();
        let mut names = Vec::new();
        let mut query = String::new();
        for (at, line) in session.run(COLUMNS).lines().enumerate() {
            let (name, columns) = line.split_once("|\u{1f}|").unwrap_or_else(|| panic!("{line}"));
            let columns: Vec<String> =
                columns.split('\u{1f}').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let columns: Vec<String> =
                columns.into_iter().filter(|column| has_numbers || name != NUMBERED || column != "no").collect();
            let values: Vec<String> =
                columns.iter().map(|column| format!("chr(31) || format('%L', t.{})", quoted(column))).collect();
            let values = if values.is_empty() { "''".to_owned() } else { values.join(" || ") };
            let _ = writeln!(query, "SELECT {at} || replace({values}, chr(10), chr(30)) FROM {name} AS t;");
            names.push(name.to_owned());
            tables.insert(name.to_owned(), TableRows { columns, rows: Vec::new() });
        }
        for line in session.run(&query).lines() {
            let mut parts = line.split('\u{1f}');
            let at = parts.next().and_then(|at| at.parse::<usize>().ok()).unwrap_or_else(|| panic!("{line}\n{query}"));
            tables.get_mut(&names[at]).expect("it is listed").rows.push(parts.map(str::to_owned).collect());
        }
        tables.values_mut().for_each(|table| table.rows.sort_unstable());
        Self(tables)
    }

    /// The tables and columns that both schemas have.
    pub(super) fn of_both(&self, names: &Names, side: Side) -> RowBags {
        let mut bags = RowBags::new();
        for before in names.tables() {
            let bag = bags.entry(before.to_owned()).or_default();
            let content = names.table(before, side).and_then(|table| self.0.get(table));
            let Some(content) = content else {
                bag.insert("the table is not there".to_owned(), 1);
                continue;
            };
            let columns = names.columns(before, side);
            let columns: Vec<Option<usize>> =
                columns.iter().map(|name| content.columns.iter().position(|column| column == name)).collect();
            for row in &content.rows {
                let values = columns.iter().map(|at| at.map_or("-", |at| row[at].as_str()));
                *bag.entry(values.collect::<Vec<_>>().join(" | ")).or_default() += 1;
            }
        }
        bags
    }

    /// What is here of the tables and columns of another one.
    pub(super) fn within(&self, other: &Self) -> Self {
        let kept = |(table, content): (&String, &TableRows)| {
            let own = self.0.get(table)?;
            let places: Option<Vec<usize>> =
                content.columns.iter().map(|name| own.columns.iter().position(|own| own == name)).collect();
            let places = places?;
            let row = |row: &Vec<String>| places.iter().map(|at| row[*at].clone()).collect();
            let mut rows: Vec<Vec<String>> = own.rows.iter().map(row).collect();
            rows.sort_unstable();
            Some((table.clone(), TableRows { columns: content.columns.clone(), rows }))
        };
        Self(other.0.iter().filter_map(kept).collect())
    }

    /// Whether another one has the same tables and columns.
    pub(super) fn has_shape_of(&self, other: &Self) -> bool {
        let shape = |all: &Self| -> Vec<(String, Vec<String>)> {
            all.0.iter().map(|(table, content)| (table.clone(), content.columns.clone())).collect()
        };
        shape(self) == shape(other)
    }

    /// Tables in which two differ, with what is different.
    pub(super) fn differences(&self, other: &Self) -> BTreeMap<String, String> {
        let all = self.0.keys().chain(other.0.keys());
        let differ = all.filter(|table| self.0.get(*table) != other.0.get(*table));
        differ.map(|table| (table.clone(), format!("{}\n  and\n{}", self.shown(table), other.shown(table)))).collect()
    }

    fn shown(&self, table: &str) -> String {
        let Some(content) = self.0.get(table) else { return format!("  no table {table}") };
        let rows = content.rows.iter().map(|row| format!("\n    {}", row.join(" | ")));
        format!("  {table} ({}){}", content.columns.join(", "), rows.collect::<String>())
    }
}

/// Columns, constraints, indexes and triggers of users' tables.
pub(super) fn objects(session: &mut Session) -> String {
    session.run(OBJECTS)
}

/// All of it, to be compared.
pub(super) fn everything(session: &mut Session) -> (AllRows, String) {
    (AllRows::of(session, true), objects(session))
}
