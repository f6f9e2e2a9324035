use std::fs;

use super::args::ManArgs;
use super::context::{Context, Reply};
use super::definition;
use crate::error::{Code, Error, Result};
use crate::report::{PagesDocument, ReplyBody};

pub(super) fn run(context: &Context, arguments: &ManArgs) -> Result<Reply> {
    let Some(folder) = &arguments.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(definition()).render(&mut page).expect("a vector can always be written");
        context.output.raw(&page);
        return Ok(Reply::new(ReplyBody::Raw {}));
    };
    let failed = |cause| Error::io(Code::Io, format!("manual pages cannot be written to {}", folder.display()), cause);
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(definition(), folder).map_err(failed)?;
    let mut created = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("schemactl") && path.extension().is_some_and(|extension| extension == "1") {
            created.push(path.display().to_string());
        }
    }
    created.sort();
    for path in &created {
        context.output.data(path);
    }
    Ok(Reply::new(ReplyBody::Pages(PagesDocument { created })))
}
