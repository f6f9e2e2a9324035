use super::ends::MoveEnds;
use crate::error::Result;
use crate::postgres::block_on;
use crate::transfer::{CopiedTable, CopyState, FollowState, KeyShape, MovePlan, MoveState, assert_same_map};

/// A move that has begun, as the target knows it.
pub(crate) struct KnownMove {
    pub(crate) state: MoveState,
    pub(crate) following: Option<FollowState>,
    /// The tables that are moved.
    pub(crate) tables: Vec<CopiedTable>,
    /// The foreign keys that are off.
    pub(crate) keys: Vec<KeyShape>,
}

impl KnownMove {
    /// What the target knows of a move; none where none has begun.
    pub(super) fn read(ends: &MoveEnds) -> Result<Option<Self>> {
        block_on(ends.unlocked(async |journal| {
            ends.in_session(async |session| {
                let Some(state) = journal.state(session).await? else { return Ok(None) };
                let (following, keys) = (journal.following(session).await?, journal.keys_off(session).await?);
                let tables = journal.tables(session).await?;
                Ok(Some(Self { state, following, tables, keys }))
            })
            .await
        }))
    }

    /// Refuses other rules than those by which the rows were made that are followed: what is applied would not fit them.
    pub(super) fn assert_same_map(&self, plan: &MovePlan) -> Result<()> {
        let is_applied = self.following.is_some() && self.state.progress >= CopyState::Following;
        if is_applied { assert_same_map(plan, &self.tables, |_| true) } else { Ok(()) }
    }

    /// Whether the source is followed, and both sides are not switched yet.
    pub(crate) fn is_followed(&self) -> bool {
        matches!(self.state.progress, CopyState::Following | CopyState::Returned)
    }

    /// Whether the target is followed back to the source.
    pub(crate) fn is_returning(&self) -> bool {
        let has_way_back = self.following.as_ref().is_some_and(|following| following.back.is_some());
        has_way_back && matches!(self.state.progress, CopyState::Switched | CopyState::Open)
    }
}
