//! What is kept of the rows that ups changed: looked at, and taken away.

use std::collections::BTreeSet;

use super::down;
use super::records::records;
use crate::config::UndoSettings;
use crate::database::kept::{self, CompareRows, KeptParts, KeptValues, ShownRows};
use crate::database::{Database, Detail, Failure, HistoryTables, PurgeCause, Reader, Why, Write, lock};
use crate::error::{Code, Error, Result};
use crate::history::{KeptRows, KeptState};
use crate::plan::Back;
use crate::source::{Migration, Migrations, Script};
use crate::sql::{named, statements};
use crate::version::Version;

/// What is to be taken away of what is kept: for `purge` of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PurgeRequest {
    /// What is kept of this version.
    Version(Version),
    /// What is kept of versions whose time is over. The next run takes it away, too.
    Expired,
    /// All that is kept.
    All,
}

/// What would be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PurgePlan {
    label: String,
    /// With something to be taken away, by version.
    pub(crate) rows: Vec<KeptRows>,
    /// Versions that were named and of which nothing is kept, with why.
    pub(crate) nothing: Vec<(Version, String)>,
}

/// What is kept of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptVersion {
    pub(crate) version: Version,
    pub(crate) description: String,
    /// What the index says of it; none where it says nothing.
    pub(crate) kept: Option<KeptRows>,
    /// What its parts hold, where it is kept.
    pub(crate) parts: Option<KeptParts>,
}

/// Why nothing is kept of a version that the index does not have.
pub(crate) const NEVER: &str = "it did nothing to rows, or nothing was to be kept of it";

/// What is kept of a database's versions, or was to be, in ascending order.
pub(crate) async fn kept<R: Reader>(database: &mut R) -> Result<Vec<KeptRows>> {
    database.kept().await
}

/// Takes away what is kept for no longer than until now, where a run has nothing else to do. That it cannot be done is told, and is no failure of the run:
/// who has nothing to apply may have no right to write.
pub(super) async fn purge_expired<D: Database>(database: &mut D) -> Result<()> {
    let has_expired = database.has_expired().await.unwrap_or_else(|error| {
        tracing::debug!("whether the time of rows that are kept is over could not be read: {error}");
        false
    });
    if !has_expired {
        return Ok(());
    }
    let tables = HistoryTables::Create(database.prelude(&[]));
    match lock(database, &tables, Detail::Plan).await {
        Ok((locked, _)) => locked.end(Ok(())).await,
        Err(error) => {
            tracing::warn!("rows whose time is over could not be purged: {error}");
            Ok(())
        }
    }
}

/// Looks at what is kept of a version. Nothing is run; where it is the next that a down takes back, its rows are compared with what the up left.
pub(crate) async fn kept_version<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    version: Version,
    values: KeptValues,
    settings: &UndoSettings,
) -> Result<KeptVersion> {
    let records = records(database, Detail::Plan).await?;
    let kept = database.kept().await?.into_iter().find(|kept| kept.version == version);
    let record = records.iter().find(|record| record.version == version);
    if record.is_none() && kept.is_none() {
        return Err(unknown(&database.label(), version));
    }
    let next = down::versions(database, migrations, &records, Back::Steps(1)).await?;
    let reshaped = if next == [version] { Some(reshaped(database, migrations, version).await?) } else { None };
    let compare = reshaped.as_ref().map_or(CompareRows::No, CompareRows::Beside);
    let parts = match &kept {
        Some(kept) if kept.state == KeptState::Kept => {
            Some(database.kept_parts(version, &ShownRows { values, settings, compare }).await?)
        }
        _ => None,
    };
    let of_index = kept.as_ref().and_then(|kept| kept.description.clone());
    let description = record.map(|record| record.description.clone()).or(of_index).unwrap_or_default();
    Ok(KeptVersion { version, description, kept, parts })
}

/// Every name in the statements of a down that are not about rows.
async fn reshaped<R: Reader>(database: &mut R, migrations: &Migrations, version: Version) -> Result<BTreeSet<String>> {
    let dialect = database.dialect();
    let stored = database.stored(&[version]).await?.pop().and_then(|stored| stored.down);
    let of_file = migrations.get(version).and_then(Migration::down).map(Script::text);
    let text = stored.as_ref().map(|down| down.sql.as_str()).or(of_file).unwrap_or_default();
    let mut names = BTreeSet::new();
    named(dialect, statements(dialect, text).flatten(), &mut names);
    Ok(names)
}

/// Takes away what is asked for, and returns what that was: with how many rows and bytes.
pub(crate) async fn purge<D: Database>(database: &mut D, requests: &[PurgeRequest]) -> Result<Vec<KeptRows>> {
    let plan = plan_purge(database, requests).await?;
    plan.apply(database).await?;
    Ok(plan.rows)
}

/// Works out what would be taken away.
///
/// # Errors
/// A version that neither the history nor the index has.
pub(crate) async fn plan_purge<R: Reader>(database: &mut R, requests: &[PurgeRequest]) -> Result<PurgePlan> {
    let label = database.label();
    let all = database.kept().await?;
    let named: BTreeSet<Version> = requests
        .iter()
        .filter_map(|request| match request {
            PurgeRequest::Version(version) => Some(*version),
            PurgeRequest::Expired | PurgeRequest::All => None,
        })
        .collect();
    let mut nothing = Vec::new();
    if !named.is_empty() {
        let records = records(database, Detail::Plan).await?;
        for version in &named {
            let known = all.iter().find(|kept| kept.version == *version);
            match known {
                Some(kept) if kept.state.has_rows() => {}
                Some(kept) => nothing.push((*version, kept.reason.clone().unwrap_or_else(|| NEVER.to_owned()))),
                None if records.iter().any(|record| record.version == *version) => {
                    nothing.push((*version, NEVER.to_owned()));
                }
                None => return Err(unknown(&label, *version)),
            }
        }
    }
    let is_asked = |kept: &KeptRows| {
        let by = |request: &PurgeRequest| match request {
            PurgeRequest::Version(version) => kept.version == *version,
            PurgeRequest::Expired => kept.state == KeptState::Expired,
            PurgeRequest::All => true,
        };
        kept.state.has_rows() && requests.iter().any(by)
    };
    Ok(PurgePlan { label, rows: all.into_iter().filter(is_asked).collect(), nothing })
}

impl PurgePlan {
    /// Takes it away, all or nothing, each with its line in the log. What was kept anew since it was worked out is none of it.
    pub(crate) async fn apply<D: Database>(&self, database: &mut D) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let writes: Vec<Write<'_>> = self.rows.iter().map(|kept| kept::purge(kept, PurgeCause::Asked)).collect();
        let (mut locked, _) = lock(database, &HistoryTables::Leave, Detail::Plan).await?;
        let written = locked.write(&writes).await.map_err(|failure| self.failed(failure));
        locked.end(written).await
    }

    fn failed(&self, failure: Failure) -> Error {
        let label = &self.label;
        let not_done = format!("what is kept in {label} could not be purged");
        let (code, message) = match (failure.why, failure.code) {
            (Why::DoneByOther, _) => (Code::HistoryTable, format!("what is kept in {label} is not what was read")),
            (Why::Interrupted, _) => {
                (Code::Interrupted, format!("interrupted before what is kept in {label} was purged"))
            }
            (_, Code::LockTimeout) => (Code::LockTimeout, format!("{label} stayed locked by another connection")),
            (_, Code::StatementFailed | Code::Query) => (Code::HistoryTable, not_done),
            (_, code) => (code, not_done),
        };
        let (why, error) = (failure.why, failure.into_error(code, message));
        match why {
            Why::Unknown => error
                .with_state("the connection was lost while it was committed: whether it was purged is not known")
                .with_hint("`schemactl undo list` shows what is kept"),
            Why::DoneByOther => error
                .with_state("nothing was purged")
                .with_hint("another run has changed it: look again with `schemactl undo list`"),
            _ => error.with_state("nothing was purged"),
        }
    }
}

fn unknown(label: &str, version: Version) -> Error {
    Error::new(Code::UnknownTarget, format!("version {version} is not applied to {label}, and nothing is kept of it"))
        .with_state("nothing was changed")
        .with_hint("`schemactl undo list` shows the versions of which something is kept")
}
