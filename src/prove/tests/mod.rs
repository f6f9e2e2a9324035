//! Proofs, judged by witnesses that share no code with what they judge.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use crate::source::{Checksum, Migration, Script};
use crate::version::Version;

fn script(path: &str, text: &str) -> Script {
    Script { path: path.to_owned().into(), checksum: Checksum::of(text), text: text.to_owned().into() }
}

fn migration(version: i64, up: &str, down: Option<&str>) -> Migration {
    Migration {
        version: Version::new(version).unwrap(),
        description: "change".into(),
        phase: None,
        up: script(&format!("V{version}__change.sql"), up),
        down: down.map(|down| script(&format!("V{version}__change.down.sql"), down)),
    }
}
