//! What every kind of object can have: an owner, rights, a comment.

use super::grant;
use super::name::{full, ident, literal, owner, signature, word};
use super::{Altered, altering};
use crate::catalog::{Fact, Kind, Object};
use crate::sql::{OwnKind, OwnStatement};

pub(crate) fn alter(altered: &Altered<'_>) -> Vec<OwnStatement> {
    let mut statements = Vec::new();
    if altered.has(&[Fact::Owner]) {
        // A sequence that a column owns has the owner of its table.
        if let Some(role) = &altered.before.owner {
            let now = altered.now;
            let what = match now.kind() {
                Kind::Other => signature(now).to_owned(),
                kind => format!("{} {}", word(kind), full(now)),
            };
            statements.push(OwnStatement::new(OwnKind::Rights, format!("ALTER {what} OWNER TO {}", ident(role))));
        }
        // The rights follow the owner: the next round sees which are left to give.
        if altered.has(&[Fact::Grants]) {
            return statements;
        }
    }
    if altered.has(&[Fact::Grants]) && altered.now.kind() != Kind::DefaultPrivilege {
        statements.extend(grant::change(altered));
    }
    if altered.has(&[Fact::Comment]) {
        let text = comment(&commented(altered.now), altered.before.comment.as_deref());
        statements.push(OwnStatement::new(altering(altered.now), text));
    }
    statements
}

pub(crate) fn comment(on: &str, text: Option<&str>) -> String {
    let text = text.map_or_else(|| "NULL".to_owned(), literal);
    format!("COMMENT ON {on} IS {text}")
}

fn commented(object: &Object) -> String {
    let name = ident(&object.name.name);
    let parent = object.parent.map(|parent| parent.kind);
    match object.kind() {
        Kind::Column => format!("COLUMN {}.{name}", owner(object)),
        Kind::Constraint if parent == Some(Kind::Domain) => format!("CONSTRAINT {name} ON DOMAIN {}", owner(object)),
        Kind::Constraint | Kind::Trigger | Kind::Rule | Kind::Policy => {
            format!("{} {name} ON {}", word(object.kind()), owner(object))
        }
        Kind::Other => signature(object).to_owned(),
        kind => format!("{} {}", word(kind), full(object)),
    }
}
