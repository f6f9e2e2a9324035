//! Views.

use super::Untranslated;
use super::draft::DraftTable;
use super::model::Translation;
use super::names::TakenNames;
use crate::database::sqlite::inspect::WholeObject;

pub(super) fn translate(
    _tables: &[DraftTable<'_>],
    view: &WholeObject,
    _taken: &mut TakenNames,
    translation: &mut Translation,
) {
    let why = Untranslated::new("its query has to be written anew");
    translation.leave(format!("view {}", view.name), "view", why, &view.sql);
}
