//! What deriving and proving downs costs.

use std::process::Command;
use std::time::Duration;

use schemactl_test_support::rusqlite::Connection;

use super::{Files, compare, psql, server, timed};

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
    let files = Files::growing(GROWING);
    compare(
        name,
        3,
        "SQLite's library, the same ups once, in memory",
        || prove(&files, &["--backend", "sqlite"]),
        || {
            let connection = Connection::open_in_memory().unwrap();
            timed(|| files.texts().iter().for_each(|text| connection.execute_batch(text).unwrap()))
        },
    );
}

pub(super) fn postgres(name: &str) {
    let (cluster, files) = (server(), Files::growing(GROWING));
    compare(
        name,
        1,
        "psql, the same ups once, BEGIN and COMMIT around each",
        || prove(&files, &["--url", &cluster.url()]),
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
