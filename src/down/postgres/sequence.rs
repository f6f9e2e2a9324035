use super::context::{Altered, Context};
use super::name::full;
use crate::catalog::{Fact, Object};

/// The sequence of an identity column comes with the column.
pub(super) fn create(object: &Object) -> Vec<String> {
    if object.fact(Fact::Identity).is_some() {
        return Vec::new();
    }
    let unlogged = object.fact(Fact::Persistence).map_or("", |_| "UNLOGGED ");
    vec![format!("CREATE {unlogged}SEQUENCE {}\n    {}", full(object), options(object))]
}

pub(super) fn options(object: &Object) -> &str {
    object.fact(Fact::Definition).unwrap_or_default()
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let (before, name) = (altered.before, full(altered.now));
    let mut statements = Vec::new();
    if altered.has(&[Fact::Definition]) {
        statements.push(format!("ALTER SEQUENCE {name}\n    {}", options(before)));
    }
    if altered.has(&[Fact::Persistence]) {
        let to = if before.fact(Fact::Persistence).is_some() { "UNLOGGED" } else { "LOGGED" };
        statements.push(format!("ALTER SEQUENCE {name} SET {to}"));
    }
    if altered.has(&[Fact::OwnedBy]) && altered.now.fact(Fact::Identity).is_none() {
        let owner = before.fact(Fact::OwnedBy);
        if owner.is_none() || before.parent.is_some_and(|column| context.now_of(column).is_some()) {
            statements.push(format!("ALTER SEQUENCE {name} OWNED BY {}", owner.unwrap_or("NONE")));
        }
    }
    statements
}
