//! Ups and downs in files of their own, in one folder.

use std::collections::BTreeMap;

use super::LayoutMigration;
use super::files::{LayoutFile, LayoutReading};
use super::number::{duplicate, significant};
use crate::error::Result;
use crate::source::file_name::Direction;

/// What the name of a file says.
pub(super) struct Parsed<'a> {
    pub(super) key: &'a str,
    pub(super) description: &'a str,
    pub(super) direction: Direction,
}

#[derive(Default)]
struct UpAndDown {
    up: Option<LayoutFile>,
    down: Option<LayoutFile>,
}

/// Reads the files that `parse` knows. An up and a down belong together by their version alone: the words may differ.
pub(super) fn read(reading: &mut LayoutReading, parse: fn(&str) -> Option<Parsed<'_>>) -> Result<Vec<LayoutMigration>> {
    let mut pairs: BTreeMap<(usize, String), UpAndDown> = BTreeMap::new();
    for file in std::mem::take(&mut reading.files) {
        let Some(parsed) = parse(&file.name) else {
            reading.leave(&file);
            continue;
        };
        let key = significant(parsed.key);
        let pair = pairs.entry((key.len(), key.to_owned())).or_default();
        let place = if parsed.direction == Direction::Up { &mut pair.up } else { &mut pair.down };
        if let Some(other) = place {
            return Err(duplicate(key, &other.path, &file.path));
        }
        *place = Some(file);
    }
    let mut found = Vec::with_capacity(pairs.len());
    for pair in pairs.into_values() {
        let Some(up) = pair.up else {
            // Its tool runs it if it ever goes below this version; there is nothing that it could take back.
            pair.down.iter().for_each(|down| reading.leave(down));
            continue;
        };
        let Some(parsed) = parse(&up.name) else { continue };
        found.push(LayoutMigration {
            key: parsed.key.to_owned(),
            description: parsed.description.to_owned(),
            name: format!("{}_{}", parsed.key, parsed.description),
            up: up.script()?,
            down: pair.down.map(|down| down.script()).transpose()?,
        });
    }
    Ok(found)
}

/// Splits `<number>_<words>`.
pub(super) fn numbered(stem: &str) -> Option<(&str, &str)> {
    let (key, description) = stem.split_once('_')?;
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())).then_some((key, description))
}
