//! PostgreSQL: the SQL that leads back, one phase at a time.
//!
//! Names first, since every text of the server's has them; then what is to go, dependents first; then what is to be altered or made,
//! in the order of what needs what. Each file has what one kind of object needs.

mod column;
mod composite;
mod constraint;
mod context;
mod default_privilege;
mod domain;
mod drop;
mod enum_type;
mod fill;
mod function;
mod grant;
mod index;
mod make;
mod name;
mod rename;
mod schema;
mod sequence;
mod shared;
mod table;
#[cfg(test)]
mod tests;
mod trigger;
mod type_rebuild;
mod view;

use self::context::Context;
use crate::catalog::{Catalog, Change};

/// The statements of the next phase that leads from `now` to `before`; none, where nothing can be offered.
pub(crate) fn undo(before: &Catalog, now: &Catalog, changes: &[Change<'_>]) -> Vec<String> {
    let context = Context::new(before, now, changes);
    let phases: [fn(&Context<'_>) -> Vec<String>; 3] = [rename::back, drop::added, make::missing];
    phases.iter().map(|phase| phase(&context)).find(|statements| !statements.is_empty()).unwrap_or_default()
}
