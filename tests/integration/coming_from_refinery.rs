//! Databases that refinery has migrated so far, by its released crate: an application of its own (`tests/refinery`), as it was with refinery
//! and as it is with schemactl, and the command, on the same file and server.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use schemactl_test_support::cli::{Output, Project, Running};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

/// How refinery reaches a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    Rusqlite,
    Postgres,
    TokioPostgres,
}

const DRIVERS: [Driver; 3] = [Driver::Rusqlite, Driver::Postgres, Driver::TokioPostgres];

/// What refinery's versions are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    Int4,
    Int8,
}

/// Ways to start refinery: some let much pass.
const OLD: [&str; 3] = ["old", "grouped", "careless"];

/// Builds the application once for each width, and returns its path.
fn application(width: Width) -> PathBuf {
    static BUILT: Mutex<[Option<PathBuf>; 2]> = Mutex::new([None, None]);
    let mut built = BUILT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    built[width as usize].get_or_insert_with(|| build(width)).clone()
}

fn build(width: Width) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refinery");
    // In a copy: its Cargo.lock follows what schemactl depends on.
    let package = target.join("package");
    copy(&root.join("tests/refinery"), &package);
    let manifest = std::fs::read_to_string(root.join("tests/refinery/Cargo.toml")).expect("it is there");
    let manifest = manifest.replace("path = \"../..\"", &format!("path = \"{}\"", root.display()));
    write(&package.join("Cargo.toml"), manifest.as_bytes());
    let name = if width == Width::Int8 { "shop-int8" } else { "shop-int4" };
    let features: &[&str] = if width == Width::Int8 { &["--features", "int8"] } else { &[] };
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet"])
        .args(features)
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = target.join(name);
    std::fs::copy(target.join("debug/shop-of-refinery"), &path).expect("it was built");
    path
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("it is there").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else if entry.file_name() != "Cargo.toml" {
            write(&to, &std::fs::read(&from).expect("it is readable"));
        }
    }
}

/// Writes what is new: cargo builds again whatever was touched.
fn write(path: &Path, text: &[u8]) {
    if std::fs::read(path).is_ok_and(|old| old == text) {
        return;
    }
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
    std::fs::write(path, text).expect("it can be written");
}

/// A shop with its database.
struct Shop {
    driver: Driver,
    width: Width,
    project: Project,
    server: Option<Database>,
}

impl Shop {
    fn new(driver: Driver) -> Self {
        let project = project!();
        let server = (driver != Driver::Rusqlite).then(|| postgres::database(postgres::version()));
        match &server {
            None => project.config("[sqlite]\nurl = \"sqlite:shop.db\"\n"),
            Some(database) => project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url())),
        };
        Self { driver, width: Width::Int4, project, server }
    }

    fn all() -> impl Iterator<Item = Self> {
        DRIVERS.into_iter().map(Self::new)
    }

    fn set_order_any(&self) {
        let text = self.project.read("schema.toml");
        self.project.config(&format!("{text}order = \"any\"\n"));
    }

    fn backend(&self) -> &'static str {
        if self.server.is_some() { "postgres" } else { "sqlite" }
    }

    fn database(&self) -> String {
        match (&self.server, self.driver) {
            (None, _) => self.project.path().join("shop.db").display().to_string(),
            (Some(database), Driver::Postgres) => format!("sync:{}", database.url()),
            (Some(database), _) => database.url(),
        }
    }

    /// Starts the application: `old`, or another way of refinery's, or `new`.
    fn start(&self, what: &str) -> Running {
        let mut words = what.split_whitespace();
        let mode = words.next().expect("what").to_owned();
        let arguments: Vec<String> = [mode, self.database()].into_iter().chain(words.map(str::to_owned)).collect();
        Project::new(application(self.width)).spawn(arguments)
    }

    fn run(&self, what: &str) -> Output {
        self.start(what).wait()
    }

    fn command(&self, line: &str) -> Output {
        self.project.run(line.split_whitespace())
    }

    /// Writes what the application holds as files for the command.
    fn export(&self, rest: &str) -> Output {
        let folder = self.project.path().join("migrations").join(self.backend()).display().to_string();
        let what = if self.server.is_some() { "export-postgres" } else { "export" };
        let words = [what.to_owned(), folder].into_iter().chain(rest.split_whitespace().map(str::to_owned));
        Project::new(application(self.width)).run(words.collect::<Vec<_>>())
    }

    fn query(&self, sql: &str) -> String {
        match &self.server {
            None => sqlite::query(&sqlite::open(&self.project.path().join("shop.db")), sql),
            Some(database) => database.psql(sql),
        }
    }

    fn execute(&self, sql: &str) {
        match &self.server {
            None => sqlite::open(&self.project.path().join("shop.db")).execute_batch(sql).unwrap(),
            Some(database) => drop(database.psql(sql)),
        }
    }

    /// What refinery's table says, whatever its column is called.
    fn ledger(&self) -> String {
        self.query("SELECT version FROM refinery_schema_history ORDER BY version").replace('\n', ",")
    }

    fn records(&self) -> String {
        self.query("SELECT version, state FROM schema_migrations ORDER BY version").replace('\n', ", ")
    }

    /// How often what each migration lays in is there.
    fn rows(&self) -> String {
        self.query(
            "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders), (SELECT count(*) FROM audit)",
        )
    }

    fn has(&self, name: &str) -> bool {
        let sql = match self.server {
            None => format!("SELECT count(*) FROM sqlite_schema WHERE name = '{name}'"),
            Some(_) => format!("SELECT count(*) FROM pg_class WHERE relname = '{name}'"),
        };
        self.query(&sql) == "1"
    }

    /// No release of the application that has refinery does anything any more, however it is told to run.
    fn refinery_is_kept_off(&self) {
        let before = (self.ledger(), self.records());
        for mode in OLD.into_iter().chain(["fake", "one-by-one"]) {
            for release in ["", " --versions 1,2", " --broken"] {
                let output = self.run(&format!("{mode}{release}"));
                output.code(1).stderr_has("checksum");
                assert!(!self.has("half"), "{mode}{release}");
            }
        }
        assert_eq!((self.ledger(), self.records()), before);
    }
}

#[test]
fn a_whole_one_is_taken_over_at_the_first_start() {
    for shop in Shop::all() {
        shop.run("old").ok().stdout_has("5 applied");
        let output = shop.run("new");
        output.ok().stdout_has("5 adopted\n");
        assert_eq!(shop.records(), "1|baseline, 2|baseline, 3|baseline, 4|baseline, 5|baseline");
        assert_eq!((shop.ledger().as_str(), shop.rows().as_str()), ("1,2,3,4,5", "2|2|1"));
        shop.run("new").ok().stdout_has("nothing to do");
        shop.refinery_is_kept_off();
        assert_eq!(shop.rows(), "2|2|1");
        shop.run("new").ok().stdout_has("nothing to do");
    }
}

#[test]
fn a_half_migrated_one_goes_on_from_there() {
    for shop in Shop::all() {
        shop.run("old --versions 1,2").ok().stdout_has("2 applied");
        shop.run("new").ok().stdout_has("2 adopted, 3 applied");
        assert_eq!(shop.records(), "1|baseline, 2|baseline, 3|applied, 4|applied, 5|applied");
        assert_eq!(shop.rows(), "2|2|1");
        shop.refinery_is_kept_off();
    }
}

#[test]
fn a_new_database_is_none_of_refinerys() {
    for shop in Shop::all() {
        shop.run("new").ok().stdout_has("5 applied");
        assert!(!shop.has("refinery_schema_history"));
    }
}

#[test]
fn a_failed_one_is_taken_over_as_far_as_it_came() {
    for shop in Shop::all() {
        shop.run("old --versions 1,2 --broken").code(1).stderr_has("nowhere");
        assert!(!shop.has("half"));
        shop.run("new --broken").code(1).stderr_has("V6__broken:2:").stderr_has("is still at version 5");
        assert_eq!(shop.records(), "1|baseline, 2|baseline, 3|applied, 4|applied, 5|applied");
        assert!(!shop.has("half"));

        // The first of all failed: its table is there, and empty.
        let shop = Shop::new(shop.driver);
        shop.run("old --versions 0 --broken").code(1);
        shop.run("new").ok().stdout_has("0 adopted, 5 applied");
        shop.refinery_is_kept_off();
    }
}

#[test]
fn one_that_was_killed_between_a_migration_and_its_record_is_not_run_twice() {
    for shop in Shop::all() {
        shop.run("old").ok();
        shop.execute("DELETE FROM refinery_schema_history WHERE version = 5");
        let output = shop.run("new");
        output
            .code(1)
            .stderr_has("error[E0203]")
            .stderr_has("has the table audit already")
            .stderr_has("V5__create_audit:1:1");
        assert_eq!((shop.ledger().as_str(), shop.rows().as_str()), ("1,2,3,4", "2|2|1"));
        assert!(!shop.has("schema_migrations"));
        // As the hint has it.
        shop.export("").ok();
        shop.command("adopt").code(1).stderr_has("error[E0203]");
        shop.command("adopt --existing-database allow").ok().stdout_has("4 migrations adopted, 1 pending");
        shop.command("repair --mark-applied 5 --yes").ok();
        shop.run("new").ok().stdout_has("nothing to do");
        shop.command("diff").ok();
    }
}

#[test]
fn what_may_come_late_comes_late_and_nothing_else_does() {
    for shop in Shop::all() {
        shop.run("old --versions 1,2,4").ok();
        // refinery applies U3 now, and would have refused V4 before V5.
        shop.run("new").ok().stdout_has("3 adopted, 2 applied");
        assert_eq!(shop.records(), "1|baseline, 2|baseline, 3|applied, 4|baseline, 5|applied");

        let shop = Shop::new(shop.driver);
        shop.run("old --versions 1,2,5").ok();
        let output = shop.run("new");
        output.code(1).stderr_has("error[E0403]").stderr_has("5 create_audit was applied: 4 add_total\n");
        assert!(!shop.has("schema_migrations"));
        shop.export("").ok();
        shop.command("adopt").code(1).stderr_has("error[E0403]");
        shop.set_order_any();
        let output = shop.command("adopt");
        output
            .ok()
            .stdout_has("note: 4 add_total is pending, out of order\n")
            .stdout_has("3 migrations adopted, 2 pending");
        shop.run("new").code(1).stderr_has("error[E0403]");
        shop.command("up").ok().stdout_has("2 applied");
        shop.run("new").ok().stdout_has("nothing to do");

        // The same after the takeover: the late one alone passes.
        let shop = Shop::new(shop.driver);
        shop.run("new --versions 1,2,4").ok();
        shop.run("new --versions 1,2,3,4").ok().stdout_has("1 applied");
        let shop = Shop::new(shop.driver);
        shop.run("new --versions 1,2,5").ok();
        shop.run("new").code(1).stderr_has("error[E0403]");
    }
}

#[test]
fn what_does_not_agree_is_named() {
    for shop in Shop::all() {
        shop.run("old").ok();
        let missing = shop.run("new --versions 1,2,5");
        missing.code(1).stderr_has("error[E0404]").stderr_has("no file here: 3, 4");

        shop.execute("UPDATE refinery_schema_history SET checksum = '1' WHERE version IN (2, 5)");
        shop.execute("UPDATE refinery_schema_history SET checksum = NULL WHERE version = 4");
        let divergent = shop.run("new");
        divergent.code(1).stderr_has("error[E0401]").stderr_has(": 2 create_orders, 4 add_total, 5 create_audit\n");
        assert!(!shop.has("schema_migrations"));
        shop.export("").ok();
        shop.command("adopt").code(1).stderr_has("error[E0401]").stderr_has("`schemactl adopt --accept-modified`");
        let output = shop.command("adopt --dry-run --accept-modified");
        output.ok().stdout_has("would stay, marked as taken over\n");
        let output = shop.command("adopt --accept-modified");
        output.ok().stdout_has("note: 4 add_total was applied with another text than that of the file\n");
        output.stdout_has("the table refinery_schema_history (refinery) stays, marked as taken over");
        shop.run("new").ok().stdout_has("nothing to do");
        shop.refinery_is_kept_off();
    }
}

#[test]
fn a_table_of_another_name_is_taken_over() {
    for shop in Shop::all() {
        shop.run("old --table shop_versions --versions 1,2").ok();
        // Whoever forgets the name is refused: what is there is known by its columns.
        shop.run("new").code(1).stderr_has("error[E0203]").stderr_has("shop_versions");
        shop.run("new --table shop_versions").ok().stdout_has("2 adopted, 3 applied");
        shop.run("old --table shop_versions").code(1).stderr_has("checksum");
        shop.export("").ok();
        shop.command("adopt --from refinery --from-table shop_versions").ok().stdout_has("was taken over before");
        shop.command("diff").ok();
        assert_eq!(shop.rows(), "2|2|1");
    }
}

#[test]
fn a_table_in_the_historys_place_gives_way() {
    for shop in Shop::all() {
        shop.run("old --table schema_migrations --versions 1,2").ok();
        shop.export("").ok();
        shop.command("up").code(1).stderr_has("error[E0202]");
        shop.command("adopt").ok().stdout_has("is kept as schema_migrations_before_adopt");
        for mode in OLD {
            shop.run(&format!("{mode} --table schema_migrations")).code(1);
        }
        shop.run("new").ok().stdout_has("3 applied");
        assert_eq!(shop.rows(), "2|2|1");
    }
}

#[test]
fn the_command_reads_what_the_application_holds() {
    for shop in Shop::all() {
        shop.run("old --versions 1,2,4").ok();
        shop.export("").ok().stdout_has("5 written");
        shop.export("").ok().stdout_has("0 written");
        shop.command("plan").code(1).stderr_has("error[E0203]").stderr_has("`schemactl adopt`");
        shop.command("adopt").ok().stdout_has("baseline 4 add_total\n").stdout_has("3 migrations adopted, 2 pending");
        // The application and the command have the same checksums.
        shop.run("new").ok().stdout_has("2 applied");
        shop.command("status --check").ok().stdout_has("2 applied, 3 baseline");
        shop.command("diff").ok();
        shop.command("generate").ok();
        shop.command("check").ok();
        shop.command("repair --downs --yes").ok();
        shop.command("down --to 0 --accept-data-loss").ok().stdout_has("5 reverted");
        assert!(!shop.has("customers"));

        let old = shop.project.path().join("migrations").join(shop.backend()).join("V0004__add_total.sql");
        std::fs::write(&old, "SELECT 'something else';\n").unwrap();
        shop.export("").code(1).stderr_has("error[E0313]").stderr_has("V0004__add_total.sql has another text");
        assert_eq!(std::fs::read_to_string(&old).unwrap(), "SELECT 'something else';\n");
    }
}

#[test]
fn versions_of_64_bits_are_as_good() {
    for driver in DRIVERS {
        let shop = Shop { width: Width::Int8, ..Shop::new(driver) };
        shop.run("old").ok().stdout_has("6 applied");
        shop.run("new").ok().stdout_has("6 adopted\n");
        shop.run("careless").code(1).stderr_has("checksum");
        // What an application of the other width would say.
        let shop = Shop { width: Width::Int8, ..Shop::new(driver) };
        shop.run("old --versions 1,2,3,4,5,20261128110000").ok();
        shop.execute("DELETE FROM refinery_schema_history WHERE version > 5");
        let shop = Shop { width: Width::Int4, ..shop };
        shop.run("new").ok().stdout_has("5 adopted\n");
    }
}

/// As docs/coming-from-refinery.md has it.
#[test]
fn there_is_a_way_back() {
    for shop in Shop::all() {
        shop.run("old --versions 1,2").ok();
        shop.run("new --versions 1,2,3,4").ok().stdout_has("2 adopted, 2 applied");
        shop.execute("ALTER TABLE refinery_schema_history RENAME COLUMN checksum_taken_over_by_schemactl TO checksum");
        shop.run("fake --versions 1,2,3,4").ok();
        shop.execute("DROP TABLE schema_migrations");
        shop.execute("DROP TABLE schema_migrations_log");
        assert_eq!(shop.ledger(), "1,2,3,4");
        shop.run("old --versions 1,2,3,4").ok().stdout_has("0 applied");
        shop.run("old").ok().stdout_has("1 applied");
        assert_eq!(shop.rows(), "2|2|1");
        // And there again.
        shop.run("new").ok().stdout_has("5 adopted\n");
        shop.refinery_is_kept_off();
    }
}

#[test]
fn a_history_that_is_gone_is_not_begun_again() {
    for shop in Shop::all() {
        shop.run("old").ok();
        shop.run("new").ok();
        shop.execute("DROP TABLE schema_migrations");
        shop.execute("DROP TABLE schema_migrations_log");
        let output = shop.run("new");
        output.code(1).stderr_has("error[E0202]").stderr_has("was taken over before, by a history that is not here");
        shop.execute("ALTER TABLE refinery_schema_history RENAME COLUMN checksum_taken_over_by_schemactl TO checksum");
        shop.run("new").ok().stdout_has("5 adopted\n");
    }
}

/// How many processes of each kind start at once.
const STARTERS: usize = 10;

#[test]
fn twenty_processes_of_both_kinds_start_at_once() {
    for shop in Shop::all() {
        // The release that is being replaced has nothing pending: refinery takes no lock, so that two of its own would race as well.
        let releases = "1,2";
        shop.run(&format!("old --versions {releases}")).ok();
        let olds: Vec<String> =
            (0..STARTERS).map(|number| format!("{} --versions {releases}", OLD[number % OLD.len()])).collect();
        let running: Vec<(Running, Running)> = olds.iter().map(|old| (shop.start(old), shop.start("new"))).collect();
        let mut adopted = 0;
        for (old, new) in running {
            let old = old.wait();
            // It came before the takeover, and had nothing to do, or after it, and was kept off; on SQLite, it may have met a lock.
            let is_kept_off = old.text().contains("checksum") || old.text().contains("locked");
            assert!(old.text().contains("0 applied") || is_kept_off, "{}", old.text());
            adopted += usize::from(new.wait().ok().stdout.contains("2 adopted"));
        }
        assert_eq!(adopted, 1);
        assert_eq!(shop.records(), "1|baseline, 2|baseline, 3|applied, 4|applied, 5|applied");
        assert_eq!((shop.ledger().as_str(), shop.rows().as_str()), ("1,2", "2|2|1"));
        shop.refinery_is_kept_off();
    }
}
