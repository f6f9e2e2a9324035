use super::{comment, grant::grants, not_of_extension, of_users};

pub(super) fn types() -> String {
    format!(
        "SELECT 'EnumType' AS kind, t.oid AS object, n.nspname AS schema, t.typname AS name, \
           (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) FROM pg_enum l \
            WHERE l.enumtypid = t.oid) AS \"Labels\", \
           pg_get_userbyid(t.typowner) AS \"Owner\", {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace {comment}
         WHERE t.typtype = 'e' AND {users} AND {own}",
        grants = grants("t.typacl", "T", "t.typowner"),
        comment = comment("pg_type", "t.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_type", "t.oid"),
    )
}

/// Labels have oids of their own, which tell a renamed value from one that was added.
pub(super) fn labels() -> String {
    format!(
        "SELECT 'EnumLabel' AS kind, l.oid AS object, n.nspname AS schema, t.typname AS owner_name, l.enumlabel AS name, \
           'EnumType ' || t.oid || ' 0' AS parent
         FROM pg_enum l JOIN pg_type t ON t.oid = l.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
         WHERE {} AND {}",
        of_users("n"),
        not_of_extension("pg_type", "t.oid"),
    )
}
