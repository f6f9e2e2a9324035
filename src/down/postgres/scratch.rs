//! A scratch database on a server: savepoints are savepoints, but where a script must commit.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::name::ident;
use super::rows::KnownShapes;
use super::seed::SeedTable;
use super::{concurrent, home, live, losses, offers, roles, rows, seed};
use crate::catalog::{Catalog, Change, Fact, Kind};
use crate::config::Options;
use crate::database::Inspection;
use crate::database::postgres::connect::ConnectSettings;
use crate::database::postgres::scratch::{FollowedCatalog, MadeRoles, ScratchDatabase, beyond, drops, needs_commits};
use crate::down::seed::{Wanted, WantedTable};
use crate::down::{
    Ended, LikeLive, Rows, Savepoints, ScratchReader, ScratchRunner, Seeding, UndoCandidate, Undoing, Work, unqualified,
};
use crate::duration;
use crate::error::Result;
use crate::source::{Losses, Migration, Migrations, Requirement, Script};
use crate::sql::{Dialect, OwnKind, OwnStatement};

/// A scratch database on a PostgreSQL server.
pub(crate) struct PostgresScratch {
    pub(super) database: ScratchDatabase,
    /// With what was known where they were set.
    savepoints: Vec<HeldSavepoint>,
    /// The tables and sequences that were looked at when rows were seeded, by oid.
    seeded: BTreeSet<u32>,
    /// What it held when it was read.
    known: Option<FollowedCatalog>,
    /// Whether nothing was run since then.
    is_fresh: bool,
    tables: KnownShapes,
    /// How long scripts ran in it.
    took: Duration,
    /// Who works in it.
    role: String,
    /// The schema that was made since names without one lead to it in the live database.
    home: Option<String>,
}

/// A savepoint, with what was known where it was set: the catalog, and the roles that scripts have made.
struct HeldSavepoint {
    form: SavepointForm,
    known: Option<FollowedCatalog>,
    is_fresh: bool,
    present: BTreeSet<String>,
}

/// A point to come back to.
enum SavepointForm {
    /// A transaction that was begun.
    Transaction,
    Savepoint,
    /// Work goes on in a copy; this is the name of the original.
    Copy(String),
}

impl PostgresScratch {
    /// Makes an empty one on the server of the settings.
    ///
    /// # Errors
    /// As [`ScratchDatabase::open`].
    pub(crate) async fn open(settings: ConnectSettings, options: &Options) -> Result<Self> {
        Box::pin(Self::open_with(settings, options, MadeRoles::default())).await
    }

    /// Makes another one for the same proof.
    ///
    /// # Errors
    /// As [`ScratchDatabase::open`].
    pub(crate) async fn open_beside(&self, settings: ConnectSettings, options: &Options) -> Result<Self> {
        Box::pin(Self::open_with(settings, options, self.database.made())).await
    }

    /// Before these migrations are proven: names without a schema lead somewhere.
    ///
    /// # Errors
    /// The scratch database cannot be used.
    pub(crate) async fn provide_home(&mut self, migrations: &Migrations) -> Result<()> {
        self.known = None;
        home::provide(&mut self.database, migrations).await
    }

    async fn open_with(settings: ConnectSettings, options: &Options, made: MadeRoles) -> Result<Self> {
        let mut database = Box::pin(ScratchDatabase::open(settings, options)).await?;
        database.share(made);
        match Box::pin(Self::set_up(&mut database, options)).await {
            Ok(role) => Ok(Self {
                database,
                savepoints: Vec::new(),
                seeded: BTreeSet::new(),
                known: None,
                is_fresh: false,
                tables: KnownShapes::default(),
                took: Duration::ZERO,
                role,
                home: None,
            }),
            Err(error) => {
                Box::pin(database.close()).await?;
                Err(error)
            }
        }
    }

    /// Returns who works in it.
    async fn set_up(database: &mut ScratchDatabase, options: &Options) -> Result<String> {
        database.set_up(options).await?;
        let rows = database.query("SELECT current_user").await?;
        Ok(rows.first().and_then(|row| row.get(0)).unwrap_or_default().to_owned())
    }

    /// The runner has been at work: nothing is known.
    pub(super) fn read_anew(&mut self) {
        (self.known, self.is_fresh, self.tables) = (None, false, KnownShapes::default());
    }

    /// Goes on in a copy of the database, outside of transactions.
    pub(super) async fn go_on_in_copy(&mut self) -> Result<()> {
        let form = SavepointForm::Copy(self.database.copy().await?);
        let present = self.database.present().clone();
        self.savepoints.push(HeldSavepoint { form, known: self.known.clone(), is_fresh: self.is_fresh, present });
        Ok(())
    }

    /// Goes back to the first savepoint, which was one of a copy.
    pub(super) async fn go_back_from_copy(&mut self) -> Result<()> {
        self.savepoints.truncate(1);
        self.tables = KnownShapes::default();
        self.roll_back().await
    }

    fn is_in_transaction(&self) -> bool {
        self.savepoints
            .last()
            .is_some_and(|held| matches!(held.form, SavepointForm::Transaction | SavepointForm::Savepoint))
    }

    async fn set(&mut self, scripts: &[&Script]) -> Result<SavepointForm> {
        if self.is_in_transaction() {
            self.database.control("SAVEPOINT schemactl_savepoint").await?;
            return Ok(SavepointForm::Savepoint);
        }
        for script in scripts {
            if needs_commits(script)? {
                return Ok(SavepointForm::Copy(self.database.copy().await?));
            }
        }
        self.database.control("BEGIN").await?;
        Ok(SavepointForm::Transaction)
    }
}

impl ScratchReader for PostgresScratch {
    type Snapshot = Catalog;

    const DIALECT: Dialect = Dialect::Postgres;

    async fn inspect(&mut self) -> Result<Catalog> {
        if let Some(known) = self.known.as_ref().filter(|_| self.is_fresh) {
            return Ok(known.catalog.clone());
        }
        let read = self.database.inspect(self.known.as_ref()).await?;
        let catalog = read.catalog.clone();
        (self.known, self.is_fresh) = (Some(read), true);
        Ok(catalog)
    }

    async fn release(&mut self) -> Result<String> {
        self.database.release().await
    }

    async fn rows(&mut self) -> Result<Rows> {
        rows::read(&mut self.database, &mut self.tables).await
    }

    /// PostgreSQL keeps views whole: what one names cannot go without it. A function's body that is text depends on nothing.
    async fn unsound(&mut self) -> Result<Vec<String>> {
        let is_in_transaction = self.is_in_transaction();
        self.database.unsound(is_in_transaction).await
    }

    async fn provides(&mut self, requirements: &[Requirement]) -> Result<bool> {
        for requirement in requirements {
            if !self.database.available(requirement).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn beyond(&self, script: &Script) -> Vec<String> {
        beyond(script)
    }
}

impl Savepoints for PostgresScratch {
    async fn set_savepoint(&mut self, scripts: &[&Script]) -> Result<()> {
        let form = self.set(scripts).await?;
        let present = self.database.present().clone();
        self.savepoints.push(HeldSavepoint { form, known: self.known.clone(), is_fresh: self.is_fresh, present });
        Ok(())
    }

    async fn roll_back(&mut self) -> Result<()> {
        let Some(held) = self.savepoints.pop() else { return Ok(()) };
        (self.known, self.is_fresh) = (held.known, held.is_fresh);
        self.database.set_present(held.present);
        match held.form {
            SavepointForm::Transaction => self.database.control("ROLLBACK").await,
            SavepointForm::Savepoint => {
                self.database.control("ROLLBACK TO schemactl_savepoint\n;\nRELEASE schemactl_savepoint").await
            }
            SavepointForm::Copy(original) => self.database.return_to(original).await,
        }
    }

    async fn release_savepoint(&mut self) -> Result<()> {
        let Some(held) = self.savepoints.pop() else { return Ok(()) };
        match held.form {
            SavepointForm::Transaction => {
                let kept = self.database.commit().await;
                if kept.is_err() {
                    // It was taken back.
                    (self.known, self.is_fresh) = (held.known, held.is_fresh);
                    self.database.set_present(held.present);
                }
                kept
            }
            SavepointForm::Savepoint => self.database.control("RELEASE schemactl_savepoint").await,
            SavepointForm::Copy(original) => self.database.forget(&original).await,
        }
    }

    async fn start_over(&mut self, other: &mut Self) -> Result<()> {
        self.known = None;
        self.seeded.clear();
        self.database.become_copy_of(&mut other.database).await
    }

    async fn close(self) -> Result<()> {
        self.database.close().await
    }
}

impl ScratchRunner for PostgresScratch {
    const AMPLE: [Work; 2] = [Work(4_000), Work(300)];

    async fn execute(&mut self, statements: &[OwnStatement]) -> Result<(), String> {
        if statements.is_empty() {
            return Ok(());
        }
        self.is_fresh = false;
        if self.is_in_transaction() {
            return self.database.attempt(statements).await;
        }
        // In a copy there is none: what triggers do with these statements is looked at as well.
        let reason = |error: crate::error::Error| error.to_string();
        self.database.control("BEGIN").await.map_err(reason)?;
        match self.database.attempt(statements).await {
            Ok(()) => self.database.commit().await.map_err(reason),
            Err(why) => {
                self.database.control("ROLLBACK").await.map_err(reason)?;
                Err(why)
            }
        }
    }

    async fn run(&mut self, script: &Script) -> Result<()> {
        self.is_fresh = false;
        let in_transaction = self.is_in_transaction();
        let begun = Instant::now();
        let ran = self.database.run(script, in_transaction).await;
        self.took += begun.elapsed();
        ran
    }

    async fn run_within(&mut self, script: &Script, most: Work) -> Result<Ended> {
        self.database.allow(Duration::from_millis(most.0));
        let ran = self.run(script).await;
        let is_stopped = self.database.lift();
        Ok(match ran {
            Ok(()) => Ended::Ran,
            Err(_) if is_stopped => Ended::Stopped,
            Err(error) => Ended::Failed(error),
        })
    }

    fn work(&self) -> Work {
        Work(duration::milliseconds(self.took))
    }

    async fn without_rows(&mut self) -> Result<()> {
        let catalog = self.inspect().await?;
        let tables: Vec<String> = catalog.of_kind(Kind::Table).map(|table| table.name.to_string()).collect();
        if tables.is_empty() {
            return Ok(());
        }
        self.set_savepoint(&[]).await?;
        // A trigger of a migration may forbid it: then the rows stay.
        let empty = OwnStatement::new(OwnKind::Delete, format!("TRUNCATE {}", tables.join(", ")));
        match self.execute(&[empty]).await {
            Ok(()) => self.release_savepoint().await,
            Err(_) => self.roll_back().await,
        }
    }
}

impl Undoing for PostgresScratch {
    fn offers(&self, now: &Catalog, before: &Catalog, _changes: &[Change<'_>]) -> Vec<UndoCandidate> {
        offers(before, now).into_iter().map(|statements| UndoCandidate { statements }).collect()
    }

    /// What [`execute`](Self::execute) takes a script takes too.
    fn as_script(&self, statements: Vec<OwnStatement>) -> Vec<OwnStatement> {
        statements
    }

    fn like(&self, up: &Script, statements: Vec<OwnStatement>) -> Vec<OwnStatement> {
        let mut statements = concurrent::like(up, statements);
        let drop = |role: &String| OwnStatement::object(format!("DROP ROLE {}", ident(role)));
        statements.extend(drops(up).iter().map(drop));
        roles::of_whoever_runs(up, &self.role, statements)
    }

    async fn home(&mut self, up: &Script) -> Result<Option<String>> {
        let rows = self.database.query("SELECT current_schema()").await?;
        let schema = rows.first().and_then(|row| row.get(0));
        Ok(schema.filter(|schema| unqualified::is_unqualified(up, schema)).map(str::to_owned))
    }

    fn losses(&self, before: &Catalog, after: &Catalog) -> Losses {
        losses::losses(before, after)
    }

    fn hindrances(&self, before: &Catalog, after: &Catalog) -> Vec<String> {
        losses::hindrances(before, after)
    }

    /// A column that is added again stands at the end.
    fn is_restored(&self, changes: &[Change<'_>]) -> bool {
        changes.iter().all(|change| matches!(change, Change::Altered { facts, .. } if *facts == [Fact::Position]))
    }
}

impl Seeding for PostgresScratch {
    type Ground = ScratchDatabase;

    async fn seed(&mut self) -> Result<Vec<String>> {
        seed::tables(&mut self.database, &mut self.seeded).await
    }

    async fn tables(&mut self, wanted: &Wanted, rows: Range<usize>) -> Result<Vec<WantedTable<SeedTable>>> {
        seed::some(&mut self.database, wanted, &rows).await
    }

    async fn ground(&mut self) -> Result<&mut ScratchDatabase> {
        self.database.control("SET LOCAL jit = off\n;\nSET CONSTRAINTS ALL IMMEDIATE").await?;
        Ok(&mut self.database)
    }

    async fn settle(&mut self) -> Result<bool> {
        seed::defer_again(&mut self.database).await?;
        Ok(true)
    }

    async fn orphans(&mut self) -> Result<usize> {
        Ok(0)
    }
}

impl LikeLive for PostgresScratch {
    async fn comparable(&mut self, live: &Inspection<Catalog>) -> Result<Result<Catalog, String>> {
        Ok(live::comparable(live, &self.database.inspection().await?, self.home.as_deref()))
    }

    async fn look_up_as(&mut self, live: &Inspection<Catalog>, migrations: &[&Migration]) -> Result<()> {
        self.known = None;
        if let Some(path) = &live.path {
            self.home = home::settle(&mut self.database, path, migrations).await?;
        }
        Ok(())
    }

    fn as_live(&self, live: &Inspection<Catalog>, catalog: &Catalog) -> Catalog {
        live::with_role(catalog, &self.role, &live.role)
    }

    fn statements_as_live(
        &self,
        live: &Inspection<Catalog>,
        statements: Vec<OwnStatement>,
    ) -> (Vec<OwnStatement>, Option<String>) {
        live::statements(live, &self.role, statements)
    }
}
