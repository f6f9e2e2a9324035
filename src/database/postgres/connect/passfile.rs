//! The password file: <https://www.postgresql.org/docs/17/libpq-pgpass.html>.

use std::path::PathBuf;
use std::{fs, io};

use super::origin::ParameterOrigin;
use super::password::Password;

/// The password file, read. It holds passwords, so it has no `Debug`.
pub(super) struct PassFile {
    path: PathBuf,
    content: Vec<u8>,
}

/// What a connection is looked up by.
pub(super) struct PassfileLookup<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

impl PassFile {
    /// Reads the file. As in libpq, one that does not exist is none, and one that others can read is not used: the reason
    /// is returned, to be shown as a warning.
    pub(super) fn read(path: PathBuf) -> Result<Option<Self>, String> {
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("the password file {} was not used: {error}", path.display())),
        };
        if !metadata.is_file() {
            return Err(format!("the password file {} was not used: it is not a plain file", path.display()));
        }
        if let Exposure::Others = exposure(&metadata) {
            return Err(format!(
                "the password file {path} was not used: others can read it; run `chmod 0600 {path}`",
                path = path.display()
            ));
        }
        match fs::read(&path) {
            Ok(content) => Ok(Some(Self { path, content })),
            Err(error) => Err(format!("the password file {} was not used: {error}", path.display())),
        }
    }

    /// The password of the first line that matches.
    pub(super) fn find(&self, lookup: &PassfileLookup<'_>) -> Option<Password> {
        let port = lookup.port.to_string();
        let wanted = [lookup.host, port.as_str(), lookup.database, lookup.user];
        let lines = self.content.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut lines = lines.filter(|line| !line.starts_with(b"#"));
        let password = lines.find_map(|line| matching_rest(line, &wanted))?;
        let (bytes, _) = unescape(password);
        Some(Password::new(bytes, ParameterOrigin::PassFile(self.path.clone())))
    }
}

enum Exposure {
    Owner,
    Others,
}

#[cfg(unix)]
fn exposure(metadata: &fs::Metadata) -> Exposure {
    use std::os::unix::fs::MetadataExt as _;
    const GROUP_AND_OTHERS: u32 = 0o077;
    if metadata.mode() & GROUP_AND_OTHERS == 0 { Exposure::Owner } else { Exposure::Others }
}

/// As in libpq, the permissions are not checked on Windows.
#[cfg(not(unix))]
fn exposure(_: &fs::Metadata) -> Exposure {
    Exposure::Owner
}

/// What follows the four fields, if each of them is the wanted text or `*`.
fn matching_rest<'a>(line: &'a [u8], wanted: &[&str; 4]) -> Option<&'a [u8]> {
    wanted.iter().try_fold(line, |rest, wanted| {
        if let Some(rest) = rest.strip_prefix(b"*:") {
            return Some(rest);
        }
        let (field, rest) = unescape(rest);
        (field == wanted.as_bytes()).then_some(rest?)
    })
}

/// The text up to the next `:`, where `\` takes the next character as it is, and what follows the `:`.
fn unescape(text: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let mut field = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, text.get(at + 1)) {
            (b':', _) => return (field, Some(&text[at + 1..])),
            (b'\\', Some(&escaped)) => {
                field.push(escaped);
                at += 2;
            }
            _ => {
                field.push(byte);
                at += 1;
            }
        }
    }
    (field, None)
}
