//! Cutting a script into its statements, without a copy, in one pass.

use std::ops::Range;

use super::classify::classify;
use super::cursor::Cursor;
use super::lexer::{Lexer, Strings, SyntaxError, Token, TokenKind};
use super::nesting::Nesting;
use super::{Dialect, StatementKind, Verb, psql};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    /// From the first token to the last, without the `;`. It neither begins nor ends with a comment, so that nothing
    /// which is put behind it can become part of one.
    pub(crate) text: &'a str,
    /// The byte offset of `text` in the script.
    pub(crate) offset: usize,
    /// The byte offset after the `;` and the rows of a COPY.
    pub(crate) end: usize,
    /// PostgreSQL: the rows below a `COPY ... FROM STDIN`, without the line `\.` that ends them.
    pub(crate) copy_data: Option<&'a str>,
    pub(crate) kind: StatementKind<'a>,
    pub(crate) verb: Verb,
    /// How strings in `text` are read.
    pub(super) strings: Strings,
}

impl Statement<'_> {
    /// The bytes of the script that `text` is.
    pub(crate) fn span(&self) -> Range<usize> {
        self.offset..self.offset + self.text.len()
    }
}

/// The statements of a script, in order. After an error there are no more.
#[derive(Debug)]
pub(crate) struct Statements<'a> {
    lexer: Lexer<'a>,
    state: CutState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CutState {
    Reading,
    Failed,
}

/// The statements of a script; a BOM must be off. Empty ones are left out.
///
/// For PostgreSQL, strings are read as with `standard_conforming_strings = on` until a SET in the script says otherwise, so
/// the session must start with that.
pub(crate) fn statements(dialect: Dialect, script: &str) -> Statements<'_> {
    statements_within(dialect, script, 0..script.len())
}

/// The statements of a part of a script that begins and ends between statements. Offsets are those in the script.
pub(super) fn statements_within(dialect: Dialect, script: &str, part: Range<usize>) -> Statements<'_> {
    let mut lexer = Lexer::new(dialect, Strings::Standard, &script[..part.end]);
    lexer.seek(part.start);
    Statements { lexer, state: CutState::Reading }
}

impl<'a> Iterator for Statements<'a> {
    type Item = Result<Statement<'a>, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == CutState::Failed {
            return None;
        }
        let statement = self.statement();
        if statement.is_err() {
            self.state = CutState::Failed;
        }
        statement.transpose()
    }
}

impl std::iter::FusedIterator for Statements<'_> {}

impl<'a> Statements<'a> {
    fn statement(&mut self) -> Result<Option<Statement<'a>>, SyntaxError> {
        let Some(first) = self.first_token()? else { return Ok(None) };
        let (last, end) = self.rest(first)?;
        let script = self.lexer.text();
        let text = &script[first.start..last.end];
        let strings = self.lexer.strings;
        let kind = classify(self.lexer.dialect, strings, text);
        let verb = Verb::of(Cursor::new(self.lexer.dialect, strings, text));
        let mut statement = Statement { text, offset: first.start, end, copy_data: None, kind, verb, strings };
        match statement.kind {
            StatementKind::CopyIn => {
                let data = psql::copy_data(script, first.start, end)?;
                statement.copy_data = Some(&script[data.rows]);
                statement.end = data.end;
                self.lexer.seek(data.end);
            }
            StatementKind::SetStrings { strings: Some(strings) } => self.lexer.strings = strings,
            _ => {}
        }
        Ok(Some(statement))
    }

    /// The first token of the next statement that is not empty.
    fn first_token(&mut self) -> Result<Option<Token>, SyntaxError> {
        let script = self.lexer.text();
        while let Some(token) = self.lexer.token()? {
            match (token.kind, self.lexer.dialect) {
                (TokenKind::Semicolon, _) => {}
                (TokenKind::Backslash, Dialect::Postgres) => self.lexer.seek(psql::skip_command(script, token.start)?),
                (TokenKind::Dot, Dialect::Sqlite) => return Err(psql::dot_error(script, token.start)),
                _ => return Ok(Some(token)),
            }
        }
        Ok(None)
    }

    /// Reads on to the end of the statement: its last token, and the offset after its `;`.
    fn rest(&mut self, first: Token) -> Result<(Token, usize), SyntaxError> {
        let script = self.lexer.text();
        let mut nesting = Nesting::new(self.lexer.dialect, first.start);
        let mut last = first;
        loop {
            nesting.see(last, &script[last.start..last.end]);
            let Some(token) = self.lexer.token()? else {
                return nesting.unclosed().map_or(Ok((last, script.len())), Err);
            };
            match token.kind {
                TokenKind::Semicolon if nesting.is_closed() => return Ok((last, token.end)),
                TokenKind::Backslash if self.lexer.dialect == Dialect::Postgres => {
                    return Err(psql::command_error(script, token.start));
                }
                _ => last = token,
            }
        }
    }
}
