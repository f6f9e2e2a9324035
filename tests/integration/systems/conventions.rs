//! What all systems have in common on PostgreSQL: functions that nobody can turn, names for checks, words for tables and columns.

use schemactl_test_support::postgres;

use super::system::System;

const SYSTEMS: [(&str, &str); 5] = [
    ("agent_platform", "public"),
    ("background_agents", "background_agents"),
    ("agent_memory", "agent_memory"),
    ("coherence", "coherence"),
    ("governance", "core, audit"),
];

/// Asserts that a question about a system's schemas has no row, in each system.
#[track_caller]
fn none(what: &str, question: &str) {
    for version in postgres::one_of_versions() {
        for (name, schemas) in SYSTEMS {
            let system = System::on(postgres::database(version), name, schemas).up();
            let list: Vec<_> = schemas.split(", ").map(|schema| format!("'{schema}'::regnamespace")).collect();
            let found = system.query(&question.replace("SCHEMAS", &list.join(", ")));
            assert_eq!(found.trim(), "", "{name} on PostgreSQL {version}: {what}");
        }
    }
}

#[test]
fn every_function_has_a_search_path_of_its_own() {
    none(
        "functions that find what the caller's search path names first",
        "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace IN (SCHEMAS) AND NOT EXISTS \
           (SELECT FROM unnest(proconfig) AS setting WHERE setting = 'search_path=pg_catalog, pg_temp') \
           AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')",
    );
}

#[test]
fn no_function_has_its_owners_rights() {
    none(
        "functions with the rights of their owner",
        "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace IN (SCHEMAS) AND prosecdef",
    );
}

#[test]
fn every_table_and_column_has_a_comment() {
    none(
        "what has no comment",
        "SELECT oid::regclass FROM pg_class WHERE relnamespace IN (SCHEMAS) AND relkind IN ('r', 'p', 'v') \
           AND relname NOT LIKE 'schema\\_migrations%' AND obj_description(oid, 'pg_class') IS NULL \
         UNION ALL \
         SELECT attrelid::regclass FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid \
          WHERE relnamespace IN (SCHEMAS) AND relkind IN ('r', 'p', 'v') AND NOT relispartition \
            AND relname NOT LIKE 'schema\\_migrations%' AND attnum > 0 AND NOT attisdropped \
            AND col_description(attrelid, attnum) IS NULL",
    );
}

/// PostgreSQL's own names end with `_check`, and numbers.
#[test]
fn every_check_has_a_name() {
    none(
        "checks that were not named",
        "SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid \
          WHERE connamespace IN (SCHEMAS) AND contype = 'c' AND conname ~ '_check[0-9]*$' \
            AND relname NOT LIKE 'schema\\_migrations%'",
    );
}

#[test]
fn numbers_are_given_in_one_way() {
    none(
        "numbers that are given otherwise than by identity",
        "SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid \
           LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
          WHERE relnamespace IN (SCHEMAS) AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped \
            AND relname NOT LIKE 'schema\\_migrations%' \
            AND (attidentity = 'a' OR pg_get_expr(adbin, adrelid) LIKE '%nextval%')",
    );
}

#[test]
fn checks_have_the_same_style_of_name_on_sqlite() {
    for (name, _) in SYSTEMS {
        let system = System::sqlite(name).up();
        let tables = system
            .query("SELECT replace(sql, char(10), ' ') FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK%'");
        for table in tables.lines().filter(|sql| !sql.contains("schema_migrations")) {
            let mut parts = table.split("CHECK (");
            let mut before = parts.next().unwrap_or_default();
            for part in parts {
                let words: Vec<_> = before.split_whitespace().collect();
                assert!(words.len() > 1 && words[words.len() - 2] == "CONSTRAINT", "a check without a name: {table}");
                before = part;
            }
        }
    }
}
