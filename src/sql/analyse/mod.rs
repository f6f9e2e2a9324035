//! How a script must be run, found in one pass over it.

use std::ops::Range;

use super::effect::{may_break, may_find};
use super::enum_values::EnumValues;
use super::split::{Statement, statements, statements_within};
use super::{Control, Dialect, Shapes, StatementKind, SyntaxError};

/// How a script must be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Running {
    /// In one transaction, with its record.
    Transaction,
    /// Statement by statement, each in a transaction of its own or in none.
    Statements {
        /// The first statement that cannot share a transaction with the rest, counted from 0.
        because: usize,
    },
}

/// A script that brings its own BEGIN and COMMIT. The runner's take their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrapped {
    /// The bytes of the script between BEGIN and COMMIT; all of it, where these stand in its midst.
    pub(crate) inside: Range<usize>,
}

/// What a script is as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Analysis {
    dialect: Dialect,
    /// How many statements are to be run: those that [`Analysis::statements_of`] yields.
    pub(crate) statements: usize,
    pub(crate) running: Running,
    pub(crate) wrapped: Option<Wrapped>,
    /// PostgreSQL: how many statements cannot share a message with those that follow: COPY ... FROM STDIN, whose rows
    /// are sent apart, and SET of how strings are read. With none, the text can be sent as it is.
    pub(crate) cuts: usize,
    /// SQLite: what foreign keys must be guarded against, wrapper included.
    pub(crate) shapes: Shapes,
    /// Whether a statement may find, replace or drop something that was there before the script.
    pub(crate) finds: bool,
    /// Whether a function, a view or a trigger may not compile after it.
    pub(crate) breaks: bool,
}

impl Analysis {
    /// The statements to run, in order, out of the script that was analysed; of a wrapped one, those inside.
    pub(crate) fn statements_of<'a>(
        &self,
        script: &'a str,
    ) -> impl Iterator<Item = Result<Statement<'a>, SyntaxError>> + use<'a> {
        let is_run = |statement: &Statement<'_>| !matches!(statement.kind, StatementKind::Transaction(_));
        statements_within(self.dialect, script, self.span(script))
            .filter(move |found| found.as_ref().map_or(true, is_run))
    }

    /// One of the statements to run, by its number from 0.
    pub(crate) fn statement<'a>(&self, script: &'a str, number: usize) -> Option<Statement<'a>> {
        self.statements_of(script).flatten().nth(number)
    }

    /// The bytes of the script that hold the statements to run.
    pub(crate) fn span(&self, script: &str) -> Range<usize> {
        self.wrapped.as_ref().map_or(0..script.len(), |wrapped| wrapped.inside.clone())
    }
}

/// Why a script cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AnalysisError {
    /// The text ends too early, or is not SQL.
    Syntax(SyntaxError),
    /// A statement begins or ends a transaction, which would part the step from its record.
    TransactionControl {
        /// The bytes of the script that the statement is.
        span: Range<usize>,
        /// The statement.
        text: String,
        /// The statement that cannot run in the same transaction as the rest, where there is one: then the script may
        /// not be wrapped either.
        outside: Option<Range<usize>>,
    },
}

impl From<SyntaxError> for AnalysisError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

/// Reads a script once, without keeping its statements.
pub(crate) fn analyse(dialect: Dialect, script: &str) -> Result<Analysis, AnalysisError> {
    let mut reader = ScriptReader::of(dialect);
    for statement in statements(dialect, script) {
        reader.see(&statement?);
    }
    reader.finish(script)
}

/// How far a script has turned out to be wrapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Wrapper {
    /// Nothing yet but what may stand before BEGIN.
    #[default]
    Undecided,
    Begun {
        begin: Range<usize>,
        inside: usize,
    },
    Committed {
        begin: Range<usize>,
        commit: Range<usize>,
        inside: Range<usize>,
        /// By something that is left out, since it stands outside the wrapper.
        is_followed: bool,
    },
    /// SQLite: it has left the transaction that its runner began.
    Left {
        first: Range<usize>,
    },
    /// It has begun the one that its runner will commit.
    Back {
        first: Range<usize>,
    },
    /// PostgreSQL: it has transactions of its own among other statements.
    Among {
        first: Range<usize>,
        is_open: bool,
    },
    None,
}

#[derive(Debug)]
struct ScriptReader<'a> {
    dialect: Dialect,
    statements: usize,
    cuts: usize,
    wrapper: Wrapper,
    /// The first statement that controls a transaction and is no wrapper.
    stray: Option<Range<usize>>,
    /// The first statement that must run outside, by number and place.
    outside: Option<(usize, Range<usize>)>,
    enum_values: EnumValues<'a>,
    shapes: Shapes,
    finds: bool,
    breaks: bool,
}

impl<'a> ScriptReader<'a> {
    fn of(dialect: Dialect) -> Self {
        Self {
            dialect,
            statements: 0,
            cuts: 0,
            wrapper: Wrapper::default(),
            stray: None,
            outside: None,
            enum_values: EnumValues::default(),
            shapes: Shapes::default(),
            finds: false,
            breaks: false,
        }
    }

    fn see(&mut self, statement: &Statement<'a>) {
        self.shapes.see(statement);
        if let StatementKind::Transaction(control) = statement.kind {
            return self.control(control, statement);
        }
        if !may_surround(&statement.kind) {
            self.decide();
        } else if let Wrapper::Committed { is_followed, .. } = &mut self.wrapper {
            *is_followed = true;
            return;
        }
        match statement.kind {
            StatementKind::Outside(_) => self.runs_outside(self.statements, statement.span()),
            StatementKind::CopyIn | StatementKind::SetStrings { .. } => self.cuts += 1,
            _ => {}
        }
        if let Some(added) = self.enum_values.see(self.statements, statement) {
            self.runs_outside(added, statement.span());
        }
        self.finds = self.finds || may_find(self.dialect, statement);
        self.breaks = self.breaks || may_break(self.dialect, statement);
        self.statements += 1;
    }

    fn control(&mut self, control: Control, statement: &Statement<'_>) {
        self.wrapper = match (control, std::mem::take(&mut self.wrapper)) {
            (Control::Begin, Wrapper::Undecided) => {
                // What stood before it is part of the wrapper.
                self.statements = 0;
                Wrapper::Begun { begin: statement.span(), inside: statement.end }
            }
            (Control::Commit, Wrapper::Begun { begin, inside }) => Wrapper::Committed {
                begin,
                commit: statement.span(),
                inside: inside..statement.offset,
                is_followed: false,
            },
            // Several transactions, one right after the other, become one: that is more than was asked for, not less.
            (Control::Begin, Wrapper::Committed { begin, inside, is_followed: false, .. }) => {
                Wrapper::Begun { begin, inside: inside.start }
            }
            // So do those that stand among other statements, which the runner takes together as well.
            (Control::Begin, Wrapper::None) if self.may_mix() => {
                Wrapper::Among { first: statement.span(), is_open: true }
            }
            (Control::Begin, Wrapper::Among { first, is_open: false }) => Wrapper::Among { first, is_open: true },
            (Control::Commit, Wrapper::Among { first, is_open: true }) => Wrapper::Among { first, is_open: false },
            (_, Wrapper::Committed { commit, .. }) => {
                self.stray.get_or_insert(commit);
                Wrapper::None
            }
            // For a runner with a transaction of its own, this is how foreign keys are switched off: SQLite ignores that inside.
            (Control::Commit, Wrapper::Undecided | Wrapper::None) if self.may_leave() => {
                Wrapper::Left { first: statement.span() }
            }
            (Control::Begin, Wrapper::Left { first }) => Wrapper::Back { first },
            (Control::Commit, Wrapper::Back { first }) => Wrapper::Left { first },
            _ => {
                self.stray.get_or_insert(statement.span());
                Wrapper::None
            }
        };
    }

    fn may_leave(&self) -> bool {
        self.dialect == Dialect::Sqlite && self.stray.is_none()
    }

    /// On SQLite foreign keys may be switched between them.
    fn may_mix(&self) -> bool {
        self.dialect == Dialect::Postgres && self.stray.is_none()
    }

    /// A statement that belongs into the transaction has come.
    fn decide(&mut self) {
        match &self.wrapper {
            Wrapper::Undecided => self.wrapper = Wrapper::None,
            Wrapper::Committed { begin, .. } if self.may_mix() => {
                self.wrapper = Wrapper::Among { first: begin.clone(), is_open: false };
            }
            Wrapper::Committed { commit, .. } => {
                self.stray.get_or_insert(commit.clone());
                self.wrapper = Wrapper::None;
            }
            Wrapper::Begun { .. }
            | Wrapper::Left { .. }
            | Wrapper::Back { .. }
            | Wrapper::Among { .. }
            | Wrapper::None => {}
        }
    }

    fn runs_outside(&mut self, number: usize, span: Range<usize>) {
        if self.outside.as_ref().is_none_or(|(first, _)| number < *first) {
            self.outside = Some((number, span));
        }
    }

    fn finish(self, script: &str) -> Result<Analysis, AnalysisError> {
        let outside = self.outside.as_ref().map(|(_, span)| span.clone());
        let stray = match (&self.wrapper, &self.stray) {
            (_, Some(stray)) => Some(stray.clone()),
            (Wrapper::Begun { begin, .. }, None) => Some(begin.clone()),
            (Wrapper::Left { first } | Wrapper::Among { first, is_open: true }, None) => Some(first.clone()),
            (
                Wrapper::Committed { begin: first, .. } | Wrapper::Back { first } | Wrapper::Among { first, .. },
                None,
            ) if outside.is_some() => Some(first.clone()),
            _ => None,
        };
        if let Some(span) = stray {
            return Err(AnalysisError::TransactionControl { text: script[span.clone()].to_owned(), span, outside });
        }
        let wrapped = match self.wrapper {
            Wrapper::Committed { inside, .. } => Some(Wrapped { inside }),
            Wrapper::Back { .. } | Wrapper::Among { .. } => Some(Wrapped { inside: 0..script.len() }),
            _ => None,
        };
        let running = self.outside.map_or(Running::Transaction, |(because, _)| Running::Statements { because });
        let (dialect, statements, cuts, shapes) = (self.dialect, self.statements, self.cuts, self.shapes);
        let (finds, breaks) = (self.finds, self.breaks);
        Ok(Analysis { dialect, statements, running, wrapped, cuts, shapes, finds, breaks })
    }
}

/// The procedure of <https://www.sqlite.org/lang_altertable.html#otheralter> switches foreign keys off before BEGIN, and on
/// again, or checks them, after COMMIT. The runner's own guard does both.
fn may_surround(kind: &StatementKind<'_>) -> bool {
    let names = ["foreign_keys", "foreign_key_check", "defer_foreign_keys"];
    matches!(kind, StatementKind::Pragma(pragma) if names.iter().any(|name| pragma.is(name)))
}

#[cfg(test)]
mod tests;
