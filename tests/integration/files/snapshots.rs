//! What `export` writes, and what `import --snapshot` makes of it: equal, on either kind of database.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

const SQLITE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, boss INTEGER REFERENCES people (id), score REAL, photo BLOB,
    born TEXT CHECK (born IS strftime('%Y-%m-%dT%H:%M:%fZ', born, '+0 days')), active BOOLEAN, tags TEXT CHECK (tags IS NULL OR json_valid(tags)),
    loud TEXT AS (upper(name)));
CREATE TABLE houses (id TEXT PRIMARY KEY, owner INTEGER NOT NULL REFERENCES people (id), next TEXT REFERENCES streets (house) DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID;
CREATE TABLE streets (house TEXT PRIMARY KEY REFERENCES houses (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE logs (at TEXT, what);
CREATE TABLE counted (n INTEGER);
CREATE TRIGGER count_people AFTER INSERT ON people BEGIN INSERT INTO counted VALUES (1); END;
CREATE VIRTUAL TABLE words USING fts5 (name, content = 'people', content_rowid = 'id');
CREATE TRIGGER people_words AFTER INSERT ON people BEGIN INSERT INTO words (rowid, name) VALUES (new.id, new.name); END;";

const POSTGRES: &str = "CREATE TYPE mood AS ENUM ('fine', 'sad');
CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, boss bigint REFERENCES people, score double precision, photo bytea,
    born timestamptz, active boolean, tags jsonb, loud text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE houses (id text PRIMARY KEY, owner bigint NOT NULL REFERENCES people, next text);
CREATE TABLE streets (house text PRIMARY KEY REFERENCES houses);
ALTER TABLE houses ADD CONSTRAINT houses_next FOREIGN KEY (next) REFERENCES streets;
COMMENT ON CONSTRAINT houses_next ON houses IS 'a circle';
CREATE TABLE logs (at text, what text);
CREATE TABLE counted (n bigint);
CREATE FUNCTION count_people() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO counted VALUES (1); RETURN NEW; END $$;
CREATE TRIGGER people_counted AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION count_people();
CREATE TABLE odd (at interval, net inet, r int4range, m mood, n numeric, x xml, d date, t timetz, c char(5), a text[], j json, b bit varying, f real, dp double precision);";

const ROWS: &str = "INSERT INTO people (id, name, boss, score, photo, born, active, tags) VALUES (7, 'Zoë 😀', NULL, 0.1, x'00ff', '2025-01-27T09:15:30.250Z', 1, '{\"b\": 1.50, \"a\": [null]}');
INSERT INTO people (id, name, boss, score) VALUES (2, 'b', 7, 1.0), (900, 'gone', 2, 9007199254740993);
INSERT INTO houses VALUES ('h1', 2, NULL), ('B', 7, NULL), ('a', 7, NULL);
INSERT INTO streets VALUES ('h1');
UPDATE houses SET next = 'h1' WHERE id = 'a';
DELETE FROM people WHERE id = 900;";

/// What SQLite keeps and others do not.
const ODD: &str = "INSERT INTO logs VALUES ('x', 1), ('x', 1), (NULL, 1.0), ('', -0.0), ('y', 9e999), ('z', x''), (CAST(x'636166e9' AS TEXT), 'a' || char(0) || 'b'), (1.5, 9223372036854775807);";

/// A project with both backends, migrated.
struct Both {
    project: Project,
    database: Database,
}

impl Both {
    fn new() -> Self {
        let both = Self { project: project!(), database: postgres::database(postgres::version()) };
        both.project.env("DATABASE_URL", both.database.url());
        both.project.config("backend = \"sqlite\"\n[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n[map]\npostgres_only = [\"odd\"]\n[map.convert]\nlogs.what = { real = \"text\", blob = \"utf8\" }\n");
        both.project.file("migrations/sqlite/V1__create.sql", SQLITE);
        both.project.file("migrations/postgres/V1__create.sql", POSTGRES);
        both.run("up --backend sqlite").ok();
        both.run("up --backend postgres").ok();
        both
    }

    fn run(&self, arguments: &str) -> Output {
        self.project.run(arguments.split_whitespace())
    }

    fn file(&self, sql: &str) -> String {
        let connection = sqlite::open(&self.project.path().join("app.db"));
        if sql.starts_with("SELECT") {
            sqlite::query(&connection, sql)
        } else {
            connection.execute_batch(sql).map(|()| String::new()).unwrap()
        }
    }

    /// Another file that is migrated and empty.
    fn second(&self) -> &'static str {
        self.run("up --url sqlite:second.db").ok();
        "--url sqlite:second.db"
    }
}

#[test]
fn a_file_comes_back_to_the_last_bit() {
    let both = Both::new();
    both.file(ROWS);
    both.file(ODD);
    for format in ["json", "jsonl"] {
        both.run(&format!("export --format {format} -o a.{format}")).ok().stdout_has("rows of 5 tables written to a.");
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(both.project.path().join(format!("a.{format}"))).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_file(both.project.path().join("second.db")).ok();
        let second = both.second();
        both.run(&format!("import {second} --snapshot a.{format}")).ok().stdout_has("read back");
        both.run(&format!("export {second} --format {format} -o b.{format}")).ok();
        assert_eq!(both.project.read(&format!("a.{format}")), both.project.read(&format!("b.{format}")));
        let copy = sqlite::open(&both.project.path().join("second.db"));
        let query = "SELECT id, hex(CAST(name AS BLOB)), typeof(score), loud FROM people ORDER BY id";
        assert_eq!(sqlite::query(&copy, query), both.file(query));
        let classes = "SELECT typeof(at), hex(CAST(at AS BLOB)), typeof(what), quote(what) FROM logs";
        assert_eq!(sqlite::query(&copy, classes), both.file(classes));
        // No trigger has counted, what is searched was made anew, and numbers go on behind those that are gone.
        assert_eq!(sqlite::query(&copy, "SELECT count(*) FROM counted"), "3");
        assert_eq!(sqlite::query(&copy, "SELECT rowid FROM words WHERE words MATCH 'b'"), "2");
        copy.execute_batch("INSERT INTO people (name) VALUES ('next')").unwrap();
        assert_eq!(sqlite::query(&copy, "SELECT max(id) FROM people"), "901");
        drop(copy);
        both.run(&format!("diff {second}")).ok();
    }
    serde_json::from_str::<serde_json::Value>(&both.project.read("a.json")).unwrap();
}

#[test]
fn a_server_comes_back_to_the_last_bit() {
    let both = Both::new();
    both.database.psql(&on_server(ROWS));
    both.database.psql("INSERT INTO odd VALUES ('1 mon -3 days', '10.0.0.1/8', '[1,5)', 'sad', 'NaN', '<a>x</a>', 'infinity', '10:00+02', 'ab', ARRAY['a,b', NULL, '\"'], ' {\"a\" : 1, \"a\":2}', B'101', '-0', '1e-300'),
        (NULL, NULL, 'empty', NULL, 12345678901234567890.10, NULL, '0044-03-15 BC', NULL, NULL, '{}', NULL, NULL, 'NaN', '-Infinity');
        INSERT INTO logs VALUES (E'tab\\t\\\\N\\n\\\\.', NULL), ('', 'x');");
    both.run("export --backend postgres -o a.json").ok();
    let second = postgres::database(postgres::version());
    let at = format!("--backend postgres --url {}", second.url());
    both.run(&format!("up {at}")).ok();
    both.run(&format!("import {at} --snapshot a.json")).ok();
    both.run(&format!("export {at} -o b.json")).ok();
    assert_eq!(both.project.read("a.json"), both.project.read("b.json"));
    assert_eq!(second.psql("SELECT count(*) FROM counted"), "3");
    assert_eq!(second.psql("INSERT INTO people (name) VALUES ('next') RETURNING id").lines().next(), Some("901"));
    assert_eq!(second.psql("SELECT obj_description(oid) FROM pg_constraint WHERE conname = 'houses_next'"), "a circle");
    both.run(&format!("diff {at}")).ok();
}

/// The rows for PostgreSQL's words.
fn on_server(rows: &str) -> String {
    let rows = rows.replace(
        "INSERT INTO people (id, name, boss, score, photo, born, active, tags) VALUES",
        "INSERT INTO people (id, name, boss, score, photo, born, active, tags) OVERRIDING SYSTEM VALUE VALUES",
    );
    let rows = rows.replace(
        "INSERT INTO people (id, name, boss, score) VALUES",
        "INSERT INTO people (id, name, boss, score) OVERRIDING SYSTEM VALUE VALUES",
    );
    rows.replace("x'00ff'", "'\\x00ff'").replace("250Z', 1,", "250Z', true,")
        + "SELECT setval(pg_get_serial_sequence('people', 'id'), 900);"
}

#[test]
fn from_one_kind_to_the_other_and_back() {
    let both = Both::new();
    both.file(ROWS);
    both.file("INSERT INTO logs VALUES ('x', 'y'), ('x', 'y')");
    both.run("export -o file.json").ok();
    both.run("import --backend postgres --snapshot file.json").ok().stdout_has("people: 2 rows, equal");
    assert_eq!(
        both.database.psql(
            "SET TimeZone TO 'UTC'; SELECT id, name, boss, score, photo, born, active, tags FROM people ORDER BY id"
        ),
        "2|b|7|1||||\n7|Zoë 😀||0.1|\\x00ff|2025-01-27 09:15:30.25+00|t|{\"a\": [null], \"b\": 1.50}"
    );
    assert_eq!(
        both.database.psql("INSERT INTO people (name) VALUES ('next') RETURNING id").lines().next(),
        Some("901")
    );
    both.database.psql("DELETE FROM people WHERE id = 901");
    both.run("export --backend postgres --tables people,houses,streets,logs,counted -o server.json").ok();
    let second = both.second();
    both.run(&format!("import {second} --snapshot server.json")).ok().stdout_has("streets: 1 row, equal");
    let copy = sqlite::open(&both.project.path().join("second.db"));
    let query = "SELECT id, name, boss, score, hex(photo), born, active FROM people ORDER BY id";
    assert_eq!(sqlite::query(&copy, query), both.file(query));
}

#[test]
fn what_has_no_place_is_named_and_nothing_is_restored() {
    let both = Both::new();
    both.file(ROWS);
    both.file(ODD);
    both.run("export -o file.json").ok();
    let said = both.run("import --backend postgres --snapshot file.json").error("E1001").text();
    assert!(said.contains("of logs: ") && said.contains("nothing was restored"), "{said}");
    assert_eq!(both.database.psql("SELECT count(*) FROM people"), "0");
    both.run("diff --backend postgres").ok();
}

#[test]
fn a_snapshot_that_is_cut_off_changed_or_of_another_version() {
    let both = Both::new();
    both.file(ROWS);
    both.run("export -o a.json").ok();
    let (whole, second) = (both.project.read("a.json"), both.second());
    both.project.file("cut.json", &whole[..whole.len() / 2]);
    both.run(&format!("import {second} --snapshot cut.json")).error("E1003").stderr_has("cut off");
    both.project.file("changed.json", whole.replace("\"b\"", "\"c\""));
    both.run(&format!("import {second} --snapshot changed.json")).error("E1003");
    both.project.file("other.json", "{\"a\": 1}\n");
    both.run(&format!("import {second} --snapshot other.json")).error("E1003").stderr_has("no header");
    both.run(&format!("import {second} --snapshot none.json")).error("E1003");
    both.run(&format!("import {second} --dry-run --snapshot a.json")).ok().stdout_has("nothing was written");
    // Where rows are, nothing is restored over them.
    both.run("import --snapshot a.json").error("E0803").stderr_has("has rows");
    both.project.file("migrations/sqlite/V2__more.sql", "CREATE TABLE more (id INTEGER PRIMARY KEY);");
    both.run(&format!("up {second}")).ok();
    both.run(&format!("import {second} --snapshot a.json"))
        .error("E1002")
        .stderr_has("of version 1, and the database is at 2");
}

#[test]
fn pipes_tables_and_csv() {
    let both = Both::new();
    both.file(ROWS);
    both.file("INSERT INTO logs VALUES ('a,\"b\"' || char(10) || 'c', NULL), ('', x'00')");
    let csv = both.run("export --tables logs --format csv").ok().text();
    assert!(csv.contains("at,what\n\"a,\"\"b\"\"\nc\",\n\"\",\"{\"\"blob\"\":\"\"AA==\"\"}\"\n"), "{csv}");
    both.run("export --format csv").error("E0107");
    both.run("export --tables peple").error("E0107").stderr_has("did you mean");
    both.run("export --json").code(2).stdout_has("E0107");
    both.run("export --json -o x.json").ok().stdout_has("\"rows\": 3");
    let second = both.second();
    both.project.shell("export --format jsonl | gzip -c > a.jsonl.gz").ok();
    both.run(&format!("import {second} --snapshot a.jsonl.gz")).ok().stdout_has("equal");
    both.run("export -o /nowhere/x.json").error("E0701");
}
