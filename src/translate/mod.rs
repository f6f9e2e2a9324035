//! A schema of SQLite as one of PostgreSQL: a pure function of what the database holds, of its values counted, and of what people decided in
//! the map. What does not mean the same on PostgreSQL is not translated, and is told.

mod declared;
mod default;
mod draft;
mod expression;
mod index;
mod keys;
mod model;
mod names;
mod print;
mod profile;
mod read;
mod scan;
mod settle;
mod table;
mod types;
mod view;

pub(crate) use self::draft::TranslateSource;
pub(crate) use self::model::{Question, TranslatedColumn, Translation, Untranslatable};
pub(crate) use self::print::{TranslatedFile, files, is_as_written};
pub(crate) use self::profile::Profiles;
pub(crate) use self::scan::{constant_defaults, profiles};
pub(crate) use self::types::reading_type;

use self::expression::Untranslated;
use self::names::TakenNames;
pub(crate) use self::read::IndexStatement;
use self::read::ViewStatement;
use self::table::TableTask;
use crate::catalog::Kind;
use crate::config::Map;

/// Translates a schema, by what the map says of it.
pub(crate) fn translate(source: &TranslateSource<'_>, map: &Map) -> Translation {
    let mut translation = Translation { schema: map.schema.clone(), ..Translation::default() };
    let mut taken = TakenNames::default();
    let mut tables = draft::draft(source, map, &mut taken);
    let of_kind = |kind: Kind| source.snapshot.others.iter().filter(move |other| other.kind == kind);
    let is_here = |table: &str| tables.iter().any(|known| known.entry.name.eq_ignore_ascii_case(table));
    let unread = || Untranslated::new("it could not be read");
    for entry in source.snapshot.tables.iter().filter(|entry| !draft::stays(map, &[&entry.name])) {
        if !is_here(&entry.name) {
            translation.leave(entry.name.clone(), "table", unread(), &entry.table.sql);
        }
    }
    let mut indexes = Vec::new();
    for index in of_kind(Kind::Index).filter(|index| is_here(&index.table)) {
        match IndexStatement::parse(&index.sql) {
            Some(statement) => indexes.push(statement),
            None => translation.leave(index.name.clone(), "index", unread(), &index.sql),
        }
    }
    settle::settle(&mut tables, &indexes);
    // Names of indexes and views before those of constraints, which nobody refers to.
    let index_names: Vec<String> =
        indexes.iter().map(|index| taken.take(&names::folded(&index.name, index.is_quoted))).collect();
    let views: Vec<_> = of_kind(Kind::View)
        .map(|view| {
            let statement = ViewStatement::parse(&view.sql);
            let is_quoted = statement.as_ref().is_ok_and(|statement| statement.is_quoted);
            (view, taken.take(&names::folded(&view.name, is_quoted)), statement)
        })
        .collect();
    for at in 0..tables.len() {
        let task = TableTask { tables: &tables, at, source };
        task.translate(&mut taken, &mut translation);
    }
    keys::translate(&tables, &indexes, &mut taken, &mut translation);
    for (text, name) in indexes.iter().zip(&index_names) {
        index::translate(&tables, text, name, &mut translation);
    }
    for (view, name, statement) in views {
        view::translate(&tables, view, (&name, statement), &mut translation);
    }
    untranslated_objects(source, &mut translation);
    translation
}

/// What has no counterpart whatever it says.
fn untranslated_objects(source: &TranslateSource<'_>, translation: &mut Translation) {
    for other in source.snapshot.others.iter() {
        let (what, reason) = match other.kind {
            Kind::Trigger => ("trigger", "PostgreSQL's triggers call functions: what it does has to be written anew"),
            Kind::VirtualTable => ("virtual table", "its module is one of SQLite"),
            _ => continue,
        };
        translation.untranslated.push(Untranslatable {
            subject: other.name.clone(),
            what,
            reason: reason.to_owned(),
            sql: other.sql.to_string(),
        });
    }
}

impl Translation {
    /// Notes what is not translated.
    fn leave(&mut self, subject: impl Into<String>, what: &'static str, why: Untranslated, sql: &str) {
        self.untranslated.push(Untranslatable {
            subject: subject.into(),
            what,
            reason: why.reason,
            sql: sql.to_owned(),
        });
    }
}
