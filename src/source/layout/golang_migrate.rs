//! golang-migrate: `<n>_<name>.up.sql` and `<n>_<name>.down.sql`
//! (<https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md>).

use super::LayoutMigration;
use super::files::LayoutReading;
use super::pairs::{self, Parsed, numbered};
use crate::error::Result;
use crate::source::file_name::Direction;

pub(super) fn read(reading: &mut LayoutReading) -> Result<Vec<LayoutMigration>> {
    pairs::read(reading, parse)
}

fn parse(name: &str) -> Option<Parsed<'_>> {
    // It takes whatever follows the direction for an ending: `.up..sql` too.
    let stem = name.strip_suffix(".sql")?.trim_end_matches('.');
    let (stem, direction) = match stem.strip_suffix(".up") {
        Some(stem) => (stem, Direction::Up),
        None => (stem.strip_suffix(".down")?, Direction::Down),
    };
    let (key, description) = numbered(stem)?;
    Some(Parsed { key, description, direction })
}
