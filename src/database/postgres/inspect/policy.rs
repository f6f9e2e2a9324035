use super::{comment, not_of_extension, of_users};

/// `Definition` is what follows `CREATE POLICY name ON table`.
pub(super) fn policies() -> String {
    format!(
        "SELECT 'Policy' AS kind, p.oid AS object, n.nspname AS schema, c.relname AS owner_name, p.polname AS name, \
           'Table ' || c.oid || ' 0' AS parent, \
           concat_ws(E'\\n    ', CASE WHEN p.polpermissive THEN NULL ELSE 'AS RESTRICTIVE' END, \
             'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' \
               ELSE 'ALL' END, \
             'TO ' || (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' \
               ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r), \
             'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', \
             'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS \"Definition\", \
           d.description AS \"Comment\"
         FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace {}
         WHERE {} AND {}",
        comment("pg_policy", "p.oid"),
        of_users("n"),
        not_of_extension("pg_class", "c.oid"),
    )
}
