use super::{RELATION, comment, not_of_extension, of_users};

pub(super) fn statistics() -> String {
    format!(
        "SELECT 'Statistics' AS kind, s.oid AS object, n.nspname AS schema, s.stxname AS name, \
           {RELATION} || ' ' || c.oid || ' 0' AS parent, pg_get_statisticsobjdef(s.oid) AS \"Definition\", \
           CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END AS \"Value\", \
           pg_get_userbyid(s.stxowner) AS \"Owner\", d.description AS \"Comment\"
         FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = s.stxnamespace {}
         WHERE {} AND {}",
        comment("pg_statistic_ext", "s.oid"),
        of_users("n"),
        not_of_extension("pg_statistic_ext", "s.oid"),
    )
}
