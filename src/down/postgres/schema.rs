//! Schemas and extensions.

use super::context::Altered;
use super::name::{full, ident, literal};
use crate::catalog::{Fact, Kind, Object, SqlName};

pub(super) fn create(object: &Object) -> Vec<String> {
    let name = ident(&object.name.name);
    vec![match object.kind() {
        Kind::Extension => {
            format!("CREATE EXTENSION {name} WITH SCHEMA {}", schema_of(object).unwrap_or("public"))
        }
        _ => format!("CREATE SCHEMA {name}"),
    }]
}

/// The schema of what an extension brings, as SQL names it.
fn schema_of(extension: &Object) -> Option<&str> {
    extension.body.extension()?.schema.as_ref().map(SqlName::as_str)
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<String> {
    let mut statements = Vec::new();
    if altered.has(&[Fact::Options])
        && let Some(schema) = schema_of(altered.before)
    {
        statements.push(format!("ALTER EXTENSION {} SET SCHEMA {schema}", full(altered.now)));
    }
    if altered.has(&[Fact::Version])
        && let Some(version) = altered.before.body.extension().and_then(|extension| extension.version.as_deref())
    {
        statements.push(format!("ALTER EXTENSION {} UPDATE TO {}", full(altered.now), literal(version)));
    }
    statements
}
