//! Views and materialized views.

use super::context::{Altered, UndoContext};
use super::index;
use super::name::{full, word};
use super::{OwnKind, OwnStatement, options};
use crate::catalog::{ClusterOn, Fact, Kind, Object, Populated, View};
use crate::database::postgres::print::{
    self,
    view::{query, settings},
};

/// OR REPLACE can only add columns at the end: the way back would have to remove them.
pub(super) fn must_rebuild(altered: &Altered<'_>) -> bool {
    let gains = |(before, now): (&View, &View)| now.columns.begins(&before.columns);
    altered.has(&[Fact::Signature]) && !altered.before.body.view().zip(altered.now.body.view()).is_some_and(gains)
}

pub(super) fn create(object: &Object) -> Vec<OwnStatement> {
    let Some(view) = object.body.view() else { return Vec::new() };
    vec![OwnStatement::object(if object.kind() == Kind::MaterializedView {
        materialized(object, view)
    } else {
        print::view::create("CREATE VIEW", object, view)
    })]
}

fn materialized(object: &Object, view: &View) -> String {
    let clause = |word: &str, text: Option<&String>| text.map_or_else(String::new, |text| format!(" {word} {text}"));
    let method = clause("USING", view.access_method.as_ref());
    let space = clause("TABLESPACE", view.tablespace.as_ref());
    let data = if view.populated == Populated::No { "\nWITH NO DATA" } else { "" };
    format!("CREATE MATERIALIZED VIEW {}{method}{}{space} AS\n{}{data}", full(object), settings(view), query(view))
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let (object, kind) = (altered.now, word(altered.now.kind()));
    let Some((before, now)) = altered.before.body.view().zip(altered.now.body.view()) else { return Vec::new() };
    let mut statements = Vec::new();
    if altered.has(&[Fact::Definition, Fact::Signature]) {
        if object.kind() == Kind::MaterializedView || must_rebuild(altered) {
            return statements;
        }
        let text = print::view::create("CREATE OR REPLACE VIEW", altered.before, before);
        statements.push(OwnStatement::object(text));
    } else if altered.has(&[Fact::Options]) {
        statements.extend(options((OwnKind::Object, kind), object, &before.settings, &now.settings));
    }
    if altered.has(&[Fact::Populated]) {
        let data = if before.populated == Populated::No { " WITH NO DATA" } else { "" };
        statements.push(OwnStatement::object(format!("REFRESH MATERIALIZED VIEW {}{data}", full(object))));
    }
    let clustered = before.clustered.as_ref();
    let is_there = |ClusterOn(index): &ClusterOn| !index::is_awaited(context, altered.before, index);
    if altered.has(&[Fact::Clustered]) && clustered.is_none_or(is_there) {
        let cluster = clustered.map_or_else(|| "SET WITHOUT CLUSTER".to_owned(), ToString::to_string);
        statements.push(OwnStatement::object(format!("ALTER {kind} {} {cluster}", full(object))));
    }
    statements
}
