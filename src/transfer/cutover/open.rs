//! Making the target ready for writers, and what is done once they write.

use std::time::Duration;

use rusqlite::Connection;

use super::{CutoverOutcome, CutoverTask, MESSAGE};
use crate::error::{Code, Error, Result};
use crate::history::MoveTable;
use crate::plural::{count_of, have};
use crate::transfer::copy::{CopyState, Fence, OrphanTask, SequenceSet, advance};
use crate::transfer::orphans::{CHILD, MovedRows};
use crate::transfer::session::TargetSession;

impl CutoverTask<'_> {
    /// Refuses rows without a place, and rows that refer to nothing: no foreign key could come back.
    pub(super) async fn assert_ready(&self, session: &TargetSession) -> Result<()> {
        self.assert_none_aside(session).await?;
        let plan = self.follow.plan;
        let place = |at: usize| plan.tables[at].target.to_string();
        let rows = MovedRows { plan, place: &place };
        let mut orphans = Vec::new();
        for key in plan.keys.iter().filter(|key| key.outcome.is_none()) {
            let sql = format!("SELECT count(*) FROM {} {CHILD} WHERE {}", place(key.child), rows.condition(key));
            let count = session.number(&sql, MESSAGE).await?;
            if count > 0 {
                orphans.push(format!("{count} rows of {} by {}", plan.tables[key.child].target.plain(), key.name));
            }
        }
        if orphans.is_empty() {
            return Ok(());
        }
        Err(Error::new(Code::MoveDiffers, "rows refer to what is not there, so that foreign keys could not come back")
            .with_cause(orphans.join("; "))
            .with_state("nothing was switched; the source is followed as before")
            .with_hint("mend these rows in SQLite, and switch again"))
    }

    pub(super) async fn assert_none_aside(&self, session: &TargetSession) -> Result<()> {
        let aside = self.follow.journal.rows_set_aside(session).await?;
        if aside == 0 {
            return Ok(());
        }
        Err(Error::new(
            Code::ValuesRefused,
            format!("{} of the source {} no place on the target", count_of(aside, "row"), have(aside)),
        )
        .with_state("nothing was switched; the source is followed as before")
        .with_hint(format!("the table {} has each with its reason", self.follow.journal.table(MoveTable::SetAside)))
        .with_hint("mend them in SQLite, and switch again"))
    }

    /// Puts back what was off, in the transaction at hand: foreign keys without asking the rows, which is done once the target is open. Nobody is kept from
    /// writing once it is committed.
    pub(super) async fn make_ready(
        &self,
        session: &TargetSession,
        source: &Connection,
        leader: &str,
    ) -> Result<Vec<SequenceSet>> {
        let journal = self.follow.journal;
        if !journal.leave(session, leader).await? {
            return Err(crate::transfer::follow::taken_over());
        }
        let names = self.follow.plan.target_names();
        session.run(&Fence::beside(journal).take_away(&names), MESSAGE).await?;
        let apart = journal.apart(session).await?;
        OrphanTask { session, journal, plan: self.follow.plan, apart: &apart, sets_aside: false }.run_within().await?;
        for apart in apart {
            let message = format!("{} {} of {} cannot be put back", apart.what, apart.name, apart.table);
            session.run(&journal.put_back_soon(&apart), &message).await?;
        }
        self.prepare_way_back(session, &names).await?;
        let sequences = advance(session, source, self.follow.plan).await?;
        session.run(&journal.set_state(CopyState::Switched.as_str()), MESSAGE).await?;
        Ok(sequences)
    }

    /// Has foreign keys asked of the rows that were there before the target was open. Who writes does not wait for it.
    pub(super) async fn complete(
        &self,
        session: &TargetSession,
        pause: Option<Duration>,
        sequences: Vec<SequenceSet>,
    ) -> Result<CutoverOutcome> {
        let journal = self.follow.journal;
        let state = "both sides are switched: the target is open to writers";
        for (name, sql) in journal.validations(session).await? {
            let message = format!("foreign key {name} cannot be validated");
            session.alone(&message, async || session.run(&sql, &message).await).await.map_err(|error| {
                error.with_state(format!("{state}; this foreign key holds for what is written from now on")).with_hint(
                    "mend the rows that refer to nothing, in the target; `schemactl move cutover` goes on from here",
                )
            })?;
        }
        let following = journal.following(session).await?;
        let end = match following.and_then(|following| following.back) {
            Some(_) => CopyState::Open,
            None => CopyState::Complete,
        };
        session.run(&journal.set_state(end.as_str()), MESSAGE).await.map_err(|error| error.with_state(state))?;
        Ok(CutoverOutcome { pause, sequences })
    }
}
