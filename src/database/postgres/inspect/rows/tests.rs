//! Whatever the words of a catalog show, the digest of its rows shows.

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

/// What a statement did to the words, and to the digest.
async fn is_seen(client: &Client, statement: &str) -> Option<bool> {
    let before = (Fingerprint::of(&inspect(client, &[]).await.unwrap()), digest(client).await);
    client.batch_execute(statement).await.ok()?;
    let after = (Fingerprint::of(&inspect(client, &[]).await.unwrap()), digest(client).await);
    (before.0 != after.0).then_some(before.1 != after.1)
}

/// Each statement of each case, one by one.
#[tokio::test]
async fn what_changes_the_words_changes_the_digest() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/postgres");
    let (mut changes, mut unseen) = (0, Vec::new());
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        let database = servers::database(servers::version());
        let client = connect(&database).await;
        for file in ["before.sql", "up.sql"] {
            let text = std::fs::read_to_string(case.join(file)).unwrap_or_default();
            for statement in statements(Dialect::Postgres, &text).flatten() {
                match is_seen(&client, statement.text).await {
                    Some(true) => changes += 1,
                    Some(false) => unseen.push(format!("{}: {}", case.display(), statement.text)),
                    None => {}
                }
            }
        }
    }
    assert_eq!(unseen, [] as [String; 0]);
    assert!(changes > 500, "{changes} changes");
}
