//! Indexes.

use super::Untranslated;
use super::draft::DraftTable;
use super::expression::{Scope, ScopeColumn, Use, parse};
use super::keys::is_referred_to;
use super::model::{TranslatedIndex, Translation};
use super::names::sql_name;
use super::read::{IndexStatement, KeyPart};

/// The longest entry of an index of PostgreSQL, in bytes, of three for a page (PostgreSQL 15, 67.4.1 "B-Tree").
const LONGEST_ENTRY: usize = 2704;

pub(super) fn translate(tables: &[DraftTable<'_>], index: &IndexStatement, name: &str, translation: &mut Translation) {
    let Some(table) = tables.iter().find(|table| table.entry.name.eq_ignore_ascii_case(&index.table)) else { return };
    let subject = format!("index {}", index.name);
    for part in &index.parts {
        if let Some(why) = collated(table, part) {
            translation.leave(subject.clone(), "COLLATE", why, &part.text);
        }
    }
    if let Some(column) = index.parts.iter().find_map(|part| longest(table, part)) {
        let why = Untranslated::new(format!(
            "it has a text that may be longer than the {LONGEST_ENTRY} bytes that an index keeps"
        ));
        translation.leave(subject.clone(), "index", why, &column);
    }
    match definition(table, index, name, &translation.schema) {
        Ok(sql) => {
            let is_for_key = is_referred_to(tables, table, index);
            translation.indexes.push(TranslatedIndex { sql, is_for_key });
        }
        Err(why) => translation.leave(subject, "index", why, &shown(index)),
    }
}

fn shown(index: &IndexStatement) -> String {
    let parts: Vec<&str> = index.parts.iter().map(|part| part.text.as_str()).collect();
    let condition = index.condition.as_ref().map_or_else(String::new, |condition| format!(" WHERE {condition}"));
    format!("ON {} ({}){condition}", index.table, parts.join(", "))
}

fn definition(
    table: &DraftTable<'_>,
    index: &IndexStatement,
    name: &str,
    schema: &str,
) -> Result<String, Untranslated> {
    let scope = table.scope();
    let parts = index.parts.iter().map(|part| self::part(table, &scope, part)).collect::<Result<Vec<_>, _>>()?;
    let unique = if index.is_unique { "UNIQUE " } else { "" };
    let on = Translation::qualified(schema, &table.name);
    let mut sql = format!("CREATE {unique}INDEX {} ON {on} ({})", sql_name(name), parts.join(", "));
    if let Some(condition) = &index.condition {
        let condition = Scope { columns: &scope, use_: Use::Condition }.condition(&parse(condition)?)?;
        sql.push_str(&format!(" WHERE {}", condition.sql));
    }
    Ok(sql)
}

fn part(table: &DraftTable<'_>, scope: &[ScopeColumn], part: &KeyPart) -> Result<String, Untranslated> {
    let descending = if part.is_descending { " DESC" } else { "" };
    let named = part.column.as_deref().and_then(|column| table.column(column));
    if let Some(at) = named {
        return Ok(format!("{}{descending}", scope[at].sql));
    }
    let written = Scope { columns: scope, use_: Use::Value }.value(&parse(&part.text)?)?;
    Ok(format!("({}){descending}", written.sql))
}

/// A collation that makes texts the same which PostgreSQL keeps apart.
fn collated(table: &DraftTable<'_>, part: &KeyPart) -> Option<Untranslated> {
    let of_column = || {
        let column = &table.columns[table.column(part.column.as_deref()?)?];
        column.text.collation().map(str::to_owned)
    };
    let collation = part.collation.clone().or_else(of_column)?;
    let is_other = !collation.eq_ignore_ascii_case("binary");
    is_other
        .then(|| Untranslated::new(format!("COLLATE {collation}: the index keeps apart what this takes for the same")))
}

fn longest(table: &DraftTable<'_>, part: &KeyPart) -> Option<String> {
    let column = &table.columns[table.column(part.column.as_deref()?)?];
    let longest = column.profile?.longest;
    (longest > LONGEST_ENTRY).then(|| format!("{}: {longest} bytes", column.text.name))
}
