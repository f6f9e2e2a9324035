//! Functions, procedures and aggregates.

use super::context::Altered;
use super::{OwnKind, OwnStatement};
use crate::catalog::{Fact, Kind, Object};

/// OR REPLACE keeps what uses the function, and cannot change arguments or result.
pub(super) fn must_rebuild(altered: &Altered<'_>) -> bool {
    altered.has(&[Fact::Signature]) || altered.now.kind() == Kind::Aggregate && altered.has(&[Fact::Definition])
}

pub(super) fn create(object: &Object) -> Vec<OwnStatement> {
    // The types of an aggregate say what it calls.
    let kind = if object.kind() == Kind::Aggregate { OwnKind::Object } else { OwnKind::CreateFunction };
    let definition = object.body.function().and_then(|function| function.definition.as_ref());
    definition.map(|text| OwnStatement::new(kind, text.trim_end())).into_iter().collect()
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<OwnStatement> {
    if altered.has(&[Fact::Definition]) && !must_rebuild(altered) { create(altered.before) } else { Vec::new() }
}
