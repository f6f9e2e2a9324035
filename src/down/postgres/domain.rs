use super::OwnStatement;
use super::context::{Altered, UndoContext};
use super::name::full;
use super::rule;
use crate::catalog::{Fact, Kind, Object};

/// Its checks are created with it; only one that is not valid needs a statement of its own.
pub(super) fn create(context: &UndoContext<'_>, object: &Object) -> Vec<OwnStatement> {
    vec![OwnStatement::object(create_as(context, object, &full(object)))]
}

pub(super) fn create_as(context: &UndoContext<'_>, object: &Object, name: &str) -> String {
    let mut sql = format!("CREATE DOMAIN {name} AS {}", object.data_type());
    if let Some(collation) = object.body.domain().and_then(|domain| domain.collation.as_ref()) {
        sql += &format!(" COLLATE {collation}");
    }
    if let Some(default) = default(object) {
        sql += &format!(" DEFAULT {default}");
    }
    if refuses_null(object) {
        sql += " NOT NULL";
    }
    let checks = context.before.parts_of(object.id).filter(|part| part.kind() == Kind::Constraint);
    for check in checks.filter(|check| !rule::is_not_valid(check)) {
        sql += &format!("\n    {}", rule::clause(check));
    }
    sql
}

fn default(object: &Object) -> Option<&str> {
    object.body.domain()?.default.as_deref()
}

fn refuses_null(object: &Object) -> bool {
    object.body.domain().is_some_and(|domain| domain.not_null.is_some())
}

pub(super) fn drop_default(object: &Object) -> OwnStatement {
    OwnStatement::object(format!("ALTER DOMAIN {} DROP DEFAULT", full(object)))
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<OwnStatement> {
    let name = full(altered.now);
    let mut statements = Vec::new();
    if altered.has(&[Fact::Default]) {
        let change = default(altered.before)
            .map_or_else(|| "DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}"));
        statements.push(OwnStatement::object(format!("ALTER DOMAIN {name} {change}")));
    }
    if altered.has(&[Fact::NotNull]) {
        let change = if refuses_null(altered.before) { "SET" } else { "DROP" };
        statements.push(OwnStatement::object(format!("ALTER DOMAIN {name} {change} NOT NULL")));
    }
    statements
}
