mod chosen;
mod template;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use self::chosen::{ChosenBackends, choose};
use super::args::Global;
use super::context::{Context, Reply};
use crate::config::{CallEnvironment, FILE_NAME};
use crate::error::{Code, Error, Place, Result};
use crate::report::{InitDocument, ReplyBody};
use crate::sql::Dialect;

pub(super) fn run(context: &Context) -> Result<Reply> {
    let global = &context.global;
    refuse_unused(global)?;
    refuse_names(&global.database)?;
    let path = global.config.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let beside = path.parent().unwrap_or(Path::new(""));
    let chosen = choose(&CallEnvironment::of_process()?, beside, global.backend, &global.database)?;
    let mut created = Vec::new();
    refuse_second(&path)?;
    create(&path, &template::schema_toml(&chosen), &mut created)?;
    for folder in folders(&beside.join("migrations"), &chosen) {
        keep(&folder, &mut created)?;
    }
    for path in &created {
        context.output.data(format!("created {path}"));
    }
    context.output.data(template::said(&chosen));
    context.output.data(template::next_steps(&chosen));
    let backends = chosen.dialects().iter().map(|dialect| dialect.as_str()).collect();
    let because = chosen.because.as_str();
    Ok(Reply::new(ReplyBody::Init(InitDocument { created, backends, because })))
}

/// What is typed for a database that is still to be described would be lost without a word.
fn refuse_unused(global: &Global) -> Result<()> {
    let given = [
        ("--url", global.url.is_some()),
        ("--migrations", global.migrations.is_some()),
        ("--table", global.table.is_some()),
        ("--schema", global.schema.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Error::new(Code::Usage, format!("`init` takes no `{flag}`"))
            .with_hint("write it into schema.toml, which `schemactl init` creates")),
        None => Ok(()),
    }
}

/// There is a project already: what goes on with it, and how another one would begin.
fn refuse_second(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let shown = path.display();
    Err(already(path)
        .with_hint("go on with it: `schemactl status` shows its migrations, `schemactl new \"add total to orders\"` creates the next one")
        .with_hint(format!("another database or backend is written into {shown}; to begin anew, remove it first")))
}

fn already(path: &Path) -> Error {
    let shown = path.display().to_string();
    Error::new(Code::Usage, format!("{shown} exists already"))
        .with_place(Place::whole(&shown))
        .with_state("nothing was changed")
}

/// A name is a key of schema.toml and a folder.
fn refuse_names(names: &[String]) -> Result<()> {
    let is_plain = |name: &&String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    match names.iter().find(|name| name.is_empty() || !is_plain(name)) {
        Some(name) => Err(Error::new(Code::InvalidValue, format!("`{name}` cannot be the name of a database"))
            .with_state("nothing was created")
            .with_hint("a name has letters, digits, `_` and `-`")),
        None => Ok(()),
    }
}

fn folders(root: &Path, chosen: &ChosenBackends) -> Vec<PathBuf> {
    let folder = |dialect: Dialect, name: Option<&String>| {
        let folder = root.join(dialect.as_str());
        name.map_or(folder.clone(), |name| folder.join(name))
    };
    let of_backend = |dialect: Dialect| {
        let databases = chosen.databases.iter().filter(move |database| database.dialects.contains(&dialect));
        databases.map(move |database| folder(dialect, database.name.as_ref()))
    };
    chosen.dialects().into_iter().flat_map(of_backend).collect()
}

/// Makes a folder, with a file in it that keeps it in git, unless it has something already.
fn keep(folder: &Path, created: &mut Vec<String>) -> Result<()> {
    let failed = |cause| Error::io(Code::Io, format!("{} cannot be created", folder.display()), cause);
    fs::create_dir_all(folder).map_err(failed)?;
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Ok(());
    }
    create(&folder.join(".gitkeep"), "", created)
}

/// Creates a file, and never writes over one.
fn create(path: &Path, text: &str, created: &mut Vec<String>) -> Result<()> {
    let shown = path.display().to_string();
    let written =
        OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => already(path),
        _ => Error::io(Code::Io, format!("{shown} cannot be created"), cause),
    })?;
    created.push(shown);
    Ok(())
}
