//! What becomes of users' rows: of those that are there before an up, and of those that are written between it and its down.
//!
//! All of it happens in one savepoint of the seeded database. Rows that hurt are laid beside those that stay; those over which the up does
//! not run are taken away again, unless it runs over none at all.

use std::collections::BTreeSet;

use super::Case;
use super::bounded::SeededScratch;
use super::lay::{Over, lay, wanted};
use crate::catalog::{Catalog, Change, Kind as ObjectKind, Object, diff};
use crate::down::rows::{self as made, Added, Gone, RowFate};
use crate::down::seed::{ROWS, RowKind, Starts, TELLING, Wanted};
use crate::down::{Rows, Scratch, Snapshot};
use crate::error::{Code, Error, Result};
use crate::source::{Script, reason};
use crate::sql::{Loss, OwnKind, OwnStatement};

/// The kinds of rows that are there before an up: all at once, and where it does not run over them, each of them. Then those upon which it
/// may come, beside these: it may leave undone there what it does elsewhere.
pub(super) const BEFORE: &[RowKind] = &[RowKind::Telling(None), RowKind::Twice, RowKind::Sparse];
pub(super) const IN_PLACE: [&[RowKind]; 2] = [&[RowKind::Colliding(None)], &[RowKind::Edited]];

/// The kinds of rows that are written between an up and its down: those of the first group all at once, and where the down fails then,
/// each of them. A row that somebody changed may keep a down from what it does to others.
const BETWEEN: [&[RowKind]; 6] = [
    &[RowKind::Telling(None), RowKind::Referring, RowKind::Twice, RowKind::Sparse],
    &[RowKind::Edited],
    &[RowKind::Telling(None)],
    &[RowKind::Referring],
    &[RowKind::Twice],
    &[RowKind::Sparse],
];

/// How many groups are always tried.
const ALWAYS: usize = 2;

/// What was seen.
#[derive(Default)]
pub(super) struct SeenRows {
    /// Why the up does not run over rows as users have them.
    pub(super) untried: Option<String>,
    /// The rows that the down deletes or changes, though the up left them alone.
    pub(super) lost: Vec<Loss>,
    /// What else is not as it was: one sentence each.
    pub(super) reasons: Vec<String>,
    /// The rows before and after the up.
    pub(super) was: Rows,
    pub(super) mid: Rows,
}

impl SeenRows {
    fn reason(&mut self, reason: String) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Enters rows that went, unless `known` losses have it that they do.
    fn lose(&mut self, gone: Vec<Gone>, known: &[Loss]) {
        for gone in gone {
            let table = gone.table.called.to_owned();
            let is_same = |loss: &Loss| loss.holder().is_some_and(|holder| holder.table.may_be(&table));
            let is_known = |loss: &Loss| match (loss, gone.how) {
                _ if !is_same(loss) => false,
                (Loss::Rows { .. }, _)
                | (Loss::Deleted { .. }, RowFate::Deleted)
                | (Loss::Changed { .. }, RowFate::Changed) => true,
                (Loss::Converted { column, .. }, RowFate::Changed) => {
                    gone.columns.iter().all(|own| own.eq_ignore_ascii_case(column))
                }
                _ => false,
            };
            if known.iter().chain(&self.lost).any(is_known) {
                continue;
            }
            self.lost.push(match gone.how {
                RowFate::Deleted => Loss::Deleted { table },
                RowFate::Changed => Loss::Changed { table },
            });
        }
    }
}

/// A trial over users' rows.
struct UserRowsTrial<'a, S: Scratch> {
    ground: &'a mut SeededScratch<S>,
    case: &'a Case<'a, S::Snapshot>,
    up: &'a Script,
    down: &'a Script,
    wanted: Wanted,
    /// The losses that are known already.
    known: &'a [Loss],
    /// Tables of which the up gave a column the name that another had, or a value another name: values cannot be followed there.
    swapped: BTreeSet<String>,
}

/// Tries the up and the down over rows that hurt.
pub(super) async fn users<S: Scratch>(
    ground: &mut SeededScratch<S>,
    case: &Case<'_, S::Snapshot>,
    down: &Script,
    known: &[Loss],
) -> Result<SeenRows> {
    let up = case.migration.up();
    let rows = ground.scratch.rows().await?;
    let swapped = swapped(case.before.catalog(), case.after.catalog());
    let wanted = wanted(&rows, &[up, down], case.made);
    let mut trial = UserRowsTrial { ground, case, up, down, wanted, known, swapped };
    trial.ground.bounds.begin();
    loop {
        let known = trial.ground.bounds.known();
        trial.ground.bounds.run();
        trial.ground.set_savepoint(&[up, down]).await?;
        let seen = trial.in_mark().await;
        if trial.ground.bounds.known() > known {
            // The marks are gone, with what the trial had laid until then: once more, without the script that was stopped.
            continue;
        }
        trial.ground.scratch.roll_back().await?;
        return seen;
    }
}

impl<S: Scratch> UserRowsTrial<'_, S> {
    fn told_apart(&self, mut gone: Vec<Gone>) -> Vec<Gone> {
        gone.retain(|gone| !self.swapped.contains(&*gone.table.called.name));
        gone
    }

    async fn in_mark(&mut self) -> Result<SeenRows> {
        let case = self.case;
        let mut seen = SeenRows::default();
        if let Some(error) = self.ground.over(self.up).await? {
            seen.untried = Some(cause(&error));
            self.empty().await?;
            if self.ground.over(self.up).await?.is_some() {
                return Ok(seen);
            }
        }
        let tables = self.ground.scratch.tables(&self.wanted, ROWS..ROWS + TELLING).await?;
        let mut starts = Starts::default();
        let over = Over::<S> { up: self.up, tables: &tables, made: case.made, own: &[] };
        let mut laid = over.lay(self.ground, BEFORE, &mut starts).await?;
        self.ground.set_savepoint(&[self.up, self.down]).await?;
        let own = self.own(case.rows).await?;
        let over = Over { own: &own, ..over };
        for kinds in IN_PLACE {
            laid += over.lay(self.ground, kinds, &mut starts).await?;
        }
        if laid > 0 {
            // Over some rows it does run: those in its way have values that it does not mean to take.
            seen.untried = None;
        }
        self.tried(&mut seen).await?;
        self.ground.scratch.roll_back().await?;
        if seen.untried.is_none() && lacks(&made::added(&seen.was, &seen.mid), case.made) {
            // What becomes of the rows that it makes, and of those that refer to them, shows only where it makes them.
            let first = (std::mem::take(&mut seen.was), std::mem::take(&mut seen.mid));
            self.tried(&mut seen).await?;
            (seen.was, seen.mid) = first;
        }
        Ok(seen)
    }

    /// The up over the rows that were laid, and its down in all ways.
    async fn tried(&mut self, seen: &mut SeenRows) -> Result<()> {
        seen.was = self.ground.scratch.rows().await?;
        if let Some(error) = self.ground.attempt(self.up).await? {
            // It ran over these rows before, and took less time.
            seen.untried = Some(cause(&error));
            seen.mid = seen.was.clone();
            return Ok(());
        }
        seen.mid = self.ground.scratch.rows().await?;
        self.straight(seen).await?;
        self.between(seen).await
    }

    /// The rows that users change: those of earlier migrations, and that of a table that takes no other one.
    async fn own(&mut self, rows: &Rows) -> Result<Vec<Added>> {
        let mut own = made::all(rows);
        for single in made::singles(&self.ground.scratch.rows().await?) {
            if !own.iter().any(|added| added.table.name == single.table.name) {
                own.push(single);
            }
        }
        Ok(own)
    }

    /// Takes the rows of tables away, where nothing forbids it.
    async fn empty(&mut self) -> Result<()> {
        let names = &self.wanted.names;
        let mut open: Vec<&String> = names.iter().collect();
        // Children may come later than their parents.
        for _ in 0..names.len() {
            let mut left = Vec::new();
            for name in open {
                self.ground.scratch.set_savepoint(&[]).await?;
                let empty = OwnStatement::new(OwnKind::Delete, format!("DELETE FROM {name}"));
                if self.ground.scratch.execute(&[empty]).await.is_ok() {
                    self.ground.scratch.release_savepoint().await?;
                } else {
                    self.ground.scratch.roll_back().await?;
                    left.push(name);
                }
            }
            if left.is_empty() {
                break;
            }
            open = left;
        }
        Ok(())
    }

    /// Runs a down, which the runner refuses where it leaves rows without a parent. The error where it fails.
    async fn take_back(&mut self) -> Result<Option<Error>> {
        let before = self.ground.scratch.orphans().await?;
        let failed = self.ground.attempt(self.down).await?;
        if failed.is_some() || self.ground.scratch.orphans().await? <= before {
            return Ok(failed);
        }
        let orphans = "rows would have no parent".to_owned();
        Ok(Some(Error::new(Code::ForeignKeys, orphans.clone()).with_cause(orphans)))
    }

    /// The down right after the up, and the up again.
    async fn straight(&mut self, seen: &mut SeenRows) -> Result<()> {
        self.ground.set_savepoint(&[self.down, self.up]).await?;
        match self.take_back().await? {
            None => {
                let now = self.ground.scratch.rows().await?;
                let gone = self.told_apart(made::gone(&seen.was, &seen.mid, &now));
                let names =
                    |gone: &[Gone]| -> BTreeSet<String> { gone.iter().map(|gone| gone.table.name.clone()).collect() };
                let (by_down, by_up) = (names(&gone), names(&made::gone(&seen.was, &seen.was, &seen.mid)));
                // Where the down alone is to blame, the up is not.
                let is_of_up = |table: &str| !by_down.contains(table) || by_up.contains(table);
                let differing = made::compare_some(&seen.was, &now, is_of_up);
                seen.lose(gone, self.known);
                differing.into_iter().for_each(|reason| seen.reason(reason));
                if let Some(error) = self.ground.attempt(self.up).await? {
                    let cause = cause(&error);
                    let what = cause.split("; ").next().unwrap_or(&cause);
                    seen.reason(reason::UP_FAILS_AGAIN.say(&[&what]));
                }
            }
            Some(error) => seen.reason(in_the_way(&error)),
        }
        self.ground.scratch.roll_back().await
    }

    /// The down after users have written rows: all kinds at once, and where it fails so, each of them.
    async fn between(&mut self, seen: &mut SeenRows) -> Result<()> {
        let made = made::added(&seen.was, &seen.mid);
        let tables = self.ground.scratch.tables(&self.wanted, ROWS + TELLING..ROWS + 2 * TELLING).await?;
        let mut starts = Starts::default();
        let mut fails = false;
        for (at, kinds) in BETWEEN.iter().enumerate() {
            if at >= ALWAYS && !fails {
                break;
            }
            self.ground.set_savepoint(&[self.down]).await?;
            let mut count = 0;
            for kind in *kinds {
                count += lay(&mut self.ground.scratch, &tables, &made, *kind, &mut starts).await?;
            }
            if count > 0 {
                let laid = self.ground.scratch.rows().await?;
                match self.take_back().await? {
                    None => {
                        let now = self.ground.scratch.rows().await?;
                        seen.lose(self.told_apart(made::gone(&laid, &laid, &now)), self.known);
                    }
                    Some(error) => {
                        fails |= at == 0;
                        seen.reason(in_the_way(&error));
                    }
                }
            }
            self.ground.scratch.roll_back().await?;
        }
        Ok(())
    }
}

/// Whether fewer rows were made in some table than elsewhere.
fn lacks(made: &[Added], elsewhere: &[Added]) -> bool {
    let in_table =
        |table: &str| made.iter().find(|added| added.table.name == table).map_or(0, |added| added.rows.len());
    elsewhere.iter().any(|added| in_table(&added.table.name) < added.rows.len())
}

fn swapped(before: &Catalog, after: &Catalog) -> BTreeSet<String> {
    let changes = diff(before, after);
    // A value that is called otherwise is the same one.
    let labelled = changes.iter().filter_map(|change| match change {
        Change::Renamed { from, .. } if from.kind() == ObjectKind::EnumLabel => from.parent,
        _ => None,
    });
    let of_type = |kind| after.iter().filter(move |object| object.depends_on.contains(&kind));
    let labelled = labelled.flat_map(of_type).filter_map(|object| object.name.owner.clone());
    let columns = changes.iter().filter_map(|change| match change {
        Change::Renamed { from, to } if from.kind() == ObjectKind::Column => Some((from, to)),
        _ => None,
    });
    let is_taken = |(from, to): &(&&Object, &&Object)| {
        let same = |other: &Object| other.parent == from.parent && other.name.name.eq_ignore_ascii_case(&to.name.name);
        before.iter().any(|other| other.kind() == ObjectKind::Column && same(other))
    };
    columns.filter(is_taken).filter_map(|(from, _)| from.name.owner.clone()).chain(labelled).collect()
}

/// Without the detail, which names the row that came first: another one each time.
fn in_the_way(error: &Error) -> String {
    let cause = cause(error);
    let what = cause.split("; ").next().unwrap_or(&cause);
    reason::IN_THE_WAY.say(&[&format!("rows are in the way: {what}")])
}

fn cause(error: &Error) -> String {
    error.cause().map_or_else(|| error.to_string(), str::to_owned)
}
