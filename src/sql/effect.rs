//! What a statement does, as far as its text shows it.

mod alter;
mod copy;
mod declared;
mod deed;
mod rows;
mod schema;
#[cfg(feature = "postgres")]
mod session;

use super::cursor::Cursor;
use super::dropping::{self, Dropping, Made};
use super::heading::Heading;
use super::touch::{Touch, touch};
use super::{Dialect, Statement, Verb};

pub(super) use copy::{Copy, CopyColumns};
pub(super) use declared::DeclaredColumn;
pub(super) use deed::Deed;
#[cfg(feature = "postgres")]
pub(crate) use session::Sets;

/// What one statement does: read once, from its text alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effect<'a> {
    dialect: Dialect,
    text: &'a str,
    pub(crate) verb: Verb,
    /// What it does to data, and to the names under which data stands, in order.
    pub(super) deeds: Vec<Deed<'a>>,
    pub(crate) drops: Dropping<'a>,
    pub(crate) makes: Option<Made<'a>>,
}

impl<'a> Effect<'a> {
    pub(crate) fn of(dialect: Dialect, statement: &Statement<'a>) -> Self {
        let whole = Cursor::new(dialect, statement.strings, statement.text);
        let mut cursor = whole;
        cursor.any_word();
        let (verb, text) = (statement.verb, statement.text);
        let (mut drops, mut makes) = (Dropping::Nothing, None);
        let deeds = match verb {
            Verb::Create => {
                let heading = Heading::created(cursor);
                makes = heading.and_then(dropping::made);
                heading.map(schema::create).unwrap_or_default()
            }
            Verb::Drop => {
                let heading = Heading::dropped(cursor);
                drops = heading.and_then(|heading| dropping::listed(heading, text)).unwrap_or(Dropping::Unclear);
                heading.map(schema::drop).unwrap_or_default()
            }
            Verb::Alter => {
                drops = dropping::altered(cursor, text);
                makes = dropping::renamed(cursor);
                alter::deeds(cursor).unwrap_or_default()
            }
            Verb::Set if dialect == Dialect::Postgres => schema::set(cursor).into_iter().collect(),
            Verb::Truncate if dialect == Dialect::Postgres => schema::truncate(cursor),
            _ => rows::deeds(verb, cursor, whole),
        };
        if verb.is_code() || verb == Verb::Unknown {
            drops = Dropping::Unclear;
        }
        Self { dialect, text, verb, deeds, drops, makes }
    }

    /// What it does to rows, and where the values come from. `None` where it does nothing to them, and of an INSERT of given values that
    /// fails where rows are in the way.
    pub(crate) fn rows(&self) -> Option<Touch> {
        touch(self.dialect, self.text)
    }

    /// PostgreSQL: what it sets for the statements after it, where each runs by itself.
    #[cfg(feature = "postgres")]
    pub(crate) fn sets(&self) -> Sets {
        session::sets(self.verb, self.text)
    }
}

/// Whether a statement may find, replace or drop something that was there before. What cannot be read, may.
pub(super) fn may_find(dialect: Dialect, statement: &Statement<'_>) -> bool {
    match statement.verb {
        Verb::Create | Verb::Alter => {
            let mut cursor = Cursor::new(dialect, statement.strings, statement.text);
            cursor.any_word();
            cursor.says("exists") || cursor.words(&["or", "replace"])
        }
        verb => !verb.finds_nothing(dialect),
    }
}

/// Whether a function, a view or a trigger may not compile after a statement. What cannot be read, may.
pub(super) fn may_break(dialect: Dialect, statement: &Statement<'_>) -> bool {
    match statement.verb {
        // What is new is named by nothing yet; what it hides is rare.
        Verb::Create => {
            let mut cursor = Cursor::new(dialect, statement.strings, statement.text);
            cursor.any_word();
            !cursor.one_of(&["table", "index", "unique", "sequence", "unlogged"])
        }
        verb => !verb.breaks_nothing(),
    }
}

#[cfg(test)]
mod tests;
