//! Rows for every table, so that what a migration does to users' rows shows.
//!
//! Which values a column may have is guessed, from its type, its default and what checks name; whether a row holds is the
//! database's to say. Where it refuses one, the rule that it names tells which values to change. A dialect provides the tables
//! with their candidates, and the [`SeedGround`] that rows are put into.

mod hints;
mod lay;
mod named;
mod pattern;
mod search;
pub(crate) mod telling;
pub(crate) mod value;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

pub(crate) use self::hints::Hints;
pub(crate) use self::lay::{Laid, RowKind, lay};
pub(crate) use self::named::is_named;
pub(crate) use self::search::RefusedBy;
use self::search::Search;
use crate::error::Result;

/// Rows for each table that stay: one with every column filled, one with as many NULLs as may be.
pub(crate) const ROWS: usize = 2;

/// Rows beyond these, which are there for one trial only: their values tell types apart.
pub(crate) const TELLING: usize = 12;

/// How many rows are tried for one, and how many more for each slot.
const MOST_TRIES: usize = 100;
const MORE_TRIES: usize = 10;

/// A table that rows are wanted in.
pub(crate) struct WantedTable<F> {
    /// As SQL has it.
    pub(crate) name: String,
    pub(crate) slots: Vec<Slot>,
    /// How many rows the slots have candidates for.
    pub(crate) rows: usize,
    /// What the dialect needs to put a row into it, and to tell what a refusal is about.
    pub(crate) facts: F,
}

/// Columns that are given their values together: one, or those of a reference.
pub(crate) struct Slot {
    /// As the database has them, without quotes.
    pub(crate) columns: Vec<String>,
    /// For each row the candidates, in the order in which they are tried.
    pub(crate) rows: Vec<Vec<SeedCandidate>>,
    pub(crate) presence: Presence,
    /// The table that it refers to, as SQL has it.
    pub(crate) parent: Option<String>,
    /// The columns there that these refer to, in this order; none without a parent.
    pub(crate) to: Vec<String>,
}

/// Whether a row with as many NULLs as may be has a value somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Needed,
    /// The last candidate is none.
    Optional,
}

/// What a row may have in a slot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum SeedCandidate {
    /// An expression for each column.
    Given(Vec<String>),
    /// What this row has in these columns: it refers to itself.
    Own(Vec<String>),
    /// Nothing is said: the default, or NULL.
    LeftOut,
}

impl SeedCandidate {
    pub(crate) fn one(expression: impl Into<String>) -> Self {
        Self::Given(vec![expression.into()])
    }
}

/// Each once, since of two that are the same one would be tried in vain; NULL where there are none.
pub(crate) fn distinct(all: impl Iterator<Item = SeedCandidate>) -> Vec<SeedCandidate> {
    let mut distinct = Vec::new();
    for candidate in all {
        if !distinct.contains(&candidate) {
            distinct.push(candidate);
        }
    }
    if distinct.is_empty() {
        distinct.push(SeedCandidate::one("NULL"));
    }
    distinct
}

/// The tables that rows are wanted in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// As SQL has them.
    pub(crate) names: BTreeSet<String>,
    /// Without schema and quotes, in lower case.
    pub(crate) bare: BTreeSet<String>,
    /// All tables, wanted or not, in the same way.
    pub(crate) tables: HashSet<String>,
}

impl Wanted {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether a text names one of them.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.bare.iter().any(|name| is_named(&text, name, &self.tables))
    }
}

/// Why a database did not take a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowRefusal {
    pub(crate) reason: String,
    /// The columns that the broken rule is about, as far as that is known.
    pub(crate) columns: Vec<String>,
    pub(crate) by: RefusedBy,
}

/// A table that no row could be made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Empty {
    pub(crate) table: String,
    pub(crate) reason: String,
}

impl fmt::Display for Empty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no row could be made for table {}: {}", self.table, self.reason)
    }
}

/// With which choices the last row of each table was taken: those that the next ones are tried with first. They are those of one catalog: in
/// a later one rows may hold that did not, and these are wanted.
#[derive(Debug, Default)]
pub(crate) struct Starts(HashMap<String, Vec<usize>>);

impl Starts {
    fn of<F>(&self, table: &WantedTable<F>) -> Vec<usize> {
        let known = self.0.get(&table.name).filter(|start| start.len() == table.slots.len());
        known.cloned().unwrap_or_else(|| vec![0; table.slots.len()])
    }

    fn keep<F>(&mut self, table: &WantedTable<F>, start: Vec<usize>) {
        self.0.insert(table.name.clone(), start);
    }
}

/// Where rows are put.
pub(crate) trait SeedGround {
    type Facts;

    /// Puts one row into a table: names of columns, each with an expression.
    ///
    /// # Errors
    /// The database cannot be used at all.
    async fn insert(
        &mut self,
        table: &WantedTable<Self::Facts>,
        row: &[(&str, &str)],
    ) -> Result<Result<(), RowRefusal>>;

    /// Puts rows into a table, all of them or none. Returns whether it did; where that costs no less than one after the other it never does.
    ///
    /// # Errors
    /// The database cannot be used at all.
    async fn insert_all(&mut self, table: &WantedTable<Self::Facts>, rows: &[Vec<(&str, &str)>]) -> Result<bool>;

    /// Runs a statement, or leaves all as it was. Returns whether it ran.
    ///
    /// # Errors
    /// The database cannot be used at all.
    async fn attempt_one(&mut self, sql: &str) -> Result<bool>;

    /// Whether a table, named as in SQL, holds rows.
    async fn has_rows(&mut self, table: &str) -> Result<bool>;
}

/// Makes rows for each table. Returns those for which that was not possible.
pub(crate) async fn fill<G: SeedGround>(ground: &mut G, tables: &[WantedTable<G::Facts>]) -> Result<Vec<Empty>> {
    let mut empty = Vec::new();
    for table in order(tables) {
        if let Some(reason) = rows(ground, table).await? {
            empty.push(Empty { table: table.name.clone(), reason });
        }
    }
    Ok(empty)
}

/// Parents first. In a ring of references, a table that can do without those that come later.
fn order<F>(tables: &[WantedTable<F>]) -> Vec<&WantedTable<F>> {
    let mut open: Vec<&WantedTable<F>> = tables.iter().collect();
    let mut names: HashSet<String> = open.iter().map(|table| table.name.to_ascii_lowercase()).collect();
    let mut ordered = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let table = open.remove(next(&open, &names));
        names.remove(&table.name.to_ascii_lowercase());
        ordered.push(table);
    }
    ordered
}

/// `names` are those of the tables that have no rows yet.
fn next<F>(open: &[&WantedTable<F>], names: &HashSet<String>) -> usize {
    let waits = |table: &WantedTable<F>, is_asked: &dyn Fn(&Slot) -> bool| {
        let parents = table.slots.iter().filter(|slot| is_asked(slot)).filter_map(|slot| slot.parent.as_ref());
        let mut others = parents.filter(|parent| !parent.eq_ignore_ascii_case(&table.name));
        others.any(|parent| names.contains(&parent.to_ascii_lowercase()))
    };
    let first = open.iter().position(|table| !waits(table, &|_| true));
    let second = || open.iter().position(|table| !waits(table, &|slot| slot.presence == Presence::Needed));
    first.or_else(second).unwrap_or(0)
}

/// Makes the rows of one table; the reason where none could be made.
async fn rows<G: SeedGround>(ground: &mut G, table: &WantedTable<G::Facts>) -> Result<Option<String>> {
    let mut refusals: BTreeMap<String, usize> = BTreeMap::new();
    let mut start = vec![0; table.slots.len()];
    let mut made = 0;
    for row in 0..table.rows {
        match one(ground, table, row, row > 0, &mut start, &BTreeMap::new()).await? {
            Ok(()) => made += 1,
            Err(reasons) => reasons.into_iter().for_each(|reason| *refusals.entry(reason).or_default() += 1),
        }
    }
    if made > 0 {
        let is_there = ground.has_rows(&table.name).await?;
        return Ok((!is_there).then(|| "none that is put into it stays there".to_owned()));
    }
    let needed = table.slots.iter().filter(|slot| slot.presence == Presence::Needed);
    for parent in needed.filter_map(|slot| slot.parent.as_ref()) {
        if !parent.eq_ignore_ascii_case(&table.name) && !ground.has_rows(parent).await? {
            return Ok(Some(format!("its parent {parent} has no rows")));
        }
    }
    // The rule that stood in the way most often.
    Ok(refusals.into_iter().max_by_key(|(_, count)| *count).map(|(reason, _)| reason))
}

/// Puts rows into a table, beginning with the choice that the last ones were taken with: in one go where they hold so, or else one after
/// the other. Returns how many came in.
async fn many<G: SeedGround>(
    ground: &mut G,
    table: &WantedTable<G::Facts>,
    mut rows: &[usize],
    start: &mut Vec<usize>,
) -> Result<usize> {
    let mut count = 0;
    let mut tried = None;
    while let Some((row, rest)) = rows.split_first() {
        if tried.as_ref() != Some(start) {
            let choice = |row: usize| -> Vec<usize> {
                table.slots.iter().zip(&*start).map(|(slot, at)| (*at).min(slot.rows[row].len() - 1)).collect()
            };
            let all: Vec<_> = rows.iter().map(|row| given(table, *row, &choice(*row))).collect();
            if ground.insert_all(table, &all).await? {
                return Ok(count + rows.len());
            }
            tried = Some(start.clone());
        }
        count += usize::from(one(ground, table, *row, false, start, &BTreeMap::new()).await?.is_ok());
        rows = rest;
    }
    Ok(count)
}

/// Puts one row into a table, beginning with the choice that the last one was taken with; of what may be none there is none where it is
/// to be `sparse`. `fixed` are values that it has to have, by column. The inner error has what was said of each that was refused.
async fn one<G: SeedGround>(
    ground: &mut G,
    table: &WantedTable<G::Facts>,
    row: usize,
    sparse: bool,
    start: &mut Vec<usize>,
    fixed: &BTreeMap<String, String>,
) -> Result<Result<(), Vec<String>>> {
    let counts: Vec<usize> = table.slots.iter().map(|slot| slot.rows[row].len()).collect();
    for ((slot, choice), count) in table.slots.iter().zip(&mut *start).zip(&counts) {
        let is_none = sparse && slot.presence == Presence::Optional;
        *choice = if is_none { count - 1 } else { (*choice).min(count - 1) };
    }
    let mut search = Search::new(kinds(table, row), start.clone());
    let mut refusals = Vec::new();
    let most = if fixed.is_empty() { MOST_TRIES + MORE_TRIES * table.slots.len() } else { MOST_TRIES };
    for _ in 0..most {
        let mut given = given(table, row, search.choice());
        given.retain(|(column, _)| !fixed.contains_key(*column));
        given.extend(fixed.iter().map(|(column, value)| (column.as_str(), value.as_str())));
        let Err(refusal) = ground.insert(table, &given).await? else {
            *start = search.choice().to_vec();
            return Ok(Ok(()));
        };
        refusals.push(refusal.reason);
        let is_fixed = |column: &String| fixed.contains_key(column);
        if !refusal.columns.is_empty() && refusal.columns.iter().all(is_fixed) {
            break;
        }
        if !search.refused(&places(table, &refusal.columns), refusal.by) {
            break;
        }
    }
    Ok(Err(refusals))
}

/// The candidates of each slot, as numbers: equal ones have equal numbers.
fn kinds<F>(table: &WantedTable<F>, row: usize) -> Vec<Vec<usize>> {
    let mut known: HashMap<&SeedCandidate, usize> = HashMap::new();
    let mut kind = |candidate| {
        let next = known.len();
        *known.entry(candidate).or_insert(next)
    };
    table.slots.iter().map(|slot| slot.rows[row].iter().map(&mut kind).collect()).collect()
}

/// The columns and expressions of a row.
fn given<'t, F>(table: &'t WantedTable<F>, row: usize, choice: &[usize]) -> Vec<(&'t str, &'t str)> {
    let chosen = || table.slots.iter().zip(choice).map(|(slot, at)| (slot, &slot.rows[row][*at]));
    let value_of = |name: &String| {
        chosen().find_map(|(slot, candidate)| {
            let at = slot.columns.iter().position(|column| column.eq_ignore_ascii_case(name))?;
            if let SeedCandidate::Given(values) = candidate { Some(values[at].as_str()) } else { None }
        })
    };
    let mut given = Vec::new();
    for (slot, candidate) in chosen() {
        let columns = slot.columns.iter().map(String::as_str);
        match candidate {
            SeedCandidate::Given(values) => given.extend(columns.zip(values.iter().map(String::as_str))),
            SeedCandidate::Own(own) => {
                given.extend(columns.zip(own.iter().map(|name| value_of(name).unwrap_or("NULL"))));
            }
            SeedCandidate::LeftOut => {}
        }
    }
    given
}

/// The slots that a refusal is about; none where that is not known.
fn places<F>(table: &WantedTable<F>, columns: &[String]) -> Vec<usize> {
    let place = |name: &String| {
        let has = |slot: &Slot| slot.columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        table.slots.iter().position(has)
    };
    // A column that is no slot's is computed from others.
    let places: Option<Vec<usize>> = columns.iter().map(place).collect();
    let mut places = places.unwrap_or_default();
    places.sort_unstable();
    places.dedup();
    places
}
