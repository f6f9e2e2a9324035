use super::context::{Context, Reply};
use crate::error::Result;
use crate::report::ReplyBody;

/// Prints what `--version` prints. Elsewhere the word asks for the version of a database, so that it is said what shows that.
#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run(context: &Context) -> Result<Reply> {
    context.output.raw(super::definition().render_version().as_bytes());
    context.output.note("`schemactl status` shows which version a database is at");
    Ok(Reply::new(ReplyBody::Raw {}))
}
