//! A snapshot with the identities of another database's.

use std::collections::BTreeSet;

use super::{SqliteSnapshot, TableEntry};
use crate::catalog::{self, Alignment, Catalog, Id, Kind};

impl catalog::Snapshot for SqliteSnapshot {
    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn fitted(self, fit: &Alignment, model: &Self) -> Self {
        let mut fitted = Self::default();
        fitted.tables.extend(self.tables.into_iter().filter_map(|entry| table(entry, fit)));
        fitted
            .tables
            .extend(model.tables.iter().filter(|entry| fit.kept.contains(&id(Kind::Table, entry.id))).cloned());
        let stays = |object: Id| fit.id(object).is_some();
        let (own, of_model) = (names(&self.catalog, stays), names(&model.catalog, |object| fit.kept.contains(&object)));
        fitted.others.extend(self.others.into_iter().filter(|other| own.contains(&(other.kind, other.name.as_str()))));
        fitted
            .others
            .extend(model.others.iter().filter(|other| of_model.contains(&(other.kind, other.name.as_str()))).cloned());
        fitted.settings.extend(self.settings.into_iter().filter(|(name, _)| own.contains(&(Kind::Setting, *name))));
        fitted.settings.extend(model.settings.iter().filter(|(name, _)| of_model.contains(&(Kind::Setting, *name))));
        fitted.catalog = self.catalog.fitted(fit, &model.catalog);
        fitted
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
    Some(entry)
}

fn names(catalog: &Catalog, counts: impl Fn(Id) -> bool) -> BTreeSet<(Kind, &str)> {
    catalog.iter().filter(|object| counts(object.id)).map(|object| (object.kind(), object.name.name.as_str())).collect()
}
