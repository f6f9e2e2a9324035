//! Data from SQLite to PostgreSQL: copied, gone on with after whatever died, compared, and taken away again.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

mod application;
mod copying;
mod duplicates;
mod ending;
mod estimating;
mod following;
mod killed;
mod killing;
mod leaving_out;
mod load;
mod lost;
mod model;
mod odd;
mod orphans;
mod pooling;
mod refusing;
mod returning;
mod sampling;
mod schema;
mod supplied;
mod switching;
mod systems;
mod types;
mod verifying;
mod watching;
mod writing;

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

const ON_SQLITE: &str = "CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, boss INTEGER REFERENCES people(id),
    mood TEXT, born TEXT, score, tags TEXT, photo BLOB);
CREATE TABLE letters (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people(id), price NUMERIC, body TEXT);
CREATE TABLE settings (space TEXT, key TEXT, value TEXT, PRIMARY KEY (space, key)) WITHOUT ROWID;
CREATE TABLE visits (page TEXT, at TEXT);
CREATE TABLE events (at TEXT NOT NULL, what TEXT);
CREATE TABLE \"Odd \"\"Name\"\"\" (\"Key\" INTEGER PRIMARY KEY, \"select\" TEXT);
";

/// What copying without care would do wrong: triggers that count again, rows before what they refer to, identities that are always given, row security
/// of the owner, partitions, columns in another order, generated columns.
const ON_POSTGRES: &str = "CREATE TYPE mood AS ENUM ('fine', 'sad');
CREATE DOMAIN points AS double precision CHECK (VALUE > -1000);
CREATE TABLE people (
    photo bytea, tags text[], score points, born timestamptz, mood mood,
    boss bigint REFERENCES people DEFERRABLE, name varchar(40) NOT NULL UNIQUE,
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE INDEX people_mood ON people (mood, lower(name)) WHERE boss IS NOT NULL;
COMMENT ON INDEX people_mood IS 'who is how';
CREATE INDEX people_tags ON people USING gin (tags);
CREATE TABLE letters (
    id serial PRIMARY KEY, person bigint NOT NULL, price numeric(10,2) CHECK (price >= 0), body jsonb,
    CONSTRAINT letters_to FOREIGN KEY (person) REFERENCES people ON DELETE CASCADE NOT DEFERRABLE);
COMMENT ON CONSTRAINT letters_to ON letters IS 'to whom';
CREATE INDEX ON letters (person);
CREATE TABLE settings (space text, key text, value text, PRIMARY KEY (space, key));
ALTER TABLE settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE settings FORCE ROW LEVEL SECURITY;
CREATE TABLE visits (page text, at timestamptz);
CREATE INDEX visits_at ON visits USING brin (at);
CREATE TABLE events (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
CREATE INDEX ON events (at);
CREATE TABLE \"Odd \"\"Name\"\"\" (\"Key\" bigint PRIMARY KEY, \"select\" text);
CREATE TABLE counted (of text PRIMARY KEY, n bigint NOT NULL);
INSERT INTO counted VALUES ('people', 0);
CREATE FUNCTION count_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE counted SET n = n + 1; NEW.born := now(); RETURN NEW; END $$;
CREATE TRIGGER people_counted BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION count_people();
CREATE TRIGGER people_never BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION count_people();
ALTER TABLE people DISABLE TRIGGER people_never;
CREATE TRIGGER events_counted AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION count_people();
ALTER TABLE people ENABLE ALWAYS TRIGGER people_counted;
";

const MAP: &str = "[sqlite]
url = \"sqlite:app.db\"
[postgres]
url = \"${DATABASE_URL}\"
[map]
postgres_only = [\"counted\"]
[map.convert]
\"*.born\" = { zone = \"UTC\" }
\"*.at\" = { zone = \"UTC\" }
";

/// A project with both backends migrated, and rows that hurt.
struct Move {
    project: Project,
    database: Database,
}

impl Move {
    fn new() -> Self {
        Self::on(postgres::database(postgres::version()))
    }

    fn on(database: Database) -> Self {
        let project = project!();
        project.config(MAP);
        project.env("DATABASE_URL", database.url());
        project.file("migrations/sqlite/V1__create.sql", ON_SQLITE);
        project.file("migrations/postgres/V1__create.sql", ON_POSTGRES);
        project.run(["up", "--backend", "sqlite"]).ok();
        project.run(["up", "--backend", "postgres"]).ok();
        Self { project, database }
    }

    /// With so many rows in the larger tables.
    fn with_rows(rows: u32) -> Self {
        let moved = Self::new();
        moved.fill(rows);
        moved
    }

    fn fill(&self, rows: u32) {
        self.sqlite(&format!(
            "PRAGMA journal_mode = WAL;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO people SELECT i, 'Zoë ' || i || char(128512), nullif((i * 7) % {rows} + 1, i),
                CASE i % 3 WHEN 0 THEN 'fine' WHEN 1 THEN 'sad' END, '2025-01-27 09:15:30.123456', i / 7.0,
                json_array('a' || i, NULL, 'b,\"\\'), CASE WHEN i % 5 = 0 THEN x'' ELSE randomblob(9) END FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO letters SELECT i * 3, i % {rows} + 1, i * 0.25, json_object('b', i, 'a', json_array(1.50, NULL)) FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO settings SELECT 's''' || (i % 7), 'k' || i, CASE WHEN i % 2 = 0 THEN '' END FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO visits SELECT 'same', '2025-01-27T09:15:30Z' FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO events SELECT date('2024-12-20', '+' || (i % 30) || ' days'), 'e' || i FROM n;
            INSERT INTO \"Odd \"\"Name\"\"\" VALUES (-9223372036854775808, 'least'), (0, NULL), (9223372036854775807, 'greatest');
            INSERT INTO people (id, name) VALUES (900000, 'gone'); DELETE FROM people WHERE id = 900000;"
        ));
    }

    fn sqlite(&self, sql: &str) {
        sqlite::open(&self.project.path().join("app.db")).execute_batch(sql).expect("the statements are the test's");
    }

    fn run(&self, command: &str) -> Output {
        self.project.run(std::iter::once("move").chain(command.split(' ')))
    }

    /// As if so much time had passed that a follower which has died is not waited for.
    fn wait_for_silence(&self) {
        self.database.psql(
            "DO $$ BEGIN IF to_regclass('schema_migrations_move_follow') IS NOT NULL THEN \
             UPDATE schema_migrations_move_follow SET alive_at = alive_at - interval '10 s'; END IF; END $$",
        );
    }

    fn copied(&self) -> serde_json::Value {
        let output = self.run("copy --json");
        output.ok();
        document(&output)
    }

    /// Both sides are equal, as the command says and as the databases themselves say.
    fn assert_equal(&self) {
        let output = self.run("verify");
        output.ok();
        for (table, list) in [
            ("people", "id || '|' || name || '|' || coalesce(boss, 0) || '|' || coalesce(CAST(mood AS text), '-')"),
            ("letters", "id || '|' || person"),
            ("settings", "space || '|' || key || '|' || coalesce(value, 'NULL')"),
            ("events", "what"),
            ("visits", "page"),
        ] {
            let query = format!("SELECT {list} FROM {table}");
            let source = sqlite::open(&self.project.path().join("app.db"));
            let mut statement = source.prepare(&query).unwrap();
            let mut ours: Vec<String> =
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            let mut theirs: Vec<String> = self.database.psql(&query).lines().map(str::to_owned).collect();
            ours.sort();
            theirs.sort();
            assert!(ours == theirs, "{table}: {} rows and {}", ours.len(), theirs.len());
        }
    }

    /// The schema of the target without the tables of the journal: as pg_dump writes it, or where this machine has none for the server, what a copy takes off.
    fn schema(&self) -> String {
        if self.database.can_dump() {
            return self.database.pg_dump(&["--schema-only", "--exclude-table", "schema_migrations_move*"]);
        }
        self.database.psql(
            "SELECT indexdef, obj_description(format('%I', indexname)::regclass) FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'schema_migrations_move%' ORDER BY 1; \
             SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), obj_description(oid) FROM pg_constraint WHERE conrelid::regclass::text NOT LIKE '%_move%' ORDER BY 1, 2; \
             SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2; \
             SELECT relname, relforcerowsecurity FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '%_move%' ORDER BY 1",
        )
    }

    /// The schema of the source.
    fn source_schema(&self) -> String {
        let source = sqlite::open(&self.project.path().join("app.db"));
        let mut statement = source
            .prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
            .unwrap();
        let lines: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        lines.join("\n")
    }

    /// All rows but some are equal.
    fn assert_level_but(&self, aside: usize) {
        let output = self.run("verify --json");
        output.ok();
        let tables = document(&output)["tables"].as_array().unwrap().clone();
        let sum: u64 = tables.iter().map(|table| table["set_aside"].as_u64().unwrap()).sum();
        assert_eq!(sum, aside as u64);
    }

    /// All that the target holds, journal included.
    fn content(&self) -> String {
        if self.database.can_dump() {
            return self.database.dump_all();
        }
        let tables = self.database.psql("SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1");
        let rows = tables
            .lines()
            .map(|table| format!("SELECT '{}', t.* FROM {table} t ORDER BY t::text", table.replace('\'', "''")));
        self.schema() + &self.database.psql(&rows.collect::<Vec<_>>().join(";"))
    }
}

fn document(output: &Output) -> serde_json::Value {
    serde_json::from_str(&output.stdout).expect("it is JSON")
}
