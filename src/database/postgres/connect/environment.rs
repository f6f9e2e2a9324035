use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

/// What a connection takes from its surroundings: variables, the home directory, the user's name.
///
/// It is handed over as a value, so that tests need not change the environment of their process.
pub(crate) struct ConnectEnvironment {
    variables: EnvironmentVariables,
    home: Option<PathBuf>,
    user: Option<String>,
}

enum EnvironmentVariables {
    Process,
    #[cfg(test)]
    Fixed(std::collections::BTreeMap<String, String>),
}

impl ConnectEnvironment {
    /// The environment of this process.
    pub(crate) fn process() -> Self {
        Self { variables: EnvironmentVariables::Process, home: env::home_dir(), user: user_name() }
    }

    /// The value of a variable. An empty one counts as not set.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if the value is not UTF-8.
    pub(super) fn variable(&self, name: &str) -> Result<Option<String>> {
        let value = match &self.variables {
            EnvironmentVariables::Process => match env::var(name) {
                Ok(value) => Some(value),
                Err(env::VarError::NotPresent) => None,
                Err(env::VarError::NotUnicode(_)) => {
                    return Err(Error::new(Code::InvalidValue, format!("the variable {name} is not UTF-8 text")));
                }
            },
            #[cfg(test)]
            EnvironmentVariables::Fixed(variables) => variables.get(name).cloned(),
        };
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// The file in the home directory that PostgreSQL's own clients read.
    ///
    /// <https://www.postgresql.org/docs/17/libpq-pgpass.html>: on Windows the files are in `%APPDATA%\postgresql`.
    pub(super) fn user_file(&self, file: UserFile) -> Option<PathBuf> {
        if cfg!(windows) {
            let folder = self.variable("APPDATA").ok().flatten()?;
            return Some(Path::new(&folder).join("postgresql").join(file.on_windows()));
        }
        self.home.as_ref().map(|home| home.join(file.on_unix()))
    }

    /// The name of the operating system's user.
    pub(super) fn user_name(&self) -> Option<&str> {
        self.user.as_deref()
    }

    #[cfg(test)]
    pub(super) fn fixed<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { variables: EnvironmentVariables::Fixed(variables), home: None, user: Some("osuser".to_owned()) }
    }

    #[cfg(test)]
    pub(super) fn with_home(mut self, home: &Path) -> Self {
        self.home = Some(home.to_owned());
        self
    }

    #[cfg(test)]
    pub(super) fn without_user(mut self) -> Self {
        self.user = None;
        self
    }
}

/// A file that PostgreSQL's own clients look for in the home directory.
#[derive(Debug, Clone, Copy)]
pub(super) enum UserFile {
    Passwords,
    Services,
    RootCertificates,
    RevokedCertificates,
    Certificate,
    Key,
}

impl UserFile {
    fn on_unix(self) -> &'static str {
        match self {
            Self::Passwords => ".pgpass",
            Self::Services => ".pg_service.conf",
            Self::RootCertificates => ".postgresql/root.crt",
            Self::RevokedCertificates => ".postgresql/root.crl",
            Self::Certificate => ".postgresql/postgresql.crt",
            Self::Key => ".postgresql/postgresql.key",
        }
    }

    fn on_windows(self) -> &'static str {
        match self {
            Self::Passwords => "pgpass.conf",
            other => other.on_unix().trim_start_matches(".postgresql/"),
        }
    }
}

/// libpq asks the system for the effective user's entry. Without unsafe code: the owner of /proc/self is that user, and
/// /etc/passwd has its name. Users of a directory service are not in there, so that LOGNAME and USER are asked next.
fn user_name() -> Option<String> {
    let from_variables = || ["LOGNAME", "USER", "USERNAME"].iter().find_map(|name| env::var(name).ok());
    passwd_name().or_else(from_variables).filter(|name| !name.is_empty())
}

#[cfg(unix)]
fn passwd_name() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let passwd = std::fs::read("/etc/passwd").ok()?;
    let passwd = String::from_utf8_lossy(&passwd);
    passwd.lines().find_map(|line| user_of(line, &uid)).map(str::to_owned)
}

#[cfg(unix)]
fn user_of<'a>(line: &'a str, uid: &str) -> Option<&'a str> {
    let mut fields = line.split(':');
    let (name, id) = (fields.next()?, fields.nth(1)?);
    (id == uid).then_some(name)
}

#[cfg(not(unix))]
fn passwd_name() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_has_a_user() {
        assert!(ConnectEnvironment::process().user_name().is_some());
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        assert_eq!(ConnectEnvironment::fixed([("PGHOST", "")]).variable("PGHOST").unwrap(), None);
    }
}
