//! What a catalog knows of an object, as SQL: its name, owner, rights, comment and settings.

pub(crate) mod grant;
pub(crate) mod name;
pub(crate) mod shared;
pub(crate) mod view;

use self::name::full;
use crate::catalog::{Fact, Kind, Object, StorageParameter, StorageParameters};
use crate::sql::{IndexWork, OwnKind, OwnStatement};

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

/// What a statement is for that alters an object.
pub(crate) fn altering(object: &Object) -> OwnKind {
    if object.kind() == Kind::Index { OwnKind::Index(IndexWork::Altered) } else { OwnKind::Object }
}

/// Storage parameters that are to go are reset, the others set.
pub(crate) fn options(
    (of, kind): (OwnKind, &str),
    object: &Object,
    wanted: &StorageParameters,
    found: &StorageParameters,
) -> Vec<OwnStatement> {
    let is_wanted = |setting: &&StorageParameter| wanted.0.iter().any(|wanted| wanted.name == setting.name);
    let gone = StorageParameters(found.0.iter().filter(|setting| !is_wanted(setting)).cloned().collect());
    let mut set: Vec<StorageParameter> =
        wanted.0.iter().filter(|setting| !found.0.contains(setting)).cloned().collect();
    // What is set comes after what stays, and the settings of the TOAST table last.
    let stays = found.0.iter().filter(|setting| wanted.0.contains(setting));
    let mut then: Vec<StorageParameter> = stays.chain(&set).cloned().collect();
    then.sort_by_key(|setting| setting.name.starts_with("toast."));
    if then != wanted.0 {
        set.clone_from(&wanted.0);
    }
    let set = StorageParameters(set);
    let mut statements = Vec::new();
    if !gone.is_empty() {
        let text = format!("ALTER {kind} {} RESET ({})", full(object), gone.names());
        statements.push(OwnStatement::new(of.clone(), text));
    }
    if !set.is_empty() {
        statements.push(OwnStatement::new(of, format!("ALTER {kind} {} SET ({})", full(object), set.list())));
    }
    statements
}
