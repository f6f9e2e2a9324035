//! Schemas and extensions.

use super::context::Altered;
use super::name::{full, ident, literal};
use super::{OwnKind, OwnStatement};
use crate::catalog::{Fact, Kind, Object, SqlName};

pub(super) fn create(object: &Object) -> Vec<OwnStatement> {
    let name = ident(&object.name.name);
    vec![match object.kind() {
        Kind::Extension => {
            let schema = schema_of(object).unwrap_or("public");
            OwnStatement::object(format!("CREATE EXTENSION {name} WITH SCHEMA {schema}"))
        }
        _ => OwnStatement::new(OwnKind::CreateSchema, format!("CREATE SCHEMA {name}")),
    }]
}

/// The schema of what an extension brings, as SQL names it.
fn schema_of(extension: &Object) -> Option<&str> {
    extension.body.extension()?.schema.as_ref().map(SqlName::as_str)
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<OwnStatement> {
    let mut statements = Vec::new();
    if altered.has(&[Fact::Options])
        && let Some(schema) = schema_of(altered.before)
    {
        let text = format!("ALTER EXTENSION {} SET SCHEMA {schema}", full(altered.now));
        statements.push(OwnStatement::object(text));
    }
    if altered.has(&[Fact::Version])
        && let Some(version) = altered.before.body.extension().and_then(|extension| extension.version.as_deref())
    {
        let text = format!("ALTER EXTENSION {} UPDATE TO {}", full(altered.now), literal(version));
        statements.push(OwnStatement::object(text));
    }
    statements
}
