//! sqlx: `<n>_<name>.up.sql` and `<n>_<name>.down.sql`, or `<n>_<name>.sql` alone
//! (<https://docs.rs/sqlx/latest/sqlx/migrate/trait.MigrationSource.html>).
//!
//! `-- no-transaction` on the first line makes no difference to a proof.

use super::LayoutMigration;
use super::files::LayoutReading;
use super::pairs::{self, Parsed, numbered};
use crate::error::Result;
use crate::source::file_name::Direction;

pub(super) fn read(reading: &mut LayoutReading) -> Result<Vec<LayoutMigration>> {
    pairs::read(reading, parse)
}

fn parse(name: &str) -> Option<Parsed<'_>> {
    let stem = name.strip_suffix(".sql")?;
    let (stem, direction) = match stem.strip_suffix(".down") {
        Some(stem) => (stem, Direction::Down),
        None => (stem.strip_suffix(".up").unwrap_or(stem), Direction::Up),
    };
    let (key, description) = numbered(stem)?;
    Some(Parsed { key, description, direction })
}
