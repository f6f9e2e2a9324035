//! Whether statements are ones of their database, as far as that can be told without it.

use crate::error::{Code, Error, Result};
use crate::source::Script;
use crate::sql::{Dialect, Statement, no_command};

/// Reads statements as the database would, without one.
pub(crate) struct Syntax {
    dialect: Dialect,
    #[cfg(feature = "sqlite")]
    sqlite: Option<rusqlite::Connection>,
}

impl Syntax {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            // A database in memory that cannot be opened is no fault of the files.
            #[cfg(feature = "sqlite")]
            sqlite: (dialect == Dialect::Sqlite).then(rusqlite::Connection::open_in_memory).and_then(Result::ok),
        }
    }

    /// The first statement of a script that is none.
    pub(crate) fn script(&self, script: &Script) -> Result<()> {
        for statement in script.statements(self.dialect)? {
            self.statement(script, &statement)?;
        }
        Ok(())
    }

    fn statement(&self, script: &Script, statement: &Statement<'_>) -> Result<()> {
        match self.dialect {
            Dialect::Postgres => match no_command(statement) {
                None => Ok(()),
                Some(no) => {
                    let error = Error::new(Code::Syntax, format!("`{}` begins no command of PostgreSQL", no.found))
                        .with_place(script.place(statement.span()));
                    let hint = no.meant.map(|meant| format!("did you mean `{meant}`?"));
                    Err(hint.into_iter().fold(error, Error::with_hint))
                }
            },
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let Some(cause) = self.sqlite.as_ref().and_then(|connection| no_syntax(connection, statement.text))
                else {
                    return Ok(());
                };
                Err(Error::new(Code::Syntax, format!("SQLite {} cannot read a statement", rusqlite::version()))
                    .with_place(script.place(statement.span()))
                    .with_cause(cause))
            }
            #[cfg(not(feature = "sqlite"))]
            Dialect::Sqlite => Ok(()),
        }
    }
}

/// What SQLite's own parser says of a statement that it cannot read. That a table is missing, or anything else that only a database can
/// tell, is no matter of the text.
#[cfg(feature = "sqlite")]
fn no_syntax(connection: &rusqlite::Connection, statement: &str) -> Option<String> {
    // Some pragmas take effect while they are compiled, and on more than this database.
    if statement.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("pragma")) {
        return None;
    }
    let error = connection.prepare(statement).err()?;
    let message = match &error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        _ => return None,
    };
    let is_syntax = message.ends_with(": syntax error")
        || message == "incomplete input"
        || message.starts_with("unrecognized token");
    is_syntax.then_some(message)
}
