//! Which `;` ends a statement: not one in a body or, in PostgreSQL, in parentheses.

use super::Dialect;
use super::lexer::{SyntaxError, Token, TokenKind};

/// What the first words of a statement promise: only a few can have a body with semicolons in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StatementHead {
    Start,
    Explain,
    ExplainQuery,
    Create,
    CreateOr,
    CreateReplace,
    CreateTemporary,
    /// PostgreSQL: a function or procedure, which may have BEGIN ATOMIC ... END.
    Routine,
    /// SQLite: a trigger, which must have BEGIN ... END.
    Trigger,
    Plain,
}

impl StatementHead {
    fn followed_by(self, dialect: Dialect, word: &str) -> Self {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        match (dialect, self) {
            (_, Self::Start | Self::Explain) if is("create") => Self::Create,
            (Dialect::Postgres, Self::Create) if is("or") => Self::CreateOr,
            (Dialect::Postgres, Self::CreateOr) if is("replace") => Self::CreateReplace,
            (Dialect::Postgres, Self::Create | Self::CreateReplace) if is("function") || is("procedure") => {
                Self::Routine
            }
            (Dialect::Sqlite, Self::Start) if is("explain") => Self::Explain,
            (Dialect::Sqlite, Self::Explain) if is("query") => Self::ExplainQuery,
            (Dialect::Sqlite, Self::ExplainQuery) if is("plan") => Self::Start,
            (Dialect::Sqlite, Self::Create) if is("temp") || is("temporary") => Self::CreateTemporary,
            (Dialect::Sqlite, Self::Create | Self::CreateTemporary) if is("trigger") => Self::Trigger,
            _ => Self::Plain,
        }
    }
}

/// The token before the current one, as far as it decides what END means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PreviousToken {
    Semicolon,
    Begin { start: usize },
    Atomic,
    Other,
}

/// Follows the tokens of one statement.
#[derive(Debug)]
pub(super) struct Nesting {
    dialect: Dialect,
    /// Where the statement starts.
    start: usize,
    head: StatementHead,
    before: PreviousToken,
    parentheses: usize,
    /// Where the outermost parenthesis that is open was opened.
    parenthesis: usize,
    /// Where each body that is open was opened; that of a trigger, where the statement starts.
    bodies: Vec<usize>,
}

impl Nesting {
    pub(super) fn new(dialect: Dialect, start: usize) -> Self {
        Self {
            dialect,
            start,
            head: StatementHead::Start,
            before: PreviousToken::Other,
            parentheses: 0,
            parenthesis: 0,
            bodies: Vec::new(),
        }
    }

    /// Whether a `;` ends the statement here.
    pub(super) fn is_closed(&self) -> bool {
        self.parentheses == 0 && self.bodies.is_empty()
    }

    /// What is wrong where the text ends here.
    pub(super) fn unclosed(&self) -> Option<SyntaxError> {
        let body = self.bodies.last().map(|&start| match self.head {
            StatementHead::Trigger => SyntaxError::new(start, "the body of this trigger is never closed")
                .with_hint("a trigger's body is BEGIN, statements that each end in `;`, and `END;`"),
            _ => SyntaxError::new(start, "this BEGIN ATOMIC is never closed")
                .with_hint("close the body with `END;` after the `;` of its last statement"),
        });
        let parenthesis = (self.parentheses > 0).then_some(self.parenthesis);
        body.or_else(|| parenthesis.map(|start| SyntaxError::new(start, "this parenthesis is never closed")))
    }

    /// Takes the next token, whose text is `text`.
    pub(super) fn see(&mut self, token: Token, text: &str) {
        match (token.kind, self.head) {
            (TokenKind::Open, _) if self.dialect == Dialect::Postgres => self.open(token.start),
            (TokenKind::Close, _) => self.parentheses = self.parentheses.saturating_sub(1),
            (TokenKind::Word, StatementHead::Routine) => return self.routine_word(token.start, text),
            (TokenKind::Word, StatementHead::Trigger) => return self.trigger_word(text),
            (TokenKind::Word, StatementHead::Plain) => {}
            (TokenKind::Word, _) => self.head_word(text),
            (_, StatementHead::Routine | StatementHead::Trigger) => {}
            _ => self.head = StatementHead::Plain,
        }
        self.before = if token.kind == TokenKind::Semicolon { PreviousToken::Semicolon } else { PreviousToken::Other };
    }

    /// In SQLite a `;` ends a statement in spite of parentheses, so there they are not counted.
    fn open(&mut self, start: usize) {
        if self.parentheses == 0 {
            self.parenthesis = start;
        }
        self.parentheses += 1;
    }

    fn head_word(&mut self, word: &str) {
        self.head = self.head.followed_by(self.dialect, word);
        if self.head == StatementHead::Trigger {
            self.bodies.push(self.start);
        }
    }

    /// END closes where a statement could begin: elsewhere it belongs to a CASE, or is a label as in `SELECT 1 end`.
    fn routine_word(&mut self, start: usize, word: &str) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        self.before = match self.before {
            _ if is("begin") => PreviousToken::Begin { start },
            PreviousToken::Begin { start } if is("atomic") => {
                self.bodies.push(start);
                PreviousToken::Atomic
            }
            PreviousToken::Semicolon | PreviousToken::Atomic if is("end") => {
                self.bodies.pop();
                PreviousToken::Other
            }
            _ => PreviousToken::Other,
        };
    }

    /// No `;` can stand before the body, so that an END after a `;` closes it, whichever BEGIN opened it: the table,
    /// the trigger and columns may be called `begin` and `end` too. Not an END after a BEGIN: a body has a statement, so that this BEGIN
    /// is a name, as in `ELSE new.begin END`.
    fn trigger_word(&mut self, word: &str) {
        if self.before == PreviousToken::Semicolon && word.eq_ignore_ascii_case("end") {
            self.bodies.pop();
        }
        self.before = PreviousToken::Other;
    }
}
