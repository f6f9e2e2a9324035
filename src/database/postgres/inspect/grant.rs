//! Access rights: one line for each role and privilege, `*` where it may be passed on, in order.

/// What is granted, the rights that an owner has from the start included.
pub(super) fn grants(acl: &str, object: &str, owner: &str) -> String {
    lines(&format!("coalesce({acl}, acldefault('{object}', {owner}))"))
}

fn lines(acl: &str) -> String {
    format!(
        "(SELECT string_agg(g.line, E'\\n' ORDER BY g.line COLLATE \"C\") FROM (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' \
           ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ' ' || x.privilege_type \
           || CASE WHEN bool_or(x.is_grantable) AND x.grantee <> 0 THEN ' *' ELSE '' END AS line \
           FROM aclexplode({acl}) x GROUP BY x.grantee, x.privilege_type) g)"
    )
}

/// The object stands for a role, perhaps a schema, and a kind of object; `Definition` is the clause that names them, `Value` what
/// would be granted without it.
pub(super) fn default_privileges() -> String {
    format!(
        "SELECT 'DefaultPrivilege' AS kind, a.oid AS object, n.nspname AS schema, pg_get_userbyid(a.defaclrole) AS owner_name, \
           k.word AS name, \
           format('FOR ROLE %I', pg_get_userbyid(a.defaclrole)) || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') \
             AS \"Definition\", \
           {} AS \"Grants\", CASE WHEN n.oid IS NULL THEN {} END AS \"Value\"
         FROM pg_default_acl a LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace \
         CROSS JOIN LATERAL (SELECT CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' \
           WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END, \
           CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END::\"char\") AS k (word, letter)",
        lines("a.defaclacl"),
        lines("acldefault(k.letter, a.defaclrole)"),
    )
}
