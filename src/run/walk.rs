use super::{down, up};
use crate::config::Options;
use crate::database::Database;
use crate::error::{Code, Error, Result};
use crate::plan::{Back, Target};
use crate::source::Migrations;

/// Applies everything, takes back what is above the last migration that is irreversible, and applies that again. One that
/// has no down, and does not say so, is an error.
pub(crate) async fn walk<D: Database>(database: &mut D, migrations: &Migrations, options: &Options) -> Result<()> {
    up(database, migrations, &Target::Latest, options).await?;
    let mut back = Back::Empty;
    for migration in migrations {
        if migration.irreversible()?.is_some() {
            back = Back::To(migration.version());
        }
    }
    let reverted = down(database, migrations, back, options).await?;
    let again = up(database, migrations, &Target::Latest, options).await?;
    if again.steps().len() == reverted.steps().len() {
        return Ok(());
    }
    Err(Error::new(Code::NoDown, "not every migration could be applied again after it was taken back"))
}
