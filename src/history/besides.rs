//! What of a catalog is a record of migrations, and nothing that they make.

use std::collections::{BTreeMap, BTreeSet};

use super::foreign::is_ledger;
use super::own;
use crate::catalog::{Catalog, Id, Kind};

/// The tables in which tools record what they have applied, and the histories of ours that are other applications'.
pub(crate) fn besides(catalog: &Catalog) -> BTreeSet<Id> {
    let mut columns: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    for column in catalog.iter().filter(|object| object.kind() == Kind::Column) {
        column.parent.iter().for_each(|table| columns.entry(*table).or_default().push(column.name.name.clone()));
    }
    let tables = catalog.iter().filter(|object| object.kind() == Kind::Table);
    let of_tools =
        tables.filter(|table| columns.get(&table.id).is_some_and(|columns| is_ledger(&table.name.name, columns)));
    of_tools.map(|table| table.id).chain(own::ids(catalog)).collect()
}
