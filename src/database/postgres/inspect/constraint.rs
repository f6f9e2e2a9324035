use super::{RELATION, comment, not_of_extension, of_users};

/// Constraints of tables and domains. Left out is what follows from the parent of a table: a foreign key of a partition, a check
/// that is only inherited. Partitions keep their checks and keys: as tables of their own they are created with them.
pub(super) fn constraints() -> String {
    format!(
        "SELECT 'Constraint' AS kind, o.oid AS object, n.nspname AS schema, coalesce(c.relname, t.typname) AS owner_name, \
           o.conname AS name, \
           CASE WHEN c.oid IS NULL THEN 'Domain ' || t.oid || ' 0' ELSE {RELATION} || ' ' || c.oid || ' 0' END AS parent, \
           pg_get_constraintdef(o.oid) AS \"Definition\", \
           CASE WHEN o.conparentid <> 0 THEN (SELECT format('%I.%I', pn.nspname, pi.relname) FROM pg_constraint p \
             JOIN pg_class pi ON pi.oid = p.conindid JOIN pg_namespace pn ON pn.oid = pi.relnamespace \
             WHERE p.oid = o.conparentid) WHEN o.coninhcount > 0 AND NOT o.conislocal THEN 'inherited' END AS \"Parents\", \
           CASE WHEN o.convalidated THEN NULL ELSE 'NOT VALID' END AS \"Valid\", \
           CASE WHEN i.indisvalid OR i.indisvalid IS NULL THEN NULL ELSE 'INVALID' END AS \"Populated\", \
           (SELECT string_agg(split_part(w, '=', 1) || '=' || quote_literal(substr(w, strpos(w, '=') + 1)), ', ' ORDER BY at) \
            FROM unnest(x.reloptions) WITH ORDINALITY r (w, at)) AS \"Options\", quote_ident(s.spcname) AS \"Tablespace\", \
           xd.description AS \"IndexComment\", d.description AS \"Comment\"
         FROM pg_constraint o LEFT JOIN pg_class c ON c.oid = o.conrelid LEFT JOIN pg_type t ON t.oid = o.contypid \
         LEFT JOIN pg_index i ON i.indexrelid = o.conindid AND o.contype IN ('p', 'u', 'x') \
         LEFT JOIN pg_class x ON x.oid = i.indexrelid LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace \
         LEFT JOIN pg_description xd ON xd.objoid = x.oid AND xd.classoid = 'pg_class'::regclass AND xd.objsubid = 0 \
         JOIN pg_namespace n ON n.oid = o.connamespace {comment}
         WHERE o.contype IN ('c', 'p', 'u', 'f', 'x') AND {users} \
           AND NOT (o.contype = 'f' AND o.conparentid <> 0) AND (o.conislocal OR o.contype <> 'c' OR c.relispartition) \
           AND c.relpersistence IS DISTINCT FROM 't' \
           AND {own} AND {own_type} AND {itself}",
        comment = comment("pg_constraint", "o.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_class", "c.oid"),
        own_type = not_of_extension("pg_type", "t.oid"),
        itself = not_of_extension("pg_constraint", "o.oid"),
    )
}
