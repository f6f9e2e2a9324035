use super::{RELATION, comment, not_of_extension, of_users};

/// Indexes that belong to no constraint. Those of partitions name the index that they are attached to.
pub(super) fn indexes() -> String {
    format!(
        "SELECT 'Index' AS kind, x.oid AS object, n.nspname AS schema, x.relname AS name, \
           {RELATION} || ' ' || c.oid || ' 0' AS parent, pg_get_indexdef(x.oid) AS \"Definition\", \
           CASE WHEN i.indisvalid AND i.indisready THEN NULL ELSE 'INVALID' END AS \"Valid\", \
           CASE WHEN i.indexprs IS NOT NULL OR i.indpred IS NOT NULL THEN 'expressions' END AS \"Generated\", \
           CASE WHEN x.relispartition THEN (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent \
            JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = x.oid) END AS \"Parents\", \
           quote_ident(s.spcname) AS \"Tablespace\", \
           CASE WHEN i.indexprs IS NOT NULL THEN (SELECT string_agg(format('ALTER COLUMN %s SET STATISTICS %s', a.attnum, a.attstattarget), ', ' ORDER BY a.attnum) \
            FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0) END AS \"Value\", \
           d.description AS \"Comment\"
         FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid \
         JOIN pg_namespace n ON n.oid = x.relnamespace LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace {comment}
         WHERE c.relpersistence <> 't' AND {users} AND {own} AND NOT EXISTS (SELECT FROM pg_depend k \
           WHERE k.classid = 'pg_class'::regclass AND k.objid = x.oid AND k.refclassid = 'pg_constraint'::regclass \
           AND k.deptype = 'i')",
        comment = comment("pg_class", "x.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_class", "c.oid"),
    )
}
