//! The comments in a CREATE TABLE, and what each is about.

use crate::sql::Token;

/// What a comment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Table,
    /// The column or constraint at this place.
    Item(usize),
}

/// Each comment, one line after the other, with its owner.
pub(super) struct Comments(Vec<(Owner, String)>);

impl Comments {
    /// Reads the comments between the items of a table. `head` are the tokens up to the parenthesis that opens.
    pub(super) fn read(sql: &str, head: &[Token], items: &[&[Token]]) -> Self {
        let mut comments = Self(Vec::new());
        let mut before = head.last().map_or(0, |token| token.end);
        let mut last = Owner::Table;
        for (at, item) in items.iter().enumerate() {
            let Some(first) = item.first() else { continue };
            comments.between(&sql[before..first.start], (last, Owner::Item(at)));
            for pair in item.windows(2) {
                comments.between(&sql[pair[0].end..pair[1].start], (Owner::Item(at), Owner::Item(at)));
            }
            before = item.last().map_or(before, |token| token.end);
            last = Owner::Item(at);
        }
        let end = sql[before..].rfind(')').map_or(sql.len(), |at| before + at);
        comments.between(&sql[before..end], (last, Owner::Table));
        comments
    }

    pub(super) fn of(&self, owner: Owner) -> Vec<String> {
        self.0.iter().filter(|(known, _)| *known == owner).map(|(_, text)| text.clone()).collect()
    }

    /// What stands between two tokens: before a line's end it is about what went before, and then about what follows.
    fn between(&mut self, gap: &str, (before, after): (Owner, Owner)) {
        let mut owner = if gap.trim_start_matches([' ', '\t', ',']).starts_with('\n') { after } else { before };
        // A comment between a comma and a column on one line is the column's.
        if !gap.contains('\n') {
            owner = after;
        }
        let mut rest = gap;
        while let Some(at) = rest.find(['-', '/', '\n']) {
            let from = &rest[at..];
            if let Some(more) = from.strip_prefix('\n') {
                owner = after;
                rest = more;
            } else if let Some(line) = from.strip_prefix("--") {
                let (text, more) = line.split_at(line.find('\n').unwrap_or(line.len()));
                self.add(owner, text);
                rest = more;
            } else if let Some((text, more)) = from.strip_prefix("/*").and_then(|block| block.split_once("*/")) {
                text.lines().for_each(|line| self.add(owner, line.trim().trim_start_matches('*')));
                rest = more;
            } else {
                rest = &from[1..];
            }
        }
    }

    fn add(&mut self, owner: Owner, line: &str) {
        let line = line.trim().trim_start_matches('-').trim();
        if !line.is_empty() {
            self.0.push((owner, line.to_owned()));
        }
    }
}
