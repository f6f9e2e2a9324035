//! Who follows the source, and how far: one row of the journal.

use tokio_postgres::SimpleQueryRow;

use super::MoveJournal;
use crate::error::{Code, Error, Result};
use crate::history::MoveTable;
use crate::sql::Literal;
use crate::transfer::session::TargetSession;

/// The following of a source, as the journal has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FollowState {
    /// Which capture it is of.
    pub(crate) capture: String,
    /// The last change that was applied.
    pub(crate) position: i64,
    /// The mark that the source had last, and those that it may have got since.
    pub(crate) mark: String,
    pub(crate) pending_marks: Vec<String>,
    /// Whether somebody follows, as was heard of them last.
    pub(crate) is_alive: bool,
    /// Keys that were applied.
    pub(crate) changes: u64,
    /// How many changes were not applied yet, and how old the first of them was, when somebody last looked.
    pub(crate) behind: Option<u64>,
    pub(crate) behind_seconds: Option<f64>,
    pub(crate) applied_at: Option<String>,
    /// Whether the target is the side that is written.
    pub(crate) is_switched: bool,
    /// The way back, where the target is captured for it.
    pub(crate) back: Option<ReturnState>,
}

/// What a target says of its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnState {
    /// The snapshot of the target from which on its changes are noted.
    pub(crate) from: String,
    /// What its triggers were when they were made.
    pub(crate) triggers: String,
    /// The last round that was about to be committed on the source, and the last one of which that is known.
    pub(crate) rounds_begun: i64,
    pub(crate) rounds_done: i64,
}

impl ReturnState {
    /// Whether the target knows of the round that the source has come to.
    pub(crate) fn has_told(&self, rounds: i64) -> bool {
        [self.rounds_begun, self.rounds_done].contains(&rounds)
    }
}

/// What a round has come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoundDone {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// Keys that it has applied.
    pub(crate) keys: u64,
}

/// After how many seconds without a word a follower counts as gone.
const SILENCE: u32 = 10;

const UNREADABLE: &str = "the journal of the move cannot be read";
const UNWRITTEN: &str = "the journal of the move cannot be written";

impl MoveJournal {
    /// The statement that says that a move is followed, by which capture.
    pub(crate) fn begin_following(&self, capture: &str) -> String {
        format!("INSERT INTO {} (capture) VALUES ({})", self.table(MoveTable::Follow), Literal(Some(capture)))
    }

    /// How far the source is followed; none where the move is not of one that is captured.
    pub(crate) async fn following(&self, session: &TargetSession) -> Result<Option<FollowState>> {
        let sql = format!(
            "SELECT capture, position, mark, array_to_string(pending_marks, ' '), \
             coalesce(follower IS NOT NULL AND alive_at > clock_timestamp() - interval '{SILENCE} s', false), changes, behind, behind_seconds, \
             to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
             (SELECT state IN ('switched', 'open', 'complete') FROM {}), return_from, return_triggers, rounds_begun, rounds_done FROM {}",
            self.table(MoveTable::State),
            self.table(MoveTable::Follow)
        );
        let rows = session.rows(&sql, UNREADABLE).await?;
        let unknown = || Error::new(Code::Query, UNREADABLE).with_cause("a value of it is not known");
        rows.first().map(|row| state(row).ok_or_else(unknown)).transpose()
    }

    /// Whether the journal is there.
    pub(crate) async fn is_there(&self, session: &TargetSession) -> Result<bool> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT to_regclass({}) AS id) one WHERE id IS NOT NULL",
            Literal(Some(&self.table(MoveTable::Follow)))
        );
        Ok(session.number(&sql, UNREADABLE).await? == 1)
    }

    /// Follows from now on, where nobody else does. Returns whether that is so.
    pub(crate) async fn lead(&self, session: &TargetSession, follower: &str) -> Result<bool> {
        let name = Literal(Some(follower));
        let change = format!(
            "follower = {name}, alive_at = clock_timestamp() \
             WHERE follower IS NULL OR follower = {name} OR alive_at < clock_timestamp() - interval '{SILENCE} s'"
        );
        self.change(session, &change).await
    }

    /// Follows from now on, whoever does: they cannot move the position any more.
    pub(crate) async fn take_lead(&self, session: &TargetSession, follower: &str) -> Result<()> {
        let change = format!("follower = {}, alive_at = clock_timestamp()", Literal(Some(follower)));
        self.change(session, &change).await.map(drop)
    }

    /// Whether this one follows.
    pub(crate) async fn is_led_by(&self, session: &TargetSession, follower: &str) -> Result<bool> {
        let sql = format!(
            "SELECT count(*) FROM {} WHERE follower = {}",
            self.table(MoveTable::Follow),
            Literal(Some(follower))
        );
        Ok(session.number(&sql, UNREADABLE).await? == 1)
    }

    /// Lets another one follow. False where another one does.
    pub(crate) async fn leave(&self, session: &TargetSession, follower: &str) -> Result<bool> {
        self.change(session, &format!("follower = NULL WHERE follower = {}", Literal(Some(follower)))).await
    }

    /// Says that the follower is alive, and how far behind it is.
    pub(crate) async fn alive(&self, session: &TargetSession, follower: &str, behind: (i64, f64)) -> Result<bool> {
        let (changes, seconds) = behind;
        let change = format!(
            "alive_at = clock_timestamp(), behind = {changes}, behind_seconds = {seconds:.3} WHERE follower = {}",
            Literal(Some(follower))
        );
        self.change(session, &change).await
    }

    /// Moves the position on, in the transaction that applies the changes. False where another one has moved it, or follows.
    pub(crate) async fn advance(&self, session: &TargetSession, follower: &str, done: RoundDone) -> Result<bool> {
        let RoundDone { from, to, keys } = done;
        let change = format!(
            "position = {to}, changes = changes + {keys}, alive_at = clock_timestamp(), applied_at = clock_timestamp(), \
             behind = 0, behind_seconds = 0 WHERE follower = {} AND position = {from}",
            Literal(Some(follower))
        );
        self.change(session, &change).await
    }

    /// Says which mark the source is about to get. Those that it was to get before may still come. False where another one follows.
    pub(crate) async fn mark_soon(&self, session: &TargetSession, follower: &str, mark: &str) -> Result<bool> {
        let change = format!(
            "pending_marks = pending_marks || {}::text WHERE follower = {}",
            Literal(Some(mark)),
            Literal(Some(follower))
        );
        self.change(session, &change).await
    }

    /// Says which mark the source has. One that was to come before cannot any more: it would come in place of another one.
    pub(crate) async fn marked(&self, session: &TargetSession, mark: &str) -> Result<()> {
        let mark = Literal(Some(mark));
        let change = format!("mark = {mark}, pending_marks = '{{}}' WHERE {mark} = ANY (pending_marks)");
        self.change(session, &change).await.map(drop)
    }

    /// The statement that begins the way back, where the target is captured as `triggers` says, in the transaction that does that.
    pub(crate) fn begin_return(&self, triggers: &str) -> String {
        format!(
            "UPDATE {} SET return_from = pg_catalog.pg_current_snapshot()::text, return_triggers = {}, rounds_begun = 0, rounds_done = 0, \
             behind = NULL, behind_seconds = NULL",
            self.table(MoveTable::Follow),
            Literal(Some(triggers))
        )
    }

    /// The statement that ends the way back.
    pub(crate) fn end_return(&self) -> String {
        format!(
            "UPDATE {} SET return_from = NULL, return_triggers = NULL, behind = NULL, behind_seconds = NULL",
            self.table(MoveTable::Follow)
        )
    }

    /// Says that a round is about to be committed on the source, behind the last one that was. False where another one follows, or the source is behind or
    /// before what is known of it.
    pub(crate) async fn round_soon(
        &self,
        session: &TargetSession,
        follower: &str,
        last: i64,
        keys: u64,
    ) -> Result<bool> {
        // It is on the disk before the round is, so that a target which is put back from a backup is told from one that is not.
        let change = format!(
            "rounds_done = {last}, rounds_begun = {last} + 1, changes = changes + {keys}, alive_at = clock_timestamp(), applied_at = clock_timestamp() \
             WHERE follower = {} AND {last} IN (rounds_begun, rounds_done)",
            Literal(Some(follower))
        );
        session.run("BEGIN; SET LOCAL synchronous_commit = on", UNWRITTEN).await?;
        let done = self.change(session, &change).await;
        session.run("COMMIT", UNWRITTEN).await?;
        done
    }

    /// Changes the row, and says whether it is the one that the condition wants.
    async fn change(&self, session: &TargetSession, change: &str) -> Result<bool> {
        let sql = format!("UPDATE {} SET {change} RETURNING 1", self.table(MoveTable::Follow));
        Ok(!session.rows(&sql, UNWRITTEN).await?.is_empty())
    }

    /// The tables of which something is set aside.
    pub(crate) async fn tables_set_aside(&self, session: &TargetSession) -> Result<Vec<String>> {
        let sql = format!("SELECT DISTINCT source_table FROM {}", self.table(MoveTable::SetAside));
        let rows = session.rows(&sql, UNREADABLE).await?;
        Ok(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
    }

    /// How many rows have a value set aside.
    pub(crate) async fn rows_set_aside(&self, session: &TargetSession) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT DISTINCT source_table, coalesce(row_key, row_name) FROM {}) one",
            self.table(MoveTable::SetAside)
        );
        session.number(&sql, UNREADABLE).await
    }
}

fn state(row: &SimpleQueryRow) -> Option<FollowState> {
    let text = |at: usize| row.get(at).map(str::to_owned);
    Some(FollowState {
        capture: text(0)?,
        position: row.get(1)?.parse().ok()?,
        mark: text(2)?,
        pending_marks: row.get(3)?.split(' ').filter(|mark| !mark.is_empty()).map(str::to_owned).collect(),
        is_alive: row.get(4)? == "t",
        changes: row.get(5)?.parse().ok()?,
        behind: row.get(6).map(str::parse).transpose().ok()?,
        behind_seconds: row.get(7).map(str::parse).transpose().ok()?,
        applied_at: text(8),
        is_switched: row.get(9)? == "t",
        back: match (text(10), text(11)) {
            (Some(from), Some(triggers)) => {
                let (rounds_begun, rounds_done) = (row.get(12)?.parse().ok()?, row.get(13)?.parse().ok()?);
                Some(ReturnState { from, triggers, rounds_begun, rounds_done })
            }
            _ => None,
        },
    })
}
