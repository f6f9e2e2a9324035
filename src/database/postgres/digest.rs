//! The running digest of the history: kept up to date with each write, so that the last row tells what all of them are.

use tokio_postgres::SimpleQueryRow;

use super::tables::Tables;
use crate::database::NewRecord;
use crate::history::columns::DIGEST;
use crate::history::{IndexRow, State, UndoTable};
use crate::source::{DONE, Head};
use crate::sql::Literal;
use crate::version::Version;

/// What the row that stands for all has beside NULLs where the time of rows that are kept is over.
const EXPIRED: &str = "expired";

/// What is known of a history that was not to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SaidHead {
    /// Whether the time of rows that are kept is over.
    pub(super) has_expired: bool,
}

/// The row that stands for all where nothing is to be read; none where these are the rows of the history.
pub(super) fn said(rows: &[SimpleQueryRow]) -> Option<SaidHead> {
    let [only] = rows else { return None };
    let is_it = (0..only.len()).all(|column| only.get(column).is_none() || column == 1 && only.get(0).is_none());
    is_it.then(|| SaidHead { has_expired: only.get(1) == Some(EXPIRED) })
}

/// What SQL computes as [`RunningDigest`](crate::source::RunningDigest) does: of the digest below, and of the row's `version word checksum`.
fn with(below: &str, row: &str) -> String {
    format!("pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to({below} || ' ' || {row}, 'UTF8')), 'hex')")
}

impl Tables {
    /// The rows that a query reads, in their order; or one row of NULLs where the last row of the history says that all of these migrations are
    /// applied, and nothing else. The server reads one row of the history then.
    pub(super) fn unless(&self, head: &Head<'_>, rows: &str, columns: usize) -> String {
        // A history of an earlier release has no such column: the name means that of the outer query then.
        let says = format!(
            "SELECT (SELECT version::text = '{}' AND state IN ({}) AND checksum = {} AND {DIGEST} = {} \
             FROM {} ORDER BY version DESC LIMIT 1) AS says FROM (SELECT NULL::text AS {DIGEST}) AS earlier",
            head.version,
            State::done_listed(),
            Literal(Some(&head.checksum.to_string())),
            Literal(Some(head.digest.as_str())),
            self.history()
        );
        let mut nulls = vec!["NULL".to_owned(); columns];
        nulls[1] = format!("CASE WHEN {} THEN '{EXPIRED}' END", self.has_expired());
        let nulls = nulls.join(", ");
        format!(
            "WITH head AS ({says}) {rows} WHERE (SELECT says FROM head) IS NOT TRUE \
             UNION ALL SELECT {nulls} FROM head WHERE says ORDER BY 1"
        )
    }

    /// That the time of rows that are kept is over, where the role has their index and may take them away. The index may not be there, or be a table of another shape:
    /// the query about it is a text, which is run where it fits.
    fn has_expired(&self) -> String {
        let fits = |name: &str, datatype: &str| {
            format!(
                "EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = '{name}' \
                 AND a.atttypid = 'pg_catalog.{datatype}'::pg_catalog.regtype AND NOT a.attisdropped)"
            )
        };
        format!(
            "(SELECT CASE WHEN c.relkind = 'r' AND NOT c.relforcerowsecurity AND pg_catalog.pg_has_role(c.relowner, 'USAGE') \
             AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND {} AND {} AND {} THEN pg_catalog.strpos(pg_catalog.query_to_xml(pg_catalog.format(\
             'SELECT 1 AS expired FROM %s WHERE number = 0 AND kind = ''{}'' AND kept_until < now() LIMIT 1', c.oid::pg_catalog.regclass), \
             false, false, '')::text, '<expired>') > 0 END FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass({}))",
            fits("number", "int4"),
            fits("kind", "text"),
            fits("kept_until", "timestamptz"),
            IndexRow::WHOLE,
            Literal(Some(&self.of_undo(UndoTable::Index)))
        )
    }

    /// The digest of a row that is about to be written; NULL where that of the row below is not known.
    pub(super) fn next_digest(&self, record: &NewRecord<'_>) -> String {
        let (table, version) = (self.history(), record.version);
        let below = format!(
            "(CASE WHEN EXISTS (SELECT FROM {table} WHERE version < {version}) \
             THEN (SELECT {DIGEST} FROM {table} WHERE version < {version} ORDER BY version DESC LIMIT 1) ELSE '' END)"
        );
        let row = format!("{version} {} {}", record.state.digested(), record.checksum);
        with(&below, &Literal(Some(&row)).to_string())
    }

    /// A statement that computes the digests from a row on that became another, or where one came or went, and those below that are not
    /// known.
    pub(super) fn digest_from(&self, version: Version) -> String {
        self.digest(&format!("WHERE {DIGEST} IS NOT NULL AND version < {version}"))
    }

    /// A statement that computes the digests of all rows.
    pub(super) fn digest_all(&self) -> String {
        self.digest("WHERE false")
    }

    /// Goes on from the last row for which the condition holds.
    fn digest(&self, known: &str) -> String {
        let table = self.history();
        let word = format!("CASE WHEN n.state IN ({}) THEN '{DONE}' ELSE n.state END", State::done_listed());
        let next = with("c.digest", &format!("n.version || ' ' || {word} || ' ' || n.checksum"));
        format!(
            "WITH RECURSIVE known AS (SELECT version, {DIGEST} AS digest FROM {table} {known} ORDER BY version DESC LIMIT 1), \
             chain (version, digest) AS (\
             SELECT coalesce((SELECT version FROM known), '-9223372036854775808'::bigint), coalesce((SELECT digest FROM known), '') \
             UNION ALL SELECT n.version, {next} FROM chain c CROSS JOIN LATERAL \
             (SELECT version, state, checksum FROM {table} h WHERE h.version > c.version ORDER BY h.version LIMIT 1) n) \
             UPDATE {table} AS h SET {DIGEST} = chain.digest FROM chain \
             WHERE h.version = chain.version AND h.{DIGEST} IS DISTINCT FROM chain.digest"
        )
    }
}
