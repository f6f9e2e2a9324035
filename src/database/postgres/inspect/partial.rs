//! A catalog that was read before, with what has changed since: only that is asked for.

use std::collections::BTreeSet;

use super::versions::{self, RowVersions, VersionDifference};
use super::{PREPARED, aside, depend, inspection, not_known, of_relations, other, queries, read, unread};
use crate::catalog::Catalog;
use crate::database::postgres::PostgresDatabase;
use crate::error::Result;

/// A catalog, and the versions of the rows that it was made of.
#[derive(Debug, Clone)]
pub(crate) struct FollowedCatalog {
    pub(crate) catalog: Catalog,
    versions: Option<RowVersions>,
}

/// What may look different from what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Since {
    Nothing,
    Relations(BTreeSet<u32>),
    /// All of it, as far as is known.
    Everything,
}

const OTHERS: &str = "schemactl_others";
const VERSIONS: &str = "schemactl_versions";
const REACHED: &str = "schemactl_reached";
const PART: &str = "schemactl_part_";

/// The queries for relations and what belongs to them, each for these alone.
fn parts() -> Vec<String> {
    let of_these = of_relations().into_iter().map(|query| format!("{query} AND c.oid = ANY ($1)"));
    of_these.chain([depend::dependencies_of("$1")]).collect()
}

/// All queries that fill a catalog but for [others](other::others), and whether there may be such.
fn whole() -> impl Iterator<Item = String> {
    queries().into_iter().chain([other::are_there()])
}

impl PostgresDatabase<'_> {
    /// Has the server plan the queries once, for a session that will inspect again and again: planning takes longer than running
    /// them on a small schema.
    pub(crate) async fn prepare_inspection(&mut self) -> Result<()> {
        let whole = whole().enumerate().map(|(at, query)| format!("PREPARE {PREPARED}{at} AS {query}"));
        let some = parts().into_iter().enumerate();
        let some = some.map(|(at, query)| format!("PREPARE {PART}{at} (oid[]) AS {query}"));
        let followed = [
            format!("PREPARE {OTHERS} AS {}", other::others()),
            format!("PREPARE {VERSIONS} AS {}", versions::query()),
            format!("PREPARE {REACHED} (oid[], oid[]) AS {}", versions::REACHED),
        ];
        let message = aside([], whole.chain(some).chain(followed));
        let done = self.session.run(&message).await;
        done.map_err(|broken| unread(broken, self.session.is_interrupted()))
    }

    /// Reads everything, after [`prepare_inspection`](Self::prepare_inspection); or what has changed since another reading in this
    /// database, or in one that either is a copy of.
    pub(crate) async fn inspect_again(&mut self, last: Option<&FollowedCatalog>) -> Result<FollowedCatalog> {
        let versions = self.versions().await?;
        let since = match last {
            Some(last) => self.since(last.versions.as_ref(), versions.as_ref()).await?,
            None => Since::Everything,
        };
        let catalog = match (since, last) {
            (Since::Nothing, Some(last)) => last.catalog.clone(),
            (Since::Relations(relations), Some(last)) => self.some_again(&last.catalog, &relations).await?,
            _ => self.all_again().await?,
        };
        #[cfg(test)]
        assert_eq!(catalog, self.all_again().await?, "what was read in part differs from all");
        Ok(FollowedCatalog { catalog, versions })
    }

    async fn all_again(&mut self) -> Result<Catalog> {
        let executes = (0..whole().count()).map(|at| format!("EXECUTE {PREPARED}{at}"));
        let mut rows = self.ask(&aside([], executes)).await?;
        if read::has_others(&rows) {
            rows.extend(self.ask(&aside([], [format!("EXECUTE {OTHERS}")])).await?);
        }
        Ok(inspection(&rows)?.snapshot)
    }

    async fn some_again(&mut self, last: &Catalog, relations: &BTreeSet<u32>) -> Result<Catalog> {
        let oids = array(relations.iter());
        let executes = (0..parts().len()).map(|at| format!("EXECUTE {PART}{at} ({oids})"));
        let rows = self.ask(&aside([], executes)).await?;
        read::patched(last, relations, &rows).map_err(not_known)
    }

    /// The versions of all rows as they are now; none where not all can be read.
    pub(crate) async fn versions(&mut self) -> Result<Option<RowVersions>> {
        let rows = self.ask(&aside([], [format!("EXECUTE {VERSIONS}")])).await?;
        Ok(RowVersions::read(&rows))
    }

    /// What may look different between two of them.
    pub(crate) async fn since(&mut self, was: Option<&RowVersions>, is: Option<&RowVersions>) -> Result<Since> {
        let (Some(was), Some(is)) = (was, is) else { return Ok(Since::Everything) };
        let (mut relations, objects) = match was.difference(is) {
            VersionDifference::Nothing => return Ok(Since::Nothing),
            VersionDifference::Unknown => return Ok(Since::Everything),
            VersionDifference::Rows { relations, objects } => (relations, objects),
        };
        let (classes, oids) = (objects.iter().map(|(class, _)| class), objects.iter().map(|(_, oid)| oid));
        let execute = format!("EXECUTE {REACHED} ({}, {})", array(classes), array(oids));
        let rows = self.ask(&aside([], [execute])).await?;
        let Some(reached) = versions::reached(&rows) else { return Ok(Since::Everything) };
        relations.extend(reached);
        Ok(Since::Relations(relations))
    }
}

/// `'{1,2}'`.
fn array<'a>(numbers: impl Iterator<Item = &'a u32>) -> String {
    let all: Vec<String> = numbers.map(u32::to_string).collect();
    format!("'{{{}}}'", all.join(","))
}
