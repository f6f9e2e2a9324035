/// What needs what, from `pg_depend`: a default for its column, a rule of a view for the view, an array for what is in it, the row
/// of a table for the table, the index of a constraint for the constraint, a member for its extension,
/// a publication for the tables that are in it.
///
/// A sequence does not need the column that owns it: the column's default needs the sequence.
pub(super) fn dependencies() -> String {
    "SELECT 'Dependency' AS kind, \
       CASE WHEN ad.oid IS NOT NULL OR rw.rulename = '_RETURN' THEN 'pg_class'::regclass \
         WHEN pr.oid IS NOT NULL THEN 'pg_publication'::regclass ELSE p.classid::regclass END AS class, \
       CASE WHEN ad.oid IS NOT NULL THEN ad.adrelid WHEN rw.rulename = '_RETURN' THEN rw.ev_class WHEN pr.oid IS NOT NULL \
         THEN pr.prpubid ELSE p.objid END AS object, \
       CASE WHEN ad.oid IS NOT NULL THEN ad.adnum ELSE p.objsubid END AS part, \
       CASE WHEN x.refobjid IS NOT NULL THEN 'pg_extension'::regclass WHEN rc.oid IS NOT NULL THEN 'pg_constraint'::regclass \
         WHEN rt.typrelid <> 0 OR el.typrelid <> 0 THEN 'pg_class'::regclass ELSE p.refclassid::regclass END AS on_class, \
       CASE WHEN x.refobjid IS NOT NULL THEN x.refobjid WHEN rc.oid IS NOT NULL THEN rc.oid WHEN rt.typrelid <> 0 \
         THEN rt.typrelid WHEN el.typrelid <> 0 THEN el.typrelid WHEN el.oid IS NOT NULL THEN el.oid ELSE p.refobjid END \
         AS on_object, \
       p.refobjsubid AS on_part
     FROM pg_depend p \
     LEFT JOIN pg_attrdef ad ON p.classid = 'pg_attrdef'::regclass AND ad.oid = p.objid \
     LEFT JOIN pg_rewrite rw ON p.classid = 'pg_rewrite'::regclass AND rw.oid = p.objid \
     LEFT JOIN pg_publication_rel pr ON p.classid = 'pg_publication_rel'::regclass AND pr.oid = p.objid \
       AND p.refclassid <> 'pg_publication'::regclass \
     LEFT JOIN pg_class oc ON p.classid = 'pg_class'::regclass AND oc.oid = p.objid \
     LEFT JOIN pg_constraint rc ON p.refclassid = 'pg_class'::regclass AND rc.conindid = p.refobjid \
       AND rc.contype IN ('p', 'u', 'x') \
     LEFT JOIN pg_type rt ON p.refclassid = 'pg_type'::regclass AND rt.oid = p.refobjid \
     LEFT JOIN pg_type el ON rt.typcategory = 'A' AND el.oid = rt.typelem \
     LEFT JOIN pg_depend x ON x.classid = p.refclassid AND x.objid = p.refobjid AND x.deptype = 'e'
     WHERE p.deptype IN ('n', 'a', 'i', 'P') AND p.objid >= 16384 AND p.refobjid >= 12000 \
       AND p.refclassid <> 'pg_namespace'::regclass AND NOT (p.classid = 'pg_type'::regclass AND p.deptype = 'i') \
       AND (pr.oid IS NOT NULL OR NOT (p.deptype IN ('a', 'i') AND oc.relkind IN ('S', 't')))"
        .to_owned()
}

/// The same of relations and what belongs to them: `relations` is an array of their oids. What of other objects has the same oid comes too.
pub(super) fn dependencies_of(relations: &str) -> String {
    let parts = [
        ("pg_index", "indexrelid", "indrelid"),
        ("pg_constraint", "oid", "conrelid"),
        ("pg_attrdef", "oid", "adrelid"),
        ("pg_rewrite", "oid", "ev_class"),
        ("pg_trigger", "oid", "tgrelid"),
        ("pg_policy", "oid", "polrelid"),
        ("pg_statistic_ext", "oid", "stxrelid"),
    ];
    let parts = parts.map(|(catalog, oid, relation)| {
        format!("UNION ALL SELECT b.{oid} FROM pg_catalog.{catalog} b WHERE b.{relation} = ANY ({relations})")
    });
    format!("{} AND p.objid IN (SELECT unnest({relations}) {})", dependencies(), parts.join(" "))
}
