//! Columns whose numbers a sequence gives: up to which number it has given them says whether the row of a number may be another one by now.

use tokio_postgres::SimpleQueryRow;

use crate::sql::Name;

/// The sequence of a column.
#[derive(Debug, Clone)]
pub(super) struct GivenNumbers {
    sequence: u32,
    /// The file that has it: another one after it began anew.
    file: u32,
    name: Name<'static>,
}

/// A query for the columns of the tables `c` for which a condition holds, with the sequence of each: of those that are an identity or have its next number as
/// their default, where it goes up, begins anew by itself never, and may be read. It takes no lock on any sequence.
pub(super) fn query(of_tables: &str) -> String {
    format!(
        "SELECT 'n', a.attrelid, a.attnum, s.oid, pg_relation_filenode(s.oid), n.nspname, s.relname \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype), \
         LATERAL (SELECT p.objid FROM pg_depend p WHERE a.attidentity <> '' AND p.refclassid = 'pg_class'::regclass AND p.refobjid = c.oid \
           AND p.refobjsubid = a.attnum AND p.classid = 'pg_class'::regclass AND p.deptype = 'i' \
           UNION ALL SELECT p.refobjid FROM pg_attrdef d JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid \
           AND p.refclassid = 'pg_class'::regclass WHERE a.atthasdef AND d.adrelid = c.oid AND d.adnum = a.attnum \
           AND pg_get_expr(d.adbin, d.adrelid) ~ '^nextval\\(''([^'']|'''')+''::regclass\\)$') AS g (oid) \
         JOIN pg_class s ON s.oid = g.oid AND s.relkind = 'S' AND s.relpersistence <> 't' \
         JOIN pg_namespace n ON n.oid = s.relnamespace AND has_schema_privilege(n.oid, 'USAGE') \
         JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0 AND NOT q.seqcycle \
           AND CASE WHEN s.relkind = 'S' THEN has_sequence_privilege(s.oid, 'SELECT') ELSE false END \
         WHERE {of_tables} AND a.attnum > 0 AND NOT a.attisdropped"
    )
}

impl GivenNumbers {
    /// Of a row of [`query`]: the table, the number of its column, and the sequence.
    pub(super) fn of(row: &SimpleQueryRow) -> Option<(u32, i16, Self)> {
        let numbering = Self {
            sequence: row.get(3)?.parse().ok()?,
            file: row.get(4)?.parse().ok()?,
            name: Name { schema: Some(row.get(5)?.to_owned().into()), name: row.get(6)?.to_owned().into() },
        };
        Some((row.get(1)?.parse().ok()?, row.get(2)?.parse().ok()?, numbering))
    }

    /// SQL for the last number that it has given.
    fn given(&self) -> String {
        format!("(SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {})", self.name)
    }

    /// SQL for what is kept of it: which one it is, and the last number that it has given.
    pub(super) fn kept(&self) -> String {
        format!("ARRAY[{}, {}, {}]::bigint[]", self.sequence, self.file, self.given())
    }

    /// A query for the last number that it had given, of what is kept in a column that a query calls so; nothing where it is another one, began anew, or has
    /// gone back. That `setval` took it back and it has passed that number again is not seen.
    pub(super) fn last_kept(&self, kept: &str, from: &str) -> String {
        format!(
            "(SELECT {kept}[3] FROM {from} AND {kept}[1] = {} AND {kept}[2] = {} AND {kept}[3] <= {})",
            self.sequence,
            self.file,
            self.given()
        )
    }
}
