//! Which files a rule takes, and which it passes over: each is named.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use globset::{Glob, GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use super::secret::is_secret_file;
use crate::config::ImportRule;
use crate::error::{Code, Error, Result};

/// A file that a rule takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundFile {
    /// Below the rule's root, with `/`.
    pub(crate) path: String,
    pub(crate) place: PathBuf,
    /// Microseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) size: u64,
}

/// A file that is not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PassedOver {
    /// Escaped where it is not UTF-8.
    pub(crate) path: String,
    pub(crate) reason: String,
    /// Whether the rule would have taken it.
    pub(crate) is_wanted: bool,
}

/// What of a folder a rule takes, in the order of the paths.
#[derive(Debug, Default)]
pub(crate) struct FoundFiles {
    pub(crate) taken: Vec<FoundFile>,
    pub(crate) passed: Vec<PassedOver>,
    /// Files beside those that are taken, which the rule's patterns do not name.
    pub(crate) beside: Vec<String>,
}

/// Looks for the files of a rule.
///
/// # Errors
///
/// The rule's root is no folder.
pub(crate) fn walk(rule: &ImportRule, root: &Path) -> Result<FoundFiles> {
    let whole = std::fs::canonicalize(root).ok().filter(|whole| whole.is_dir()).ok_or_else(|| {
        Error::new(Code::ImportNotReady, format!("{} is no folder", root.display()))
            .with_place(rule.place.clone())
            .with_state("nothing was read")
            .with_hint("`root` is relative to schema.toml; `--root` names another folder")
    })?;
    let walk = FolderWalk { rule, root, whole, files: matchers(&rule.files), except: matchers(&rule.except) };
    let mut found = FoundFiles::default();
    for entry in WalkDir::new(root).follow_links(false).sort_by_file_name() {
        match entry {
            Ok(entry) => walk.entry(&entry, &mut found),
            Err(error) => {
                let path = error.path().unwrap_or(root).strip_prefix(root).unwrap_or(root);
                let reason = error.io_error().map_or_else(|| "it cannot be read".to_owned(), ToString::to_string);
                let is_wanted = walk.is_below_pattern(path);
                found.passed.push(PassedOver { path: shown(path), reason, is_wanted });
            }
        }
    }
    found.taken.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

struct FolderWalk<'a> {
    rule: &'a ImportRule,
    root: &'a Path,
    /// The root without symbolic links.
    whole: PathBuf,
    files: Vec<GlobMatcher>,
    except: Vec<GlobMatcher>,
}

impl FolderWalk<'_> {
    fn entry(&self, entry: &DirEntry, found: &mut FoundFiles) {
        let below = entry.path().strip_prefix(self.root).unwrap_or(entry.path());
        if entry.file_type().is_dir() || is_any(&self.except, below) {
            return;
        }
        if !is_any(&self.files, below) {
            if self.is_below_pattern(below) {
                found.beside.push(shown(below));
            }
            return;
        }
        match self.take(entry, below) {
            Ok(file) => found.taken.push(file),
            Err(reason) => found.passed.push(PassedOver { path: shown(below), reason, is_wanted: true }),
        }
    }

    /// The file that an entry of a folder is, or why it is not taken.
    fn take(&self, entry: &DirEntry, below: &Path) -> Result<FoundFile, String> {
        let Some(path) = below.to_str() else { return Err("its name is not UTF-8".to_owned()) };
        if path.contains(['\n', '\r', '\0']) {
            return Err("its name has a line break".to_owned());
        }
        if entry.path_is_symlink() {
            let leads = std::fs::canonicalize(entry.path()).map_err(|error| format!("a symbolic link: {error}"))?;
            if !leads.starts_with(&self.whole) {
                return Err("a symbolic link that leads out of the folder; it is not followed".to_owned());
            }
            if leads.is_dir() {
                return Err("a symbolic link to a folder; it is not followed".to_owned());
            }
        }
        let metadata = std::fs::metadata(entry.path()).map_err(|error| error.to_string())?;
        if !metadata.is_file() {
            return Err("it is no file that can be read to its end".to_owned());
        }
        if !self.rule.takes_secrets && is_secret_file(path) {
            return Err("by its name it holds secrets; `secrets = \"import\"` in the rule takes it".to_owned());
        }
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or_default();
        Ok(FoundFile { path: path.replace('\\', "/"), place: entry.path().to_owned(), modified, size: metadata.len() })
    }

    /// Whether a file is in a folder that a pattern names: what is there and is not taken was meant by nobody.
    fn is_below_pattern(&self, path: &Path) -> bool {
        let folder = |pattern: &String| {
            let plain = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{']));
            let mut parts: Vec<&str> = plain.collect();
            // The last part names the file.
            if parts.len() == pattern.split('/').count() {
                parts.pop();
            }
            parts.iter().collect::<PathBuf>()
        };
        self.rule.files.iter().any(|pattern| {
            let folder = folder(pattern);
            !folder.as_os_str().is_empty() && path.starts_with(folder)
        })
    }
}

/// Whether the patterns of a rule name a file, or say that it is not taken.
pub(crate) fn takes(rule: &ImportRule, path: &Path) -> bool {
    is_any(&matchers(&rule.files), path) || is_any(&matchers(&rule.except), path)
}

fn matchers(patterns: &[String]) -> Vec<GlobMatcher> {
    // They were read with schema.toml.
    let built = |pattern: &String| GlobBuilder::new(pattern).literal_separator(true).build();
    patterns.iter().filter_map(|pattern| built(pattern).ok()).map(|glob: Glob| glob.compile_matcher()).collect()
}

fn is_any(matchers: &[GlobMatcher], path: &Path) -> bool {
    matchers.iter().any(|matcher| matcher.is_match(path))
}

/// A path as a message has it: nothing in it steers a terminal.
pub(crate) fn shown(path: &Path) -> String {
    let text = match path.to_str() {
        Some(text) => text.to_owned(),
        None => path.as_os_str().as_encoded_bytes().escape_ascii().to_string(),
    };
    text.chars()
        .flat_map(|letter| if letter.is_control() { letter.escape_default().collect() } else { vec![letter] })
        .collect()
}
