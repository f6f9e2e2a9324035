//! Laying rows that hurt: into which tables, and so that an up runs over them.

use super::bounded::SeededScratch;
use crate::down::rows::Added;
use crate::down::seed::{self, Laid, RowKind, Starts, TELLING, Wanted, is_named};
use crate::down::{FactsOf, Rows, Scratch, Seeding};
use crate::error::Result;
use crate::source::Script;

/// With so few tables rows are laid in all of them, else in those that the scripts name.
const FEW: usize = 12;

/// What an up is to run over.
pub(super) struct Over<'a, S: Seeding> {
    pub(super) up: &'a Script,
    pub(super) tables: &'a [seed::WantedTable<FactsOf<S>>],
    /// The rows of this migration: users have some with their keys.
    pub(super) made: &'a [Added],
    /// Rows that users change: those of earlier migrations.
    pub(super) own: &'a [Added],
}

/// The kinds with one row of those that a kind has.
fn singles(kind: RowKind) -> impl Iterator<Item = RowKind> {
    (0..TELLING).filter_map(move |at| match kind {
        RowKind::Telling(_) => Some(RowKind::Telling(Some(at))),
        RowKind::Colliding(_) => Some(RowKind::Colliding(Some(at))),
        _ => None,
    })
}

impl<S: Scratch> Over<'_, S> {
    /// Lays rows of these kinds, of which those stay over which the up runs. Returns how many came in.
    pub(super) async fn lay(
        &self,
        ground: &mut SeededScratch<S>,
        kinds: &[RowKind],
        starts: &mut Starts,
    ) -> Result<usize> {
        if let Some(all) = self.lay_all(ground, kinds, starts).await? {
            return Ok(all);
        }
        let mut stay = 0;
        for kind in kinds {
            // Of a single kind it is known already.
            let all = if kinds.len() > 1 { self.lay_all(ground, &[*kind], starts).await? } else { None };
            match all {
                Some(all) => stay += all,
                None => {
                    for single in singles(*kind) {
                        stay += self.lay_all(ground, &[single], starts).await?.unwrap_or_default();
                    }
                }
            }
        }
        Ok(stay)
    }

    /// Lays rows of these kinds, of which none stay where the up does not run over them.
    async fn lay_all(
        &self,
        ground: &mut SeededScratch<S>,
        kinds: &[RowKind],
        starts: &mut Starts,
    ) -> Result<Option<usize>> {
        ground.set_savepoint(&[self.up]).await?;
        let (mut laid, mut new) = (0, 0);
        for kind in kinds {
            let is_change = *kind == RowKind::Edited;
            let made = if is_change { self.own } else { self.made };
            let count = lay(&mut ground.scratch, self.tables, made, *kind, starts).await?;
            laid += count;
            new += if is_change { 0 } else { count };
        }
        if laid == 0 || ground.over(self.up).await?.is_none() {
            ground.scratch.release_savepoint().await?;
            return Ok(Some(new));
        }
        ground.scratch.roll_back().await?;
        Ok(None)
    }
}

/// Lays rows of a kind; none where they do not hold together.
pub(super) async fn lay<S: Scratch>(
    scratch: &mut S,
    tables: &[seed::WantedTable<FactsOf<S>>],
    made: &[Added],
    kind: RowKind,
    starts: &mut Starts,
) -> Result<usize> {
    // What is there is asked for by one kind alone.
    let rows = if kind == RowKind::Twice { scratch.rows().await? } else { Rows::default() };
    scratch.set_savepoint(&[]).await?;
    let laid = Laid { tables, made, rows: &rows };
    let count = seed::lay(scratch.ground().await?, &laid, kind, starts).await?;
    if scratch.settle().await? {
        scratch.release_savepoint().await?;
        Ok(count)
    } else {
        scratch.roll_back().await?;
        Ok(0)
    }
}

/// The tables that rows are laid into: those that the scripts name, and those of which the up made rows.
pub(super) fn wanted(rows: &Rows, scripts: &[&Script], made: &[Added]) -> Wanted {
    let texts: Vec<String> = scripts.iter().map(|script| script.text().to_lowercase()).collect();
    let tables = || rows.tables.values().map(|rows| rows.table()).filter(|table| !table.follows);
    let mut wanted =
        Wanted { tables: tables().map(|table| table.called.name.to_lowercase()).collect(), ..Wanted::default() };
    for table in tables() {
        let bare = table.called.name.to_lowercase();
        let is_named = texts.iter().any(|text| is_named(text, &bare, &wanted.tables));
        let has_made = made.iter().any(|added| added.table.name == table.name);
        if is_named || has_made || rows.tables.len() <= FEW {
            wanted.names.insert(table.name.clone());
            wanted.bare.insert(bare);
        }
    }
    wanted
}
