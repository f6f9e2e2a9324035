//! Which downs are written anew, though they are there.

use std::path::Path;

use crate::cli::args::GenerateArgs;
use crate::cli::context::read;
use crate::config::MigrationSource;
use crate::error::{Code, Error, Result};
use crate::source::GENERATED;
use crate::source::Migration;
use crate::version::Version;

/// What was named of all folders.
pub(super) enum ChosenDowns {
    /// Every down (`--force`).
    All,
    /// These, each by its folder and version.
    These(Vec<(MigrationSource, Version)>),
}

impl ChosenDowns {
    /// Finds what was named: a version in every folder that has it, a file in its own.
    pub(super) fn of(arguments: &GenerateArgs, sources: &[MigrationSource]) -> Result<Self> {
        if arguments.force {
            return Ok(Self::All);
        }
        let folders =
            sources.iter().map(|source| Ok((source, read(&source.migrations)?))).collect::<Result<Vec<_>>>()?;
        let mut these = Vec::new();
        for name in &arguments.which {
            let before = these.len();
            for (source, migrations) in &folders {
                let named = migrations.iter().filter(|migration| is_named(migration, name));
                these.extend(named.map(|migration| ((*source).clone(), migration.version())));
            }
            if these.len() == before {
                return Err(Error::new(
                    Code::UnknownTarget,
                    format!("`{name}` is no version and no file of a migration"),
                )
                .with_state("nothing was changed")
                .with_hint("name a version, such as 7, or the file of a migration or of its down"));
            }
        }
        Ok(Self::These(these))
    }

    /// Whether the down of a migration is derived, whatever its file says.
    pub(super) fn has(&self, source: &MigrationSource, version: Version) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.iter().any(|(of, named)| of == source && *named == version),
        }
    }
}

fn is_named(migration: &Migration, name: &str) -> bool {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return name.parse::<i64>().is_ok_and(|number| number == migration.version().get());
    }
    let paths = [Some(migration.up()), migration.down()].into_iter().flatten().map(|script| Path::new(script.path()));
    let wanted = Path::new(name);
    let same = |path: &Path| {
        path == wanted
            || matches!((path.canonicalize(), wanted.canonicalize()), (Ok(path), Ok(wanted)) if path == wanted)
    };
    paths
        .into_iter()
        .any(|path| same(path) || wanted.parent() == Some(Path::new("")) && path.file_name() == wanted.file_name())
}

/// Whether a down is one that an earlier run wrote to say that it found no way back: what it stumbled on may be gone.
pub(super) fn was_given_up(migration: &Migration) -> Result<bool> {
    let Some(down) = migration.down().filter(|down| down.text().contains(GENERATED)) else { return Ok(false) };
    Ok(down.directives()?.irreversible.is_some() && migration.up().directives()?.irreversible.is_none())
}
