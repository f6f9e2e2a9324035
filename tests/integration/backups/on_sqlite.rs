use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use schemactl_test_support::cli::Project;
use schemactl_test_support::{project, sqlite as database};

use super::{back_up, backups, made, nothing_partial, path, sqlite};

#[test]
fn what_comes_back_is_what_was_there() {
    for mode in ["delete", "wal"] {
        for arguments in ["backup --json", "backup --compress --json"] {
            let shop = sqlite();
            shop.query(&format!("PRAGMA journal_mode = {mode}"));
            let content = shop.content();
            let backup = made(&shop.run(arguments));
            assert_eq!(backup.ends_with(".sqlite.gz"), arguments.contains("--compress"), "{backup}");
            shop.execute("DELETE FROM notes");
            shop.run(&format!("restore {backup} --into old.db"))
                .ok()
                .stdout_has("restored old.db: version 2, as it was at ");
            assert_eq!(database::dump(&database::open(&path(&shop.project, "old.db"))), content);
            // By the record's name too, and in place of what is there.
            shop.run(&format!("restore {backup}.json --replace")).ok().stdout_has("replaced shop.db: version 2");
            assert_eq!(shop.content(), content);
            assert_eq!(shop.query("PRAGMA journal_mode"), mode);
            shop.run("status --check").ok();
            nothing_partial(&shop.project);
        }
    }
}

#[test]
fn files_are_their_owners_alone() {
    let shop = sqlite();
    let backup = back_up(&shop);
    shop.run(&format!("restore {backup} --into old.db")).ok();
    for (name, mode) in [("backups", 0o700), (&*backup, 0o600), (&*format!("{backup}.json"), 0o600), ("old.db", 0o600)]
    {
        let found = path(&shop.project, name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name}: {found:o}");
    }
}

#[test]
fn the_record_says_what_it_is() {
    let shop = sqlite();
    let backup = back_up(&shop);
    let record: serde_json::Value = serde_json::from_str(&shop.project.read(&format!("{backup}.json"))).unwrap();
    let source = path(&shop.project, "shop.db").canonicalize().unwrap().display().to_string();
    for (key, value) in [
        ("backend", "sqlite"),
        ("because", "asked"),
        ("source", &source),
        ("made_by", concat!("schemactl ", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(record[key], value, "{record}");
    }
    assert_eq!(record["version"], 2);
    assert_eq!(record["bytes"], path(&shop.project, &backup).metadata().unwrap().len());
    assert!(backup.starts_with("backups/shop-20") && backup.ends_with("Z-v2.sqlite"), "{backup}");
}

/// `VACUUM INTO` would number these rows anew.
#[test]
fn rows_keep_their_rowids() {
    let shop = sqlite();
    shop.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3); DELETE FROM t WHERE x = 2");
    let backup = back_up(&shop);
    shop.run(&format!("restore {backup} --into old.db")).ok();
    let old = database::open(&path(&shop.project, "old.db"));
    assert_eq!(database::query(&old, "SELECT rowid, x FROM t"), "1|1\n3|3");
}

/// Moves money from one table to the other and writes a row into each, one transaction after the other.
struct WriterThread {
    stop: Arc<AtomicBool>,
    commits: Arc<AtomicU32>,
    thread: std::thread::JoinHandle<()>,
}

impl WriterThread {
    fn start(project: &Project) -> Self {
        let (stop, commits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (stopped, done, file) = (Arc::clone(&stop), Arc::clone(&commits), path(project, "shop.db"));
        let thread = std::thread::spawn(move || {
            let connection = database::open(&file);
            connection.busy_timeout(Duration::from_secs(60)).unwrap();
            connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
            while !stopped.load(Ordering::Relaxed) {
                let number = done.load(Ordering::Relaxed);
                let sql = format!(
                    "BEGIN IMMEDIATE; UPDATE here SET amount = amount - 1 WHERE id = {0}; UPDATE there SET amount = amount + 1 WHERE id = {1}; \
                     INSERT INTO here VALUES (NULL, 0, randomblob(500)); INSERT INTO there VALUES (NULL, 0, randomblob(500)); COMMIT",
                    number % 4_000 + 1,
                    number * 37 % 4_000 + 1
                );
                connection.execute_batch(&sql).unwrap();
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { stop, commits, thread }
    }

    fn commits(&self) -> u32 {
        self.commits.load(Ordering::Relaxed)
    }

    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

#[test]
fn each_backup_beside_a_writer_is_of_one_moment() {
    for (mode, arguments) in
        [("wal", "backup --json"), ("delete", "backup --json"), ("delete", "backup --compress --json")]
    {
        let shop = sqlite();
        shop.query(&format!("PRAGMA journal_mode = {mode}"));
        for table in ["here", "there"] {
            shop.execute(&format!(
                "CREATE TABLE {table} (id INTEGER PRIMARY KEY, amount INTEGER, filler BLOB); \
                 WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4000) \
                 INSERT INTO {table} SELECT n, 100, randomblob(1500) FROM n"
            ));
        }
        let writer = WriterThread::start(&shop.project);
        for number in 0..3 {
            let before = writer.commits();
            while writer.commits() < before + 3 {
                std::thread::sleep(Duration::from_millis(1));
            }
            let backup = made(&shop.run(arguments));
            assert!(writer.commits() > before + 3, "{mode}: nobody wrote meanwhile");
            let file = format!("old{number}.db");
            shop.run(&format!("restore {backup} --into {file}")).ok();
            let old = database::open(&path(&shop.project, &file));
            let sums = "SELECT (SELECT sum(amount) FROM here) + (SELECT sum(amount) FROM there), \
                        (SELECT count(*) FROM here) - (SELECT count(*) FROM there), (SELECT max(id) FROM here) > 4000";
            assert_eq!(database::query(&old, sums), "800000|0|1", "{mode} {backup}");
            assert_eq!(database::query(&old, "PRAGMA integrity_check"), "ok");
        }
        writer.end();
        assert_eq!(backups(&shop.project).len(), 3);
        nothing_partial(&shop.project);
    }
}

/// Nobody who has the file open goes on with one that has no name any more.
#[test]
fn who_is_connected_in_rollback_mode_sees_the_new_content() {
    let shop = sqlite();
    let backup = back_up(&shop);
    let application = database::open(&path(&shop.project, "shop.db"));
    application.execute_batch("DELETE FROM notes").unwrap();
    shop.run(&format!("restore {backup} --replace")).ok();
    assert_eq!(database::query(&application, "SELECT count(*) FROM notes"), "3");
    application.execute_batch("DELETE FROM notes WHERE id = 0").unwrap();
    assert_eq!(shop.query("SELECT count(*) FROM notes"), "2");
}

#[test]
fn a_file_comes_back_where_nothing_is_any_more_and_without_a_project() {
    let shop = sqlite();
    let (content, backup) = (shop.content(), back_up(&shop));
    std::fs::remove_file(shop.database_file()).unwrap();
    shop.run(&format!("restore {backup}")).ok().stdout_has("restored shop.db: version 2");
    assert_eq!(shop.content(), content);
    let elsewhere = project!();
    let backup = path(&shop.project, &backup).display().to_string();
    elsewhere.run(["restore", &backup, "--url", "sqlite:new.db"]).ok();
    assert_eq!(database::dump(&database::open(&path(&elsewhere, "new.db"))), content);
}
