//! R23 on SQLite: a dry run leaves the file as it was, and fails where a step would.

use std::path::{Path, PathBuf};

use super::*;
use crate::config::SqliteLocation;
use crate::database::Detail;
use crate::database::sqlite::{OpenPurpose, SqliteDatabase, open};
use crate::error::Code;
use crate::run::records::records;

fn migrations(texts: &[&str]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(folder.path().join(format!("V{}__step.sql", index + 1)), text).unwrap();
    }
    Migrations::read(folder.path()).unwrap()
}

fn database(folder: &Path, mode: &str) -> PathBuf {
    let path = folder.join("a.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = {mode}; CREATE TABLE orders (id INTEGER PRIMARY KEY); \
             CREATE TABLE items (o REFERENCES orders (id) ON DELETE CASCADE); \
             INSERT INTO orders VALUES (1); INSERT INTO items VALUES (1);"
        ))
        .unwrap();
    path
}

fn look(path: &Path, migrations: &Migrations) -> Preview {
    let location = SqliteLocation::parse(path.to_str().unwrap()).unwrap();
    let options = Options::default();
    let mut database = SqliteDatabase::own(open(&location, OpenPurpose::Read).unwrap(), &options);
    block_on(preview(&mut database, migrations, &Target::Latest, &options, Rehearse::Yes)).unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The files of the folder and their content; the index of the write-ahead log is shared memory.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| !path.to_str().unwrap().ends_with("-shm"))
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    files.sort();
    files
}

const REBUILD: &str = "CREATE TABLE n (id INTEGER PRIMARY KEY, x); INSERT INTO n (id) SELECT id FROM orders; \
                       DROP TABLE orders; ALTER TABLE n RENAME TO orders;";

#[test]
fn r23_a_dry_run_leaves_the_file_byte_for_byte() {
    for mode in ["delete", "wal"] {
        let folder = tempfile::tempdir().unwrap();
        let path = database(folder.path(), mode);
        // A connection that stays open keeps the write-ahead log.
        let keeper = rusqlite::Connection::open(&path).unwrap();
        keeper.execute_batch("INSERT INTO orders VALUES (2)").unwrap();
        let before = files(folder.path());
        let found = look(&path, &migrations(&[REBUILD, "INSERT INTO orders (x) VALUES ('é');"]));
        assert!(found.failure.is_none(), "{:?}", found.failure);
        assert_eq!(found.rehearsal, Some(Rehearsal::Ran(2)));
        assert!(files(folder.path()) == before, "{mode}");
        drop(keeper);
        // Nor is a log that a killed writer left moved into the file.
        let before = files(folder.path());
        look(&path, &migrations(&[REBUILD]));
        assert!(files(folder.path()) == before, "{mode}");
    }
}

#[test]
fn r23_a_dry_run_fails_where_a_step_would() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "delete");
    let before = files(folder.path());
    for (text, code) in [
        ("SELECT * FROM nowhere;", Code::StatementFailed),
        ("DROP TABLE orders;", Code::ForeignKeys),
        ("INSERT INTO items VALUES (7);", Code::StatementFailed),
    ] {
        let found = look(&path, &migrations(&["CREATE TABLE a (x);", text]));
        let failure = found.failure.unwrap();
        assert_eq!(failure.code(), code, "{failure:#}");
        assert!(failure.database_state().unwrap().contains("dry run"), "{failure:#}");
        assert_eq!((found.rehearsal, found.steps.len()), (Some(Rehearsal::Ran(1)), 2));
        assert!(files(folder.path()) == before);
    }
}

#[test]
fn r23_a_dry_run_of_a_missing_file_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let found = look(&folder.path().join("a.db"), &migrations(&["CREATE TABLE a (x);"]));
    assert!(found.failure.is_none());
    assert_eq!(files(folder.path()), []);
}

#[test]
fn r23_what_cannot_be_rehearsed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "delete");
    let found = look(&path, &migrations(&["CREATE TABLE a (x);", "VACUUM;", "SELECT * FROM nowhere;"]));
    assert!(found.failure.is_none());
    assert_eq!(found.rehearsal, Some(Rehearsal::Ran(1)));
}

#[test]
fn r23_a_writer_is_waited_for_no_longer_than_lock_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "delete");
    let writer = rusqlite::Connection::open(&path).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let options = Options::default().lock_wait(std::time::Duration::from_millis(100));
    let migrations = migrations(&["CREATE TABLE a (x);"]);
    let mut database = SqliteDatabase::own(connection, &options);
    let records = block_on(records(&mut database, Detail::Plan)).unwrap();
    let plan = block_on(plan_up(&mut database, &migrations, &records, &Target::Latest, &options)).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let found = block_on(preview_plan(&mut database, plan, Rehearse::Yes)).unwrap();
    assert_eq!(found.failure.unwrap().code(), Code::LockTimeout);
}

/// 29: what is outside the copy stays as it is, and is said.
#[test]
fn e29_a_dry_run_does_not_leave_its_copy() {
    let doors = [
        (
            "ATTACH 'FOLDER/archive.db' AS archive; DELETE FROM archive.kept;",
            "statement 1 of",
            "attaches another database: ",
        ),
        (
            "SELECT 1; /* c */ ATTACH 'file:FOLDER/archive.db?mode=rw' AS x;",
            "statement 2",
            "attaches another database: ",
        ),
        (
            "ATTACH 'FOLDER/' || 'archive.db' AS archive; DROP TABLE archive.kept;",
            "statement 1",
            "attaches another database",
        ),
        ("SELECT load_extension('FOLDER/none');", "statement 1", "loads an extension"),
        (
            "CREATE TABLE l (x); CREATE TRIGGER t AFTER INSERT ON l BEGIN SELECT load_extension(new.x); END; \
             INSERT INTO l VALUES ('none');",
            "statement 3",
            "loads an extension",
        ),
        ("PRAGMA temp_store_directory = 'FOLDER';", "statement 1", "temp_store_directory"),
    ];
    for (up, statement, what) in doors {
        let folder = tempfile::tempdir().unwrap();
        let path = database(folder.path(), "delete");
        let archive = rusqlite::Connection::open(folder.path().join("archive.db")).unwrap();
        archive.execute_batch("CREATE TABLE kept (id); INSERT INTO kept VALUES (1), (2);").unwrap();
        drop(archive);
        let up = up.replace("FOLDER", folder.path().to_str().unwrap());
        let migrations = migrations(&["CREATE TABLE fine (id);", &up, "CREATE TABLE later (id);"]);
        let before = files(folder.path());
        let found = look(&path, &migrations);
        assert_eq!(files(folder.path()), before, "{up}");
        assert!(found.failure.is_none(), "{up}: {:#}", found.failure.unwrap());
        let Some(Rehearsal::Stopped { succeeded: 1, why }) = found.rehearsal else {
            panic!("{up}: {:?}", found.rehearsal)
        };
        assert!(why.contains(statement) && why.contains(what), "{up}: {why}");
    }
}

/// A private database beside the copy harms nobody.
#[test]
fn e29_a_database_in_memory_is_rehearsed() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "wal");
    let up = "ATTACH ':memory:' AS scratch; CREATE TABLE scratch.s (id); INSERT INTO scratch.s SELECT id FROM orders; \
              INSERT INTO orders SELECT id + 10 FROM scratch.s;";
    let found = look(&path, &migrations(&[up, "PRAGMA user_version = 3; PRAGMA hard_heap_limit = 1000000;"]));
    assert_eq!((found.rehearsal, found.failure.map(|error| error.to_string())), (Some(Rehearsal::Ran(2)), None));
}
