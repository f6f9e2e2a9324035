//! What deriving and proving downs costs.

use std::process::Command;
use std::time::Duration;

use schemactl_test_support::rusqlite::Connection;

use super::{Bench, Files, compare, psql, server, timed};

pub(super) const BENCHES: &[(&str, Bench)] = &[
    ("SQLite, derive and prove 300 downs, a table each", |name| sqlite_of(name, &Files::tables(GROWING))),
    ("PostgreSQL, derive and prove 300 downs, a table each", |name| postgres_of(name, &Files::tables(GROWING))),
    ("SQLite, generate 1 beside 300 proven, whole process", one_more::sqlite),
    ("PostgreSQL, generate 1 beside 300 proven, whole process", one_more::postgres),
];

const GROWING: usize = 300;

fn prove(files: &Files, arguments: &[&str]) -> Duration {
    timed(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schemactl"));
        let output = command.arg("prove").arg(files.folder.path()).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("300 migrations: "), "{said}");
    })
}

pub(super) fn sqlite(name: &str) {
    sqlite_of(name, &Files::growing(GROWING));
}

fn sqlite_of(name: &str, files: &Files) {
    compare(
        name,
        3,
        "SQLite's library, the same ups once, in memory",
        || prove(files, &["--backend", "sqlite"]),
        || {
            let connection = Connection::open_in_memory().unwrap();
            timed(|| files.texts().iter().for_each(|text| connection.execute_batch(text).unwrap()))
        },
    );
}

pub(super) fn postgres(name: &str) {
    postgres_of(name, &Files::growing(GROWING));
}

fn postgres_of(name: &str, files: &Files) {
    let cluster = server();
    compare(
        name,
        1,
        "psql, the same ups once, BEGIN and COMMIT around each",
        || prove(files, &["--url", &cluster.url()]),
        || {
            let database = cluster.create_database();
            let each = files.paths.iter().flat_map(|path| {
                [
                    "-c".to_owned(),
                    "BEGIN".to_owned(),
                    "-f".to_owned(),
                    path.display().to_string(),
                    "-c".to_owned(),
                    "COMMIT".to_owned(),
                ]
            });
            psql(&database.url(), &each.collect::<Vec<_>>())
        },
    );
}

/// One more migration beside those that schema.lock knows.
mod one_more {
    use std::fs;
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use super::{Connection, Files, GROWING, compare, psql, server, timed};

    const ROUNDS: usize = 3;

    pub(super) fn sqlite(name: &str) {
        let folder = project("sqlite", "sqlite:bench.db");
        let mut made = GROWING;
        compare(
            name,
            ROUNDS,
            "SQLite's library, all ups once, in memory",
            || generate(folder.path(), "sqlite", &mut made),
            || {
                let connection = Connection::open_in_memory().unwrap();
                let texts = Files::tables(GROWING + 1).texts();
                timed(|| texts.iter().for_each(|text| connection.execute_batch(text).unwrap()))
            },
        );
    }

    pub(super) fn postgres(name: &str) {
        let cluster = server();
        let folder = project("postgres", &cluster.url());
        let mut made = GROWING;
        compare(
            name,
            ROUNDS,
            "psql -1, all ups once",
            || generate(folder.path(), "postgres", &mut made),
            || {
                let (database, files) = (cluster.create_database(), Files::tables(GROWING + 1));
                let mut arguments = vec!["-1".to_owned()];
                arguments.extend(files.paths.iter().flat_map(|path| ["-f".to_owned(), path.display().to_string()]));
                psql(&database.url(), &arguments)
            },
        );
    }

    fn project(backend: &str, url: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("schema.toml"), format!("[{backend}]\nurl = \"{url}\"\n")).unwrap();
        for number in 1..=GROWING {
            write(folder.path(), backend, number);
        }
        schemactl(folder.path());
        folder
    }

    fn write(folder: &Path, backend: &str, number: usize) {
        let to = folder.join("migrations").join(backend);
        fs::create_dir_all(&to).unwrap();
        fs::write(to.join(format!("V{number:05}__step.sql")), Files::table(number)).unwrap();
    }

    fn generate(folder: &Path, backend: &str, made: &mut usize) -> Duration {
        *made += 1;
        write(folder, backend, *made);
        timed(|| schemactl(folder))
    }

    fn schemactl(folder: &Path) {
        let output =
            Command::new(env!("CARGO_BIN_EXE_schemactl")).arg("generate").current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
