//! What a catalog knows of an object, as SQL: its name, owner, rights, comment and settings.

pub(crate) mod grant;
pub(crate) mod name;
pub(crate) mod shared;

use self::name::full;
use crate::catalog::{Fact, Object};

/// An object that is in both, and what differs.
#[derive(Debug, Clone)]
pub(crate) struct Altered<'a> {
    pub(crate) before: &'a Object,
    pub(crate) now: &'a Object,
    pub(crate) facts: Vec<Fact>,
}

impl Altered<'_> {
    pub(crate) fn has(&self, facts: &[Fact]) -> bool {
        self.facts.iter().any(|fact| facts.contains(fact))
    }
}

/// Storage parameters that are to go are reset, the others set.
pub(crate) fn options(kind: &str, before: &Object, now: &Object) -> Vec<String> {
    let (wanted, found) = (list(before), list(now));
    let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
    let gone: Vec<String> = found
        .iter()
        .map(|option| name(option))
        .filter(|option| !wanted.iter().any(|wanted| name(wanted) == *option))
        .collect();
    let mut set: Vec<String> = wanted.iter().filter(|option| !found.contains(option)).cloned().collect();
    // What is set comes after what stays, and the settings of the TOAST table last.
    let mut then: Vec<String> = found.into_iter().filter(|option| wanted.contains(option)).collect();
    then.extend(set.iter().cloned());
    then.sort_by_key(|option| option.starts_with("toast."));
    if then != wanted {
        set = wanted;
    }
    let mut statements = Vec::new();
    if !gone.is_empty() {
        statements.push(format!("ALTER {kind} {} RESET ({})", full(now), gone.join(", ")));
    }
    if !set.is_empty() {
        statements.push(format!("ALTER {kind} {} SET ({})", full(now), set.join(", ")));
    }
    statements
}

fn list(object: &Object) -> Vec<String> {
    object.fact(Fact::Options).map_or_else(Vec::new, |options| options.split(", ").map(str::to_owned).collect())
}
