use super::{comment, grant::grants, not_of_extension, of_users};

pub(super) fn functions() -> String {
    format!(
        "SELECT CASE p.prokind WHEN 'p' THEN 'Procedure' WHEN 'a' THEN 'Aggregate' ELSE 'Function' END AS kind, \
           p.oid AS object, n.nspname AS schema, format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) AS name, \
           CASE WHEN p.prokind = 'a' THEN {aggregate} ELSE pg_get_functiondef(p.oid) END AS \"Definition\", \
           concat_ws(' RETURNS ', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)) AS \"Signature\", \
           oidvectortypes(p.proargtypes) AS \"Arguments\", l.lanname AS \"Type\", \
           pg_get_userbyid(p.proowner) AS \"Owner\", {grants} AS \"Grants\", d.description AS \"Comment\"
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang \
         LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid {comment}
         WHERE {users} AND {own} AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass \
           AND i.objid = p.oid AND i.deptype = 'i')",
        aggregate = aggregate(),
        grants = grants("p.proacl", "f", "p.proowner"),
        comment = comment("pg_proc", "p.oid"),
        users = of_users("n"),
        own = not_of_extension("pg_proc", "p.oid"),
    )
}

/// CREATE AGGREGATE, for which the server has no function.
fn aggregate() -> String {
    let function =
        |column: &str, word: &str| format!("CASE WHEN g.{column} <> 0 THEN '{word} = ' || g.{column}::regproc END");
    let modify = |column: &str, word: &str, usual: &str| {
        format!(
            "CASE WHEN g.{column} <> '{usual}' THEN '{word} = ' || CASE g.{column} WHEN 'r' THEN 'READ_ONLY' \
             WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END"
        )
    };
    let usual = "CASE WHEN g.aggkind = 'n' THEN 'r' ELSE 'w' END";
    let fields = [
        "'sfunc = ' || g.aggtransfn::regproc".to_owned(),
        "'stype = ' || format_type(g.aggtranstype, NULL)".to_owned(),
        "'sspace = ' || nullif(g.aggtransspace, 0)".to_owned(),
        function("aggfinalfn", "finalfunc"),
        "CASE WHEN g.aggfinalextra THEN 'finalfunc_extra' END".to_owned(),
        modify("aggfinalmodify", "finalfunc_modify", "x").replace("<> 'x'", &format!("<> ({usual})")),
        function("aggcombinefn", "combinefunc"),
        function("aggserialfn", "serialfunc"),
        function("aggdeserialfn", "deserialfunc"),
        "'initcond = ' || quote_literal(g.agginitval)".to_owned(),
        function("aggmtransfn", "msfunc"),
        function("aggminvtransfn", "minvfunc"),
        "'mstype = ' || format_type(nullif(g.aggmtranstype, 0), NULL)".to_owned(),
        "'msspace = ' || nullif(g.aggmtransspace, 0)".to_owned(),
        function("aggmfinalfn", "mfinalfunc"),
        "CASE WHEN g.aggmfinalextra THEN 'mfinalfunc_extra' END".to_owned(),
        modify("aggmfinalmodify", "mfinalfunc_modify", "x").replace("<> 'x'", &format!("<> ({usual})")),
        "'minitcond = ' || quote_literal(g.aggminitval)".to_owned(),
        "(SELECT format('sortop = OPERATOR(%I.%s)', sn.nspname, s.oprname) FROM pg_operator s JOIN pg_namespace sn \
         ON sn.oid = s.oprnamespace WHERE s.oid = g.aggsortop)"
            .to_owned(),
        "CASE p.proparallel WHEN 's' THEN 'parallel = safe' WHEN 'r' THEN 'parallel = restricted' END".to_owned(),
        "CASE WHEN g.aggkind = 'h' THEN 'hypothetical' END".to_owned(),
    ];
    format!(
        "format(E'CREATE AGGREGATE %I.%I(%s) (\\n    %s\\n)', n.nspname, p.proname, \
         CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END, concat_ws(E',\\n    ', {}))",
        fields.join(", ")
    )
}
