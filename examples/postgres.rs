//! Brings a database of PostgreSQL up from a folder of migrations: `cargo run --example postgres postgresql://localhost/shop`.

use schemactl::{Migrations, postgres};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let migrations = Migrations::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/migrations/postgres"))?;
    let url = std::env::args().nth(1).ok_or("name the database: postgresql://localhost/shop")?;
    let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);

    // Every start, of any number of processes: where nothing is pending this is one round trip.
    let report = postgres::up(&mut client, &migrations).await?;
    println!("migrations: {report}");
    Ok(())
}
