//! What is off while rows come: indexes, foreign keys and triggers of the target, each with the SQL that puts it back.

mod find;

pub(crate) use self::find::KEY_OFF_AND_BACK;
pub(super) use self::find::{FORCE_OFF_AND_BACK, FORCED, SWITCHED_ON, TRIGGER_OFF_AND_BACK};
pub(in crate::transfer) use self::find::{identities, with_partitions};

use self::find::find;
use super::journal::MoveJournal;
use crate::catalog::{Catalog, diff};
use crate::config::Options;
use crate::database::Inspect as _;
use crate::database::postgres::PostgresDatabase;
use crate::error::{Code, Error, Result};
use crate::history::{ApartKind, MoveTable};
use crate::sql::{Ident, Literal};
use crate::transfer::session::{PATH_ASIDE, PATH_BACK, TargetSession};
use crate::transfer::{KeyShape, MovePlan};

/// Something of a table that is off while its rows come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Apart {
    /// The table, as SQL names it.
    pub(crate) table: String,
    pub(crate) what: ApartKind,
    pub(crate) name: String,
    /// The statements that take it off.
    off: String,
    /// Those that put it back.
    back: String,
    /// Of a foreign key, those that put it back without asking the rows that are there, and what asks them then.
    soon: Option<(String, String)>,
    /// Of a foreign key what it is, as JSON.
    key_shape: Option<String>,
}

impl Apart {
    /// Whether rows can come while it is on: they come slower then.
    fn is_optional(&self) -> bool {
        self.what == ApartKind::Index
    }
}

/// What was decided of a target's indexes, foreign keys and triggers.
#[derive(Debug, Default)]
pub(crate) struct Parting {
    pub(crate) apart: Vec<Apart>,
    /// Indexes that stay, since they would come back differently.
    pub(crate) left_on: Vec<String>,
}

const MESSAGE: &str = "the target cannot be made ready for rows";

/// Decides what is taken off, in the transaction at hand. Each is taken off and put back within a savepoint, and what the catalog is then not as it
/// was for stays on.
pub(crate) async fn decide(session: &TargetSession, options: &Options, plan: &MovePlan) -> Result<Parting> {
    session.run(PATH_ASIDE, MESSAGE).await?;
    let mut found = find(session, plan).await?;
    session.run(PATH_BACK, MESSAGE).await?;
    let before = inspect(session, options).await?;
    let mut parting = Parting::default();
    loop {
        session.run("SAVEPOINT schemactl_apart", MESSAGE).await?;
        session.run(&off(&found), MESSAGE).await?;
        session.run(&back(&found), MESSAGE).await?;
        let after = inspect(session, options).await?;
        session.run("ROLLBACK TO SAVEPOINT schemactl_apart", MESSAGE).await?;
        let changed: Vec<String> =
            diff(&before, &after).iter().map(|change| change.object().name.name.clone()).collect();
        if changed.is_empty() {
            parting.apart = found;
            return Ok(parting);
        }
        let (differing, rest): (Vec<Apart>, Vec<Apart>) =
            found.into_iter().partition(|one| changed.contains(&one.name));
        // What cannot stay on, and what cannot be told apart, is not guessed at.
        if differing.is_empty() || differing.iter().any(|one| !one.is_optional()) {
            return Err(Error::new(
                Code::MoveNotReady,
                "what is taken off while rows come would not come back as it was",
            )
            .with_cause(changed.join(", "))
            .with_state("nothing was written")
            .with_hint("drop it by a migration before the copy, and make it again by another one after it"));
        }
        parting.left_on.extend(differing.into_iter().map(|one| one.name));
        found = rest;
    }
}

impl Parting {
    /// The statements that take everything off, and note how it comes back.
    pub(crate) fn take_off(&self, journal: &MoveJournal) -> String {
        let table = journal.table(MoveTable::Apart);
        let note = |(position, one): (usize, &Apart)| {
            format!(
                "INSERT INTO {table} (position, of_table, what, name, back, back_soon, validate, key_shape) VALUES ({position}, {}, {}, {}, {}, {}, {}, {})",
                Literal(Some(&one.table)),
                Literal(Some(one.what.as_str())),
                Literal(Some(&one.name)),
                Literal(Some(&one.back)),
                Literal(one.soon.as_ref().map(|(back, _)| back.as_str())),
                Literal(one.soon.as_ref().map(|(_, validate)| validate.as_str())),
                Literal(one.key_shape.as_deref())
            )
        };
        let notes: Vec<String> = self.apart.iter().enumerate().map(note).collect();
        [notes.join(";\n"), off(&self.apart)].join(";\n")
    }
}

/// Foreign keys first: what they need goes after them.
fn off(apart: &[Apart]) -> String {
    apart.iter().rev().map(|one| one.off.as_str()).collect::<Vec<_>>().join(";\n")
}

fn back(apart: &[Apart]) -> String {
    apart.iter().map(|one| one.back.as_str()).collect::<Vec<_>>().join(";\n")
}

async fn inspect(session: &TargetSession, options: &Options) -> Result<Catalog> {
    let mut database = PostgresDatabase::borrow_to_look(session.client(), options);
    Ok(database.inspection().await?.snapshot)
}

/// Something that is off, as the journal has it.
#[derive(Debug, Clone)]
pub(crate) struct StillApart {
    pub(crate) position: u32,
    pub(crate) table: String,
    pub(crate) what: String,
    pub(crate) name: String,
    back: String,
    /// Of a foreign key what it is.
    back_soon: Option<String>,
    key: Option<KeyShape>,
}

impl StillApart {
    /// Of a foreign key what it is.
    pub(crate) fn key(&self) -> Option<&KeyShape> {
        self.key.as_ref()
    }

    /// Indexes alone: a foreign key would take rows along that are only written anew, and a trigger fire for what has happened already.
    pub(crate) fn comes_back_before_following(&self) -> bool {
        self.what == ApartKind::Index.as_str()
    }

    /// The statement that takes it off again, where it is back.
    fn off(&self) -> Result<String> {
        let (table, name) = (&self.table, Ident(&self.name));
        let is = |kind: ApartKind| self.what == kind.as_str();
        if is(ApartKind::ForeignKey) {
            Ok(format!("ALTER TABLE {table} DROP CONSTRAINT {name}"))
        } else if is(ApartKind::Trigger) {
            Ok(format!("ALTER TABLE ONLY {table} DISABLE TRIGGER {name}"))
        } else if is(ApartKind::RowSecurity) {
            Ok(format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        } else {
            Err(Error::new(Code::Query, "the journal of the move cannot be read")
                .with_cause(format!("it has a {} that is off", self.what)))
        }
    }

    /// The statements that put it back.
    pub(crate) fn back(&self) -> &str {
        &self.back
    }
}

impl MoveJournal {
    /// What is off, in the order in which it comes back.
    pub(crate) async fn apart(&self, session: &TargetSession) -> Result<Vec<StillApart>> {
        self.apart_where(session, "NOT is_back").await
    }

    /// Takes off again what was off while the source was followed, in the transaction at hand. Its definitions are those of the journal: no migration has run since.
    pub(crate) async fn take_off_again(&self, session: &TargetSession) -> Result<()> {
        let condition = format!("is_back AND what <> {}", Literal(Some(ApartKind::Index.as_str())));
        let mut statements = Vec::new();
        // Foreign keys first, as when they were taken off.
        for apart in self.apart_where(session, &condition).await?.iter().rev() {
            statements.push(apart.off()?);
        }
        statements.push(format!("UPDATE {} SET is_back = false WHERE {condition}", self.table(MoveTable::Apart)));
        session.run(&statements.join(";\n"), MESSAGE).await
    }

    async fn apart_where(&self, session: &TargetSession, condition: &str) -> Result<Vec<StillApart>> {
        let sql = format!(
            "SELECT position, of_table, what, name, back, key_shape, back_soon FROM {} WHERE {condition} ORDER BY position",
            self.table(MoveTable::Apart)
        );
        let rows = session.rows(&sql, "the journal of the move cannot be read").await?;
        let apart = |row: &tokio_postgres::SimpleQueryRow| {
            let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
            StillApart {
                position: row.get(0).and_then(|text| text.parse().ok()).unwrap_or_default(),
                table: text(1),
                what: text(2),
                name: text(3),
                back: text(4),
                back_soon: row.get(6).map(str::to_owned),
                key: row.get(5).and_then(|text| serde_json::from_str(text).ok()),
            }
        };
        Ok(rows.iter().map(apart).collect())
    }

    /// The foreign keys that are off.
    pub(crate) async fn keys_off(&self, session: &TargetSession) -> Result<Vec<KeyShape>> {
        Ok(self.apart(session).await?.into_iter().filter_map(|apart| apart.key).collect())
    }

    /// The statements that put something back for the rows that are to come, and note that it is there again.
    pub(crate) fn put_back_soon(&self, apart: &StillApart) -> String {
        let note = self.is_back(apart);
        format!("{note}; {}", apart.back_soon.as_ref().unwrap_or(&apart.back))
    }

    /// The statements that ask the rows that are there, of the foreign keys that came back without it; with their names.
    pub(crate) async fn validations(&self, session: &TargetSession) -> Result<Vec<(String, String)>> {
        let sql = format!(
            "SELECT name, validate FROM {} WHERE is_back AND validate IS NOT NULL ORDER BY position",
            self.table(MoveTable::Apart)
        );
        let rows = session.rows(&sql, "the journal of the move cannot be read").await?;
        Ok(rows.iter().filter_map(|row| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned()))).collect())
    }

    fn is_back(&self, apart: &StillApart) -> String {
        format!(
            "UPDATE {} SET is_back = true WHERE position = {} AND NOT is_back",
            self.table(MoveTable::Apart),
            apart.position
        )
    }

    /// Puts something back, and notes that it is there again, in one transaction.
    pub(crate) async fn put_back(&self, session: &TargetSession, apart: &StillApart) -> Result<()> {
        let message = format!("{} {} of {} cannot be put back", apart.what, apart.name, apart.table);
        let note = self.is_back(apart);
        session.alone(&message, async || session.run(&format!("{note}; {}", apart.back), &message).await).await
    }
}
