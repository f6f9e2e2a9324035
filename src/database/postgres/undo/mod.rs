//! What is kept of the rows that a step changes: see `docs/design/undo.md`. On PostgreSQL nothing is kept yet; what the index says is read all the same.

mod kept;

pub(super) use kept::{columns, list, parts};
