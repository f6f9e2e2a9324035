//! What the code that [`build::embed`](crate::build::embed) generates is made of. Nothing here is for use by hand.

use std::borrow::Cow;

use super::Checksum;
use super::digest::RunningDigest;
pub use super::{Migration, Migrations, Phase, Script};
use crate::version::Version;

/// Builds the value of [`embed!`](crate::embed). The digest over the checksums was computed by the build script.
pub const fn migrations(list: &'static [Migration], digest: &'static str) -> Migrations {
    Migrations::recorded(list, RunningDigest::recorded(Cow::Borrowed(digest)))
}

/// Builds a migration. The version was checked by the build script.
pub const fn migration(
    number: i64,
    description: &'static str,
    phase: Option<Phase>,
    up: Script,
    down: Option<Script>,
) -> Migration {
    Migration {
        version: version(number),
        description: Cow::Borrowed(description),
        phase,
        up,
        down,
        proven: None,
        after: None,
    }
}

const fn version(number: i64) -> Version {
    match Version::new(number) {
        Some(version) => version,
        None => panic!("the version is in range"),
    }
}

/// Builds a phase.
pub const fn phase(number: u32, name: &'static str) -> Phase {
    Phase { number, name: Cow::Borrowed(name) }
}

/// Builds a script of what `include_str!` returns.
pub const fn script(path: &'static str, text: &'static str, checksum: [u8; 32]) -> Script {
    let checksum = Checksum::from_bytes(checksum);
    Script::recorded(Cow::Borrowed(path), Cow::Borrowed(without_bom(text)), checksum)
}

const fn without_bom(text: &'static str) -> &'static str {
    match text.as_bytes() {
        [0xef, 0xbb, 0xbf, ..] => text.split_at(3).1,
        _ => text,
    }
}

/// Embeds the migrations of a folder at build time, as a constant of type [`Migrations`].
///
/// The folder is named as in the build script, which reads and checks it: see [`build::embed`](crate::build::embed).
///
/// ```ignore
/// static MIGRATIONS: schemactl::Migrations = schemactl::embed!("migrations/sqlite");
/// ```
#[macro_export]
macro_rules! embed {
    ($folder:literal) => {{
        use $crate::embedded as __schemactl;
        include!(env!(
            concat!("SCHEMACTL_EMBED ", $folder),
            concat!(
                "the build script does not embed the folder \"",
                $folder,
                "\": build.rs must call `schemactl::build::embed(\"",
                $folder,
                "\")`, and Cargo.toml have, under [build-dependencies], ",
                "`schemactl = { version = \"",
                $crate::__version!(),
                "\", default-features = false }`"
            )
        ))
    }};
}

/// The version of this package, as a literal that `concat!` takes.
#[doc(hidden)]
#[macro_export]
macro_rules! __version {
    () => {
        "0.1"
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_bom_is_no_part_of_the_text() {
        assert_eq!(super::without_bom("\u{feff}a"), "a");
        assert_eq!(super::without_bom("a"), "a");
        assert_eq!(super::without_bom(""), "");
    }

    #[test]
    fn the_version_in_the_advice_is_that_of_the_package() {
        assert!(env!("CARGO_PKG_VERSION").starts_with(concat!(__version!(), ".")));
    }
}
