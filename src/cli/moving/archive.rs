//! `schemactl move archive`: the file of SQLite, put away once its rows are on PostgreSQL for good.

use super::ends::ends;
use crate::cli::args::MoveArchiveArgs;
use crate::cli::context::{Context, Reply};
use crate::cli::runtime;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::report::{ArchiveDocument, DatabaseView, ReplyBody};
use crate::transfer::archive;

pub(in crate::cli) fn run(context: &Context, arguments: &MoveArchiveArgs) -> Result<Reply> {
    let ends = ends(context, None)?;
    let from = ends.file()?;
    let state = runtime::block_on(
        ends.unlocked(async |journal| ends.in_session(async |session| journal.state(session).await).await),
    )?;
    if let Some(state) = state {
        return Err(Error::new(Code::MoveNotReady, "the move has not ended, and the file may be needed")
            .with_cause(format!("its state is `{}`", state.progress.as_str()))
            .with_state("the file is where it was")
            .with_hint("`schemactl move finish` ends it; there is no way back then"));
    }
    let folder = match &arguments.to {
        Some(folder) => folder.clone(),
        None => from.parent().unwrap_or(std::path::Path::new("")).join("archive"),
    };
    let capture = ends.capture();
    let connection = sqlite::open(&ends.location, OpenPurpose::Change)?;
    let date = chrono::Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
    let archived = archive(&capture, connection, (from, &folder), &date)?;
    let document = ArchiveDocument::new(DatabaseView::of(&ends.source), &archived);
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Archive(document)))
}
