//! `schemactl import`: files into tables, by the rules of schema.toml.

mod ends;
mod progress;
mod rejects;
mod restoring;

use std::cell::RefCell;
use std::path::PathBuf;

pub(super) use self::ends::{ImportEnd, end_of, one, read_sqlite};

use self::ends::{on_postgres, on_sqlite};
use self::progress::ImportProgress;
use self::rejects::ImportRejects;
use super::args::{BadRecords, ImportArgs};
use super::context::{CommandFailure, Context, Reply, project};
use super::runtime;
use crate::config::{Connection, DatabaseTarget, ImportRule};
use crate::error::{Code, Error, Result, did_you_mean};
use crate::import::{ImportEvent, ImportOutcome, ImportTask, PostgresTarget, SqliteTarget};
use crate::plural::count_of;
use crate::report::{DatabaseView, ImportDocument, ReplyBody, count};

pub(super) fn run(context: &Context, arguments: &ImportArgs) -> Result<Reply> {
    let target = one(context)?;
    if let Some(path) = &arguments.snapshot {
        return restoring::run(context, &target, path, arguments.dry_run);
    }
    let project = project(&context.global.overrides(None)?)?;
    let all = project.imports(target.database.as_deref());
    let rules = chosen(&all, &arguments.rules, &target)?;
    let rejects = arguments.rejects.as_deref().map(ImportRejects::create).transpose()?;
    let call = ImportCall {
        context,
        arguments,
        target: &target,
        rules: &rules,
        all: &all,
        folder: project.folder().to_owned(),
    };
    let rejects = RefCell::new(rejects);
    let progress = ImportProgress::new(&context.output);
    let outcome = call.run(&|event| {
        progress.tell(event);
        if let (ImportEvent::Bad { rule, path, bad }, Some(rejects)) = (event, rejects.borrow_mut().as_mut()) {
            rejects.add(rule, path, bad);
        }
    });
    progress.finish();
    let outcome = outcome?;
    rejects.into_inner().map_or(Ok(()), ImportRejects::keep)?;
    let document = ImportDocument::new(DatabaseView::of(&target), &outcome, arguments.dry_run);
    context.output.data(document.text(context.output.paint()).trim_end());
    let failure = refused(&document, arguments).map(|error| CommandFailure::new(error, target.database.as_deref()));
    Ok(Reply::new(ReplyBody::Import(document)).or(failure))
}

/// The rules that are named, or all.
fn chosen(rules: &[ImportRule], named: &[String], target: &DatabaseTarget) -> Result<Vec<ImportRule>> {
    let section = target.database.as_ref().map_or("import".to_owned(), |name| format!("database.{name}.import"));
    if rules.is_empty() {
        let error = Error::new(Code::InvalidValue, format!("schema.toml has no rule [{section}.NAME]"));
        return Err(error.with_hint("docs/files.md shows how one is written"));
    }
    if named.is_empty() {
        return Ok(rules.to_vec());
    }
    let find = |name: &String| {
        rules.iter().find(|rule| rule.name == *name).cloned().ok_or_else(|| {
            let error = Error::new(Code::Usage, format!("schema.toml has no rule [{section}.{name}]"));
            match did_you_mean(name, rules.iter().map(|rule| rule.name.as_str())) {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        })
    };
    named.iter().map(find).collect()
}

/// What an import is called with.
struct ImportCall<'a> {
    context: &'a Context,
    arguments: &'a ImportArgs,
    target: &'a DatabaseTarget,
    rules: &'a [ImportRule],
    all: &'a [ImportRule],
    folder: PathBuf,
}

impl ImportCall<'_> {
    fn run(&self, tell: &dyn Fn(&ImportEvent<'_>)) -> Result<ImportOutcome> {
        let is_dry = self.arguments.dry_run;
        match &self.target.connection {
            Connection::Sqlite(_) => runtime::block_on(async {
                let (connection, end) = on_sqlite(self.target).await?;
                let mut database = SqliteTarget::new(connection, &self.target.options.table, is_dry);
                self.task(&end, tell).run(&mut database).await
            }),
            Connection::Postgres(_) => {
                runtime::block_on(on_postgres(self.context, self.target, async |session, end: &ImportEnd| {
                    let mut database = PostgresTarget::new(session, (&end.schema, &end.history), is_dry);
                    self.task(end, tell).run(&mut database).await
                }))
            }
        }
    }

    fn task<'t>(&'t self, end: &'t ImportEnd, tell: &'t dyn Fn(&ImportEvent<'_>)) -> ImportTask<'t> {
        let on_reject = self.arguments.on_reject.map(|what| what == BadRecords::SetAside);
        ImportTask {
            rules: self.rules,
            folder: &self.folder,
            root: self.arguments.root.as_deref(),
            catalog: &end.catalog,
            schema: &end.schema,
            // What would be done is to be known of all files.
            sets_aside: if self.arguments.dry_run { Some(true) } else { on_reject },
            is_dry: self.arguments.dry_run,
            retries: self.arguments.retry,
            all: self.all,
            interrupt: self.context.interrupt(),
            tell,
        }
    }
}

/// Why an import ends with exit code 3.
fn refused(document: &ImportDocument, arguments: &ImportArgs) -> Option<Error> {
    let (files, records) = document.refused();
    let mut causes = Vec::new();
    if files > 0 {
        causes.push(format!("{} not imported", count(files, "file")));
    }
    if records > 0 {
        causes.push(format!("{} set aside", count_of(records, "record")));
    }
    if causes.is_empty() {
        return None;
    }
    let state = if arguments.dry_run { "nothing was written" } else { "what is listed as imported is there" };
    let error =
        Error::new(Code::RecordsRefused, "not all of the files could be imported").with_cause(causes.join(", "));
    Some(
        error
            .with_state(state)
            .with_hint("mend what is named, or let a rule say what it means: docs/files.md; the next import takes what is left")
            .with_hint("`--on-reject set-aside` leaves bad records out, and imports the others of their file; `--retry` tries them again"),
    )
}
