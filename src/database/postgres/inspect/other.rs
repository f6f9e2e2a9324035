//! What `pg_dump` writes besides: seen, so that nothing is missed; dropped, where the up created it. It is made again where
//! `Definition` is the statement for it, or several; else the down is refused.
//! Subscriptions are left out: no scratch database runs the statements that make them, so that each would be a drift.

use super::{comment, grant::grants, not_of_extension, of_users};

/// A class of the server's catalog, as `t`.
struct Class {
    name: &'static str,
    /// The prefix of its columns, where it has a schema, an owner, rights.
    schema: Option<&'static str>,
    owner: Option<&'static str>,
    /// The column with the rights, and the letter of `acldefault`.
    rights: Option<(&'static str, &'static str)>,
    condition: &'static str,
    definition: &'static str,
}

const PLAIN: Class = Class { name: "", schema: None, owner: None, rights: None, condition: "true", definition: "''" };

/// Options as OPTIONS takes them.
macro_rules! options {
    ($column:literal) => {
        concat!(
            "' OPTIONS (' || (SELECT string_agg(format('%I %L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ') FROM unnest(",
            $column,
            ") o) || ')'"
        )
    };
}

const CLASSES: &[Class] = &[
    Class {
        name: "pg_type",
        schema: Some("typnamespace"),
        owner: Some("typowner"),
        condition: "t.typtype = 'b' AND t.typelem = 0 OR t.typtype = 'p'",
        definition: "t.typinput::text || t.typlen",
        ..PLAIN
    },
    Class {
        name: "pg_operator",
        schema: Some("oprnamespace"),
        owner: Some("oprowner"),
        // A shell, which another operator has named.
        condition: "t.oprcode <> 0",
        definition: "format(E'CREATE OPERATOR %I.%s (\\n    %s\\n)', n.nspname, t.oprname, concat_ws(E',\\n    ', \
            'FUNCTION = ' || t.oprcode, 'LEFTARG = ' || format_type(nullif(t.oprleft, 0), NULL), \
            'RIGHTARG = ' || format_type(nullif(t.oprright, 0), NULL), \
            (SELECT format('COMMUTATOR = OPERATOR(%I.%s)', cn.nspname, c.oprname) FROM pg_operator c JOIN pg_namespace cn \
              ON cn.oid = c.oprnamespace WHERE c.oid = t.oprcom), \
            (SELECT format('NEGATOR = OPERATOR(%I.%s)', cn.nspname, c.oprname) FROM pg_operator c JOIN pg_namespace cn \
              ON cn.oid = c.oprnamespace WHERE c.oid = t.oprnegate), \
            CASE WHEN t.oprrest <> 0 THEN 'RESTRICT = ' || t.oprrest END, CASE WHEN t.oprjoin <> 0 THEN 'JOIN = ' || t.oprjoin END, \
            CASE WHEN t.oprcanhash THEN 'HASHES' END, CASE WHEN t.oprcanmerge THEN 'MERGES' END))",
        ..PLAIN
    },
    Class {
        name: "pg_opclass",
        schema: Some("opcnamespace"),
        owner: Some("opcowner"),
        definition: "concat_ws(' ', t.opcdefault, format_type(t.opcintype, NULL))",
        ..PLAIN
    },
    Class { name: "pg_opfamily", schema: Some("opfnamespace"), owner: Some("opfowner"), ..PLAIN },
    Class {
        name: "pg_cast",
        condition: "t.oid >= 16384",
        definition: "format('CREATE CAST (%s AS %s) %s%s', format_type(t.castsource, NULL), format_type(t.casttarget, NULL), \
            CASE t.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || t.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' \
              ELSE 'WITHOUT FUNCTION' END, CASE t.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END)",
        ..PLAIN
    },
    Class {
        name: "pg_collation",
        schema: Some("collnamespace"),
        owner: Some("collowner"),
        // The locale of ICU has had three columns.
        definition: "format('CREATE COLLATION %I.%I (%s)', n.nspname, t.collname, concat_ws(', ', \
            'provider = ' || CASE t.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END, \
            CASE WHEN t.collprovider = 'c' THEN format('lc_collate = %L, lc_ctype = %L', t.collcollate, t.collctype) \
              ELSE format('locale = %L', coalesce(to_jsonb(t) ->> 'colllocale', to_jsonb(t) ->> 'colliculocale', t.collcollate)) END, \
            CASE WHEN NOT t.collisdeterministic THEN 'deterministic = false' END, \
            'rules = ' || quote_literal(to_jsonb(t) ->> 'collicurules')))",
        ..PLAIN
    },
    Class {
        name: "pg_conversion",
        schema: Some("connamespace"),
        owner: Some("conowner"),
        definition: "t.conproc::text",
        ..PLAIN
    },
    Class {
        name: "pg_ts_config",
        schema: Some("cfgnamespace"),
        owner: Some("cfgowner"),
        definition: "format('CREATE TEXT SEARCH CONFIGURATION %I.%I (PARSER = %s)', n.nspname, t.cfgname, \
              (SELECT format('%I.%I', pn.nspname, p.prsname) FROM pg_ts_parser p JOIN pg_namespace pn ON pn.oid = p.prsnamespace \
                WHERE p.oid = t.cfgparser)) \
            || coalesce((SELECT string_agg(format(E';\\nALTER TEXT SEARCH CONFIGURATION %I.%I\\n    ADD MAPPING FOR %s WITH %s', n.nspname, \
                t.cfgname, m.tokens, m.dictionaries), '' ORDER BY m.tokens) FROM (SELECT string_agg(quote_ident(m.token), ', ' \
                  ORDER BY m.token) AS tokens, m.dictionaries FROM (SELECT k.alias AS token, \
                    string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries \
                  FROM pg_ts_config_map m JOIN ts_token_type(t.cfgparser) k ON k.tokid = m.maptokentype \
                  WHERE m.mapcfg = t.oid GROUP BY k.alias) m GROUP BY m.dictionaries) m), '')",
        ..PLAIN
    },
    Class {
        name: "pg_ts_dict",
        schema: Some("dictnamespace"),
        owner: Some("dictowner"),
        definition: "format('CREATE TEXT SEARCH DICTIONARY %I.%I (%s)', n.nspname, t.dictname, concat_ws(', ', \
            (SELECT format('TEMPLATE = %I.%I', pn.nspname, p.tmplname) FROM pg_ts_template p JOIN pg_namespace pn \
              ON pn.oid = p.tmplnamespace WHERE p.oid = t.dicttemplate), t.dictinitoption))",
        ..PLAIN
    },
    Class { name: "pg_ts_parser", schema: Some("prsnamespace"), definition: "t.prsstart::text", ..PLAIN },
    Class { name: "pg_ts_template", schema: Some("tmplnamespace"), definition: "t.tmpllexize::text", ..PLAIN },
    Class {
        name: "pg_language",
        owner: Some("lanowner"),
        rights: Some(("lanacl", "l")),
        condition: "t.oid >= 16384",
        definition: "t.lanpltrusted::text",
        ..PLAIN
    },
    Class {
        name: "pg_foreign_data_wrapper",
        owner: Some("fdwowner"),
        rights: Some(("fdwacl", "F")),
        definition: concat!(
            "concat('CREATE FOREIGN DATA WRAPPER ' || quote_ident(t.fdwname), \
               CASE WHEN t.fdwhandler <> 0 THEN ' HANDLER ' || t.fdwhandler::regproc END, \
               CASE WHEN t.fdwvalidator <> 0 THEN ' VALIDATOR ' || t.fdwvalidator::regproc END, ",
            options!("t.fdwoptions"),
            ")"
        ),
        ..PLAIN
    },
    Class {
        name: "pg_foreign_server",
        owner: Some("srvowner"),
        rights: Some(("srvacl", "S")),
        definition: concat!(
            "concat('CREATE SERVER ' || quote_ident(t.srvname), ' TYPE ' || quote_literal(t.srvtype), \
               ' VERSION ' || quote_literal(t.srvversion), (SELECT ' FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname) \
                 FROM pg_foreign_data_wrapper w WHERE w.oid = t.srvfdw), ",
            options!("t.srvoptions"),
            ")"
        ),
        ..PLAIN
    },
    Class { name: "pg_transform", ..PLAIN },
    Class { name: "pg_am", condition: "t.oid >= 16384", definition: "t.amhandler::text", ..PLAIN },
    Class { name: "pg_publication", owner: Some("pubowner"), definition: PUBLICATION, ..PLAIN },
];

/// What a publication has, from the catalogs: the view of the server's that shows it reads each table for itself.
///
/// Filters, lists of columns and schemas are there since PostgreSQL 15: a column that an older release does not have is the NULL beside
/// it, and a schema is found by what depends on it.
const PUBLICATION: &str = "concat('CREATE PUBLICATION ' || quote_ident(t.pubname), CASE WHEN t.puballtables THEN ' FOR ALL TABLES' END, \
    ' FOR ' || nullif(concat_ws(', ', (SELECT 'TABLE ' || string_agg(concat('ONLY ' || r.prrelid::regclass, \
        ' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a \
          WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[])) || ')', \
        ' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')'), ', ' ORDER BY r.prrelid::regclass::text COLLATE \"C\") \
      FROM (SELECT NULL::pg_node_tree AS prqual, NULL::int2vector AS prattrs) older \
      CROSS JOIN LATERAL (SELECT p.prpubid, p.prrelid, prqual, prattrs FROM pg_publication_rel p) r \
      WHERE r.prpubid = t.oid), \
    (SELECT 'TABLES IN SCHEMA ' || string_agg(s.refobjid::regnamespace::text, ', ' ORDER BY s.refobjid::regnamespace::text COLLATE \"C\") \
      FROM pg_depend p JOIN pg_depend s ON s.classid = p.classid AND s.objid = p.objid \
        AND s.refclassid = 'pg_namespace'::regclass \
      WHERE p.classid = to_regclass('pg_catalog.pg_publication_namespace') AND p.refclassid = 'pg_publication'::regclass \
        AND p.refobjid = t.oid)), ''), \
    ' WITH (publish = ' || quote_literal(concat_ws(', ', CASE WHEN t.pubinsert THEN 'insert' END, CASE WHEN t.pubupdate THEN 'update' END, \
      CASE WHEN t.pubdelete THEN 'delete' END, CASE WHEN t.pubtruncate THEN 'truncate' END)), \
    CASE WHEN t.pubviaroot THEN ', publish_via_partition_root = true' END, \
    CASE WHEN to_jsonb(t) ->> 'pubgencols' = 's' THEN ', publish_generated_columns = stored' END, ')')";

pub(super) fn others() -> String {
    let classes = CLASSES.iter().map(of_class);
    classes.chain([user_mappings(), labels()]).collect::<Vec<_>>().join("\nUNION ALL\n")
}

/// A query that tells whether there may be any, in a line whose object is 1 or 0: the query for them takes two thirds of the time that the
/// server needs to plan all the others, and most databases have none. What people make has an oid of 16384 or more
/// (<https://www.postgresql.org/docs/current/system-catalog-initial-data.html#SYSTEM-CATALOG-OID-ASSIGNMENT>).
pub(super) fn are_there() -> String {
    let of_class = |class: &Class| {
        let Class { name, condition, .. } = class;
        format!("EXISTS (SELECT FROM {name} t WHERE t.oid >= 16384 AND ({condition}) AND {})", of_itself(name))
    };
    // Those of a server that an extension brought, and of anything.
    let others =
        ["pg_foreign_server", "pg_seclabel", "pg_shseclabel"].map(|name| format!("EXISTS (SELECT FROM {name})"));
    let all: Vec<String> = CLASSES.iter().map(of_class).chain(others).collect();
    format!("SELECT 'Others' AS kind, ({})::int AS object", all.join(" OR "))
}

fn of_class(class: &Class) -> String {
    let Class { name, condition, definition, .. } = class;
    let schema = class.schema.map_or_else(String::new, |column| format!("JOIN pg_namespace n ON n.oid = t.{column}"));
    let users = class.schema.map_or_else(|| "true".to_owned(), |_| of_users("n"));
    let owner = class.owner.map_or_else(|| "NULL".to_owned(), |column| format!("pg_get_userbyid(t.{column})"));
    let rights = class.rights.zip(class.owner).map_or_else(
        || "NULL".to_owned(),
        |((column, letter), owner)| grants(&format!("t.{column}"), letter, &format!("t.{owner}")),
    );
    format!(
        "SELECT 'Other' AS kind, t.oid AS object, NULL AS schema, i.type || ' ' || i.identity AS name, \
           upper(replace(i.type, '-', ' ')) || ' ' || i.identity AS \"Signature\", {definition} AS \"Definition\", \
           {owner} AS \"Owner\", {rights} AS \"Grants\", d.description AS \"Comment\"
         FROM {name} t {schema} CROSS JOIN LATERAL pg_identify_object('{name}'::regclass, t.oid, 0) i {comment}
         WHERE ({condition}) AND {users} AND {own}",
        comment = comment(name, "t.oid"),
        own = of_itself(name),
    )
}

/// A condition: it belongs to no extension, and to nothing of which it is a part, as the cast of a range to its multirange.
fn of_itself(class: &str) -> String {
    format!(
        "{} AND NOT EXISTS (SELECT FROM pg_depend h WHERE h.classid = '{class}'::regclass AND h.objid = t.oid AND h.deptype = 'i')",
        not_of_extension(class, "t.oid")
    )
}

/// Of other roles only superusers see the options. One with a password is told apart, and not told: what is read here may be printed.
fn user_mappings() -> String {
    format!(
        "SELECT 'Other', m.umid, NULL, format('user mapping for %s on %s', m.usename, m.srvname), \
           format('USER MAPPING FOR %s SERVER %I', r.role, m.srvname), \
           CASE WHEN m.umoptions::text ~ 'password' THEN md5(m.umoptions::text) \
             ELSE concat(format('CREATE USER MAPPING FOR %s SERVER %I', r.role, m.srvname), {options}) END, NULL, NULL, NULL
         FROM pg_user_mappings m CROSS JOIN LATERAL (SELECT CASE m.umuser WHEN 0 THEN 'PUBLIC' \
           ELSE quote_ident(m.usename) END AS role) r",
        options = options!("m.umoptions"),
    )
}

/// They have no oids.
fn labels() -> String {
    "SELECT 'Other', hashtext(concat_ws(' ', l.provider, l.objtype, l.objname))::oid, NULL, \
       concat_ws(' ', 'security label of', l.provider, 'on', l.objtype, l.objname), NULL, l.label, NULL, NULL, NULL
     FROM pg_seclabels l WHERE l.objtype NOT IN ('database', 'role', 'tablespace')"
        .to_owned()
}
