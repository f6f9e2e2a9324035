use super::{RELATION, not_of_extension, of_users};

/// The place of a column among those that are there.
pub(super) const PLACE: &str = "row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum)";

/// Columns of tables and attributes of composite types; of views only what is not in their definition.
///
/// Since PostgreSQL 18 a NOT NULL is a constraint with a name, which may be inherited or not, and need not be valid for rows that are there.
pub(super) fn columns() -> String {
    format!(
        "SELECT 'Column' AS kind, a.attrelid AS object, a.attnum AS part, n.nspname AS schema, c.relname AS owner_name, \
           a.attname AS name, {RELATION} || ' ' || c.oid || ' 0' AS parent, \
           CASE WHEN c.relkind NOT IN ('v', 'm') THEN {PLACE} END \
             AS \"Position\", \
           CASE WHEN c.relkind NOT IN ('v', 'm') THEN format_type(a.atttypid, a.atttypmod) END AS \"Type\", \
           CASE WHEN c.relkind NOT IN ('v', 'm') AND a.attcollation <> t.typcollation \
             THEN a.attcollation::regcollation::text END AS \"Collation\", \
           CASE WHEN a.attnotnull THEN coalesce(CASE WHEN nn.conname <> c.relname || '_' || a.attname || '_not_null' \
             AND a.attinhcount = 0 THEN format('CONSTRAINT %I ', nn.conname) END, '') || 'NOT NULL' \
             || CASE WHEN nn.connoinherit AND c.relkind <> 'p' THEN ' NO INHERIT' ELSE '' END \
             || CASE WHEN nn.convalidated THEN '' WHEN nn.oid IS NULL THEN '' ELSE ' NOT VALID' END END AS \"NotNull\", \
           CASE WHEN a.attgenerated = '' THEN pg_get_expr(e.adbin, e.adrelid) END AS \"Default\", \
           CASE WHEN q.objid IS NOT NULL THEN CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END END \
             AS \"Identity\", \
           CASE a.attgenerated WHEN 's' THEN format('(%s) STORED', pg_get_expr(e.adbin, e.adrelid)) \
             WHEN 'v' THEN format('(%s) VIRTUAL', pg_get_expr(e.adbin, e.adrelid)) END AS \"Generated\", \
           CASE WHEN c.relkind IN ('r', 'p', 'f', 'm') AND a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' \
             WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS \"Storage\", \
           CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS \"Compression\", \
           CASE WHEN a.attoptions IS NOT NULL THEN (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(a.attoptions) o) END \
             AS \"Options\", \
           CASE WHEN a.attfdwoptions IS NOT NULL THEN (SELECT format('OPTIONS (%s)', string_agg(format('%I %L', split_part(o, '=', 1), \
               substr(o, strpos(o, '=') + 1)), ', ')) FROM unnest(a.attfdwoptions) o) END AS \"Definition\", \
           CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS \"Value\", \
           CASE WHEN a.attinhcount > 0 THEN CASE WHEN a.attislocal AND NOT c.relispartition THEN 'inherited and local' \
             ELSE 'inherited' END END AS \"Parents\", \
           CASE WHEN a.attacl IS NOT NULL THEN (SELECT string_agg(g.grant, E'\\n' ORDER BY g.grant) FROM (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' \
              ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ' ' || x.privilege_type \
              || CASE WHEN x.is_grantable THEN ' *' ELSE '' END AS grant FROM aclexplode(a.attacl) x) g) END AS \"Grants\", \
           d.description AS \"Comment\"
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum \
         LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum \
         LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum] \
         LEFT JOIN pg_depend q ON a.attidentity <> '' AND q.refclassid = 'pg_class'::regclass AND q.refobjid = a.attrelid \
           AND q.refobjsubid = a.attnum AND q.deptype = 'i' AND q.classid = 'pg_class'::regclass
         WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped \
           AND {users} AND {own}",
        users = of_users("n"),
        own = not_of_extension("pg_class", "c.oid"),
    )
}
