//! R12: the checksums that are stored in databases never change their meaning.

use schemactl::Checksum;

const GOLDEN: &str = include_str!("../golden/checksums.txt");

/// Each line is a checksum and a text, which is written as a Rust string is.
#[test]
fn r12_checksums_are_those_of_the_golden_file() {
    let lines: Vec<_> = GOLDEN.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() >= 10);
    for line in lines {
        let (checksum, text) = line.split_once(' ').expect("a checksum and a text");
        assert_eq!(Checksum::of(&unescape(text)).to_string(), checksum, "{text}");
        assert_eq!(checksum.parse(), Ok(Checksum::of(&unescape(text))));
    }
}

fn unescape(text: &str) -> String {
    text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t").replace("\\u{feff}", "\u{feff}")
}
