//! The names of phases: subfolders `<number>_<name>`.

use std::borrow::Cow;

use super::Phase;
use super::file_name::is_word;

impl Phase {
    /// Reads the name of a folder, or returns `None` where it is not that of a phase.
    ///
    /// A name that is all digits is none: `--phase 2` would be about two phases.
    pub(crate) fn parse(folder: &str) -> Option<Self> {
        let (number, name) = folder.split_once('_')?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let words = name.chars().all(is_word) && name.chars().any(|c| !c.is_ascii_digit()) && !name.starts_with('_');
        (digits && words).then_some(())?;
        Some(Self { number: number.parse().ok()?, name: Cow::Owned(name.to_owned()) })
    }
}

/// The name that was probably meant; always one that [`Phase::parse`] takes.
pub(super) fn suggest(folder: &str) -> Option<String> {
    let start = folder.find(|c: char| c.is_ascii_digit())?;
    let rest = &folder[start..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let words: String = rest[digits..].chars().map(|c| if is_word(c) { c } else { '_' }).collect();
    let meant = format!("{}_{}", &rest[..digits], words.trim_matches(['_', '-']));
    Phase::parse(&meant).is_some().then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_phases() {
        for (folder, number, name) in [("1_core", 1, "core"), ("02_audit_2", 2, "audit_2"), ("0_größe", 0, "größe")]
        {
            let phase = Phase::parse(folder).unwrap();
            assert_eq!((phase.number(), phase.name()), (number, name));
        }
    }

    #[test]
    fn names_that_are_none() {
        for (folder, meant) in [
            ("core", None),
            ("1core", Some("1_core")),
            ("1-core", Some("1_core")),
            ("1__core", Some("1_core")),
            ("phase1_core", Some("1_core")),
            ("1_core.old", Some("1_core_old")),
            ("1_2", None),
            ("1_", None),
            ("_core", None),
            ("99999999999_core", None),
            (".git", None),
        ] {
            assert_eq!(Phase::parse(folder), None, "{folder}");
            assert_eq!(suggest(folder).as_deref(), meant, "{folder}");
        }
    }
}
