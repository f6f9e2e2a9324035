//! Texts that are JSON, nearly JSON, and at the edges of what a server takes.

use std::collections::HashSet;
use std::fmt::Write as _;

/// A xorshift generator, so that every run sees the same texts.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 11) as usize) % n
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const BLANKS: &[&str] = &["", "", "", "", " ", "\n", "\t", "\r", "  "];
const PIECES: &[&str] = &[
    "a",
    "b",
    "abc",
    "ü",
    "日本",
    "😀",
    "\\n",
    "\\t",
    "\\\"",
    "\\\\",
    "\\/",
    "\\b",
    "\\f",
    "\\r",
    "\\u0041",
    "\\u00e9",
    "\\u00E9",
    "\\ud83d\\ude00",
    "\\uD83D\\uDE00",
    "'",
    "/",
    " ",
    "\u{7f}",
    "\u{2028}",
    "\\u001f",
    "\\u0008",
    "x",
    "y",
    "\\u0022",
    "\\u005c",
];
const RARE: &[&str] = &[
    "\\u0000",
    "\\ud800",
    "\\udc00",
    "\\ud83dx",
    "\\ud83d\\u0041",
    "\\x41",
    "\\u12",
    "\\",
    "\t",
    "\n",
    "\u{1}",
    "\\ud83d\\ud83d\\ude00",
    "\\U0001F600",
    "\\'",
];
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "12",
    "1.0",
    "1.50",
    "-0.0",
    "0.000",
    "1e2",
    "1E2",
    "1E+2",
    "100",
    "1e-2",
    "0.01",
    "1.0e1",
    "10",
    "12345678901234567890",
    "123456789012345678901234567890.123456789",
    "1e400",
    "1e-400",
    "0.1e1",
    "1e05",
    "1e-05",
    "9007199254740993",
    "-12.5e3",
    "-12500",
    "1e20",
    "1e21",
    "100000000000000000000",
    "1000000000000000000000",
    "1e-20",
    "1e-21",
    "0.00000000000000000001",
];
const EDGES: &[&str] = &[
    "1e131071",
    "1e131072",
    "9e131071",
    "0.1e131072",
    "0.1e131073",
    "10e131071",
    "1e-16383",
    "1e-16384",
    "1.5e-16383",
    "1.5e-16382",
    "0e-16384",
    "0e999999999",
    "0e1073741822",
    "0e1073741823",
    "0e-1073741823",
    "1e99999999999999999999",
    "0e99999999999999999999",
    "-1e131071",
    "0.0e-16382",
    "0.0e-16383",
    "01",
    "-01",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "1e+",
    "0x1F",
    "1_000",
    "1.e5",
    "00",
    "-a",
    "1x",
    "1 2",
    "NaN",
    "Infinity",
    "-Infinity",
    "nan",
    "None",
    "True",
    "nul",
    "truex",
    "true1",
    "null_",
    "trueü",
    "undefined",
    "'a'",
    "[1,]",
    "{\"a\":1,}",
    "[,]",
    "(1,)",
    "{a:1}",
    "//x",
    "/*x*/1",
    "{1:2}",
    "{\"a\" 1}",
    "[1 2]",
    "\"a\"\"b\"",
    "tru",
    "\"",
    "\"a",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "[",
    "[1",
    "[1,",
    "{",
    "{,}",
    "]",
    "}",
    ":",
    ",",
    "\u{feff}1",
    "\u{a0}1",
    "\u{b}1",
    "\u{c}1",
    "1\u{85}",
];

fn string(r: &mut Random, out: &mut String) {
    out.push('"');
    for _ in 0..r.below(4) {
        let rare = r.below(60) == 0;
        out.push_str(r.pick(if rare { RARE } else { PIECES }));
    }
    out.push('"');
}

fn number(r: &mut Random, out: &mut String) {
    match r.below(12) {
        0..7 => out.push_str(r.pick(NUMBERS)),
        7 if r.below(6) == 0 => out.push_str(r.pick(EDGES)),
        8 if r.below(40) == 0 => {
            let zeros = 16380 + r.below(6);
            let _ = write!(out, "0.{}1", "0".repeat(zeros));
        }
        9 if r.below(80) == 0 => {
            let zeros = 131_068 + r.below(6);
            let _ = write!(out, "1{}", "0".repeat(zeros));
        }
        _ => {
            if r.below(2) == 0 {
                out.push('-');
            }
            let _ = write!(out, "{}", r.next() >> r.below(64));
            if r.below(2) == 0 {
                let _ = write!(out, ".{:0w$}", r.below(1000), w = r.below(9));
            }
            if r.below(3) == 0 {
                let _ = write!(out, "{}{}{}", r.pick(&["e", "E"]), r.pick(&["", "+", "-"]), r.below(40));
            }
        }
    }
}

fn value(r: &mut Random, depth: usize, out: &mut String) {
    out.push_str(r.pick(BLANKS));
    match r.below(if depth == 0 { 6 } else { 10 }) {
        5 if r.below(30) == 0 => out.push_str(r.pick(EDGES)),
        0 | 1 | 5 => string(r, out),
        2 | 3 => number(r, out),
        4 => out.push_str(r.pick(&["true", "false", "null"])),
        6 | 7 => {
            out.push('[');
            let items = r.below(5);
            for item in 0..items {
                if item > 0 {
                    out.push(',');
                }
                value(r, depth - 1, out);
            }
            out.push_str(r.pick(BLANKS));
            out.push(']');
        }
        _ => {
            out.push('{');
            let members = if r.below(60) == 0 { 30 + r.below(20) } else { r.below(5) };
            for member in 0..members {
                if member > 0 {
                    out.push(',');
                }
                out.push_str(r.pick(BLANKS));
                if members > 20 {
                    let n = r.below(3000);
                    let _ = write!(out, "\"key{n}\"");
                } else {
                    string(r, out);
                }
                out.push_str(r.pick(BLANKS));
                out.push(':');
                value(r, depth - 1, out);
                out.push_str(r.pick(BLANKS));
            }
            out.push('}');
        }
    }
    out.push_str(r.pick(BLANKS));
}

fn mutated(r: &mut Random, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=r.below(2) {
        let at = r.below(chars.len() + 1);
        match r.below(6) {
            0 if at < chars.len() => drop(chars.remove(at)),
            1 => chars.truncate(at),
            2 => {
                let with = r.pick(&[
                    "\"", "'", ",", ":", "{", "}", "[", "]", "\\", "0", "-", ".", "e", "+", "a", "\u{1}", "\n", " ",
                    "//", "u", "(", ")", "/*", "*/", "ü",
                ]);
                chars.splice(at..at, with.chars());
            }
            3 if at + 1 < chars.len() => chars.swap(at, at + 1),
            4 if at < chars.len() => {
                chars[at] = r.pick(&["\"", "'", ",", ":", "}", "]", "\\", "1", "x"]).chars().next().unwrap();
            }
            _ => {
                let with: Vec<char> = r.pick(EDGES).chars().collect();
                chars.splice(at..at, with);
            }
        }
    }
    chars.into_iter().collect()
}

pub(super) fn texts(count: usize, r: &mut Random) -> Vec<String> {
    let mut all: HashSet<String> =
        EDGES.iter().chain(NUMBERS).chain(RARE).chain(PIECES).map(|t| (*t).to_owned()).collect();
    all.extend(["", " ", "\n", "\u{feff}", "\u{feff}{}"].map(str::to_owned));
    for piece in RARE.iter().chain(PIECES) {
        all.insert(format!("\"{piece}\""));
        all.insert(format!("{{\"{piece}\":\"{piece}\"}}"));
    }
    for edge in EDGES {
        all.insert(format!("[{edge}]"));
        all.insert(format!("{{\"k\": {edge} }}"));
    }
    for depth in [1, 100, 5999, 6000, 6001] {
        all.insert(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        all.insert(format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)));
    }
    while all.len() < count {
        let mut text = String::new();
        let depth = r.below(5);
        value(r, depth, &mut text);
        if r.below(5) < 2 {
            text = mutated(r, &text);
        }
        all.insert(text);
    }
    let mut all: Vec<String> = all.into_iter().filter(|t| !t.contains('\0')).collect();
    all.sort();
    all
}
