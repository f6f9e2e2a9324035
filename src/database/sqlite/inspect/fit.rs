//! A snapshot with the identities of another database's.

use std::collections::BTreeSet;

use super::{Places, SqliteSnapshot, TableEntry};
use crate::catalog::{self, Alignment, Catalog, Id, Kind};

impl catalog::Snapshot for SqliteSnapshot {
    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn fitted(self, fit: &Alignment, model: &Self) -> Self {
        let own = self.tables.iter().filter_map(|entry| table(entry.clone(), fit));
        let kept = model.tables.iter().filter(|entry| fit.kept.contains(&id(Kind::Table, entry.id))).cloned();
        let tables = own.chain(kept).collect();
        let stays = |object: Id| fit.id(object).is_some();
        let (own, of_model) = (names(&self.catalog, stays), names(&model.catalog, |object| fit.kept.contains(&object)));
        let is_one_of = |all: &BTreeSet<(Kind, &str)>, kind: Kind, name: &str| all.contains(&(kind, name));
        let others = self.others.iter().filter(|other| is_one_of(&own, other.kind, &other.name));
        let kept = model.others.iter().filter(|other| is_one_of(&of_model, other.kind, &other.name));
        let settings = self.settings.iter().filter(|(name, _)| is_one_of(&own, Kind::Setting, name));
        let kept_settings = model.settings.iter().filter(|(name, _)| is_one_of(&of_model, Kind::Setting, name));
        let (others, settings) =
            (others.chain(kept).cloned().collect(), settings.chain(kept_settings).copied().collect());
        Self { tables, others, settings, catalog: self.catalog.clone().fitted(fit, &model.catalog) }
    }
}

fn id(kind: Kind, object: u32) -> Id {
    Id { kind, object, part: 0 }
}

/// The table with its columns, unless it is ignored.
fn table(mut entry: TableEntry, fit: &Alignment) -> Option<TableEntry> {
    let number = fit.id(id(Kind::Table, entry.id))?.object;
    for column in &mut entry.columns {
        *column = fit.id(Id { kind: Kind::Column, object: entry.id, part: *column })?.part;
    }
    entry.id = number;
    // They name tables by the numbers of the other database.
    entry.places = Places::default();
    Some(entry)
}

fn names(catalog: &Catalog, counts: impl Fn(Id) -> bool) -> BTreeSet<(Kind, &str)> {
    catalog.iter().filter(|object| counts(object.id)).map(|object| (object.kind(), object.name.name.as_str())).collect()
}
