//! What differs, one thing at a time.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::catalog::{Catalog, Change, Fact, Id, Kind, Object, pattern};
use crate::sql::Plain;

/// One thing that differs between what history implies and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    /// With schema and table, quoted where it must be.
    pub(crate) name: String,
    /// What it belongs to: `table orders`, and its own name without that.
    of: Option<(String, String)>,
    pub(crate) how: DifferenceKind,
    /// What `ignore` in schema.toml has to name it by, where it stands on its own, and no migration made it.
    pub(crate) pattern: Option<String>,
}

/// In which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DifferenceKind {
    /// It is there, and no migration made it.
    Added,
    /// A migration made it, and it is not there.
    Missing,
    /// It has another name than a migration gave it.
    Renamed { from: String },
    /// It is not as migrations made it.
    Altered(Vec<FactDifference>),
}

/// A fact that is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactDifference {
    pub(crate) fact: Fact,
    /// As migrations made it.
    pub(crate) expected: Option<String>,
    pub(crate) found: Option<String>,
}

/// Everything that differs, in the order of kinds. What goes with a table that is new or missing is not told of.
pub(super) fn all(implied: &Catalog, live: &Catalog, changes: &[Change<'_>]) -> Vec<Difference> {
    let ids = |is: fn(&Change<'_>) -> bool| -> BTreeSet<Id> {
        changes.iter().filter(|change| is(change)).map(|change| change.object().id).collect()
    };
    let added = ids(|change| matches!(change, Change::Created(_)));
    let missing = ids(|change| matches!(change, Change::Dropped(_)));
    let goes_with =
        |object: &Object, others: &BTreeSet<Id>| object.parent.is_some_and(|parent| others.contains(&parent));
    let mut all = Vec::new();
    for change in changes {
        let (catalog, how) = match change {
            Change::Created(object) if goes_with(object, &added) => continue,
            Change::Dropped(object) if goes_with(object, &missing) => continue,
            Change::Created(_) => (live, DifferenceKind::Added),
            Change::Dropped(_) => (implied, DifferenceKind::Missing),
            Change::Renamed { from, .. } if from.parent.is_some() => {
                (live, DifferenceKind::Renamed { from: own_name(from) })
            }
            Change::Renamed { from, .. } => (live, DifferenceKind::Renamed { from: from.name.plain() }),
            Change::Altered { from, to, facts } => {
                let kept = |fact: &&Fact| **fact != Fact::Position || !is_in_order(implied, live, to);
                let (expected, found) = (from.facts(), to.facts());
                let difference = |fact: &Fact| {
                    let value = |facts: &BTreeMap<Fact, Cow<'_, str>>| facts.get(fact).map(ToString::to_string);
                    FactDifference { fact: *fact, expected: value(&expected), found: value(&found) }
                };
                let facts: Vec<_> = facts.iter().filter(kept).map(difference).collect();
                if facts.is_empty() {
                    continue;
                }
                (live, DifferenceKind::Altered(facts))
            }
        };
        all.push(Difference::of(change.object(), catalog, how));
    }
    all
}

/// Whether the columns that a table has in both catalogs are in the same order: then a place differs since another column came or went.
fn is_in_order(implied: &Catalog, live: &Catalog, column: &Object) -> bool {
    let order = |catalog: &Catalog, other: &Catalog| {
        let mut columns: Vec<(u32, Id)> = catalog
            .iter()
            .filter(|object| object.kind() == Kind::Column && object.parent == column.parent)
            .filter(|object| other.get(object.id).is_some())
            .map(|object| (object.position().unwrap_or_default(), object.id))
            .collect();
        columns.sort_unstable();
        columns.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    order(implied, live) == order(live, implied)
}

impl Difference {
    fn of(object: &Object, catalog: &Catalog, how: DifferenceKind) -> Self {
        let parent = object.parent.and_then(|parent| catalog.get(parent));
        let of = parent.map(|parent| (format!("{} {}", parent.kind(), parent.name.plain()), own_name(object)));
        let pattern = if how == DifferenceKind::Added && object.parent.is_none() { pattern(object) } else { None };
        Self { kind: object.kind(), name: object.name.plain(), of, how, pattern }
    }
}

/// The name without that of the table.
fn own_name(object: &Object) -> String {
    Plain(&object.name.name).to_string()
}

/// `table orders: column note was added`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = match &self.of {
            Some((whole, own)) => {
                write!(f, "{whole}: ")?;
                own
            }
            None => &self.name,
        };
        // Who looks for a name knows the one that migrations gave it.
        let known = if let DifferenceKind::Renamed { from } = &self.how { from } else { own };
        write!(f, "{} {known} ", self.kind)?;
        match &self.how {
            DifferenceKind::Added => f.write_str("was added"),
            DifferenceKind::Missing => f.write_str("is missing"),
            DifferenceKind::Renamed { .. } => write!(f, "is called {own} now"),
            DifferenceKind::Altered(facts) => {
                let parts: Vec<String> = facts.iter().map(ToString::to_string).collect();
                f.write_str(&parts.join("; "))
            }
        }
    }
}

/// `has default 7 instead of 0`; of what is long, that it differs.
impl fmt::Display for FactDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (shown(self.found.as_deref()), shown(self.expected.as_deref())) {
            (Some(found), Some(expected)) => write!(f, "has {} {found} instead of {expected}", self.fact),
            _ => write!(f, "differs in {}", self.fact),
        }
    }
}

/// A value in a sentence, unless it is too long for one.
fn shown(value: Option<&str>) -> Option<String> {
    const LONGEST: usize = 40;
    match value.unwrap_or_default() {
        "" => Some("none".to_owned()),
        text => (text.len() <= LONGEST && !text.contains('\n')).then(|| format!("`{text}`")),
    }
}
