//! The end of a copy: what was off is back, sequences go on above the last number, and the rows are counted.

use super::apart::StillApart;
use super::fence::Fence;
use super::journal::{CopiedTable, CopyState};
use super::orphans::OrphanTask;
use super::sequences::{SequenceSet, advance};
use super::{Captured, CopyEvent, CopyTask, ownership};
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Error, Result};
use crate::transfer::session::TargetSession;

const MESSAGE: &str = "the journal of the move cannot be written";

impl CopyTask<'_> {
    /// Completes a copy of which all rows are there.
    pub(super) async fn finish(&self, session: &TargetSession, tables: &[CopiedTable]) -> Result<Vec<SequenceSet>> {
        session.alone(MESSAGE, async || ownership::assert_own(session, self.journal, tables).await).await?;
        session.run(&self.journal.set_state(CopyState::Rows.as_str()), MESSAGE).await?;
        let left = self.journal.apart(session).await?;
        if let Some(captured) = self.captured {
            return self.begin_following(session, &left, captured).await.map(|()| Vec::new());
        }
        let sets_aside = self.choices.sets_aside;
        OrphanTask { session, journal: self.journal, plan: self.plan, apart: &left, sets_aside }.run().await?;
        crate::fault::point("orphans settled");
        for (at, apart) in left.iter().enumerate() {
            (self.tell)(&CopyEvent::PuttingBack { what: &apart.what, name: &apart.name, table: &apart.table });
            self.journal.put_back(session, apart).await.map_err(|error| not_back(error, at, left.len()))?;
            crate::fault::point("put back");
        }
        let source = sqlite::open(self.location, OpenPurpose::Read)?;
        let sequences = session.alone(MESSAGE, async || advance(session, &source, self.plan).await).await?;
        for table in tables {
            let message = format!("{} cannot be analyzed", table.target_name);
            session.alone(&message, async || session.run(&format!("ANALYZE {}", table.target), &message).await).await?;
        }
        session.run(&self.journal.set_state(CopyState::Complete.as_str()), MESSAGE).await?;
        Ok(sequences)
    }
}

impl CopyTask<'_> {
    /// Makes a target ready for changes: indexes are back, and nobody else writes. Foreign keys and triggers stay off.
    async fn begin_following(
        &self,
        session: &TargetSession,
        left: &[StillApart],
        captured: &Captured<'_>,
    ) -> Result<()> {
        let indexes: Vec<&StillApart> = left.iter().filter(|apart| apart.comes_back_before_following()).collect();
        for (at, apart) in indexes.iter().enumerate() {
            (self.tell)(&CopyEvent::PuttingBack { what: &apart.what, name: &apart.name, table: &apart.table });
            self.journal.put_back(session, apart).await.map_err(|error| not_back(error, at, indexes.len()))?;
            crate::fault::point("put back");
        }
        let targets = self.plan.tables.iter().map(|table| &table.target);
        let fence = Fence::beside(self.journal).put_up(targets, captured.id);
        let begin = self.journal.set_state(CopyState::Following.as_str());
        session.alone(MESSAGE, async || session.run(&format!("{fence}; {begin}"), MESSAGE).await).await
    }
}

fn not_back(error: Error, done: usize, all: usize) -> Error {
    error
        .with_state(format!("all rows are there; {done} of {all} indexes, foreign keys and triggers that were off are back"))
        .with_hint("`schemactl move plan` names the rows that do not keep a constraint; once the target keeps it, `schemactl move copy` goes on from here")
        .with_hint("or set rows aside that refer to what is not there: `schemactl move copy --on-reject set-aside` goes on so")
        .with_hint("or take away what was copied: `schemactl move discard`")
}
