use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use schemactl_test_support::postgres::{self, Cluster, Config, Session, client};
use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

use super::{back_up, backups, filled, made, nothing_partial, path, postgres};

const SCHEMA: &str = "
    CREATE SCHEMA \"Odd schema\";
    CREATE TYPE mood AS ENUM ('it''s fine', '😀');
    CREATE TABLE \"Odd schema\".\"Odd table\" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m mood, j jsonb, n numeric, t timestamptz, a text[],
        total integer GENERATED ALWAYS AS (1 + 1) STORED);
    INSERT INTO \"Odd schema\".\"Odd table\" (m, j, n, t, a) VALUES
        ('😀', '{\"a\": null, \"b\": \"\\\\n\"}', 'NaN', '-infinity', '{NULL,\"NULL\",\"\",\"a,b\"}'),
        (NULL, NULL, 123456789012345678901234567890.123456789, '2026-02-28 23:59:59.999999+00', '{}');
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER g BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION f();
    CREATE INDEX notes_text ON notes (lower(text)) WHERE text IS NOT NULL;
    COMMENT ON TABLE notes IS 'it''s a comment';
";

/// The same settings, whatever the database is called.
fn settings(cluster: &Cluster, database: &str) -> String {
    cluster.psql(&format!(
        "SELECT setrole::regrole, setconfig, datcollate, datctype, encoding FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid \
         WHERE datname = '{database}' ORDER BY 1, 2"
    ))
}

#[test]
fn what_comes_back_is_what_was_there() {
    let Some(shop) = postgres() else { return };
    let (cluster, name) = (postgres::shared(postgres::version()), shop.database().name().to_owned());
    shop.execute(SCHEMA);
    cluster.psql(&format!("ALTER DATABASE {name} SET search_path TO \"$user\", public, \"Odd schema\"; ALTER DATABASE {name} SET app.tenant TO 'it''s = 1'"));
    let dump = shop.database().dump_all();
    let backup = back_up(&shop);
    assert!(backup.starts_with(&format!("backups/{name}-20")) && backup.ends_with("Z-v2.dump"), "{backup}");
    shop.execute("DROP TABLE notes CASCADE; DROP SCHEMA \"Odd schema\" CASCADE");
    shop.run(&format!("restore {backup} --into {name}_old"))
        .ok()
        .stdout_has(&format!("restored database {name}_old: version 2, as it was at "));
    let old = cluster.database(&format!("{name}_old"));
    assert_eq!(old.dump_all(), dump);
    assert_eq!(settings(cluster, &format!("{name}_old")), settings(cluster, &name));
    assert!(settings(cluster, &name).contains("app.tenant=it's = 1"));
    let privileges =
        format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO pg_monitor");
    cluster.psql(&privileges);
    let rights = |name: &str| {
        cluster.psql(&format!(
            "SELECT datdba::regrole, array_to_string(datacl, ' ') FROM pg_database WHERE datname = '{name}'"
        ))
    };
    let before = rights(&name);
    assert!(before.contains("pg_monitor=c/"), "{before}");
    shop.run(&format!("restore {backup} --replace")).ok().stdout_has(&format!("replaced database {name}: version 2"));
    assert_eq!(shop.database().dump_all(), dump);
    assert_eq!(rights(&name), before);
    shop.run("status").ok().stdout_has("\n2 applied");
    drop(old);
    // Nothing is left of what was replaced, nor of the way there.
    assert_eq!(named_like(cluster, &name), name);
    nothing_partial(&shop.project);
}

#[test]
fn what_a_killed_restore_left_is_cleared_away() {
    let Some(shop) = postgres() else { return };
    let (cluster, name) = (postgres::shared(postgres::version()), shop.database().name().to_owned());
    let (content, backup) = (shop.content(), back_up(&shop));
    cluster.psql(&format!("CREATE DATABASE schemactl_restoring_{name}"));
    cluster.psql(&format!("CREATE DATABASE schemactl_replaced_{name}"));
    shop.run(&format!("restore {backup} --replace")).ok();
    assert_eq!(shop.content(), content);
    assert_eq!(named_like(cluster, &name), name);
}

#[test]
fn of_two_restores_at_once_one_is_refused() {
    let Some(shop) = postgres() else { return };
    let (cluster, name) = (postgres::shared(postgres::version()), shop.database().name().to_owned());
    let backup = back_up(&shop);
    let mut other = Session::open(&cluster.url());
    other.run(&format!("SELECT pg_advisory_lock(hashtextextended('schemactl_restoring_{name}', 0))"));
    let output = shop.run(&format!("restore {backup} --replace"));
    output.code(4).error("E0905").stderr_has("another restore of it is at work");
    drop(other);
    shop.run(&format!("restore {backup} --replace")).ok();
}

/// The databases in whose names this one is.
fn named_like(cluster: &Cluster, name: &str) -> String {
    cluster.psql(&format!("SELECT datname FROM pg_database WHERE datname ~ '(^|_){name}(_|$)' ORDER BY 1"))
}

#[test]
fn one_that_cannot_be_restored_leaves_nothing() {
    let Some(shop) = postgres() else { return };
    let (cluster, name) = (postgres::shared(postgres::version()), shop.database().name().to_owned());
    cluster.psql(&format!("CREATE ROLE {name}_gone"));
    shop.execute(&format!("ALTER TABLE notes OWNER TO {name}_gone"));
    let (content, backup) = (shop.content(), back_up(&shop));
    shop.execute("ALTER TABLE notes OWNER TO current_user");
    cluster.psql(&format!("DROP ROLE {name}_gone"));
    let output = shop.run(&format!("restore {backup} --replace"));
    output
        .code(1)
        .error("E0902")
        .stderr_has(&format!("role \"{name}_gone\" does not exist"))
        .stderr_has("= state: nothing was changed");
    assert_eq!(shop.content(), content);
    assert_eq!(named_like(cluster, &name), name);
}

const PASSWORD: &str = "Xyzzy'-Plugh Frotz";

/// Programs that write down how they are called, and call the real ones.
fn spies(shop: &Shop) -> String {
    for name in ["pg_dump", "pg_restore"] {
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{0}/arguments'\nenv >> '{0}/variables'\nexec '{1}' \"$@\"\n",
            shop.project.path().display(),
            client(name).display()
        );
        shop.project.file(&format!("bin/{name}"), script);
        fs::set_permissions(path(&shop.project, &format!("bin/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
    }
    "bin".to_owned()
}

#[test]
fn a_password_is_in_no_argument_and_in_nothing_that_is_written() {
    let access = "host all bob 127.0.0.1/32 scram-sha-256";
    let cluster = Cluster::start(Config::new(postgres::version()).tcp().access(access));
    cluster.psql(&format!("CREATE ROLE bob LOGIN SUPERUSER PASSWORD '{}'", PASSWORD.replace('\'', "''")));
    let port = cluster.tcp().expect("it listens").port;
    let database = cluster.create_database();
    if !database.can_dump() {
        return;
    }
    let shop = filled(Shop::with(project!(), database));
    let name = shop.database().name().to_owned();
    let bin = spies(&shop);
    let encoded = PASSWORD.replace('\'', "%27").replace(' ', "%20");
    let bare = format!("postgres://bob@127.0.0.1:{port}/{name}?sslmode=disable&options=-c%20app.tenant%3D7");
    shop.project.file("pgpass", format!("*:*:*:bob:{PASSWORD}\n"));
    fs::set_permissions(path(&shop.project, "pgpass"), fs::Permissions::from_mode(0o600)).unwrap();
    let ways = [
        (bare.replace("bob@", &format!("bob:{encoded}@")), None),
        (bare.clone(), Some(("PGPASSWORD", PASSWORD.to_owned()))),
        (bare.clone(), Some(("PGPASSFILE", path(&shop.project, "pgpass").display().to_string()))),
    ];
    for (url, variable) in ways {
        shop.project.config(&format!("[postgres]\nurl = \"${{URL}}\"\n[backup]\npg_bin = \"{bin}\"\n")).env("URL", url);
        let variables: Vec<(&str, &str)> = variable.iter().map(|(name, value)| (*name, &**value)).collect();
        let output = shop.project.spawn_with(&variables, ["backup", "--json", "-vv"]).wait();
        let backup = made(&output);
        let restored =
            shop.project.spawn_with(&variables, ["restore", &backup, "--into", "beside", "--replace", "-vv"]).wait();
        restored.ok();
        for text in [
            &output.stdout,
            &output.stderr,
            &restored.stdout,
            &restored.stderr,
            &shop.project.read("arguments"),
            &shop.project.read(&format!("{backup}.json")),
        ] {
            assert!(!["Xyzzy", "Plugh", "Frotz"].iter().any(|part| text.contains(part)), "{text}");
        }
    }
    assert!(shop.project.read("variables").contains("PGPASSWORD=Xyzzy"));
    assert!(shop.project.read("arguments").contains("sslmode='disable'"));
    let denied = shop.project.spawn_with(&[("URL", &bare.replace("bob@", "bob:Xyzzy@"))], ["backup"]).wait();
    denied.code(1).error("E0502").lacks("Xyzzy");
    assert_eq!(backups(&shop.project).len(), 3);
}

/// The version that is recorded is that of what was dumped, whoever applies migrations meanwhile.
#[test]
fn the_version_is_that_of_the_moment_of_the_dump() {
    let Some(shop) = postgres() else { return };
    spies(&shop);
    // Between the look at the history and the dump, somebody else is faster.
    let up = format!("'{}' up > /dev/null", env!("CARGO_BIN_EXE_schemactl"));
    let script = shop.project.read("bin/pg_dump").replace(
        "exec ",
        &format!("case \"$*\" in *--snapshot*) (cd '{}' && {up});; esac\nexec ", shop.project.path().display()),
    );
    shop.project.file("bin/pg_dump", script);
    let config = shop.project.read("schema.toml");
    shop.project.config(&format!("{config}[backup]\npg_bin = \"bin\"\n"));
    shop.file("V3__late.sql", "CREATE TABLE late (x integer);\n");
    let backup = back_up(&shop);
    assert_eq!(shop.applied(), "1 2 3");
    assert!(backup.ends_with("-v2.dump"), "{backup}");
    let old = format!("{}_old", shop.database().name());
    shop.run(&format!("restore {backup} --into {old}")).ok().stdout_has("version 2");
}
