use super::{down, up};
use crate::config::Options;
use crate::database::Database;
use crate::error::{Code, Error, Result};
use crate::plan::{Back, Target};
use crate::source::Migrations;

/// Applies everything, takes everything back where all have a down, and applies everything again.
pub(crate) async fn walk<D: Database>(database: &mut D, migrations: &Migrations, options: &Options) -> Result<()> {
    up(database, migrations, &Target::Latest, options).await?;
    for migration in migrations {
        if migration.down().is_none() || migration.irreversible()?.is_some() {
            return Ok(());
        }
    }
    down(database, migrations, Back::Empty, options).await?;
    let again = up(database, migrations, &Target::Latest, options).await?;
    if again.steps().len() == migrations.len() {
        return Ok(());
    }
    Err(Error::new(Code::NoDown, "not every migration could be applied again after it was taken back"))
}
