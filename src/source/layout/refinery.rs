//! refinery: `V<n>__<name>.sql`, and `U<n>__<name>.sql` for those that may come late. There are no downs
//! (<https://docs.rs/refinery/latest/refinery/>).

use super::LayoutMigration;
use super::files::{LayoutFile, LayoutReading};
use super::number::by_number;
use crate::error::Result;

pub(super) fn read(reading: &mut LayoutReading) -> Result<Vec<LayoutMigration>> {
    let mut found = Vec::new();
    for file in reading.files_below()? {
        match parse(&file)? {
            Some(migration) => found.push(migration),
            None => reading.leave(&file),
        }
    }
    by_number(&mut found);
    Ok(found)
}

fn parse(file: &LayoutFile) -> Result<Option<LayoutMigration>> {
    let stem = file.name.strip_suffix(".sql");
    let rest = stem.and_then(|stem| stem.strip_prefix(['V', 'U']));
    let Some((key, description)) = rest.and_then(|rest| rest.split_once("__")) else { return Ok(None) };
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    Ok(Some(LayoutMigration {
        key: key.to_owned(),
        description: description.to_owned(),
        name: stem.unwrap_or_default().to_owned(),
        up: file.script()?,
        down: None,
    }))
}
