//! Proofs on a PostgreSQL server.

use super::{ExistingDowns, Known, Proof, Prover};
use crate::config::Options;
use crate::database::postgres::connect::ConnectSettings;
use crate::down::Savepoints as _;
use crate::down::postgres::PostgresScratch;
use crate::error::Result;
use crate::source::Migrations;

/// Proves migrations on two scratch databases of a server, which are dropped also where that fails.
///
/// # Errors
/// As [`PostgresScratch::open`] and [`Bench::prove`].
pub(crate) async fn prove(
    settings: ConnectSettings,
    options: &Options,
    migrations: &Migrations,
    given: ExistingDowns,
    known: &Known,
) -> Result<Vec<Proof>> {
    let clean = PostgresScratch::open(settings.clone(), options).await?;
    let seeded = match clean.open_beside(settings, options).await {
        Ok(seeded) => seeded,
        Err(error) => {
            Box::pin(clean.close()).await?;
            return Err(error);
        }
    };
    let mut bench = Prover::new(clean, seeded).recording(options);
    let proofs = match provide_home(&mut bench, migrations).await {
        Ok(()) => bench.prove(migrations, given, known).await,
        Err(error) => Err(error),
    };
    let (clean, seeded) = bench.into_parts();
    let closed = Box::pin(seeded.close()).await.and(Box::pin(clean.close()).await);
    let proofs = proofs?;
    closed?;
    Ok(proofs)
}

async fn provide_home(bench: &mut Prover<PostgresScratch>, migrations: &Migrations) -> Result<()> {
    bench.clean.provide_home(migrations).await?;
    bench.seeded.scratch.provide_home(migrations).await
}
