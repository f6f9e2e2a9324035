//! What a role lacks to create or write the history, and what gives it to the role so that the database stays what its migrations make. A privilege that is granted
//! on a schema is no work of a migration: it would be drift for ever. Who owns something is none.

use super::{PostgresDatabase, failure, whereabouts};
use crate::error::{Hint, Result};
use crate::history::Whereabouts;
use crate::sql::{Ident, Literal};

/// The owner of schema public since PostgreSQL 15: whoever owns the database.
const OF_DATABASE: &str = "pg_database_owner";

/// What is known of the role and the schema.
struct RoleOnSchema {
    role: String,
    database: String,
    schema: String,
    /// None where there is no such schema.
    owner: Option<String>,
    /// Whether the role's own schema would be found before.
    finds_own: bool,
}

/// The hints for a role that may not create the history in this schema. Where the database has one elsewhere that may be meant, that comes first: who
/// makes a second one makes a second copy of everything.
pub(super) async fn hints(database: &mut PostgresDatabase<'_>, schema: &str) -> Result<Vec<Hint>> {
    let found = whereabouts::of(database).await?;
    let query = format!(
        "SELECT current_user, current_database(), current_setting('search_path'), \
         (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = {})",
        Literal(Some(schema))
    );
    let rows = match database.session.query(&query).await {
        Ok(rows) => rows,
        Err(broken) => return Err(failure::of_history(database, broken)),
    };
    let text = |column: usize| rows.first().and_then(|row| row.get(column)).map(str::to_owned);
    let path = text(2).unwrap_or_default();
    let known = RoleOnSchema {
        role: text(0).unwrap_or_default(),
        database: text(1).unwrap_or_default(),
        schema: schema.to_owned(),
        owner: text(3),
        finds_own: database.options.schema.is_none()
            && path.split(',').any(|part| part.trim().trim_matches('"') == "$user"),
    };
    Ok(known.hints(&found))
}

/// What lets a role write a history that is there.
pub(super) fn to_write(database: &PostgresDatabase<'_>, role: &str) -> Hint {
    let (table, log, role) = (database.tables.shown(), database.tables.log_shown(), Ident(role));
    Hint::from(format!(
        "let its owner migrate, or run this: `GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}; GRANT SELECT, INSERT ON {log} TO {role};`"
    ))
}

impl RoleOnSchema {
    fn hints(&self, found: &Whereabouts) -> Vec<Hint> {
        let (role, database, schema) = (Ident(&self.role), Ident(&self.database), Ident(&self.schema));
        let elsewhere = found.elsewhere();
        let or = if elsewhere.is_some() { "or, where these migrations are to have a copy of their own: " } else { "" };
        let mut hints: Vec<Hint> = elsewhere.into_iter().collect();
        hints.push(Hint::from(match self.owner.as_deref() {
            Some(OF_DATABASE) => format!(
                "{or}let the owner of the database migrate, or let a superuser make this role the owner, who may create in schema {schema}: \
                 `ALTER DATABASE {database} OWNER TO {role}`"
            ),
            Some(owner) => format!(
                "{or}let {} migrate, who owns schema {schema}, or let a superuser make this role the owner: `ALTER SCHEMA {schema} OWNER TO {role}`",
                Ident(owner)
            ),
            None => format!(
                "{or}let the owner of the database migrate, or let a superuser make this role the owner, who may create schema {schema}: \
                 `ALTER DATABASE {database} OWNER TO {role}`"
            ),
        }));
        if self.finds_own && self.owner.is_some() {
            hints.push(Hint::from(format!(
                "or give it a schema of its own, which its search path has before {schema}: `CREATE SCHEMA {role} AUTHORIZATION {role}`"
            )));
        }
        hints
    }
}
