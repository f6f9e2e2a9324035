use super::{comment, grant::grants, not_of_extension, of_users};

/// A sequence that a column owns has that column as its parent; one of an identity column says so in `Identity`.
pub(super) fn sequences() -> String {
    format!(
        "SELECT 'Sequence' AS kind, c.oid AS object, n.nspname AS schema, c.relname AS name, \
           'Column ' || o.refobjid || ' ' || o.refobjsubid AS parent, \
           format('AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %s', format_type(s.seqtypid, NULL), \
             s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, \
             CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) AS \"Definition\", \
           CASE WHEN o.deptype = 'a' THEN format('%I.%I.%I', tn.nspname, t.relname, a.attname) END AS \"OwnedBy\", \
           CASE WHEN o.deptype = 'i' THEN format('%I.%I.%I', tn.nspname, t.relname, a.attname) END AS \"Identity\", \
           CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END AS \"Persistence\", \
           CASE WHEN o.refobjid IS NULL THEN pg_get_userbyid(c.relowner) END AS \"Owner\", {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0 \
           AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i') \
         LEFT JOIN pg_class t ON t.oid = o.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace \
         LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid {comment}
         WHERE {users} AND {own}",
        grants = grants("c.relacl", "s", "c.relowner"),
        comment = comment("pg_class", "c.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_class", "c.oid"),
    )
}
