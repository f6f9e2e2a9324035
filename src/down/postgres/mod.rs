//! PostgreSQL: the SQL that leads back, one phase at a time.
//!
//! Names first, since every text of the server's has them; then what is to go, dependents first; then what is to be altered or made,
//! in the order of what needs what. Each file has what one kind of object needs.

mod attribute;
mod column;
mod composite;
mod concurrent;
mod constraint;
mod context;
mod default_privilege;
mod domain;
mod drop;
mod enum_type;
mod fill;
mod function;
mod home;
mod in_the_way;
mod index;
mod live;
mod losses;
mod make;
mod other;
mod recorded;
mod rename;
mod roles;
mod rows;
mod rule;
mod schema;
mod scratch;
mod seed;
mod sequence;
mod table;
mod table_rebuild;
mod trigger;
mod type_rebuild;
mod view;

use self::context::UndoContext;
pub(crate) use self::scratch::PostgresScratch;
use crate::catalog::{Catalog, diff};
use crate::database::postgres::print::{altering, grant, name, options, shared};
use crate::sql::{IndexWork, OwnKind, OwnStatement};

/// The phases that lead from `now` towards `before`, the best first, each as its statements. The first that runs is to be taken, and
/// then everything looked at again.
fn offers(before: &Catalog, now: &Catalog) -> Vec<Vec<OwnStatement>> {
    let changes = diff(before, now);
    let context = UndoContext::new(before, now, &changes);
    let phases: [fn(&UndoContext<'_>) -> Vec<OwnStatement>; 4] =
        [rename::back, drop::added, make::missing, make::missing_with_defaults];
    phases.iter().map(|phase| phase(&context)).filter(|statements| !statements.is_empty()).collect()
}
