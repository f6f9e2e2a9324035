//! Which statements a scratch database must not see, and which it must see otherwise.

use std::borrow::Cow;

use crate::error::Result;
use crate::source::{Script, TransactionDirective};
use crate::sql::{self, Dialect, Outside, Running, Statement, StatementKind, Token, TokenKind, Verb};

/// How a statement of a migration is run on a scratch database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Adapted<'a> {
    /// Like this.
    Run(Cow<'a, str>),
    /// It makes a role, which is the server's: where the role is there, nothing is to be done.
    Role { text: &'a str, name: String },
    /// It drops roles: those that the scripts made are, for the scripts that follow, no longer there.
    DropRoles(Vec<String>),
    /// It changes no catalog of the database.
    Nothing,
    /// It changes more than the database.
    Beyond,
}

/// What becomes of a statement where everything is in one transaction.
pub(super) fn adapt<'a>(statement: &Statement<'a>) -> Adapted<'a> {
    match &statement.kind {
        StatementKind::Outside(outside) => match outside {
            Outside::CreateIndexConcurrently { .. }
            | Outside::DropIndexConcurrently { .. }
            | Outside::DetachPartitionConcurrently { .. } => Adapted::Run(without_concurrently(statement.text)),
            Outside::ReindexConcurrently { .. }
            | Outside::Reindex
            | Outside::Vacuum
            | Outside::ClusterAll
            | Outside::DiscardAll => Adapted::Nothing,
            _ => Adapted::Beyond,
        },
        _ => match words(statement.text) {
            words if makes_role(&words) => match roles(statement.text).into_iter().next() {
                Some(name) => Adapted::Role { text: statement.text, name },
                None => Adapted::Beyond,
            },
            words if drops_roles(&words) => Adapted::DropRoles(roles(statement.text)),
            words if is_of_server(&words) => Adapted::Beyond,
            _ => Adapted::Run(Cow::Borrowed(statement.text)),
        },
    }
}

/// Whether the catalog after the script is another one where its statements share a transaction, or they cannot.
pub(crate) fn needs_commits(script: &Script) -> Result<bool> {
    let analysis = script.analyse(Dialect::Postgres, TransactionDirective::Auto)?;
    let by_itself = script.directives()?.transaction == TransactionDirective::None;
    let enum_value = match analysis.running {
        Running::Statements { because } => analysis
            .statement(script.text(), because)
            .is_some_and(|statement| matches!(statement.kind, StatementKind::AddEnumValue { .. })),
        Running::Transaction => false,
    };
    let commits = |statement: Statement<'_>| {
        // Detached so, a partition is given a check in place of its bounds.
        matches!(statement.kind, StatementKind::Outside(Outside::DetachPartitionConcurrently { .. }))
            || by_itself && matches!(statement.verb, Verb::Call | Verb::Do)
    };
    Ok(enum_value || analysis.statements_of(script.text()).flatten().any(commits))
}

/// The statements that change more than the database, which no scratch database can show: one sentence each.
pub(crate) fn beyond(script: &Script) -> Vec<String> {
    let Ok(statements) = script.statements(Dialect::Postgres) else { return Vec::new() };
    let is_beyond = |statement: &&Statement<'_>| {
        let adapted = adapt(statement);
        matches!(adapted, Adapted::Beyond | Adapted::Role { .. } | Adapted::DropRoles(_))
    };
    let beyond = statements.iter().filter(is_beyond).map(|statement| {
        let first: Vec<&str> = statement.text.split_whitespace().take(3).collect();
        format!("`{}` changes the server, not the database", first.join(" "))
    });
    let blocks = statements.iter().filter(|statement| makes_roles_in_a_block(statement));
    beyond.chain(blocks.map(|_| "a role that a block makes is the server's, and stays".to_owned())).collect()
}

/// The roles that an up makes without looking whether they are there, the last one first: its down has to drop them, or else the up would
/// fail on them when it runs again. Those that a block makes where they are missing may be others', and stay.
pub(crate) fn drops(up: &Script) -> Vec<String> {
    let Ok(statements) = up.statements(Dialect::Postgres) else { return Vec::new() };
    let mut made: Vec<String> = Vec::new();
    for statement in &statements {
        match adapt(statement) {
            Adapted::Role { name, .. } => made.push(name),
            Adapted::DropRoles(names) => made.retain(|name| !names.contains(name)),
            _ => {}
        }
    }
    made.reverse();
    made
}

fn makes_roles_in_a_block(statement: &Statement<'_>) -> bool {
    let lower = statement.text.to_ascii_lowercase();
    statement.verb == Verb::Do
        && ["create role", "create user ", "create group"].iter().any(|words| lower.contains(words))
}

/// The names after CREATE or DROP and ROLE, USER or GROUP, as the server keeps them.
fn roles(text: &str) -> Vec<String> {
    let tokens = sql::tokens(Dialect::Postgres, text);
    let mut names = Vec::new();
    let mut rest = tokens.iter().skip(2).peekable();
    while rest.next_if(|token| is_word(text, **token, &["if", "exists"])).is_some() {}
    while let Some(token) = rest.next() {
        match token.kind {
            TokenKind::Word => names.push(text[token.start..token.end].to_lowercase()),
            TokenKind::QuotedName => names.push(sql::unquoted_name(text, *token).into_owned()),
            _ => break,
        }
        if rest.next_if(|token| token.kind == TokenKind::Comma).is_none() {
            break;
        }
    }
    names
}

fn is_word(text: &str, token: Token, words: &[&str]) -> bool {
    let slice = &text[token.start..token.end];
    token.kind == TokenKind::Word && words.iter().any(|word| slice.eq_ignore_ascii_case(word))
}

fn drops_roles(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words[..], ["DROP", "ROLE" | "GROUP", ..])
        || matches!(words[..], ["DROP", "USER", next, ..] if next != "MAPPING")
}

/// The first words, keywords in upper case.
fn words(text: &str) -> Vec<String> {
    const MOST: usize = 24;
    let all = sql::tokens(Dialect::Postgres, text);
    let named = all.iter().filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName));
    named.take(MOST).map(|token| text[token.start..token.end].to_ascii_uppercase()).collect()
}

fn makes_role(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words[..], ["CREATE", "ROLE" | "GROUP", ..])
        || matches!(words[..], ["CREATE", "USER", next, ..] if next != "MAPPING")
}

/// Roles, tablespaces, databases: what every database of the server shares. A proof must not touch it, above all not the database
/// that the application uses, by its name.
fn is_of_server(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["ALTER" | "DROP", "USER", next, ..] => next != "MAPPING",
        ["ALTER" | "DROP", "ROLE" | "GROUP" | "DATABASE" | "TABLESPACE", ..]
        | ["COMMENT", "ON", "ROLE" | "DATABASE" | "TABLESPACE", ..]
        | ["REASSIGN", "OWNED", ..] => true,
        ["GRANT" | "REVOKE", ..] => {
            let on = words.iter().position(|word| *word == "ON");
            match on.and_then(|at| words.get(at + 1)) {
                Some(what) => matches!(*what, "DATABASE" | "TABLESPACE" | "PARAMETER"),
                // Membership in a role.
                None => true,
            }
        }
        _ => false,
    }
}

/// The same length, so that the server's positions fit the file.
fn without_concurrently(text: &str) -> Cow<'_, str> {
    const WORD: &str = "CONCURRENTLY";
    let all = sql::tokens(Dialect::Postgres, text);
    let word = all
        .iter()
        .find(|token| token.kind == TokenKind::Word && text[token.start..token.end].eq_ignore_ascii_case(WORD));
    match word {
        Some(token) => {
            let blank = " ".repeat(token.end - token.start);
            Cow::Owned(format!("{}{blank}{}", &text[..token.start], &text[token.end..]))
        }
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Adapted<'_> {
        let statement = sql::statements(Dialect::Postgres, text).next().unwrap().unwrap();
        adapt(&statement)
    }

    #[test]
    fn what_is_the_servers_is_left_alone() {
        for text in [
            "alter user app set search_path = x",
            "ALTER DATABASE shop SET timezone = 'UTC'",
            "GRANT CONNECT ON DATABASE shop TO app",
            "GRANT admin TO app",
            "COMMENT ON DATABASE shop IS 'x'",
            "ALTER SYSTEM SET work_mem = '1MB'",
            "CREATE DATABASE other",
        ] {
            assert_eq!(of(text), Adapted::Beyond, "{text}");
        }
        for text in [
            "GRANT SELECT ON TABLE orders TO app",
            "GRANT SELECT ON orders TO app",
            "CREATE USER MAPPING FOR app SERVER s",
            "DROP USER MAPPING FOR app SERVER s",
            "ALTER TABLE role ADD database text",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app",
        ] {
            assert_eq!(of(text), Adapted::Run(text.into()), "{text}");
        }
        assert!(matches!(of("CREATE ROLE app LOGIN"), Adapted::Role { name, .. } if name == "app"));
        let names = |names: &[&str]| Adapted::DropRoles(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(of("DROP ROLE IF EXISTS App, \"My Role\""), names(&["app", "My Role"]));
        assert_eq!(of("drop user x"), names(&["x"]));
    }

    #[test]
    fn an_index_is_built_in_the_transaction() {
        let text = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (\"concurrently\")";
        assert_eq!(of(text), Adapted::Run(text.replacen("CONCURRENTLY", "            ", 1).into()));
        assert_eq!(of("VACUUM t"), Adapted::Nothing);
    }
}
