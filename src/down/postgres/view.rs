//! Views and materialized views.

use super::context::{Altered, Context};
use super::index;
use super::name::{full, word};
use crate::catalog::{Fact, Kind, Object};
use crate::database::postgres::print::options;

/// OR REPLACE can only add columns at the end: the way back would have to remove them.
pub(super) fn must_rebuild(altered: &Altered<'_>) -> bool {
    let (now, before) = (altered.now.fact(Fact::Signature), altered.before.fact(Fact::Signature));
    altered.has(&[Fact::Signature])
        && !now.zip(before).is_some_and(|(now, before)| before.starts_with(&format!("{now}, ")))
}

pub(super) fn create(object: &Object) -> Vec<String> {
    vec![if object.kind() == Kind::MaterializedView { materialized(object) } else { view(object, "CREATE VIEW") }]
}

fn view(object: &Object, create: &str) -> String {
    let options = object.fact(Fact::Options).map_or_else(String::new, |options| format!(" WITH ({options})"));
    format!("{create} {}{options} AS\n{}", full(object), query(object))
}

fn materialized(object: &Object) -> String {
    let method = object.fact(Fact::AccessMethod).map_or_else(String::new, |method| format!(" USING {method}"));
    let options = object.fact(Fact::Options).map_or_else(String::new, |options| format!(" WITH ({options})"));
    let space = object.fact(Fact::Tablespace).map_or_else(String::new, |space| format!(" TABLESPACE {space}"));
    let data = object.fact(Fact::Populated).map_or("", |_| "\nWITH NO DATA");
    format!("CREATE MATERIALIZED VIEW {}{method}{options}{space} AS\n{}{data}", full(object), query(object))
}

fn query(object: &Object) -> &str {
    object.fact(Fact::Definition).unwrap_or_default().trim_end().trim_end_matches(';')
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let (before, now) = (altered.before, altered.now);
    let kind = word(now.kind());
    let mut statements = Vec::new();
    if altered.has(&[Fact::Definition, Fact::Signature]) {
        if now.kind() == Kind::MaterializedView || must_rebuild(altered) {
            return statements;
        }
        statements.push(view(before, "CREATE OR REPLACE VIEW"));
    } else if altered.has(&[Fact::Options]) {
        statements.extend(options(kind, before, now));
    }
    if altered.has(&[Fact::Populated]) {
        let data = before.fact(Fact::Populated).map_or("", |_| " WITH NO DATA");
        statements.push(format!("REFRESH MATERIALIZED VIEW {}{data}", full(now)));
    }
    if altered.has(&[Fact::Clustered]) && !index::is_awaited(context, before, before.fact(Fact::Clustered)) {
        let cluster = before.fact(Fact::Clustered).unwrap_or("SET WITHOUT CLUSTER");
        statements.push(format!("ALTER {kind} {} {cluster}", full(now)));
    }
    statements
}
