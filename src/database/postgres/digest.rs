//! The running digest of the history: kept up to date with each write, so that the last row tells what all of them are.

use tokio_postgres::SimpleQueryRow;

use super::tables::Tables;
use crate::database::NewRecord;
use crate::history::State;
use crate::history::columns::DIGEST;
use crate::source::{DONE, Head};
use crate::sql::Literal;
use crate::version::Version;

/// Whether this is the row that stands for all where nothing is to be read.
pub(super) fn is_said(rows: &[SimpleQueryRow]) -> bool {
    matches!(rows, [only] if (0..only.len()).all(|column| only.get(column).is_none()))
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
        let nulls = vec!["NULL"; columns].join(", ");
        format!(
            "WITH head AS ({says}) {rows} WHERE (SELECT says FROM head) IS NOT TRUE \
             UNION ALL SELECT {nulls} FROM head WHERE says ORDER BY 1"
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
