//! Which database SQL is written for, where it says so.

use crate::source::Migrations;
use crate::sql::{self, Dialect, TokenKind};

/// Words, and pairs of words, that only one of the two takes.
const SQLITE: &[&str] = &[
    "autoincrement",
    "pragma",
    "without rowid",
    "virtual table",
    "strftime",
    "datetime",
    "blob",
    "julianday",
    "unixepoch",
    "sqlite_master",
    "sqlite_schema",
    "sqlite_sequence",
    "or ignore",
    "replace into",
    "ifnull",
];
const POSTGRES: &[&str] = &[
    "serial",
    "bigserial",
    "smallserial",
    "jsonb",
    "bytea",
    "timestamptz",
    "tsvector",
    "citext",
    "plpgsql",
    "concurrently",
    "alter column",
    "add constraint",
    "add value",
    "create extension",
    "create schema",
    "create sequence",
    "create type",
    "alter type",
    "create domain",
    "create function",
    "replace function",
    "create materialized",
    "create policy",
    "using btree",
    "using gin",
    "using gist",
    "as identity",
    "comment on",
    "gen_random_uuid",
    "now (",
    ": :",
];

/// Tells the dialect by what only one of the two has; none where there is no such thing, or things of both.
pub(super) fn tell(migrations: &Migrations) -> Option<Dialect> {
    let (mut sqlite, mut postgres) = (false, false);
    for migration in migrations {
        let text = migration.up().text();
        // Both cut comments and strings alike; what is dollar-quoted only PostgreSQL has.
        let tokens = sql::tokens(Dialect::Postgres, text);
        let mut before = String::new();
        for token in tokens {
            postgres |= token.kind == TokenKind::DollarLiteral;
            let now = match token.kind {
                TokenKind::Literal | TokenKind::QuotedName | TokenKind::DollarLiteral => String::new(),
                _ => sql::canonical(text, token).into_owned(),
            };
            let pair = format!("{before} {now}");
            let is_in = |marks: &[&str]| marks.contains(&now.as_str()) || marks.contains(&pair.as_str());
            sqlite |= is_in(SQLITE);
            postgres |= is_in(POSTGRES);
            before = now;
        }
    }
    match (sqlite, postgres) {
        (true, false) => Some(Dialect::Sqlite),
        (false, true) => Some(Dialect::Postgres),
        _ => None,
    }
}
