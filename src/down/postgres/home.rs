//! Where names without a schema lead: on a scratch database they lead where they do in the live one, or what is the same would not look so.

use crate::catalog::{Grant, Grants, Object};
use crate::database::SearchPath;
use crate::database::postgres::scratch::ScratchDatabase;
use crate::error::Result;
use crate::source::{Migration, Migrations};
use crate::sql::{Ident, Plain};

/// Lets names lead where they do in a live database, before these migrations run. The schema that they lead to there is made where no
/// migration makes it; then its name is returned.
pub(super) async fn settle(
    database: &mut ScratchDatabase,
    live: &SearchPath,
    migrations: &[&Migration],
) -> Result<Option<String>> {
    if database.path().await?.as_ref() == Some(live) {
        return Ok(None);
    }
    database.look_up(&live.setting).await?;
    if database.path().await?.is_some_and(|path| path.home == live.home) {
        return Ok(None);
    }
    let is_made = make(database, &live.home, migrations.iter().copied()).await?;
    Ok(is_made.then(|| live.home.clone()))
}

/// Makes the schema that names without one are to lead to, where the search path leads nowhere and none of these migrations makes it: the
/// database that is migrated has it.
pub(super) async fn provide(database: &mut ScratchDatabase, migrations: &Migrations) -> Result<()> {
    if database.path().await?.is_some() {
        return Ok(());
    }
    match database.first_of_path().await? {
        Some(home) => make(database, &home, migrations).await.map(drop),
        None => Ok(()),
    }
}

/// Makes a schema, unless one of these migrations does. Whether it was left to this.
async fn make<'a>(
    database: &mut ScratchDatabase,
    schema: &str,
    migrations: impl IntoIterator<Item = &'a Migration>,
) -> Result<bool> {
    if migrations.into_iter().any(|migration| may_make(migration.up().text(), schema)) {
        return Ok(false);
    }
    // What `scratch_setup` made is there, and yet may not be the first that the path leads to.
    database.control(&format!("CREATE SCHEMA IF NOT EXISTS {}", Ident(schema))).await?;
    Ok(true)
}

/// Whether a text makes a schema of this name, also in a string that a block executes; where that is put together, its name may be any.
fn may_make(text: &str, schema: &str) -> bool {
    let text = text.to_lowercase().replace(['"', '\''], " ");
    let words: Vec<&str> =
        text.split(|letter: char| letter.is_whitespace() || letter == ';').filter(|word| !word.is_empty()).collect();
    let name = schema.to_lowercase().replace('"', " ");
    let name: Vec<&str> = name.split_whitespace().collect();
    let is_name = |word: &&str| word.chars().all(|letter| letter.is_alphanumeric() || "_$".contains(letter));
    let is_named = |at: usize| match words.get(at) {
        Some(word) if is_name(word) => words.get(at..at + name.len()).is_some_and(|found| found == name.as_slice()),
        Some(_) => true,
        None => false,
    };
    (0..words.len()).any(|at| match words[at..] {
        ["create", "schema", "if", "not", "exists", "authorization", ..] => is_named(at + 6),
        ["create", "schema", "if", "not", "exists", ..] => is_named(at + 5),
        ["create", "schema", "authorization", ..] => is_named(at + 3),
        ["create", "schema", ..] | ["rename", "to", ..] => is_named(at + 2),
        _ => false,
    })
}

/// A schema that no migration makes is whose it is: its owner, and the rights of its owner and of whoever runs the migrations, are no work of
/// theirs. What others may do in it is compared.
pub(super) fn as_made(live: &mut Object, model: &Object, role: &str) {
    if live.owner == model.owner {
        return;
    }
    let own = [live.owner.as_deref().unwrap_or_default(), role].map(|role| Plain(role).to_string());
    let is_own = |grant: &&Grant| own.contains(&grant.role);
    let theirs = model.grants.0.iter().filter(is_own);
    let others = live.grants.0.iter().filter(|grant| !is_own(grant));
    live.grants = theirs.chain(others).cloned().collect::<Grants>().sorted();
    live.owner.clone_from(&model.owner);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_that_makes_the_schema_is_seen() {
        for text in [
            "CREATE SCHEMA app;",
            "create  schema\nif not exists \"app\";",
            "CREATE SCHEMA AUTHORIZATION app",
            "DO $$ BEGIN EXECUTE 'CREATE SCHEMA app'; END $$;",
            "DO $$ BEGIN EXECUTE 'CREATE SCHEMA ' || 'app'; END $$;",
            "DO $$ BEGIN EXECUTE format('CREATE SCHEMA %I', name); END $$;",
            "ALTER SCHEMA old RENAME TO app;",
        ] {
            assert!(may_make(text, "app"), "{text}");
        }
        for text in [
            "CREATE SCHEMA apples;",
            "GRANT USAGE ON SCHEMA app TO x;",
            "CREATE TABLE app.t ();",
            "CREATE SCHEMA other; SELECT 'app';",
        ] {
            assert!(!may_make(text, "app"), "{text}");
        }
    }
}
