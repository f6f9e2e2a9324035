//! Schemas and extensions.

use super::context::Altered;
use super::name::{full, ident, literal};
use crate::catalog::{Fact, Kind, Object};

pub(super) fn create(object: &Object) -> Vec<String> {
    let name = ident(&object.name.name);
    vec![match object.kind() {
        Kind::Extension => {
            format!("CREATE EXTENSION {name} WITH SCHEMA {}", object.fact(Fact::Options).unwrap_or("public"))
        }
        _ => format!("CREATE SCHEMA {name}"),
    }]
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<String> {
    let mut statements = Vec::new();
    if altered.has(&[Fact::Options])
        && let Some(schema) = altered.before.fact(Fact::Options)
    {
        statements.push(format!("ALTER EXTENSION {} SET SCHEMA {schema}", full(altered.now)));
    }
    if altered.has(&[Fact::Version])
        && let Some(version) = altered.before.fact(Fact::Version)
    {
        statements.push(format!("ALTER EXTENSION {} UPDATE TO {}", full(altered.now), literal(version)));
    }
    statements
}
