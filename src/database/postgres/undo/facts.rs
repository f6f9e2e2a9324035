//! What is to be known of tables before their rows can be told apart.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryRow;

use super::apart::{self, NoRecord};
use super::numbering::{self, GivenNumbers};
use crate::database::Failure;
use crate::database::postgres::PostgresDatabase;
use crate::sql::{Ident, Literal, Name};

/// A table as it is now. Its number stays what it is whatever it is called, and so does that of a column.
#[derive(Debug, Clone)]
pub(super) struct KnownTable {
    pub(super) oid: u32,
    pub(super) name: Name<'static>,
    /// The file that has its rows: another one after they were written anew, or emptied.
    pub(super) file: u32,
    /// How many bytes it has, of a table whose rows the transaction has changed.
    pub(super) size: u64,
    pub(super) touched: TouchedRows,
    /// Whether nobody else can read it, since the transaction holds it for itself.
    pub(super) is_held: bool,
    /// Whether it belongs to the role, which may lock it for itself.
    pub(super) is_ours: bool,
    /// Whether rules make something else of what is written to it.
    pub(super) has_rules: bool,
    /// Those that hold values of their own, in the order of the table.
    pub(super) columns: Vec<KnownColumn>,
    /// What tells rows apart: the numbers of columns that are never NULL and together unique, the lowest first; none where there is no such key.
    pub(super) key: Vec<i16>,
    /// The sequences that give columns their numbers, by the number of the column.
    pub(super) numbered: BTreeMap<i16, GivenNumbers>,
}

/// How many rows the transaction has inserted, changed and deleted, as the server counts them: too many at times, and never too few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct TouchedRows {
    pub(super) inserted: u64,
    pub(super) changed: u64,
    pub(super) deleted: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownColumn {
    pub(super) number: i16,
    pub(super) name: String,
    /// With its schema where `pg_catalog` does not have it.
    pub(super) datatype: String,
    /// Whether it is a number that PostgreSQL writes as a name, which may be another one later.
    is_reference: bool,
    /// Whether only the database gives it values.
    pub(super) is_always_identity: bool,
}

/// How many rows of the up were deleted and changed, by the number of the table.
pub(in crate::database::postgres) type OwnRows = BTreeMap<u32, (u64, u64)>;

/// All that is known of a database before a step, or after it.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) tables: BTreeMap<u32, KnownTable>,
    /// Whether the transaction has written what is no row of such a table: a foreign table, a large object.
    pub(super) wrote_elsewhere: bool,
}

impl KnownColumn {
    /// Its value as text, as its type writes it: in a row that the query calls so.
    pub(super) fn written(&self, row: &str) -> String {
        written(row, &self.name, self.is_reference)
    }

    /// Whether values of its type may be equal that are written in different ways, such as `1.0` and `1.00`.
    pub(super) fn is_loose(&self) -> bool {
        const LOOSE: [&str; 10] = [
            "numeric",
            "real",
            "double precision",
            "interval",
            "jsonb",
            "text",
            "character varying",
            "numrange",
            "time",
            "time with time zone",
        ];
        let of_one = self.datatype.trim_end_matches("[]");
        let name = of_one.split('(').next().unwrap_or_default();
        // A numeric(10,2) has two digits always.
        LOOSE.contains(&name) && !of_one.starts_with("numeric(")
    }

    /// A text, read as its type reads it.
    pub(super) fn read_from(&self, text: &str) -> String {
        if self.is_reference {
            return format!("CAST(CAST({text} AS oid) AS {})", self.datatype);
        }
        format!("CAST({text} AS {})", self.datatype)
    }
}

impl Facts {
    /// The table of this name, where it is there.
    pub(super) fn named(&self, name: Option<&Name<'_>>) -> Option<&KnownTable> {
        self.tables.values().find(|table| Some(&table.name) == name)
    }
}

impl KnownTable {
    pub(super) fn named(&self, column: &str) -> Option<&KnownColumn> {
        self.columns.iter().find(|known| known.name == column)
    }

    pub(super) fn column(&self, number: i16) -> Option<&KnownColumn> {
        self.columns.iter().find(|column| column.number == number)
    }

    /// The key of a row that a query calls so, as an array of texts; none where there is no key.
    pub(super) fn key_of(&self, row: &str) -> Option<String> {
        let columns: Option<Vec<&KnownColumn>> = self.key.iter().map(|number| self.column(*number)).collect();
        let written: Vec<String> = columns?.iter().map(|column| column.written(row)).collect();
        (!written.is_empty()).then(|| array(&written))
    }

    /// All values of a row, which tell it from others where there is no key.
    pub(super) fn content_of(&self, row: &str) -> String {
        array(&self.columns.iter().map(|column| column.written(row)).collect::<Vec<_>>())
    }

    /// The key of a row, or all of it where there is none.
    pub(super) fn told_by(&self, row: &str) -> String {
        self.key_of(row).unwrap_or_else(|| self.content_of(row))
    }

    /// About how many bytes a row has.
    pub(super) fn weight(&self, row: &str) -> String {
        let all =
            self.columns.iter().map(|column| format!("coalesce(pg_column_size({row}.{}), 0)", Ident(&column.name)));
        let all: Vec<String> = all.collect();
        if all.is_empty() { "0".to_owned() } else { all.join(" + ") }
    }
}

/// The value of a column as text, as its type writes it.
pub(super) fn written(row: &str, column: &str, is_reference: bool) -> String {
    let name = format!("{row}.{}", Ident(column));
    let value = if is_reference { format!("{name}::oid") } else { name.clone() };
    // `IS NULL` is true of a composite value of NULLs, and a cast to text cuts the blanks of a char(n) off.
    // A collation may take other letters for the same.
    format!("CASE WHEN {name} IS DISTINCT FROM NULL THEN concat({value}) COLLATE \"C\" END")
}

/// That all of these are so; true where there are none.
pub(super) fn all_of(conditions: &[String]) -> String {
    if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") }
}

/// These as an array of texts.
pub(super) fn array(values: &[String]) -> String {
    format!("ARRAY[{}]::text[]", values.join(", "))
}

/// That the transaction has written a row, of which a query has the number: what it sees and is in progress is its own. A number above its own
/// is that of a part of it, or of another one that has ended since.
pub(super) fn is_own(row: &str) -> String {
    format!(
        "CASE WHEN age({row}.xmin) <= 0 THEN \
         pg_xact_status((pg_current_xact_id()::text::bigint - age({row}.xmin))::text::xid8) = 'in progress' ELSE false END"
    )
}

/// The tables whose rows are recorded: those that hold rows, and are neither temporary nor the database's own.
const RECORDED: &str = "c.relkind = 'r' AND c.relpersistence IN ('p', 'u') \
     AND c.relnamespace <> ALL (ARRAY['pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace]::oid[])";

fn queries() -> String {
    format!(
        "SELECT 't', c.oid, n.nspname, c.relname, c.relfilenode, \
         CASE WHEN s.i + s.u + s.d > 0 THEN pg_table_size(c.oid) ELSE 0 END, s.i, s.u, s.d, h.relation IS NOT NULL, \
         (SELECT string_agg(k.number::text, ' ' ORDER BY k.number) FROM (\
           SELECT i.indkey, i.indnkeyatts FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL \
             AND i.indexprs IS NULL AND NOT EXISTS (SELECT FROM unnest(i.indkey) WITH ORDINALITY AS p (number, place) \
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.number WHERE p.place <= i.indnkeyatts AND NOT a.attnotnull) \
             ORDER BY NOT i.indisprimary, i.indnkeyatts, i.indexrelid LIMIT 1) AS one, \
           unnest(one.indkey) WITH ORDINALITY AS k (number, place) WHERE k.place <= one.indnkeyatts), \
         pg_has_role(c.relowner, 'USAGE'), c.relhasrules \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN (SELECT DISTINCT relation FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND locktype = 'relation' \
           AND mode = 'AccessExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS h \
           ON h.relation = c.oid, \
         LATERAL (SELECT pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_updated(c.oid), \
           pg_stat_get_xact_tuples_deleted(c.oid)) AS s (i, u, d) \
         WHERE {RECORDED};\n\
         SELECT 'c', a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), \
         y.typnamespace = 'pg_catalog'::regnamespace AND y.typname LIKE 'reg%', a.attidentity = 'a' \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type y ON y.oid = a.atttypid \
         WHERE {RECORDED} AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attrelid, a.attnum;\n\
         SELECT 'w' FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' \
         AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') \
         AND (c.relkind = 'f' OR c.oid = 'pg_largeobject'::regclass) LIMIT 1;\n\
         {}",
        numbering::query(RECORDED)
    )
}

/// Reads what is known now, without the tables of the history.
pub(super) async fn read(database: &mut PostgresDatabase<'_>) -> Result<Facts, NoRecord> {
    let rows = apart::noted(database, &queries()).await?;
    known(database, &rows)
}

/// The same with the one row of another query, in one round trip.
pub(super) async fn read_with(
    database: &mut PostgresDatabase<'_>,
    query: &str,
) -> Result<(Facts, SimpleQueryRow), NoRecord> {
    let mut rows = apart::noted(database, &format!("{query};\n{}", queries())).await?;
    let first = rows.drain(..rows.len().min(1)).next();
    let Some(first) = first else { return Err("the server did not answer".to_owned().into()) };
    Ok((known(database, &rows)?, first))
}

fn known(database: &PostgresDatabase<'_>, rows: &[SimpleQueryRow]) -> Result<Facts, NoRecord> {
    let mut facts = Facts::default();
    for row in rows {
        let known = match row.get(0) {
            Some("t") => table(row).map(|table| drop(facts.tables.insert(table.oid, table))),
            Some("c") => column(row).map(|(oid, column)| {
                if let Some(table) = facts.tables.get_mut(&oid) {
                    table.columns.push(column);
                }
            }),
            Some("n") => GivenNumbers::of(row).map(|(oid, column, numbering)| {
                if let Some(table) = facts.tables.get_mut(&oid) {
                    table.numbered.insert(column, numbering);
                }
            }),
            _ => {
                facts.wrote_elsewhere = true;
                Some(())
            }
        };
        if known.is_none() {
            return Err("the catalog has a row that is not understood".to_owned().into());
        }
    }
    let tables = &database.tables;
    let is_own =
        |table: &KnownTable| table.name.schema.as_deref() == Some(tables.schema()) && tables.is_own(&table.name.name);
    facts.tables.retain(|_, table| !is_own(table));
    Ok(facts)
}

fn table(row: &SimpleQueryRow) -> Option<KnownTable> {
    let number = |at: usize| row.get(at)?.parse::<u64>().ok();
    let key = row.get(10).unwrap_or_default().split_whitespace().map(|number| number.parse().ok());
    Some(KnownTable {
        oid: row.get(1)?.parse().ok()?,
        name: Name { schema: Some(row.get(2)?.to_owned().into()), name: row.get(3)?.to_owned().into() },
        file: row.get(4)?.parse().ok()?,
        size: number(5)?,
        touched: TouchedRows { inserted: number(6)?, changed: number(7)?, deleted: number(8)? },
        is_held: row.get(9)? == "t",
        is_ours: row.get(11)? == "t",
        has_rules: row.get(12)? == "t",
        columns: Vec::new(),
        key: key.collect::<Option<_>>()?,
        numbered: BTreeMap::new(),
    })
}

fn column(row: &SimpleQueryRow) -> Option<(u32, KnownColumn)> {
    let column = KnownColumn {
        number: row.get(2)?.parse().ok()?,
        name: row.get(3)?.to_owned(),
        datatype: row.get(4)?.to_owned(),
        is_reference: row.get(5)? == "t",
        is_always_identity: row.get(6)? == "t",
    };
    Some((row.get(1)?.parse().ok()?, column))
}

/// How often rows of each table were changed and deleted by the transaction: also by what was rolled back to a savepoint.
pub(super) async fn touched(database: &mut PostgresDatabase<'_>) -> Result<BTreeMap<u32, (u64, u64)>, Failure> {
    let sql = format!(
        "SELECT c.oid, s.u, s.d FROM pg_class c, \
         LATERAL (SELECT pg_stat_get_xact_tuples_updated(c.oid), pg_stat_get_xact_tuples_deleted(c.oid)) AS s (u, d) \
         WHERE {RECORDED} AND s.u + s.d > 0"
    );
    let rows = apart::query(database, &sql).await?;
    let counts = |row: &SimpleQueryRow| {
        Some((row.get(0)?.parse().ok()?, (row.get(1)?.parse().ok()?, row.get(2)?.parse().ok()?)))
    };
    Ok(rows.iter().filter_map(counts).collect())
}

/// The numbers of tables that are called so in the step's session, and of those that inherit them; with those that refer to them as well, which a TRUNCATE
/// takes along, if it is to.
pub(super) async fn numbers(
    database: &mut PostgresDatabase<'_>,
    names: &[&Name<'_>],
    with_referring: bool,
) -> Result<Vec<u32>, Failure> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let listed: Vec<String> = names.iter().map(|name| format!("({})", Literal(Some(&name.to_string())))).collect();
    let sql = format!(
        "WITH RECURSIVE heirs (oid) AS (SELECT to_regclass(w.relation)::oid FROM (VALUES {}) AS w (relation) \
         UNION SELECT more.oid FROM heirs h JOIN (SELECT inhparent, inhrelid FROM pg_inherits \
         UNION ALL SELECT confrelid, conrelid FROM pg_constraint WHERE contype = 'f' AND {with_referring}) AS more (of, oid) ON more.of = h.oid) \
         SELECT oid FROM heirs WHERE oid IS NOT NULL",
        listed.join(", ")
    );
    let answer = database.session.query(&sql).await;
    let rows =
        answer.map_err(|broken| crate::database::postgres::failure::of(broken, database.session.is_interrupted()))?;
    Ok(rows.iter().filter_map(|row| row.get(0)?.parse().ok()).collect())
}
