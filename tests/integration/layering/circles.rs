//! Files that use each other in a circle.
//!
//! A file and those in the folder beside it may: a module puts its parts together, and they use what it defines. Between all
//! others, whether in one folder or in several, uses go one way. What two of them need is in a file below both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use super::paths::{Path, paths};
use super::{files, module, source};

type Module = Vec<String>;

/// The paths of every file, by its module; the root is empty.
struct Sources {
    paths: BTreeMap<Module, Vec<Path>>,
}

/// Which file uses which, each with the first line that does.
type Uses = BTreeMap<Module, BTreeMap<Module, usize>>;

#[test]
fn no_files_use_each_other_in_a_circle() {
    let texts: BTreeMap<Module, String> = files()
        .into_iter()
        .map(|file| (key(module(&file)), fs::read_to_string(file).expect("it was listed")))
        .collect();
    let names: BTreeMap<Module, String> = files()
        .into_iter()
        .map(|file| (key(module(&file)), file.strip_prefix(source()).expect("it is in src").display().to_string()))
        .collect();
    let uses = Sources::of(&texts).uses();
    let mut wrong = String::new();
    for circle in circles(&uses) {
        let _ = writeln!(wrong, "{} files use each other in a circle:", circle.len());
        for from in &circle {
            for (to, line) in uses[from].iter().filter(|(to, _)| circle.contains(*to)) {
                let source = texts[from].lines().nth(line - 1).unwrap_or_default().trim();
                let _ = writeln!(wrong, "  src/{}:{line} uses {}: {source}", names[from], names[to]);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The module of a file, with the root as what it is.
fn key(module: Module) -> Module {
    if module == ["lib"] { Vec::new() } else { module }
}

fn is_for_tests(module: &[String]) -> bool {
    module.iter().any(|part| part == "tests")
}

impl Sources {
    fn of(texts: &BTreeMap<Module, String>) -> Self {
        Self { paths: texts.iter().map(|(module, text)| (module.clone(), paths(text, module))).collect() }
    }

    fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (from, paths) in self.paths.iter().filter(|(module, _)| !is_for_tests(module)) {
            let of = uses.entry(from.clone()).or_default();
            for path in paths.iter().filter(|path| !path.of_tests) {
                let at = format!("{}, line {}", from.join("::"), path.line);
                assert!(path.parts.last().is_none_or(|last| last != "*"), "{at}: `*` hides what is used");
                let mut files = BTreeSet::new();
                self.resolve(&path.parts, 0, &mut files);
                for to in files.into_iter().filter(|to| !are_one(from, to)) {
                    of.entry(to).or_insert(path.line);
                }
            }
        }
        uses
    }

    /// The files that define what a path names: through the names that modules take from others, for all `cfg`. A module that gives on what
    /// is defined in a folder of its own does not define it; one that gives on what another has is used as well.
    fn resolve(&self, path: &[String], depth: usize, used: &mut BTreeSet<Module>) {
        let length = (0..=path.len()).rev().find(|length| self.paths.contains_key(&path[..*length])).unwrap_or(0);
        let module = &path[..length];
        let name = path.get(length);
        let taken = self.paths[module].iter().filter(|path| !path.of_tests && path.name.as_ref() == name);
        let taken: Vec<_> = taken.filter(|path| name.is_some() && !path.parts.is_empty()).collect();
        for from in &taken {
            // Names of other crates lead round and round: `use x::x`.
            if depth < 8 {
                let parts: Vec<_> = from.parts.iter().chain(&path[length + 1..]).cloned().collect();
                self.resolve(&parts, depth + 1, used);
            }
        }
        if taken.is_empty() || !taken.iter().all(|from| from.parts.starts_with(module)) {
            used.insert(module.to_vec());
        }
    }
}

/// Whether both are the same file, or one is in the folder beside the other.
fn are_one(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// The sets of files of which each reaches each other one.
fn circles(uses: &Uses) -> Vec<BTreeSet<Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> = uses.keys().map(|from| (from, reach(from, uses))).collect();
    let mut circles = Vec::new();
    let mut seen: BTreeSet<&Module> = BTreeSet::new();
    for (from, far) in &reached {
        if far.contains(from) && seen.insert(from) {
            let circle: Vec<_> = far.iter().copied().filter(|to| reached[*to].contains(from)).collect();
            seen.extend(&circle);
            circles.push(circle.into_iter().cloned().collect());
        }
    }
    circles
}

/// All that a file uses, and what those use.
fn reach<'uses>(from: &Module, uses: &'uses Uses) -> BTreeSet<&'uses Module> {
    let mut far = BTreeSet::new();
    let mut open: Vec<_> = uses[from].keys().collect();
    while let Some(module) = open.pop() {
        if far.insert(module) {
            open.extend(uses.get(module).into_iter().flat_map(BTreeMap::keys));
        }
    }
    far
}

#[test]
fn what_makes_a_circle() {
    let found = |texts: &[(&str, &str)]| {
        let key = |path: &str| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect::<Module>();
        let texts = texts.iter().map(|(module, text)| (key(module), (*text).to_owned())).collect();
        let circles = circles(&Sources::of(&texts).uses());
        let names =
            circles.iter().map(|circle| circle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" "));
        names.collect::<Vec<_>>().join(", ")
    };
    let root = ("", "mod a; mod b; mod c;");
    // Two files; three; in several folders; by a path within code.
    assert_eq!(found(&[root, ("a", "use crate::b::B;"), ("b", "use super::a::A;")]), "a b");
    assert_eq!(
        found(&[root, ("a", "use super::b;"), ("b", "use super::{c::{self, C}};"), ("c", "use crate::a;")]),
        "a b c"
    );
    assert_eq!(
        found(&[root, ("a", ""), ("a::x", "use crate::b::y::Y;"), ("b", ""), ("b::y", "fn f() { crate::a::x::g() }")]),
        "a::x b::y"
    );
    // Two of them.
    let three = [
        root,
        ("a", "use super::b;"),
        ("b", "use super::a;"),
        ("c", ""),
        ("c::x", "use super::y;"),
        ("c::y", "use super::x;"),
    ];
    assert_eq!(found(&three), "a b, c::x c::y");
    // By the name that the folder gives on, or that any module takes: where it is defined counts.
    let given = [
        root,
        ("a", "mod x; mod y; pub use x::{X as Z}; use y::Y;"),
        ("a::x", "use super::Y;"),
        ("a::y", "use crate::a::Z;"),
    ];
    assert_eq!(found(&given), "a::x a::y");
    // By a name that a file takes, in its code.
    let within = [
        root,
        ("a", ""),
        ("a::x", "use crate::b;"),
        ("b", "mod y;"),
        ("b::y", "use crate::c;"),
        ("c", "use super::a; fn f() { a::x::g() }"),
    ];
    assert_eq!(found(&within), "");
    let code = [within[0], within[1], ("a::x", "use crate::b; fn g() { b::y::h() }"), within[3], within[4], within[5]];
    assert_eq!(found(&code), "a::x b::y c");
    // A file that gives on what another one has is used as well.
    assert_eq!(
        found(&[root, ("a", "pub use super::c::C;"), ("b", "use super::a::C;"), ("c", "use super::b;")]),
        "a b c"
    );
    // A module and what is in its folder are none, nor are tests, nor names of other crates.
    assert_eq!(
        found(&[root, ("a", "mod x; fn f() { self::x::g() }"), ("a::x", "use super::A; use super::super::a::B;")]),
        ""
    );
    assert_eq!(
        found(&[root, ("a", "use super::b;"), ("b", "#[cfg(test)] use super::a; mod tests { use crate::a::A; }")]),
        ""
    );
    assert_eq!(found(&[root, ("a", "use super::b;"), ("b", ""), ("b::tests", "use super::super::a;")]), "");
    assert_eq!(found(&[root, ("a", "use a::a; use std::fmt; use super::b;"), ("b", "use b::b::{self, C};")]), "");
}
