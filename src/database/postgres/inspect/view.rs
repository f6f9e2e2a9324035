use super::{RELATION, comment, grant::grants, not_of_extension, of_users};

pub(super) fn views() -> String {
    format!(
        "SELECT {RELATION} AS kind, c.oid AS object, n.nspname AS schema, c.relname AS name, \
           pg_get_viewdef(c.oid) AS \"Definition\", \
           (SELECT string_agg(format('%I %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation), \
              ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS \"Signature\", \
           (SELECT string_agg(split_part(o, '=', 1) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ' ORDER BY at) \
            FROM unnest(c.reloptions) WITH ORDINALITY r (o, at)) AS \"Options\", \
           CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'NO DATA' END AS \"Populated\", \
           CASE WHEN am.amname <> 'heap' THEN quote_ident(am.amname) END AS \"AccessMethod\", \
           quote_ident(s.spcname) AS \"Tablespace\", \
           (SELECT 'CLUSTER ON ' || quote_ident(x.relname) FROM pg_index r JOIN pg_class x ON x.oid = r.indexrelid \
              WHERE r.indrelid = c.oid AND r.indisclustered) AS \"Clustered\", \
           pg_get_userbyid(c.relowner) AS \"Owner\", {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am am ON am.oid = c.relam \
         LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace {comment}
         WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND {users} AND {own}",
        grants = grants("c.relacl", "r", "c.relowner"),
        comment = comment("pg_class", "c.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_class", "c.oid"),
    )
}

/// A view is a rule too, which is left out.
pub(super) fn rules() -> String {
    format!(
        "SELECT 'Rule' AS kind, r.oid AS object, n.nspname AS schema, c.relname AS owner_name, r.rulename AS name, \
           {RELATION} || ' ' || c.oid || ' 0' AS parent, pg_get_ruledef(r.oid) AS \"Definition\", \
           CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END \
             AS \"Enabled\", d.description AS \"Comment\"
         FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace {}
         WHERE r.rulename <> '_RETURN' AND {} AND {}",
        comment("pg_rewrite", "r.oid"),
        of_users("n"),
        not_of_extension("pg_class", "c.oid"),
    )
}
