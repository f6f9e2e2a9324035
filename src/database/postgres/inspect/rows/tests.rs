//! Whatever the words of a catalog show, the digest of its rows shows.

use std::path::PathBuf;

use schemactl_test_support::postgres::{self as servers, Database};
use tokio_postgres::Client;

use super::super::inspect;
use super::{not_counted, own, query, skimmed};
use crate::catalog::{Fingerprint, Stamp};
use crate::sql::{Dialect, statements};

async fn connect(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn digest(client: &Client) -> Stamp {
    let message = super::aside([own(&["schema_migrations".to_owned()])], [query(&not_counted(&[]).unwrap(), None)]);
    let answers = client.simple_query(&message).await.unwrap();
    skimmed(&crate::database::postgres::rows_of(answers)).unwrap().seen.stamp
}

/// The words, and the digest.
async fn read(client: &Client) -> (Fingerprint, Stamp) {
    (Fingerprint::of(&inspect(client, &[]).await.unwrap()), digest(client).await)
}

/// Each statement of each case, one by one, and of a third of them in an ordinary run: `SCHEMACTL_CASE=rename` runs those whose names have that.
#[tokio::test]
async fn what_changes_the_words_changes_the_digest() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/postgres");
    let wanted = std::env::var("SCHEMACTL_CASE").unwrap_or_default();
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|case| case.unwrap().path()).collect();
    cases.retain(|case| case.display().to_string().contains(&wanted));
    cases.sort();
    let step = if schemactl_test_support::long() || !wanted.is_empty() { 1 } else { 3 };
    let (mut changes, mut unseen) = (0, Vec::new());
    for case in cases.iter().step_by(step) {
        let database = servers::database(servers::version());
        let client = connect(&database).await;
        let mut before = read(&client).await;
        for file in ["before.sql", "up.sql"] {
            let text = std::fs::read_to_string(case.join(file)).unwrap_or_default();
            for statement in statements(Dialect::Postgres, &text).flatten() {
                // One that cannot be run here is of no interest.
                drop(client.batch_execute(statement.text).await);
                let after = read(&client).await;
                match (before.0 == after.0, before.1 == after.1) {
                    (false, false) => changes += 1,
                    (false, true) => unseen.push(format!("{}: {}", case.display(), statement.text)),
                    (true, _) => {}
                }
                before = after;
            }
        }
    }
    assert_eq!(unseen, [] as [String; 0]);
    assert!(changes > 400 / step || !wanted.is_empty(), "{changes} changes");
}
