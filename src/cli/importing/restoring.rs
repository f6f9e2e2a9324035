//! `schemactl import --snapshot`: what `export` wrote, into empty tables.

use std::io::{self, BufReader, Read};
use std::path::Path;

use super::ends::{ImportEnd, on_postgres, on_sqlite};
use crate::cli::context::{Context, Reply, project};
use crate::cli::runtime;
use crate::config::{Connection, DatabaseTarget, Map};
use crate::error::{Code, Error, Result};
use crate::export::{PostgresRestore, RestoreTask, RestoredTable, SnapshotReader, SqliteRestore};
use crate::import::open_content;
use crate::report::{DatabaseView, ReplyBody, SnapshotDocument};
use crate::version::Version;

pub(super) fn run(context: &Context, target: &DatabaseTarget, path: &Path, is_dry: bool) -> Result<Reply> {
    let reader = SnapshotReader::begin(content(path)?)?;
    let header = reader.header().clone();
    let map = project(&context.global.overrides(None)?)?.map(target.database.as_deref());
    let restored = match &target.connection {
        Connection::Sqlite(_) => runtime::block_on(async {
            let (connection, end) = on_sqlite(target).await?;
            let mut database = SqliteRestore::begin(&connection, &end.catalog)?;
            let restored = task(context, target, &end, map.as_ref()).run(reader, &mut database).await?;
            // Without a commit nothing stays.
            if !is_dry {
                database.commit()?;
            }
            Ok(restored)
        }),
        Connection::Postgres(_) => runtime::block_on(on_postgres(context, target, async |session, end: &ImportEnd| {
            let mut database = PostgresRestore::begin(session, (&end.schema, &end.history)).await?;
            let restored = task(context, target, end, map.as_ref()).run(reader, &mut database).await?;
            if !is_dry {
                database.commit().await?;
            }
            Ok(restored)
        })),
    };
    let restored: Vec<RestoredTable> = restored.map_err(|error| error.unless_stated("nothing was restored"))?;
    let document = SnapshotDocument::new(DatabaseView::of(target), path, &header, &restored, is_dry);
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Snapshot(document)))
}

fn task<'a>(
    context: &'a Context,
    target: &'a DatabaseTarget,
    end: &'a ImportEnd,
    map: Option<&'a Map>,
) -> RestoreTask<'a> {
    RestoreTask {
        catalog: &end.catalog,
        schema: &end.schema,
        dialect: target.dialect,
        version: end.version.map(Version::get),
        map,
        interrupt: context.interrupt(),
    }
}

fn content(path: &Path) -> Result<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    open_content(path).map_err(|error| {
        Error::io(Code::SnapshotDamaged, format!("{} cannot be read", path.display()), error)
            .with_state("nothing was restored")
    })
}
