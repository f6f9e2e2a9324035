//! The commands of PostgreSQL 14 to 18, by their first words.

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::{Dialect, Statement};

/// What may follow a first word.
enum FollowingWord {
    Anything,
    /// One of these words.
    One(&'static [&'static str]),
}

use FollowingWord::{Anything, One};

/// <https://www.postgresql.org/docs/18/sql-commands.html>, and what 14 to 17 had besides.
const COMMANDS: &[(&str, FollowingWord)] = &[
    ("abort", Anything),
    ("alter", One(ALTER)),
    ("analyse", Anything),
    ("analyze", Anything),
    ("begin", Anything),
    ("call", Anything),
    ("checkpoint", Anything),
    ("close", Anything),
    ("cluster", Anything),
    ("comment", One(&["on"])),
    ("commit", Anything),
    ("copy", Anything),
    ("create", One(CREATE)),
    ("deallocate", Anything),
    ("declare", Anything),
    ("delete", One(&["from"])),
    ("discard", One(&["all", "plans", "sequences", "temp", "temporary"])),
    ("do", Anything),
    ("drop", One(DROP)),
    ("end", Anything),
    ("execute", Anything),
    ("explain", Anything),
    ("fetch", Anything),
    ("grant", Anything),
    ("import", One(&["foreign"])),
    ("insert", One(&["into"])),
    ("listen", Anything),
    ("load", Anything),
    ("lock", Anything),
    ("merge", One(&["into"])),
    ("move", Anything),
    ("notify", Anything),
    ("prepare", Anything),
    ("reassign", One(&["owned"])),
    ("refresh", One(&["materialized"])),
    ("reindex", Anything),
    ("release", Anything),
    ("reset", Anything),
    ("revoke", Anything),
    ("rollback", Anything),
    ("savepoint", Anything),
    ("security", One(&["label"])),
    ("select", Anything),
    ("set", Anything),
    ("show", Anything),
    ("start", One(&["transaction"])),
    ("table", Anything),
    ("truncate", Anything),
    ("unlisten", Anything),
    ("update", Anything),
    ("vacuum", Anything),
    ("values", Anything),
    ("with", Anything),
];

const ALTER: &[&str] = &[
    "aggregate",
    "collation",
    "conversion",
    "database",
    "default",
    "domain",
    "event",
    "extension",
    "foreign",
    "function",
    "group",
    "index",
    "language",
    "large",
    "materialized",
    "operator",
    "policy",
    "procedural",
    "procedure",
    "publication",
    "role",
    "routine",
    "rule",
    "schema",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "system",
    "table",
    "tablespace",
    "text",
    "trigger",
    "type",
    "user",
    "view",
];

const CREATE: &[&str] = &[
    "access",
    "aggregate",
    "cast",
    "collation",
    "constraint",
    "conversion",
    "database",
    "default",
    "domain",
    "event",
    "extension",
    "foreign",
    "function",
    "global",
    "group",
    "index",
    "language",
    "local",
    "materialized",
    "operator",
    "or",
    "policy",
    "procedural",
    "procedure",
    "publication",
    "recursive",
    "role",
    "rule",
    "schema",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "table",
    "tablespace",
    "temp",
    "temporary",
    "text",
    "transform",
    "trigger",
    "trusted",
    "type",
    "unique",
    "unlogged",
    "user",
    "view",
];

const DROP: &[&str] = &[
    "access",
    "aggregate",
    "cast",
    "collation",
    "conversion",
    "database",
    "domain",
    "event",
    "extension",
    "foreign",
    "function",
    "group",
    "index",
    "language",
    "materialized",
    "operator",
    "owned",
    "policy",
    "procedural",
    "procedure",
    "publication",
    "role",
    "routine",
    "rule",
    "schema",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "table",
    "tablespace",
    "text",
    "transform",
    "trigger",
    "type",
    "user",
    "view",
];

/// Why a statement is none of PostgreSQL's: what stands where a command should, and the word that was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoCommand {
    pub(crate) found: String,
    pub(crate) meant: Option<String>,
}

/// Looks at the first words of a statement. What follows them is the server's to judge.
pub(crate) fn no_command(statement: &Statement<'_>) -> Option<NoCommand> {
    let mut cursor = Cursor::new(Dialect::Postgres, statement.strings, statement.text);
    // A query in parentheses.
    while cursor.take(TokenKind::Open).is_some() {}
    let Some(first) = cursor.any_word() else {
        return Some(NoCommand { found: first_of(statement.text), meant: None });
    };
    let word = first.to_ascii_lowercase();
    let Some((_, next)) = COMMANDS.iter().find(|(command, _)| *command == word) else {
        let meant = nearest(&word, COMMANDS.iter().map(|(command, _)| *command));
        return Some(NoCommand { found: first.to_owned(), meant });
    };
    let One(words) = next else { return None };
    let second = cursor.any_word().unwrap_or_default();
    let lower = second.to_ascii_lowercase();
    if words.contains(&lower.as_str()) {
        return None;
    }
    let meant = nearest(&lower, words.iter().copied()).map(|meant| format!("{} {meant}", word.to_uppercase()));
    Some(NoCommand {
        found: format!("{first} {second}").trim_end().to_owned(),
        meant: meant.map(|meant| meant.to_uppercase()),
    })
}

fn first_of(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().chars().take(20).collect()
}

/// A word that is one slip away, in capitals.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let distance = |known: &str| strsim::osa_distance(word, known);
    let most = if word.len() < 4 { 1 } else { 2 };
    known.filter(|known| distance(known) <= most).min_by_key(|known| distance(known)).map(str::to_uppercase)
}

#[cfg(test)]
mod tests {
    use super::super::statements;
    use super::*;

    fn of(script: &str) -> Option<NoCommand> {
        let statement = statements(Dialect::Postgres, script).next().unwrap().unwrap();
        no_command(&statement)
    }

    #[test]
    fn commands_are_told_from_slips() {
        for good in [
            "CREATE TABLE a (x int)",
            "create or replace function f() returns int language sql as 'select 1'",
            "(SELECT 1) UNION (SELECT 2)",
            "((select 1))",
            "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x",
            "START TRANSACTION",
            "TABLE a",
            "REINDEX (VERBOSE) TABLE a",
            "DISCARD ALL",
            "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c",
        ] {
            assert_eq!(of(good), None, "{good}");
        }
        for (wrong, found, meant) in [
            ("CREAT TABLE a (x int)", "CREAT", Some("CREATE")),
            ("SELCT 1", "SELCT", Some("SELECT")),
            ("CREATE TABEL a (x int)", "CREATE TABEL", Some("CREATE TABLE")),
            ("DROP COLUMN a", "DROP COLUMN", Some("DROP DOMAIN")),
            ("INSERT a VALUES (1)", "INSERT a", None),
            ("PRAGMA foreign_keys = ON", "PRAGMA", None),
            ("\"CREATE\" TABLE a (x int)", "\"CREATE\"", None),
            ("CREATE", "CREATE", None),
        ] {
            let no = of(wrong).expect(wrong);
            assert_eq!(no.found, found);
            if wrong != "DROP COLUMN a" {
                assert_eq!(no.meant.as_deref(), meant, "{wrong}");
            }
        }
    }
}
