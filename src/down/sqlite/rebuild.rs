//! A table is made anew as it was, its rows are moved, and it takes the old one's place
//! (<https://www.sqlite.org/lang_altertable.html#otheralter>).

use super::name::{self, PlainName};
use super::pairs::Pair;
use super::{drops, names, placeholder};
use crate::catalog::{IndexText, Kind};
use crate::database::sqlite::inspect::{CreateTable, SqliteSnapshot};
use crate::sql::{Dialect, OwnKind, OwnStatement, TokenKind, canonical, tokens, unquoted_name};

/// Which views and triggers are dropped for the time of a rebuild: renaming a table fails where one of them does not fit the schema.
/// The loop finds them missing, and makes them again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// Those that name the table, or a view that does.
    Users,
    /// All.
    All,
}

pub(super) fn statements(
    pair: &Pair<'_>,
    now: &SqliteSnapshot,
    before: &SqliteSnapshot,
    around: Around,
) -> Vec<OwnStatement> {
    let (table, name) = (&pair.before.table, PlainName(&pair.before.name));
    let new = free(now, &pair.before.name);
    let mut statements = dropped(pair, now, around);
    statements.push(OwnStatement::object(create(table, &pair.before.name, &new)));
    statements.extend(copy(pair, before, &new));
    if table.is_autoincrement() && pair.now.table.is_autoincrement() {
        statements.extend(keep_mark(&pair.now.name, &new));
    }
    statements.push(drops::drop_table(&name));
    statements.push(names::rename_table(&PlainName(&new), &name));
    statements
}

/// The statement that creates a table under another name. Where its checks name it before a column (`CHECK (users.age > 21)`) they name it
/// by that one too, and renaming it later gives them back what they had.
fn create(table: &CreateTable, name: &str, new: &str) -> String {
    let new = PlainName(new).to_string();
    let text = table.create(&new);
    let found = tokens(Dialect::Sqlite, &text);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for pair in found.windows(2) {
        let [token, next] = [pair[0], pair[1]];
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName) && next.kind == TokenKind::Dot;
        if is_name && unquoted_name(&text, token).eq_ignore_ascii_case(name) {
            result.push_str(&text[done..token.start]);
            result.push_str(&new);
            done = token.end;
        }
    }
    result.push_str(&text[done..]);
    result
}

fn free(now: &SqliteSnapshot, name: &str) -> String {
    let mut free = format!("{name}_new");
    while now.is_taken(&free) {
        free.push('_');
    }
    free
}

/// Views first: the triggers on a view go with it, as those on the table do.
fn dropped(pair: &Pair<'_>, now: &SqliteSnapshot, around: Around) -> Vec<OwnStatement> {
    let mut names = vec![pair.now.name.to_ascii_lowercase()];
    let mut views = Vec::new();
    loop {
        let before = names.len();
        for view in now.others.iter().filter(|other| other.kind == Kind::View) {
            let name = view.name.to_ascii_lowercase();
            if !names.contains(&name) && (around == Around::All || mentions(&view.sql, &names)) {
                names.push(name);
                views.push(view);
            }
        }
        if names.len() == before {
            break;
        }
    }
    let is_gone_already = |table: &str| names.contains(&table.to_ascii_lowercase());
    let triggers = now.others.iter().filter(|other| {
        other.kind == Kind::Trigger
            && !is_gone_already(&other.table)
            && (around == Around::All || mentions(&other.sql, &names))
    });
    views.into_iter().rev().chain(triggers).map(drops::drop).collect()
}

fn mentions(sql: &str, names: &[String]) -> bool {
    let is_name = |kind| matches!(kind, TokenKind::Word | TokenKind::QuotedName | TokenKind::Literal);
    tokens(Dialect::Sqlite, sql).into_iter().filter(|token| is_name(token.kind)).any(|token| {
        let text = canonical(sql, token);
        let text = text.trim_matches(['"', '\'']);
        names.iter().any(|name| name.eq_ignore_ascii_case(text))
    })
}

/// Moves the rows. Columns that are new to them take their defaults, or a value that the constraints let pass.
fn copy(pair: &Pair<'_>, before: &SqliteSnapshot, new: &str) -> Option<OwnStatement> {
    let (from, to) = (&pair.now.table, &pair.before.table);
    let mut targets = Vec::new();
    let mut values = Vec::new();
    if let Some(rowid) = rowid(from, to) {
        targets.push(rowid.to_owned());
        values.push(rowid.to_owned());
    }
    for (column, place) in to.columns.iter().zip(pair.columns()) {
        if column.is_generated() {
            continue;
        }
        let value = match place {
            Some(place) => PlainName(&from.columns[place].name).to_string(),
            None if column.is_not_null() && column.default_value().is_none() => {
                let is_indexed = is_in_unique_index(before, &pair.before.name, &column.name);
                placeholder::expression(to, column, is_indexed, number(from).as_deref())
            }
            None => continue,
        };
        targets.push(PlainName(&column.name).to_string());
        values.push(value);
    }
    let table = PlainName(&pair.now.name);
    // Without a column in common there is nothing to move.
    (!targets.is_empty()).then(|| {
        let (new, targets, values) = (PlainName(new), targets.join(", "), values.join(", "));
        OwnStatement::new(OwnKind::Rows, format!("INSERT INTO {new} ({targets})\n    SELECT {values} FROM {table}"))
    })
}

/// Whether a unique index of a table has to do with a column.
fn is_in_unique_index(before: &SqliteSnapshot, table: &str, column: &str) -> bool {
    let indexes =
        before.others.iter().filter(|other| other.kind == Kind::Index && other.table.eq_ignore_ascii_case(table));
    let mut unique = indexes.filter_map(|index| IndexText::read(Dialect::Sqlite, &index.sql).parts);
    unique.any(|index| index.is_unique && index.keys.iter().any(|key| mentions(&key.text, &[column.to_owned()])))
}

/// What is another number for each row of a table.
fn number(table: &CreateTable) -> Option<String> {
    let alias = table.rowid_alias().map(|column| PlainName(&column.name).to_string());
    alias.or_else(|| rowid(table, table).map(str::to_owned))
}

/// The name by which both tables have their rowid, where no column is its alias.
fn rowid(from: &CreateTable, to: &CreateTable) -> Option<&'static str> {
    let is_hidden = |table: &CreateTable| !table.is_without_rowid() && table.rowid_alias().is_none();
    let names = ["rowid", "_rowid_", "oid"];
    let free = names.into_iter().find(|name| from.column(name).is_none() && to.column(name).is_none());
    free.filter(|_| is_hidden(from) && is_hidden(to))
}

/// Keys of rows that were deleted are not given again.
fn keep_mark(name: &str, new: &str) -> [OwnStatement; 2] {
    let (name, new) = (name::text(name), name::text(new));
    [
        format!("DELETE FROM sqlite_sequence WHERE name = {new}"),
        format!(
            "INSERT INTO sqlite_sequence (name, seq)\n    SELECT {new}, seq FROM sqlite_sequence WHERE name = {name}"
        ),
    ]
    // No user's row is in it.
    .map(|text| OwnStatement::new(OwnKind::Rows, text))
}
