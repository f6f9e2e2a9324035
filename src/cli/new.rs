mod place;
mod slug;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use chrono::Utc;

pub(super) use self::place::Numbering;
use self::place::{folder, next};
use self::slug::slug;
use super::args::NewArgs;
use super::context::{Context, Reply, project};
use crate::config::{MigrationSource, Project};
use crate::error::{Code, Error, Place, Result};
use crate::report::{CreatedView, NewDocument, ReplyBody};
use crate::source::{LockFile, names};
use crate::sql::Dialect;
use crate::version::Version;

pub(super) fn run(context: &Context, arguments: &NewArgs) -> Result<Reply> {
    let description = arguments.description.join(" ");
    let slug = named(&description)?;
    let project = project(&context.global.overrides(None)?)?;
    let sources = project.sources()?;
    let numbering = if arguments.timestamp { Numbering::Timestamp } else { Numbering::AsBefore };
    let next = NextMigration::of(&project, &sources, None, slug, numbering)?;
    let mut created = Vec::new();
    for source in &sources {
        created.push(next.create(source, arguments.phase.as_deref(), &template(source.dialect))?);
    }
    for view in &created {
        context
            .output
            .data(format!("created {}\n  its down, which `schemactl generate` writes: {}", view.file, view.down));
    }
    Ok(Reply::new(ReplyBody::New(next.document(created))))
}

/// The words of a description as the name of a file has them.
pub(super) fn named(description: &str) -> Result<String> {
    slug(description).ok_or_else(|| {
        Error::new(Code::Usage, format!("`{description}` has no letter or digit to name a file with"))
            .with_hint("describe the change in a few words: `schemactl new \"add total to orders\"`")
    })
}

/// The refusal of more than one database.
pub(super) fn several() -> Error {
    Error::new(Code::Usage, "a migration is for one database, and several are selected")
        .with_hint("name it with `--database`")
}

/// The next migration of a database.
pub(super) struct NextMigration {
    pub(super) version: Version,
    slug: String,
    /// The name of its file, without an ending.
    name: String,
}

impl NextMigration {
    /// Both backends of a database keep the same versions. What schema.lock has counts as a file does, also where that is gone.
    pub(super) fn of(
        project: &Project,
        sources: &[MigrationSource],
        applied: Option<Version>,
        slug: String,
        numbering: Numbering,
    ) -> Result<Self> {
        if sources.iter().any(|source| source.database != sources[0].database) {
            return Err(several());
        }
        let mut existing = sources.iter().map(|source| names(&source.migrations)).collect::<Result<Vec<_>>>()?.concat();
        if let Some(lock) = LockFile::read(&project.lock_file())? {
            existing.extend(lock.names(sources[0].database.as_deref()));
        }
        let (version, digits) = next(&existing, applied, numbering, Utc::now())?;
        let name = format!("V{digits}__{slug}");
        Ok(Self { version, slug, name })
    }

    /// Writes it for one backend, and never over a file.
    pub(super) fn create(&self, source: &MigrationSource, phase: Option<&str>, text: &str) -> Result<CreatedView> {
        let folder = folder(&source.migrations, &names(&source.migrations)?, phase)?;
        let path = folder.join(format!("{}.sql", self.name));
        write(&folder, &path, text).map_err(|cause| {
            let shown = path.display().to_string();
            Error::io(Code::Io, format!("{shown} cannot be created"), cause).with_place(Place::whole(shown))
        })?;
        Ok(CreatedView {
            database: source.database.clone(),
            backend: source.dialect.as_str(),
            file: path.display().to_string(),
            down: folder.join(format!("{}.down.sql", self.name)).display().to_string(),
        })
    }

    pub(super) fn document(self, created: Vec<CreatedView>) -> NewDocument {
        NewDocument { version: self.version.get(), description: self.slug, created }
    }
}

/// Only comments, so that a migration which was forgotten half-way is an error.
fn template(dialect: Dialect) -> String {
    let example = match dialect {
        Dialect::Sqlite => {
            "\
--   CREATE TABLE orders (
--       id INTEGER PRIMARY KEY,
--       customer TEXT NOT NULL,
--       created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
--   ) STRICT;
"
        }
        Dialect::Postgres => {
            "\
--   CREATE TABLE orders (
--       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
--       customer text NOT NULL,
--       created_at timestamptz NOT NULL DEFAULT now()
--   );
"
        }
    };
    format!(
        "\
-- Write the statements of the migration below. They are run in one transaction, with their record. An example:
--
{example}--
-- `schemactl generate` writes the file beside it, ending in .down.sql, that takes the migration back; or write it by hand.
-- Where there is no way back, say so here:
--   -- schemactl: irreversible = why

"
    )
}

fn write(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
