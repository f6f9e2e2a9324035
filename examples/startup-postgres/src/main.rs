//! An application that brings its PostgreSQL database up when it starts:
//! `DATABASE_URL=postgresql://localhost/app cargo run -p startup-postgres`.

use schemactl::{Event, Options, postgres};
use tokio_postgres::NoTls;

static MIGRATIONS: schemactl::Migrations = schemactl::embed!("migrations");

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL")
        .map_err(|_| "set DATABASE_URL, such as postgresql://localhost/app, to say which database to use")?;

    // By URL: schemactl connects as libpq would, and a second connection holds the lock for the whole run.
    let options = Options::new().application("startup-postgres 0.1").on_event(|event| match event {
        Event::WaitingForLock { .. } | Event::Retrying { .. } => eprintln!("{event}"),
        _ => {}
    });
    let report = postgres::up_url(&url, &MIGRATIONS, &options).await?;
    println!("migrations: {report}");

    // Or with the application's own client. Nothing is pending now, so this is one round trip.
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);
    assert!(postgres::up(&mut client, &MIGRATIONS).await?.is_empty());

    client.execute("INSERT INTO visits (page) VALUES ($1)", &[&"/"]).await?;
    let visits: i64 = client.query_one("SELECT count(*) FROM visits", &[]).await?.get(0);
    println!("visits: {visits}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use schemactl_test_support::postgres::{shared, version};

    #[tokio::test]
    async fn every_migration_applies() {
        schemactl::postgres::assert_applies(&shared(version()).url(), &super::MIGRATIONS).await;
    }
}
