//! A digest of the rows that a catalog is made of: whether anything may be another than it was, at a fraction of the cost of what the rows say.
//!
//! The server sums up a hash of each row, catalog by catalog: no definition is printed, no two catalogs are joined but for names, and one query is
//! planned. Left out is what changes while nothing does that a schema shows: counts of pages and rows, what VACUUM, ANALYZE, TRUNCATE and REINDEX
//! write, what is temporary, what was dropped, and the history's own tables.
//!
//! Equal digests of one database, equal catalogs. Of unequal ones nothing is known: what was dropped and made again has other rows, and
//! a restored database has other ones altogether. The inspection tells then.

use sha2::{Digest, Sha256};
use tokio_postgres::SimpleQueryRow;

use super::versions::WHOLE_CATALOGS;
use super::{aside, read};
use crate::catalog::{CatalogMoment, SeenCatalog, Skimmed, Stamp};
use crate::database::postgres::PostgresDatabase;
use crate::error::Result;
use crate::hex::Hex;
use crate::sql::Literal;

/// How rows are summed up here. It goes up where the same rows come to have another digest.
const SUMMED: u32 = 1;

/// A part of the digest: rows `t` of a catalog, and what is hashed of them.
struct DigestPart {
    from: &'static str,
    hashed: &'static str,
    condition: &'static str,
    /// The transaction that wrote the row, where that can be asked for.
    written_by: Option<&'static str>,
}

/// All columns, as text.
const WHOLE: &str = "hashtextextended(t::text, 0)";
/// All but the first, which is the oid: what has a name is told by that, so that it may be dropped and made again.
const BUT_OID: &str = "hashtextextended(substr(t::text, strpos(t::text, ',')), 0)";

const fn whole(from: &'static str, condition: &'static str) -> DigestPart {
    DigestPart { from, hashed: WHOLE, condition, written_by: Some("t.xmin") }
}

const fn but_oid(from: &'static str, condition: &'static str) -> DigestPart {
    DigestPart { hashed: BUT_OID, ..whole(from, condition) }
}

/// What people make has an oid of 16384 or more; `x` has the relations that do not count.
const PARTS: [DigestPart; 24] = [
    DigestPart {
        hashed: "hash_record_extended(ROW(CASE WHEN t.relkind IN ('i', 'I') THEN 0::oid ELSE t.oid END, t.relname, t.relnamespace, t.relowner, t.reloftype, \
            t.relam, t.reltablespace, t.relpersistence, t.relkind, t.relrowsecurity, t.relforcerowsecurity, t.relispopulated, t.relreplident, \
            t.relispartition, t.relacl, t.reloptions, t.relpartbound::text), 0)",
        ..whole("pg_class t", "t.oid >= 16384 AND t.oid NOT IN (SELECT oid FROM x)")
    },
    DigestPart {
        hashed: "hash_record_extended(ROW(c.relnamespace, c.relname, t.attnum, t.attname, t.atttypid, t.atttypmod, t.attndims, \
            t.attstattarget, t.attstorage, t.attcompression, t.attnotnull, t.attidentity, t.attgenerated, t.attislocal, t.attinhcount, \
            t.attcollation, t.attacl, t.attoptions, t.attfdwoptions), 0)",
        ..whole(
            "pg_attribute t JOIN pg_class c ON c.oid = t.attrelid",
            "t.attrelid >= 16384 AND t.attnum > 0 AND NOT t.attisdropped AND t.attrelid NOT IN (SELECT oid FROM x)",
        )
    },
    DigestPart {
        hashed: "hashtextextended(concat(c.relname, ' ', substr(t::text, strpos(t::text, ','))), 0)",
        ..whole(
            "pg_index t JOIN pg_class c ON c.oid = t.indexrelid",
            "t.indrelid >= 16384 AND t.indrelid NOT IN (SELECT oid FROM x)",
        )
    },
    // What a table says of its long values.
    DigestPart {
        hashed: "hash_record_extended(ROW(t.oid, l.reloptions), 0)",
        written_by: Some("l.xmin"),
        ..whole(
            "pg_class t JOIN pg_class l ON l.oid = t.reltoastrelid",
            "l.reloptions IS NOT NULL AND t.oid >= 16384 AND t.oid NOT IN (SELECT oid FROM x)",
        )
    },
    but_oid("pg_attrdef t", "t.adrelid NOT IN (SELECT oid FROM x)"),
    // The index of a key may be another that is the same.
    DigestPart {
        hashed: "hashtextextended(CASE t.conindid WHEN 0 THEN substr(t::text, strpos(t::text, ',')) \
            ELSE replace(substr(t::text, strpos(t::text, ',')), concat(',', t.conindid, ','), ',,') END, 0)",
        ..whole("pg_constraint t", "t.oid >= 16384 AND t.conrelid NOT IN (SELECT oid FROM x)")
    },
    but_oid("pg_trigger t", "NOT t.tgisinternal AND t.tgrelid NOT IN (SELECT oid FROM x)"),
    but_oid("pg_policy t", "t.polrelid NOT IN (SELECT oid FROM x)"),
    but_oid("pg_statistic_ext t", "t.stxrelid NOT IN (SELECT oid FROM x)"),
    but_oid("pg_rewrite t", "t.oid >= 16384 AND t.ev_class NOT IN (SELECT oid FROM x)"),
    whole("pg_sequence t", "t.seqrelid NOT IN (SELECT oid FROM x)"),
    whole("pg_inherits t", "t.inhrelid NOT IN (SELECT oid FROM x)"),
    whole(
        "pg_type t",
        "t.oid >= 16384 AND t.typrelid NOT IN (SELECT oid FROM x) AND NOT (t.typelem <> 0 AND t.typcategory = 'A')",
    ),
    // What an extension has, what a column owns; of a publication the schemas.
    whole(
        "pg_depend t",
        "t.deptype IN ('e', 'x') AND t.objid >= 16384 OR t.classid = to_regclass('pg_catalog.pg_publication_namespace') \
         OR t.deptype IN ('a', 'i') AND t.classid = 'pg_class'::regclass AND t.refclassid = 'pg_class'::regclass AND t.refobjsubid > 0 \
           AND t.objid IN (SELECT seqrelid FROM pg_sequence) AND t.objid NOT IN (SELECT oid FROM x)",
    ),
    whole("pg_description t", "t.objoid >= 16384 AND t.objoid NOT IN (SELECT oid FROM x)"),
    whole("pg_namespace t", "t.oid >= 16384 AND t.nspname !~ '^pg_(toast_)?temp_'"),
    whole("pg_enum t", "true"),
    whole("pg_range t", "t.rngtypid >= 16384"),
    whole("pg_foreign_table t", "true"),
    whole("pg_partitioned_table t", "true"),
    whole("pg_ts_config_map t", "t.mapcfg >= 16384"),
    whole("pg_seclabel t", "true"),
    // What not everybody may read is told by a view.
    DigestPart { written_by: None, ..whole("pg_user_mappings t", "true") },
    // Owners, and who has rights, by name.
    DigestPart {
        from: "pg_roles t",
        hashed: "hashtextextended(t.rolname, t.oid::bigint)",
        condition: "t.oid IN (SELECT d.refobjid FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass \
             AND d.dbid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()) \
             AND NOT (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT oid FROM x)))",
        written_by: None,
    },
];

/// Of what every database has from the start: the schema `public` with its comment, and PL/pgSQL.
const GIVEN: [DigestPart; 3] = [
    whole("pg_extension t", "t.oid < 16384"),
    whole("pg_namespace t", "t.oid < 16384 AND t.nspname = 'public'"),
    whole("pg_description t", "t.classoid = 'pg_namespace'::regclass AND t.objoid = 2200"),
];

/// Notes the tables that do not count, before the search path is set aside.
fn own(tables: &[String]) -> String {
    let oids: Vec<String> = tables.iter().map(|table| format!("to_regclass({})::oid", Literal(Some(table)))).collect();
    format!("SELECT set_config('schemactl.own', (ARRAY[{}]::oid[])::text, true) AS own", oids.join(", "))
}

/// Relations that do not count: what is temporary, what holds long values, and the history's tables with what belongs to them.
const LEFT_OUT: &str = "x AS MATERIALIZED (SELECT c.oid FROM pg_class c \
       WHERE c.relpersistence = 't' OR c.relnamespace = 'pg_toast'::regnamespace OR c.oid IN (SELECT oid FROM own) \
     UNION ALL SELECT i.indexrelid FROM pg_index i WHERE i.indrelid IN (SELECT oid FROM own) \
     UNION ALL SELECT d.objid FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass \
       AND d.refobjid IN (SELECT oid FROM own) AND d.deptype IN ('a', 'i'))";

/// Tables that do not count: the history's, and those with such names.
fn not_counted(ignored: &[&str]) -> Option<String> {
    let like = |name: &&str| {
        let is_read_as_here = name.is_ascii() && !name.contains(['\\', '%']);
        let whole = if name.contains('.') { "n.nspname || '.' || c.relname" } else { "c.relname::text" };
        let name = name.replace('_', "\\_").replace('*', "%").replace('?', "_");
        is_read_as_here.then(|| format!("lower({whole}) LIKE {}", Literal(Some(&name))))
    };
    let likes = ignored.iter().map(like).collect::<Option<Vec<String>>>()?;
    let named = if likes.is_empty() {
        String::new()
    } else {
        format!(
            " UNION SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'f') AND ({})",
            likes.join(" OR ")
        )
    };
    Some(format!(
        "own AS MATERIALIZED (SELECT o.oid FROM unnest(current_setting('schemactl.own')::oid[]) o (oid) \
         WHERE o.oid IS NOT NULL{named})"
    ))
}

/// When another reading was: rows whose transaction began later, or was at work then, are new; those of the run's steps are told by the log, which
/// each step writes in its transaction.
fn since(moment: &CatalogMoment, log: &str) -> String {
    format!(
        ", m AS MATERIALIZED (SELECT age(pg_snapshot_xmax(s)::xid) AS at, ARRAY(SELECT pg_snapshot_xip(s)::xid) AS running, \
           ARRAY(SELECT l.by FROM (SELECT l.xmin AS by FROM {log} l ORDER BY l.id DESC LIMIT 1000) l) AS ours \
         FROM (SELECT {}::pg_snapshot AS s) s)",
        Literal(Some(&moment.0))
    )
}

const NEW: &str = "(age({by}) <= (SELECT at FROM m) OR {by} = ANY ((SELECT running FROM m)::xid[])) AND {by} <> ALL ((SELECT ours FROM m)::xid[])";

/// One line: what words the digest, its parts, whether there is nothing that people made, and whether others have written any of it.
///
/// Who has event triggers has code run with each step, whose rows may be those of transactions within it.
fn query(not_counted: &str, since: Option<&str>) -> String {
    let others = WHOLE_CATALOGS.map(|name| whole(name, "t.oid >= 16384"));
    let of = |(at, DigestPart { from, hashed, condition, written_by }): (usize, &DigestPart)| {
        let new = written_by.filter(|_| since.is_some()).map_or("false".to_owned(), |by| NEW.replace("{by}", by));
        let from = if from.contains(' ') { (*from).to_owned() } else { format!("{from} t") };
        format!(
            "SELECT {at} AS at, count(*) AS n, sum({hashed}) AS s, bool_or({new}) AS new FROM {from} WHERE {condition}"
        )
    };
    let made: Vec<String> = PARTS.iter().chain(&others).enumerate().map(of).collect();
    let given = GIVEN
        .iter()
        .enumerate()
        .map(|(at, part)| (made.len() + at, part))
        .map(of)
        .collect::<Vec<_>>()
        .join(" UNION ALL ");
    let since = since.unwrap_or_default();
    format!(
        "WITH {not_counted}, {LEFT_OUT}{since}, made AS MATERIALIZED ({}), given AS MATERIALIZED ({given}), \
           parts AS (SELECT * FROM made UNION ALL SELECT * FROM given) \
         SELECT 'Rows' AS kind, \
           concat_ws('.', 'pg' || current_setting('server_version_num')::int / 10000, 'rows{SUMMED}', \
             (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()), \
             coalesce((current_setting('schemactl.own')::oid[])[1], 0)) AS owner_name, \
           (SELECT string_agg(concat_ws(' ', n, s), ',' ORDER BY at) FROM parts) AS name, \
           ((SELECT sum(n) = 0 FROM made) AND EXISTS (SELECT FROM pg_namespace p \
             WHERE p.nspname = 'public' AND p.oid < 16384 AND p.nspacl::text IN (format('{{%1$s=UC/%1$s,=U/%1$s}}', p.nspowner::regrole), \
               format('{{%1$s=UC/%1$s,=UC/%1$s}}', p.nspowner::regrole))))::int AS object, \
           pg_current_snapshot() AS moment, \
           ((SELECT bool_or(new) FROM parts) AND NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtenabled <> 'D'))::int AS others",
        made.join(" UNION ALL "),
    )
}

impl PostgresDatabase<'_> {
    /// Reads the digest. Where something else than tables is left out by names, the inspection alone can tell.
    pub(in crate::database::postgres) async fn skim_rows(
        &mut self,
        since: Option<&CatalogMoment>,
    ) -> Result<Option<Skimmed>> {
        let ignored = self.options.ignore.of_tables_alone();
        let Some(not_counted) = ignored.and_then(|names| not_counted(&names)) else { return Ok(None) };
        let since = since.map(|moment| self::since(moment, &self.tables.log()));
        let message = aside([own(&self.tables.own())], [query(&not_counted, since.as_deref())]);
        Ok(skimmed(&self.ask_at_most(&message).await?))
    }
}

fn skimmed(rows: &[SimpleQueryRow]) -> Option<Skimmed> {
    let row = rows.iter().find(|row| read::field(row, "kind") == Some("Rows"))?;
    let digest: [u8; 32] = Sha256::digest(read::field(row, "name")?).into();
    let stamp = Stamp::parse(&format!("{}:sha256:{}", read::field(row, "owner_name")?, Hex(&digest)));
    Some(Skimmed {
        seen: SeenCatalog { stamp, is_fresh: read::field(row, "object") == Some("1") },
        moment: CatalogMoment(read::field(row, "moment")?.to_owned()),
        by_others: read::field(row, "others") == Some("1"),
    })
}

#[cfg(test)]
mod tests;
