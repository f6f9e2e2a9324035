use super::{RELATION, comment, not_of_extension, of_users};

/// Triggers that people made; those that a partition has from its parent are left out.
pub(super) fn triggers() -> String {
    format!(
        "SELECT 'Trigger' AS kind, t.oid AS object, n.nspname AS schema, c.relname AS owner_name, t.tgname AS name, \
           {RELATION} || ' ' || c.oid || ' 0' AS parent, pg_get_triggerdef(t.oid) AS \"Definition\", \
           CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END \
             AS \"Enabled\", d.description AS \"Comment\"
         FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace {}
         WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND {} AND {} AND {}",
        comment("pg_trigger", "t.oid"),
        of_users("n"),
        not_of_extension("pg_class", "c.oid"),
        not_of_extension("pg_trigger", "t.oid"),
    )
}
