//! SQL text: cutting a script into statements, telling what a statement is, and building SQL safely.

mod analyse;
mod assigned;
mod classify;
mod commands;
mod cursor;
mod dropping;
mod effect;
mod enum_values;
#[cfg(feature = "project")]
mod expression;
mod filling;
mod finding;
mod full_text;
mod heading;
mod kind;
mod lexer;
mod line_ends;
mod losing;
mod loss;
mod makes;
mod mention;
mod name;
mod nesting;
mod normal;
mod own;
mod position;
mod psql;
mod quote;
mod risk;
mod search_path;
mod shapes;
mod split;
#[cfg(test)]
mod tests;
mod text;
mod touch;
mod undoing;
mod verb;

pub(crate) use analyse::{Analysis, AnalysisError, Running, analyse};
pub(crate) use assigned::assigned_columns;
pub(crate) use commands::no_command;
pub(crate) use dropping::{Dropped, Dropping};
pub(crate) use effect::Effect;
#[cfg(feature = "postgres")]
pub(crate) use effect::Sets;
#[cfg(feature = "project")]
pub(crate) use expression::not_one_expression;
pub(crate) use filling::{Filling, default_expression};
pub(crate) use finding::{is_of_a_place, named};
#[cfg(feature = "sqlite")]
pub(crate) use full_text::content_table;
pub(crate) use kind::{Control, Outside, Pragma, RowStatement, Shape, StatementKind};
pub(crate) use lexer::{Strings, SyntaxError, Token, TokenKind};
pub(crate) use line_ends::with_line_feeds;
pub(crate) use losing::{Losing, Lost};
pub(crate) use loss::{DataHolder, Loss};
pub(crate) use makes::{Leads, Makes};
pub(crate) use mention::mentions;
pub(crate) use name::{Name, is_exactly, is_name};
pub(crate) use normal::{canonical, normal, tokens, unquoted_name};
pub(crate) use own::{IndexWork, OwnKind, OwnStatement};
pub(crate) use position::byte_offset;
pub(crate) use quote::{Ident, Literal, Plain};
pub(crate) use risk::{Besides, Copied, FilledBy, FilledColumn, Measure, Risk, Taken, UpLeft};
pub(crate) use shapes::{EnforcementRequest, Shapes};
pub(crate) use split::{Statement, statements};
pub(crate) use text::unquoted;
pub(crate) use touch::{Touch, TouchKind, ValueSource};
pub(crate) use undoing::{
    CopiedColumns, RowMove, copied_table, dropped_column, dropped_tables, indexed_table, moved_rows, names_rows,
    renamed_column,
};
pub(crate) use verb::Verb;

/// The SQL dialect, and with it the kind of database, that a migration is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// SQLite 3.35 or newer.
    Sqlite,
    /// PostgreSQL 14 to 18.
    Postgres,
}

impl Dialect {
    /// Returns the name as it is written in schema.toml and on the command line: `sqlite` or `postgres`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Reads the name that [`as_str`](Self::as_str) returns.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Sqlite, Self::Postgres].into_iter().find(|dialect| dialect.as_str() == name)
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
