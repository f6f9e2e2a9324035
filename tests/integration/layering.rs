//! The modules' order, and the shape of the source tree.
//!
//! A module may use those of its own layer and of lower ones, and no files use each other in a circle. The paths are read from the text,
//! so code behind any feature counts, on any machine.

mod circles;
mod names;
mod paths;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use paths::paths;

/// The lowest first. A top-level module that is in no layer is an error.
const LAYERS: &[&[&str]] = &[
    &["duration", "fault", "hex", "interrupt", "plural", "version"],
    &["error", "sql"],
    &["catalog", "convert", "document", "event"],
    &["config", "source"],
    &["history", "plan", "refinery"],
    &["database"],
    &["run", "down", "prove", "drift", "lint"],
    // What applications call.
    &["sqlite", "postgres"],
    &["backup", "transfer", "translate", "import", "export", "partition", "migrator", "route"],
    &["build", "report", "cli"],
    &["main"],
];

/// Uses of a higher layer that are known and are to go. One that is gone must be removed from here.
const KNOWN: &[(&str, &str)] = &[];

/// Names in `database/sqlite` or `database/postgres` that the other side needs no counterpart of.
const ONE_SIDED: &[&str] = &[
    // PostgreSQL: whose lock is waited for, and who holds that of a step; settings that outlive the transaction of a statement; reaching a server; messages and COPY of its
    // protocol; statements outside transactions that can be left half done; a database for a test (SQLite has memory); the connection
    // that holds the lock; the numbers of locks; a timer; how long a server that others use may take (SQLite counts steps).
    "blockers",
    "holder",
    "carried",
    // Rows that an up changes, kept for its down: by triggers on SQLite, by looks and copies on PostgreSQL. SQLite: the tables that are there while a step runs.
    "undo",
    "watched",
    // SQLite keeps a view or trigger that no longer compiles: whether each does is asked by hand.
    "compile",
    "connect",
    "copy",
    // PostgreSQL: what a statement misses may lie in a schema to which names do not lead.
    "elsewhere",
    // PostgreSQL: an error ends the application's transaction, and does not say which privilege is lacking.
    "glance",
    "keys",
    "limit",
    "message",
    // PostgreSQL: a session that does nothing for long may be ended.
    "pause",
    // PostgreSQL: who may create in a schema, and who owns it.
    "privilege",
    // PostgreSQL: what writes to the history is sent on one connection or the other.
    "record",
    // PostgreSQL: settings are the session's, and a step may leave any of them changed.
    "restore",
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
    // SQLite: statements are kept for as long as rows come one by one; PostgreSQL takes them by COPY.
    "prepared",
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
        let used = paths(&fs::read_to_string(&file).expect("it was listed"), &name);
        for used in used.iter().filter(|used| used.from_root) {
            let Some(first) = used.parts.first().filter(|first| *first != "*") else { continue };
            // `crate::Error` is what lib.rs takes it from.
            let module = reexports.get(first).unwrap_or(first);
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
                None if used.is_macro && used.parts.len() == 1 => {}
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
    let named = paths(&text, &[]).into_iter().filter(|path| path.parts.len() > 1);
    named.filter_map(|path| Some((path.name?, path.parts.into_iter().next()?))).collect()
}
