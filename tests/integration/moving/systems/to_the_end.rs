//! Each system goes the whole way: followed while it is written, switched, written there, switched back, switched again, and ended.

use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::sqlite;

use super::{Moved, agent_memory, agent_platform, background_agents, coherence, governance};

/// The tables that are moved: on SQLite, and on PostgreSQL.
fn tables(moved: &Moved) -> Vec<(String, String)> {
    let output = moved.run("move status --json");
    output.ok();
    let document = super::super::document(&output);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let tables = document["tables"].as_array().unwrap();
    tables.iter().map(|table| (text(&table["name"]), text(&table["target"]))).collect()
}

/// Changes rows of each table of SQLite in all ways that its constraints allow: changed, deleted, deleted and written again. Returns how many statements did
/// something.
fn write_on_sqlite(moved: &Moved, tables: &[(String, String)]) -> usize {
    let file = moved.file();
    file.execute_batch("PRAGMA foreign_keys = on").unwrap();
    let mut done = 0;
    for (table, _) in tables {
        let listed = format!(
            "SELECT group_concat('\"' || name || '\"', ', ') FROM pragma_table_xinfo('{table}') WHERE hidden = 0"
        );
        let columns = sqlite::query(&file, &listed);
        let mut run = |sql: &str| done += usize::from(changes(&file, sql));
        for column in columns.split(", ") {
            run(&format!("UPDATE \"{table}\" SET {column} = {column} WHERE random() % 7 = 0"));
        }
        run(&format!("DELETE FROM \"{table}\" WHERE random() % 40 = 0"));
        run(&format!(
            "CREATE TEMP TABLE again AS SELECT {columns} FROM \"{table}\" ORDER BY random() LIMIT 3; DELETE FROM \"{table}\" WHERE ({columns}) IN (SELECT * FROM again); \
             INSERT INTO \"{table}\" ({columns}) SELECT * FROM again"
        ));
        let _ = file.execute_batch("DROP TABLE IF EXISTS temp.again");
    }
    done
}

/// What a constraint refuses is as if it had not been.
fn changes(file: &Connection, sql: &str) -> bool {
    let before = file.total_changes();
    if file.execute_batch(&format!("BEGIN; {sql}; COMMIT")).is_err() {
        let _ = file.execute_batch("ROLLBACK");
        return false;
    }
    file.total_changes() > before
}

/// The same on PostgreSQL, with values that are others.
fn write_on_postgres(moved: &Moved, tables: &[(String, String)]) -> usize {
    let mut session = moved.database.session();
    session.run(&format!("SET search_path TO {}", moved.search_path));
    let mut done = 0;
    for (_, table) in tables {
        let columns = session.run(&format!(
            "SELECT string_agg(quote_ident(attname) || '|' || atttypid::regtype, E'\\n' ORDER BY attnum) FROM pg_attribute \
             WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> 'schemactl_move_rowid'"
        ));
        let columns: Vec<(&str, &str)> = columns.lines().filter_map(|line| line.split_once('|')).collect();
        let mut run = |sql: &str| {
            let said = session.run(&format!("BEGIN; {sql} RETURNING 'done'"));
            let is_done = said.contains("done") && !said.contains("ERROR");
            session.run(if is_done { "COMMIT" } else { "ROLLBACK" });
            done += usize::from(is_done);
        };
        let some = format!("ctid IN (SELECT ctid FROM {table} ORDER BY random() LIMIT 4)");
        for (column, datatype) in &columns {
            let value = match *datatype {
                "text" | "character varying" => format!("{column} || '~'"),
                "integer" | "bigint" | "smallint" | "numeric" | "real" | "double precision" => format!("{column} + 1"),
                "boolean" => format!("NOT {column}"),
                "jsonb" => format!("{column} || '{{\"way\": [1.50, null]}}'"),
                "timestamp with time zone" => "clock_timestamp()".to_owned(),
                _ => (*column).to_owned(),
            };
            run(&format!("UPDATE {table} SET {column} = {value} WHERE {some}"));
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        run(&format!("DELETE FROM {table} WHERE {some}"));
        run(&format!(
            "CREATE TEMP TABLE again ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 3; DELETE FROM {table} WHERE ({names}) IN (SELECT * FROM again); \
             INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT * FROM again"
        ));
    }
    done
}

fn goes_the_whole_way(moved: &Moved) {
    moved.run("move follow --until-level").ok();
    let tables = tables(moved);
    assert!(write_on_sqlite(moved, &tables) > tables.len());
    moved.run("move follow --until-level").ok();
    moved.run("move verify").ok();
    moved.run("move cutover --deadline 30s").ok();
    for _ in 0..2 {
        let done = write_on_postgres(moved, &tables);
        assert!(done > tables.len(), "{done} changes of {} tables", tables.len());
        moved.run("move follow --until-level").ok();
        // A CHECK of SQLite may want more than one of PostgreSQL does.
        let aside = "SELECT source_table || ' ' || row_key || ': ' || reason FROM schema_migrations_move_aside";
        let aside = sqlite::query(&moved.file(), aside);
        eprintln!("{aside}");
        assert!(
            aside.lines().all(|line| line.contains("CHECK constraint failed")) && aside.lines().count() < 20,
            "{aside}"
        );
        if aside.is_empty() {
            moved.run("move verify").ok();
        }
        moved.run("move back --deadline 30s --leave-behind").ok();
        assert!(write_on_sqlite(moved, &tables) > tables.len());
        moved.run("move follow --until-level").ok();
        if !aside.is_empty() {
            // What was left behind is what both sides differ by; it goes before they are switched again.
            let verified = moved.run("move verify");
            verified.code(3);
            verified.stdout_has("0 missing");
            return;
        }
        moved.run("move verify").ok();
        moved.run("move cutover --deadline 30s").ok();
    }
    moved.run("move finish").ok();
    moved.run("up --backend postgres").ok();
    moved.run("diff --backend postgres").ok().stdout_has("no drift");
    moved.run("move archive").ok();
    assert!(!moved.path().exists());
}

#[test]
fn agent_platform_goes_the_whole_way() {
    goes_the_whole_way(&Moved::new("agent_platform", "public", "collaboration", agent_platform::fill));
}

#[test]
fn coherence_goes_the_whole_way() {
    goes_the_whole_way(&Moved::new("coherence", "coherence", "dual_write", coherence::fill));
}

#[test]
fn agent_memory_goes_the_whole_way() {
    goes_the_whole_way(&Moved::new("agent_memory", "agent_memory", "foreign_keys", agent_memory::fill));
}

#[test]
fn governance_goes_the_whole_way() {
    goes_the_whole_way(&Moved::new("governance", "core", "graph", governance::fill));
}

#[test]
fn background_agents_goes_the_whole_way() {
    goes_the_whole_way(&Moved::new("background_agents", "background_agents", "assistance", background_agents::fill));
}
