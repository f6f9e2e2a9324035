//! What `pg_dump` writes besides: seen, so that nothing is missed; dropped, where the up created it; else the down is refused.

use super::{not_of_extension, of_users};

/// The class, its alias, the schema column if it has one, a condition, and what makes such an object what it is.
type Class = (&'static str, &'static str, Option<&'static str>, &'static str, &'static str);

const CLASSES: &[Class] = &[
    (
        "pg_type",
        "t",
        Some("typnamespace"),
        "t.typtype = 'b' AND t.typelem = 0 OR t.typtype = 'p'",
        "t.typinput::text || t.typlen",
    ),
    (
        "pg_operator",
        "t",
        Some("oprnamespace"),
        "true",
        "concat_ws(' ', t.oprcode, t.oprcom::regoperator, t.oprnegate::regoperator, t.oprrest, t.oprjoin, t.oprcanmerge, t.oprcanhash)",
    ),
    ("pg_opclass", "t", Some("opcnamespace"), "true", "concat_ws(' ', t.opcdefault, format_type(t.opcintype, NULL))"),
    ("pg_opfamily", "t", Some("opfnamespace"), "true", "''"),
    ("pg_cast", "t", None, "t.oid >= 16384", "concat_ws(' ', t.castfunc::regprocedure, t.castcontext, t.castmethod)"),
    (
        "pg_collation",
        "t",
        Some("collnamespace"),
        "true",
        "concat_ws(' ', t.collprovider, t.collisdeterministic, t.collcollate, t.collctype)",
    ),
    ("pg_conversion", "t", Some("connamespace"), "true", "t.conproc::text"),
    (
        "pg_ts_config",
        "t",
        Some("cfgnamespace"),
        "true",
        "(SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ', ' ORDER BY m.maptokentype, \
          m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = t.oid)",
    ),
    ("pg_ts_dict", "t", Some("dictnamespace"), "true", "t.dictinitoption"),
    ("pg_ts_parser", "t", Some("prsnamespace"), "true", "t.prsstart::text"),
    ("pg_ts_template", "t", Some("tmplnamespace"), "true", "t.tmpllexize::text"),
    ("pg_language", "t", None, "t.oid >= 16384", "t.lanpltrusted::text"),
    (
        "pg_foreign_data_wrapper",
        "t",
        None,
        "true",
        "concat_ws(' ', t.fdwhandler::regproc, t.fdwvalidator::regproc, t.fdwoptions)",
    ),
    ("pg_foreign_server", "t", None, "true", "concat_ws(' ', t.srvtype, t.srvversion, t.srvoptions)"),
    ("pg_transform", "t", None, "true", "''"),
    ("pg_am", "t", None, "t.oid >= 16384", "t.amhandler::text"),
    (
        "pg_publication",
        "t",
        None,
        "true",
        "concat_ws(' ', t.puballtables, t.pubinsert, t.pubupdate, t.pubdelete, t.pubtruncate, t.pubviaroot, \
         (SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY 1) FROM pg_publication_rel r WHERE r.prpubid = t.oid))",
    ),
];

pub(super) fn others() -> String {
    CLASSES.iter().map(one).collect::<Vec<_>>().join("\nUNION ALL\n")
}

fn one((class, alias, schema, condition, definition): &Class) -> String {
    let join = schema.map_or_else(String::new, |column| format!("JOIN pg_namespace n ON n.oid = {alias}.{column}"));
    let users = schema.map_or_else(|| "true".to_owned(), |_| of_users("n"));
    format!(
        "SELECT 'Other' AS kind, {alias}.oid AS object, NULL AS schema, i.type || ' ' || i.identity AS name, \
           upper(CASE i.type WHEN 'foreign-data wrapper' THEN 'foreign data wrapper' ELSE i.type END) || ' ' || i.identity \
           AS \"Signature\", {definition} AS \"Definition\", d.description AS \"Comment\"
         FROM {class} {alias} {join} CROSS JOIN LATERAL pg_identify_object('{class}'::regclass, {alias}.oid, 0) i {comment}
         WHERE ({condition}) AND {users} AND {own} AND NOT EXISTS (SELECT FROM pg_depend h \
           WHERE h.classid = '{class}'::regclass AND h.objid = {alias}.oid AND h.deptype = 'i')",
        comment = super::comment(class, &format!("{alias}.oid")),
        own = not_of_extension(class, &format!("{alias}.oid")),
    )
}
