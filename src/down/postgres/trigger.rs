//! What belongs to a table, or stands alone, and is one statement in the server's own words: triggers, rules, statistics, event
//! triggers; and policies, whose words are the inspection's.

use super::OwnStatement;
use super::context::Altered;
use super::name::{full, ident, owner};
use crate::catalog::{Fact, Kind, Object};

pub(super) fn create(object: &Object) -> Vec<OwnStatement> {
    object.statement().map(|text| OwnStatement::object(text.trim_end_matches(';'))).into_iter().collect()
}

pub(super) fn create_policy(object: &Object) -> Vec<OwnStatement> {
    let definition = object.body.policy().and_then(|policy| policy.definition.as_deref()).unwrap_or_default();
    let text = format!("CREATE POLICY {} ON {}\n    {definition}", ident(&object.name.name), owner(object));
    vec![OwnStatement::object(text)]
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<OwnStatement> {
    let now = altered.now;
    let name = ident(&now.name.name);
    let mut statements = Vec::new();
    if let Some(before) = altered.before.body.trigger().filter(|_| altered.has(&[Fact::Enabled])) {
        let state = before.firing.word();
        statements.push(OwnStatement::object(match now.kind() {
            Kind::EventTrigger => format!("ALTER EVENT TRIGGER {name} {state}"),
            Kind::Rule => format!("ALTER TABLE {} {state} RULE {name}", owner(now)),
            _ => format!("ALTER TABLE {} {state} TRIGGER {name}", owner(now)),
        }));
    }
    if let Some(before) = altered.before.body.statistics().filter(|_| altered.has(&[Fact::Value])) {
        let target = before.target.unwrap_or(-1);
        statements.push(OwnStatement::object(format!("ALTER STATISTICS {} SET STATISTICS {target}", full(now))));
    }
    statements
}
