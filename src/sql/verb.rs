//! What a statement is at all, by its first word.

use super::Dialect;
use super::cursor::Cursor;
use super::lexer::TokenKind;

macro_rules! verbs {
    ($($Verb:ident = $($word:literal)|+),+ $(,)?) => {
        /// The commands of both databases.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Verb {
            $($Verb,)+
            /// What is no command of a release that is known here: it may do whatever a statement can.
            Unknown,
        }

        impl Verb {
            fn of_word(word: &str) -> Self {
                match word {
                    $($($word)|+ => Self::$Verb,)+
                    _ => Self::Unknown,
                }
            }
        }
    };
}

// PostgreSQL 14 to 18 (<https://www.postgresql.org/docs/18/sql-commands.html>), and SQLite (<https://www.sqlite.org/lang.html>).
verbs! {
    Alter = "alter",
    Analyze = "analyze" | "analyse",
    Attach = "attach",
    Call = "call",
    Checkpoint = "checkpoint",
    Close = "close",
    Cluster = "cluster",
    Comment = "comment",
    Copy = "copy",
    Create = "create",
    Deallocate = "deallocate",
    Declare = "declare",
    Delete = "delete",
    Detach = "detach",
    Discard = "discard",
    Do = "do",
    Drop = "drop",
    Execute = "execute",
    Explain = "explain",
    Fetch = "fetch",
    Grant = "grant",
    Import = "import",
    Insert = "insert",
    Listen = "listen",
    Load = "load",
    Lock = "lock",
    Merge = "merge",
    Move = "move",
    Notify = "notify",
    Pragma = "pragma",
    Prepare = "prepare",
    Reassign = "reassign",
    Refresh = "refresh",
    Reindex = "reindex",
    Replace = "replace",
    Reset = "reset",
    Revoke = "revoke",
    Security = "security",
    Select = "select",
    Set = "set",
    Show = "show",
    Table = "table",
    Transaction = "abort" | "begin" | "commit" | "end" | "release" | "rollback" | "savepoint" | "start",
    Truncate = "truncate",
    Unlisten = "unlisten",
    Update = "update",
    Vacuum = "vacuum",
    Values = "values",
    With = "with",
}

impl Verb {
    /// `(SELECT 1)` is a query as well.
    pub(super) fn of(mut cursor: Cursor<'_>) -> Self {
        while cursor.take(TokenKind::Open).is_some() {}
        let word = cursor.any_word().and_then(Keyword::new);
        word.map_or(Self::Unknown, |word| Self::of_word(word.as_str()))
    }

    /// Whether it is a query, which changes nothing but by what it calls, or has in its WITH.
    pub(crate) fn is_query(self) -> bool {
        matches!(self, Self::Select | Self::Table | Self::Values | Self::With)
    }

    /// PostgreSQL: whether it does nothing but run code that its text does not show, or that is a text in it.
    pub(crate) fn is_code(self) -> bool {
        matches!(self, Self::Do | Self::Call | Self::Execute)
    }

    /// Whether the catalog may be another one after it. SQLite alone: on PostgreSQL a function may change it.
    pub(crate) fn may_change_catalog(self) -> bool {
        matches!(self, Self::Create | Self::Drop | Self::Alter | Self::Unknown)
    }

    /// Whether it may write rows of tables, in its own words: what changes the schema does not, though a DROP TABLE deletes rows.
    pub(crate) fn may_write_rows(self) -> bool {
        matches!(
            self,
            Self::Insert
                | Self::Update
                | Self::Delete
                | Self::Replace
                | Self::Merge
                | Self::Copy
                | Self::Truncate
                | Self::Explain
                | Self::Unknown
        ) || self.is_query()
            || self.is_code()
    }

    /// Whether it is about nothing but rows: it names tables, and makes, changes and drops none.
    pub(crate) fn is_of_rows(self) -> bool {
        matches!(self, Self::Insert | Self::Update | Self::Delete | Self::Replace | Self::Merge | Self::Copy)
    }

    /// Whether it makes a rule for rows that are there, and writes none itself.
    pub(crate) fn makes_rules(self) -> bool {
        matches!(self, Self::Create | Self::Alter)
    }

    /// Whether something else, a function, a view or a trigger, stands as it stood after it. A CREATE depends on what it makes.
    pub(super) fn breaks_nothing(self) -> bool {
        matches!(
            self,
            Self::Insert
                | Self::Update
                | Self::Delete
                | Self::Merge
                | Self::Copy
                | Self::Truncate
                | Self::Analyze
                | Self::Comment
                | Self::Grant
                | Self::Revoke
                | Self::Set
                | Self::Reset
                | Self::Lock
                | Self::Vacuum
                | Self::Reindex
                | Self::Cluster
                | Self::Refresh
        )
    }

    /// Whether it makes, replaces and drops nothing under a name. A CREATE or an ALTER says so in more words.
    pub(super) fn finds_nothing(self, dialect: Dialect) -> bool {
        let is_query = matches!(self, Self::Select | Self::With | Self::Values);
        self.breaks_nothing()
            || matches!(self, Self::Replace | Self::Pragma | Self::Attach | Self::Detach | Self::Transaction)
            // In SQLite no function changes the schema.
            || is_query && dialect == Dialect::Sqlite
    }
}

/// A word in lower case, to match on without a copy on the heap; `None` for a word longer than any keyword.
pub(super) struct Keyword {
    letters: [u8; 16],
    length: usize,
}

impl Keyword {
    pub(super) fn new(word: &str) -> Option<Self> {
        let mut letters = [0; 16];
        letters.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
        letters.make_ascii_lowercase();
        Some(Self { letters, length: word.len() })
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.letters[..self.length]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    fn verb(text: &str) -> Verb {
        statements(Dialect::Postgres, text).next().unwrap().unwrap().verb
    }

    #[test]
    fn a_statement_is_told_by_its_first_word() {
        for (text, is) in [
            ("select 1", Verb::Select),
            ("/* c */ Drop TABLE t", Verb::Drop),
            ("((SELECT 1) UNION (SELECT 2))", Verb::Select),
            ("do $$ BEGIN END $$", Verb::Do),
            ("ABORT", Verb::Transaction),
            ("\"select\" 1", Verb::Unknown),
            ("FROBNICATE t", Verb::Unknown),
            ("averyveryverylongword", Verb::Unknown),
        ] {
            assert_eq!(verb(text), is, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_may_do_anything() {
        let verb = Verb::Unknown;
        assert!(verb.may_change_catalog() && verb.may_write_rows());
        assert!(!verb.breaks_nothing() && !verb.finds_nothing(Dialect::Sqlite));
    }
}
