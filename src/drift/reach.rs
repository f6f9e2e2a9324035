//! How far a database that was not migrated is what migrations make: which of their work is not there.
//!
//! The migrations run one after the other on a scratch database, and after each the catalogs are compared by name: what one made is missing in
//! the live database, what one dropped is still there, or a fact has the value of before. Rows are not compared.

use std::collections::{BTreeMap, BTreeSet};

use super::{Obstacles, SideBySide, differing, opened, replay, side_by_side};
use crate::catalog::{Catalog, Fact, Id, Ignore, Kind, Object, ObjectName, Snapshot as _};
use crate::database::Inspection;
use crate::down::Scratch;
use crate::error::Result;
use crate::source::{Migration, Repeat};
use crate::version::Version;

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// What is not there, in the order of versions.
    pub(crate) undone: Vec<Undone>,
    /// The highest version up to which everything is there; none where what the first one makes is not.
    pub(crate) fits: Option<Version>,
    /// The versions that end with that one and change nothing which a catalog shows.
    pub(crate) silent: Vec<Version>,
    /// The first missing work of each version of which nothing is there, whether it is counted or not, in the order of versions.
    pub(crate) absent: Vec<Undone>,
}

/// Work of a migration that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undone {
    pub(crate) version: Version,
    /// `table orders is missing`.
    pub(crate) what: String,
}

/// Tells how far a database is what these migrations make, in this order. Of those that are not `counted` nothing is told: they have run.
/// The inner error says why that is not known.
pub(super) async fn reach<S: Scratch>(
    live: &Inspection<S::Snapshot>,
    order: &[&Migration],
    counted: &BTreeSet<Version>,
    ignore: &Ignore,
    make: &mut impl AsyncFnMut() -> Result<S>,
) -> Result<Result<Reach, Obstacles>> {
    let found = match on_scratch((make, live, order), async |scratch| whole(scratch, live, order, ignore).await).await?
    {
        Ok(Whole { found, differs: true }) => found,
        Ok(Whole { differs: false, .. }) => return Ok(Ok(Reach::default())),
        Err(obstacles) => return Ok(Err(obstacles)),
    };
    let steps = on_scratch((make, live, order), async |scratch| steps(scratch, &found, order, ignore).await).await?;
    Ok(steps.map(|steps| Reach::of(&steps, counted)))
}

/// Tells which of these migrations' work a database shows to be there, all of it, among those that are `counted`. None where that is not
/// known.
pub(super) async fn there<S: Scratch>(
    live: &Inspection<S::Snapshot>,
    order: &[&Migration],
    counted: &BTreeSet<Version>,
    ignore: &Ignore,
    make: &mut impl AsyncFnMut() -> Result<S>,
) -> Result<Vec<Version>> {
    let whole = on_scratch((make, live, order), async |scratch| whole(scratch, live, order, ignore).await).await?;
    let Ok(Whole { found, .. }) = whole else { return Ok(Vec::new()) };
    let steps = on_scratch((make, live, order), async |scratch| steps(scratch, &found, order, ignore).await).await?;
    let Some(last) = steps.ok().and_then(|mut steps| steps.pop()) else { return Ok(Vec::new()) };
    let is_undone = |version: &Version| last.undone.iter().any(|undone| undone.version == *version);
    Ok(last.there.intersection(counted).filter(|version| !is_undone(version)).copied().collect())
}

/// Works on a scratch database of its own, made for a live one and these migrations.
async fn on_scratch<S: Scratch, T>(
    (make, live, order): (&mut impl AsyncFnMut() -> Result<S>, &Inspection<S::Snapshot>, &[&Migration]),
    work: impl AsyncFnOnce(&mut S) -> Result<std::result::Result<T, String>>,
) -> Result<std::result::Result<T, Obstacles>> {
    let mut scratch = match opened(make, live, order).await? {
        Ok(scratch) => scratch,
        Err(obstacles) => return Ok(Err(obstacles)),
    };
    let outcome = work(&mut scratch).await;
    let closed = scratch.close().await;
    let outcome = outcome?.map_err(|reason| Obstacles { reasons: vec![reason], hints: Vec::new() });
    closed.map(|()| outcome)
}

/// What the live database holds, as the scratch database would word it, and whether that is something else than all of the migrations make.
struct Whole {
    found: Catalog,
    differs: bool,
}

async fn whole<S: Scratch>(
    scratch: &mut S,
    live: &Inspection<S::Snapshot>,
    order: &[&Migration],
    ignore: &Ignore,
) -> Result<std::result::Result<Whole, String>> {
    let both = side_by_side(scratch, live, order, ignore).await?;
    Ok(both.map(|SideBySide { implied, found, fit }| {
        let catalog = found.catalog().clone();
        let fitted = found.fitted(&fit, &implied);
        Whole { found: catalog, differs: !differing(scratch, implied.catalog(), fitted.catalog()).is_empty() }
    }))
}

/// A migration, and what is not there once it and all before it have run.
struct ReachedStep {
    version: Version,
    /// It stands outside the order, and was run last.
    is_repeated: bool,
    /// It changes something that a catalog shows.
    is_seen: bool,
    undone: Vec<Undone>,
    /// The versions of whose work something shows.
    there: BTreeSet<Version>,
}

async fn steps<S: Scratch>(
    scratch: &mut S,
    found: &Catalog,
    order: &[&Migration],
    ignore: &Ignore,
) -> Result<std::result::Result<Vec<ReachedStep>, String>> {
    let found = Things::of(found, ignore);
    let mut course = ReachedCourse::new(Things::of(scratch.inspect().await?.catalog(), ignore));
    let mut steps = Vec::with_capacity(order.len());
    for migration in order {
        let version = migration.version();
        if let Err(reason) = replay::one(scratch, migration).await? {
            return Ok(Err(reason));
        }
        let is_seen = course.go_on(version, Things::of(scratch.inspect().await?.catalog(), ignore));
        let is_repeated = migration.up().directives()?.repeat != Repeat::Once;
        steps.push(ReachedStep {
            version,
            is_repeated,
            is_seen,
            undone: course.undone(&found),
            there: course.there(&found),
        });
    }
    Ok(Ok(steps))
}

impl Reach {
    fn of(steps: &[ReachedStep], counted: &BTreeSet<Version>) -> Self {
        let mut undone = steps.last().map(|step| step.undone.clone()).unwrap_or_default();
        let absent = absent(&undone, steps.last());
        undone.retain(|undone| counted.contains(&undone.version));
        undone.sort_by_key(|undone| undone.version);
        if undone.is_empty() {
            return Self { absent, ..Self::default() };
        }
        let is_undone = |version: Version| undone.iter().any(|undone| undone.version == version);
        let repeated = steps.iter().filter(|step| step.is_repeated && is_undone(step.version));
        let first_repeated = repeated.map(|step| step.version).min();
        let last = counted.last().copied();
        let fits = steps.iter().rposition(|step| {
            let is_below = first_repeated.is_none_or(|first| step.version < first) && Some(step.version) < last;
            !step.is_repeated && is_below && step.undone.iter().all(|undone| !counted.contains(&undone.version))
        });
        let up_to = &steps[..fits.map_or(0, |at| at + 1)];
        let silent = up_to.iter().rev().take_while(|step| !step.is_seen && counted.contains(&step.version));
        let mut silent: Vec<Version> = silent.map(|step| step.version).collect();
        silent.reverse();
        Self { undone, fits: fits.map(|at| steps[at].version), silent, absent }
    }
}

fn absent(undone: &[Undone], last: Option<&ReachedStep>) -> Vec<Undone> {
    let mut absent: Vec<Undone> = Vec::new();
    for undone in undone {
        let is_there = last.is_some_and(|last| last.there.contains(&undone.version));
        if !is_there && absent.iter().all(|known| known.version != undone.version) {
            absent.push(undone.clone());
        }
    }
    absent.sort_by_key(|undone| undone.version);
    absent
}

/// What an object is called, whatever database it is in.
type ReachedName = (Kind, ObjectName);

/// What a database holds, by name.
struct Things(BTreeMap<ReachedName, ReachedObject>);

#[derive(Clone, PartialEq, Eq)]
struct ReachedObject {
    /// What it goes with.
    of: Option<ReachedName>,
    facts: BTreeMap<Fact, String>,
}

impl Things {
    /// Without what is ignored, and without places of columns: another column that came or went moves them.
    fn of(catalog: &Catalog, ignore: &Ignore) -> Self {
        let ignored: BTreeSet<Id> = ignore.of(catalog);
        let name = |object: &Object| (object.kind(), object.name.clone());
        let counted = catalog.iter().filter(|object| !ignored.contains(&object.id));
        let things = counted.map(|object| {
            let mut facts: BTreeMap<Fact, String> =
                object.facts().into_iter().map(|(fact, text)| (fact, text.into_owned())).collect();
            facts.remove(&Fact::Position);
            let of = object.parent.and_then(|parent| catalog.get(parent)).map(name);
            (name(object), ReachedObject { of, facts })
        });
        Self(things.collect())
    }
}

/// The values that a fact had, none where it was not there.
type EarlierValues = Vec<Option<String>>;

/// What became of a scratch database, migration by migration.
struct ReachedCourse {
    now: Things,
    /// Who made what is there; not what was there from the start.
    made: BTreeMap<ReachedName, Version>,
    /// Who dropped what is not there.
    dropped: BTreeMap<ReachedName, (Version, Option<ReachedName>)>,
    /// What facts were before, and who changed them.
    changed: BTreeMap<(ReachedName, Fact), (Version, EarlierValues)>,
}

impl ReachedCourse {
    fn new(now: Things) -> Self {
        Self { now, made: BTreeMap::new(), dropped: BTreeMap::new(), changed: BTreeMap::new() }
    }

    /// Takes note of what a migration did, and returns whether that was anything.
    fn go_on(&mut self, version: Version, after: Things) -> bool {
        let before = std::mem::replace(&mut self.now, after);
        let mut is_seen = false;
        for (name, thing) in &before.0 {
            if !self.now.0.contains_key(name) {
                self.made.remove(name);
                self.changed.retain(|(of, _), _| of != name);
                self.dropped.insert(name.clone(), (version, thing.of.clone()));
                is_seen = true;
            }
        }
        for (name, thing) in &self.now.0 {
            let Some(old) = before.0.get(name) else {
                self.dropped.remove(name);
                self.made.insert(name.clone(), version);
                is_seen = true;
                continue;
            };
            let facts: BTreeSet<Fact> = old.facts.keys().chain(thing.facts.keys()).copied().collect();
            for fact in facts.into_iter().filter(|fact| old.facts.get(fact) != thing.facts.get(fact)) {
                let changed = self.changed.entry((name.clone(), fact)).or_insert((version, Vec::new()));
                changed.0 = version;
                changed.1.push(old.facts.get(&fact).cloned());
                is_seen = true;
            }
        }
        is_seen
    }

    /// The versions of whose work a database has something: what they made, dropped or changed is so.
    fn there(&self, found: &Things) -> BTreeSet<Version> {
        let made = self.made.iter().filter(|(name, _)| found.0.contains_key(*name)).map(|(_, version)| *version);
        let dropped = self.dropped.iter().filter(|(name, _)| !found.0.contains_key(*name));
        let is_now = |name: &ReachedName, fact: &Fact| {
            let value = |things: &Things| things.0.get(name).map(|thing| thing.facts.get(fact).cloned());
            value(found).is_some() && value(found) == value(&self.now)
        };
        let changed = self.changed.iter().filter(|((name, fact), _)| is_now(name, fact));
        made.chain(dropped.map(|(_, (version, _))| *version)).chain(changed.map(|(_, (version, _))| *version)).collect()
    }

    /// What of the work so far a database does not have. What goes with a whole that is missing, or still there, is not told of.
    fn undone(&self, found: &Things) -> Vec<Undone> {
        let said = |version: &Version, (kind, name): &ReachedName, rest: &str| Undone {
            version: *version,
            what: format!("{kind} {} {rest}", name.plain()),
        };
        let is_missing = |name: &ReachedName| self.now.0.contains_key(name) && !found.0.contains_key(name);
        let goes_with = |of: &Option<ReachedName>, whole: &dyn Fn(&ReachedName) -> bool| of.as_ref().is_some_and(whole);
        let missing = self.made.iter().filter(|(name, _)| {
            let of = self.now.0.get(*name).and_then(|thing| thing.of.clone());
            is_missing(name) && !goes_with(&of, &is_missing)
        });
        let is_left = |name: &ReachedName| self.dropped.contains_key(name) && found.0.contains_key(name);
        let left = self.dropped.iter().filter(|(name, (_, of))| is_left(name) && !goes_with(of, &is_left));
        let unchanged = self.changed.iter().filter(|((name, fact), (_, before))| {
            let (Some(now), Some(there)) = (self.now.0.get(name), found.0.get(name)) else { return false };
            let there = there.facts.get(fact);
            there != now.facts.get(fact) && before.iter().any(|before| before.as_ref() == there)
        });
        let missing = missing.map(|(name, version)| said(version, name, "is missing"));
        let left = left.map(|(name, (version, _))| said(version, name, "is still there"));
        let unchanged =
            unchanged.map(|((name, fact), (version, _))| said(version, name, &format!("has its {fact} of before")));
        missing.chain(left).chain(unchanged).collect()
    }
}
