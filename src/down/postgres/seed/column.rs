//! What is known of the columns that seeded rows have.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryRow;

use crate::database::postgres::scratch::ScratchDatabase;
use crate::down::postgres::name::{ident, literal};
use crate::down::seed::Wanted;
use crate::error::Result;

/// A table that rows can be put into.
pub(crate) struct SeedTable {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) columns: Vec<SeedColumn>,
    /// The columns of its constraints and unique indexes, by their names; also those that are generated.
    pub(super) rules: BTreeMap<String, Vec<String>>,
}

/// A column that is not generated.
pub(super) struct SeedColumn {
    pub(super) name: String,
    /// Its place in the table, so that of two numbers or dates the later one is greater.
    pub(super) place: usize,
    /// The type without its name's schema.
    pub(super) named: String,
    /// The same, of a domain the one below it: `varchar`, `int4`, `_text`.
    pub(super) base: String,
    /// As a cast takes it.
    pub(super) full: String,
    /// `pg_type.typcategory`.
    pub(super) category: char,
    /// Of `varchar(n)`, `char(n)` and `bit(n)`.
    pub(super) length: Option<usize>,
    /// Of `numeric(p, s)`, the digits before the point.
    pub(super) digits: Option<i32>,
    /// Of an enum, or of an array of one.
    pub(super) labels: Vec<String>,
    /// The texts of the checks that name it.
    pub(super) checks: Vec<String>,
    /// Those of the bounds of partitions by it; none where it is in no key of partitions.
    pub(super) bounds: Vec<String>,
    /// Those of its domain.
    pub(super) domain_checks: Vec<String>,
    pub(super) reference: Option<Reference>,
    pub(super) not_null: bool,
    pub(super) has_default: bool,
    pub(super) is_key: bool,
}

/// The longest reference that a column is in.
pub(super) struct Reference {
    /// The constraint.
    pub(super) oid: String,
    /// The parent, as SQL has it.
    pub(super) parent: String,
    pub(super) column: String,
}

/// The tables that rows can be put into, but for those that were looked at.
pub(super) async fn unseen(database: &mut ScratchDatabase, seen: &str) -> Result<Vec<SeedTable>> {
    tables(database, &format!("c.oid NOT IN ({seen})")).await
}

/// The wanted tables, and those that refer to them.
pub(super) async fn wanted(database: &mut ScratchDatabase, wanted: &Wanted) -> Result<Vec<SeedTable>> {
    if wanted.names.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = wanted.bare.iter().map(|name| literal(name)).collect();
    let names = names.join(", ");
    let which = format!(
        "(lower(c.relname) IN ({names}) OR EXISTS (SELECT FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid \
         WHERE k.contype = 'f' AND k.conrelid = c.oid AND lower(p.relname) IN ({names})))"
    );
    tables(database, &which).await
}

async fn tables(database: &mut ScratchDatabase, which: &str) -> Result<Vec<SeedTable>> {
    let rows = database.query(&COLUMNS.replace("{which}", which)).await?;
    let mut tables = Vec::new();
    for of_table in rows.chunk_by(|a, b| a.get(0) == b.get(0)) {
        let first = &of_table[0];
        let columns = of_table.iter().enumerate().filter(|(_, row)| !text(row, "attname").is_empty());
        tables.push(SeedTable {
            oid: text(first, "oid").parse().unwrap_or_default(),
            name: full_name(first, "nspname", "relname"),
            columns: columns.map(|(place, row)| column(place, row)).collect(),
            rules: BTreeMap::new(),
        });
    }
    if !tables.is_empty() {
        let oids: Vec<String> = tables.iter().map(|table| table.oid.to_string()).collect();
        for row in database.query(&RULES.replace("{tables}", &oids.join(", "))).await? {
            let of = tables.iter_mut().find(|table| Ok(table.oid) == text(&row, "relid").parse());
            let Some(table) = of else { continue };
            table.rules.entry(text(&row, "name").to_owned()).or_default().push(text(&row, "attname").to_owned());
        }
    }
    Ok(tables)
}

fn column(place: usize, row: &SimpleQueryRow) -> SeedColumn {
    let reference = (!text(row, "reference").is_empty()).then(|| Reference {
        oid: text(row, "reference").to_owned(),
        parent: full_name(row, "parent_schema", "parent"),
        column: text(row, "parent_column").to_owned(),
    });
    let is = |name: &str| text(row, name) == "t";
    SeedColumn {
        name: text(row, "attname").to_owned(),
        place,
        named: text(row, "type").to_owned(),
        base: text(row, "base").to_owned(),
        full: text(row, "full_type").to_owned(),
        category: text(row, "category").chars().next().unwrap_or('U'),
        length: text(row, "length").parse().ok(),
        digits: text(row, "digits").parse().ok(),
        labels: list(row, "labels"),
        checks: list(row, "checks"),
        bounds: list(row, "bounds"),
        domain_checks: list(row, "domain_checks"),
        reference,
        not_null: is("not_null"),
        has_default: is("has_default"),
        is_key: is("is_key"),
    }
}

fn full_name(row: &SimpleQueryRow, schema: &str, name: &str) -> String {
    format!("{}.{}", ident(text(row, schema)), ident(text(row, name)))
}

fn text<'r>(row: &'r SimpleQueryRow, name: &str) -> &'r str {
    row.try_get(name).ok().flatten().unwrap_or_default()
}

fn list(row: &SimpleQueryRow, name: &str) -> Vec<String> {
    text(row, name).split('\u{1}').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// One row for each column of a rule.
const RULES: &str = "SELECT r.relid, r.name, a.attname FROM (\
       SELECT conrelid, conname, conkey FROM pg_constraint WHERE conrelid IN ({tables}) \
       UNION ALL SELECT i.indrelid, x.relname, i.indkey::int2[] FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid \
       WHERE i.indisunique AND i.indrelid IN ({tables})) r (relid, name, key) \
     JOIN pg_attribute a ON a.attrelid = r.relid AND a.attnum = ANY (r.key)";

/// One row for each column. The modifier of `numeric(p, s)` is p and s in 16 and 11 bits
/// (<https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/numeric.c>).
const COLUMNS: &str = "SELECT c.oid, n.nspname, c.relname, a.attname, t.typname AS type, b.typname AS base, format_type(a.atttypid, a.atttypmod) AS full_type, \
       b.typcategory AS category, \
       CASE WHEN b.typname IN ('varchar', 'bpchar') THEN m.modifier - 4 WHEN b.typname IN ('bit', 'varbit') THEN m.modifier END AS length, \
       CASE WHEN b.typname = 'numeric' THEN ((m.modifier - 4) >> 16) - ((((m.modifier - 4) & 2047) # 1024) - 1024) END AS digits, \
       (SELECT string_agg(l.enumlabel, U&'\\0001' ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid IN (b.oid, b.typelem)) AS labels, \
       (SELECT string_agg(pg_get_constraintdef(k.oid), U&'\\0001' ORDER BY k.oid) FROM pg_constraint k \
          WHERE k.contype = 'c' AND k.conrelid = c.oid AND a.attnum = ANY (k.conkey)) AS checks, \
       (SELECT string_agg(pg_get_constraintdef(k.oid), U&'\\0001' ORDER BY k.oid) FROM pg_constraint k \
          WHERE k.contype = 'c' AND k.contypid = t.oid) AS domain_checks, \
       (SELECT string_agg(pg_get_expr(p.relpartbound, p.oid), U&'\\0001' ORDER BY p.oid) FROM pg_partition_tree(c.oid) AS tree \
          JOIN pg_class p ON p.oid = tree.relid JOIN pg_partitioned_table pt ON pt.partrelid = tree.parentrelid \
          JOIN pg_attribute pa ON pa.attrelid = pt.partrelid AND pa.attnum = ANY (pt.partattrs::int2[]) \
          WHERE c.relkind = 'p' AND pa.attname = a.attname) AS bounds, \
       f.*, (a.attnotnull OR t.typnotnull) AS not_null, a.atthasdef OR a.attidentity <> '' AS has_default, \
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey::int2[])) AS is_key \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
     LEFT JOIN pg_type t ON t.oid = a.atttypid \
     LEFT JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END \
     LEFT JOIN LATERAL (SELECT nullif(greatest(a.atttypmod, t.typtypmod), -1)) m (modifier) ON true \
     LEFT JOIN LATERAL (SELECT k.oid AS reference, pn.nspname AS parent_schema, p.relname AS parent, pa.attname AS parent_column \
        FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair(child, parent) \
        JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace \
        JOIN pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = pair.parent \
        WHERE k.contype = 'f' AND k.conrelid = c.oid AND pair.child = a.attnum \
        ORDER BY cardinality(k.conkey) DESC, k.oid LIMIT 1) f ON true \
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
       AND {which} \
       AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e') \
     ORDER BY c.oid, a.attnum";
