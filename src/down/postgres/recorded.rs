//! A migration as the runner applies it and takes it back, with what is kept of rows.

use super::PostgresScratch;
use crate::config::Options;
use crate::down::LiveRunning;
use crate::error::Result;
use crate::history::KeptRows;
use crate::plan::{Back, Target};
use crate::run;
use crate::source::Migrations;

impl LiveRunning for PostgresScratch {
    async fn enter_copy(&mut self) -> Result<()> {
        self.go_on_in_copy().await
    }

    async fn leave_copy(&mut self) -> Result<()> {
        self.go_back_from_copy().await
    }

    async fn live_up(&mut self, migrations: &Migrations, options: &Options) -> Result<Vec<KeptRows>> {
        let mut live = Box::pin(self.database.live(options)).await?;
        let ran = match Box::pin(run::up(&mut live, migrations, &Target::Latest, options)).await {
            Ok(_) => run::kept(&mut live).await,
            Err(error) => Err(error),
        };
        live.close().await;
        self.read_anew();
        ran
    }

    async fn live_down(&mut self, migrations: &Migrations, options: &Options) -> Result<()> {
        let mut live = Box::pin(self.database.live(options)).await?;
        let ran = Box::pin(run::down(&mut live, migrations, Back::Steps(1), options)).await;
        live.close().await;
        self.read_anew();
        ran.map(drop)
    }
}
