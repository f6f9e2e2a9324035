//! From one backend to the other. What both are said to have in common is compared here: the ground for moving data.

mod compare;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod table;

pub(crate) use compare::compare;
pub(crate) use table::{Form, MappedColumn, MappedTable, MappedTables};
