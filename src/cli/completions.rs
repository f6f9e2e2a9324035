use super::args::CompletionsArgs;
use super::context::{Context, Reply};
use super::definition;
use crate::error::Result;
use crate::report::ReplyBody;

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run(context: &Context, arguments: &CompletionsArgs) -> Result<Reply> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut definition(), "schemactl", &mut script);
    context.output.raw(&script);
    Ok(Reply::new(ReplyBody::Raw {}))
}
