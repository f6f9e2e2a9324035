//! All that is counted of a step: what it drops, what it copies before, what it converts, and what it does to rows.

use super::copies::Copies;
use super::count::{self, CountPlace};
use super::message::Message;
use super::meter::{Meter, Reading, Surprises, covered, names, texts};
use super::undo::{OwnRows, RowUndoing};
use super::{PostgresDatabase, failure};
use crate::database::undo::Conflict;
use crate::database::{ChangedRows, Consent, Counted, DoneToRows, Failure, Job, RowsUndone};
use crate::event::Event;
use crate::sql::{DataHolder, Ident, Literal, Measure, Name, Risk};

/// What a step was found to have cost.
pub(super) enum StepCost {
    Done(DoneToRows),
    /// It drops more than its text says: what that is was added to the surprises, and the step is to be tried again.
    More,
}

/// A step, from its first statement to its last.
#[derive(Default)]
pub(super) struct Watch {
    meter: Option<Meter>,
    undoing: Option<RowUndoing>,
    copies: Copies,
    lost: Vec<Counted>,
}

impl Watch {
    /// Looks at the rows that the up changed, and counts under their locks what the step drops; fails where these are not as the up left them, or that is
    /// something, and nobody has agreed to it.
    pub(super) async fn begin(
        database: &mut PostgresDatabase<'_>,
        job: &Job<'_>,
        surprises: &Surprises,
    ) -> Result<Self, Failure> {
        let mut watch = Self { undoing: RowUndoing::begin(database, job).await?, ..Self::default() };
        let surprising = names(database, surprises).await?;
        let risks: Vec<Risk> = job.lost.risks.iter().cloned().chain(surprising.into_iter().map(Risk::all)).collect();
        let counted = lock(database, &risks).await?;
        watch.count(database, job, &risks).await?;
        watch.foreign(database, &risks).await?;
        job.agree_to(&watch.lost, watch.conflicts())?;
        job.changed_rows.agree_to(watch.conflicts())?;
        if let Some(undoing) = &watch.undoing {
            undoing.first_go(database).await?;
        }
        watch.meter = Some(Meter::begin(database, job, counted).await?);
        Ok(watch)
    }

    /// Watches one statement of a step that was agreed to before it began, as far as its text shows what it drops.
    pub(super) async fn of_statement(database: &mut PostgresDatabase<'_>, job: &Job<'_>) -> Result<Self, Failure> {
        let meter = Some(Meter::begin(database, job, Surprises::default()).await?);
        Ok(Self { meter, ..Self::default() })
    }

    /// What the statement has done to rows of tables that stay; fails where that is something. What it drops was asked for before.
    pub(super) async fn finish_statement(
        self,
        database: &mut PostgresDatabase<'_>,
        job: &Job<'_>,
    ) -> Result<(), Failure> {
        match self.meter {
            Some(meter) => job.agree_to(&meter.finish_statement(database).await?, &[]),
            None => Ok(()),
        }
    }

    async fn count(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        job: &Job<'_>,
        risks: &[Risk],
    ) -> Result<(), Failure> {
        let all: Vec<&Risk> = risks.iter().collect();
        let counted = match count::held_of(database, &all, CountPlace::Within).await {
            Ok(counted) => counted,
            // It may go, whatever it is.
            Err(error) if matches!(job.consent, Consent::Given | Consent::Tried) => {
                tracing::debug!("not counted: {error}");
                count::undo(database).await.map_err(|broken| failure::of(broken, false))?;
                let all = risks.iter().filter(|risk| {
                    matches!(
                        risk.measure,
                        Measure::All | Measure::Dropped | Measure::Beyond(_) | Measure::Filled(_) | Measure::Never
                    )
                });
                self.lost.extend(all.map(|risk| Counted { loss: risk.loss.clone(), count: None }));
                return Ok(());
            }
            Err(error) => return Err(Failure::of_error(error)),
        };
        let mut counted: Vec<Counted> = counted.into_iter().flatten().collect();
        count::as_called(database, &mut counted, CountPlace::Within).await;
        for counted in counted {
            if !self.lost.contains(&counted) {
                self.lost.push(counted);
            }
        }
        self.copies = Copies::before(database, &job.lost.risks).await?;
        Ok(())
    }

    /// What a foreign table holds no counter of this server tells.
    async fn foreign(&mut self, database: &mut PostgresDatabase<'_>, risks: &[Risk]) -> Result<(), Failure> {
        for risk in risks {
            let (Some(holder), Measure::Where(_) | Measure::Step) = (risk.loss.holder(), &risk.measure) else {
                continue;
            };
            let is_foreign = format!(
                "SELECT 1 FROM pg_class WHERE oid = to_regclass({}) AND relkind = 'f'",
                Literal(Some(&holder.table.to_string()))
            );
            if texts(database, &is_foreign).await?.is_empty() {
                continue;
            }
            let count = match &risk.measure {
                Measure::Where(taken) => count::number(database, &count::rows_taken(taken), CountPlace::Within).await,
                _ => None,
            };
            self.lost.push(Counted { loss: risk.loss.clone(), count });
        }
        Ok(())
    }

    /// Right before a statement that converts values: how many do not come back.
    pub(super) async fn convert(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        job: &Job<'_>,
        number: usize,
    ) -> Result<(), Failure> {
        for (_, risk) in job.lost.conversions.iter().filter(|(at, _)| *at == number) {
            let beside = match (&self.undoing, risk.loss.holder()) {
                (Some(undoing), Some(holder)) => undoing.converted_beside(database, &holder).await?,
                _ => String::new(),
            };
            let count = match count::converted(database, risk, &beside, CountPlace::Within).await {
                Some(count) => Some(count),
                None => values_of(database, risk).await,
            };
            let mut counted = [Counted { loss: risk.loss.clone(), count }];
            count::as_called(database, &mut counted, CountPlace::Within).await;
            self.lost.extend(counted);
        }
        job.agree_to(&self.lost, self.conflicts())
    }

    /// The rows that are not as the up left them; none where nothing was kept.
    fn conflicts(&self) -> &[Conflict] {
        self.undoing.as_ref().map_or(&[][..], RowUndoing::conflicts)
    }

    /// Takes note of rows that a statement has only given values in columns of the step's own.
    pub(super) async fn fill(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        table: &Name<'static>,
        rows: u64,
    ) -> Result<(), Failure> {
        match &mut self.meter {
            Some(meter) => meter.fill(database, table, rows).await,
            None => Ok(()),
        }
    }

    /// Puts rows back, and tells what the step has cost; fails where that is something, and nobody has agreed to it.
    pub(super) async fn finish(
        mut self,
        database: &mut PostgresDatabase<'_>,
        job: &Job<'_>,
        surprises: &mut Surprises,
    ) -> Result<StepCost, Failure> {
        let Some(meter) = self.meter.take() else {
            return Ok(StepCost::Done(DoneToRows { lost: self.lost, ..DoneToRows::default() }));
        };
        let own = match &self.undoing {
            Some(undoing) => undoing.own(database).await?,
            None => OwnRows::new(),
        };
        let mut measured = match meter.finish(database, job, &own).await? {
            Reading::Lost(lost) => lost,
            Reading::Surprised(found, named) => {
                if surprises.add(found) {
                    return Ok(StepCost::More);
                }
                named
            }
        };
        measured.extend(self.copies.after(database).await?);
        let mut done = DoneToRows::default();
        if let Some(undoing) = self.undoing.take() {
            // Asked before rows are put back, so that it is told what the script alone has done.
            job.agree_to(&measured, undoing.conflicts())?;
            let (undone, lost) = undoing.finish(database).await?;
            done.undone = undone;
            measured.extend(lost);
        }
        job.agree_to(&measured, &done.undone.conflicts)?;
        if job.consent != Consent::Tried {
            tell(database, job, &done.undone);
        }
        self.lost.extend(measured);
        done.lost = self.lost;
        Ok(StepCost::Done(done))
    }
}

/// Tells what was put back of rows, and what was left as people made it.
fn tell(database: &PostgresDatabase<'_>, job: &Job<'_>, undone: &RowsUndone) {
    let put_back = undone.tables.iter().map(|table| format!("put back: {table}"));
    let kept = undone.conflicts.iter().filter(|_| job.changed_rows == ChangedRows::Keep);
    let kept = kept.map(|conflict| format!("left as it is: {conflict}"));
    for text in put_back.chain(kept) {
        database.options.observer.emit(Event::Note { version: job.step.version(), text });
    }
}

/// Nobody writes to a table any more that is about to be counted and dropped.
async fn lock(database: &mut PostgresDatabase<'_>, risks: &[Risk]) -> Result<Surprises, Failure> {
    let holders: Vec<DataHolder<'_>> = risks
        .iter()
        .filter(|risk| {
            matches!(
                risk.measure,
                Measure::All | Measure::Dropped | Measure::Beyond(_) | Measure::Filled(_) | Measure::Except(_)
            )
        })
        .filter_map(|risk| risk.loss.holder())
        .collect();
    if holders.is_empty() {
        return Ok(Surprises::default());
    }
    // What belongs to others cannot be dropped either.
    let sql = format!(
        "SELECT DISTINCT c.oid::regclass::text FROM (VALUES {}) AS w (relation) JOIN pg_class c ON c.oid = to_regclass(w.relation) \
         AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE') ORDER BY 1",
        values(&holders)
    );
    let tables: Vec<String> = texts(database, &sql).await?;
    if !tables.is_empty() {
        let mut message = Message::default();
        message.ours(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", ")));
        message.send(database).await?;
    }
    covered(database, &holders).await
}

/// All values of a column that is converted, where no more can be told.
async fn values_of(database: &mut PostgresDatabase<'_>, risk: &Risk) -> Option<u64> {
    let holder = risk.loss.holder()?;
    let sql = format!("SELECT count({}) FROM {}", Ident(holder.column?), holder.table);
    count::number(database, &sql, CountPlace::Within).await
}

fn values(holders: &[DataHolder<'_>]) -> String {
    let all: Vec<String> =
        holders.iter().map(|holder| format!("({})", Literal(Some(&holder.table.to_string())))).collect();
    all.join(", ")
}
