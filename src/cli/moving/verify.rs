//! `schemactl move verify`: whether PostgreSQL holds what SQLite holds.

use std::path::Path;
use std::time::Instant;

use super::ends::ends;
use super::plan::unmapped;
use crate::cli::args::MoveVerifyArgs;
use crate::cli::context::{CommandFailure, Context, Reply, open_to_read, project};
use crate::cli::drift::{self, Looker};
use crate::cli::runtime;
use crate::config::{DatabaseTarget, Project};
use crate::database::sqlite::{self, OpenPurpose};
use crate::drift::Depth;
use crate::duration::milliseconds;
use crate::error::{Code, Error, Result};
use crate::report::{DatabaseView, ReplyBody, VerifyDocument, count};
use crate::transfer::{
    AllowedVersions, MoveEnds, PlannedMove, RowSample, SqliteRows, VerifiedMove, VerifyTask, lay_out,
};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveVerifyArgs) -> Result<Reply> {
    let began = Instant::now();
    let ends = ends(context, arguments.from.as_deref())?;
    let rows = SqliteRows::checked(sqlite::open(&ends.location, OpenPurpose::Read)?)?;
    let laid = match lay_out(&ends, rows.connection(), AllowedVersions::NamedOrLater)? {
        Ok(laid) => laid,
        Err(wrong) => return Ok(unmapped(context, &ends, wrong)),
    };
    let laid = match &laid.begun {
        Some(known) if known.is_followed() => laid.keyed(),
        Some(known) if known.is_returning() => laid.returning(),
        _ => laid,
    };
    let mut found = runtime::block_on(compare(arguments, &ends, (&laid, rows)))?;
    if !arguments.no_diff && found.followed.is_none() {
        found.findings.extend(runtime::block_on(differs(context, &ends.target))?);
    }
    let views = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let took = milliseconds(began.elapsed());
    let document = VerifyDocument::new(views, found, took, arguments.values.are_shown());
    if let Some(path) = &arguments.report {
        write(path, &document.markdown(&crate::cli::output::now()))?;
    }
    context.output.data(document.text(context.output.paint()).trim_end());
    let failure = differing(&document).map(|error| CommandFailure::new(error, ends.target.database.as_deref()));
    Ok(Reply::new(ReplyBody::Verify(document)).or(failure))
}

/// The rows of both sides, and what is around those of the target.
async fn compare(
    arguments: &MoveVerifyArgs,
    ends: &MoveEnds,
    (laid, rows): (&PlannedMove, SqliteRows),
) -> Result<VerifiedMove> {
    ends.unlocked(async |journal| {
        ends.in_session(async |session| {
            let task = VerifyTask {
                plan: &laid.plan,
                journal,
                session,
                capture: &ends.capture(),
                most: arguments.examples,
                sample: arguments.sample.map(|size| RowSample::new(size, arguments.seed)),
                interrupt: &ends.interrupt,
                is_alone: arguments.no_diff,
            };
            task.run(rows).await
        })
        .await
    })
    .await
}

/// What differs between the target and what its migrations make; also that nobody can tell.
async fn differs(context: &Context, target: &DatabaseTarget) -> Result<Vec<String>> {
    let project: Project = project(&context.global.overrides(None)?)?;
    let looker = Looker::new(context, &project);
    let (migrations, mut database) = open_to_read(target).await?;
    let drift = looker.look(&mut database, &migrations, target, Depth::Names).await;
    database.close().await;
    let drift = drift?;
    let Some(error) = drift::error(target, &drift) else { return Ok(Vec::new()) };
    let cause = error.cause().map_or_else(String::new, |cause| format!(": {cause}"));
    let sentences = drift.finding.sentences();
    Ok(if sentences.is_empty() { vec![format!("{error}{cause}")] } else { sentences })
}

fn differing(document: &VerifyDocument) -> Option<Error> {
    let (tables, findings) = document.counts();
    let mut causes = Vec::new();
    if tables > 0 {
        causes.push(format!("{} {}", count(tables, "table"), if tables == 1 { "differs" } else { "differ" }));
    }
    if findings > 0 {
        causes.push(format!("{} around the rows", count(findings, "finding")));
    }
    if causes.is_empty() {
        return None;
    }
    let causes = causes.join("; ");
    if document.is_on_the_way_back() {
        let error = Error::new(Code::MoveDiffers, "SQLite does not hold what PostgreSQL holds").with_cause(causes);
        return Some(
            error
                .with_state("nothing was changed; PostgreSQL is the side that is written")
                .with_hint("`schemactl move follow` brings what was noted, and says where the way back is lost: then `schemactl move finish` ends it")
                .with_hint("what nobody noted comes where it is written once more on PostgreSQL, as by UPDATE ... SET column = column"),
        );
    }
    let error = Error::new(Code::MoveDiffers, "the target does not hold what the source holds").with_cause(causes);
    Some(
        error
            .with_state("nothing was changed")
            .with_hint("where the source was written since it was copied: stop the application, `schemactl move discard`, and copy again")
            .with_hint("where the target was written since: it holds what nobody copied"),
    )
}

/// A report may have values in it that are not for everybody.
fn write(path: &Path, text: &str) -> Result<()> {
    crate::cli::private::write(path, text.as_bytes())
        .map_err(|error| Error::io(Code::Io, format!("{} cannot be written", path.display()), error))
}
