//! `schemactl move cutover`: from SQLite to PostgreSQL, in a moment in which nobody writes.

use std::collections::BTreeSet;

use super::ends::ends;
use super::plan::unmapped;
use super::status;
use crate::cli::args::MoveCutoverArgs;
use crate::cli::context::{Context, Reply};
use crate::convert::Supply;
use crate::database::sqlite::{self, OpenPurpose};
use crate::duration::milliseconds;
use crate::error::Result;
use crate::report::{ReplyBody, duration};
use crate::transfer::{AllowedVersions, CutoverOutcome, CutoverTask, MoveEnds, PlannedMove, abort, lay_out, with_task};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveCutoverArgs) -> Result<Reply> {
    let ends = ends(context, arguments.from.as_deref())?;
    ends.file()?;
    let source = sqlite::open(&ends.location, OpenPurpose::Read)?;
    let laid = match lay_out(&ends, &source, AllowedVersions::Named)? {
        Ok(laid) => laid.keyed(),
        Err(wrong) => return Ok(unmapped(context, &ends, wrong)),
    };
    drop(source);
    let outcome = switched(arguments, &ends, &laid)?;
    let document = status::read(&ends)?.switched(outcome.as_ref(), status::gate(&ends)?);
    context.output.data(document.text(context.output.paint()).trim_end());
    if let Some(pause) = outcome.as_ref().and_then(|outcome| outcome.pause) {
        context.output.data(format!("nobody could write for {}", duration(milliseconds(pause))));
    }
    if arguments.dry_run {
        context.output.data("nothing was switched: both sides are as they were");
    }
    if !arguments.no_way_back && !arguments.abort {
        stays_behind(&ends, &laid).iter().for_each(|what| context.output.data(what));
    }
    Ok(Reply::new(ReplyBody::Move(document)))
}

/// What a way back would not bring to SQLite, since SQLite has no place for it.
fn stays_behind(ends: &MoveEnds, laid: &PlannedMove) -> Vec<String> {
    let of_map = ends.map.postgres_only.iter().map(|line| line.text.clone());
    let of_tables = laid.plan.tables.iter().flat_map(|table| {
        let name = |column: &str| format!("{}.{column}", table.target.plain());
        let computed = table.computed.iter().map(move |column| name(&column.target));
        let filled = table.columns.iter().filter(|column| matches!(column.rule.options.supply, Supply::Fill(_)));
        computed.chain(filled.map(move |column| name(&column.target)))
    });
    let names: BTreeSet<String> = of_map.chain(of_tables).collect();
    names.into_iter().map(|name| format!("PostgreSQL alone has {name}: on the way back it stays behind")).collect()
}

/// Switches, or takes a switch back. What was switched; none where nothing was to be.
fn switched(arguments: &MoveCutoverArgs, ends: &MoveEnds, laid: &PlannedMove) -> Result<Option<CutoverOutcome>> {
    with_task(ends, &laid.plan, async |follow| {
        if arguments.abort {
            return abort(&follow).await.map(|()| None);
        }
        laid.assert_same_map()?;
        let task = CutoverTask {
            follow,
            deadline: arguments.deadline,
            is_dry: arguments.dry_run,
            keeps_way_back: !arguments.no_way_back,
        };
        task.run().await.map(Some)
    })
}
