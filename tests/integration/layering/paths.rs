//! The paths of modules in Rust text.

use super::tokens::{Token, tokens};

/// A path of a `use`, or one of several parts in code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// From the crate's root. What begins with a name of the module's own, or of another crate, stands here as if it were within the module.
    pub(super) parts: Vec<String>,
    /// The name that a `use` gives it in its module.
    pub(super) name: Option<String>,
    pub(super) line: usize,
    /// It begins with `crate`, or with as many `super` as lead to the root.
    pub(super) from_root: bool,
    pub(super) is_macro: bool,
    /// It stands in an inline module, as unit tests do, or in a `use` that only tests have.
    pub(super) of_tests: bool,
}

/// All paths in the text of a module. Those that stay within an inline module are left out.
pub(super) fn paths(text: &str, module: &[String]) -> Vec<Path> {
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
            "use" => {
                let of_tests = !inline.is_empty() || is_for_tests(&tokens[..at]);
                at += 1;
                for branch in use_tree(&tokens, &mut at) {
                    let path = from_root(&branch, module, inline.len());
                    found.extend(path.map(|path| Path { name: branch.name(), of_tests, ..path }));
                }
                continue;
            }
            _ if tokens[at].is_name() && next(1) == "::" && !is_inside_path(&tokens[..at]) => {
                for branch in use_tree(&tokens, &mut at) {
                    let path = from_root(&branch, module, inline.len());
                    found.extend(path.map(|path| Path { of_tests: !inline.is_empty(), ..path }));
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Whether what follows the tokens goes on with something, as `<T as Trait>::Kind::new` does.
fn is_inside_path(before: &[Token]) -> bool {
    before.last().is_some_and(|token| token.text == "::")
}

/// Whether the item that begins after the tokens has `#[cfg(test)]`, alone or with more.
fn is_for_tests(before: &[Token]) -> bool {
    let item = before.rsplit(|token| matches!(token.text.as_str(), ";" | "}" | "{")).next().unwrap_or_default();
    item.iter().any(|token| token.text == "cfg") && item.iter().any(|token| token.text == "test")
}

/// What a path names from the crate's root; none where it stays within an inline module.
fn from_root(branch: &Branch<'_>, module: &[String], inline: usize) -> Option<Path> {
    let mut rest: Vec<_> = branch.path.iter().map(|token| token.text.as_str()).collect();
    let last = *branch.path.last()?;
    let is_macro = last.before_bang;
    if rest.len() > 1 && rest.ends_with(&["self"]) {
        rest.pop();
    }
    let ups = rest.iter().take_while(|part| **part == "super").count();
    let base = match rest[0] {
        "crate" => 0,
        _ => (module.len() + inline).checked_sub(ups)?,
    };
    // Within an inline module nothing else begins.
    let base = module.get(..base)?;
    let begins = usize::from(matches!(rest[0], "crate" | "self")).max(ups);
    let parts = base.iter().map(String::as_str).chain(rest[begins..].iter().copied()).map(str::to_owned).collect();
    let from_root = base.is_empty() && begins > 0;
    Some(Path { parts, name: None, line: last.line, from_root, is_macro, of_tests: false })
}

/// One path of a tree.
struct Branch<'tokens> {
    path: Vec<&'tokens Token>,
    alias: Option<&'tokens Token>,
}

impl Branch<'_> {
    /// What it is called where it is taken to.
    fn name(&self) -> Option<String> {
        let own = self.path.iter().rev().find(|token| token.text != "self");
        self.alias.or(own.copied()).map(|token| token.text.clone())
    }
}

/// Reads the path or the tree of paths at `at`, `a::{b, c::d as e}`, and leaves `at` behind it.
fn use_tree<'tokens>(tokens: &'tokens [Token], at: &mut usize) -> Vec<Branch<'tokens>> {
    let mut path = Vec::new();
    loop {
        let Some(token) = tokens.get(*at) else { return vec![Branch { path, alias: None }] };
        if token.text == "{" && !path.is_empty() {
            *at += 1;
            let mut branches = Vec::new();
            while tokens.get(*at).is_some_and(|token| token.text != "}") {
                let before = *at;
                for Branch { path: tail, alias } in use_tree(tokens, at) {
                    branches.push(Branch { path: path.iter().copied().chain(tail).collect(), alias });
                }
                while tokens.get(*at).is_some_and(|token| token.text != "," && token.text != "}") {
                    *at += 1;
                }
                *at += usize::from(tokens.get(*at).is_some_and(|token| token.text == ","));
                assert!(*at > before, "line {}: not a tree of paths", token.line);
            }
            *at += 1;
            return branches;
        }
        if !token.is_name() {
            return vec![Branch { path, alias: None }];
        }
        path.push(token);
        *at += 1;
        if tokens.get(*at).is_none_or(|token| token.text != "::") {
            let alias = tokens.get(*at).filter(|token| token.text == "as").and_then(|_| tokens.get(*at + 1));
            return vec![Branch { path, alias }];
        }
        *at += 1;
    }
}

#[test]
fn paths_are_read_as_rust_means_them() {
    let text = r##"
use crate::{a::{self, X}, b::c as d, E};
pub(crate) fn f<'a>(x: &'a crate::g::H) -> char { '"' }
// crate::not::this
const S: &str = "crate::nor this \" crate::nor"; const R: &str = r#"crate::raw" "#; const C: char = '\'';
mod tests { use super::*; use super::super::up; use super::super::super::top::X; use crate::mine::{self as yours}; }
macro_rules! m { () => { $crate::n::o() } }
pub(in crate::z) fn g() { crate::p!(); super::q(); super::super::r(); crate::s::t!(); self::k::l as u8 }
fn h(k: m::K) -> <K as w::T>::A::B { m::K::<crate::x::X>::y(|| m::k) }
pub use under::{Y, deeper::Z as W};
use std::fmt;
#[cfg(all(test, unix))]
use super::v;
"##;
    let module = ["one".to_owned(), "two".to_owned()];
    let mut lines = String::new();
    for path in paths(text, &module) {
        let marks = [(path.from_root, "from root"), (path.is_macro, "macro"), (path.of_tests, "tests")];
        let marks: Vec<_> = marks.into_iter().filter_map(|(holds, mark)| holds.then_some(mark)).collect();
        let name = path.name.map_or_else(String::new, |name| format!(" as {name}"));
        lines += &format!("{}{name} [{}]\n", path.parts.join("::"), marks.join(", "));
    }
    let expected = "\
a as a [from root]
a::X as X [from root]
b::c as d [from root]
E as E [from root]
g::H [from root]
one::two::* as * [tests]
one::up as up [tests]
top::X as X [from root, tests]
mine as yours [from root, tests]
n::o [from root]
p [from root, macro]
one::q []
r [from root]
s::t [from root, macro]
one::two::k::l []
one::two::m::K []
one::two::w::T []
one::two::m::K []
x::X [from root]
one::two::m::k []
one::two::under::Y as Y []
one::two::under::deeper::Z as W []
one::two::std::fmt as fmt []
one::v as v [tests]
";
    assert_eq!(lines, expected);
}
