//! Which number the next migration has, and which folder it goes to.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::error::{Code, Error, Result, did_you_mean};
use crate::source::{Named, Phase};
use crate::version::Version;

/// How the next migration is numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Numbering {
    /// By the time.
    Timestamp,
    /// As the last one is.
    AsBefore,
}

/// The digits of a number, where there is no migration yet.
const WIDTH: usize = 4;

/// The digits of a time: 20261104093000.
const TIMESTAMP_WIDTH: usize = 14;

/// The next version above all that exist, or did, and its digits: a number that a migration had is not given to another, since histories
/// elsewhere may have it. `applied` is the last one that a history has.
pub(super) fn next(
    existing: &[Named],
    applied: Option<Version>,
    numbering: Numbering,
    now: DateTime<Utc>,
) -> Result<(Version, String)> {
    let last = existing.iter().max_by_key(|named| named.version);
    let highest = last.map(|named| named.version).max(applied);
    let number = highest.map_or(1, |highest| highest.get() + 1);
    let by_time = numbering == Numbering::Timestamp || highest.is_some_and(is_timestamp);
    let (number, width) = if by_time {
        let now: i64 = now.format("%Y%m%d%H%M%S").to_string().parse().unwrap_or_default();
        (number.max(now), TIMESTAMP_WIDTH)
    } else {
        (number, last.map_or(WIDTH, |last| digits(&last.path)))
    };
    let version = Version::new(number).ok_or_else(|| {
        Error::new(Code::Usage, format!("there is no version above {}", Version::MAX)).with_state("nothing was changed")
    })?;
    Ok((version, format!("{number:0width$}")))
}

/// From the year 1900 on: 19000101000000.
fn is_timestamp(version: Version) -> bool {
    (19_000_101_000_000..=99_991_231_235_959).contains(&version.get())
}

/// How many digits the version has in the name of a file, leading zeros included.
fn digits(path: &Path) -> usize {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.bytes().skip(1).take_while(u8::is_ascii_digit).count()
}

/// The folder for the next migration: that of the phase, or of the last migration.
pub(super) fn folder(root: &Path, existing: &[Named], phase: Option<&str>) -> Result<PathBuf> {
    let last = existing.iter().rev().find_map(|named| named.phase.as_ref());
    let Some(wanted) = phase else {
        return Ok(last.map_or(root.to_owned(), |phase| root.join(folder_of(existing, phase))));
    };
    let known = existing.iter().filter_map(|named| named.phase.as_ref()).find(|phase| is_named(phase, wanted));
    match (known, last) {
        (Some(known), Some(last)) if known.number() < last.number() => Err(too_early(known, last)),
        (Some(known), _) => Ok(root.join(folder_of(existing, known))),
        (None, last) => Ok(root.join(created(wanted, last, existing)?)),
    }
}

/// The name of the folder as it is on disk: `01_core` is phase 1 too.
fn folder_of(existing: &[Named], phase: &Phase) -> PathBuf {
    let file = existing.iter().find(|named| named.phase.as_ref() == Some(phase));
    let folder = file.and_then(|named| named.path.parent()).and_then(Path::file_name);
    folder.map_or_else(|| PathBuf::from(phase.to_string()), PathBuf::from)
}

fn is_named(phase: &Phase, wanted: &str) -> bool {
    phase.name() == wanted || phase.number().to_string() == wanted || phase.to_string() == wanted
}

/// The folder of a phase that is new.
fn created(wanted: &str, last: Option<&Phase>, existing: &[Named]) -> Result<String> {
    let next = last.map_or(1, |last| last.number() + 1);
    let named =
        if wanted.starts_with(|c: char| c.is_ascii_digit()) { wanted.to_owned() } else { format!("{next}_{wanted}") };
    let Some(phase) = Phase::parse(&named) else {
        let error = Error::new(Code::Usage, format!("`{wanted}` is not the name of a phase"))
            .with_hint("a phase is named with letters, digits and `_`: `core`, or with its number: `1_core`");
        let phases: Vec<_> = existing.iter().filter_map(|named| named.phase.as_ref()).map(Phase::name).collect();
        return Err(match did_you_mean(wanted, phases) {
            Some(hint) => error.with_hint(hint),
            None => error,
        });
    };
    match last {
        Some(last) if phase.number() <= last.number() => Err(too_early(&phase, last)),
        _ => Ok(named),
    }
}

fn too_early(phase: &Phase, last: &Phase) -> Error {
    Error::new(Code::Phase, format!("a new migration cannot be in phase {phase}: phase {last} comes after it"))
        .with_state("nothing was changed")
        .with_hint(
            "its version is the highest, and versions rise through the phases: put it into the last phase or a new one",
        )
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    fn named(path: &str, version: i64) -> Named {
        let phase = Path::new(path).parent().and_then(|folder| Phase::parse(folder.to_str().unwrap()));
        Named { version: Version::new(version).unwrap(), phase, path: path.into() }
    }

    fn next_of(existing: &[Named], numbering: Numbering) -> String {
        let now = Utc.with_ymd_and_hms(2026, 11, 4, 9, 30, 0).unwrap();
        next(existing, None, numbering, now).unwrap().1
    }

    #[test]
    fn what_a_history_has_counts() {
        let now = Utc.with_ymd_and_hms(2026, 11, 4, 9, 30, 0).unwrap();
        let of =
            |existing: &[Named], applied| next(existing, Version::new(applied), Numbering::AsBefore, now).unwrap().1;
        assert_eq!(of(&[named("V2__a.sql", 2)], 7), "8");
        assert_eq!(of(&[named("V012__a.sql", 12)], 7), "013");
        assert_eq!(of(&[], 7), "0008");
        assert_eq!(of(&[], 20_250_101_000_000), "20261104093000");
    }

    #[test]
    fn numbers_go_on_as_they_began() {
        assert_eq!(next_of(&[], Numbering::AsBefore), "0001");
        assert_eq!(next_of(&[named("V1__a.sql", 1)], Numbering::AsBefore), "2");
        assert_eq!(next_of(&[named("V009__a.sql", 9)], Numbering::AsBefore), "010");
        assert_eq!(next_of(&[named("V99__a.sql", 99)], Numbering::AsBefore), "100");
        assert_eq!(next_of(&[], Numbering::Timestamp), "20261104093000");
        let times = [named("V20250101000000__a.sql", 20_250_101_000_000)];
        assert_eq!(next_of(&times, Numbering::AsBefore), "20261104093000");
        // A clock that is behind must not make a version that arrives late.
        let future = [named("V20991231000000__a.sql", 20_991_231_000_000)];
        assert_eq!(next_of(&future, Numbering::AsBefore), "20991231000001");
    }

    #[test]
    fn the_folder_is_that_of_the_phase() {
        let existing = [named("01_core/V1__a.sql", 1), named("2_audit/V2__b.sql", 2)];
        let of = |phase: Option<&str>| folder(Path::new("m"), &existing, phase);
        assert_eq!(of(None).unwrap(), Path::new("m/2_audit"));
        assert_eq!(of(Some("audit")).unwrap(), Path::new("m/2_audit"));
        assert_eq!(of(Some("extras")).unwrap(), Path::new("m/3_extras"));
        assert_eq!(of(Some("5_extras")).unwrap(), Path::new("m/5_extras"));
        assert_eq!(of(Some("core")).unwrap_err().code(), Code::Phase);
        assert_eq!(of(Some("1_early")).unwrap_err().code(), Code::Phase);
        assert_eq!(of(Some("../up")).unwrap_err().code(), Code::Usage);
        assert_eq!(folder(Path::new("m"), &[], None).unwrap(), Path::new("m"));
        assert_eq!(folder(Path::new("m"), &existing[..1], None).unwrap(), Path::new("m/01_core"));
    }
}
