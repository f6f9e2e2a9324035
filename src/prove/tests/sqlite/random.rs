//! R18: random schemas A and B; the down of A to B restores A, or is refused.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::super::random::{Random, seeds};
use super::cases::judge;
use super::{block_on, migration, prove, witness};
use crate::config::Options;
use crate::database::sqlite::SqliteDatabase;
use crate::error::Code;
use crate::history::UndoTable;
use crate::plan::{Back, Target};
use crate::prove::{ExistingDowns, Outcome};
use crate::run;
use crate::source::Migrations;
use crate::version::Version;

/// Rounds of an ordinary test run; `SCHEMACTL_ROUNDS` asks for more.
const ROUNDS: u32 = 75;

#[test]
fn r18_random_schemas_are_restored() {
    let seeds = seeds(schemactl_test_support::cases(ROUNDS, 1_000).into());
    let rounds = seeds.end - seeds.start;
    let (mut exact, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    for seed in seeds {
        match round(seed) {
            Ok(None) => exact += 1,
            Ok(Some(reason)) => refused.push(format!("seed {seed}: {reason}")),
            Err(reason) => wrong.push(format!("seed {seed}: {reason}")),
        }
    }
    println!("{exact} exact, {} refused, {} wrong\n{}", refused.len(), wrong.len(), refused.join("\n"));
    assert!(
        wrong.is_empty(),
        "{exact} exact, {} refused, {} wrong\n{}",
        refused.len(),
        wrong.len(),
        wrong.join("\n\n")
    );
    assert!(refused.len() * 50 <= usize::try_from(rounds).unwrap(), "{}", refused.join("\n"));
}

/// The reason of a refusal, where there is one; an error where the down is wrong.
fn round(seed: u64) -> Result<Option<String>, String> {
    let mut random = Random::new(seed);
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let mut before = vec!["CREATE TABLE base (id INTEGER PRIMARY KEY, a TEXT, b INTEGER)".to_owned()];
    connection.execute_batch(&before[0]).unwrap();
    before.extend(statements(&connection, &mut random, 14));
    let up = statements(&connection, &mut random, 8).join(";\n");
    let before = before.join(";\n");
    if up.is_empty() {
        return Ok(None);
    }
    let proof = prove(vec![migration(1, &before, Some("SELECT 1;")), migration(2, &up, None)], ExistingDowns::Prove)
        .pop()
        .unwrap();
    let all = format!("{before};\n-- up\n{up};\n");
    match (proof.outcome, proof.verdict) {
        (Outcome::Derived { .. }, Some(verdict)) if verdict.word() == "irreversible" => {
            Ok(Some(format!("{verdict}\n{all}")))
        }
        (Outcome::Derived { file }, _) => judge(&before, &up, &file)
            .and_then(|()| through_the_runner(&before, &up, &file))
            .map(|()| None)
            .map_err(|reason| format!("{reason}\n{all}")),
        // Not every up that runs without foreign keys runs with them, or twice.
        (Outcome::Failed(_), _) => Ok(None),
        (other, _) => Err(format!("{other:?}\n{all}")),
    }
}

/// What the proof accepts, the runner takes, foreign keys enforced.
fn through_the_runner(before: &str, up: &str, file: &str) -> Result<(), String> {
    let options = Options::default();
    let list = vec![migration(1, before, Some("SELECT 1;")), migration(2, up, Some(file))];
    let migrations = Migrations::of(list);
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let mut database = SqliteDatabase::borrow(&connection, &options);
    if block_on(run::up(&mut database, &migrations, &Target::Version(Version::new(1).unwrap()), &options)).is_err() {
        return Ok(());
    }
    // The runner restores no key that references what is not unique, and nothing could use the table.
    if connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |_| Ok(())).is_err() {
        return Ok(());
    }
    let was = of_people(&connection);
    let applied = block_on(run::up(&mut database, &migrations, &Target::Latest, &options)).is_ok();
    // The runner refuses to go on where keys reference what is not unique.
    if !applied || connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |_| Ok(())).is_err() {
        return Ok(());
    }
    let refused = block_on(run::down(&mut database, &migrations, Back::Steps(1), &options)).err();
    if let Some(error) = refused {
        // Rows that the up itself has made are counted like any others.
        if error.code() != Code::DataLoss {
            return Err(format!("{error:#}"));
        }
        let options = options.accept_data_loss(true);
        block_on(run::down(&mut database, &migrations, Back::Steps(1), &options))
            .map_err(|error| format!("{error:#}"))?;
    }
    if was != of_people(&connection) {
        return Err("the witness sees a difference after the runner's down".to_owned());
    }
    Ok(())
}

/// What the witness sees, without the index of what is kept of rows: an up makes it, and a down leaves it.
fn of_people(connection: &Connection) -> BTreeMap<(String, String), Vec<String>> {
    let kept = UndoTable::ALL.map(|table| table.name("schema_migrations"));
    let mut schema = witness::schema(connection);
    schema.retain(|(_, name), _| !kept.contains(name));
    schema
}

/// Random statements, those that SQLite took.
fn statements(connection: &Connection, random: &mut Random, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    for _ in 0..count {
        for sql in statement(connection, random) {
            if connection.execute_batch(&sql).is_ok() {
                taken.push(sql);
            } else {
                break;
            }
        }
    }
    taken
}

fn names(connection: &Connection, kind: &str) -> Vec<String> {
    let sql =
        format!("SELECT name FROM sqlite_schema WHERE type = '{kind}' AND sql IS NOT NULL AND name NOT LIKE 'sqlite%'");
    witness::query(connection, &sql).into_iter().flatten().collect()
}

fn quote(name: &str) -> String {
    format!("\"{name}\"")
}

fn statement(connection: &Connection, random: &mut Random) -> Vec<String> {
    let tables = names(connection, "table");
    let Some(table) = random.of(&tables) else { return vec![create(&tables, random)] };
    let rows = witness::query(connection, &format!("SELECT name FROM pragma_table_info('{table}')"));
    let columns: Vec<String> = rows.into_iter().flatten().collect();
    let column = quote(&random.of(&columns).unwrap_or_default());
    let (new, quoted) = (name(random), quote(&table));
    let one = match random.below(17) {
        0 | 1 => create(&tables, random),
        2 => format!("DROP TABLE {quoted}"),
        3 => format!("ALTER TABLE {quoted} RENAME TO {}", quote(&new)),
        4 | 5 => format!("ALTER TABLE {quoted} ADD COLUMN {}", definition(&new, random)),
        6 => format!("ALTER TABLE {quoted} DROP COLUMN {column}"),
        7 => format!("ALTER TABLE {quoted} RENAME COLUMN {column} TO {}", quote(&new)),
        8 | 9 => format!("CREATE {}INDEX {} ON {quoted} ({column})", random.pick(&["", "UNIQUE "]), quote(&new)),
        10 => format!("DROP INDEX {}", quote(&random.of(&names(connection, "index")).unwrap_or_default())),
        11 => format!("CREATE VIEW {} AS SELECT {column} FROM {quoted}", quote(&new)),
        12 => format!("DROP VIEW {}", quote(&random.of(&names(connection, "view")).unwrap_or_default())),
        13 => format!(
            "CREATE TRIGGER {} AFTER INSERT ON {quoted} BEGIN UPDATE {quoted} SET {column} = 1 WHERE {column} = 2; END",
            quote(&new)
        ),
        14 => format!("INSERT INTO {quoted} ({column}) VALUES ({})", random.below(50)),
        15 => format!("UPDATE {quoted} SET {column} = {} WHERE rowid % 2 = 0", random.below(50)),
        _ => return rebuild(connection, &table, &columns, random),
    };
    vec![one]
}

fn create(tables: &[String], random: &mut Random) -> String {
    let mut parts = vec![
        random
            .pick(&[
                "id INTEGER PRIMARY KEY",
                "id INTEGER PRIMARY KEY AUTOINCREMENT",
                "id TEXT PRIMARY KEY NOT NULL",
                "id INT",
            ])
            .to_owned(),
    ];
    for _ in 0..=random.below(4) {
        parts.push(definition(&name(random), random));
    }
    if random.below(3) == 0
        && let Some(parent) = random.of(tables)
    {
        parts.push(format!("ref INTEGER REFERENCES {} (id) ON DELETE CASCADE", quote(&parent)));
    }
    if random.below(4) == 0 {
        parts.push("CHECK (length(id) < 100)".to_owned());
    }
    let options = if parts[0].starts_with("id TEXT") { random.pick(&["", " WITHOUT ROWID"]) } else { "" };
    format!("CREATE TABLE {} (\n    {}\n){options}", quote(&name(random)), parts.join(",\n    "))
}

fn definition(name: &str, random: &mut Random) -> String {
    let datatype = random.pick(&["TEXT", "INTEGER", "REAL", "BLOB", "VARCHAR(20)", "", "BOOLEAN"]);
    let rest = random.pick(&[
        "",
        "",
        "",
        "NOT NULL DEFAULT 0",
        "DEFAULT 'x y'",
        "UNIQUE",
        "NOT NULL",
        "COLLATE NOCASE",
        "DEFAULT CURRENT_TIMESTAMP",
    ]);
    format!("{} {datatype} {rest}", quote(name)).trim_end().to_owned()
}

/// The table anew, with one column more.
fn rebuild(connection: &Connection, table: &str, columns: &[String], random: &mut Random) -> Vec<String> {
    let found =
        witness::query(connection, &format!("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '{table}'"));
    let Some(body) = found.first().and_then(|row| row[0].split_once('(').map(|(_, body)| body.to_owned())) else {
        return Vec::new();
    };
    let list = columns.iter().map(|column| quote(column)).collect::<Vec<_>>().join(", ");
    let (old, added) = (quote(table), definition(&name(random), random));
    vec![
        format!("CREATE TABLE rebuilt ({added}, {body}"),
        format!("INSERT INTO rebuilt ({list}) SELECT {list} FROM {old}"),
        format!("DROP TABLE {old}"),
        format!("ALTER TABLE rebuilt RENAME TO {old}"),
    ]
}

fn name(random: &mut Random) -> String {
    let letter = random.pick(&["a", "b", "c", "d", "e", "order", "Group", "x y", "é"]);
    format!("{letter}{}", random.pick(&["", "1", "2", "_3"]))
}
