//! A history that is not that of these files: another application's, in another schema, nowhere, or out of reach. What is said then must
//! not lead anybody to harm it.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl::{Code, Migrations, Options, RepairRequest};
use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

/// A project, and another one that shares its database.
struct Pair {
    project: Project,
    server: Option<Database>,
}

/// Names and texts.
type Files = &'static [(&'static str, &'static str)];

/// The files of the application that was there first.
const FIRST: [(&str, &str); 3] = [
    ("1__init", "CREATE TABLE accounts (id integer PRIMARY KEY);\n"),
    ("2__add_name", "ALTER TABLE accounts ADD name text;\n"),
    ("3__add_mail", "ALTER TABLE accounts ADD mail text;\n"),
];

fn pairs() -> [Pair; 2] {
    let on_sqlite = Pair { project: project!(), server: None };
    let on_postgres = Pair { project: project!(), server: Some(postgres::database(postgres::version())) };
    [on_sqlite, on_postgres].map(|pair| {
        pair.config("");
        for (name, text) in FIRST {
            pair.file("first", name, text);
        }
        pair.run("up --migrations first").ok();
        pair
    })
}

impl Pair {
    fn config(&self, more: &str) {
        match &self.server {
            None => self.project.config(&format!("[sqlite]\nurl = \"sqlite:shop.db\"\n{more}")),
            Some(server) => self.project.config(&format!("[postgres]\nurl = \"{}\"\n{more}", server.url())),
        };
    }

    fn file(&self, folder: &str, name: &str, text: &str) {
        self.project.file(&format!("{folder}/V000{name}.sql"), text);
    }

    fn run(&self, command: &str) -> Output {
        self.project.run(command.split_whitespace())
    }

    fn query(&self, sql: &str) -> String {
        match &self.server {
            None => sqlite::query(&sqlite::open(&self.project.path().join("shop.db")), sql),
            Some(server) => server.psql(sql),
        }
    }

    fn history(&self) -> String {
        let sql = if self.server.is_some() {
            "SELECT string_agg(version || description || checksum, ',' ORDER BY version) FROM schema_migrations"
        } else {
            "SELECT group_concat(version || description || checksum) FROM schema_migrations"
        };
        self.query(sql)
    }

    /// As the live database says it.
    fn shown(&self) -> String {
        match &self.server {
            None => "the history schema_migrations of database".to_owned(),
            Some(server) => format!("the history public.schema_migrations of database {:?}", server.name()),
        }
    }

    fn migrations(&self, folder: &str) -> Migrations {
        Migrations::read(self.project.path().join(folder)).unwrap()
    }
}

/// Of two applications, whatever code the refusal has, the first hints harm nobody, and following them leads to a database that is right.
#[test]
fn another_applications_history_is_named_and_left_alone() {
    let cases: [(&str, Files, &str); 4] = [
        ("modified", &[("1__create_orders", "CREATE TABLE orders (id integer);\n")], "E0402"),
        (
            "all modified",
            &[
                ("1__orders", "CREATE TABLE orders (id integer);\n"),
                ("2__total", "ALTER TABLE orders ADD total integer;\n"),
                ("3__note", "ALTER TABLE orders ADD note text;\n"),
                ("4__more", "ALTER TABLE orders ADD more text;\n"),
            ],
            "E0401",
        ),
        // Both began with the same template.
        (
            "same template",
            &[
                FIRST[0],
                ("2__orders", "CREATE TABLE orders (id integer);\n"),
                ("3__note", "ALTER TABLE orders ADD note text;\n"),
            ],
            "E0401",
        ),
        ("missing", &[("9__orders", "CREATE TABLE orders (id integer);\n")], "E0404"),
    ];
    for (case, files, code) in cases {
        for pair in pairs() {
            let before = pair.history();
            for (name, text) in files {
                pair.file("second", name, text);
            }
            for command in ["up", "plan"] {
                let refused = pair.run(&format!("{command} --migrations second"));
                refused.code(1).stderr_has(&format!("error[{code}]: {} ", pair.shown()));
                refused.stderr_has("it may be another application's").lacks("repair --").lacks("schemactl down");
                refused.stderr_has("`table = \"NAME_migrations\"`");
                let text = refused.text();
                let first = text.lines().find(|line| line.starts_with("hint:")).unwrap();
                assert!(first.contains("the one that is meant?"), "{case}: {text}");
            }
            let shown = pair.run("status --migrations second");
            shown.ok().stdout_has("it may be another application's");
            pair.run("repair --migrations second")
                .code(3)
                .stdout_has("another application's")
                .lacks("--checksums")
                .lacks("--forget");
            if code == "E0401" {
                let refused = pair.run("repair --migrations second --checksums --yes");
                refused.code(1).stderr_has("error[E0401]").stderr_has("nothing was changed").stderr_has(&pair.shown());
            }
            assert_eq!(pair.history(), before, "{case}");
            // The hint: a table of its own.
            if case != "same template" {
                pair.run("up --migrations second --table orders_migrations").ok();
                pair.run("status --migrations second --table orders_migrations").ok().lacks("another application");
                pair.run("status --migrations first").ok().stdout_has("3 applied").lacks("another application");
            }
        }
    }
}

/// The downs of another application are stored in its database, and would run there.
#[test]
fn another_applications_migrations_are_not_taken_back() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for pair in pairs() {
        pair.file("first", "3__add_mail.down", "ALTER TABLE accounts DROP mail;\n");
        pair.run("repair --migrations first --downs --yes").ok();
        let before = pair.history();
        // Of as many versions, of fewer, and where the first is of the same template.
        pair.file("second", "3__orders", "CREATE TABLE orders (id integer);\n");
        pair.file("fewer", "1__orders", "CREATE TABLE orders (id integer);\n");
        pair.file("alike", FIRST[0].0, FIRST[0].1);
        pair.file("alike", "2__orders", "CREATE TABLE orders (id integer);\n");
        pair.file("alike", "3__note", "ALTER TABLE orders ADD note text;\n");
        // The names agree, and no text.
        for (name, _) in FIRST {
            pair.file("names", name, "CREATE TABLE orders (id integer);\n");
        }
        pair.file("alike", "3__note.down", "SELECT 1;\n");
        pair.run("repair --migrations alike --downs --yes").code(1).stderr_has("error[E0401]");
        for folder in ["second", "fewer", "alike", "names"] {
            for command in ["down", "down --to 0 --accept-data-loss", "down --dry-run"] {
                let refused = pair.run(&format!("{command} --migrations {folder}"));
                refused.code(1).stderr_has(&format!("error[E0401]: {} ", pair.shown()));
                refused.stderr_has("does not look like that of these files");
                refused.stderr_has("whose tables its downs would drop").stderr_has("nothing was changed");
            }
            let (migrations, options) = (pair.migrations(folder), Options::new());
            let back = schemactl::Back::Steps(1);
            let error = match &pair.server {
                None => {
                    let mut connection = sqlite::open(&pair.project.path().join("shop.db"));
                    schemactl::sqlite::down(&mut connection, &migrations, back, &options).unwrap_err()
                }
                Some(server) => runtime.block_on(async {
                    let mut client = client(&server.url()).await;
                    schemactl::postgres::down(&mut client, &migrations, back, &options).await.unwrap_err()
                }),
            };
            assert_eq!(error.code(), Code::Modified, "{error:#}");
        }
        assert_eq!(pair.history(), before);
        // A release behind takes back what it does not know, and so does whoever has no files at all.
        pair.file("behind", FIRST[0].0, FIRST[0].1);
        pair.run("down --migrations behind").ok().stdout_has("reverted 3 add_mail");
        pair.run("up --migrations first").ok();
        std::fs::create_dir(pair.project.path().join("nothing")).unwrap();
        pair.run("down --migrations nothing").ok().stdout_has("reverted 3 add_mail");
    }
}

/// Whoever edits all that is applied takes it back, and applies it again: their down is the stored one, or only comments differ.
#[test]
fn who_has_edited_all_of_their_files_takes_them_back() {
    for pair in pairs() {
        let down = "ALTER TABLE accounts DROP mail;\n";
        pair.file("first", "3__add_mail.down", down);
        pair.run("repair --migrations first --downs --yes").ok();
        for (name, text) in FIRST {
            pair.file("edited", name, &format!("{text}CREATE TABLE orders_{} (id integer);\n", &name[..1]));
            pair.file("commented", name, &format!("-- What it does.\n{text}"));
        }
        pair.file("edited", "3__add_mail.down", "ALTER TABLE accounts DROP COLUMN mail;\n");
        pair.run("down --migrations edited").code(1).stderr_has("error[E0401]");
        pair.file("edited", "3__add_mail.down", down);
        pair.run("down --migrations edited --dry-run").ok();
        pair.run("down --migrations edited").ok().stdout_has("reverted 3 add_mail");
        pair.run("up --migrations first").ok();
        pair.run("down --migrations commented").ok().stdout_has("reverted 3 add_mail");
    }
}

/// The names agree, and no text: two applications may both begin with `1 init`. Whoever has edited all of their files names each.
#[test]
fn a_name_alone_is_no_proof() {
    for pair in pairs() {
        for (name, text) in FIRST {
            pair.file("second", name, &format!("{text}CREATE TABLE orders_{} (id integer);\n", &name[..1]));
        }
        pair.file("second", "3__add_mail.down", "SELECT 1;\n");
        let (before, history) = (pair.history(), pair.shown().replace("the history ", ""));
        for command in ["up", "plan"] {
            let refused = pair.run(&format!("{command} --migrations second"));
            refused.code(1).stderr_has("error[E0401]: migration 1 init was changed").lacks("--checksums");
            let text = refused.text();
            let hints: Vec<&str> = text.lines().filter(|line| line.starts_with("hint:")).collect();
            assert!(hints[0].contains("`schemactl status`") && hints[0].contains(&history), "{text}");
            assert!(hints[1].contains("another application's") && hints[1].contains("`table = "), "{text}");
            assert!(hints.last().unwrap().contains("`schemactl repair --checksum VERSION`"), "{text}");
        }
        pair.run("status --migrations second").ok().stdout_has("names agree, and no text").stdout_has(&history);
        pair.run("repair --migrations second").code(3).stdout_has("--checksum 2").lacks("--checksums").lacks("--downs");
        for request in ["--checksums", "--downs", "--checksums --forget 3"] {
            let refused = pair.run(&format!("repair --migrations second {request} --yes"));
            refused.code(1).stderr_has("error[E0401]").stderr_has("nothing was changed").stderr_has(&history);
            refused.stderr_has("`schemactl repair --checksum VERSION`");
        }
        pair.run("down --migrations second").code(1).stderr_has("`schemactl repair --checksum VERSION`");
        pair.run("repair --migrations second --checksum 9 --yes").code(2).stderr_has("E0409");
        assert_eq!(pair.history(), before);
        // Without --yes nothing is recorded, and what would be is shown.
        let shown = pair.run("repair --migrations second --checksum 1");
        shown.code(2).stdout_has("1 init: record checksum sha256:");
        assert_eq!(pair.history(), before);
        let each = "repair --migrations second --checksum 1 --checksum 2 --checksum 3 --checksum 3 --yes";
        pair.run(each).ok().stdout_has("3 repairs made");
        pair.run("status --migrations second").ok().stdout_has("3 applied").lacks("another application");
        pair.run("up --migrations second").ok();
    }
}

/// Where the statements are those that were applied, nobody else's are.
#[test]
fn a_history_whose_files_differ_in_comments_is_ones_own() {
    for pair in pairs() {
        for (name, text) in FIRST {
            pair.file("second", name, &format!("-- A word.\n{text}"));
        }
        let refused = pair.run("up --migrations second");
        refused.code(1).stderr_has("hint: record the file as it is now: `schemactl repair --checksums`");
        pair.run("repair --migrations second --checksums --yes").ok().stdout_has("3 repairs made");
        pair.run("up --migrations second").ok();
    }
}

/// One's own history, behind, ahead, edited or renamed, is not suspected.
#[test]
fn an_own_history_is_mended_as_before() {
    for pair in pairs() {
        let [one, two, _] = FIRST;
        pair.file("behind", one.0, one.1);
        let refused = pair.run("up --migrations behind");
        refused.code(1).stderr_has("error[E0402]").stderr_has("version 2 has no down in the database");
        refused.lacks("another application");
        pair.file("lost", one.0, one.1);
        pair.file("lost", FIRST[2].0, FIRST[2].1);
        let refused = pair.run("up --migrations lost");
        refused.code(1).stderr_has("error[E0404]").stderr_has("bring the file of 2 add_name back");
        refused.lacks("V2__").lacks("another application");
        for (name, text) in [one, two, FIRST[2]] {
            pair.file("edited", name, text);
        }
        pair.file("edited", two.0, "ALTER TABLE accounts ADD name varchar(9);\nSELECT 1;\n");
        pair.run("up --migrations edited").code(1).stderr_has("repair --checksums").lacks("another application");
        let shown = pair.run("repair --migrations edited --checksums");
        shown.code(2).stdout_has("2 add_name: record checksum sha256:").stdout_has("statements 1, 2 differ");
        pair.run("repair --migrations edited --checksums --yes").ok();
        pair.run("status --migrations edited").ok().stdout_has("3 applied");
        // Under another name, with the zeros of the file.
        std::fs::remove_file(pair.project.path().join("edited/V0003__add_mail.sql")).unwrap();
        pair.file("edited", "3__add_email", "ALTER TABLE accounts ADD email text;\n");
        let refused = pair.run("up --migrations edited");
        refused
            .code(1)
            .stderr_has("bring the file of 3 add_mail back, and give V0003__add_email.sql the next free version");
        let shown = pair.run("repair --migrations edited --checksums --yes");
        shown.ok().stdout_has("it was applied as add_mail; statement 1 differs");
    }
}

/// A squash by hand, as the documentation has it.
#[test]
fn a_history_that_was_squashed_is_recorded_where_the_others_are_forgotten_by_number() {
    for pair in pairs() {
        pair.file("sum", "3__all", "CREATE TABLE accounts (id integer PRIMARY KEY, name text, mail text);\n");
        pair.run("repair --migrations sum --checksums --yes").code(1).stderr_has("error[E0401]");
        pair.run("repair --migrations sum --checksums --forget 1 --yes").code(1).stderr_has("error[E0401]");
        pair.run("repair --migrations sum --checksums --forget 1 --forget 2 --yes").ok().stdout_has("3 repairs made");
        pair.run("status --migrations sum").ok().stdout_has("1 applied");
    }
}

#[test]
fn the_library_refuses_the_same() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for pair in pairs() {
        let before = pair.history();
        pair.file("second", "1__orders", "CREATE TABLE orders (id integer);\n");
        pair.file("second", "2__total", "ALTER TABLE orders ADD total integer;\n");
        pair.file("second", "3__note", "ALTER TABLE orders ADD note text;\n");
        let (migrations, options) = (pair.migrations("second"), Options::new());
        let requests = [RepairRequest::Checksums];
        let (up, repair) = match &pair.server {
            None => {
                let mut connection = sqlite::open(&pair.project.path().join("shop.db"));
                let up = schemactl::sqlite::up(&mut connection, &migrations).unwrap_err();
                (up, schemactl::sqlite::repair(&mut connection, &migrations, &requests, &options).unwrap_err())
            }
            Some(server) => runtime.block_on(async {
                let mut client = client(&server.url()).await;
                let up = schemactl::postgres::up(&mut client, &migrations).await.unwrap_err();
                (up, schemactl::postgres::repair(&mut client, &migrations, &requests, &options).await.unwrap_err())
            }),
        };
        for error in [up, repair] {
            assert_eq!(error.code(), Code::Modified);
            assert!(error.hints()[0].to_string().contains("the one that is meant?"), "{error:#}");
        }
        assert_eq!(pair.history(), before);
    }
}

async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The role looks into another schema than the one that the history lies in.
#[test]
fn a_history_in_another_schema_is_named() {
    for schema in ["app", "My App"] {
        let database = postgres::database(postgres::version());
        let project = project!();
        let files = [("V1__orders", "CREATE TABLE public.orders (id integer);\n"), ("V2__total", "SELECT 1;\n")];
        for (name, text) in files {
            project.file(&format!("migrations/postgres/{name}.sql"), text);
        }
        project.config(&format!("[postgres]\nurl = \"{}\"\nschema = \"{schema}\"\n", database.url()));
        project.run(["up"]).ok();
        project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url()));
        let setting = format!("`schema = \"{schema}\"`");
        let refused = project.run(["up"]);
        refused.code(1).stderr_has("error[E0203]").stderr_has("has a history elsewhere").stderr_has(&setting);
        refused.stderr_has(&format!("public.schema_migrations of database {:?}", database.name()));
        project.run(["status"]).ok().stdout_has("has a history elsewhere").stdout_has(&setting);
        // The hint.
        project.config(&format!("[postgres]\nurl = \"{}\"\nschema = \"{schema}\"\n", database.url()));
        project.run(["up"]).ok().stdout_has("nothing to do");
    }
}

/// On SQLite it has another name.
#[test]
fn a_history_under_another_name_is_named() {
    let project = project!();
    project.file("migrations/sqlite/V1__orders.sql", "CREATE TABLE orders (id integer);\n");
    project.config("[sqlite]\nurl = \"sqlite:shop.db\"\ntable = \"shop log\"\n");
    project.run(["up"]).ok();
    project.config("[sqlite]\nurl = \"sqlite:shop.db\"\n");
    let refused = project.run(["up"]);
    refused.code(1).stderr_has("error[E0203]").stderr_has("`table = \"shop log\"`");
    project.config("[sqlite]\nurl = \"sqlite:shop.db\"\ntable = \"shop log\"\n");
    project.run(["up"]).ok().stdout_has("nothing to do");
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_missing() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.file("migrations/sqlite/V1__orders.sql", "CREATE TABLE orders (id integer);\n");
    let commands = ["status", "plan", "plan --no-rehearsal", "down --to 0", "down --to 0 --dry-run", "diff"];
    for command in commands {
        let run = |more: &str| project.run(format!("{command} --url sqlite:missing.db{more}").split_whitespace());
        run("").ok().stdout_has("there is no database at missing.db: no such file");
        let document = run(" --json");
        document.ok().stdout_has("\"there is no database at missing.db: no such file\"").stdout_has("\"format\": 1");
    }
    assert!(!project.path().join("missing.db").exists());
    project.run(["up"]).ok().lacks("no such file");
    for command in ["status", "plan", "diff"] {
        project.run([command]).ok().lacks("no such file");
    }
}

#[test]
fn an_empty_folder_is_said_to_have_no_migrations() {
    let project = project!();
    std::fs::create_dir_all(project.path().join("migrations/sqlite")).unwrap();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    for command in ["up", "status", "plan", "up --dry-run"] {
        let shown = project.run(command.split_whitespace());
        shown
            .ok()
            .stdout_has("the folder migrations/sqlite has no migrations: `schemactl new NAME` writes the first one");
        project.run(command.split_whitespace().chain(["--json"])).ok().stdout_has("has no migrations");
    }
}

/// The application's transaction goes on, whatever is found.
#[test]
fn a_look_leaves_an_open_transaction_as_it_is() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = Options::new();
        let project = project!();
        project.file("m/V1__orders.sql", "CREATE TABLE orders (id integer);\n");
        let migrations = Migrations::read(project.path().join("m")).unwrap();
        let named = Options::new().schema("nowhere");
        let foreign = Options::new().table("theirs");
        let database = postgres::database(postgres::version());
        let mut client = client(&database.url()).await;
        client.batch_execute("CREATE TABLE theirs (version bigint, dirty boolean)").await.unwrap();
        for round in 0..2 {
            client.batch_execute("BEGIN; CREATE TABLE mine (x int)").await.unwrap();
            // Where the schema is another one, the table that the migration makes is there all the same.
            for (options, is_there) in [(&options, false), (&named, round == 1)] {
                let pending = schemactl::postgres::pending(&client, &migrations, options).await;
                let status = schemactl::postgres::status(&client, &migrations, options).await.unwrap();
                assert_eq!(pending.is_err(), is_there, "{pending:?}");
                assert_eq!(status.migrations().len(), 1);
            }
            let error = schemactl::postgres::pending(&client, &migrations, &foreign).await.unwrap_err();
            assert_eq!(error.code(), Code::ForeignHistory);
            client.batch_execute("INSERT INTO mine VALUES (1); COMMIT; DROP TABLE mine").await.unwrap();
            schemactl::postgres::up(&mut client, &migrations).await.unwrap();
        }
        client.batch_execute("BEGIN").await.unwrap();
        client.batch_execute("SELECT 1 / 0").await.unwrap_err();
        let error = schemactl::postgres::pending(&client, &migrations, &options).await.unwrap_err();
        assert!(format!("{error:#}").contains("which has failed before: roll it back first"), "{error:#}");
        client.batch_execute("ROLLBACK").await.unwrap();
        assert!(schemactl::postgres::pending(&client, &migrations, &options).await.unwrap().is_empty());
    });
}

/// Whoever follows the hint to the letter can read.
#[test]
fn a_role_that_may_not_read_is_told_what_to_grant() {
    postgres::roles(postgres::version(), &["Looks On"]);
    for schema in ["public", "My App"] {
        let database = postgres::database(postgres::version());
        let project = project!();
        project.file("migrations/postgres/V1__orders.sql", "CREATE TABLE orders (id integer);\n");
        let config = |url: &str| {
            project.config(&format!("[postgres]\nurl = \"{url}\"\nschema = \"{schema}\"\n"));
        };
        config(&database.url());
        project.run(["up"]).ok();
        database.psql("REVOKE ALL ON SCHEMA public FROM PUBLIC; ALTER ROLE \"Looks On\" LOGIN");
        config(&database.url_as("Looks%20On"));
        let refused = project.run(["status"]);
        refused.code(1).stderr_has("error[E0508]").stderr_has("TO \"Looks On\";");
        let text = refused.text();
        let grants = text.split("run this: `").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
        // The library, in a transaction that must go on.
        let migrations = Migrations::read(project.path().join("migrations/postgres")).unwrap();
        let options = Options::new().schema(schema);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let client = client(&database.url_as("Looks%20On")).await;
            client.batch_execute("BEGIN").await.unwrap();
            let error = schemactl::postgres::status(&client, &migrations, &options).await.unwrap_err();
            assert_eq!(
                (error.code(), error.hints()[0].to_string().contains(grants)),
                (Code::Privilege, true),
                "{error:#}"
            );
            client.batch_execute("SELECT 1; COMMIT").await.unwrap();
        });
        database.psql(grants);
        for command in ["status", "plan", "plan --no-rehearsal"] {
            project.run(command.split_whitespace()).ok();
        }
    }
}

/// The server passes over a schema of the search path that a role may not use: what is applied there looked as if nothing were, and `up`
/// would have applied all of it again in the next one.
#[test]
fn a_history_that_the_search_path_hides_is_not_absent() {
    postgres::roles(postgres::version(), &["Passes By"]);
    for path in ["app", "app, public", "\"$user\", app, public", "nowhere, app"] {
        let database = postgres::database(postgres::version());
        let project = project!();
        project.file("migrations/postgres/V1__orders.sql", "CREATE TABLE orders (id integer);\n");
        project.config(&format!("[postgres]\nurl = \"{}\"\nschema = \"app\"\n", database.url()));
        project.run(["up"]).ok();
        let name = database.name();
        database.psql(&format!(
            "ALTER ROLE \"Passes By\" LOGIN; ALTER ROLE \"Passes By\" IN DATABASE \"{name}\" SET search_path = {path}; \
             GRANT ALL ON SCHEMA public TO PUBLIC"
        ));
        project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url_as("Passes%20By")));
        let before = database.dump();
        for command in ["status", "plan", "up", "up --dry-run", "down"] {
            let refused = project.run(command.split_whitespace());
            refused.code(1).stderr_has("error[E0508]").stderr_has("GRANT USAGE ON SCHEMA app TO \"Passes By\"");
            refused.stderr_has("may not read app.schema_migrations");
        }
        assert_eq!(database.dump(), before, "{path}");
        let text = project.run(["status"]).text();
        database.psql(text.split("run this: `").nth(1).and_then(|rest| rest.split('`').next()).unwrap());
        project.run(["status"]).ok().stdout_has("1 applied");
    }
    // What comes after the schema that a role uses is not looked into.
    let database = postgres::database(postgres::version());
    let project = project!();
    project.file("migrations/postgres/V1__orders.sql", "CREATE TABLE orders (id integer);\n");
    project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url()));
    project.run(["up"]).ok();
    database.psql("ALTER ROLE \"Passes By\" LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA \"Passes By\" AUTHORIZATION \"Passes By\"");
    project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url_as("Passes%20By")));
    project.run(["status"]).ok().stdout_has("1 pending");
    project.run(["up"]).ok().stdout_has("applied 1 orders");
}

/// `init` wrote both backends: that one is used which the variable names, as soon as there is one.
#[test]
fn a_database_url_chooses_the_backend_that_it_is_for() {
    let database = postgres::database(postgres::version());
    let project = project!();
    project.run(["init"]).ok().stdout_has("sqlite is used until DATABASE_URL is set");
    both_of(&project);
    project.run(["status"]).ok().stdout_has("app.db (sqlite)").lacks("DATABASE_URL");
    project.env("DATABASE_URL", database.url());
    let told = format!("this is about {} (postgres), since DATABASE_URL is set", database.url());
    for command in ["plan", "up", "status", "diff", "down --to 0", "repair"] {
        let shown = project.run(command.split_whitespace());
        shown.ok().stderr_has(&told).stderr_has("`--backend sqlite`").lacks("warning");
        project.run(command.split_whitespace().chain(["-q"])).ok().lacks("this is about");
    }
    project.run(["up"]).ok().stdout_has("applied 1 orders");
    assert_eq!(database.psql("SELECT count(*) FROM orders"), "0");
    assert!(!project.path().join("app.db").exists());
    // The hints: what is typed, and what schema.toml says.
    project.run(["status", "--backend", "sqlite"]).ok().stdout_has("app.db (sqlite)").lacks("this is about");
    let text = project.read("schema.toml");
    assert!(text.contains("\n# backend = \"postgres\"\n"), "{text}");
    project.config(&text.replace("# backend =", "backend ="));
    project.run(["status"]).ok().stdout_has("1 applied").lacks("this is about");
}

/// The files of one migration for both backends.
fn both_of(project: &Project) {
    for dialect in ["sqlite", "postgres"] {
        project.file(&format!("migrations/{dialect}/V0001__orders.sql"), "CREATE TABLE orders (id integer);\n");
        project.file(&format!("migrations/{dialect}/V0001__orders.down.sql"), "DROP TABLE orders;\n");
    }
}

/// schema.toml names the other one.
#[test]
fn a_database_url_that_is_not_used_is_told() {
    let database = postgres::database(postgres::version());
    let project = project!();
    project.config("backend = \"sqlite\"\n[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n");
    both_of(&project);
    project.run(["status"]).ok().lacks("DATABASE_URL");
    project.env("DATABASE_URL", database.url());
    for command in ["plan", "up", "status", "diff", "down --to 0", "repair"] {
        let shown = project.run(command.split_whitespace());
        shown.ok().stderr_has("warning: DATABASE_URL is set (postgres").stderr_has("this is about app.db (sqlite)");
        shown.stderr_has("`--backend postgres`");
        project.run(command.split_whitespace().chain(["-q"])).ok().lacks("warning");
        let document = project.run(command.split_whitespace().chain(["--json"]));
        document.stdout_has("\"format\": 1").stderr_has("warning: DATABASE_URL");
    }
    // The hint, and what is typed.
    let shown = project.run(["up", "--backend", "postgres"]);
    shown.ok().stdout_has("applied 1 orders").lacks("warning");
    project.run(["status", "--url", "sqlite:app.db"]).ok().lacks("warning");
    project.run(["status", "--backend", "sqlite"]).ok().lacks("warning");
    assert_eq!(database.psql("SELECT count(*) FROM orders"), "0");
    // Of one backend: another server than the one that is configured.
    let other = postgres::database(postgres::version());
    project.config(&format!("[postgres]\nurl = \"{}\"\n", other.url()));
    project.run(["status"]).ok().stderr_has("`--url \"$DATABASE_URL\"`");
    project.config("[postgres]\nurl = \"${DATABASE_URL}&application_name=shop\"\n");
    project.run(["status"]).ok().lacks("warning");
}
