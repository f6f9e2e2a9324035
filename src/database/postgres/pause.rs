//! Waiting between two tries.

use std::time::{Duration, Instant};

use super::{PostgresDatabase, timer};

/// A signal must not have to wait for the end of a long pause.
const GLANCE: Duration = Duration::from_millis(50);

/// The server must not end the session meanwhile (`idle_session_timeout`).
const STAY: Duration = Duration::from_millis(400);

/// Sleeps, unless the run is interrupted, and keeps the session alive.
pub(super) async fn pause(database: &PostgresDatabase<'_>, duration: Duration) {
    let end = Instant::now() + duration;
    let mut stayed = Instant::now();
    while Instant::now() < end && !database.options.interrupt.is_triggered() {
        timer::sleep(GLANCE.min(end.saturating_duration_since(Instant::now()))).await;
        if stayed.elapsed() >= STAY {
            // A connection that is lost shows with the next step.
            let _ = database.session.client().batch_execute("").await;
            stayed = Instant::now();
        }
    }
}
