use super::context::{Altered, Context};
use super::name::{full, ident};
use crate::catalog::{Fact, Kind, Object};

/// Its checks are created with it; only one that is not valid needs a statement of its own.
pub(super) fn create(context: &Context<'_>, object: &Object) -> Vec<String> {
    vec![create_as(context, object, &full(object))]
}

pub(super) fn create_as(context: &Context<'_>, object: &Object, name: &str) -> String {
    let mut sql = format!("CREATE DOMAIN {name} AS {}", object.fact(Fact::Type).unwrap_or_default());
    if let Some(collation) = object.fact(Fact::Collation) {
        sql += &format!(" COLLATE {collation}");
    }
    if let Some(default) = object.fact(Fact::Default) {
        sql += &format!(" DEFAULT {default}");
    }
    if object.fact(Fact::NotNull).is_some() {
        sql += " NOT NULL";
    }
    let checks = context.before.parts_of(object.id).filter(|part| part.kind() == Kind::Constraint);
    for check in checks.filter(|check| check.fact(Fact::Valid).is_none()) {
        let definition = check.fact(Fact::Definition).unwrap_or_default();
        sql += &format!("\n    CONSTRAINT {} {definition}", ident(&check.name.name));
    }
    sql
}

pub(super) fn drop_default(object: &Object) -> String {
    format!("ALTER DOMAIN {} DROP DEFAULT", full(object))
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<String> {
    let name = full(altered.now);
    let mut statements = Vec::new();
    if altered.has(&[Fact::Default]) {
        let change = altered
            .before
            .fact(Fact::Default)
            .map_or_else(|| "DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}"));
        statements.push(format!("ALTER DOMAIN {name} {change}"));
    }
    if altered.has(&[Fact::NotNull]) {
        let change = if altered.before.fact(Fact::NotNull).is_some() { "SET" } else { "DROP" };
        statements.push(format!("ALTER DOMAIN {name} {change} NOT NULL"));
    }
    statements
}
