//! diesel: folders `<timestamp>_<name>` with `up.sql` and `down.sql`
//! (<https://docs.rs/diesel_migrations/latest/diesel_migrations/struct.FileBasedMigrations.html>).
//!
//! `run_in_transaction = false` in `metadata.toml` makes no difference to a proof.

use super::LayoutMigration;
use super::files::{LayoutFile, LayoutReading};
use crate::error::Result;

/// The order is diesel's: by the text of the version, which is the name up to the first `_` without its dashes.
pub(super) fn read(reading: &mut LayoutReading) -> Result<Vec<LayoutMigration>> {
    let mut found = Vec::new();
    for folder in std::mem::take(&mut reading.folders) {
        let inside = LayoutReading::of(&folder.path)?;
        let file = |name: &str| inside.files.iter().find(|file| file.name == name);
        for other in inside.files.iter().filter(|file| file.name != "up.sql" && file.name != "down.sql") {
            reading.leave(other);
        }
        let Some(up) = file("up.sql") else {
            file("down.sql").into_iter().for_each(|down| reading.leave(down));
            continue;
        };
        let (key, description) = folder.name.split_once('_').unwrap_or((&folder.name, &folder.name));
        found.push(LayoutMigration {
            key: key.replace('-', ""),
            description: description.to_owned(),
            name: folder.name.clone(),
            up: up.script()?,
            down: file("down.sql").map(LayoutFile::script).transpose()?,
        });
    }
    for file in std::mem::take(&mut reading.files) {
        reading.leave(&file);
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}
