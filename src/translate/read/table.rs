//! A CREATE TABLE.

use super::comments::{Comments, Owner};
use super::constraint::{self, ConstraintKind, ConstraintText};
use super::cursor::{StatementCursor, parts};
use crate::sql::{Token, TokenKind};

/// A CREATE TABLE, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableText {
    pub(crate) name: String,
    pub(crate) is_quoted: bool,
    pub(crate) columns: Vec<ColumnText>,
    pub(crate) constraints: Vec<ConstraintText>,
    /// The comments that stand before the first column, or behind the last one.
    pub(crate) comments: Vec<String>,
    /// What could not be read.
    pub(crate) unread: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnText {
    pub(crate) name: String,
    pub(crate) is_quoted: bool,
    /// The type, as it was written.
    pub(crate) datatype: String,
    pub(crate) constraints: Vec<ConstraintText>,
    pub(crate) comments: Vec<String>,
}

impl ColumnText {
    /// A collation other than BINARY, which it has unless another is named.
    pub(crate) fn collation(&self) -> Option<&str> {
        let collation = self.constraints.iter().rev().find_map(|constraint| match &constraint.kind {
            ConstraintKind::Collate { collation } => Some(collation.as_str()),
            _ => None,
        });
        collation.filter(|collation| !collation.eq_ignore_ascii_case("binary"))
    }
}

impl TableText {
    /// Reads what `sqlite_schema` has.
    pub(crate) fn parse(sql: &str) -> Option<Self> {
        let mut cursor = StatementCursor::new(sql);
        cursor.at = 2;
        let written = cursor.written_name()?;
        let open = cursor.at;
        let group = cursor.group()?;
        let items = parts(&group);
        let mut table = Self {
            name: written.name,
            is_quoted: written.is_quoted,
            columns: Vec::new(),
            constraints: Vec::new(),
            comments: Vec::new(),
            unread: Vec::new(),
        };
        let comments = Comments::read(sql, &cursor.all[..=open], &items);
        for (at, item) in items.iter().enumerate() {
            let mut item = StatementCursor::over(sql, item);
            if is_constraint(&item) {
                table.comments.extend(comments.of(Owner::Item(at)));
                // Commas between constraints may be left out.
                while !item.is_at_end() {
                    let Some(constraint) = constraint::next(&mut item, None) else {
                        table.unread.push(item.text_of(&item.all).to_owned());
                        break;
                    };
                    table.constraints.push(constraint);
                }
            } else if let Some(mut column) = column(&mut item, &mut table.unread) {
                column.comments = comments.of(Owner::Item(at));
                table.columns.push(column);
            }
        }
        table.comments.extend(comments.of(Owner::Table));
        Some(table)
    }
}

fn is_constraint(item: &StatementCursor<'_>) -> bool {
    ["constraint", "primary", "unique", "check", "foreign"].iter().any(|word| item.is_word(0, word))
}

fn column(item: &mut StatementCursor<'_>, unread: &mut Vec<String>) -> Option<ColumnText> {
    let written = item.written_name()?;
    let from = item.at;
    while !item.is_at_end() && !constraint::starts(item) {
        item.skip();
    }
    let datatype = joined(item, &item.all[from..item.at]);
    let mut constraints = Vec::new();
    while !item.is_at_end() {
        let Some(constraint) = constraint::next(item, Some(&written.name)) else {
            unread.push(item.text_of(&item.all).to_owned());
            break;
        };
        constraints.push(constraint);
    }
    Some(ColumnText { name: written.name, is_quoted: written.is_quoted, datatype, constraints, comments: Vec::new() })
}

/// Without comments between its words.
fn joined(item: &StatementCursor<'_>, part: &[Token]) -> String {
    let mut text = String::new();
    for (at, token) in part.iter().enumerate() {
        let glued = matches!(token.kind, TokenKind::Open | TokenKind::Close | TokenKind::Comma)
            || at > 0 && matches!(part[at - 1].kind, TokenKind::Open | TokenKind::Comma);
        if at > 0 && !glued {
            text.push(' ');
        }
        text.push_str(item.slice(*token));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_clause_by_clause() {
        let table = TableText::parse(
            "CREATE TABLE \"Orders\" ( -- of the shop\n  id INTEGER PRIMARY KEY DESC AUTOINCREMENT, -- the number\n  \
             /* who */ [by] VARCHAR ( 10 , 2 ) COLLATE NOCASE NOT NULL ON CONFLICT REPLACE DEFAULT -1.5 \
             CONSTRAINT ok CHECK (length(by) > 1) REFERENCES p(a) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,\n\
             c AS (id + 1) STORED, UNIQUE (id, c DESC) ON CONFLICT IGNORE CHECK (id > 0)\n-- end\n) STRICT",
        )
        .unwrap();
        assert_eq!((table.name.as_str(), table.is_quoted), ("Orders", true));
        assert_eq!(table.comments, ["of the shop", "end"]);
        let by = &table.columns[1];
        assert_eq!((by.datatype.as_str(), by.collation()), ("VARCHAR(10,2)", Some("NOCASE")));
        assert_eq!(
            (&table.columns[0].comments[..], &by.comments[..]),
            (&["the number".to_owned()][..], &["who".to_owned()][..])
        );
        let kinds: Vec<_> = by.constraints.iter().map(|constraint| &constraint.kind).collect();
        assert_eq!(kinds[1], &ConstraintKind::NotNull { conflict: Some("REPLACE".to_owned()) });
        assert_eq!(kinds[3], &ConstraintKind::Check { expression: "length(by) > 1".to_owned() });
        assert_eq!(by.constraints[3].name.as_deref(), Some("ok"));
        let ConstraintKind::ForeignKey(key) = kinds[4] else { panic!("{kinds:?}") };
        assert_eq!(
            (key.parent.as_str(), &key.columns[..], &key.referenced[..]),
            ("p", &["by".to_owned()][..], &["a".to_owned()][..])
        );
        assert_eq!(
            (&key.actions[..], key.deferrable.as_deref()),
            (&["ON DELETE SET NULL".to_owned()][..], Some("DEFERRABLE INITIALLY DEFERRED"))
        );
        assert_eq!(table.constraints.len(), 2);
        assert_eq!(table.unread, Vec::<String>::new());
    }
}
