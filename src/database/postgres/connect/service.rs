//! The connection service file: <https://www.postgresql.org/docs/17/libpq-pgservice.html>.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::environment::{ConnectEnvironment, UserFile};
use super::invalid::{Doubt, invalid, unknown_parameter};
use super::origin::ParameterOrigin;
use super::parameters::{GivenParameters, Key, ParameterValue};
use crate::error::{Code, Error, Place, Result, did_you_mean};

/// Where the file is when neither PGSERVICEFILE nor PGSYSCONFDIR says so. libpq has one such folder, chosen when it was
/// built; these are those of Debian, of Fedora and others, and of PostgreSQL's own build.
const SYSTEM_FOLDERS: [&str; 3] = ["/etc/postgresql-common", "/etc", "/usr/local/pgsql/etc"];

/// Fills in the parameters of the service that the values or PGSERVICE name.
pub(super) fn fill(values: &mut GivenParameters, environment: &ConnectEnvironment) -> Result<()> {
    let Some(name) = given(Key::Service, values, environment)? else { return Ok(()) };
    let files = match given(Key::ServiceFile, values, environment)? {
        Some(file) => vec![ServiceCandidate { path: file.into(), absence: Absence::Error }],
        None => default_files(environment)?,
    };
    let mut known = Vec::new();
    for file in &files {
        let Some(text) = file.read()? else { continue };
        match section(&text, &name) {
            ServiceSection::Found(lines) => return fill_from(values, &lines, &name, &file.path),
            ServiceSection::Absent(names) => known.extend(names.into_iter().map(str::to_owned)),
        }
    }
    Err(not_found(&name, &files, &known))
}

fn given(key: Key, values: &GivenParameters, environment: &ConnectEnvironment) -> Result<Option<String>> {
    match (values.given(key), key.variable()) {
        (Some(text), _) => Ok(Some(text.to_owned())),
        (None, Some(variable)) => environment.variable(variable),
        (None, None) => Ok(None),
    }
}

struct ServiceCandidate {
    path: PathBuf,
    absence: Absence,
}

/// What it means that a file does not exist.
enum Absence {
    Error,
    Next,
}

impl ServiceCandidate {
    fn read(&self) -> Result<Option<String>> {
        let failed = |error| Error::io(Code::InvalidUrl, "the connection service file cannot be read", error);
        match (fs::read(&self.path), &self.absence) {
            (Ok(bytes), _) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| invalid("the connection service file is not UTF-8 text").with_place(whole(&self.path))),
            (Err(error), Absence::Next) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            (Err(error), _) => Err(failed(error).with_place(whole(&self.path))),
        }
    }
}

fn default_files(environment: &ConnectEnvironment) -> Result<Vec<ServiceCandidate>> {
    let system = match environment.variable("PGSYSCONFDIR")? {
        Some(folder) => vec![PathBuf::from(folder)],
        None => SYSTEM_FOLDERS.iter().map(PathBuf::from).collect(),
    };
    let own = environment.user_file(UserFile::Services);
    let paths = own.into_iter().chain(system.into_iter().map(|folder| folder.join("pg_service.conf")));
    Ok(paths.map(|path| ServiceCandidate { path, absence: Absence::Next }).collect())
}

enum ServiceSection<'a> {
    /// The lines of the section, with their numbers.
    Found(Vec<(usize, &'a str)>),
    /// The sections that there are.
    Absent(Vec<&'a str>),
}

fn section<'a>(text: &'a str, name: &str) -> ServiceSection<'a> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_ascii()));
    let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let mut others = Vec::new();
    while let Some((_, line)) = lines.next() {
        match heading(line) {
            Some(found) if found == name => {
                return ServiceSection::Found(lines.take_while(|(_, l)| heading(l).is_none()).collect());
            }
            Some(other) => others.push(other),
            None => {}
        }
    }
    ServiceSection::Absent(others)
}

fn heading(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

fn fill_from(values: &mut GivenParameters, lines: &[(usize, &str)], name: &str, file: &Path) -> Result<()> {
    let origin = ParameterOrigin::Service { name: name.to_owned(), file: file.to_owned() };
    for &(number, line) in lines {
        let (key, text) = parameter(line).map_err(|error| error.with_place(at(file, number)))?;
        values.fill(key, ParameterValue { text: text.to_owned(), origin: origin.clone() });
    }
    Ok(())
}

/// The line is never repeated, since it may hold a password.
fn parameter(line: &str) -> Result<(Key, &str)> {
    if line.starts_with("ldap") {
        return Err(invalid("the connection service file asks for a look-up by LDAP, which is not supported"));
    }
    let (name, text) = line
        .split_once('=')
        .ok_or_else(|| invalid("a line of the connection service file has no `=`").with_hint("write key=value"))?;
    if name.ends_with(|c: char| c.is_ascii_whitespace()) {
        return Err(invalid("a line of the connection service file has a space before its `=`")
            .with_hint("in this file, write key=value without spaces around the `=`"));
    }
    match Key::named(name) {
        Some(Key::Service | Key::ServiceFile) => {
            Err(invalid("a service of the connection service file refers to another service"))
        }
        Some(key) => Ok((key, text)),
        None => Err(unknown_parameter(name, Doubt::None)),
    }
}

fn not_found(name: &str, files: &[ServiceCandidate], known: &[String]) -> Error {
    let paths: Vec<_> = files.iter().map(|file| file.path.display().to_string()).collect();
    let error = invalid(format!("the connection service `{name}` is not defined"))
        .with_cause(format!("looked in {}", paths.join(", ")));
    match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(hint) => error.with_hint(hint),
        None => error.with_hint(format!("add a section [{name}], or name the file with PGSERVICEFILE")),
    }
}

fn whole(path: &Path) -> Place {
    Place::whole(path.display().to_string())
}

/// The place has no source line, since that may hold a password.
fn at(path: &Path, line: usize) -> Place {
    Place::whole(format!("{}:{line}", path.display()))
}
