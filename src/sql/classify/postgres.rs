//! PostgreSQL.

use super::super::cursor::Cursor;
use super::super::lexer::TokenKind;
use super::super::{Control, Outside, StatementKind, Strings};
use super::{Keyword, rollback};

pub(super) fn classify(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    let keyword = Keyword::new(cursor.any_word()?)?;
    match keyword.as_str() {
        "begin" => Some(begin(cursor)),
        "start" if cursor.word("transaction") => Some(begin(cursor)),
        "commit" if is_prepared(cursor) => Some(StatementKind::Transaction(Control::CommitPrepared)),
        "commit" | "end" => Some(commit(cursor)),
        "rollback" if is_prepared(cursor) => Some(StatementKind::Transaction(Control::RollbackPrepared)),
        "rollback" | "abort" => Some(rollback(cursor)),
        "prepare" => prepare(cursor),
        "copy" => copy(cursor),
        "set" => set(cursor),
        "reset" => reset(cursor),
        "create" => create(cursor),
        "drop" => drop(cursor),
        "alter" => alter(cursor),
        "reindex" => reindex(cursor).map(StatementKind::Outside),
        "vacuum" => Some(StatementKind::Outside(Outside::Vacuum)),
        "cluster" => cluster(cursor).map(StatementKind::Outside),
        "discard" if cursor.word("all") => Some(StatementKind::Outside(Outside::DiscardAll)),
        _ => None,
    }
}

fn begin(mut cursor: Cursor<'_>) -> StatementKind<'_> {
    cursor.one_of(&["work", "transaction"]);
    StatementKind::Transaction(if cursor.is_at_end() { Control::Begin } else { Control::BeginWith })
}

fn is_prepared(mut cursor: Cursor<'_>) -> bool {
    cursor.word("prepared")
}

fn commit(mut cursor: Cursor<'_>) -> StatementKind<'_> {
    cursor.one_of(&["work", "transaction"]);
    StatementKind::Transaction(if cursor.words(&["and", "chain"]) { Control::CommitAndChain } else { Control::Commit })
}

/// `PREPARE transaction AS SELECT ...` is a prepared statement of that name.
fn prepare(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    let prepares = cursor.word("transaction") && cursor.string().is_some();
    prepares.then_some(StatementKind::Transaction(Control::Prepare))
}

/// The grammar takes STDOUT for STDIN here. A column list or query is in parentheses.
fn copy(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    loop {
        if cursor.words(&["from", "stdin"]) || cursor.words(&["from", "stdout"]) {
            return Some(StatementKind::CopyIn);
        }
        if cursor.words(&["to", "stdout"]) || cursor.words(&["to", "stdin"]) {
            return Some(StatementKind::CopyOut);
        }
        if !cursor.skip_parentheses() {
            cursor.token()?;
        }
    }
}

fn set(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    cursor.one_of(&["session", "local"]);
    let name = cursor.name()?.name;
    if matches!(&*name, "escape_string_warning" | "backslash_quote") {
        return Some(StatementKind::SetStrings { strings: None });
    }
    if name != "standard_conforming_strings" {
        return None;
    }
    let _ = cursor.word("to") || cursor.take(TokenKind::Symbol).is_some();
    let value = cursor.string().unwrap_or_else(|| cursor.rest().into());
    let strings = if is_off(&value) { Strings::Escapes } else { Strings::Standard };
    Some(StatementKind::SetStrings { strings: Some(strings) })
}

/// Any beginning of `false` and `no` counts, and of `off` from two letters on.
fn is_off(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let short = |whole: &str, least: usize| value.len() >= least && whole.starts_with(&value);
    value == "0" || short("off", 2) || short("false", 1) || short("no", 1)
}

fn reset(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    let strings = match &*cursor.name()?.name {
        "all" | "standard_conforming_strings" => Some(Strings::Standard),
        "escape_string_warning" | "backslash_quote" => None,
        _ => return None,
    };
    Some(StatementKind::SetStrings { strings })
}

fn create(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    if cursor.words(&["index", "concurrently"]) || cursor.words(&["unique", "index", "concurrently"]) {
        return create_index(cursor).map(StatementKind::Outside);
    }
    let outside = match Keyword::new(cursor.any_word()?)?.as_str() {
        "database" => Outside::CreateDatabase { name: cursor.name()? },
        "tablespace" => Outside::CreateTablespace { name: cursor.name()? },
        "subscription" => Outside::Subscription { name: cursor.name()? },
        _ => return None,
    };
    Some(StatementKind::Outside(outside))
}

fn create_index(mut cursor: Cursor<'_>) -> Option<Outside<'_>> {
    let if_not_exists = cursor.words(&["if", "not", "exists"]);
    // ON is reserved, so that an index of that name is quoted.
    let index = if cursor.word("on") {
        None
    } else {
        let name = cursor.name()?;
        if !cursor.word("on") {
            return None;
        }
        Some(name)
    };
    cursor.word("only");
    Some(Outside::CreateIndexConcurrently { index, table: cursor.name()?, if_not_exists })
}

fn drop(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    let concurrently = cursor.words(&["index", "concurrently"]);
    let object = if concurrently { None } else { Some(Keyword::new(cursor.any_word()?)?) };
    cursor.words(&["if", "exists"]);
    let outside = match object.as_ref().map(Keyword::as_str) {
        None => Outside::DropIndexConcurrently { indexes: cursor.names() },
        Some("database") => Outside::DropDatabase { name: cursor.name()? },
        Some("tablespace") => Outside::DropTablespace { name: cursor.name()? },
        Some("subscription") => Outside::Subscription { name: cursor.name()? },
        Some(_) => return None,
    };
    Some(StatementKind::Outside(outside))
}

fn alter(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    match Keyword::new(cursor.any_word()?)?.as_str() {
        "table" => detach(cursor).map(StatementKind::Outside),
        "type" => add_value(cursor),
        "database" => alter_database(cursor).map(StatementKind::Outside),
        "subscription" => alter_subscription(cursor).map(StatementKind::Outside),
        "system" => Some(StatementKind::Outside(Outside::AlterSystem)),
        _ => None,
    }
}

/// DETACH PARTITION ... FINALIZE may run in a transaction.
fn detach(mut cursor: Cursor<'_>) -> Option<Outside<'_>> {
    cursor.words(&["if", "exists"]);
    cursor.word("only");
    let parent = cursor.name()?;
    if !cursor.words(&["detach", "partition"]) {
        return None;
    }
    let partition = cursor.name()?;
    cursor.word("concurrently").then_some(Outside::DetachPartitionConcurrently { parent, partition })
}

fn add_value(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    let type_name = cursor.name()?;
    if !cursor.words(&["add", "value"]) {
        return None;
    }
    cursor.words(&["if", "not", "exists"]);
    Some(StatementKind::AddEnumValue { type_name, value: cursor.string()? })
}

fn alter_database(mut cursor: Cursor<'_>) -> Option<Outside<'_>> {
    let name = cursor.name()?;
    cursor.words(&["set", "tablespace"]).then_some(Outside::AlterDatabaseTablespace { name })
}

/// The forms that fetch the publisher's tables or change the slot there. The others only write the catalog.
fn alter_subscription(mut cursor: Cursor<'_>) -> Option<Outside<'_>> {
    let name = cursor.name()?;
    let refreshes = cursor.word("refresh")
        || cursor.words(&["set", "publication"])
        || cursor.words(&["add", "publication"])
        || cursor.words(&["drop", "publication"]);
    (refreshes || sets_slot(cursor)).then_some(Outside::Subscription { name })
}

/// `SET (failover = ...)` since 17, `SET (two_phase = ...)` since 18.
fn sets_slot(mut cursor: Cursor<'_>) -> bool {
    let slot = |text: &str| ["failover", "two_phase"].iter().any(|name| text.eq_ignore_ascii_case(name));
    cursor.word("set") && cursor.tokens().any(|(_, text)| slot(text))
}

fn reindex(mut cursor: Cursor<'_>) -> Option<Outside<'_>> {
    let listed = cursor.take(TokenKind::Open).is_some() && lists_concurrently(&mut cursor);
    let object = Keyword::new(cursor.any_word()?)?;
    if cursor.word("concurrently") || listed {
        let is_relation = matches!(object.as_str(), "index" | "table");
        return Some(Outside::ReindexConcurrently { relation: if is_relation { cursor.name() } else { None } });
    }
    matches!(object.as_str(), "schema" | "database" | "system").then_some(Outside::Reindex)
}

/// Reads options up to the closing parenthesis: `(VERBOSE, CONCURRENTLY false)`.
fn lists_concurrently(cursor: &mut Cursor<'_>) -> bool {
    let mut found = false;
    while cursor.take(TokenKind::Close).is_none() {
        if cursor.word("concurrently") {
            let mut value = *cursor;
            found = !value.token().is_some_and(|token| is_off(value.text(token).trim_matches('\'')));
        } else if cursor.token().is_none() {
            break;
        }
    }
    found
}

/// CLUSTER without a table is every table that was clustered before, one transaction each.
fn cluster(mut cursor: Cursor<'_>) -> Option<Outside<'_>> {
    if !cursor.skip_parentheses() {
        cursor.word("verbose");
    }
    cursor.is_at_end().then_some(Outside::ClusterAll)
}
