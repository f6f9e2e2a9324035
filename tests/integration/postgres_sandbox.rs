//! Issue 8, 30 to 32: what is proven or rehearsed on a server leaves the server as it is.
#![cfg(all(feature = "cli", feature = "postgres"))]

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self as servers, Cluster, Database};
use schemactl_test_support::project;

const ORDERS: &str = "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\nINSERT INTO orders VALUES (1, 'a');\n";

fn project(database: &Database, files: &[(&str, &str)]) -> Project {
    let project = project!();
    project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url()));
    for (name, text) in files {
        project.file(&format!("migrations/postgres/{name}"), text);
    }
    project
}

/// Everything that all databases of the server share.
fn shared(cluster: &Cluster) -> String {
    let catalogs = cluster.psql("SELECT relname FROM pg_class WHERE relisshared AND relkind = 'r' ORDER BY 1");
    let mut all = String::new();
    for catalog in catalogs.lines() {
        let minus = if catalog == "pg_database" { " - 'datfrozenxid' - 'datminmxid'" } else { "" };
        all += &format!(
            "{catalog}\n{}\n",
            cluster.psql(&format!("SELECT (to_jsonb(t){minus})::text FROM pg_catalog.{catalog} t ORDER BY 1"))
        );
    }
    all + &cluster.psql("SELECT slot_name FROM pg_replication_slots")
        + &cluster.psql("SELECT name, setting FROM pg_settings WHERE name IN ('work_mem', 'log_min_messages')")
}

/// A server with a role `app` that owns and may do this and that.
fn server() -> Cluster {
    let cluster = Cluster::start(servers::version());
    for sql in [
        "CREATE ROLE app LOGIN PASSWORD 'first'",
        "CREATE ROLE boss",
        "CREATE DATABASE apps OWNER app",
        "GRANT CONNECT ON DATABASE postgres TO app",
        "COMMENT ON ROLE app IS 'the application'",
        "ALTER ROLE app SET work_mem = '5MB'",
    ] {
        cluster.psql(sql);
    }
    cluster
}

/// Scripts that leave their database. FILE is a path that nobody has.
const HOSTILE: &[&str] = &[
    "DROP OWNED BY app;",
    "REASSIGN OWNED BY app TO CURRENT_USER;",
    "DO $$ BEGIN ALTER ROLE app SUPERUSER; END $$;",
    "DO $$ BEGIN EXECUTE 'ALTER RO' || 'LE app SUPERUSER'; END $$;",
    "DO $$ BEGIN ALTER ROLE app PASSWORD 'second'; END $$;",
    "DO $$ BEGIN DROP OWNED BY app; DROP ROLE boss; END $$;",
    "DO $$ BEGIN REASSIGN OWNED BY app TO CURRENT_USER; END $$;",
    "DO $$ BEGIN GRANT boss TO app; END $$;",
    "DO $$ BEGIN ALTER ROLE ALL SET work_mem = '77MB'; END $$;",
    "DO $$ BEGIN ALTER DATABASE apps SET work_mem = '77MB'; END $$;",
    "DO $$ BEGIN ALTER DATABASE apps RENAME TO gone; END $$;",
    "DO $$ BEGIN GRANT ALL ON DATABASE apps TO boss; END $$;",
    "DO $$ BEGIN COMMENT ON ROLE app IS 'x'; END $$;",
    "DO $$ BEGIN EXECUTE 'CREATE ROLE ' || 'ghost' || '1'; END $$;",
    "UPDATE pg_database SET datconnlimit = 0 WHERE datname = 'apps';",
    "UPDATE pg_authid SET rolsuper = true WHERE rolname = 'app';",
    "DELETE FROM pg_shdescription;",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE app SUPERUSER; RETURN NEW; END $$;\n\
     CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();\nINSERT INTO orders VALUES (7);",
    "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE app SUPERUSER; END $$;\n\
     CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();\nCREATE TABLE x (id int);",
    "CREATE TABLE x (id int);\nCREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE app SUPERUSER; RETURN NEW; END $$;\n\
     CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW EXECUTE FUNCTION f();",
    "SELECT pg_create_physical_replication_slot('left_over');",
    "DO $$ BEGIN EXECUTE 'SELECT pg_create_physical_repli' || 'cation_slot(''left_over'')'; END $$;",
    "CREATE EXTENSION dblink;\nSELECT dblink_exec('dbname=apps', 'CREATE TABLE stolen (id int)');",
    "CREATE EXTENSION postgres_fdw;\nCREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'apps');",
    "CREATE EXTENSION file_fdw;\nCREATE SERVER s FOREIGN DATA WRAPPER file_fdw;\n\
     CREATE FOREIGN TABLE p (l text) SERVER s OPTIONS (program 'touch FILE');\nCREATE TABLE q AS SELECT * FROM p;",
    "COPY orders TO PROGRAM 'cat > FILE';",
    "COPY (SELECT 1) TO 'FILE';",
    "DO $$ BEGIN EXECUTE 'COPY orders TO PROG' || 'RAM ''cat > FILE'''; END $$;",
    "DO $$ BEGIN EXECUTE format('COPY orders TO %L', 'FILE'); END $$;",
    "SELECT lo_export(lo_from_bytea(0, 'x'), 'FILE');",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid();",
    "SELECT pg_reload_conf();",
    "SELECT query_to_xml('SELECT lo_export(lo_from_bytea(0, ''x''), ''FILE'')', true, true, '');",
    "ALTER SYSTEM SET work_mem = '77MB';",
    "CREATE FUNCTION run(text) RETURNS int AS 'libc.so.6', 'system' LANGUAGE c STRICT;\nSELECT run('touch FILE');",
    "CREATE FUNCTION copy_out(oid, text) RETURNS int AS 'be_lo_export' LANGUAGE internal;\n\
     SELECT copy_out(lo_from_bytea(0, 'x'), 'FILE');",
    "-- schemactl: transaction = none\nDO $$ BEGIN ALTER ROLE app SUPERUSER; COMMIT; END $$;",
    "-- schemactl: transaction = none\nDO $$ BEGIN EXECUTE 'ALTER RO' || 'LE app SUPERUSER'; COMMIT; END $$;",
    "-- schemactl: transaction = none\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE app SUPERUSER; COMMIT; END $$;\nCALL p();",
    "-- schemactl: transaction = none\nUPDATE pg_authid SET rolsuper = true WHERE rolname = 'app';",
    "CREATE TYPE mood AS ENUM ('a');\nALTER TYPE mood ADD VALUE 'b';\nUPDATE pg_authid SET rolsuper = true WHERE rolname = 'app';",
];

/// Whether what is said of a version is never that all is well.
#[track_caller]
fn claims_nothing(output: &Output, version: usize, up: &str) {
    let text = output.text();
    let lines: Vec<&str> = text.lines().collect();
    let begin = format!("{version} out{version}");
    let Some(at) = lines.iter().position(|line| line.starts_with(&begin)) else { return };
    let told = lines[at + 1..].iter().take_while(|line| line.starts_with("  ")).any(|line| line.contains("the server"));
    assert!(!lines[at].contains("lossless") || told, "{up}\n{text}");
}

#[test]
fn e30_hostile_scripts_leave_the_server_as_it_is() {
    let cluster = server();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made");
    let database = cluster.create_database();
    let project = project(&database, &[("V1__orders.sql", ORDERS)]);
    let before = shared(&cluster);
    let scripts: Vec<String> = HOSTILE.iter().map(|up| up.replace("FILE", path.to_str().unwrap())).collect();
    for (at, up) in scripts.iter().enumerate() {
        project.file(&format!("migrations/postgres/V{0}__out{0}.sql", at + 2), up);
    }
    // What does not run does not end the proofs of the others.
    for arguments in [["generate"].as_slice(), &["prove", "--all"], &["check", "--prove"]] {
        let output = project.run(arguments);
        assert!(!path.exists(), "{}", output.text());
        assert_eq!(shared(&cluster), before, "{}", output.text());
        for (at, up) in scripts.iter().enumerate() {
            claims_nothing(&output, at + 2, up);
        }
    }
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_database WHERE datname ~ 'scratch'"), "0");
}

/// Each alone, so that none hides behind what another is told of.
#[test]
fn e30_each_hostile_script_is_told_alone() {
    let cluster = server();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made");
    let database = cluster.create_database();
    let before = shared(&cluster);
    for at in [0, 3, 13, 17, 19, 21, 22, 27, 36, 37, 40] {
        let up = HOSTILE[at].replace("FILE", path.to_str().unwrap());
        let project = project(&database, &[("V1__orders.sql", ORDERS), ("V2__out2.sql", &up)]);
        let proven = project.run(["prove"]);
        claims_nothing(&proven, 2, &up);
        let planned = project.run(["plan"]);
        assert!(!path.exists(), "{}\n{}", proven.text(), planned.text());
        assert_eq!(shared(&cluster), before, "{}\n{}", proven.text(), planned.text());
    }
}

/// A dry run on the live server: what no rollback takes back is not begun, also where the database has it already.
#[test]
fn e30_a_dry_run_stops_before_what_no_rollback_takes_back() {
    let cluster = server();
    let database = cluster.create_database();
    database.psql("CREATE TABLE orders (id bigint PRIMARY KEY, note text)");
    database.psql("CREATE TABLE other (id int)");
    database.psql("CREATE EXTENSION dblink");
    let url = format!("dbname={} port={}", database.name(), "5432");
    let push = format!("BEGIN PERFORM dblink_exec('{url}', 'INSERT INTO other VALUES (1)'); RETURN NEW; END");
    database.psql(&format!("CREATE FUNCTION push() RETURNS trigger LANGUAGE plpgsql AS $$ {push} $$"));
    database.psql("CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION push()");
    for (up, what) in [
        ("INSERT INTO public.orders VALUES (1);", "uses orders, which has a function that reaches beyond the database"),
        ("SELECT 1;\nSELECT lo_export(1, '/tmp/none');", "statement 2 of migration 2 out calls or installs lo_export"),
        ("COPY other TO PROGRAM 'true';", "runs a program on the server (COPY)"),
        ("SELECT pg_create_physical_replication_slot('left_over');", "makes a replication slot"),
    ] {
        let project = project(
            &database,
            &[("V1__fine.sql", "CREATE TABLE fine (id int);"), ("V2__out.sql", up), ("V3__later.sql", "SELECT 1;")],
        );
        for arguments in [["plan"].as_slice(), &["up", "--dry-run"]] {
            let output = project.run(arguments);
            output
                .code(0)
                .stdout_has("rehearsed: 1 of 3 steps would succeed; the other 2 were not rehearsed: ")
                .stdout_has(what);
        }
    }
    assert_eq!(database.psql("SELECT count(*) FROM other"), "0");
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_replication_slots"), "0");
}

/// On a server for proofs alone, everything is run.
#[test]
fn e30_a_server_of_its_own_takes_what_reaches_out() {
    let (cluster, proofs) = (server(), Cluster::start(servers::version()));
    let database = cluster.create_database();
    let scratch = proofs.create_database();
    let up =
        "CREATE EXTENSION dblink;\nCREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT dblink_connect('x') $$;";
    let project = project(&database, &[("V1__link.sql", up)]);
    project.run(["generate"]).stdout_has("1 link: FAILED").stdout_has("scratch_url");
    let same = format!("[postgres]\nurl = \"{}\"\nscratch_url = \"{}\"\n", database.url(), database.url());
    project.config(&same).run(["generate"]).stdout_has("1 link: FAILED");
    project.config(&format!("[postgres]\nurl = \"{}\"\nscratch_url = \"{}\"\n", database.url(), scratch.url()));
    project.run(["generate"]).code(0).stdout_has("1 link: lossless; the down is written");
}

/// A comment with the words was enough to drop a role that somebody else had just made.
#[test]
fn e31_roles_of_others_stay() {
    let cluster = Cluster::start(servers::version());
    let database = cluster.create_database();
    let up = "-- create users table, create role carol\nCREATE TABLE users (id int PRIMARY KEY);\nSELECT pg_sleep(2);\n\
              DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dave') THEN CREATE ROLE dave; END IF; END $$;";
    let project = project(&database, &[("V1__users.sql", up)]);
    let running = project.spawn(["generate"]);
    while cluster
        .psql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' AND pid <> pg_backend_pid()")
        == "0"
    {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    cluster.psql("CREATE ROLE carol");
    running.wait().code(0).stdout_has("is the server's, and stays");
    let roles = "SELECT string_agg(rolname, ' ' ORDER BY 1) FROM pg_roles WHERE rolname IN ('carol', 'dave')";
    assert_eq!(cluster.psql(roles), "carol");
}

/// A role that an up makes without looking is dropped by its down, so that the up can run again; on a live database too.
#[test]
fn e32_the_down_of_a_role_lets_the_up_run_again() {
    let cluster = Cluster::start(servers::version());
    let database = cluster.create_database();
    let up = "CREATE ROLE reporter;\nCREATE USER \"The App\";\nGRANT SELECT ON orders TO reporter, \"The App\";";
    let project = project(&database, &[("V1__orders.sql", ORDERS), ("V2__roles.sql", up)]);
    project.run(["generate"]).code(0).stdout_has("2 roles: lossless").stdout_has("changes the server");
    let down = project.read("migrations/postgres/V2__roles.down.sql");
    assert!(down.contains("DROP ROLE \"The App\";\nDROP ROLE reporter;\n"), "{down}");
    project.run(["prove", "--all"]).code(0);
    let roles = "SELECT count(*) FROM pg_roles WHERE rolname IN ('reporter', 'The App')";
    assert_eq!(cluster.psql(roles), "0");
    for _ in 0..2 {
        project.run(["up"]).code(0);
        assert_eq!(cluster.psql(roles), "2");
        project.run(["down", "--steps", "1"]).code(0);
        assert_eq!(cluster.psql(roles), "0");
    }
    for (down, why) in [
        ("REVOKE SELECT ON orders FROM reporter, \"The App\";", "already exists"),
        ("DROP ROLE reporter, \"The App\";", "cannot be dropped because some objects depend on it"),
    ] {
        project.file("migrations/postgres/V2__roles.down.sql", down);
        project.run(["prove", "--all"]).code(3).stdout_has("2 roles: WRONG").stdout_has(why);
        project.run(["check", "--prove"]).code(3);
    }
}

/// A role that an up only looks for is the server's: no down drops it.
#[test]
fn e32_a_role_that_may_have_been_there_stays() {
    let cluster = Cluster::start(servers::version());
    let database = cluster.create_database();
    let guarded = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reporter') THEN CREATE ROLE reporter; END IF; END $$;\n\
                   GRANT SELECT ON orders TO reporter;";
    let project = project(&database, &[("V1__orders.sql", ORDERS), ("V2__roles.sql", guarded)]);
    project.run(["generate"]).code(0).stdout_has("2 roles: lossless").stdout_has("is the server's, and stays");
    assert!(!project.read("migrations/postgres/V2__roles.down.sql").contains("DROP ROLE"));
    for _ in 0..2 {
        project.run(["up"]).code(0);
        project.run(["down", "--steps", "1"]).code(0);
    }
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'reporter'"), "1");
}

/// 33: what a platform brings, roles included, is the ground of the proofs.
#[test]
fn e33_a_platform_is_the_ground() {
    let cluster = Cluster::start(servers::version());
    let database = cluster.create_database();
    let project = project(
        &database,
        &[(
            "V1__profiles.sql",
            "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users (id));\nGRANT SELECT ON profiles TO anon;",
        )],
    );
    project.run(["generate"]).stdout_has("1 profiles: FAILED");
    project.file(
        "platform.sql",
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN CREATE ROLE anon; END IF; END $$;\n\
         CREATE SCHEMA auth;\nCREATE TABLE auth.users (id uuid PRIMARY KEY, email text);\n",
    );
    project.config(&format!("[postgres]\nurl = \"{}\"\nscratch_setup = \"platform.sql\"\n", database.url()));
    project.run(["generate"]).code(0).stdout_has("1 profiles: lossy");
    let down = project.read("migrations/postgres/V1__profiles.down.sql");
    assert!(down.contains("DROP TABLE profiles") && !down.contains("auth"), "{down}");
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'anon'"), "0");
    database.psql("CREATE ROLE anon");
    database.psql("CREATE SCHEMA auth");
    database.psql("CREATE TABLE auth.users (id uuid PRIMARY KEY, email text)");
    project.run(["up"]).code(0);
    project.run(["diff"]).code(0);
    assert_eq!(
        cluster.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'anon'"),
        "1",
        "it was there before the proof"
    );
}

/// I: the password of a statement that fails is not shown.
#[test]
fn i_a_failing_statement_does_not_show_its_password() {
    let cluster = server();
    let database = cluster.create_database();
    for up in [
        "CREATE ROLE app LOGIN PASSWORD 'geheim77';",
        "DO $$ BEGIN CREATE ROLE app LOGIN PASSWORD 'geheim77'; END $$;",
        "CREATE ROLE b PASSWORD 'geheim77' NONSENSE;",
    ] {
        let project = project(&database, &[("V1__role.sql", up)]);
        for arguments in [["up"].as_slice(), &["up", "--json"], &["plan"], &["prove"], &["check"]] {
            let output = project.run(arguments);
            assert!(!output.text().contains("geheim77"), "{}", output.text());
        }
        assert!(project.run(["up"]).text().contains("********"));
    }
}

/// The library's proof is the same one.
#[tokio::test]
async fn e30_the_librarys_proof_leaves_the_server_as_it_is() {
    let cluster = server();
    let before = shared(&cluster);
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    for at in [2, 14, 17, 26] {
        let up = HOSTILE[at].replace("FILE", made.to_str().unwrap());
        std::fs::write(folder.path().join("V1__orders.sql"), ORDERS).unwrap();
        std::fs::write(folder.path().join("V2__out.sql"), &up).unwrap();
        let migrations = schemactl::Migrations::read(folder.path()).unwrap();
        let url = cluster.url();
        let proof = tokio::spawn(async move { schemactl::postgres::assert_proven(&url, &migrations).await });
        let panic = proof.await.unwrap_err().into_panic();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains("leaves its database"), "{text}");
        assert!(!made.exists() && shared(&cluster) == before, "{up}");
    }
}
