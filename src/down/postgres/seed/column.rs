//! What is known of the columns that seeded rows have.

use tokio_postgres::SimpleQueryRow;

use crate::database::postgres::scratch::ScratchDatabase;
use crate::down::postgres::name::ident;
use crate::error::Result;

pub(super) struct SeedTable {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) columns: Vec<SeedColumn>,
}

/// A column that is not generated.
pub(super) struct SeedColumn {
    pub(super) name: String,
    /// Its place in the table, so that of two numbers or dates the later one is greater.
    pub(super) place: usize,
    /// The type without its name's schema, of a domain the one below it: `varchar`, `int4`, `_text`.
    pub(super) base: String,
    /// As a cast takes it.
    pub(super) full: String,
    /// `pg_type.typcategory`.
    pub(super) category: char,
    /// Of `varchar(n)` and `char(n)`.
    pub(super) length: Option<usize>,
    pub(super) labels: Vec<String>,
    /// The texts of the checks that name it, and of the bounds of partitions by it.
    pub(super) checks: String,
    /// The parent's table and column, as SQL has them.
    pub(super) reference: Option<(String, String)>,
    not_null: bool,
    has_default: bool,
    is_key: bool,
}

impl SeedColumn {
    /// Whether a row with as many NULLs as may be has a value here.
    pub(super) fn is_needed(&self) -> bool {
        self.is_key || self.not_null && !self.has_default
    }
}

/// The tables that rows can be put into, but for those that were looked at.
pub(super) async fn tables(database: &mut ScratchDatabase, seen: &str) -> Result<Vec<SeedTable>> {
    let rows = database.query(&COLUMNS.replace("{seen}", seen)).await?;
    let mut tables = Vec::new();
    for of_table in rows.chunk_by(|a, b| a.get(0) == b.get(0)) {
        let first = &of_table[0];
        let columns = of_table.iter().enumerate().filter(|(_, row)| !text(row, "attname").is_empty());
        tables.push(SeedTable {
            oid: text(first, "oid").parse().unwrap_or_default(),
            name: format!("{}.{}", ident(text(first, "nspname")), ident(text(first, "relname"))),
            columns: columns.map(|(place, row)| column(place, row)).collect(),
        });
    }
    Ok(tables)
}

fn column(place: usize, row: &SimpleQueryRow) -> SeedColumn {
    let reference =
        (!text(row, "parent").is_empty()).then(|| (text(row, "parent").to_owned(), ident(text(row, "parent_column"))));
    SeedColumn {
        name: text(row, "attname").to_owned(),
        place,
        base: text(row, "base").to_owned(),
        full: text(row, "full_type").to_owned(),
        category: text(row, "category").chars().next().unwrap_or('U'),
        length: text(row, "length").parse().ok(),
        labels: text(row, "labels").split('\u{1}').filter(|label| !label.is_empty()).map(str::to_owned).collect(),
        checks: text(row, "checks").to_owned(),
        reference,
        not_null: text(row, "not_null") == "t",
        has_default: text(row, "has_default") == "t",
        is_key: text(row, "is_key") == "t",
    }
}

fn text<'r>(row: &'r SimpleQueryRow, name: &str) -> &'r str {
    row.try_get(name).ok().flatten().unwrap_or_default()
}

/// One row for each column.
const COLUMNS: &str = "SELECT c.oid, n.nspname, c.relname, a.attname, b.typname AS base, format_type(a.atttypid, a.atttypmod) AS full_type, \
       b.typcategory AS category, \
       CASE WHEN b.typname IN ('varchar', 'bpchar') THEN nullif(greatest(a.atttypmod, t.typtypmod), -1) - 4 END AS length, \
       (SELECT string_agg(l.enumlabel, U&'\\0001' ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = b.oid) AS labels, \
       concat_ws(' ', (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k \
            WHERE k.contype = 'c' AND (k.conrelid = c.oid AND a.attnum = ANY (k.conkey) OR k.contypid = t.oid)), \
         (SELECT string_agg(pg_get_expr(p.relpartbound, p.oid), ' ') FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid \
            JOIN pg_partitioned_table pt ON pt.partrelid = i.inhparent \
            WHERE i.inhparent = c.oid AND a.attnum = ANY (pt.partattrs::int2[]))) AS checks, \
       f.parent, f.parent_column, (a.attnotnull OR t.typnotnull) AS not_null, a.atthasdef OR a.attidentity <> '' AS has_default, \
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey::int2[])) AS is_key \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
     LEFT JOIN pg_type t ON t.oid = a.atttypid \
     LEFT JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END \
     LEFT JOIN LATERAL (SELECT k.confrelid::regclass::text AS parent, pa.attname AS parent_column \
        FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair(child, parent) \
        JOIN pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = pair.parent \
        WHERE k.contype = 'f' AND k.conrelid = c.oid AND pair.child = a.attnum ORDER BY k.oid LIMIT 1) f ON true \
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
       AND c.oid NOT IN ({seen}) \
       AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e') \
     ORDER BY c.oid, a.attnum";
