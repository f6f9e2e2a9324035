//! Files that stay files: copied to the folder where the application looks for them, whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path};

use tempfile::NamedTempFile;

use super::content::survey;

/// Copies a file below a folder, under the path that the row has. One that is there and the same is left; another one is refused.
///
/// # Errors
///
/// Why it is not there, in words.
pub(super) fn keep(file: &Path, path: &str, folder: &Path, sha256: &str) -> Result<(), String> {
    let below = Path::new(path);
    if !below.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err("its path leads out of the folder that it is copied to".to_owned());
    }
    let to = folder.join(below);
    let same = |there: &Path| -> io::Result<bool> { Ok(survey(&mut File::open(there)?, &[])?.sha256 == sha256) };
    let copied = || -> io::Result<bool> {
        if to.try_exists()? {
            return same(&to);
        }
        let parent = to.parent().unwrap_or(folder);
        fs::create_dir_all(parent)?;
        let mut temporary = NamedTempFile::new_in(parent)?;
        io::copy(&mut File::open(file)?, &mut temporary)?;
        temporary.as_file().sync_all()?;
        if !same(temporary.path())? {
            return Err(io::Error::other("it was written while it was copied"));
        }
        match temporary.persist_noclobber(&to) {
            Ok(_) => Ok(true),
            // Another import has put it there meanwhile.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => same(&to),
            Err(error) => Err(error.error),
        }
    };
    match copied() {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("another file is at {} already", to.display())),
        Err(error) => Err(format!("it cannot be copied to {}: {error}", to.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_copied_once_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.json"), folder.path().join("kept"));
        fs::write(&from, "{}").unwrap();
        let sha = survey(&mut File::open(&from).unwrap(), &[]).unwrap().sha256;
        assert_eq!(keep(&from, "x/a.json", &to, &sha), Ok(()));
        assert_eq!(keep(&from, "x/a.json", &to, &sha), Ok(()));
        assert_eq!(fs::read(to.join("x/a.json")).unwrap(), b"{}");
        fs::write(to.join("x/a.json"), "other").unwrap();
        assert!(keep(&from, "x/a.json", &to, &sha).unwrap_err().contains("another file"));
        assert!(keep(&from, "../a.json", &to, &sha).unwrap_err().contains("leads out"));
        assert!(keep(&from, "b.json", &to, "0").unwrap_err().contains("written while"));
        assert!(!to.join("b.json").exists());
    }
}
