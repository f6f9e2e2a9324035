//! Whether an error is the fence of a move.

use std::error::Error as StdError;

use super::side::Side;
#[cfg(feature = "postgres")]
use crate::history::FENCE_FUNCTION;
#[cfg(feature = "sqlite")]
use crate::history::MOVED;

/// An error of which can be asked whether a side refused a write since a move has closed it.
///
/// [`Route::write`](super::Route::write) asks it of what a write returns. It is there for the errors of both drivers, for [`Error`](crate::Error) and for boxed errors; these
/// are looked through to their sources. An application with an enum of its own asks each of its variants:
///
/// ```
/// # #[cfg(all(feature = "sqlite", feature = "postgres"))]
/// # mod application {
/// use schemactl::route::{ClosedSide, Side};
///
/// enum StoreError {
///     Sqlite(rusqlite::Error),
///     Postgres(tokio_postgres::Error),
///     Move(schemactl::Error),
///     NoSuchOrder,
/// }
///
/// impl ClosedSide for StoreError {
///     fn closed_side(&self) -> Option<Side> {
///         match self {
///             Self::Sqlite(error) => error.closed_side(),
///             Self::Postgres(error) => error.closed_side(),
///             Self::Move(_) | Self::NoSuchOrder => None,
///         }
///     }
/// }
/// # }
/// ```
pub trait ClosedSide {
    /// Returns the side that refused a write, since it is closed for a move or the other side is the one that is written. What was refused did nothing, where it was a whole transaction.
    fn closed_side(&self) -> Option<Side>;
}

/// Returns the side that refused a write, as [`ClosedSide`] does, from an error or from what it came of.
///
/// ```
/// use schemactl::route::closed_side;
///
/// let error = std::io::Error::other("something else");
/// assert_eq!(closed_side(&error), None);
/// ```
pub fn closed_side(error: &(dyn StdError + 'static)) -> Option<Side> {
    let mut next = Some(error);
    while let Some(error) = next {
        #[cfg(feature = "sqlite")]
        if let Some(side) = error.downcast_ref::<rusqlite::Error>().and_then(of_sqlite) {
            return Some(side);
        }
        #[cfg(feature = "postgres")]
        if let Some(side) = error.downcast_ref::<tokio_postgres::Error>().and_then(of_postgres) {
            return Some(side);
        }
        next = error.source();
    }
    None
}

/// Words alone may be those of an application's own trigger: the code says that it is one.
#[cfg(feature = "sqlite")]
fn of_sqlite(error: &rusqlite::Error) -> Option<Side> {
    match error {
        rusqlite::Error::SqliteFailure(code, Some(words)) => {
            let is_trigger = code.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER;
            (is_trigger && words.starts_with(MOVED)).then_some(Side::Sqlite)
        }
        _ => None,
    }
}

/// The words are the server's to translate; the function's name is in the context, whatever language it speaks.
#[cfg(feature = "postgres")]
fn of_postgres(error: &tokio_postgres::Error) -> Option<Side> {
    let error = error.as_db_error()?;
    let is_state = *error.code() == tokio_postgres::error::SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE;
    (is_state && names_the_fence(error.where_()?)).then_some(Side::Postgres)
}

/// Whether a context names a function that is called as the fence is: `app.schema_migrations_move_fence()`, in quotes where it needs them.
#[cfg(feature = "postgres")]
fn names_the_fence(context: &str) -> bool {
    let end = format!("_{FENCE_FUNCTION}");
    context.match_indices(&end).any(|(at, _)| {
        let rest = &context[at + end.len()..];
        rest.starts_with("()") || rest.starts_with("\"()")
    })
}

#[cfg(feature = "sqlite")]
impl ClosedSide for rusqlite::Error {
    fn closed_side(&self) -> Option<Side> {
        closed_side(self)
    }
}

#[cfg(feature = "postgres")]
impl ClosedSide for tokio_postgres::Error {
    fn closed_side(&self) -> Option<Side> {
        closed_side(self)
    }
}

impl ClosedSide for crate::Error {
    fn closed_side(&self) -> Option<Side> {
        closed_side(self)
    }
}

impl ClosedSide for Box<dyn StdError> {
    fn closed_side(&self) -> Option<Side> {
        closed_side(&**self)
    }
}

impl ClosedSide for Box<dyn StdError + Send + Sync> {
    fn closed_side(&self) -> Option<Side> {
        closed_side(&**self)
    }
}

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_are_not_the_fence() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let refused = |words: &str| {
            let sql = format!(
                "CREATE TABLE t (a); CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, '{words}'); END"
            );
            connection.execute_batch(&sql).unwrap();
            let error = connection.execute("INSERT INTO t VALUES (1)", []).unwrap_err();
            connection.execute_batch("DROP TABLE t").unwrap();
            error
        };
        let moved = refused("moved to PostgreSQL: the rows of t are written there");
        assert_eq!(moved.closed_side(), Some(Side::Sqlite));
        let boxed: Box<dyn StdError + Send + Sync> = Box::new(moved);
        assert_eq!(boxed.closed_side(), Some(Side::Sqlite));
        assert_eq!(refused("moved to another shelf").closed_side(), None);
        let syntax = connection.execute_batch("'moved to PostgreSQL: the rows of t are written there'").unwrap_err();
        assert_eq!(syntax.closed_side(), None);
    }

    #[test]
    fn a_context_names_the_fence_or_another_function() {
        for (context, is_fence) in [
            ("PL/pgSQL function schema_migrations_move_fence() line 4 at RAISE", true),
            ("Fonction PL/pgSQL app.schema_migrations_move_fence(), ligne 4 à RAISE", true),
            ("PL/pgSQL function \"App\".\"Odd_move_fence\"() line 4 at RAISE\nSQL statement \"INSERT\"", true),
            ("PL/pgSQL function move_the_fence() line 4 at RAISE", false),
            ("PL/pgSQL function x_move_fences() line 4 at RAISE", false),
            ("", false),
        ] {
            assert_eq!(names_the_fence(context), is_fence, "{context}");
        }
    }
}
