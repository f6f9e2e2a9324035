//! The proof: each migration up, down, compare, up again, compare, with the rows of migrations and with seeded ones.
//!
//! Two scratch databases go forward together: one holds only what migrations made, so that a down is exact there or refused; in the
//! other every table has rows as users might have them, so that what a migration does to these shows. A dialect provides the
//! [`Scratch`]; nothing here knows which one it is.

mod apply;
mod bounded;
mod concerned;
mod cost;
mod derived;
mod given;
mod kept;
mod lay;
mod moment;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod reasons;
mod unsaid;
mod users;

use std::collections::BTreeMap;

use apply::Checks;
pub(crate) use apply::{apply, made_by};
use bounded::{Bounds, SeededScratch};
use cost::verdict;
use derived::{derive_down, try_derived};
use given::try_down;
use kept::ProvenKept;
pub(crate) use kept::{CostWhileKept, WhileKept};
use moment::dated;

use crate::catalog::{Catalog, Stamp};
use crate::config::Options;
use crate::down::{Rows, Scratch, Snapshot, Work, rows as made, text, unqualified};
use crate::error::{Error, Result};
use crate::source::{Losses, Migration, Migrations, Script, Verdict};
use crate::version::Version;

/// What is done with downs that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExistingDowns {
    /// They are proven.
    Prove,
    /// They are derived anew.
    Replace,
}

/// What came of one migration.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) version: Version,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) outcome: Outcome,
    pub(crate) before: Stamp,
    pub(crate) after: Stamp,
    /// What is to be known beside it.
    pub(crate) notes: Vec<String>,
    /// What could not be tried, so that the verdict does not say it: one sentence each.
    pub(crate) untried: Vec<String>,
    /// What the down loses, or says wrongly, that its head does not declare: one sentence each.
    pub(crate) undeclared: Vec<String>,
    /// What it costs where the database keeps what the up does to rows; none where that is the verdict, or was not tried.
    pub(crate) while_kept: Option<WhileKept>,
}

impl Proof {
    /// A proof on a ground that lacks what an earlier migration makes.
    fn without(mut self, failed: Version) -> Self {
        self.notes.push(format!("proven without what version {failed} makes, whose up does not run here"));
        self
    }
}

/// What an earlier proof showed of migrations whose texts are still the same.
pub(crate) type Known = BTreeMap<Version, Proven>;

/// What an earlier proof showed.
#[derive(Debug, Clone)]
pub(crate) struct Proven {
    /// The verdict, as schema.lock has it.
    pub(crate) verdict: Verdict,
    pub(crate) before: Stamp,
    pub(crate) after: Stamp,
}

impl Proven {
    /// Whether it led from the same catalog to the same one, whichever server worded them.
    fn is_of(&self, proof: &Proof) -> bool {
        self.before.has_fingerprint_of(&proof.before) && self.after.has_fingerprint_of(&proof.after)
    }
}

/// How a down was come by, and whether it holds.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was proven before, and led from the same catalog to the same catalog again: this was the verdict.
    Known { verdict: Verdict },
    /// The down was derived: the whole text of its file.
    Derived { file: String },
    /// The down that was there restores the catalog.
    Given,
    /// The down that was there is wrong, in these ways; and the SQL that it leaves to be done.
    Wrong { reasons: Vec<String>, leftover: String },
    /// The migration, or its down, declares that there is no way back.
    Declared,
    /// It was not run: what it requires is not to be had in a scratch database.
    Skipped,
    /// The up does not run on a scratch database.
    Failed(Error),
}

/// The two scratch databases.
pub(crate) struct Prover<S> {
    clean: S,
    seeded: SeededScratch<S>,
    /// What words the catalogs. It is asked when a proof begins.
    release: String,
    /// Of the database for which it is proven: what that keeps of rows. None where only the texts are proven.
    options: Option<Options>,
}

impl<S: Scratch> Prover<S> {
    pub(crate) fn new(clean: S, seeded: S) -> Self {
        Self { clean, seeded: SeededScratch::new(seeded), release: String::new(), options: None }
    }

    /// Downs are proven with a record, too, as a database with these options keeps it.
    pub(crate) fn recording(self, options: &Options) -> Self {
        Self { options: Some(options.clone()), ..self }
    }

    /// The two databases: that which holds only what migrations made, and that with seeded rows.
    pub(crate) fn into_parts(self) -> (S, S) {
        (self.clean, self.seeded.scratch)
    }

    /// Proves migrations in the order in which they run: the numbered ones, then those that are repeated. After an up that does not
    /// run the later ones are proven as far as they stand without it; what does not, or would need a down of its own, is left out.
    ///
    /// What is `known` is only run, where it leads from the same catalog to the same one as then.
    pub(crate) async fn prove(
        &mut self,
        migrations: &Migrations,
        given: ExistingDowns,
        known: &Known,
    ) -> Result<Vec<Proof>> {
        self.release = self.clean.release().await?;
        let mut proofs = Vec::with_capacity(migrations.len());
        let mut failed = None;
        for migration in migrations.in_order()? {
            if !known.contains_key(&migration.version()) {
                tracing::info!("{migration} is run up, down and up again on scratch databases");
            }
            let proof = self.one(migration, given, known.get(&migration.version())).await?;
            match failed {
                // What it would be derived from is not all that is there once the failed one runs.
                Some(_) if matches!(proof.outcome, Outcome::Failed(_) | Outcome::Derived { .. }) => {}
                Some(version) => proofs.push(proof.without(version)),
                None => {
                    failed = matches!(proof.outcome, Outcome::Failed(_)).then_some(proof.version);
                    proofs.push(proof);
                }
            }
        }
        Ok(proofs)
    }

    fn stamp(&self, catalog: &Catalog) -> Stamp {
        Stamp::of_all(catalog, &self.release)
    }

    async fn one(&mut self, migration: &Migration, given: ExistingDowns, known: Option<&Proven>) -> Result<Proof> {
        let before = self.clean.inspect().await?;
        let mut proof = Proof {
            version: migration.version(),
            verdict: None,
            outcome: Outcome::Skipped,
            before: self.stamp(before.catalog()),
            after: self.stamp(before.catalog()),
            notes: Vec::new(),
            untried: Vec::new(),
            undeclared: Vec::new(),
            while_kept: None,
        };
        if !self.clean.provides(&migration.up().directives()?.requires).await? {
            proof.untried.push("what it requires is not in a scratch database".to_owned());
            return Ok(proof);
        }
        let rows = self.clean.rows().await?;
        let unsound = self.clean.unsound().await?;
        let work = self.clean.work();
        self.seeded.checks = match apply(&mut self.clean, migration.up()).await? {
            Ok(checks) => checks,
            Err(error) => {
                proof.outcome = Outcome::Failed(error);
                return Ok(proof);
            }
        };
        self.seeded.bounds = Bounds::of::<S>(Work(self.clean.work().0.saturating_sub(work.0)));
        if self.seeded.checks == Checks::Off {
            proof.notes.push("it runs only where foreign keys are not enforced".to_owned());
        }
        // What was so before is told where it came to be.
        proof.notes.extend(self.clean.unsound().await?.into_iter().filter(|found| !unsound.contains(found)));
        let after = self.clean.inspect().await?;
        proof.after = self.stamp(after.catalog());
        if let Some(known) = known.filter(|known| known.is_of(&proof)) {
            proof.outcome = Outcome::Known { verdict: known.verdict.clone() };
        } else {
            let home = self.clean.home(migration.up()).await?;
            let made = made::added(&rows, &self.clean.rows().await?);
            let case = Case { migration, before: &before, after: &after, rows: &rows, made: &made, home };
            let back = self.way_back(&case, given).await?;
            (proof.verdict, proof.outcome) = (back.verdict, back.outcome);
            proof.notes.extend(back.notes);
            proof.undeclared = back.undeclared;
            proof.while_kept = back.while_kept;
            proof.untried.extend(back.untried);
        }
        if let Some(error) = self.seeded.goes_on(migration.up()).await? {
            if proof.untried.is_empty() {
                let why = error.cause().map_or_else(|| error.to_string(), str::to_owned);
                proof.notes.push(format!("it runs over some rows that users might have, and not over all: {why}"));
            }
            self.seeded.scratch.start_over(&mut self.clean).await?;
        }
        proof.untried.append(&mut self.seeded.scratch.seed().await?);
        Ok(proof)
    }

    async fn way_back(&mut self, case: &Case<'_, S::Snapshot>, given: ExistingDowns) -> Result<WayBack> {
        let migration = case.migration;
        // A down that only declares so may be one that was generated: it is derived anew where that is asked for.
        let declared = match given {
            ExistingDowns::Prove => migration.irreversible()?,
            ExistingDowns::Replace => migration.up().directives()?.irreversible.clone(),
        };
        if let Some(reason) = declared {
            return Ok(WayBack::of(Verdict::Irreversible(vec![reason]), Outcome::Declared));
        }
        if let Some(down) = migration.down().filter(|_| given == ExistingDowns::Prove) {
            return self.given(case, down).await;
        }
        let mut derived = derive_down(&mut self.clean, &mut self.seeded, case).await?;
        if derived.leftover.is_empty() {
            derived.leftover = dated(&mut self.seeded.scratch, case).await?;
        }
        if !derived.leftover.is_empty() {
            let reasons = derived.leftover.iter().map(|reason| case.as_called(reason)).collect();
            let verdict = Verdict::Irreversible(reasons);
            let file = text::file(migration, &verdict, text::HeadNotes::default(), &[]);
            return Ok(WayBack::of(verdict, Outcome::Derived { file }));
        }
        let lost = derived.statements.iter().filter_map(|statement| statement.cost.clone()).collect();
        let statements = self.clean.as_script(self.clean.like(migration.up(), derived.statements));
        let (statements, script, mut trial) =
            try_derived(&mut self.clean, self.seeded.checks, case, statements).await?;
        trial.notes.extend(self.clean.beyond(migration.up()));
        trial.notes = trial.notes.iter().map(|note| case.as_called(note)).collect();
        let judged = if trial.wrong.is_empty() {
            let mut known = Losses { lost, reasons: trial.rows };
            known.reasons.extend(derived.reasons);
            known.reasons.extend(self.clean.hindrances(case.before, case.after));
            verdict(&self.clean, &mut self.seeded, case, &script, known, DownAuthor::Derivation).await?
        } else {
            // It was derived, and yet does not hold: never hand it out.
            trial.wrong.append(&mut trial.rows);
            Judged { verdict: Verdict::Irreversible(trial.wrong), untried: None }
        };
        let concerned = concerned::of(S::DIALECT, case, &judged.verdict, &statements);
        let told = text::HeadNotes { notes: &trial.notes, concerned: &concerned };
        let file = text::file(migration, &judged.verdict, told, &statements);
        let kept = self.with_record(case, &self::script(migration, file.clone()), &judged.verdict).await?;
        let way_back = WayBack::of(judged.verdict, Outcome::Derived { file });
        let while_kept = kept.map(|kept| kept.while_kept);
        Ok(WayBack { notes: trial.notes, untried: judged.untried, while_kept, ..way_back })
    }

    /// Tries a down with a record, where that is asked for.
    async fn with_record(
        &mut self,
        case: &Case<'_, S::Snapshot>,
        down: &Script,
        verdict: &Verdict,
    ) -> Result<Option<ProvenKept>> {
        match &self.options {
            Some(options) => Box::pin(kept::prove(&mut self.seeded, case, down, verdict, options)).await,
            None => Ok(None),
        }
    }

    /// Proves a down that was there.
    async fn given(&mut self, case: &Case<'_, S::Snapshot>, down: &Script) -> Result<WayBack> {
        let trial = try_down(&mut self.clean, self.seeded.checks, case, down).await?;
        if trial.wrong.is_empty() {
            let lost = reasons::losses_of(S::DIALECT, down, case.before.catalog(), case.after.catalog());
            let known = Losses { lost, reasons: trial.rows };
            let judged = verdict(&self.clean, &mut self.seeded, case, down, known, DownAuthor::Hand).await?;
            let mut undeclared = unsaid::findings(S::DIALECT, down, &judged.verdict)?;
            let kept = self.with_record(case, down, &judged.verdict).await?;
            if let Some(kept) = &kept {
                undeclared.extend(unsaid::beside_a_record(down, &kept.lost)?);
            }
            let way_back = WayBack::of(judged.verdict, Outcome::Given);
            let while_kept = kept.map(|kept| kept.while_kept);
            return Ok(WayBack { notes: trial.notes, untried: judged.untried, undeclared, while_kept, ..way_back });
        }
        let outcome = Outcome::Wrong { reasons: trial.wrong, leftover: trial.leftover };
        Ok(WayBack { verdict: None, ..WayBack::of(Verdict::Lossless, outcome) })
    }
}

/// A migration, with what there was before and after its up.
struct Case<'a, T> {
    migration: &'a Migration,
    before: &'a T,
    after: &'a T,
    /// The rows that migrations had made before it.
    rows: &'a Rows,
    /// The rows that its up adds, or gives other values.
    made: &'a [made::Added],
    /// The schema that names without one mean, where the up leaves that to the session.
    home: Option<String>,
}

impl<T> Case<'_, T> {
    /// A sentence, with names as the up has them.
    fn as_called(&self, sentence: &str) -> String {
        self.home.as_deref().map_or_else(|| sentence.to_owned(), |schema| unqualified::sentence(sentence, schema))
    }
}

/// Who made a down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DownAuthor {
    Hand,
    /// It restores catalogs and the rows of migrations, and never those of users.
    Derivation,
}

/// How a migration is taken back.
struct WayBack {
    verdict: Option<Verdict>,
    outcome: Outcome,
    notes: Vec<String>,
    untried: Option<String>,
    undeclared: Vec<String>,
    while_kept: Option<WhileKept>,
}

/// What a down costs, and what that could not be tried on.
struct Judged {
    verdict: Verdict,
    untried: Option<String>,
}

impl WayBack {
    fn of(verdict: Verdict, outcome: Outcome) -> Self {
        let (notes, undeclared) = (Vec::new(), Vec::new());
        Self { verdict: Some(verdict), outcome, notes, untried: None, undeclared, while_kept: None }
    }
}

/// What trying a down showed.
#[derive(Default)]
struct DownTrial {
    /// In which ways it does not restore what was; none where it does.
    wrong: Vec<String>,
    /// The rows of migrations that it does not restore.
    rows: Vec<String>,
    /// What differs all the same, since it cannot be restored.
    notes: Vec<String>,
    /// The SQL that would be needed yet.
    leftover: String,
}

/// One text for each migration that is not proven, for a test to fail with.
pub(crate) fn wrong(proofs: &[Proof]) -> Vec<String> {
    let wrong = proofs.iter().filter_map(|proof| match &proof.outcome {
        Outcome::Given if !proof.undeclared.is_empty() => {
            Some(format!("the down of version {}: {}", proof.version, proof.undeclared.join("; ")))
        }
        Outcome::Wrong { reasons, leftover } => {
            Some(format!("the down of version {} is wrong: {}\n{leftover}", proof.version, reasons.join("; ")))
        }
        Outcome::Failed(error) => Some(format!("{error:#}")),
        _ => None,
    });
    wrong.collect()
}

fn script(migration: &Migration, text: String) -> Script {
    let path = migration.up().path().strip_suffix(".sql").unwrap_or_default().to_owned() + ".down.sql";
    Script::new(path, text)
}

#[cfg(test)]
mod tests;
