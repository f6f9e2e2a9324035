//! What the target has that is to be off while rows come.

use tokio_postgres::SimpleQueryRow;

use super::{Apart, MESSAGE};
use crate::error::Result;
use crate::history::ApartKind;
use crate::sql::Literal;
use crate::transfer::MovePlan;
use crate::transfer::session::TargetSession;

/// All of it, in the order in which it comes back.
pub(super) async fn find(session: &TargetSession, plan: &MovePlan) -> Result<Vec<Apart>> {
    let tables = with_partitions(&plan.target_names());
    let mut found = Vec::new();
    for (what, sql) in [
        (ApartKind::Index, indexes(&tables)),
        (ApartKind::ForeignKey, foreign_keys(&tables)),
        (ApartKind::Trigger, triggers(&tables)),
        (ApartKind::RowSecurity, row_security(&tables)),
    ] {
        let rows = session.rows(&sql, MESSAGE).await?;
        found.extend(rows.iter().filter_map(|row| apart(what, row)));
    }
    Ok(found)
}

fn apart(what: ApartKind, row: &SimpleQueryRow) -> Option<Apart> {
    let text = |at: usize| row.get(at).map(str::to_owned);
    // Of foreign keys alone.
    let of_key = |at: usize| row.try_get(at).ok().flatten().map(str::to_owned);
    let soon = of_key(5).zip(of_key(6));
    Some(Apart { table: text(0)?, what, name: text(1)?, off: text(2)?, back: text(3)?, soon, key_shape: of_key(4) })
}

/// `WITH`: the tables of these names as `moved`, by their identities, with the partitions below them.
pub(in crate::transfer) fn with_partitions<N: AsRef<str>>(names: &[N]) -> String {
    format!(
        "WITH RECURSIVE moved (id) AS (SELECT unnest({})::oid UNION \
         SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN moved m ON i.inhparent = m.id)",
        identities(names)
    )
}

/// Tables by their names in SQL, as an array of their identities.
pub(in crate::transfer) fn identities<N: AsRef<str>>(names: &[N]) -> String {
    let names: Vec<String> = names.iter().map(|name| Literal(Some(name.as_ref())).to_string()).collect();
    format!("ARRAY[{}]::regclass[]", names.join(", "))
}

/// Indexes that serve reading alone. One that a constraint, a replica identity or CLUSTER needs stays, and so does a unique one: it refuses
/// a row where it stands. Those of partitioned tables hang together, and stay as well.
fn indexes(tables: &str) -> String {
    format!(
        "{tables} SELECT i.indrelid::regclass, c.relname, format('DROP INDEX %I.%I', n.nspname, c.relname), \
         pg_catalog.pg_get_indexdef(c.oid) || coalesce(format('; COMMENT ON INDEX %I.%I IS %L', n.nspname, c.relname, \
         pg_catalog.obj_description(c.oid, 'pg_class')), '') \
         FROM pg_catalog.pg_index i JOIN moved m ON i.indrelid = m.id JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE NOT i.indisunique AND NOT i.indisprimary AND NOT i.indisexclusion AND NOT i.indisreplident AND NOT i.indisclustered \
         AND i.indisvalid AND i.indisready AND c.relkind = 'i' AND NOT c.relispartition \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid) \
         ORDER BY i.indrelid, c.oid"
    )
}

/// Whether a foreign key `k` can be made again without asking the rows that are there. One of a partitioned table cannot (PostgreSQL 17, ALTER TABLE).
const IS_DELAYED: &str = "k.convalidated AND c.relkind = 'r'";

/// The statement that makes the comment of a foreign key `k` again, behind another one.
macro_rules! key_comment {
    () => {
        "coalesce(format('; COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, k.conrelid::regclass, \
         pg_catalog.obj_description(k.oid, 'pg_constraint')), '')"
    };
}
const KEY_COMMENT: &str = key_comment!();

/// The statements that take a foreign key `k` off, and those that make it again.
pub(crate) const KEY_OFF_AND_BACK: &str = concat!(
    "format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname), \
     format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_catalog.pg_get_constraintdef(k.oid)) || ",
    key_comment!()
);

/// Those of partitions come with that of the whole. One that somebody has switched off stays as it is: it is not asked, and made again it would be.
/// Each with what it is, as [`KeyShape`](crate::transfer::KeyShape) reads it.
fn foreign_keys(tables: &str) -> String {
    format!(
        "{tables} SELECT k.conrelid::regclass, k.conname, {KEY_OFF_AND_BACK}, \
         json_build_object('name', k.conname, 'child', json_build_array(cn.nspname, c.relname), \
         'parent', json_build_array(pn.nspname, p.relname), 'own', n.own, 'other', n.other, 'is_full', k.confmatchtype = 'f'), \
         CASE WHEN {IS_DELAYED} THEN format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', k.conrelid::regclass, k.conname, pg_catalog.pg_get_constraintdef(k.oid)) \
         || {KEY_COMMENT} END, \
         CASE WHEN {IS_DELAYED} THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I', k.conrelid::regclass, k.conname) END \
         FROM pg_catalog.pg_constraint k JOIN moved m ON k.conrelid = m.id \
         JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace \
         JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace \
         CROSS JOIN LATERAL (SELECT json_agg(a.attname ORDER BY n.number) AS own, json_agg(b.attname ORDER BY n.number) AS other \
         FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS n (own, other, number) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.own \
         JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = n.other) n \
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conislocal \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O') ORDER BY k.conrelid, k.conname"
    )
}

/// The triggers `t` of the application that are on. PostgreSQL 14 calls those internal that a partition has of the whole; those of foreign keys and
/// unique constraints are the server's.
pub(in crate::transfer::copy) const SWITCHED_ON: &str = "t.tgenabled IN ('O', 'A') AND (NOT t.tgisinternal OR t.tgparentid <> 0) \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint o WHERE o.oid = t.tgconstraint AND o.contype <> 't')";

/// The statements that switch a trigger `t` off, and on as it was.
pub(in crate::transfer::copy) const TRIGGER_OFF_AND_BACK: &str = "\
     format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname), \
     format('ALTER TABLE ONLY %s ENABLE %sTRIGGER %I', t.tgrelid::regclass, CASE t.tgenabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.tgname)";

/// Those that fire for rows that come; each by its own table, also where a partition has it of the whole.
fn triggers(tables: &str) -> String {
    format!(
        "{tables} SELECT t.tgrelid::regclass, t.tgname, {TRIGGER_OFF_AND_BACK} FROM pg_catalog.pg_trigger t JOIN moved m ON t.tgrelid = m.id \
         WHERE {SWITCHED_ON} ORDER BY t.tgrelid, t.tgname"
    )
}

/// Whether the policies of a table `c` hold for its owner too.
pub(in crate::transfer::copy) const FORCED: &str = "c.relrowsecurity AND c.relforcerowsecurity";

/// The statements that lift that, and those that bring it back.
pub(in crate::transfer::copy) const FORCE_OFF_AND_BACK: &str = "format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', c.oid::regclass), \
     format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', c.oid::regclass)";

/// COPY does not write to a table whose policies hold for who writes.
fn row_security(tables: &str) -> String {
    format!(
        "{tables} SELECT c.oid::regclass, c.relname, {FORCE_OFF_AND_BACK} \
         FROM pg_catalog.pg_class c JOIN moved m ON c.oid = m.id WHERE {FORCED} ORDER BY c.oid"
    )
}
