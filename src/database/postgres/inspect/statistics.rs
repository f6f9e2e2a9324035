use super::{RELATION, comment, not_of_extension, of_users};

pub(super) fn statistics() -> String {
    format!(
        "SELECT 'Statistics' AS kind, s.oid AS object, n.nspname AS schema, s.stxname AS name, \
           {RELATION} || ' ' || c.oid || ' 0' AS parent, {definition} AS \"Definition\", \
           CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END AS \"Value\", \
           pg_get_userbyid(s.stxowner) AS \"Owner\", d.description AS \"Comment\"
         FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = s.stxnamespace {}
         WHERE {} AND {}",
        comment("pg_statistic_ext", "s.oid"),
        of_users("n"),
        not_of_extension("pg_statistic_ext", "s.oid"),
        definition = definition(),
    )
}

/// The server's own words have the columns in the order of the table, which says nothing here. It names kinds where not all are meant.
fn definition() -> &'static str {
    "(SELECT format('CREATE STATISTICS %I.%I%s ON %s FROM %I.%I', n.nspname, s.stxname, \
        CASE WHEN cardinality(k.kinds) < 3 AND cardinality(x.columns) > 1 THEN format(' (%s)', array_to_string(k.kinds, ', ')) END, \
        array_to_string(x.columns, ', '), cn.nspname, c.relname) \
      FROM pg_namespace cn CROSS JOIN LATERAL (SELECT ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a \
          WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys::int2[]) ORDER BY a.attname) \
        || ARRAY(SELECT format('(%s)', e) FROM unnest(pg_get_statisticsobjdef_expressions(s.oid)) e) AS columns) x \
      CROSS JOIN LATERAL (SELECT ARRAY(SELECT CASE w WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' ELSE 'mcv' END \
        FROM unnest(s.stxkind) w WHERE w <> 'e') AS kinds) k \
      WHERE cn.oid = c.relnamespace)"
}
