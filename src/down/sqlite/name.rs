//! Names as a person writes them.

use std::fmt;

use crate::sql::Ident;

/// <https://www.sqlite.org/lang_keywords.html>, in order.
const KEYWORDS: &str = " abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade \
case cast check collate column commit conflict constraint create cross current current_date current_time current_timestamp database \
default deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists explain fail \
filter first following for foreign from full generated glob group groups having if ignore immediate in index indexed initially \
inner insert instead intersect into is isnull join key last left like limit match materialized natural no not nothing notnull null \
nulls of offset on or order others outer over partition plan pragma preceding primary query raise range recursive references regexp \
reindex release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to \
transaction trigger unbounded union unique update using vacuum values view virtual when where window with within without ";

/// A name, quoted only where it must be.
pub(super) struct PlainName<'a>(pub(super) &'a str);

impl fmt::Display for PlainName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain(self.0) { f.write_str(self.0) } else { Ident(self.0).fmt(f) }
    }
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !KEYWORDS.contains(&format!(" {} ", name.to_ascii_lowercase()))
}

/// Names with commas between them.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| PlainName(name).to_string()).collect::<Vec<_>>().join(", ")
}

/// A text as a literal. SQLite has no escapes but the doubled quote; what follows a NUL would be cut off.
pub(super) fn text(value: &str) -> String {
    if value.contains('\0') {
        return format!("CAST({} AS TEXT)", blob(value.as_bytes()));
    }
    format!("'{}'", value.replace('\'', "''"))
}

/// Bytes as a literal.
pub(super) fn blob(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2 + 3);
    text.push_str("X'");
    for byte in bytes {
        text.push_str(&format!("{byte:02X}"));
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_must_be_is_quoted() {
        for (name, shown) in
            [("orders", "orders"), ("order", "\"order\""), ("a b", "\"a b\""), ("é", "\"é\""), ("1a", "\"1a\"")]
        {
            assert_eq!(PlainName(name).to_string(), shown);
        }
        assert_eq!(text("it's"), "'it''s'");
    }
}
