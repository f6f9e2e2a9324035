//! What was there before an up, and putting it back after the down.

use std::collections::BTreeSet;

use super::PostgresDatabase;
use super::message::Message;
use super::print::name::{full, ident, owner, word};
use super::print::{Altered, altering, options, shared, view};
use super::session::DeferredCleanup;
use crate::catalog::{Body, Catalog, Fact, Id, Kind, Object, Policy, RowSecurity};
use crate::database::found::{self, refused, refused_values};
use crate::database::{Failure, Job, Write};
use crate::event::Event;
use crate::history::{Fate, Prior, PriorObject, is_named_like};
use crate::sql::{Dialect, OwnStatement};

/// Rights follow an owner, and a view that is made again has none of its rights yet: each round sees what is left.
const ROUNDS: usize = 4;

/// Reads what has one of these names, in the open transaction.
pub(super) async fn look(database: &mut PostgresDatabase<'_>, names: &BTreeSet<String>) -> Result<Catalog, Failure> {
    database.inspect_named(names).await.map_err(Failure::of_error)
}

/// The same in a transaction of its own: what it sets holds no longer.
pub(super) async fn look_alone(
    database: &mut PostgresDatabase<'_>,
    names: &BTreeSet<String>,
) -> Result<Catalog, Failure> {
    database.session.defer_cleanup(DeferredCleanup::Transaction, "ROLLBACK");
    let mut message = Message::default();
    message.ours("BEGIN ISOLATION LEVEL READ COMMITTED");
    message.send(database).await?;
    let looked = look(database, names).await;
    database.session.roll_back().await;
    looked
}

/// The write that records an up, with what it found. `before` was read before its statements.
pub(super) async fn note<'a>(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    job: &Job<'a>,
    before: &Catalog,
) -> Result<Write<'a>, Failure> {
    let mut prior = Prior::default();
    if let Some(names) = job.look.as_ref().filter(|_| !before.is_empty()) {
        message.send(database).await?;
        prior = Prior::of(before, &look(database, names).await?);
    }
    let (write, notes) = found::note(Dialect::Postgres, job, &prior);
    notes
        .into_iter()
        .for_each(|text| database.options.observer.emit(Event::Note { version: job.step.version(), text }));
    Ok(write)
}

/// After the statements of a down: brings back, exactly, what was there before the up, and refuses where something of it is gone.
/// `start` is what was there before the down.
pub(super) async fn settle(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    job: &Job<'_>,
    prior: &Prior,
    start: &Catalog,
) -> Result<(), Failure> {
    message.send(database).await?;
    let names = prior.names();
    let left = &job.step.left.objects;
    for round in 0..ROUNDS {
        let now = look(database, &names).await?;
        let back = RestoredAfterDown { prior, start, now: &now };
        let lost = back.lost();
        if round == 0 && !lost.is_empty() && !database.options.accept_data_loss {
            return Err(refused(&lost));
        }
        let mut statements = back.statements();
        if round == 0 {
            for column in back.added(left).filter(|added| added.kind() == Kind::Column) {
                refuse_values(database, column).await?;
            }
            statements.extend(back.added(left).filter_map(drop_part));
        }
        if statements.is_empty() {
            break;
        }
        for statement in ["SET LOCAL check_function_bodies = off".to_owned()].into_iter().chain(statements) {
            message.ours(&statement);
            message.send(database).await.map_err(|failure| {
                failure.with_hint(format!("it was to be as it was before the migration: `{statement}`"))
            })?;
        }
    }
    Ok(())
}

/// Values that somebody wrote into a column which the up added to a table that was there before.
async fn refuse_values(database: &mut PostgresDatabase<'_>, column: &Object) -> Result<(), Failure> {
    if database.options.accept_data_loss {
        return Ok(());
    }
    let query = format!("SELECT count({}) FROM {}", ident(&column.name.name), owner(column));
    let interrupted = database.session.is_interrupted();
    let rows = database.session.query(&query).await.map_err(|broken| super::failure::of(broken, interrupted))?;
    match rows.first().and_then(|row| row.get(0)) {
        Some("0") => Ok(()),
        values => Err(refused_values(&column.name.plain(), values.unwrap_or("some"))),
    }
}

/// What leads back from what is there after a down.
struct RestoredAfterDown<'a> {
    prior: &'a Prior,
    /// Before the statements of the down.
    start: &'a Catalog,
    now: &'a Catalog,
}

impl<'a> RestoredAfterDown<'a> {
    /// What was there before the up and until the down, and is gone, and cannot be made again from what is recorded.
    fn lost(&self) -> Vec<String> {
        let was_there = |object: &Object| self.start.iter().any(|start| is_named_like(start, object));
        let gone = self.prior.objects.iter().filter(|before| before.fate != Fate::Gone && was_there(&before.object));
        let gone: Vec<&Object> =
            gone.map(|before| &before.object).filter(|object| self.now_of(object).is_none()).collect();
        let goes_with = |object: &Object| gone.iter().any(|other| object.parent == Some(other.id));
        // The columns of a view are those of its text.
        let is_of_view =
            |object: &Object| object.kind() == Kind::Column && !object.parent.is_some_and(|id| is_table(id.kind));
        let lost = gone.iter().filter(|object| !goes_with(object) && !is_of_view(object) && make(object).is_empty());
        lost.map(|object| format!("{} {}", object.kind(), object.name.plain())).collect()
    }

    fn statements(&self) -> Vec<String> {
        self.prior.objects.iter().flat_map(|before| self.of(before)).collect()
    }

    fn of(&self, before: &PriorObject) -> Vec<String> {
        let then = &before.object;
        let Some(now) = self.now_of(then) else {
            // A policy or a trigger belongs to a table that has to be there.
            let has_table = then.name.owner.is_none() || self.owner_is_there(then);
            return if has_table { make(then) } else { Vec::new() };
        };
        let started = self.start.iter().find(|start| is_named_like(start, then));
        let is_same = started.is_some_and(|start| start.id == now.id);
        let mut statements = definition(then, now);
        // What the down has not made again keeps what it has. What it has made again gets what the live one had: before the down, or,
        // where the up had dropped that one, before the up.
        let wanted = match (is_same, before.fate) {
            (true, _) => None,
            (false, Fate::Found) => started.or(Some(then)),
            (false, Fate::Remade | Fate::Gone) => Some(then),
        };
        if let Some(wanted) = wanted.filter(|_| statements.is_empty()) {
            statements.extend(attributes(wanted, now));
        }
        statements
    }

    fn now_of(&self, object: &Object) -> Option<&'a Object> {
        self.now.iter().find(|now| is_named_like(now, object))
    }

    fn owner_is_there(&self, part: &Object) -> bool {
        let is_it = |now: &Object| {
            now.name.schema == part.name.schema
                && Some(&now.name.name) == part.name.owner.as_ref()
                && now.name.owner.is_none()
        };
        self.now.iter().any(is_it)
    }

    /// What the up added to tables that the down left alone, and that is still there.
    fn added(&self, left: &'a [Object]) -> impl Iterator<Item = &'a Object> {
        let of_left = |part: &Object| {
            part.parent.is_some_and(|parent: Id| is_table(parent.kind) && left.iter().any(|object| object.id == parent))
        };
        self.prior.made.iter().filter(move |made| of_left(made)).filter_map(|made| self.now_of(made))
    }
}

fn is_table(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::ForeignTable)
}

/// The statement that makes an object again, where what is recorded is enough.
fn make(object: &Object) -> Vec<String> {
    match &object.body {
        Body::View(body) if object.kind() == Kind::View && body.definition.is_some() => {
            vec![view::create("CREATE VIEW", object, body)]
        }
        Body::Policy(Policy { definition: Some(definition) }) => {
            vec![format!("CREATE POLICY {} ON {}\n    {definition}", ident(&object.name.name), owner(object))]
        }
        _ if object.kind() == Kind::EventTrigger => Vec::new(),
        _ => object.statement().map(|text| text.trim_end().trim_end_matches(';').to_owned()).into_iter().collect(),
    }
}

/// Gives an object the text that it had. It stays what it is where the server can replace it.
fn definition(then: &Object, now: &Object) -> Vec<String> {
    let facts = then.differing(now);
    let made = make(then);
    if !facts.contains(&Fact::Definition) || made.is_empty() {
        return Vec::new();
    }
    let again = || [format!("DROP {} {}", word(then.kind()), full(now))].into_iter().chain(made.clone()).collect();
    let on_table = |kind: &str| format!("DROP {kind} {} ON {}", ident(&then.name.name), owner(then));
    let keeps_signature = !facts.contains(&Fact::Signature);
    match (&then.body, &now.body) {
        // OR REPLACE can only add columns at the end.
        (Body::View(body), Body::View(now)) if keeps_signature || now.columns.begins(&body.columns) => {
            vec![view::create("CREATE OR REPLACE VIEW", then, body)]
        }
        (Body::Function(_), _) if then.kind() != Kind::Aggregate && keeps_signature => made,
        (Body::View(_) | Body::Function(_) | Body::Index(_) | Body::Statistics(_), _) => again(),
        (Body::Trigger(_), _) if then.kind() == Kind::Rule => {
            made.iter().map(|text| text.replacen("CREATE RULE", "CREATE OR REPLACE RULE", 1)).collect()
        }
        (Body::Trigger(_), _) => [on_table("TRIGGER")].into_iter().chain(made).collect(),
        (Body::Policy(_), _) => [on_table("POLICY")].into_iter().chain(made).collect(),
        _ => Vec::new(),
    }
}

/// Owner, rights, comment, settings.
fn attributes(wanted: &Object, now: &Object) -> Vec<String> {
    let altered = Altered { before: wanted, now, facts: wanted.differing(now) };
    let mut statements = shared::alter(&altered);
    match (&wanted.body, &now.body) {
        (Body::Table(wanted), Body::Table(found)) => {
            if wanted.settings != found.settings {
                statements.extend(options((altering(now), word(now.kind())), now, &wanted.settings, &found.settings));
            }
            if wanted.row_security != found.row_security {
                statements.extend(row_security(wanted.row_security, now).map(OwnStatement::object));
            }
        }
        (Body::View(wanted), Body::View(found)) if wanted.settings != found.settings => {
            statements.extend(options((altering(now), word(now.kind())), now, &wanted.settings, &found.settings));
        }
        (Body::Trigger(wanted), Body::Trigger(found))
            if wanted.firing != found.firing && now.kind() != Kind::EventTrigger =>
        {
            let (state, name) = (wanted.firing.word(), ident(&now.name.name));
            let text = format!("ALTER TABLE {} {state} {} {name}", owner(now), word(now.kind()));
            statements.push(OwnStatement::object(text));
        }
        _ => {}
    }
    statements.into_iter().map(|statement| statement.text).collect()
}

fn row_security(wanted: RowSecurity, now: &Object) -> [String; 2] {
    let table = full(now);
    let is_on = if wanted.enabled { "ENABLE" } else { "DISABLE" };
    let forced = if wanted.forced { "FORCE" } else { "NO FORCE" };
    [
        format!("ALTER TABLE {table} {is_on} ROW LEVEL SECURITY"),
        format!("ALTER TABLE {table} {forced} ROW LEVEL SECURITY"),
    ]
}

/// Drops what the up added to a table that was there before.
fn drop_part(part: &Object) -> Option<String> {
    let name = ident(&part.name.name);
    Some(match part.kind() {
        Kind::Index | Kind::Statistics => format!("DROP {} {}", word(part.kind()), full(part)),
        Kind::Column => format!("ALTER TABLE {} DROP COLUMN {name}", owner(part)),
        Kind::Constraint => format!("ALTER TABLE {} DROP CONSTRAINT {name}", owner(part)),
        Kind::Trigger | Kind::Policy | Kind::Rule => format!("DROP {} {name} ON {}", word(part.kind()), owner(part)),
        _ => return None,
    })
}
