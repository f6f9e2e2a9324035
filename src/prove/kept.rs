//! The proof with a record: what a down costs where the database keeps what its up does to rows.
//!
//! In a copy of the seeded database, with rows that hurt, the migration is applied and taken back by the runner itself, under the settings of the project: right away, after users have
//! written rows, and after they have changed and referred to what the up made. Nothing here knows how rows are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::bounded::SeededScratch;
use super::lay::{Over, lay, wanted};
use super::users::{BEFORE, IN_PLACE};
use super::{Case, Checks};
use crate::catalog::{Change, Kind as ObjectKind, diff};
use crate::config::{ExistingDatabase, Fingerprinting, Options, UndoLimit};
use crate::down::rows::{self as made, MomentScope, Moments};
use crate::down::seed::{ROWS, RowKind, Starts, TELLING, Wanted};
use crate::down::{Rows, Scratch, Snapshot};
use crate::error::{Code, Error, Result};
use crate::event::Observer;
use crate::history::KeptState;
use crate::source::reason::{self, ReasonKind};
use crate::source::{Losses, Migration, Migrations, Script, Verdict};
use crate::sql::{Loss, Name, Running};

/// What a down costs while the rows are kept that its up changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WhileKept {
    pub(crate) cost: CostWhileKept,
    /// For how long they are kept; none where that has no end.
    pub(crate) time: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CostWhileKept {
    /// Nothing: over rows that hurt, all came back, and those of users stayed.
    Lossless,
    /// This: a sentence each.
    Lossy(Vec<String>),
    /// Nothing is kept of such an up, for this reason.
    NotKept(String),
}

/// `while kept (30 d)`.
impl fmt::Display for WhileKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
        let Some(time) = self.time else { return f.write_str("while kept") };
        let seconds = time.as_secs();
        let (unit, name) = UNITS.into_iter().find(|(unit, _)| seconds % unit == 0).unwrap_or((1, "s"));
        write!(f, "while kept ({} {name})", seconds / unit)
    }
}

/// What is written between an up and its down, in one round after the other.
const ROUNDS: [(&[RowKind], Asks); 3] = [
    (&[], Asks::Nothing),
    (&[RowKind::Telling(None), RowKind::Twice, RowKind::Sparse], Asks::AsEver),
    (&[RowKind::Referring, RowKind::Edited], Asks::AsEver),
];

/// Whether a down asks before it goes on over rows that were changed since, and before it loses any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    AsEver,
    Nothing,
}

/// What all rounds showed.
#[derive(Debug, Default)]
struct SeenRounds {
    /// The tables of which rows are not as they were.
    not_restored: Vec<Name<'static>>,
    /// The tables of which rows of users were lost.
    lost: Vec<Loss>,
    /// Why a down failed over rows; not where it was refused, since that asks.
    in_the_way: Option<String>,
    /// Why nothing was kept.
    not_kept: Option<String>,
    /// Whether anything was to be kept.
    is_kept: bool,
}

/// What was found.
#[derive(Debug)]
pub(super) struct ProvenKept {
    pub(super) while_kept: WhileKept,
    /// What is lost of users' rows though it is kept, and not by the text.
    pub(super) lost: Vec<Loss>,
}

/// Tries an up and its down with a record, where that may take something away from a verdict. None where it does not, or could not be tried: the verdict is
/// that of the text then.
pub(super) async fn prove<S: Scratch>(
    ground: &mut SeededScratch<S>,
    case: &Case<'_, S::Snapshot>,
    down: &Script,
    verdict: &Verdict,
    options: &Options,
) -> Result<Option<ProvenKept>> {
    let Verdict::Lossy(losses) = verdict else { return Ok(None) };
    let up = case.migration.up();
    let may_help = |kind| matches!(kind, ReasonKind::OfUp | ReasonKind::OfRowStatements | ReasonKind::InTheWay);
    let is_kept = options.undo.limit(up.directives()?.undo) != UndoLimit::Nothing;
    let can_be_tried =
        ground.checks == Checks::AsTheRunner && is_inside(&ground.scratch, up)? && is_inside(&ground.scratch, down)?;
    if !is_kept || !can_be_tried || !losses.sentences().iter().any(|reason| may_help(ReasonKind::of(reason))) {
        return Ok(None);
    }
    let time = options.undo.kept_for();
    let migration = Migration { down: Some(down.clone()), proven: None, after: None, ..case.migration.clone() };
    let converted = losses.lost.iter().filter_map(|loss| match loss {
        Loss::Converted { table, column, .. } => Some((table.name.to_string(), column.clone())),
        _ => None,
    });
    let converted: Vec<(String, String)> = converted.collect();
    let mut trial = KeptTrial {
        case,
        up,
        wanted: wanted(&ground.scratch.rows().await?, &[up, down], case.made),
        version: migration.version(),
        migrations: Migrations::of(vec![migration]),
        renamed: renamed(case),
        converted,
        options: live(options),
        tables: BTreeSet::new(),
        ground,
    };
    trial.ground.scratch.enter_copy().await?;
    let seen = trial.in_copy().await;
    trial.ground.scratch.leave_copy().await?;
    match seen {
        Ok(seen) => Ok(seen.judged(losses, time)),
        Err(error) => {
            let error = error.of_script()?;
            tracing::debug!("{} could not be tried with a record: {error:#}", case.migration);
            Ok(None)
        }
    }
}

/// Whether a script is one transaction of the database, so that running it changes nothing else.
fn is_inside<S: Scratch>(scratch: &S, script: &Script) -> Result<bool> {
    let running = script.analyse(S::DIALECT, script.directives()?.transaction)?.running;
    Ok(running == Running::Transaction && scratch.beyond(script).is_empty())
}

/// The options of a project for a database that is a scratch one.
fn live(options: &Options) -> Options {
    let mut live = Options { observer: Observer::default(), take_over: None, ..options.clone() };
    live.existing_database = ExistingDatabase::Allow;
    live.fingerprinting = Fingerprinting::Off;
    live
}

/// The tables that the up gives another name: as rows are read after it, and before.
fn renamed<T: Snapshot>(case: &Case<'_, T>) -> BTreeMap<String, String> {
    let changes = diff(case.before.catalog(), case.after.catalog());
    let tables = changes.iter().filter_map(|change| match change {
        Change::Renamed { from, to } if from.kind() == ObjectKind::Table => {
            Some((to.name.to_string(), from.name.to_string()))
        }
        _ => None,
    });
    // SQLite's rows are read by names in lower case.
    tables.flat_map(|(to, from)| [(to.to_ascii_lowercase(), from.to_ascii_lowercase()), (to, from)]).collect()
}

struct KeptTrial<'a, S: Scratch> {
    ground: &'a mut SeededScratch<S>,
    case: &'a Case<'a, S::Snapshot>,
    up: &'a Script,
    version: crate::version::Version,
    /// The one migration, with the down that is tried.
    migrations: Migrations,
    wanted: Wanted,
    renamed: BTreeMap<String, String>,
    converted: Vec<(String, String)>,
    options: Options,
    /// The tables that were there before the first round: those of a history are not.
    tables: BTreeSet<String>,
}

impl<S: Scratch> KeptTrial<'_, S> {
    async fn in_copy(&mut self) -> Result<SeenRounds> {
        self.ground.bounds.begin();
        self.ground.bounds.run();
        self.lay().await?;
        self.tables = self.ground.scratch.rows().await?.tables.into_keys().collect();
        let mut seen = SeenRounds::default();
        for (at, (kinds, asks)) in ROUNDS.into_iter().enumerate() {
            self.round(at, kinds, asks, &mut seen).await?;
            if !seen.is_kept || seen.in_the_way.is_some() || !seen.not_restored.is_empty() {
                break;
            }
        }
        Ok(seen)
    }

    /// The rows of the tables that were there before the first up.
    async fn rows(&mut self) -> Result<Rows> {
        let mut rows = self.ground.scratch.rows().await?;
        rows.tables.retain(|table, _| self.tables.contains(table));
        Ok(rows)
    }

    /// The rows over which the up is to run.
    async fn lay(&mut self) -> Result<()> {
        if let Some(error) = self.ground.over(self.up).await? {
            return Err(error);
        }
        let tables = self.ground.scratch.tables(&self.wanted, ROWS..ROWS + TELLING).await?;
        let mut starts = Starts::default();
        let over = Over::<S> { up: self.up, tables: &tables, made: self.case.made, own: &[] };
        over.lay(self.ground, BEFORE, &mut starts).await?;
        let own = made::all(self.case.rows);
        let over = Over { own: &own, ..over };
        for kinds in IN_PLACE {
            over.lay(self.ground, kinds, &mut starts).await?;
        }
        Ok(())
    }

    async fn round(&mut self, at: usize, kinds: &[RowKind], asks: Asks, seen: &mut SeenRounds) -> Result<()> {
        let before_up = self.rows().await?;
        let kept = self.ground.scratch.live_up(&self.migrations, &self.options).await?;
        let kept = kept.into_iter().find(|kept| kept.version == self.version);
        seen.is_kept = kept.as_ref().is_some_and(|kept| kept.state == KeptState::Kept);
        if !seen.is_kept {
            seen.not_kept = kept.filter(|kept| kept.state == KeptState::NotKept).and_then(|kept| kept.reason);
            return Ok(());
        }
        let after_up = self.ground.scratch.rows().await?;
        self.write(at, kinds, &before_up, &after_up).await?;
        let written = self.ground.scratch.rows().await?;
        let taken = match self.take_back(asks).await? {
            Ok(taken) => taken,
            Err(error) => {
                seen.in_the_way = Some(cause(&error));
                return Ok(());
            }
        };
        let after_down = self.rows().await?;
        let moments =
            Moments { before_up: &before_up, after_up: &after_up, written: &written, after_down: &after_down };
        let compared = MomentScope { renamed: &self.renamed, converted: &self.converted };
        // Where it asked, since users had changed rows of the up or taken their keys, these stay as they made them.
        if taken == TakenBack::Unasked {
            seen.not_restored.extend(moments.not_restored(&compared));
        }
        for table in moments.lost_of_users(&compared) {
            let loss = Loss::Changed { table };
            if !seen.lost.contains(&loss) {
                seen.lost.push(loss);
            }
        }
        Ok(())
    }

    /// Rows of users between the up and its down.
    async fn write(&mut self, at: usize, kinds: &[RowKind], before: &Rows, after: &Rows) -> Result<()> {
        if kinds.is_empty() {
            return Ok(());
        }
        let made = made::added(before, after);
        let from = ROWS + at * TELLING;
        let tables = self.ground.scratch.tables(&self.wanted, from..from + TELLING).await?;
        let mut starts = Starts::default();
        self.ground.set_savepoint(&[]).await?;
        for kind in kinds {
            lay(&mut self.ground.scratch, &tables, &made, *kind, &mut starts).await?;
        }
        self.ground.scratch.release_savepoint().await
    }

    /// Takes the migration back. Where the down asks, that is seen, and then it goes on without. The inner error is why it fails.
    async fn take_back(&mut self, asks: Asks) -> Result<std::result::Result<TakenBack, Error>> {
        let unasked = self.options.clone().accept_data_loss(true).keep_changed(true);
        if asks == Asks::AsEver {
            match self.ground.scratch.live_down(&self.migrations, &self.options).await {
                Err(error) if matches!(error.code(), Code::RowsChanged | Code::DataLoss) => {
                    let down = self.ground.scratch.live_down(&self.migrations, &unasked).await;
                    return of_script(down.map(|()| TakenBack::AfterAsking));
                }
                ended => return of_script(ended.map(|()| TakenBack::Unasked)),
            }
        }
        of_script(self.ground.scratch.live_down(&self.migrations, &unasked).await.map(|()| TakenBack::Unasked))
    }
}

/// How a down ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TakenBack {
    /// Nothing was in its way, or nobody was to be asked.
    Unasked,
    /// It was refused first, and then left what users had changed.
    AfterAsking,
}

/// What no script is to blame for is an error of the trial.
fn of_script(ended: Result<TakenBack>) -> Result<std::result::Result<TakenBack, Error>> {
    match ended {
        Err(error) => error.of_script().map(Err),
        Ok(taken_back) => Ok(Ok(taken_back)),
    }
}

impl SeenRounds {
    /// What is left of the losses of a text.
    fn judged(self, losses: &Losses, time: Option<Duration>) -> Option<ProvenKept> {
        if let Some(reason) = self.not_kept {
            let while_kept = WhileKept { cost: CostWhileKept::NotKept(reason), time };
            return Some(ProvenKept { while_kept, lost: Vec::new() });
        }
        if !self.is_kept {
            return None;
        }
        // What a down by hand does to rows is its own, and no fault of the record.
        let is_lost = |table: &Name<'static>| is_known(losses, &Loss::Changed { table: table.to_owned() });
        let (of_down, unrestored): (Vec<_>, Vec<_>) = self.not_restored.into_iter().partition(is_lost);
        let is_restored = unrestored.is_empty();
        let ran = self.in_the_way.is_none();
        let stays = |reason: &String| match ReasonKind::of(reason) {
            ReasonKind::OfUp => !is_restored,
            ReasonKind::OfRowStatements => !is_restored || !of_down.is_empty() || !ran || !self.lost.is_empty(),
            ReasonKind::InTheWay => !ran,
            ReasonKind::OfDown | ReasonKind::Quote | ReasonKind::Other => true,
        };
        let sentences = losses.sentences();
        let mut left: Vec<String> = sentences.iter().filter(|reason| stays(reason)).cloned().collect();
        if !left.iter().any(|reason| ReasonKind::is_quoted_for(reason)) {
            left.retain(|reason| ReasonKind::of(reason) != ReasonKind::Quote);
        }
        let lost: Vec<Loss> = self.lost.into_iter().filter(|loss| !is_known(losses, loss)).collect();
        let in_the_way =
            self.in_the_way.map(|cause| reason::IN_THE_WAY.say(&[&format!("rows are in the way: {cause}")]));
        let of_users = lost.iter().map(|loss| format!("rows that users wrote in {loss} are lost"));
        let not_restored = unrestored.iter().map(|table| {
            format!("rows of table {} are not as they were, though those of the up are put back", table.plain())
        });
        for more in not_restored.chain(in_the_way).chain(of_users) {
            if !left.contains(&more) {
                left.push(more);
            }
        }
        if left == sentences {
            return None;
        }
        let cost = if left.is_empty() { CostWhileKept::Lossless } else { CostWhileKept::Lossy(left) };
        Some(ProvenKept { while_kept: WhileKept { cost, time }, lost })
    }
}

/// Whether the text loses rows of the same table already.
fn is_known(losses: &Losses, loss: &Loss) -> bool {
    let table = |loss: &Loss| -> Option<Name<'static>> { loss.holder().map(|holder| holder.table.to_owned()) };
    losses.lost.iter().any(|known| table(known).zip(table(loss)).is_some_and(|(a, b)| a.may_be(&b)))
}

fn cause(error: &Error) -> String {
    let cause = error.cause().map_or_else(|| error.to_string(), str::to_owned);
    cause.split("; ").next().unwrap_or(&cause).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_greatest_unit() {
        let of = |seconds: Option<u64>| {
            WhileKept { cost: CostWhileKept::Lossless, time: seconds.map(Duration::from_secs) }.to_string()
        };
        assert_eq!(of(Some(30 * 86_400)), "while kept (30 d)");
        assert_eq!(of(Some(36 * 3_600)), "while kept (36 h)");
        assert_eq!(of(Some(90)), "while kept (90 s)");
        assert_eq!(of(None), "while kept");
    }
}
