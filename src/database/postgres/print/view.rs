//! Views.

use super::name::full;
use crate::catalog::{Object, View};

/// The statement that makes a view; `create` is how it begins.
pub(crate) fn create(create: &str, object: &Object, view: &View) -> String {
    format!("{create} {}{} AS\n{}", full(object), settings(view), query(view))
}

/// Its settings as CREATE takes them.
pub(crate) fn settings(view: &View) -> String {
    if view.settings.is_empty() { String::new() } else { format!(" WITH ({})", view.settings.list()) }
}

/// Its query, without an end.
pub(crate) fn query(view: &View) -> &str {
    view.definition.as_deref().unwrap_or_default().trim_end().trim_end_matches(';')
}
