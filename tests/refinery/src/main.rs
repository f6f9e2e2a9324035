//! A shop, as it was with refinery (`old`) and as it is with schemactl (`new`):
//! `shop-of-refinery old|grouped|careless|fake|one-by-one|new|export DATABASE [--versions 1,2,...] [--table NAME] [--broken]`.
//!
//! DATABASE is the path of an SQLite file, or a URL of PostgreSQL; `sync:URL` takes refinery's blocking driver.

use std::process::ExitCode;

use refinery::{Migration, Runner, Target};
use schemactl::{Options, TakeOver, Tool};

type Failure = Box<dyn std::error::Error + Send + Sync>;

mod sqlite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod postgres_ {
    refinery::embed_migrations!("migrations/postgres");
}

struct Arguments {
    what: String,
    database: String,
    versions: Option<Vec<i64>>,
    table: Option<String>,
    broken: bool,
}

fn arguments() -> Arguments {
    let mut words = std::env::args().skip(1);
    let (what, database) = (words.next().expect("what"), words.next().expect("a database"));
    let mut arguments = Arguments { what, database, versions: None, table: None, broken: false };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--versions" => {
                let list = words.next().expect("versions");
                arguments.versions = Some(list.split(',').map(|version| version.parse().expect("a version")).collect());
            }
            "--table" => arguments.table = words.next(),
            "--broken" => arguments.broken = true,
            other => panic!("{other}?"),
        }
    }
    arguments
}

/// The release of the application that has these versions.
fn runner(arguments: &Arguments, is_sqlite: bool) -> Runner {
    let all = if is_sqlite { sqlite::migrations::runner() } else { postgres_::migrations::runner() };
    let is_in = |migration: &&Migration| {
        let version = i64::from(migration.version());
        arguments.versions.as_ref().is_none_or(|versions| versions.contains(&version))
    };
    let mut list: Vec<Migration> = all.get_migrations().iter().filter(is_in).cloned().collect();
    if arguments.broken {
        let text = "CREATE TABLE half (x integer);\nINSERT INTO nowhere VALUES (1);\n";
        list.push(Migration::unapplied("V6__broken", text).expect("its name is right"));
    }
    if cfg!(feature = "int8") {
        let text = "CREATE TABLE stamped (x integer);\n";
        list.push(Migration::unapplied("V20261128110000__stamped", text).expect("its name is right"));
    }
    let mut runner = Runner::new(&list);
    if let Some(table) = &arguments.table {
        runner.set_migration_table_name(table);
    }
    match arguments.what.as_str() {
        "grouped" => runner.set_grouped(true),
        "careless" => runner.set_abort_divergent(false).set_abort_missing(false),
        "fake" => runner.set_target(Target::Fake),
        _ => runner,
    }
}

fn options(arguments: &Arguments) -> Options {
    let from = TakeOver::from(Tool::Refinery);
    Options::new().take_over(match &arguments.table {
        Some(table) => from.table(table),
        None => from,
    })
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = arguments();
    match tokio::spawn(run(arguments)).await {
        Ok(Ok(report)) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            eprintln!("{error:#}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
        Err(panic) => {
            eprintln!("{panic}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<String, Failure> {
    let url = arguments.database.strip_prefix("sync:").unwrap_or(&arguments.database).to_owned();
    let is_sqlite = !url.contains("://");
    let runner = runner(&arguments, is_sqlite);
    match (arguments.what.as_str(), is_sqlite) {
        ("export", _) => {
            let written = schemactl::refinery::export(&runner, &arguments.database)?;
            Ok(format!("{} written", written.len()))
        }
        ("export-postgres", _) => {
            let runner = self::runner(&arguments, false);
            let written = schemactl::refinery::export(&runner, &arguments.database)?;
            Ok(format!("{} written", written.len()))
        }
        ("new", true) => {
            let mut connection = rusqlite::Connection::open(&url)?;
            connection.busy_timeout(std::time::Duration::from_secs(60))?;
            let migrations = schemactl::refinery::migrations(&runner)?;
            let latest = schemactl::Target::Latest;
            let options = options(&arguments);
            let pending = schemactl::sqlite::pending(&connection, &migrations, &options)?.len();
            let report = schemactl::sqlite::up_with(&mut connection, &migrations, &latest, &options)?;
            Ok(format!("{pending} pending; {report}"))
        }
        ("new", false) => {
            let migrations = schemactl::refinery::migrations(&runner)?;
            let report = if arguments.database.starts_with("sync:") {
                schemactl::postgres::up_url(&url, &migrations, &options(&arguments)).await?
            } else {
                let mut client = client(&url).await?;
                let latest = schemactl::Target::Latest;
                schemactl::postgres::up_with(&mut client, &migrations, &latest, &options(&arguments)).await?
            };
            Ok(report.to_string())
        }
        (_, true) => {
            let mut connection = rusqlite::Connection::open(&url)?;
            connection.busy_timeout(std::time::Duration::from_secs(60))?;
            if arguments.what == "one-by-one" {
                let done = runner.run_iter(&mut connection).collect::<Result<Vec<_>, _>>()?;
                return Ok(format!("{} applied", done.len()));
            }
            Ok(format!("{} applied", runner.run(&mut connection)?.applied_migrations().len()))
        }
        (_, false) if arguments.database.starts_with("sync:") => {
            let done = tokio::task::spawn_blocking(move || -> Result<usize, Failure> {
                let mut client = postgres::Client::connect(&url, postgres::NoTls)?;
                if arguments.what == "one-by-one" {
                    return Ok(runner.run_iter(&mut client).collect::<Result<Vec<_>, _>>()?.len());
                }
                Ok(runner.run(&mut client)?.applied_migrations().len())
            });
            Ok(format!("{} applied", done.await??))
        }
        _ => {
            let mut client = client(&url).await?;
            Ok(format!("{} applied", runner.run_async(&mut client).await?.applied_migrations().len()))
        }
    }
}

async fn client(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
