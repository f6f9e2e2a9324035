use super::ends::MoveEnds;
use super::examine::{ExamineTask, HeldCopy, refused};
use super::histories::AllowedVersions;
use super::laid::{PlannedMove, lay_out};
use crate::config::CopySettings;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Error, Result};
use crate::postgres::block_on;
use crate::transfer::{
    Captured, CopyChoices, CopyEvent, CopyOutcome, CopyTask, MoveJournal, Preflight, SqliteRows, TrialVerdict,
};

/// What comes of looking at a copy before it begins.
pub(crate) enum PreparedCopy {
    /// It can be made, or gone on with.
    Ready(PlannedMove),
    /// The map does not say everything.
    Unmapped(Vec<Error>),
    /// Values or rows have no place.
    Refused { laid: PlannedMove, found: Box<(Preflight, Option<TrialVerdict>)>, error: Error },
}

/// What comes before a copy: what is moved, and the plan, where nothing was copied yet and what has no place is not set aside.
pub(crate) fn prepare(ends: &MoveEnds, plans: bool) -> Result<PreparedCopy> {
    ends.file()?;
    let source = sqlite::open(&ends.location, OpenPurpose::Read)?;
    let laid = match lay_out(ends, &source, AllowedVersions::Named)? {
        Ok(laid) => laid,
        Err(wrong) => return Ok(PreparedCopy::Unmapped(wrong)),
    };
    drop(source);
    if laid.begun.is_some() || !plans {
        return Ok(PreparedCopy::Ready(laid));
    }
    let rows = SqliteRows::checked(sqlite::open(&ends.location, OpenPurpose::Read)?)?;
    let task = ExamineTask { ends, laid: &laid, most: 3, shows_keys: true, trial: Some(HeldCopy::None) };
    let (found, verdict) = task.run(rows, None)?;
    match refused(&found, verdict.as_ref()) {
        Some(error) => Ok(PreparedCopy::Refused { laid, found: Box::new((found, verdict)), error }),
        None => Ok(PreparedCopy::Ready(laid)),
    }
}

/// What schema.toml says of a copy.
pub(crate) fn copy_choices(settings: &CopySettings) -> CopyChoices {
    CopyChoices {
        jobs: usize::from(settings.jobs.unwrap_or(1)),
        batch: settings.batch,
        sets_aside: settings.sets_aside.unwrap_or(false),
        tables: None,
        first: settings.first.clone(),
        time_limit: None,
    }
}

/// Copies the rows; of a source that is captured, they are followed then.
pub(crate) fn copy(
    ends: &MoveEnds,
    laid: &PlannedMove,
    choices: &CopyChoices,
    captured: Option<&Captured<'_>>,
    tell: &(dyn Fn(&CopyEvent<'_>) + Sync),
) -> Result<CopyOutcome> {
    let label = ends.source.connection.to_string();
    let settings = ends.settings()?;
    block_on(ends.locked(async |journal: &MoveJournal| {
        let task = CopyTask {
            plan: &laid.plan,
            source: &label,
            location: &ends.location,
            path: ends.file()?,
            settings: &settings,
            options: &ends.target.options,
            journal,
            choices,
            captured,
            interrupt: &ends.interrupt,
            tell,
        };
        task.run().await
    }))
}
