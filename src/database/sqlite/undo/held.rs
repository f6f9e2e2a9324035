//! What a table or a column that a down drops holds beyond what the up itself has left in it.

use rusqlite::Connection;

use super::facts::TableFacts;
use super::images::is_same;
use crate::database::Amount;
use crate::database::sqlite::session::number;
use crate::sql::{Besides, DataHolder, Ident};

/// How many rows or values are not as the up left them. All of them count where that cannot be told.
pub(in crate::database::sqlite) fn beyond(
    connection: &Connection,
    holder: &DataHolder<'_>,
    besides: &[Besides],
) -> rusqlite::Result<Option<Amount>> {
    let Ok(facts) = TableFacts::read(connection, holder.table)? else { return Ok(None) };
    let left: Vec<String> = besides.iter().filter_map(|besides| is_left(holder, &facts, besides)).collect();
    if left.is_empty() {
        return Ok(None);
    }
    let counted = holder.column.map_or("*".to_owned(), |column| format!("t.{}", Ident(column)));
    let sql = format!("SELECT count({counted}) FROM {} AS t WHERE NOT ({})", holder.table, left.join(" OR "));
    number(connection, &sql).map(|count| Some(Amount::Of(count)))
}

/// The condition that a row `t` is as the up left it; none where that cannot be told.
fn is_left(holder: &DataHolder<'_>, facts: &TableFacts, besides: &Besides) -> Option<String> {
    let compared: Vec<&(usize, String)> = match holder.column {
        Some(column) => besides.columns.iter().filter(|(_, name)| name.eq_ignore_ascii_case(column)).collect(),
        None => besides.columns.iter().collect(),
    };
    let is_there = |name: &str| facts.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    if compared.is_empty() || !compared.iter().all(|(_, name)| is_there(name)) || facts.key.len() != besides.keys {
        return None;
    }
    // A row may have got the number of another one.
    let place = |name: &str| besides.columns.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
    let declared = besides.key.iter().map(|name| Some(format!("t.{} = i.a{}", Ident(name), place(name)?.0)));
    let declared =
        declared.collect::<Option<Vec<String>>>().filter(|keys| !keys.is_empty() && !facts.declared.is_empty());
    let keys = declared
        .unwrap_or_else(|| facts.key.iter().enumerate().map(|(at, key)| format!("i.k{at} = t.{}", key.sql)).collect());
    let same = compared.iter().map(|(at, name)| is_same(&format!("i.a{at}"), &format!("t.{}", Ident(name))));
    let conditions: Vec<String> = keys.into_iter().chain(same).collect();
    Some(format!(
        "EXISTS (SELECT 1 FROM main.{} AS i WHERE i.a = 1 AND {})",
        Ident(&besides.images),
        conditions.join(" AND ")
    ))
}
