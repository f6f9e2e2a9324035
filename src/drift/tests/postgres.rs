//! The cases of tests/cases/postgres, each in databases of its own on a real server.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use schemactl_test_support::postgres as servers;

use super::super::*;
use super::{folders, migration};
use crate::config::Fingerprinting;
use crate::database::Reader as _;
use crate::database::postgres::PostgresDatabase;
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings};
use crate::down::postgres::PostgresScratch;
use crate::plan::Target;

/// How many cases run at a time: much of each is waiting for files to be copied.
const AT_A_TIME: usize = 4;

/// Cases of which not all can be shown as SQL, though what differs is named: publications, which are never made again; and by name alone a table
/// that inherits no longer is the same one; a domain and a function that need each other are made in steps that no
/// catalog shows.
const WITH_GAPS: [&str; 2] = ["domain_default_calls_a_function_of_it", "no_inherit"];

/// Takes all rows away but those of the history.
const EMPTY: &str = "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace \
     NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND relname !~ '^schema_migrations' \
     LOOP EXECUTE format('TRUNCATE %s CASCADE', t); END LOOP; END $$";

struct Case {
    name: String,
    before: String,
    up: String,
    /// What comes of its down, as the proof has it.
    verdict: String,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        let shop = read(&folder.with_file_name("shop.sql"));
        let before = fs::read_to_string(folder.join("before.sql")).unwrap_or_else(|_| shop.clone());
        Self {
            name: folder.file_name().unwrap().display().to_string(),
            before: before.replace("-- include shop.sql", &shop),
            up: read(&folder.join("up.sql")),
            verdict: read(&folder.join("verdict")),
        }
    }
}

fn settings(url: &str) -> ConnectSettings {
    ConnectSettings::parse(url, &ConnectEnvironment::process()).unwrap_or_else(|error| panic!("{error:#}"))
}

async fn look_at(url: &str, migrations: &Migrations, options: &Options) -> Result<Drift> {
    let mut database = PostgresDatabase::connect(settings(url), options).await?;
    let make = async || PostgresScratch::open(settings(url), options).await;
    let drift = Box::pin(look(&mut database, migrations, options, Depth::Sql, make)).await;
    database.close().await;
    drift
}

async fn apply(url: &str, migrations: &Migrations, options: &Options) -> Result<()> {
    let mut database = PostgresDatabase::connect(settings(url), options).await?;
    let report = run::up(&mut database, migrations, &Target::Latest, options).await;
    database.close().await;
    report.map(drop)
}

/// Whether the case was one for the test, and what was wrong.
type Judged = std::result::Result<bool, String>;

/// An ordinary run takes one case of so many, each test others; each costs two databases.
const STEP: usize = 4;

/// Fails with the cases that fail. Of all, at least so many must be ones for the test.
fn each(first: usize, least: usize, case: impl Fn(&Case, &servers::Database) -> Judged + Sync) {
    let version = servers::version();
    servers::roles(version, &["case_reader", "Case Writer"]);
    let all = schemactl_test_support::long() || std::env::var("SCHEMACTL_CASE").is_ok();
    let (first, step) = if all { (0, 1) } else { (first, STEP) };
    let folders: Vec<PathBuf> = folders("postgres").into_iter().skip(first).step_by(step).collect();
    let share = |first: usize| {
        let (mut judged, mut wrong) = (0, String::new());
        for folder in folders.iter().skip(first).step_by(AT_A_TIME) {
            match case(&Case::read(folder), &servers::database(version)) {
                Ok(was) => judged += usize::from(was),
                Err(reason) => {
                    let _ = writeln!(wrong, "{}: {reason}", folder.file_name().unwrap().display());
                }
            }
        }
        (judged, wrong)
    };
    let (judged, wrong) = std::thread::scope(|scope| {
        let share = &share;
        let threads: Vec<_> = (0..AT_A_TIME).map(|first| scope.spawn(move || share(first))).collect();
        let results = threads.into_iter().map(|thread| thread.join().unwrap());
        results.fold((0, String::new()), |(judged, wrong), (more, other)| (judged + more, wrong + &other))
    });
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(judged >= least / step || std::env::var("SCHEMACTL_CASE").is_ok(), "only {judged} cases were judged");
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn r36_a_replay_raises_no_false_alarm() {
    each(0, 150, |case, database| {
        let options = Options::new().fingerprinting(Fingerprinting::On);
        let migrations = Migrations::of(vec![migration(1, &case.before), migration(2, &case.up)]);
        block_on(async {
            if apply(&database.url(), &migrations, &options).await.is_err() {
                // It drops the schema of its own history.
                return Ok(false);
            }
            let drift = look_at(&database.url(), &migrations, &options).await.map_err(|error| format!("{error:#}"))?;
            assert_eq!(drift.recorded, Some(drift.live));
            database.psql("UPDATE schema_migrations SET fingerprint = NULL");
            let drift = look_at(&database.url(), &migrations, &options).await.map_err(|error| format!("{error:#}"))?;
            if drift.finding == Finding::None { Ok(true) } else { Err(format!("{:#?}", drift.finding)) }
        })
    });
}

/// What is said to take it back does so, on the live database.
#[test]
fn r36_what_was_done_by_hand_is_found_and_shown() {
    each(2, 100, |case, database| {
        let options = Options::new().fingerprinting(Fingerprinting::On);
        let migrations = Migrations::of(vec![migration(1, &case.before)]);
        block_on(async {
            let url = database.url();
            apply(&url, &migrations, &options).await.map_err(|error| format!("{error:#}"))?;
            database.psql(&case.up);
            let drift = look_at(&url, &migrations, &options).await.map_err(|error| format!("{error:#}"))?;
            let differences = match &drift.finding {
                Finding::Differs(differences) => differences,
                Finding::None => return Ok(false),
                other => return Err(format!("{other:?}")),
            };
            let undo = differences.undo.as_ref().filter(|undo| undo.gaps.is_empty());
            let Some(undo) = undo else {
                let is_known = WITH_GAPS.contains(&case.name.as_str()) || case.verdict.starts_with("refused");
                return is_known.then_some(false).ok_or_else(|| format!("there are gaps: {differences:#?}"));
            };
            if WITH_GAPS.contains(&case.name.as_str()) {
                return Err("there are no gaps any more".to_owned());
            }
            // What became of rows may be in the way of keys: nobody can tell what they were.
            database.psql(EMPTY);
            database
                .try_psql(&format!("BEGIN; {} COMMIT;", undo.text))
                .map_err(|error| format!("{error}\n{}", undo.text))?;
            let mut again =
                PostgresDatabase::connect(settings(&url), &options).await.map_err(|error| format!("{error:#}"))?;
            let stamp = again.seen().await.map_err(|error| format!("{error:#}"))?;
            again.close().await;
            if drift.recorded == Some(stamp.stamp) {
                return Ok(true);
            }
            // But for the order of columns, which does not count here.
            let drift = look_at(&url, &migrations, &options).await.map_err(|error| format!("{error:#}"))?;
            if drift.finding == Finding::None { Ok(true) } else { Err(format!("{:#?}", drift.finding)) }
        })
    });
}
