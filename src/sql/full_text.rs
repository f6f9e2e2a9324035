//! Full-text indexes of SQLite, as the text says that made them.

use super::cursor::Cursor;
use super::lexer::{Strings, TokenKind};
use super::text::unquoted;
use super::{Dialect, Name};

/// The table of whose texts a virtual table is an index, and which keeps them: where FTS4 or FTS5 names one, and nothing else of the text
/// may mean something else. None of an index with texts of its own, or with texts that are nowhere (`content = ''`).
pub(crate) fn content_table(create: &str) -> Option<String> {
    let mut cursor = Cursor::new(Dialect::Sqlite, Strings::Standard, create);
    cursor.words(&["create", "virtual", "table"]).then_some(())?;
    cursor.words(&["if", "not", "exists"]);
    let _: Name<'_> = cursor.name()?;
    cursor.word("using").then_some(())?;
    let module = cursor.part()?;
    ["fts4", "fts5"].iter().any(|known| module.eq_ignore_ascii_case(known)).then_some(())?;
    cursor.take(TokenKind::Open)?;
    let mut found = None;
    loop {
        let argument = argument(&mut cursor)?;
        match argument.content {
            Content::Unsaid => {}
            // FTS5 takes one alone, FTS4 the last.
            Content::Named(name) => found.replace(name).is_none().then_some(())?,
            Content::Unclear => return None,
        }
        if argument.is_last {
            break;
        }
    }
    found.filter(|name| !name.is_empty())
}

/// Where the texts of an index are, as one argument has it.
enum Content {
    /// The argument is about something else.
    Unsaid,
    Named(String),
    /// It is not plain to see what `content =` names.
    Unclear,
}

/// What stands between two commas.
struct Argument {
    content: Content,
    is_last: bool,
}

/// None where the text ends too early.
fn argument(cursor: &mut Cursor<'_>) -> Option<Argument> {
    let mut depth = 0_usize;
    let mut tokens: Vec<(TokenKind, String)> = Vec::new();
    let is_last = loop {
        let token = cursor.token()?;
        match token.kind {
            TokenKind::Comma if depth == 0 => break false,
            TokenKind::Close if depth == 0 => break true,
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth -= 1,
            _ => {}
        }
        tokens.push((token.kind, cursor.text(token).to_owned()));
    };
    let is_content = matches!(&tokens[..], [(TokenKind::Word, word), (_, sign), ..]
        if word.eq_ignore_ascii_case("content") && sign == "=");
    let content = match tokens.get(2..) {
        _ if !is_content => Content::Unsaid,
        Some([(TokenKind::Word | TokenKind::QuotedName | TokenKind::Literal, name)]) => {
            Content::Named(unquoted(name).into_owned())
        }
        _ => Content::Unclear,
    };
    Some(Argument { content, is_last })
}

#[cfg(test)]
mod tests {
    use super::content_table;

    #[test]
    fn the_table_of_the_texts_is_named_plainly_or_not_at_all() {
        let of = |arguments: &str| content_table(&format!("CREATE VIRTUAL TABLE f USING {arguments}"));
        for plain in [
            "fts5(a, content='t')",
            "FTS5 (a, b, content = t, content_rowid = 'id', tokenize = 'trigram')",
            "fts4(content=\"t\", a)",
            "fts5(a UNINDEXED, prefix='2 3', CONTENT=[t])",
        ] {
            assert_eq!(of(plain).as_deref(), Some("t"), "{plain}");
        }
        for other in [
            "fts5(a)",
            "fts5(a, content='')",
            "fts4(a, content=\"\")",
            "fts5(a, content=)",
            "fts5(a, content='t', content='u')",
            "fts5(a, tokenize='x content=t')",
            "fts5(content)",
            "fts5(a, content=t u)",
            "fts3(a, content='t')",
            "rtree(a, content='t')",
            "fts5(a, content='t'",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
        let text = "create virtual table if not exists main.\"f g\" using fts5 (a, content='it''s')";
        assert_eq!(content_table(text).as_deref(), Some("it's"));
    }
}
