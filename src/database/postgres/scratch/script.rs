//! A script of a migration, run on a scratch database.

use super::adapt::{Adapted, adapt};
use super::{ScratchDatabase, needs_commits};
use crate::database::postgres::message::{Message, Origin};
use crate::database::postgres::{failure, restore};
use crate::database::{Failure, Why};
use crate::error::{Code, Error, Result};
use crate::source::{Script, TransactionDirective};
use crate::sql::{Dialect, Literal, Outside, Statement, StatementKind, Verb};

impl ScratchDatabase {
    /// Runs a script as the runner would; in the transaction that is open, or else as it wants to be run.
    ///
    /// # Errors
    /// [`Code::StatementFailed`] with the place of the statement, or where the script reaches beyond the database; a transaction that was
    /// open can only be rolled back then.
    pub(crate) async fn run(&mut self, script: &Script, in_transaction: bool) -> Result<()> {
        let statements = script.statements(Dialect::Postgres)?;
        self.refuse_outside(script, &statements)?;
        // Each script of a real run may have a session of its own.
        self.control("DISCARD TEMP").await?;
        let present = self.present.clone();
        let done = if in_transaction {
            self.checked(script, &statements).await
        } else if needs_commits(script)? {
            self.one_by_one(script, &statements).await
        } else {
            self.in_own_transaction(script, &statements).await
        };
        if done.is_err() {
            self.present = present;
        }
        done
    }

    async fn checked(&mut self, script: &Script, statements: &[Statement<'_>]) -> Result<()> {
        self.together(statements).await.map_err(|failure| failed(script, failure))?;
        self.verify(Some(script)).await
    }

    async fn in_own_transaction(&mut self, script: &Script, statements: &[Statement<'_>]) -> Result<()> {
        self.control("BEGIN").await?;
        let done = self.checked(script, statements).await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.control(end).await;
        done.and(ended)
    }

    async fn together(&mut self, statements: &[Statement<'_>]) -> Result<(), Failure> {
        let mut message = Message::default();
        for (number, statement) in statements.iter().enumerate() {
            match adapt(statement) {
                Adapted::Run(text) if statement.copy_data.is_none() && text != statement.text => {
                    message.add(&text, Origin::Theirs { job: 0, number, span: statement.span() });
                }
                Adapted::Run(_) => message.theirs(self.session(), 0, number, statement).await?,
                Adapted::Role { text, name } => {
                    message.send(self.session()).await?;
                    self.role(text, name).await.map_err(|failure| at(failure, number, statement))?;
                }
                Adapted::DropRoles(names) => {
                    message.send(self.session()).await?;
                    self.drop_present(&names).await.map_err(|failure| at(failure, number, statement))?;
                }
                Adapted::Nothing | Adapted::Beyond => {}
            }
        }
        message.add("SET CONSTRAINTS ALL IMMEDIATE", Origin::Deferred { job: 0 });
        restore::settings(self.session(), &mut message);
        message.send(self.session()).await
    }

    /// Each statement in a transaction that is looked at before it is kept, but for those that cannot be in one.
    async fn one_by_one(&mut self, script: &Script, statements: &[Statement<'_>]) -> Result<()> {
        let by_itself = script.directives()?.transaction == TransactionDirective::None;
        for (number, statement) in statements.iter().enumerate() {
            let commits = by_itself && commits(statement);
            let alone = matches!(statement.kind, StatementKind::Outside(Outside::DetachPartitionConcurrently { .. }));
            if commits {
                self.refuse_commits(script, statement).await?;
            }
            if commits || alone {
                self.single(number, statement).await.map_err(|failure| failed(script, failure))?;
                self.control("BEGIN").await?;
            } else {
                self.control("BEGIN").await?;
                if let Err(failure) = self.single(number, statement).await {
                    self.control("ROLLBACK").await?;
                    return Err(failed(script, failure));
                }
            }
            if let Err(error) = self.verify(Some(script)).await {
                self.control("ROLLBACK").await?;
                return Err(error);
            }
            self.control("COMMIT").await?;
        }
        let mut message = Message::default();
        restore::settings(self.session(), &mut message);
        message.send(self.session()).await.map_err(|failure| failed(script, failure))
    }

    async fn single(&mut self, number: usize, statement: &Statement<'_>) -> Result<(), Failure> {
        let mut message = Message::default();
        match adapt(statement) {
            Adapted::Run(_) => message.theirs(self.session(), 0, number, statement).await?,
            Adapted::Role { text, name } => {
                self.role(text, name).await.map_err(|failure| at(failure, number, statement))?;
            }
            Adapted::DropRoles(names) => {
                self.drop_present(&names).await.map_err(|failure| at(failure, number, statement))?;
            }
            Adapted::Nothing | Adapted::Beyond => {}
        }
        message.send(self.session()).await
    }

    /// Makes a role, unless the server has it (or it comes at this moment: a unique violation): the other databases of the proof may have
    /// made it. Where a script of this one has, and none has dropped it since, it fails as it would. In a block, since a failure must
    /// not end the transaction that may be open.
    async fn role(&mut self, text: &str, name: String) -> Result<(), Failure> {
        if self.present.contains(&name) {
            let mut failure = Failure::new(
                Code::StatementFailed,
                format!(
                    "role \"{name}\" already exists: the down has to drop it, or the up to look whether it is there"
                ),
            );
            failure.sqlstate = Some("42710".to_owned());
            return Err(failure);
        }
        let tag = "$schemactl_role$";
        let block = format!(
            "DO {tag} BEGIN\n{text}\n; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END {tag}"
        );
        self.say(&block).await?;
        self.present.insert(name);
        Ok(())
    }

    /// Drops roles that scripts made, as far as those that follow can tell: on the server another database of the proof may need them. What
    /// would keep the server from it does so here. Others' roles are left alone.
    async fn drop_present(&mut self, names: &[String]) -> Result<(), Failure> {
        for name in names {
            if !self.present.contains(name) {
                continue;
            }
            let quoted = Literal(Some(name));
            let needed = format!(
                "SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_shdepend d \
                 JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid AND r.rolname = {quoted} \
                 JOIN pg_catalog.pg_database b ON b.oid = d.dbid AND b.datname = pg_catalog.current_database() \
                 WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass ORDER BY 1 LIMIT 1"
            );
            let rows = self.query(&needed).await.map_err(Failure::of_error)?;
            if let Some(object) = rows.first().and_then(|row| row.get(0)) {
                let cause = format!("role \"{name}\" cannot be dropped because some objects depend on it: {object}");
                let mut failure = Failure::new(Code::StatementFailed, cause);
                failure.sqlstate = Some("2BP01".to_owned());
                return Err(failure);
            }
            self.present.remove(name);
        }
        Ok(())
    }

    async fn say(&mut self, sql: &str) -> Result<(), Failure> {
        let session = self.session();
        let said = session.session.run(sql).await;
        said.map_err(|broken| failure::of(broken, session.session.is_interrupted()))
    }
}

fn at(failure: Failure, number: usize, statement: &Statement<'_>) -> Failure {
    failure.at(0, Some(number), Some(statement.span()))
}

/// Whether a statement runs code, which may commit where no transaction is open.
/// Whether a statement may commit by itself, where it is in no transaction. EXECUTE may do so of no prepared statement.
fn commits(statement: &Statement<'_>) -> bool {
    matches!(statement.verb, Verb::Do | Verb::Call)
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
