use super::{RELATION, comment, grant::grants, not_of_extension, of_users};

pub(super) fn tables() -> String {
    format!(
        "SELECT {RELATION} AS kind, c.oid AS object, n.nspname AS schema, c.relname AS name, \
           CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END AS \"Persistence\", \
           CASE WHEN am.amname <> 'heap' THEN quote_ident(am.amname) END AS \"AccessMethod\", \
           quote_ident(s.spcname) AS \"Tablespace\", \
           {options} AS \"Options\", \
           CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS \"PartitionKey\", \
           pg_get_expr(c.relpartbound, c.oid) AS \"PartitionBound\", \
           (SELECT string_agg(format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno) \
            FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace \
            WHERE i.inhrelid = c.oid) AS \"Parents\", \
           CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS \"Type\", \
           nullif(concat_ws(', ', CASE WHEN c.relrowsecurity THEN 'ENABLE' END, \
             CASE WHEN c.relforcerowsecurity THEN 'FORCE' END), '') AS \"RowSecurity\", \
           CASE c.relreplident WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL' WHEN 'i' THEN \
             (SELECT 'USING INDEX ' || quote_ident(x.relname) FROM pg_index r JOIN pg_class x ON x.oid = r.indexrelid \
              WHERE r.indrelid = c.oid AND r.indisreplident) END AS \"ReplicaIdentity\", \
           (SELECT 'CLUSTER ON ' || quote_ident(x.relname) FROM pg_index r JOIN pg_class x ON x.oid = r.indexrelid \
              WHERE r.indrelid = c.oid AND r.indisclustered) AS \"Clustered\", \
           (SELECT format('SERVER %I%s', fs.srvname, ' OPTIONS (' || (SELECT string_agg(format('%I %L', split_part(o, '=', 1), \
               substr(o, strpos(o, '=') + 1)), ', ') FROM unnest(f.ftoptions) o) || ')') \
            FROM pg_foreign_table f JOIN pg_foreign_server fs ON fs.oid = f.ftserver WHERE f.ftrelid = c.oid) AS \"Definition\", \
           {triggers} AS \"Enabled\", \
           pg_get_userbyid(c.relowner) AS \"Owner\", {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am am ON am.oid = c.relam \
         LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid {comment}
         WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND {users} AND {own}",
        options = options(),
        triggers = triggers_of_parent(),
        grants = grants("c.relacl", "r", "c.relowner"),
        comment = comment("pg_class", "c.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_class", "c.oid"),
    )
}

/// Storage parameters of the table and of its TOAST table, as `SET (...)` takes them. The server keeps the order in which they were
/// set, and `pg_dump` writes them in it.
fn options() -> &'static str {
    "nullif(concat_ws(', ', \
       (SELECT string_agg(split_part(o, '=', 1) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ' ORDER BY at) \
        FROM unnest(c.reloptions) WITH ORDINALITY r (o, at)), \
       (SELECT string_agg('toast.' || split_part(o, '=', 1) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ' \
        ORDER BY at) FROM unnest(toast.reloptions) WITH ORDINALITY r (o, at))), '')"
}

/// What a partition does with the triggers that it has from its parent: a line for each, as ALTER TABLE takes it. Before PostgreSQL 15
/// they count as internal, as those of constraints do in all releases.
fn triggers_of_parent() -> &'static str {
    "(SELECT string_agg(format('%s TRIGGER %I', CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' \
        WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, g.tgname), E'\\n' ORDER BY g.tgname) \
      FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgparentid <> 0 \
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = g.tgconstraint AND k.contype <> 't'))"
}
