//! Both sides, read at the same time: a thread has the rows of the source, and the session those of the target.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::differences::{RowDifferences, SidedRows};
use super::parts::{HashedRow, RowHasher, RowParts, RowStanding};
use super::received::{ReceivedRows, RowPlaces, receive, receive_keys};
use super::{MovePlan, SqliteRows, TableMove, VerifyTask};
use crate::convert::convert;
use crate::error::{Code, Error, Result};
use crate::hex::Hex;
use crate::interrupt::Interrupt;
use crate::sql::Ident;
use crate::transfer::TargetSession;
use crate::transfer::binary_copy::{append, begin_row};
use crate::transfer::copy::RefusedDigests;
use crate::transfer::source::{RowSource as _, RowSpan, SourceRow};

/// Rows that are compared one by one at once.
const ROWS_AT_ONCE: u64 = 200_000;

/// What is read of both sides.
pub(super) struct Sides<'a> {
    plan: &'a Arc<MovePlan>,
    session: &'a TargetSession,
    interrupt: &'a Interrupt,
    most: usize,
    /// With the thread while it reads.
    rows: Option<SqliteRows>,
}

/// The source as sums.
pub(super) struct SourceSums {
    pub(super) parts: RowParts,
    /// Rows without a place.
    pub(super) set_aside: u64,
    /// Rows that a rule leaves out.
    pub(super) left_out: u64,
}

/// The rows of a table of the source of which the journal says that the target has not got them.
#[derive(Debug, Clone, Default)]
pub(super) struct AbsentRows {
    /// They were set aside: the server has refused them, or their key is there more than once.
    pub(super) refused: RefusedDigests,
    /// A rule leaves them out, since their key is there more than once.
    pub(super) left_out: RefusedDigests,
}

/// What is expected of a row of the source.
enum SourceFate<'r> {
    /// The target has it, as it is here in the binary form of COPY.
    Row(&'r [u8]),
    /// It has no place.
    SetAside,
    /// A rule leaves it out.
    LeftOut,
}

impl<'a> Sides<'a> {
    pub(super) fn new(task: &VerifyTask<'a>, rows: SqliteRows) -> Self {
        let VerifyTask { plan, session, interrupt, most, .. } = *task;
        Self { plan, session, interrupt, most, rows: Some(rows) }
    }

    /// How many rows a table of the source has.
    pub(super) fn count(&self, table: &TableMove) -> Result<u64> {
        let rows = self.rows.as_ref().ok_or_else(unreadable)?;
        let sql = format!("SELECT count(*) FROM main.{}", Ident(&table.name));
        let count = rows.connection().query_row(&sql, [], |row| row.get::<_, i64>(0));
        let count = count.map_err(|error| unreadable().with_cause(error.to_string()))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The sums of a table on both sides. Of a sample also where its rows are on the target.
    pub(super) async fn sums(
        &mut self,
        at: usize,
        hasher: &Arc<RowHasher>,
        known: &Arc<AbsentRows>,
        orphans: Option<&str>,
    ) -> Result<(SourceSums, RowParts, Option<RowPlaces>)> {
        let hashing = Arc::clone(hasher);
        let sums = SourceSums { parts: RowParts::new(), set_aside: 0, left_out: 0 };
        let source = self.source(at, known, sums, move |sums, row| {
            match row {
                SourceFate::Row(row) => match hashing.standing(row) {
                    RowStanding::Compared => sums.parts.add(hashing.hash(row).ok_or_else(unreadable)?),
                    RowStanding::Counted => sums.parts.counted += 1,
                    RowStanding::UnderWay => {}
                },
                SourceFate::SetAside => sums.set_aside += 1,
                SourceFate::LeftOut => sums.left_out += 1,
            }
            Ok(())
        });
        let received = sum_of_target(self.session, &self.plan.tables[at], (hasher, orphans), self.interrupt).await;
        // The thread has the rows of the source, which are needed again.
        let (source, rows) = source.await.map_err(|_| unreadable())?;
        self.rows = Some(rows);
        let (target, places) = received?;
        Ok((source?, target, places))
    }

    /// The rows of parts in which both sides differ, compared one by one.
    pub(super) async fn differences(
        &mut self,
        at: usize,
        (hasher, known): (&Arc<RowHasher>, &Arc<AbsentRows>),
        (orphans, places): (Option<&str>, Option<&RowPlaces>),
        differing: &[usize],
        counts: &dyn Fn(usize) -> u64,
    ) -> Result<RowDifferences> {
        let looked_at = Arc::new(looked_at(differing, counts));
        let (hashing, wanted) = (Arc::clone(hasher), Arc::clone(&looked_at));
        let source = self.source(at, known, SidedRows::default(), move |kept, row| match row {
            SourceFate::Row(row) => keep(&hashing, &wanted, kept, row),
            SourceFate::SetAside | SourceFate::LeftOut => Ok(()),
        });
        let keep_row = |kept: &mut SidedRows, row: &[u8]| keep(hasher, &looked_at, kept, row);
        let received = rows_of_target(self.session, &self.plan.tables[at], (orphans, places), &keep_row).await;
        let (source, rows) = source.await.map_err(|_| unreadable())?;
        self.rows = Some(rows);
        let target = received?;
        let table = &self.plan.tables[at];
        Ok(RowDifferences::between(
            table,
            hasher.key(),
            (source?, target),
            self.most,
            differing.len() - looked_at.len(),
        ))
    }

    /// Has a thread hand over the rows of the source as the target would have them; nothing for one without a place.
    fn source<T: Send + 'static>(
        &mut self,
        at: usize,
        known: &Arc<AbsentRows>,
        mut kept: T,
        mut visit: impl FnMut(&mut T, SourceFate<'_>) -> Result<()> + Send + 'static,
    ) -> oneshot::Receiver<(Result<T>, SqliteRows)> {
        let (sender, receiver) = oneshot::channel();
        let Some(mut rows) = self.rows.take() else { return receiver };
        let (plan, known, interrupt) = (Arc::clone(self.plan), Arc::clone(known), self.interrupt.clone());
        thread::spawn(move || {
            let table = &plan.tables[at];
            let mut known = (*known).clone();
            let mut buffer = Vec::new();
            let read = rows.rows(table, &RowSpan::default(), &mut |row| {
                assert_going_on(&interrupt)?;
                let expected = if table.left_out_by(row, plan.moment).is_some() {
                    SourceFate::LeftOut
                } else {
                    encode(table, row, &mut known, &mut buffer)
                };
                visit(&mut kept, expected)?;
                Ok(ControlFlow::Continue(()))
            });
            // Who does not wait any more needs nothing.
            let _ = sender.send((read.map(|_| kept), rows));
        });
        receiver
    }
}

/// Those that are compared of the rows that are there.
fn present_rows(places: Option<&RowPlaces>) -> ReceivedRows<'_> {
    places.map_or(ReceivedRows::Present, ReceivedRows::At)
}

/// The sums of the target, whose rows count as they were written; of a sample with the places of its rows. Of the others the keys alone are read then.
async fn sum_of_target(
    session: &TargetSession,
    table: &TableMove,
    (hasher, aside): (&RowHasher, Option<&str>),
    interrupt: &Interrupt,
) -> Result<(RowParts, Option<RowPlaces>)> {
    let mut target = RowParts::new();
    let mut places = hasher.is_sampled().then(RowPlaces::default);
    if let Some(places) = &mut places {
        receive_keys(session, table, |place, key| {
            assert_going_on(interrupt)?;
            match hasher.standing_of(&hasher.name_of_key(key).ok_or_else(unreadable)?) {
                RowStanding::Compared => places.add(place),
                RowStanding::Counted => target.counted += 1,
                RowStanding::UnderWay => {}
            }
            Ok(())
        })
        .await?;
    }
    let mut which = vec![(present_rows(places.as_ref()), true)];
    if let Some(aside) = aside {
        which.extend([(ReceivedRows::Gone(aside), true), (ReceivedRows::BeforeNull(aside), true)]);
        // These are others now, and count as they were.
        which.push((ReceivedRows::AfterNull(aside), false));
    }
    for (rows, is_there) in which {
        receive(session, table, rows, |row| {
            assert_going_on(interrupt)?;
            match (hasher.standing(row), is_there) {
                (RowStanding::Compared, true) => target.add(hasher.hash(row).ok_or_else(unreadable)?),
                (RowStanding::Compared, false) => target.take_away(hasher.hash(row).ok_or_else(unreadable)?),
                (RowStanding::Counted, true) => target.counted += 1,
                (RowStanding::Counted, false) => target.counted = target.counted.wrapping_sub(1),
                (RowStanding::UnderWay, _) => {}
            }
            Ok(())
        })
        .await?;
    }
    Ok((target, places))
}

/// The rows of the target as they were written. One of which a reference became NULL counts as it was, where it is as it became.
async fn rows_of_target(
    session: &TargetSession,
    table: &TableMove,
    (aside, places): (Option<&str>, Option<&RowPlaces>),
    keep: &dyn Fn(&mut SidedRows, &[u8]) -> Result<()>,
) -> Result<SidedRows> {
    let mut present = SidedRows::default();
    receive(session, table, present_rows(places), |row| keep(&mut present, row)).await?;
    let Some(aside) = aside else { return Ok(present) };
    receive(session, table, ReceivedRows::Gone(aside), |row| keep(&mut present, row)).await?;
    let (mut before, mut after) = (SidedRows::default(), SidedRows::default());
    receive(session, table, ReceivedRows::BeforeNull(aside), |row| keep(&mut before, row)).await?;
    receive(session, table, ReceivedRows::AfterNull(aside), |row| keep(&mut after, row)).await?;
    for (name, rows) in after {
        for row in rows {
            let known = present.entry(name.clone()).or_default();
            if let Some(at) = known.iter().position(|other| *other == row) {
                known.swap_remove(at);
            } else if let Some(as_it_was) = before.get_mut(&name) {
                // Somebody has changed it since: what is there is compared, and not what was.
                as_it_was.pop();
            }
        }
    }
    for (name, rows) in before {
        present.entry(name).or_default().extend(rows);
    }
    Ok(present)
}

/// As many parts as can be held in memory; at least one.
fn looked_at(differing: &[usize], counts: &dyn Fn(usize) -> u64) -> BTreeSet<usize> {
    let mut sum = 0;
    let within = differing.iter().enumerate().take_while(|(number, part)| {
        sum += counts(**part);
        *number == 0 || sum <= ROWS_AT_ONCE
    });
    within.map(|(_, part)| *part).collect()
}

fn keep(hasher: &RowHasher, wanted: &BTreeSet<usize>, kept: &mut SidedRows, row: &[u8]) -> Result<()> {
    let HashedRow { part, .. } = hasher.hash(row).ok_or_else(unreadable)?;
    if wanted.contains(&part) && hasher.standing(row) == RowStanding::Compared {
        kept.entry(hasher.name(row).ok_or_else(unreadable)?).or_default().push(row.into());
    }
    Ok(())
}

/// Writes a row as the copy sends it, and says what is expected of it. Of a row that the journal knows as one that is not there it is one less to look
/// for then.
fn encode<'b>(
    table: &TableMove,
    row: &dyn SourceRow,
    known: &mut AbsentRows,
    buffer: &'b mut Vec<u8>,
) -> SourceFate<'b> {
    buffer.clear();
    begin_row(buffer, table.columns.len());
    for (at, column) in table.columns.iter().enumerate() {
        match convert(row.value(at), &column.rule) {
            Ok(converted) => append(buffer, &converted.value, &column.rule.target),
            Err(_) => return SourceFate::SetAside,
        }
    }
    if known.refused.is_empty() && known.left_out.is_empty() {
        return SourceFate::Row(buffer);
    }
    let digest = Hex(&Sha256::digest(&*buffer)).to_string();
    let is_one = |of: &mut RefusedDigests| match of.get_mut(&digest) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    };
    if is_one(&mut known.refused) {
        SourceFate::SetAside
    } else if is_one(&mut known.left_out) {
        SourceFate::LeftOut
    } else {
        SourceFate::Row(buffer)
    }
}

fn assert_going_on(interrupt: &Interrupt) -> Result<()> {
    if interrupt.is_triggered() {
        return Err(Error::new(Code::Interrupted, "interrupted while both sides were compared")
            .with_state("nothing was changed"));
    }
    Ok(())
}

fn unreadable() -> Error {
    Error::new(Code::Query, "a row could not be read as it is compared")
}
