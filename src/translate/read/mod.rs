//! What the statements of a schema of SQLite say, clause by clause.

mod comments;
mod constraint;
mod cursor;
mod index;
mod table;
mod view;

pub(crate) use self::constraint::KeyPart;
pub(super) use self::constraint::{ConstraintKind, ConstraintText, ForeignKeyText};
pub(crate) use self::index::IndexStatement;
pub(super) use self::table::{ColumnText, TableText};
pub(super) use self::view::{OrderTerm, Query, QueryItem, ViewStatement};
