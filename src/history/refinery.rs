//! The checksums that refinery records
//! (<https://docs.rs/refinery-core/0.10.1/src/refinery_core/runner.rs.html>, `Migration::unapplied`).

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

const BOM: &str = "\u{feff}";

/// What refinery was built with: the type of its versions goes into each checksum (feature `int8-versions`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    I32(i32),
    I64(i64),
}

/// Whether refinery recorded this checksum for a text. A recorded name is part of it, so that a file which was renamed is known by what
/// it says. Its text may have been built in with another line end, or a byte order mark, as a checkout on Windows has it: that is no
/// other text here either.
pub(crate) fn is_checksum(recorded: &str, name: &str, version: i64, text: &str) -> bool {
    let Ok(recorded) = recorded.parse::<u64>() else { return false };
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let unix = text.replace("\r\n", "\n");
    let windows = unix.replace('\n', "\r\n");
    let widths = [i32::try_from(version).ok().map(Width::I32), Some(Width::I64(version))];
    widths.into_iter().flatten().any(|version| {
        [text, &unix, &windows].into_iter().any(|text| {
            checksum(name, version, text) == recorded || checksum(name, version, &format!("{BOM}{text}")) == recorded
        })
    })
}

fn checksum(name: &str, version: Width, text: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    match version {
        Width::I32(version) => version.hash(&mut hasher),
        Width::I64(version) => version.hash(&mut hasher),
    }
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "CREATE TABLE orders (id int);\nSELECT 1;\n";

    /// What refinery 0.10.0 computed, without and with `int8-versions`.
    const OF_I32: &str = "17469086858388081187";
    const OF_I64: &str = "13892820479868432785";

    #[test]
    fn golden_values() {
        for recorded in [OF_I32, OF_I64] {
            assert!(is_checksum(recorded, "create_orders", 7, TEXT), "{recorded}");
            assert!(is_checksum(recorded, "create_orders", 7, &TEXT.replace('\n', "\r\n")));
        }
        for (recorded, name, version, text) in [
            (OF_I32, "create_order", 7, TEXT),
            (OF_I32, "create_orders", 8, TEXT),
            (OF_I32, "create_orders", 7, "CREATE TABLE orders (id int);\n"),
            ("", "create_orders", 7, TEXT),
            ("-1", "create_orders", 7, TEXT),
        ] {
            assert!(!is_checksum(recorded, name, version, text), "{recorded} {name} {version} {text}");
        }
    }

    #[cfg(feature = "refinery")]
    #[test]
    fn it_is_what_refinery_computes() {
        let texts = ["", "x", TEXT, "\u{feff}SELECT 'größe';\r\n", "a\rb\r\nc\n"];
        for (text, name) in texts.into_iter().zip(["a", "create_orders", "größe_2", "_x", "Z"]) {
            for version in [0, 1, 7, 20_261_128] {
                let theirs = ::refinery::Migration::unapplied(&format!("V{version}__{name}"), text).unwrap();
                let recorded = theirs.checksum().to_string();
                assert!(is_checksum(&recorded, name, version, text), "V{version}__{name} {text:?}");
            }
        }
    }
}
