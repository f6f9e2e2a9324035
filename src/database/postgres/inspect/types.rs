use super::{comment, grant::grants, not_of_extension, of_users};

/// The attributes are read with the columns of tables. The identity is that of the relation behind the type, as theirs is.
pub(super) fn composites() -> String {
    format!(
        "SELECT 'CompositeType' AS kind, c.oid AS object, n.nspname AS schema, t.typname AS name, \
           pg_get_userbyid(t.typowner) AS \"Owner\", {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c' \
         JOIN pg_namespace n ON n.oid = t.typnamespace {comment} WHERE {users} AND {own}",
        grants = grants("t.typacl", "T", "t.typowner"),
        comment = comment("pg_type", "t.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_type", "t.oid"),
    )
}

pub(super) fn ranges() -> String {
    format!(
        "SELECT 'RangeType' AS kind, t.oid AS object, n.nspname AS schema, t.typname AS name, \
           concat_ws(E',\\n    ', 'subtype = ' || format_type(r.rngsubtype, NULL), \
             CASE WHEN NOT o.opcdefault THEN format('subtype_opclass = %I.%I', s.nspname, o.opcname) END, \
             CASE WHEN r.rngcollation <> 0 AND r.rngcollation <> u.typcollation \
               THEN 'collation = ' || r.rngcollation::regcollation END, \
             CASE WHEN r.rngcanonical <> 0 THEN 'canonical = ' || r.rngcanonical::regproc END, \
             CASE WHEN r.rngsubdiff <> 0 THEN 'subtype_diff = ' || r.rngsubdiff::regproc END, \
             format('multirange_type_name = %I.%I', mn.nspname, m.typname)) AS \"Definition\", \
           pg_get_userbyid(t.typowner) AS \"Owner\", {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_type t JOIN pg_range r ON r.rngtypid = t.oid JOIN pg_type u ON u.oid = r.rngsubtype \
         JOIN pg_type m ON m.oid = r.rngmultitypid JOIN pg_namespace mn ON mn.oid = m.typnamespace \
         JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace s ON s.oid = o.opcnamespace \
         JOIN pg_namespace n ON n.oid = t.typnamespace {comment} WHERE {users} AND {own}",
        grants = grants("t.typacl", "T", "t.typowner"),
        comment = comment("pg_type", "t.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_type", "t.oid"),
    )
}

pub(super) fn domains() -> String {
    format!(
        "SELECT 'Domain' AS kind, t.oid AS object, n.nspname AS schema, t.typname AS name, \
           format_type(t.typbasetype, t.typtypmod) AS \"Type\", \
           CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END AS \"Collation\", \
           CASE WHEN t.typnotnull THEN 'NOT NULL' END AS \"NotNull\", \
           coalesce(pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), quote_literal(t.typdefault)) AS \"Default\", \
           pg_get_userbyid(t.typowner) AS \"Owner\", {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_type t JOIN pg_type b ON b.oid = t.typbasetype JOIN pg_namespace n ON n.oid = t.typnamespace {comment}
         WHERE t.typtype = 'd' AND {users} AND {own}",
        grants = grants("t.typacl", "T", "t.typowner"),
        comment = comment("pg_type", "t.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_type", "t.oid"),
    )
}
