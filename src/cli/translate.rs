//! `schemactl translate`: PostgreSQL migrations for the schema of a SQLite database.

mod map_file;
mod source;
mod trial;
mod write;

use std::path::PathBuf;

use self::write::{ExistingFiles, PlannedFile, plan};
use super::args::{ProfiledValues, TranslateArgs};
use super::context::{Context, Reply, project};
use super::moving::ends::only;
use crate::config::{CopySettings, DatabaseTarget, Map, Project};
use crate::error::{Code, Error, Place, Result};
use crate::report::{DatabaseView, ReplyBody, TranslateDocument};
use crate::sql::Dialect;
use crate::translate::{TranslateSource, constant_defaults, files, translate};

pub(super) fn run(context: &Context, arguments: &TranslateArgs) -> Result<Reply> {
    let ends = TranslateEnds::of(context, arguments)?;
    let read = source::read(context, &ends, arguments.profile)?;
    let defaults = constant_defaults(&read.snapshot)?;
    let source = TranslateSource { snapshot: &read.snapshot, profiles: read.profiles.as_ref(), defaults: &defaults };
    let first = translate(&source, &ends.map);
    let schema_file = map_file::with_map(&ends, &first)?;
    // By the map as it will be: so a second run says the same.
    let translation = translate(&source, &schema_file.map);
    if translation.tables.is_empty() {
        return Err(Error::new(Code::Usage, format!("{} has no table to translate", read.name))
            .with_state("nothing was written")
            .with_hint("name another file: `--from app.db`"));
    }
    let files = plan(&files(&translation, &read.name), &ends.folder, existing(arguments))?;
    if !arguments.no_trial {
        trial::run(context, &ends, &read.snapshot, &files, &schema_file)?;
    }
    let mut document = TranslateDocument::new(&read.name, &ends.folder, &translation);
    document.schema_file = schema_file.is_changed().then(|| schema_file.shown.clone());
    document.is_tried = !arguments.no_trial;
    document.target = Some(DatabaseView::of(&ends.target));
    document.notes.extend(read.note.clone());
    if arguments.dry_run {
        document.files = files.iter().map(PlannedFile::would_be).collect();
        print(context, &document, &files, &schema_file);
    } else {
        document.files = write::write(&files, &schema_file)?;
        context.output.data(document.text(context.output.paint()));
        context.output.data(next_steps(arguments));
    }
    Ok(Reply::new(ReplyBody::Translate(document)))
}

fn existing(arguments: &TranslateArgs) -> ExistingFiles {
    match (arguments.dry_run, arguments.replace) {
        (true, _) => ExistingFiles::Tell,
        (false, true) => ExistingFiles::Replace,
        (false, false) => ExistingFiles::Keep,
    }
}

/// The files themselves, then what there is to know of them.
fn print(context: &Context, document: &TranslateDocument, files: &[PlannedFile], schema_file: &map_file::SchemaText) {
    for file in files {
        context.output.data(format!("-- {}\n{}", file.path.display(), file.text));
    }
    if schema_file.is_changed() {
        context.output.data(format!("# {}\n{}", schema_file.shown, schema_file.new));
    }
    context.output.data(document.text(context.output.paint()));
}

fn next_steps(arguments: &TranslateArgs) -> &'static str {
    if arguments.into.is_some() {
        return "\nnext: compare them with the migrations that are there";
    }
    "\nnext: read the files; answer the questions in schema.toml and run `schemactl translate --replace`\n\
     then: `schemactl generate --backend postgres` writes their downs, `schemactl up --backend postgres` applies them, `schemactl move plan` tries the rows, `schemactl move copy` moves them"
}

/// Between which databases it is translated.
struct TranslateEnds {
    project: Project,
    source: DatabaseTarget,
    target: DatabaseTarget,
    /// That of schema.toml, or an empty one.
    map: Map,
    /// Where the migrations are written.
    folder: PathBuf,
}

impl TranslateEnds {
    fn of(context: &Context, arguments: &TranslateArgs) -> Result<Self> {
        let overrides = context.global.overrides(None)?;
        if overrides.backend.is_some() || overrides.url.is_some() {
            return Err(Error::new(
                Code::Usage,
                "`translate` is from SQLite to PostgreSQL: `--backend` and `--url` name one of them",
            )
            .with_hint("`--from` names another SQLite file than schema.toml does"));
        }
        let source = only(&overrides, Dialect::Sqlite, arguments.from.as_deref())?;
        let target = only(&overrides, Dialect::Postgres, None).map_err(without_backend)?;
        let project = project(&overrides)?;
        let known = project.map(target.database.as_deref());
        let folder = arguments.into.clone().unwrap_or_else(|| target.migrations.clone());
        let map = known.unwrap_or_else(|| empty_map(&target));
        Ok(Self { project, source, target, map, folder })
    }
}

/// A URL alone does not say where migrations are.
fn without_backend(error: Error) -> Error {
    if error.code() != Code::UnknownDatabase {
        return error;
    }
    error
        .without_hints()
        .with_hint("add [postgres] with a `url` to schema.toml: on that server the migrations are tried")
}

/// Where every table and column has the same name on both. Its tables are in the schema of the history.
fn empty_map(target: &DatabaseTarget) -> Map {
    Map {
        section: target.database.as_ref().map_or("map".to_owned(), |name| format!("database.{name}.map")),
        place: Place::whole("schema.toml"),
        schema: target.options.schema.clone().unwrap_or_else(|| "public".to_owned()),
        tables: Vec::new(),
        columns: Vec::new(),
        sqlite_only: Vec::new(),
        postgres_only: Vec::new(),
        convert: Vec::new(),
        types: Vec::new(),
        unique: Vec::new(),
        at: Vec::new(),
        copy: CopySettings::default(),
    }
}
