//! Whose folder it looks like: by the names of what lies in it, and where these do not tell, by the annotations of a file. Only a hint is
//! made of it, so that what cannot be read tells nothing.

use std::path::Path;

use super::files::{LayoutFile, LayoutReading};
use super::pairs::numbered;
use super::{Layout, goose};
use crate::error::{Code, Error, Place};
use crate::source::file_name::FileName;

/// Another tool's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likely {
    /// That of a tool which `--layout` names.
    Of(Layout),
    /// golang-migrate and sqlx name pairs of files alike.
    Pairs,
    Dbmate,
    Flyway,
}

impl Likely {
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let reading = LayoutReading::of(folder).ok()?;
        if reading.folders.iter().any(|folder| folder.path.join("up.sql").is_file()) {
            return Some(Self::Of(Layout::Diesel));
        }
        let names: Vec<&str> = reading.files.iter().map(|file| file.name.as_str()).collect();
        lettered(&names).or_else(|| {
            // A single file that lacks its V is a slip.
            let is_ours = names.iter().any(|name| FileName::parse(name).is_ok());
            if is_ours { None } else { reading.files.iter().find_map(by_number) }
        })
    }

    /// The tool, as it calls itself.
    fn tool(self) -> &'static str {
        match self {
            Self::Of(layout) => layout.as_str(),
            Self::Pairs => "golang-migrate or sqlx",
            Self::Dbmate => "dbmate",
            Self::Flyway => "Flyway",
        }
    }

    /// What `prove` says of the folder in place of `error`.
    pub(super) fn unnamed(self, folder: &Path, error: Error) -> Error {
        let (shown, tool) = (folder.display().to_string(), self.tool());
        let read = match self {
            Self::Of(layout) => {
                format!("`schemactl prove {shown} --layout {}` reads it as {tool} does", layout.as_str())
            }
            Self::Pairs => {
                format!(
                    "`schemactl prove {shown} --layout golang-migrate` reads it, and so does `--layout sqlx`: these are named alike"
                )
            }
            Self::Dbmate | Self::Flyway => return error.with_hint(self.renamed()),
        };
        Error::new(Code::FileName, format!("{shown} looks like a folder of {tool}, and is read as one of schemactl"))
            .with_place(Place::whole(shown))
            .with_hint(read)
    }

    /// What the other commands say of it.
    pub(crate) fn hint(self, folder: &Path) -> String {
        let (shown, tool) = (folder.display(), self.tool());
        let layout = match self {
            Self::Of(layout) => layout.as_str(),
            Self::Pairs => Layout::GolangMigrate.as_str(),
            Self::Dbmate | Self::Flyway => return self.renamed(),
        };
        format!(
            "this looks like a folder of {tool}: docs/coming-from.md has how a project moves over; `schemactl prove {shown} --layout \
             {layout}` tries its downs as they lie"
        )
    }

    /// How the files of a tool without a layout are named here.
    fn renamed(self) -> String {
        let how = match self {
            Self::Dbmate => {
                "what stands below `-- migrate:up` goes to `V<version>__<name>.sql`, what stands below `-- migrate:down` to \
                 `V<version>__<name>.down.sql`"
            }
            _ => {
                "versions are whole numbers here, an undo `U7__x.sql` is `V7__x.down.sql`, and a repeatable `R__x.sql` is `V8__x.sql` \
                 with the line `-- schemactl: repeat = changed`"
            }
        };
        format!("this looks like a folder of {}, which no `--layout` reads: {how}", self.tool())
    }
}

/// Tools whose names begin with a letter, as ours do.
fn lettered(names: &[&str]) -> Option<Likely> {
    let versions = |letter: char| {
        let stems = names.iter().filter_map(|name| name.strip_suffix(".sql"));
        let versions = stems.filter_map(move |stem| Some(stem.strip_prefix(letter)?.split_once("__")?.0));
        versions.filter(|version| version.starts_with(|c: char| c.is_ascii_digit())).collect::<Vec<_>>()
    };
    let is_dotted = |version: &&str| {
        version.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_')) && version.contains(['.', '_'])
    };
    let (forward, back) = (versions('V'), versions('U'));
    let undoes = back.iter().any(|version| forward.contains(version));
    let repeats = names.iter().any(|name| name.strip_suffix(".sql").is_some_and(|stem| stem.starts_with("R__")));
    if repeats || undoes || !versions('B').is_empty() || forward.iter().chain(&back).any(is_dotted) {
        return Some(Likely::Flyway);
    }
    (!back.is_empty()).then_some(Likely::Of(Layout::Refinery))
}

/// Tools whose names begin with the number.
fn by_number(file: &LayoutFile) -> Option<Likely> {
    let stem = file.name.strip_suffix(".sql")?;
    numbered(stem)?;
    let script = file.script().ok()?;
    if goose::is_annotated(&script) {
        return Some(Likely::Of(Layout::Goose));
    }
    let is_dbmate = |line: &str| {
        line.trim_start().strip_prefix("--").is_some_and(|rest| rest.trim_start().starts_with("migrate:up"))
    };
    if script.text().lines().any(is_dbmate) {
        return Some(Likely::Dbmate);
    }
    let is_pair = [".up", ".down"].iter().any(|end| stem.ends_with(end));
    Some(if is_pair { Likely::Pairs } else { Likely::Of(Layout::Sqlx) })
}
