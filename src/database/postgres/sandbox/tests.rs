use super::*;

fn outside(script: &str) -> Option<String> {
    let watch = SandboxWatch::of(script);
    sql::statements(Dialect::Postgres, script).find_map(|statement| watch.outside(statement.unwrap().text))
}

#[test]
fn e30_what_no_transaction_takes_back_is_told() {
    for script in [
        "SELECT dblink_exec('host=/tmp', 'DROP TABLE t')",
        "CREATE EXTENSION IF NOT EXISTS dblink SCHEMA x",
        "CREATE EXTENSION \"postgres_fdw\"",
        "CREATE EXTENSION plpython3u",
        "COPY t TO PROGRAM 'rm -rf /'",
        "COPY (SELECT a FROM b) TO '/tmp/x'",
        "COPY t (a, b) FROM '/etc/passwd'",
        "DO $$ BEGIN COPY t TO PROGRAM 'true'; END $$",
        "DO $$ BEGIN EXECUTE 'COPY t TO PROG' || 'RAM ''true'''; END $$",
        "DO $$ BEGIN EXECUTE 'COPY t TO ' || quote_literal('/tmp/x'); EXECUTE format('COPY t TO %L', '/x'); END $$",
        "DO $$ BEGIN EXECUTE E'COPY t TO PROGR\\x41M ''true'''; END $$",
        "DO $$ BEGIN EXECUTE convert_from(decode('434f5059', 'hex'), 'UTF8'); END $$",
        "SELECT lo_export(1, '/tmp/x')",
        "SELECT * FROM pg_read_file('/etc/passwd')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT pg_catalog.pg_reload_conf()",
        "SELECT \"pg_reload_conf\"()",
        "SELECT query_to_xml('select pg_reload_conf()', true, true, '')",
        "SELECT pg_create_physical_replication_slot('s')",
        "CREATE FUNCTION f(text) RETURNS int AS 'libc.so.6', 'system' LANGUAGE c STRICT",
        "CREATE FUNCTION f(oid, text) RETURNS int LANGUAGE 'internal' AS 'be_lo_export'",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plperlu AS $$ unlink '/x' $$",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM lo_export(1, '/x'); END $$",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT lo_export(1, '/x'); END",
        "LOAD 'auto_explain'",
        "SELECT cron.schedule('* * * * *', 'DELETE FROM t')",
        "DO $$ BEGIN CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false); END $$",
        "IMPORT FOREIGN SCHEMA public FROM SERVER s INTO x",
        "CREATE TABLE c (sql text); INSERT INTO c VALUES ('SELECT lo_unlink(1), lo_export(1, ''/x'')'); \
         DO $$ DECLARE r record; BEGIN FOR r IN SELECT sql FROM c LOOP EXECUTE r.sql; END LOOP; END $$",
    ] {
        assert!(outside(script).is_some(), "{script}");
    }
}

#[test]
fn e30_what_a_transaction_takes_back_is_not_accused() {
    for script in [
        "-- dblink, COPY t TO PROGRAM\nCREATE TABLE program (copy int, language text)",
        "INSERT INTO docs VALUES ('how to COPY t TO PROGRAM with dblink_exec')",
        "COPY t (a) FROM stdin;\n1\n\\.\n",
        "CREATE TRIGGER t BEFORE UPDATE ON x FOR EACH ROW EXECUTE FUNCTION touch()",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at = now(); RETURN NEW; END $$",
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN CREATE ROLE app; END IF; END $$",
        "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN x int', 't'); END $$",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA x",
        "SELECT pg_catalog.set_config('search_path', '', false); SELECT pg_sleep(0); SELECT pg_notify('a', 'b')",
        "CREATE TABLE net (http_status int, cron text)",
        "SELECT net.http_status FROM net",
    ] {
        let found = outside(script);
        if script.starts_with("SELECT net.") {
            // A table of that name is accused too.
            assert!(found.is_some());
            continue;
        }
        assert_eq!(found, None, "{script}");
    }
}

#[test]
fn e30_functions_lead_out_through_others() {
    let function = |name: &str, source: &str| (name.to_owned(), source.to_owned());
    let all = [
        function("archive", "BEGIN PERFORM push(OLD.id); RETURN OLD; END"),
        function("push", "SELECT dblink_exec('x', 'y')"),
        function("touch", "BEGIN RETURN NEW; END"),
    ];
    let found = reaching(&all);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["archive", "push"]);
    let watch = SandboxWatch::of("").knowing(&[("archive".to_owned(), "x".to_owned())]);
    assert!(watch.outside("SELECT public.archive()").is_some());
}
