//! The beginning of a copy, and going on with one: what has to be so before a row is written.

use super::apart::SWITCHED_ON;
use super::map::assert_same_map;
use super::rows::Readers;
use super::{Captured, CopyEvent, CopyTask, apart, ownership};
use crate::error::{Code, Error, Result};
use crate::history::ROW_NUMBER;
use crate::sql::{Ident, Literal, Plain};
use crate::transfer::TableMove;
use crate::transfer::capture::erase;
use crate::transfer::computed::{self, Computable};
use crate::transfer::copy::journal::{MoveState, NewMove};
use crate::transfer::copy::range::RowRange;
use crate::transfer::session::TargetSession;

const MESSAGE: &str = "the copy cannot be begun";

impl CopyTask<'_> {
    /// Begins a copy, or sees whether one that has begun can be gone on with.
    pub(super) async fn begin(&self, session: &TargetSession, readers: &Readers) -> Result<()> {
        if let Some(state) = self.journal.state(session).await? {
            return self.resume(session, readers, &state).await;
        }
        self.assert_decidable()?;
        self.assert_allowed(session).await?;
        let left_on = session.alone(MESSAGE, async || self.begin_anew(session, readers).await).await?;
        if !left_on.is_empty() {
            (self.tell)(&CopyEvent::LeftOn(&left_on));
        }
        Ok(())
    }

    /// Makes the journal, and takes off what is off while rows come. Returns the indexes that stay on.
    async fn begin_anew(&self, session: &TargetSession, readers: &Readers) -> Result<Vec<String>> {
        session.run(&self.journal.create(), "the tables of the move's journal cannot be made").await?;
        self.assert_computable(session).await?;
        self.add_row_numbers(session).await?;
        let parting = apart::decide(session, self.options, self.plan).await?;
        session.run(&parting.take_off(self.journal), MESSAGE).await?;
        // What is taken off keeps others out until the end of the transaction.
        ownership::assert_empty(session, self.plan).await?;
        let new = NewMove { source: self.source, source_state: &readers.state, moment: self.plan.moment };
        let mut statements = vec![self.journal.begin(&new)];
        statements.extend(self.captured.map(|captured| self.journal.begin_following(captured.id)));
        for (position, table) in self.plan.tables.iter().enumerate() {
            let ranges = RowRange::of(readers.connection(), table)?;
            statements.push(self.journal.ranges(position, table, &ranges));
        }
        session.run(&statements.join(";\n"), MESSAGE).await?;
        Ok(parting.left_on)
    }

    /// Gives tables without a key one for the time that they are followed.
    async fn add_row_numbers(&self, session: &TargetSession) -> Result<()> {
        for table in self.plan.tables.iter().filter(|table| table.has_row_numbers()) {
            let message = format!("{} cannot be given a key for the time of the move", table.target.plain());
            let (name, column) = (&table.target, Ident(ROW_NUMBER));
            session
                .run(
                    &format!("ALTER TABLE {name} ADD COLUMN {column} bigint; CREATE INDEX ON {name} ({column})"),
                    &message,
                )
                .await?;
        }
        Ok(())
    }

    /// A copy that has begun is of one source, and of one set of rules for each table.
    async fn resume(&self, session: &TargetSession, readers: &Readers, state: &MoveState) -> Result<()> {
        self.assert_same_capture(session).await?;
        if state.source != self.source {
            return Err(Error::new(Code::MoveNotReady, "another source was copied to this target")
                .with_cause(format!(
                    "the copy that was begun on {} is of {}, and this is {}",
                    state.begun_at, state.source, self.source
                ))
                .with_state("nothing was written")
                .with_hint(format!("go on with it: `--from {}`", state.source))
                .with_hint("or take away what it has written: `schemactl move discard`"));
        }
        if self.plan.depends_on_moment() && state.moment != self.plan.moment {
            return Err(Error::new(Code::MoveNotReady, "another copy has begun meanwhile")
                .with_cause("which rows are too old was decided by the moment at which it began")
                .with_state("nothing was written by this run")
                .with_hint("`schemactl move copy` goes on from it"));
        }
        let tables = self.journal.tables(session).await?;
        assert_same_map(self.plan, &tables, |table| table.has_chunks)?;
        session
            .alone(MESSAGE, async || ownership::assert_own(session, self.journal, &tables).await)
            .await
            .map_err(|error| error.with_state("nothing was written by this run"))?;
        let is_free = |table: &&TableMove| tables.iter().any(|known| known.name == table.name && !known.has_chunks);
        for table in self.plan.tables.iter().filter(is_free) {
            session.run(&self.journal.rules_of(table), MESSAGE).await?;
        }
        if let Some(captured) = self.captured {
            return self.take_back(session, readers, captured).await;
        }
        if readers.state != state.source_state {
            session.run(&self.journal.source_changed(), MESSAGE).await?;
        }
        Ok(())
    }

    /// Whether each expression that the server is to compute is one value of one row.
    async fn assert_computable(&self, session: &TargetSession) -> Result<()> {
        for table in &self.plan.tables {
            let answers =
                computed::ask(session.client(), table).await.map_err(|error| session.error(error, MESSAGE))?;
            for (column, answer) in table.computed.iter().zip(answers) {
                if let Computable::No(cause) = answer {
                    let name = format!("{}.{}", Plain(&table.name), Plain(&column.target));
                    return Err(Error::new(Code::InvalidValue, format!("what `postgres` says for {name} is refused"))
                        .with_place(column.rule.place.clone())
                        .with_cause(cause)
                        .with_state("nothing was written")
                        .with_hint(
                            "it is one expression over the columns of the row, as they are called on PostgreSQL",
                        ));
                }
            }
        }
        Ok(())
    }

    /// One that is captured goes on as one, and one that is not does not become one: what was changed before, nobody has noted.
    async fn assert_same_capture(&self, session: &TargetSession) -> Result<()> {
        let known = self.journal.following(session).await?;
        let refused = |message: &str, hint: &str| {
            Err(Error::new(Code::MoveNotReady, message).with_state("nothing was written").with_hint(hint))
        };
        match (known, self.captured) {
            (None, None) => Ok(()),
            (Some(known), Some(captured)) if known.capture == captured.id => Ok(()),
            (Some(_), Some(_)) => refused(
                "the capture of the source is that of another move",
                "begin anew: `schemactl move discard` takes away what was copied, and the capture",
            ),
            (Some(_), None) => {
                refused("this copy is of a source that is followed", "`schemactl move follow` goes on with it")
            }
            (None, Some(_)) => Err(copied_without_capture()),
        }
    }

    /// Takes away the rows that the source has changed since the move began: what one of them had may be what another one has now, so that a unique index
    /// would refuse it. They come with the changes.
    async fn take_back(&self, session: &TargetSession, readers: &Readers, captured: &Captured<'_>) -> Result<()> {
        session
            .alone(MESSAGE, async || {
                for table in &self.plan.tables {
                    let gone = erase(session, captured.capture, (readers.connection(), 0), table).await?;
                    if gone.rows > 0 {
                        session.run(&self.journal.taken_back(table, gone.rows), MESSAGE).await?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Whether this role may do all that a copy does: said before anything is written.
    async fn assert_allowed(&self, session: &TargetSession) -> Result<()> {
        let mut lacking = Vec::new();
        for table in &self.plan.tables {
            let name = table.target.to_string();
            let sql = format!(
                "SELECT pg_catalog.has_table_privilege(c.oid, 'INSERT') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'), \
                 pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.pg_get_userbyid(c.relowner), \
                 EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND {SWITCHED_ON}) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f') \
                 OR EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND NOT i.indisunique) OR c.relrowsecurity \
                 , c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid) \
                 FROM pg_catalog.pg_class c WHERE c.oid = {}::regclass",
                Literal(Some(&name))
            );
            let rows = session.rows(&sql, "the rights of this role cannot be read").await?;
            let Some(row) = rows.first() else { continue };
            let is = |at: usize| row.get(at) == Some("t");
            if is(4) {
                let message = format!("other tables inherit from {}", table.target.plain());
                return Err(Error::new(Code::MoveNotReady, message)
                    .with_cause("their rows are rows of it too, so that nobody could tell which of them were copied")
                    .with_state("nothing was written")
                    .with_hint(
                        "leave it out of the map (`postgres_only`), or make partitions of the tables by a migration",
                    ));
            }
            if !is(0) {
                lacking.push(format!("INSERT and SELECT on {}", table.target.plain()));
            }
            // What is off while rows come is its owner's to take off.
            if !is(1) && is(3) {
                lacking.push(format!(
                    "to be {}, the owner of {}",
                    row.get(2).unwrap_or_default(),
                    table.target.plain()
                ));
            }
        }
        if lacking.is_empty() {
            return Ok(());
        }
        Err(Error::new(Code::Privilege, "this role may not do what a copy does")
            .with_cause(format!("it lacks: {}", lacking.join("; ")))
            .with_state("nothing was written")
            .with_hint("copy as the role that runs the migrations: its tables are its own")
            .with_hint(
                "triggers, foreign keys and indexes are off while rows come, which only the owner of a table may do",
            ))
    }
}

/// A copy whose source was not captured from its beginning cannot be followed.
pub(crate) fn copied_without_capture() -> Error {
    Error::new(Code::MoveNotReady, "the copy was begun without its changes being captured")
        .with_cause("what was changed meanwhile, nobody has noted")
        .with_state("nothing was written")
        .with_hint("go on with the application stopped: `schemactl move copy`")
        .with_hint("or begin anew: `schemactl move discard`, then `schemactl move follow`")
}
