//! Where an SQLite database lies: `sqlite:app.db`, `sqlite:///abs/app.db`, `sqlite::memory:`, a `file:` URI, or a path.

use std::fmt;
use std::path::{Path, PathBuf};

use super::redact;
use crate::error::{Code, Error, Hint, Result, did_you_mean};

/// Where an SQLite database lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SqliteLocation {
    /// In memory, and gone with the connection.
    Memory,
    /// In a file.
    File { path: PathBuf, access: Access },
}

/// What may be done to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Access {
    /// Read (`mode=ro`).
    ReadOnly,
    /// Read and write; the file must exist (`mode=rw`).
    ReadWrite,
    /// Read and write; the file is created where it is missing (`mode=rwc`).
    #[default]
    Create,
}

impl SqliteLocation {
    /// Reads a URL. `%20` and its like are decoded, but not in a plain path. `mode` is the only parameter.
    ///
    /// # Errors
    /// [`Code::InvalidUrl`]: it names no file, is for another database, or has an unknown parameter.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        read(url).map_err(|reason| reason.about(url))
    }

    /// Whether it is a file that is not there. One that cannot be looked for is none: opening it tells why.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::File { path, .. } if matches!(path.try_exists(), Ok(false)))
    }

    /// Whether it is a file: a database in memory is nothing that lasts.
    #[cfg(feature = "project")]
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }

    /// Reads a relative path as one below `folder`.
    #[must_use]
    pub(crate) fn below(self, folder: &Path) -> Self {
        match self {
            Self::Memory => Self::Memory,
            Self::File { path, access } => Self::File { path: folder.join(path), access },
        }
    }
}

/// As messages name it: the path, or `:memory:`.
impl fmt::Display for SqliteLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(":memory:"),
            Self::File { path, .. } => path.display().fmt(f),
        }
    }
}

/// Why a URL cannot be read.
#[derive(Debug, PartialEq, Eq)]
enum UrlFault {
    NoFile,
    OtherDatabase { scheme: String },
    Host,
    Fragment,
    Escape,
    QueryOfPath,
    NoPath,
    Home,
    Parameter { name: String },
    Mode { value: String },
    Twice,
}

impl UrlFault {
    fn about(self, url: &str) -> Error {
        let error = Error::new(Code::InvalidUrl, format!("the SQLite URL `{}` cannot be read: {self}", redact(url)));
        match self.hint() {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoFile => Some("write `sqlite:app.db`, or `sqlite::memory:` for a database in memory".into()),
            Self::OtherDatabase { scheme } => did_you_mean(scheme, ["sqlite", "file"]).map(Hint::from),
            Self::Host => Some("three slashes begin an absolute path: `sqlite:///var/lib/app.db`".into()),
            Self::Fragment => Some("write %23 where the name has a `#`".into()),
            Self::Escape => Some("write %25 where the name has a `%`".into()),
            Self::QueryOfPath => Some("write `sqlite:` before the path, to give parameters".into()),
            Self::NoPath => Some(
                "write `sqlite:app.db` for a file, whatever its name, or `postgres://user@host/database` for a database on a server"
                    .into(),
            ),
            Self::Home => Some(Hint::from("").either(
                "in schema.toml, write `${HOME}` in its place",
                "write the path of the folder in its place",
            )),
            Self::Parameter { name } => {
                did_you_mean(name, ["mode"]).map(Hint::from).or_else(|| Some("the only parameter is `mode`: ro, rw or rwc".into()))
            }
            Self::Mode { value } => did_you_mean(value, ["ro", "rw", "rwc", "memory"]).map(Hint::from),
            Self::Twice => None,
        }
    }
}

impl fmt::Display for UrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str("it names no file"),
            Self::OtherDatabase { scheme } => write!(f, "`{scheme}:` is not SQLite"),
            Self::Host => f.write_str("a file has no host"),
            Self::Fragment => f.write_str("it has a `#`"),
            Self::Escape => f.write_str("`%` is not followed by two hexadecimal digits that make UTF-8 text"),
            Self::QueryOfPath => f.write_str("a plain path has no parameters"),
            Self::NoPath => f.write_str("it has neither a scheme nor the form of a file's path"),
            Self::Home => f.write_str("`~` stands for no folder here"),
            Self::Parameter { name } => write!(f, "the parameter `{name}` is unknown"),
            Self::Mode { value } => write!(f, "`mode` is ro, rw, rwc or memory, not `{value}`"),
            Self::Twice => f.write_str("`mode` is given twice"),
        }
    }
}

fn read(url: &str) -> Result<SqliteLocation, UrlFault> {
    let location = match split_scheme(url) {
        Some(("sqlite", rest)) => uri(strip_slashes(rest))?,
        Some(("file", rest)) => uri(strip_authority(rest)?)?,
        Some((scheme, _)) => return Err(UrlFault::OtherDatabase { scheme: scheme.to_owned() }),
        None if url == ":memory:" => SqliteLocation::Memory,
        None if url.contains('?') => return Err(UrlFault::QueryOfPath),
        None if is_no_path(url) => return Err(UrlFault::NoPath),
        None => SqliteLocation::File { path: url.into(), access: Access::default() },
    };
    match &location {
        SqliteLocation::File { path, .. } if path.as_os_str().is_empty() => Err(UrlFault::NoFile),
        SqliteLocation::File { path, .. } if path.starts_with("~") => Err(UrlFault::Home),
        _ => Ok(location),
    }
}

/// Whether a text without a scheme is rather the name of a database, or a URL whose colon is missing: `shop`, `postgres//host/shop`,
/// `me@host/shop`. It would make a file of that name.
fn is_no_path(text: &str) -> bool {
    let first = text.split(['/', '\\']).next().unwrap_or_default();
    let has_separator = text.len() > first.len();
    let is_name = !text.is_empty() && !has_separator && !text.contains('.');
    let lacks_colon = !first.is_empty() && text[first.len()..].starts_with("//");
    let is_scheme = ["postgres", "postgresql", "sqlite", "mysql", "file", "http", "https"]
        .iter()
        .any(|scheme| first.trim_end_matches([';', '.', ',']).eq_ignore_ascii_case(scheme));
    is_name
        || lacks_colon
        || has_separator && (is_scheme && text[first.len()..].len() > 1 && !text.contains('.') || first.contains('@'))
}

/// The scheme, where there is one. One letter is the drive of a path on Windows.
fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let word = scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    word.then_some((scheme, rest))
}

fn uri(rest: &str) -> Result<SqliteLocation, UrlFault> {
    if rest.contains('#') {
        return Err(UrlFault::Fragment);
    }
    let (encoded, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = percent_decode(encoded)?;
    match mode(query)? {
        _ if path == ":memory:" => Ok(SqliteLocation::Memory),
        SqliteMode::Memory => Ok(SqliteLocation::Memory),
        SqliteMode::File(access) => Ok(SqliteLocation::File { path: path.into(), access }),
    }
}

/// `sqlite:a`, `sqlite://a` and `sqlite:///a` are two relative paths and an absolute one, as in other tools for Rust.
fn strip_slashes(rest: &str) -> &str {
    rest.strip_prefix("//").unwrap_or(rest)
}

/// `file:` follows SQLite: after two slashes stands a host, which is empty or `localhost`.
fn strip_authority(rest: &str) -> Result<&str, UrlFault> {
    let Some(rest) = rest.strip_prefix("//") else { return Ok(rest) };
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if path.starts_with('/') { Ok(path) } else { Err(UrlFault::Host) }
}

#[derive(PartialEq)]
enum SqliteMode {
    Memory,
    File(Access),
}

fn mode(query: &str) -> Result<SqliteMode, UrlFault> {
    let mut mode = None;
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name != "mode" {
            return Err(UrlFault::Parameter { name: name.to_owned() });
        }
        let value = match value {
            "ro" => SqliteMode::File(Access::ReadOnly),
            "rw" => SqliteMode::File(Access::ReadWrite),
            "rwc" => SqliteMode::File(Access::Create),
            "memory" => SqliteMode::Memory,
            _ => return Err(UrlFault::Mode { value: value.to_owned() }),
        };
        if mode.replace(value).is_some() {
            return Err(UrlFault::Twice);
        }
    }
    Ok(mode.unwrap_or(SqliteMode::File(Access::default())))
}

fn percent_decode(text: &str) -> Result<String, UrlFault> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(UrlFault::Escape)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) || digits == "00" {
            return Err(UrlFault::Escape);
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| UrlFault::Escape)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| UrlFault::Escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, access: Access) -> SqliteLocation {
        SqliteLocation::File { path: path.into(), access }
    }

    #[test]
    fn forms_of_a_url() {
        for (url, location) in [
            ("sqlite:app.db", file("app.db", Access::Create)),
            ("sqlite://app.db", file("app.db", Access::Create)),
            ("sqlite:data/app.db?mode=ro", file("data/app.db", Access::ReadOnly)),
            ("sqlite:///var/app.db?mode=rw", file("/var/app.db", Access::ReadWrite)),
            ("sqlite:/var/app.db?mode=rwc", file("/var/app.db", Access::Create)),
            ("sqlite:my%20app%23.db?", file("my app#.db", Access::Create)),
            ("sqlite:C:\\data\\app.db", file("C:\\data\\app.db", Access::Create)),
            ("sqlite::memory:", SqliteLocation::Memory),
            ("sqlite://:memory:", SqliteLocation::Memory),
            ("sqlite:x?mode=memory", SqliteLocation::Memory),
            (":memory:", SqliteLocation::Memory),
            ("file::memory:", SqliteLocation::Memory),
            ("file:app.db", file("app.db", Access::Create)),
            ("file:/var/app.db", file("/var/app.db", Access::Create)),
            ("file:///var/app.db?mode=ro", file("/var/app.db", Access::ReadOnly)),
            ("file://localhost/var/app.db", file("/var/app.db", Access::Create)),
            ("app.db", file("app.db", Access::Create)),
            ("./shop", file("./shop", Access::Create)),
            ("data/shop", file("data/shop", Access::Create)),
            ("/var/shop", file("/var/shop", Access::Create)),
            ("sqlite:shop", file("shop", Access::Create)),
            ("postgres/shop.db", file("postgres/shop.db", Access::Create)),
            ("./my%20app#.db", file("./my%20app#.db", Access::Create)),
            ("C:\\data\\app.db", file("C:\\data\\app.db", Access::Create)),
        ] {
            assert_eq!(SqliteLocation::parse(url).unwrap(), location, "{url}");
        }
    }

    #[test]
    fn urls_that_are_wrong() {
        for (url, message, hint) in [
            ("", "it names no file", "write `sqlite:app.db`"),
            ("sqlite:", "it names no file", "write `sqlite:app.db`"),
            ("sqlite://", "it names no file", "write `sqlite:app.db`"),
            ("file:?mode=ro", "it names no file", "write `sqlite:app.db`"),
            ("sqlit:app.db", "`sqlit:` is not SQLite", "did you mean `sqlite`?"),
            ("sqlite3:app.db", "`sqlite3:` is not SQLite", "did you mean `sqlite`?"),
            ("postgres://u:secret@h/db", "`postgres://u:***@h/db` cannot be read: `postgres:` is not SQLite", ""),
            ("file://host/app.db", "a file has no host", "three slashes"),
            ("sqlite:a#b", "it has a `#`", "write %23"),
            ("sqlite:100%.db", "`%` is not followed", "write %25"),
            ("sqlite:a%ff.db", "`%` is not followed", "write %25"),
            ("sqlite:a%00b", "`%` is not followed", "write %25"),
            ("sqlite:a%é", "`%` is not followed", "write %25"),
            ("shop", "it has neither a scheme nor the form", "write `sqlite:app.db` for a file"),
            ("postgres//h/db", "it has neither a scheme", "write `sqlite:app.db` for a file"),
            ("postgres/db", "it has neither a scheme", ""),
            ("me@h/db", "it has neither a scheme", ""),
            ("app.db?mode=ro", "a plain path has no parameters", "write `sqlite:`"),
            ("sqlite:~/app.db", "`~` stands for no folder", "write the path"),
            ("sqlite:a?moed=ro", "the parameter `moed` is unknown", "did you mean `mode`?"),
            ("sqlite:a?cache=shared", "the parameter `cache` is unknown", "the only parameter"),
            ("sqlite:a?mode=row", "not `row`", "did you mean `ro`?"),
            ("sqlite:a?mode", "not ``", ""),
            ("sqlite:a?mode=ro&mode=rw", "given twice", ""),
        ] {
            let error = SqliteLocation::parse(url).expect_err(url);
            assert_eq!(error.code(), Code::InvalidUrl);
            assert!(error.to_string().contains(message), "{url}: {error}");
            assert!(hint.is_empty() || error.hints()[0].to_string().starts_with(hint), "{url}: {:?}", error.hints());
            assert!(!format!("{error:?}").contains("secret"));
        }
    }

    #[test]
    fn relative_paths_are_below_the_folder() {
        let below = |url| SqliteLocation::parse(url).unwrap().below(Path::new("/project")).to_string();
        assert_eq!(below("sqlite:app.db"), "/project/app.db");
        assert_eq!(below("sqlite:/app.db"), "/app.db");
        assert_eq!(below("sqlite::memory:"), ":memory:");
    }
}
