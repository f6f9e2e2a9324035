//! Whether all changes of a target are noted: what notes them is as it was made, on each table and on each of its partitions.

use super::lost;
use crate::error::{Code, Error, Result};
use crate::sql::Literal;
use crate::transfer::copy::{identities, with_partitions};
use crate::transfer::session::TargetSession;

/// With what the names of the triggers begin.
pub(super) const TRIGGER: &str = "schemactl_move_return";

pub(super) const MESSAGE: &str = "the changes of the target cannot be noted for the way back";

/// What notes the changes of a target, as it was when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaptureSeal {
    /// Of the triggers, their functions and the partitions.
    digest: String,
    /// The partitions that were there, by their numbers.
    partitions: String,
}

impl CaptureSeal {
    /// Reads it of tables that have been captured, in the transaction that does that.
    pub(super) async fn read<N: AsRef<str>>(session: &TargetSession, tables: &[N]) -> Result<Self> {
        let sql = format!(
            "{} SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM moved WHERE NOT id = ANY ({})",
            with_partitions(tables),
            identities(tables)
        );
        let partitions = text(session, &sql).await?;
        let digest = digest(session, tables, &partitions).await?;
        Ok(Self { digest, partitions })
    }

    /// As the journal has it.
    pub(crate) fn parse(text: &str) -> Self {
        let (digest, partitions) = text.split_once(' ').unwrap_or((text, ""));
        Self { digest: digest.to_owned(), partitions: partitions.to_owned() }
    }

    /// As the journal has it.
    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.digest, self.partitions)
    }

    /// Refuses tables of which something notes the changes no more, or not since it was made: other triggers, also those that were made again or switched off for a
    /// while, have another digest.
    pub(super) async fn assert_whole<N: AsRef<str>>(&self, session: &TargetSession, tables: &[N]) -> Result<()> {
        if digest(session, tables, &self.partitions).await? != self.digest {
            return Err(lost(
                "a trigger that notes changes was switched off, taken away or made again, or a partition was taken away",
            ));
        }
        let unnoted = text(session, &unnoted(tables, &self.partitions)).await?;
        if unnoted.is_empty() {
            return Ok(());
        }
        Err(lost(&format!(
            "of partitions that are new not all changes are noted, since they were attached after they were made, or a trigger on them was switched off: {unnoted}"
        )))
    }
}

/// The tables and these of their partitions, as an array of identities.
fn sealed<N: AsRef<str>>(tables: &[N], partitions: &str) -> String {
    format!("({} || {}::oid[])", identities(tables), Literal(Some(&format!("{{{partitions}}}"))))
}

/// Catalog rows have the transaction that wrote them last: also one that was changed and changed back is another one.
async fn digest<N: AsRef<str>>(session: &TargetSession, tables: &[N], partitions: &str) -> Result<String> {
    let sql = format!(
        "{}, known (id) AS (SELECT id FROM moved WHERE id = ANY {}) \
         SELECT md5(coalesce(string_agg(line, ',' ORDER BY line), '')) FROM (\
         SELECT format('%s %s %s %s %s %s', t.tgrelid, t.oid, t.xmin, t.tgenabled, p.oid, p.xmin) AS line \
         FROM known k JOIN pg_catalog.pg_trigger t ON t.tgrelid = k.id JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid WHERE starts_with(t.tgname, {}) \
         UNION ALL SELECT format('%s %s %s', i.inhparent, i.inhrelid, i.xmin) FROM known k JOIN pg_catalog.pg_inherits i ON i.inhrelid = k.id) AS lines",
        with_partitions(tables),
        sealed(tables, partitions),
        Literal(Some(TRIGGER))
    );
    text(session, &sql).await
}

/// The partitions that came since, and may have changes that nobody noted. One that was made as a partition begins empty, with the triggers of its table: the row
/// that says whose partition it is is of the same transaction as its first ones, and a trigger is of that of its dependency, which nothing changes.
fn unnoted<N: AsRef<str>>(tables: &[N], partitions: &str) -> String {
    format!(
        "{} SELECT coalesce(string_agg(m.id::regclass::text, ', ' ORDER BY m.id), '') FROM moved m JOIN pg_catalog.pg_inherits i ON i.inhrelid = m.id \
         WHERE NOT m.id = ANY {} AND (i.xmin::text <> (SELECT a.xmin::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = m.id AND a.attname = 'tableoid') \
         OR 3 <> (SELECT count(*) FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_depend d ON d.classid = t.tableoid AND d.objid = t.oid AND d.refclassid = t.tableoid \
         WHERE t.tgrelid = m.id AND starts_with(t.tgname, {}) AND t.tgenabled IN ('A', 'O') AND t.xmin::text = d.xmin::text))",
        with_partitions(tables),
        sealed(tables, partitions),
        Literal(Some(TRIGGER))
    )
}

async fn text(session: &TargetSession, sql: &str) -> Result<String> {
    let rows = session.rows(sql, MESSAGE).await?;
    let text = rows.first().and_then(|row| row.get(0)).map(str::to_owned);
    text.ok_or_else(|| Error::new(Code::Query, MESSAGE).with_cause("the server has no answer"))
}
