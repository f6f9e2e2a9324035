use super::{comment, not_of_extension};

pub(super) fn event_triggers() -> String {
    format!(
        "SELECT 'EventTrigger' AS kind, e.oid AS object, e.evtname AS name, \
           format('CREATE EVENT TRIGGER %I ON %s%s EXECUTE FUNCTION %s()', e.evtname, e.evtevent, \
             ' WHEN TAG IN (' || (SELECT string_agg(quote_literal(t), ', ') FROM unnest(e.evttags) t) || ')', \
             e.evtfoid::regproc) AS \"Definition\", \
           CASE e.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END \
             AS \"Enabled\", pg_get_userbyid(e.evtowner) AS \"Owner\", d.description AS \"Comment\"
         FROM pg_event_trigger e {} WHERE {}",
        comment("pg_event_trigger", "e.oid"),
        not_of_extension("pg_event_trigger", "e.oid"),
    )
}
