//! The modules' order, and the shape of the source tree.
//!
//! A module may use those of its own layer and of lower ones. The paths are read from the text, so code behind any
//! feature or `cfg(test)` counts, on any machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The lowest first. A top-level module that is in no layer is an error.
const LAYERS: &[&[&str]] = &[
    &["duration", "fault", "interrupt", "plural", "version"],
    &["error", "sql"],
    &["catalog", "document", "event"],
    &["config", "source"],
    &["history", "plan", "refinery"],
    &["database"],
    &["run", "down", "prove", "drift", "lint"],
    // What applications call.
    &["sqlite", "postgres"],
    &["transfer", "partition"],
    &["build", "report", "cli"],
    &["main"],
];

/// Uses of a higher layer that are known and are to go. One that is gone must be removed from here.
const KNOWN: &[(&str, &str)] = &[];

/// Names in `database/sqlite` or `database/postgres` that the other side needs no counterpart of.
const ONE_SIDED: &[&str] = &[
    // PostgreSQL: whose lock is waited for; settings that outlive the transaction of a statement; reaching a server; messages and COPY of its
    // protocol; statements outside transactions that can be left half done; a database for a test (SQLite has memory); the connection
    // that holds the lock; the numbers of locks; a timer.
    "blockers",
    "carried",
    // SQLite keeps a view or trigger that no longer compiles: whether each does is asked by hand.
    "compile",
    "connect",
    "copy",
    // PostgreSQL: an error ends the application's transaction, and does not say which privilege is lacking.
    "glance",
    "keys",
    "message",
    "sandbox/tests.rs",
    "scratch",
    "second",
    "timer",
    // SQLite: PRAGMAs about the file as a whole; columns take any type, so that a row may hold what is no version.
    "header",
    "unreadable",
    // One file for each kind of object that the dialect has.
    "inspect",
    // The words of PostgreSQL for owners, rights, comments: SQLite has none of them.
    "print",
    "grant",
    "name",
    "shared",
    "settle",
    // SQLite: a file is opened, not a server reached; enforcement of foreign keys is the connection's to switch.
    "foreign_keys",
    "integrity",
    "open",
    "references",
    "sequences",
];

/// A file with more lines than this says why in a line that begins with [`REASON`].
const LONGEST: usize = 400;
const REASON: &str = "// Over 400 lines: ";

#[test]
fn no_module_uses_a_higher_layer() {
    let reexports = reexports();
    let mut wrong = String::new();
    let mut known: BTreeSet<&(&str, &str)> = BTreeSet::new();
    for file in files() {
        let name = module(&file);
        if name == ["lib"] {
            continue;
        }
        let Some(own) = layer(&name[0]) else {
            let _ = writeln!(wrong, "{}: the module `{}` is in no layer", file.display(), name[0]);
            continue;
        };
        for used in uses(&fs::read_to_string(&file).expect("it was listed"), &name) {
            // `crate::Error` is what lib.rs takes it from.
            let module = reexports.get(&used.name).unwrap_or(&used.name);
            let pair = KNOWN.iter().find(|(from, to)| *from == name[0] && to == module);
            match layer(module) {
                Some(layer) if layer <= own => {}
                Some(_) if pair.is_some() => known.extend(pair),
                Some(layer) => {
                    let _ = writeln!(
                        wrong,
                        "{}:{}: `{}` (layer {own}) uses `{module}` (layer {layer})",
                        file.display(),
                        used.line,
                        name[0]
                    );
                }
                None if used.is_macro => {}
                None => {
                    let _ = writeln!(wrong, "{}:{}: `crate::{module}` is in no layer", file.display(), used.line);
                }
            }
        }
    }
    for (from, to) in KNOWN.iter().filter(|pair| !known.contains(pair)) {
        let _ = writeln!(wrong, "`{from}` no longer uses `{to}`: remove that from KNOWN");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn both_dialects_have_the_same_files() {
    let names = |dialect: &str| {
        let folder = source().join("database").join(dialect);
        let files = files().into_iter().filter_map(|file| Some(file.strip_prefix(&folder).ok()?.to_owned()));
        files.filter(|file| !file.starts_with_any(ONE_SIDED)).collect::<BTreeSet<_>>()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    let alone: Vec<_> = sqlite.symmetric_difference(&postgres).collect();
    assert!(alone.is_empty(), "only in one of database/sqlite and database/postgres: {alone:?}");
}

#[test]
fn a_long_file_says_why() {
    let mut wrong = String::new();
    for file in files() {
        let text = fs::read_to_string(&file).expect("it was listed");
        let lines = text.lines().count();
        if lines > LONGEST && !text.lines().any(|line| line.starts_with(REASON)) {
            let _ = writeln!(wrong, "{}: {lines} lines, and no line `{REASON}<reason>`", file.display());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

trait StartsWithAny {
    fn starts_with_any(&self, names: &[&str]) -> bool;
}

impl StartsWithAny for PathBuf {
    /// Whether the first part of the path is one of the names, as a folder or as a Rust file.
    fn starts_with_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.starts_with(name) || *self == Path::new(&format!("{name}.rs")))
    }
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file, in order.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The path of the module that a file is: `["database", "sqlite"]` for `src/database/sqlite/mod.rs`.
fn module(file: &Path) -> Vec<String> {
    let path = file.strip_prefix(source()).expect("it is in src").with_extension("");
    let mut parts: Vec<_> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.len() > 1 && parts.last().is_some_and(|part| part == "mod") {
        parts.pop();
    }
    parts
}

/// The names that lib.rs takes out of its modules, each with the module.
fn reexports() -> BTreeMap<String, String> {
    let text = fs::read_to_string(source().join("lib.rs")).expect("it exists");
    let tokens = tokens(&text);
    let mut names = BTreeMap::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.text == "use" {
            for path in use_tree(&tokens, &mut (at + 1)) {
                let mut path: Vec<_> = path.into_iter().map(|token| token.text.clone()).collect();
                path.retain(|part| part != "crate" && part != "self");
                if let [module, .., name] = path.as_slice() {
                    names.insert(name.clone(), module.clone());
                }
            }
        }
    }
    names
}

/// A use of something by its path from the crate's root.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    name: String,
    line: usize,
    is_macro: bool,
}

/// The first names after `crate::` of all paths in a file, those by way of `super::` included.
fn uses(text: &str, module: &[String]) -> Vec<Use> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    // The inline modules around the current token: at which depth of braces each began.
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < tokens.len() {
        let next = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.text.as_str());
        match tokens[at].text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.pop_if(|began| *began > depth);
            }
            "mod" if next(2) == "{" => inline.push(depth + 1),
            // `pub(super)` and `pub(in crate::x)` say who may use, not what is used.
            "pub" if next(1) == "(" => {
                while tokens.get(at).is_some_and(|token| token.text != ")") {
                    at += 1;
                }
            }
            "crate" | "super" if next(1) == "::" => {
                for path in use_tree(&tokens, &mut at) {
                    found.extend(from_root(&path, module, inline.len()));
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// What a path that begins with `crate` or `super` names first from the root; none where it stays within the module.
fn from_root(path: &[&Token], module: &[String], inline: usize) -> Option<Use> {
    let ups = path.iter().take_while(|token| token.text == "super").count();
    if path[0].text != "crate" {
        // Up to the top of its own top-level module at most: that is a use of itself.
        if ups < module.len() + inline {
            return None;
        }
    }
    let rest = &path[ups.max(1)..];
    let first = rest.first().filter(|first| first.text != "*" && first.text != "self")?;
    let is_macro = rest.len() == 1 && first.before_bang;
    Some(Use { name: first.text.clone(), line: first.line, is_macro })
}

/// Reads the path or the tree of paths at `at`, `a::{b, c::d as e}`, and leaves `at` behind it.
fn use_tree<'tokens>(tokens: &'tokens [Token], at: &mut usize) -> Vec<Vec<&'tokens Token>> {
    let mut path = Vec::new();
    loop {
        let Some(token) = tokens.get(*at) else { return vec![path] };
        if token.text == "{" && !path.is_empty() {
            *at += 1;
            let mut paths = Vec::new();
            while tokens.get(*at).is_some_and(|token| token.text != "}") {
                let before = *at;
                for tail in use_tree(tokens, at) {
                    paths.push(path.iter().copied().chain(tail).collect());
                }
                while tokens.get(*at).is_some_and(|token| token.text != "," && token.text != "}") {
                    *at += 1;
                }
                *at += usize::from(tokens.get(*at).is_some_and(|token| token.text == ","));
                assert!(*at > before, "line {}: not a tree of paths", token.line);
            }
            *at += 1;
            return paths;
        }
        if !token.is_name() {
            return vec![path];
        }
        path.push(token);
        *at += 1;
        if tokens.get(*at).is_none_or(|token| token.text != "::") {
            return vec![path];
        }
        *at += 1;
    }
}

/// A name or a mark of Rust, without comments and literals.
#[derive(Debug)]
struct Token {
    text: String,
    line: usize,
    /// An exclamation mark follows: it may be the name of a macro.
    before_bang: bool,
}

impl Token {
    fn is_name(&self) -> bool {
        self.text == "*" || self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Cuts Rust into tokens, as far as paths need it.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest, 0),
            'b' | 'c' if rest[1..].starts_with('"') => 1 + quoted(&rest[1..], 0),
            'r' | 'b' | 'c' if raw(rest).is_some() => raw(rest).unwrap_or(1),
            '\'' => character(rest),
            _ if first.is_alphanumeric() || first == '_' => {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let before_bang = rest[length..].starts_with('!') && !rest[length..].starts_with("!=");
                tokens.push(Token { text: rest[..length].to_owned(), line, before_bang });
                length
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
                tokens.push(Token { text: rest[..length].to_owned(), line, before_bang: false });
                length
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// The length of a block comment, with those inside it.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a literal in double quotes that ends with `hashes` number signs; without any, `\` escapes.
fn quoted(text: &str, hashes: usize) -> usize {
    let end = format!("\"{}", "#".repeat(hashes));
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if !escaped && text[at..].starts_with(&end) {
            return at + end.len();
        }
        escaped = c == '\\' && !escaped && hashes == 0;
    }
    text.len()
}

/// The length of a raw string, if there is one.
fn raw(text: &str) -> Option<usize> {
    let after = text.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let opened = after.trim_start_matches('#');
    let hashes = after.len() - opened.len();
    let before = text.len() - opened.len();
    // Without number signs a raw string has no escapes either; it ends at the next quote.
    let length = if hashes == 0 { opened.get(1..)?.find('"')? + 2 } else { quoted(opened, hashes) };
    opened.starts_with('"').then_some(before + length)
}

/// The length of a character literal, or of the quote alone that begins a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(1, |end| end + 4),
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1),
        None => 1,
    }
}

#[test]
fn paths_are_read_as_rust_means_them() {
    let text = r##"
use crate::{a::{self, X}, b::c as d, E};
pub(crate) fn f<'a>(x: &'a crate::g::H) -> char { '"' }
// crate::not::this
const S: &str = "crate::nor this \" crate::nor"; const R: &str = r#"crate::raw" "#; const C: char = '\'';
mod tests { use super::*; use super::super::up; use super::super::super::top::X; }
macro_rules! m { () => { $crate::n::o() } }
pub(in crate::z) fn g() { crate::p!(); super::q(); super::super::r(); crate::s::t!() }
"##;
    let module = ["one".to_owned(), "two".to_owned()];
    let found: Vec<_> = uses(text, &module).into_iter().map(|found| (found.name, found.is_macro)).collect();
    let expected = [
        ("a", false),
        ("a", false),
        ("b", false),
        ("E", false),
        ("g", false),
        ("top", false),
        ("n", false),
        ("p", true),
    ];
    let expected = expected.into_iter().chain([("r", false), ("s", false)]);
    assert_eq!(found, expected.map(|(name, is_macro)| (name.to_owned(), is_macro)).collect::<Vec<_>>());
}
