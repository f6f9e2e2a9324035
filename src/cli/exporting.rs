//! `schemactl export`: a database, or tables of it, as a file.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::args::{ExportArgs, ExportFormat};
use super::context::{Context, Reply};
use super::database::settings;
use super::importing::{ImportEnd, end_of, one, read_sqlite};
use super::private::PrivateFile;
use super::runtime;
use crate::config::{Connection, DatabaseTarget};
use crate::database::postgres::PostgresDatabase;
use crate::error::{Code, Error, Result};
use crate::export::{
    ExportedTable, FORM, SnapshotForm, SnapshotHeader, SnapshotWriter, TableToExport, export_postgres, export_sqlite,
    tables_to_export, unwritten,
};
use crate::report::{DatabaseView, ExportDocument, ReplyBody};
use crate::transfer::TargetSession;
use crate::version::Version;

pub(super) fn run(context: &Context, arguments: &ExportArgs) -> Result<Reply> {
    let target = one(context)?;
    let is_piped = arguments.output == Path::new("-");
    if is_piped && context.output.is_json() {
        return Err(Error::new(Code::Usage, "`--json` tells of the export, and standard output has the export itself")
            .with_hint("name a file: `--output snapshot.json`"));
    }
    let call = ExportCall { context, arguments, target: &target };
    if is_piped {
        call.run(BufWriter::new(io::stdout().lock()))?;
        return Ok(Reply::new(ReplyBody::Raw {}));
    }
    let file = PrivateFile::create(&arguments.output).map_err(unwritten)?;
    let (file, tables, left) = call.run(file)?;
    file.keep().map_err(unwritten)?;
    let path = arguments.output.display().to_string();
    let document = ExportDocument::new(DatabaseView::of(&target), path, &tables, left);
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Export(document)))
}

/// What an export is called with.
struct ExportCall<'a> {
    context: &'a Context,
    arguments: &'a ExportArgs,
    target: &'a DatabaseTarget,
}

/// Where it was written, the tables, and what is not in them.
type Exported<W> = (W, Vec<ExportedTable>, Vec<String>);

impl ExportCall<'_> {
    fn run<W: Write>(&self, out: W) -> Result<Exported<W>> {
        match &self.target.connection {
            Connection::Sqlite(_) => runtime::block_on(self.of_sqlite(out)),
            Connection::Postgres(_) => runtime::block_on(self.of_postgres(out)),
        }
    }

    async fn of_sqlite<W: Write>(&self, out: W) -> Result<Exported<W>> {
        let (rows, end) = read_sqlite(self.target).await?;
        let tables = self.tables(&end)?;
        let mut writer = self.begin(out, end.version)?;
        export_sqlite(rows.connection(), &tables, &mut writer, self.context.interrupt())?;
        let (out, written) = writer.end().map_err(unwritten)?;
        Ok((out, written, end.catalog.virtual_tables()))
    }

    async fn of_postgres<W: Write>(&self, out: W) -> Result<Exported<W>> {
        let settings = settings(self.target)?;
        let mut database = PostgresDatabase::connect(settings.clone(), &self.target.options).await?;
        let end = end_of(&mut database, self.target).await;
        database.close().await;
        let end = end?;
        let tables = self.tables(&end)?;
        let timeout = self.target.options.lock_timeout;
        let session = TargetSession::open(&settings, timeout, self.context.interrupt()).await?;
        let done = async {
            let mut writer = self.begin(out, end.version)?;
            export_postgres(&session, &tables, &mut writer, self.context.interrupt()).await?;
            writer.end().map_err(unwritten)
        };
        let done = done.await;
        session.close().await;
        let (out, written) = done?;
        Ok((out, written, Vec::new()))
    }

    fn tables(&self, end: &ImportEnd) -> Result<Vec<TableToExport>> {
        let schemas = &self.target.options.ignore.schemas;
        let tables = tables_to_export(&end.catalog, &end.schema, self.arguments.tables.as_deref(), schemas)?;
        if self.arguments.format == ExportFormat::Csv && tables.len() != 1 {
            let message = format!("CSV is of one table, and {} are to be written", tables.len());
            return Err(Error::new(Code::Usage, message).with_hint("name one: `--tables orders --format csv`"));
        }
        Ok(tables)
    }

    fn begin<W: Write>(&self, out: W, version: Option<Version>) -> Result<SnapshotWriter<W>> {
        let form = match self.arguments.format {
            ExportFormat::Json => SnapshotForm::Document,
            ExportFormat::Jsonl => SnapshotForm::Lines,
            ExportFormat::Csv => SnapshotForm::Csv,
        };
        let header = SnapshotHeader {
            form: FORM,
            backend: self.target.dialect.as_str().to_owned(),
            version: version.map(Version::get),
        };
        SnapshotWriter::begin(out, form, &header).map_err(unwritten)
    }
}
