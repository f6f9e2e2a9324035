//! PostgreSQL: by `pg_dump` and `pg_restore`, the server's own programs.

mod ask;
mod child;
mod dump;
mod locale;
mod programs;
mod restore;

pub(super) use dump::take;
pub(super) use restore::restore;
