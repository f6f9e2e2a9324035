use std::fmt;
use std::path::PathBuf;

/// Where a value came from, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ParameterOrigin {
    /// The URL or key=value string.
    ConnectionString,
    /// A service of a connection service file.
    Service { name: String, file: PathBuf },
    /// An environment variable.
    Variable(&'static str),
    /// The password file.
    PassFile(PathBuf),
}

impl fmt::Display for ParameterOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionString => f.write_str("the connection string"),
            Self::Service { name, file } => write!(f, "service `{name}` of {}", file.display()),
            Self::Variable(name) => write!(f, "{name}"),
            Self::PassFile(path) => write!(f, "{}", path.display()),
        }
    }
}
