mod place;
mod slug;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use chrono::Utc;

use self::place::{Numbering, folder, next};
use self::slug::slug;
use super::args::NewArgs;
use super::context::{Context, Reply, project};
use crate::config::Source;
use crate::error::{Code, Error, Place, Result};
use crate::report::{Body, CreatedView, NewDocument};
use crate::source::{Named, names};
use crate::sql::Dialect;

pub(super) fn run(context: &Context, arguments: &NewArgs) -> Result<Reply> {
    let description = arguments.description.join(" ");
    let slug = slug(&description).ok_or_else(|| {
        Error::new(Code::Usage, format!("`{description}` has no letter or digit to name a file with"))
            .with_hint("describe the change in a few words: `schemactl new \"add total to orders\"`")
    })?;
    let sources = project(&context.global.overrides(None)?)?.sources()?;
    if sources.iter().any(|source| source.database != sources[0].database) {
        return Err(Error::new(Code::Usage, "a migration is for one database, and several are selected")
            .with_hint("name it with `--database`"));
    }
    // Both backends of a database keep the same versions.
    let existing = sources.iter().map(|source| names(&source.migrations)).collect::<Result<Vec<_>>>()?;
    let numbering = if arguments.timestamp { Numbering::Timestamp } else { Numbering::AsBefore };
    let (version, digits) = next(&existing.concat(), numbering, Utc::now())?;
    let name = format!("V{digits}__{slug}");
    let mut created = Vec::new();
    for (source, existing) in sources.iter().zip(&existing) {
        created.push(create(source, existing, arguments.phase.as_deref(), &name)?);
    }
    for view in &created {
        context.output.data(format!("created {}\n  write what takes it back to {}", view.file, view.down));
    }
    let document = NewDocument { version: version.get(), description: slug, created };
    Ok(Reply::new(Body::New(document)))
}

fn create(source: &Source, existing: &[Named], phase: Option<&str>, name: &str) -> Result<CreatedView> {
    let folder = folder(&source.migrations, existing, phase)?;
    let path = folder.join(format!("{name}.sql"));
    write(&folder, &path, source.dialect).map_err(|cause| {
        let shown = path.display().to_string();
        Error::io(Code::Io, format!("{shown} cannot be created"), cause).with_place(Place::whole(shown))
    })?;
    Ok(CreatedView {
        database: source.database.clone(),
        backend: source.dialect.as_str(),
        file: path.display().to_string(),
        down: folder.join(format!("{name}.down.sql")).display().to_string(),
    })
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

fn write(folder: &Path, path: &Path, dialect: Dialect) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(template(dialect).as_bytes())
}
