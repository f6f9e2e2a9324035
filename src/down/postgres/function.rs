//! Functions, procedures and aggregates.

use super::context::Altered;
use crate::catalog::{Fact, Kind, Object};

/// OR REPLACE keeps what uses the function, and cannot change arguments or result.
pub(super) fn must_rebuild(altered: &Altered<'_>) -> bool {
    altered.has(&[Fact::Signature]) || altered.now.kind() == Kind::Aggregate && altered.has(&[Fact::Definition])
}

pub(super) fn create(object: &Object) -> Vec<String> {
    object
        .body
        .function()
        .and_then(|function| function.definition.as_ref())
        .map(|text| text.trim_end().to_owned())
        .into_iter()
        .collect()
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<String> {
    if altered.has(&[Fact::Definition]) && !must_rebuild(altered) { create(altered.before) } else { Vec::new() }
}

pub(super) fn has_unchecked_body(statement: &str) -> bool {
    statement.starts_with("CREATE OR REPLACE FUNCTION") || statement.starts_with("CREATE OR REPLACE PROCEDURE")
}
