//! What keeps a script inside its scratch database: what it would do outside is told by its text before it runs, and by the server's
//! catalogs before its transaction is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres::SimpleQueryRow;

use super::ScratchDatabase;
use super::adapt::{Adapted, adapt};
use super::shared::{self, Changed, SharedCatalogs, SharedRows};
use crate::config::ScratchOwner;
use crate::database::postgres::sandbox::{self, SandboxWatch};
use crate::error::{Code, Error, Hint, Place, Result, Setting};
use crate::source::Script;
use crate::sql::{self, Dialect, Statement, TokenKind};

/// The roles that the scripts of a proof made on the server: oid and name. All its scratch databases share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct MadeRoles(Arc<Mutex<BTreeMap<String, String>>>);

impl MadeRoles {
    fn oids(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn add(&self, made: &BTreeMap<String, String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(made.clone());
    }

    /// Whether no other scratch database knows of them any more.
    pub(super) fn is_last(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// All of them: oid and name.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How often a change that may be another session's is looked at.
const LOOKS: usize = 3;

fn elsewhere() -> Hint {
    Hint::from("prove it where nobody else is, on another server: ").setting(Setting::SCRATCH_URL)
}

/// What is installed that reaches beyond the database, however it came there: extensions, languages, functions in C. An aggregate is said
/// to be in the language `internal`, and is made of functions that count by themselves.
const INSTALLED: &str = "SELECT extname FROM pg_catalog.pg_extension \
     UNION ALL SELECT lanname FROM pg_catalog.pg_language WHERE NOT lanpltrusted AND lanname NOT IN ('c', 'internal') \
     UNION ALL SELECT 'c' FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
       WHERE l.lanname IN ('c', 'internal') AND p.prokind <> 'a' AND p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
         WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))";

impl ScratchDatabase {
    /// Refuses a script that would do what its transaction cannot take back.
    pub(super) fn refuse_outside(&self, script: &Script, statements: &[Statement<'_>]) -> Result<()> {
        if self.ground == ScratchOwner::Own {
            return Ok(());
        }
        let watch = SandboxWatch::of(script.text());
        let is_run = |statement: &Statement<'_>| matches!(adapt(statement), Adapted::Run(_) | Adapted::Role { .. });
        for (number, statement) in statements.iter().enumerate().filter(|(_, statement)| is_run(statement)) {
            if let Some(what) = watch.outside(statement.text) {
                let message =
                    format!("statement {} of {} leaves its database, and is not run", number + 1, script.path());
                return Err(Error::new(Code::StatementFailed, message)
                    .with_place(script.place(statement.span()))
                    .with_cause(format!("it {what}; others use the server"))
                    .with_hint(elsewhere()));
            }
        }
        Ok(())
    }

    /// Refuses code that commits by itself and may change what all databases share: no transaction takes that back.
    pub(super) async fn refuse_commits(&mut self, script: &Script, statement: &Statement<'_>) -> Result<()> {
        if self.ground == ScratchOwner::Own {
            return Ok(());
        }
        let sources = "SELECT p.prosrc FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
             WHERE p.oid >= 16384 AND l.lanname IN ('sql', 'plpgsql')";
        let rows = self.query(sources).await?;
        let mut sources = rows.iter().filter_map(|row| row.get(0)).chain([statement.text]);
        let Some(word) = sources.find_map(names_what_is_shared) else { return Ok(()) };
        let message = format!("a block of {} commits by itself and has `{word}`: it is not run", script.path());
        Err(Error::new(Code::StatementFailed, message)
            .with_place(script.place(statement.span()))
            .with_cause("what it changes on the server could not be taken back")
            .with_hint(elsewhere()))
    }

    /// Fails where the open transaction has changed what all databases of the server share, but for roles that the script makes and names;
    /// those are remembered. Whoever calls it takes the transaction back then.
    pub(super) async fn verify(&mut self, script: Option<&Script>) -> Result<()> {
        let digest = shared::query(&self.catalogs, &self.name, SharedRows::Digest);
        let inside = self.read_inside(&format!("{INSTALLED}\n;\n{digest}")).await?;
        // What is installed has one column.
        let (installed, inside): (Vec<_>, Vec<_>) = inside.into_iter().partition(|row| row.len() == 1);
        self.refuse_installed(script, &installed)?;
        if digests(&inside) == digests(&self.server.ask_again(&digest).await?) {
            return Ok(());
        }
        let mut refused = None;
        // Others' roles and databases come and go between two looks. What this transaction did is there at each.
        for _ in 0..LOOKS {
            refused = self.look(script).await?;
            if refused.is_none() {
                return Ok(());
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// Why the open transaction cannot be kept.
    async fn look(&mut self, script: Option<&Script>) -> Result<Option<Error>> {
        let all = shared::query(&self.catalogs, &self.name, SharedRows::All);
        let before = SharedCatalogs::of(&self.server.ask(&all).await?);
        let inside = SharedCatalogs::of(&self.read_inside(&all).await?);
        let after = SharedCatalogs::of(&self.server.ask(&all).await?);
        let ours = self.made.oids();
        let changed = shared::changed(&before, &inside, &after, &ours);
        let is_named = |name: &str| script.is_some_and(|script| names(script.text(), name));
        let mut made = changed.made.iter().filter(|(oid, _)| !ours.contains(*oid));
        if let Some((_, name)) = made.find(|(_, name)| !is_named(name)) {
            return Ok(Some(refusal(script, format!("it makes the role {name}, which it does not name"))));
        }
        self.drop_slots(&changed, &before, &inside).await;
        if let Some(sentence) = changed.sentence() {
            return Ok(Some(refusal(script, sentence)));
        }
        self.made.add(&changed.made);
        Ok(None)
    }

    /// Ends the transaction and keeps what was done in it, unless that is more than the database's.
    pub(crate) async fn commit(&mut self) -> Result<()> {
        match self.verify(None).await {
            Ok(()) => self.control("COMMIT").await,
            Err(error) => {
                self.control("ROLLBACK").await?;
                Err(error)
            }
        }
    }

    fn refuse_installed(&self, script: Option<&Script>, rows: &[SimpleQueryRow]) -> Result<()> {
        if self.ground == ScratchOwner::Own {
            return Ok(());
        }
        match rows.iter().filter_map(|row| row.get(0)).find(|name| sandbox::reaches(name)) {
            Some(name) => Err(refusal(script, format!("it installs {name}, which reaches beyond the database"))),
            None => Ok(()),
        }
    }

    /// Reads in the transaction with the server's own names, whatever the script has set or made.
    async fn read_inside(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>> {
        let mark = "SAVEPOINT schemactl_look\n;\nSET LOCAL search_path = pg_catalog, pg_temp\n;\nSET LOCAL jit = off";
        let message = format!("{mark}\n;\n{sql}\n;\nROLLBACK TO schemactl_look\n;\nRELEASE schemactl_look");
        self.query(&message).await
    }

    /// Slots stand outside transactions: those that came in this one are dropped, so far as they are of this database.
    async fn drop_slots(&mut self, changed: &Changed, before: &SharedCatalogs, inside: &SharedCatalogs) {
        if !changed.catalogs.contains_key("pg_replication_slots") || inside.slots() == before.slots() {
            return;
        }
        let drop = "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots \
             WHERE database = pg_catalog.current_database() AND NOT active";
        if let Err(error) = self.control(drop).await {
            tracing::warn!("a replication slot of a scratch database stays: {error}");
        }
    }
}

fn refusal(script: Option<&Script>, sentence: String) -> Error {
    let path = script.map_or_else(|| "what the migrations made".to_owned(), |script| script.path().to_owned());
    let error = Error::new(Code::StatementFailed, format!("{path} leaves its database, and is taken back"));
    let error = match script {
        Some(script) => error.with_place(Place::whole(script.path().to_owned())),
        None => error,
    };
    error
        .with_cause(sentence)
        .with_state("the scratch database was rolled back; the server is as it was")
        .with_hint("what is the server's belongs into a script of its operator, or stands in the migration as a statement of its own")
}

fn digests(rows: &[SimpleQueryRow]) -> Vec<(String, String)> {
    let text = |row: &SimpleQueryRow, at: usize| row.get(at).unwrap_or_default().to_owned();
    rows.iter().filter(|row| row.len() == 2).map(|row| (text(row, 0), text(row, 1))).collect()
}

/// Whether a text has a name: as a word, a quoted name, or anywhere in a literal. Comments do not count.
fn names(text: &str, name: &str) -> bool {
    sql::tokens(Dialect::Postgres, text).iter().any(|token| {
        let slice = &text[token.start..token.end];
        match token.kind {
            TokenKind::Word => slice.eq_ignore_ascii_case(name),
            TokenKind::QuotedName => sql::unquoted_name(text, *token) == name,
            TokenKind::Literal | TokenKind::DollarLiteral => {
                slice.to_ascii_lowercase().contains(&name.to_ascii_lowercase())
            }
            _ => false,
        }
    })
}

/// The first word of a text that has to do with what all databases share, or runs texts as SQL.
fn names_what_is_shared(text: &str) -> Option<&'static str> {
    const WORDS: [&str; 11] = [
        "role",
        "owned",
        "database",
        "tablespace",
        "pg_authid",
        "pg_auth_members",
        "pg_database",
        "pg_db_role_setting",
        "pg_shdescription",
        "pg_shdepend",
        "execute",
    ];
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let mut before = "";
    words.find_map(|word| {
        let is_account = matches!(word, "user" | "group") && matches!(before, "create" | "alter" | "drop");
        before = word;
        if is_account { Some("user") } else { WORDS.into_iter().find(|known| *known == word) }
    })
}
