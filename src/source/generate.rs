//! The Rust code that holds the migrations of a folder.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use super::{Migration, Migrations, Phase, Script};

/// An expression of type [`Migrations`], which includes the files below `root`.
pub(crate) struct Generated<'a> {
    pub(crate) migrations: &'a Migrations,
    /// The absolute folder that the paths of the scripts are relative to.
    pub(crate) root: &'a Path,
}

impl Display for Generated<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "// Written by the build script.\n{{")?;
        writeln!(f, "    static LIST: [__schemactl::Migration; {}] = [", self.migrations.len())?;
        for migration in self.migrations {
            self.migration(f, migration)?;
        }
        let digest = self.migrations.head().map_or("", |head| head.digest.as_str());
        writeln!(f, "    ];\n    __schemactl::migrations(&LIST, {digest:?})\n}}")
    }
}

impl Generated<'_> {
    fn migration(&self, f: &mut Formatter<'_>, migration: &Migration) -> fmt::Result {
        let (version, description) = (migration.version(), migration.description());
        writeln!(f, "        __schemactl::migration(\n            {version},\n            {description:?},")?;
        match migration.phase() {
            Some(phase) => write_phase(f, phase)?,
            None => writeln!(f, "            None,")?,
        }
        self.script(f, migration.up())?;
        writeln!(f, ",")?;
        match migration.down() {
            Some(down) => {
                writeln!(f, "            Some(")?;
                self.script(f, down)?;
                writeln!(f, "),")?;
            }
            None => writeln!(f, "            None,")?,
        }
        writeln!(f, "        ),")
    }

    fn script(&self, f: &mut Formatter<'_>, script: &Script) -> fmt::Result {
        let absolute = self.root.join(script.path());
        let absolute = absolute.to_str().ok_or(fmt::Error)?;
        let (path, checksum) = (script.path(), script.checksum());
        write!(f, "            __schemactl::script({path:?}, include_str!({absolute:?}), {:?})", checksum.bytes())
    }
}

fn write_phase(f: &mut Formatter<'_>, phase: &Phase) -> fmt::Result {
    writeln!(f, "            Some(__schemactl::phase({}, {:?})),", phase.number(), phase.name())
}
