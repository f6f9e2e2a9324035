use std::borrow::Cow;
use std::ops::Range;

use super::{Directives, Script, TransactionDirective};
use crate::config::mask_sql;
use crate::error::{Code, Error, Place, Result};
use crate::sql::{self, Analysis, AnalysisError, Dialect, Running, Statement, StatementKind, SyntaxError};

impl Script {
    /// The place of these bytes of the text.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        Place::new(self.path(), self.text(), span).with_shown_line(mask_sql)
    }

    /// All that must hold for the script before any of it runs: for a run, `check` and a build alike.
    ///
    /// # Errors
    /// [`Code::Directive`] and those of [`Script::analyse`].
    pub(crate) fn read_whole(&self, dialect: Dialect) -> Result<(&Directives, Analysis)> {
        let directives = self.directives()?;
        let analysis = self.analyse(dialect, directives.transaction)?;
        Ok((directives, analysis))
    }

    /// Reads the script to its end: how many statements it has, and how they must be run.
    ///
    /// # Errors
    /// [`Code::Syntax`] where the text ends too early; [`Code::TransactionControl`] where it begins or ends a
    /// transaction itself; [`Code::Directive`] where it must be in a transaction but cannot.
    pub(crate) fn analyse(&self, dialect: Dialect, transaction: TransactionDirective) -> Result<Analysis> {
        let mut analysis = self.analysis(dialect)?.into_owned();
        match (transaction, analysis.running) {
            (TransactionDirective::None, _) if analysis.wrapped.is_some() => {
                return Err(self.wrapped_without_transaction(dialect));
            }
            (TransactionDirective::None, _) => analysis.running = Running::Statements { because: 0 },
            (TransactionDirective::Required, Running::Statements { because }) => {
                return Err(self.not_transactional(&analysis, because));
            }
            (TransactionDirective::Auto | TransactionDirective::Required, _) => {}
        }
        Ok(analysis)
    }

    /// Whether a statement may find, replace or drop something that was there before. A script that cannot be read may.
    pub(crate) fn may_find(&self, dialect: Dialect) -> bool {
        self.analysis(dialect).map_or(true, |analysis| analysis.finds)
    }

    fn analysis(&self, dialect: Dialect) -> Result<Cow<'_, Analysis>> {
        let read = || sql::analyse(dialect, self.text()).map_err(|error| self.explain(error));
        match self.analysis.get_or_try(|| read().map(|analysis| (dialect, analysis)))? {
            (known, analysis) if *known == dialect => Ok(Cow::Borrowed(analysis)),
            _ => read().map(Cow::Owned),
        }
    }

    /// The statements that are run, with their places.
    ///
    /// # Errors
    /// As [`Script::analyse`].
    pub(crate) fn statements(&self, dialect: Dialect) -> Result<Vec<Statement<'_>>> {
        let analysis = self.analysis(dialect)?;
        analysis.statements_of(self.text()).collect::<Result<_, _>>().map_err(|error| self.syntax(error))
    }

    fn explain(&self, error: AnalysisError) -> Error {
        match error {
            AnalysisError::Syntax(error) => self.syntax(error),
            AnalysisError::TransactionControl { span, text, outside } => {
                self.transaction_control(span, &text, outside.as_ref())
            }
        }
    }

    fn syntax(&self, error: SyntaxError) -> Error {
        let built = Error::new(Code::Syntax, error.message)
            .with_place(self.place(error.offset..error.offset + 1))
            .with_state("nothing was changed");
        match error.hint {
            Some(hint) => built.with_hint(hint),
            None => built,
        }
    }

    fn transaction_control(&self, span: Range<usize>, text: &str, outside: Option<&Range<usize>>) -> Error {
        let word = text.split_whitespace().next().unwrap_or_default().to_uppercase();
        let error = Error::new(Code::TransactionControl, format!("{word} cannot stand in a migration"))
            .with_place(self.place(span))
            .with_cause("it would part the step from its record, which are committed together")
            .with_state("nothing was changed");
        match outside {
            Some(_) => error.with_hint(format!(
                "leave {word} away: the file has a statement that cannot be in a transaction, so each has its own"
            )),
            None => error
                .with_hint(format!("leave {word} away: every migration is run in a transaction of its own"))
                .with_hint("or wrap the whole file in one BEGIN ... COMMIT, which is taken for just that"),
        }
    }

    fn wrapped_without_transaction(&self, dialect: Dialect) -> Error {
        let begin = sql::statements(dialect, self.text())
            .flatten()
            .find(|statement| matches!(statement.kind, StatementKind::Transaction(_)))
            .map_or(0..0, |statement| statement.span());
        Error::new(Code::TransactionControl, "the file asks for no transaction, and begins one")
            .with_place(self.place(begin))
            .with_state("nothing was changed")
            .with_hint("leave BEGIN and COMMIT away: each statement is then committed by itself")
            .with_hint("or leave the directive `transaction = none` away: then all are committed together")
    }

    fn not_transactional(&self, analysis: &Analysis, because: usize) -> Error {
        let statement = analysis.statement(self.text(), because);
        let error =
            Error::new(Code::Directive, "the file asks for a transaction, but has a statement that cannot be in one")
                .with_state("nothing was changed")
                .with_hint("move the statement to a migration of its own, or leave the directive `transaction` away");
        match statement {
            Some(statement) => error.with_place(self.place(statement.span())),
            None => error,
        }
    }
}
