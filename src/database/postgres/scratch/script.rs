//! A script of a migration, run on a scratch database.

use super::adapt::{Adapted, adapt};
use super::server::ROLES;
use super::{ScratchDatabase, needs_commits};
use crate::database::postgres::message::{Message, Origin};
use crate::database::postgres::{failure, step};
use crate::database::{Failure, Why};
use crate::error::{Code, Error, Result};
use crate::source::Script;
use crate::sql::{Dialect, Statement};

impl ScratchDatabase {
    /// Runs a script as the runner would; in the transaction that is open, or else as it wants to be run.
    ///
    /// # Errors
    /// [`Code::StatementFailed`] with the place of the statement; a transaction that was open can only be rolled back then.
    pub(crate) async fn run(&mut self, script: &Script, in_transaction: bool) -> Result<()> {
        let makes_roles = script.text().to_ascii_lowercase();
        let makes_roles =
            ["create role", "create user", "create group"].iter().any(|words| makes_roles.contains(words));
        // Each script of a real run may have a session of its own.
        self.control("DISCARD TEMP").await?;
        let known = if makes_roles { self.role_names().await? } else { Vec::new() };
        let done = if in_transaction {
            self.together(script).await
        } else if needs_commits(script)? {
            self.one_by_one(script).await
        } else {
            self.in_own_transaction(script).await
        };
        done.map_err(|failure| failed(script, failure))?;
        if makes_roles {
            let now = self.role_names().await?;
            self.roles.extend(now.into_iter().filter(|role| !known.contains(role)));
        }
        Ok(())
    }

    async fn role_names(&mut self) -> Result<Vec<String>> {
        let rows = self.query(ROLES).await?;
        Ok(rows.iter().filter_map(|row| row.get(0)).map(str::to_owned).collect())
    }

    async fn in_own_transaction(&mut self, script: &Script) -> Result<(), Failure> {
        self.control("BEGIN").await.map_err(Failure::of_error)?;
        let done = self.together(script).await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.control(end).await.map_err(Failure::of_error);
        done.and(ended)
    }

    async fn together(&mut self, script: &Script) -> Result<(), Failure> {
        let statements = statements(script)?;
        let mut message = Message::default();
        for (number, statement) in statements.iter().enumerate() {
            match adapt(statement) {
                Adapted::Run(text) if statement.copy_data.is_none() && text != statement.text => {
                    message.add(&text, Origin::Theirs { job: 0, number, span: statement.span() });
                }
                Adapted::Run(_) => message.theirs(self.session(), 0, number, statement).await?,
                Adapted::Role(text) => {
                    message.send(self.session()).await?;
                    self.role(text, number, statement).await?;
                }
                Adapted::Nothing | Adapted::Beyond => {}
            }
        }
        message.add("SET CONSTRAINTS ALL IMMEDIATE", Origin::Deferred { job: 0 });
        step::restore(self.session(), &mut message);
        message.send(self.session()).await
    }

    async fn one_by_one(&mut self, script: &Script) -> Result<(), Failure> {
        for (number, statement) in statements(script)?.iter().enumerate() {
            let mut message = Message::default();
            match adapt(statement) {
                Adapted::Run(_) => message.theirs(self.session(), 0, number, statement).await?,
                Adapted::Role(text) => self.role(text, number, statement).await?,
                Adapted::Nothing | Adapted::Beyond => {}
            }
            message.send(self.session()).await?;
        }
        let mut message = Message::default();
        step::restore(self.session(), &mut message);
        message.send(self.session()).await
    }

    /// Makes a role, unless it is there (or comes at this moment: a unique violation). In a block, since a failure must not
    /// end the transaction that may be open.
    async fn role(&mut self, text: &str, number: usize, statement: &Statement<'_>) -> Result<(), Failure> {
        let tag = "$schemactl_role$";
        let block = format!(
            "DO {tag} BEGIN\n{text}\n; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END {tag}"
        );
        let session = self.session();
        match session.session.run(&block).await {
            Ok(()) => Ok(()),
            Err(broken) => {
                let failure = failure::of(broken, session.session.is_interrupted());
                Err(failure.at(0, Some(number), Some(statement.span())))
            }
        }
    }
}

fn statements(script: &Script) -> Result<Vec<Statement<'_>>, Failure> {
    script.statements(Dialect::Postgres).map_err(Failure::of_error)
}

fn failed(script: &Script, mut failure: Failure) -> Error {
    if failure.why == Why::Interrupted {
        return Error::new(Code::Interrupted, "the proof was interrupted");
    }
    let message = match failure.statement {
        Some(number) => format!("statement {} of {} fails on the scratch database", number + 1, script.path()),
        None => format!("{} fails on the scratch database", script.path()),
    };
    let code = if failure.why == Why::Lost { Code::ConnectionLost } else { failure.code };
    let span = failure.span.take();
    let mut error = failure.into_error(code, message);
    if let Some(span) = span {
        error = error.with_place(script.place(span));
    }
    if let Some(role) = missing_role(&error) {
        error = error.with_hint(format!("roles are the server's: create it there, `CREATE ROLE {role}`"));
    }
    error
}

/// The name in `role "x" does not exist`, as the server quotes it.
fn missing_role(error: &Error) -> Option<String> {
    if error.sqlstate() != Some("42704") {
        return None;
    }
    let rest = error.cause()?.split_once("role \"")?.1;
    rest.split_once("\" does not exist").map(|(name, _)| format!("\"{name}\""))
}
