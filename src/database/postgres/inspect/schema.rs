use super::{comment, grant::grants, of_users};

pub(super) fn schemas() -> String {
    format!(
        "SELECT 'Schema' AS kind, n.oid AS object, n.nspname AS name, pg_get_userbyid(n.nspowner) AS \"Owner\", \
           {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_namespace n {comment} WHERE {users} AND {own}",
        grants = grants("n.nspacl", "n", "n.nspowner"),
        comment = comment("pg_namespace", "n.oid"),
        users = of_users("n"),
        own = super::not_of_extension("pg_namespace", "n.oid"),
    )
}

/// PL/pgSQL is in every database from the start, and is an extension like others.
pub(super) fn extensions() -> String {
    format!(
        "SELECT 'Extension' AS kind, e.oid AS object, e.extname AS name, e.extversion AS \"Version\", \
           quote_ident(n.nspname) AS \"Options\", d.description AS \"Comment\"
         FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace {}",
        comment("pg_extension", "e.oid"),
    )
}
