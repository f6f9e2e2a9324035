//! `COPY ... FROM STDIN` with its rows in the file, as pg_dump writes it.

use std::io::Cursor;
use std::pin::pin;

use futures_util::SinkExt;

use super::PostgresDatabase;
use super::session::SessionFailure;

/// Rows are handed over in pieces of this many bytes.
const PIECE: usize = 64 * 1024;

/// Sends the rows of one COPY. Through `batch_execute` tokio-postgres would give the connection up.
pub(super) async fn run(database: &mut PostgresDatabase<'_>, sql: &str, data: &str) -> Result<(), SessionFailure> {
    let session = &database.session;
    let copied = session.unless_interrupted(send(session.client(), sql, data)).await;
    copied.map_err(|error| SessionFailure { completed: 0, error, sent: true, last_notice: None })
}

async fn send(client: &tokio_postgres::Client, sql: &str, data: &str) -> Result<(), tokio_postgres::Error> {
    let mut sink = pin!(client.copy_in::<_, Cursor<Vec<u8>>>(sql).await?);
    for piece in data.as_bytes().chunks(PIECE) {
        sink.send(Cursor::new(piece.to_vec())).await?;
    }
    sink.finish().await.map(drop)
}
