//! Definitions that hold the moment at which they were made: no text can bring them back in another database.

use super::Case;
use crate::catalog::{Change, Fact, Object, diff};
use crate::down::{ScratchReader, Snapshot};
use crate::error::Result;

/// What the up changed that is dated, and is dated otherwise in the other scratch database, which is as far: one sentence each.
pub(super) async fn dated<S: ScratchReader>(other: &mut S, case: &Case<'_, S::Snapshot>) -> Result<Vec<String>> {
    let changes = diff(case.before.catalog(), case.after.catalog());
    let has_date = |(object, fact): &(&Object, Fact)| object.facts().get(fact).is_some_and(|text| has_date(text));
    let dated: Vec<(&Object, Fact)> = changes.iter().flat_map(lost).filter(has_date).collect();
    if dated.is_empty() {
        return Ok(Vec::new());
    }
    let elsewhere = other.inspect().await?;
    let differs = |object: &Object, fact: Fact| {
        let same = |other: &&Object| other.kind() == object.kind() && other.name == object.name;
        let other = elsewhere.catalog().iter().find(same);
        other.is_some_and(|other| other.differing(object).contains(&fact))
    };
    let found = dated.into_iter().filter(|(object, fact)| differs(object, *fact));
    let say = |(object, fact): (&Object, Fact)| {
        format!(
            "{fact} of {} {} was another one in each database: it holds the moment at which it was made",
            object.kind(),
            object.name.plain()
        )
    };
    Ok(found.map(say).collect())
}

/// The facts that an up took away, or changed, as they were.
fn lost<'a>(change: &Change<'a>) -> Vec<(&'a Object, Fact)> {
    match change {
        Change::Created(_) => Vec::new(),
        Change::Dropped(object) => object.facts().into_keys().map(|fact| (*object, fact)).collect(),
        Change::Renamed { from, to } => from.differing(to).into_iter().map(|fact| (*from, fact)).collect(),
        Change::Altered { from, facts, .. } => facts.iter().map(|fact| (*from, *fact)).collect(),
    }
}

/// Whether a text has something like `2026-01-31`.
fn has_date(text: &str) -> bool {
    let is_date = |part: &[u8]| {
        part.iter().enumerate().all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() })
    };
    text.as_bytes().windows(10).any(is_date)
}
