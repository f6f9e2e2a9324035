//! What `init` writes and says.

use super::chosen::{Because, ChosenBackends, PlannedDatabase, Used};
use crate::config::Announced;
use crate::sql::Dialect;

const SQLITE_KEYS: &str = "\
# migrations = \"migrations/sqlite\"   # the folder of the migrations
# table = \"schema_migrations\"        # the history
# lock_wait = \"5min\"                 # how long to wait for another runner
# order = \"strict\"                   # any: apply versions that arrive late
# newer_database = \"refuse\"          # allow-if-reversible: run beside a newer release that has migrated
";

const POSTGRES_KEYS: &str = "\
# migrations = \"migrations/postgres\" # the folder of the migrations
# table = \"schema_migrations\"        # the history
# schema = \"public\"                  # the schema of the history
# lock_timeout = \"3s\"                # how long a statement waits for a lock before it is tried again
# statement_timeout = \"0\"            # how long a statement may run; 0 for no limit
# lock_wait = \"5min\"                 # how long to wait in all
# connections = \"two\"                # one: the server serves one connection at a time
";

/// The text of schema.toml.
pub(super) fn schema_toml(chosen: &ChosenBackends) -> String {
    let mut text = "# The databases of this project, for schemactl.\n".to_owned();
    match chosen.used() {
        None => {}
        Some(Used::Now(dialect)) => {
            text.push_str(
                "# The backend that the application uses now; --backend and SCHEMACTL_BACKEND override it.\n",
            );
            text.push_str(&format!("backend = \"{dialect}\"\n"));
        }
        Some(Used::Until(variable)) => {
            text.push_str(&format!(
                "# Which backend is used: sqlite until {variable} is set, then postgres; `backend` names one, and so do --backend and SCHEMACTL_BACKEND.\n"
            ));
            text.push_str("# backend = \"postgres\"\n");
        }
    }
    for database in &chosen.databases {
        for dialect in &database.dialects {
            text.push_str(&section(*dialect, database));
        }
    }
    text
}

fn section(dialect: Dialect, database: &PlannedDatabase) -> String {
    let keys = match dialect {
        Dialect::Sqlite => SQLITE_KEYS,
        Dialect::Postgres => POSTGRES_KEYS,
    };
    let url = database.url(dialect);
    let from = if url.starts_with('$') { "from the environment or .env" } else { "relative to this file" };
    let line = format!("{:36} # {from}", format!("url = \"{url}\""));
    let Some(name) = &database.name else { return format!("\n[{dialect}]\n{line}\n{keys}") };
    let keys = keys.replace(&format!("migrations/{dialect}\""), &format!("migrations/{dialect}/{name}\""));
    format!("\n[database.{name}.{dialect}]\n{line}\n{keys}")
}

/// What was chosen, why, and how to choose otherwise.
pub(super) fn said(chosen: &ChosenBackends) -> String {
    let dialects = chosen.dialects();
    let names: Vec<&str> = dialects.iter().map(|dialect| dialect.as_str()).collect();
    let what = names.join(" and ");
    let what = match chosen.used() {
        Some(Used::Now(dialect)) => format!("{what} ({dialect} is used)"),
        Some(Used::Until(variable)) => format!("{what} (sqlite is used until {variable} is set)"),
        None => what,
    };
    let why = match chosen.because {
        Because::Typed | Because::Variable => format!("as {} says", chosen.because.as_str().unwrap_or_default()),
        Because::Announced => {
            let said = chosen.databases.iter().filter_map(|database| database.announced.as_ref());
            let mut said: Vec<String> = said.map(ToString::to_string).collect();
            said.dedup();
            format!("since {}", said.join(", "))
        }
        Because::Default => "since no DATABASE_URL says which".to_owned(),
    };
    let mut text = format!("backend: {what}, {why}");
    if matches!(chosen.because, Because::Announced | Because::Default) {
        let others: Vec<&str> = match dialects[..] {
            [Dialect::Sqlite] => vec!["postgres", "both"],
            [Dialect::Postgres] => vec!["sqlite", "both"],
            _ => vec!["sqlite", "postgres"],
        };
        text += &format!(
            "\n  to choose otherwise, remove schema.toml, then `schemactl init --backend {}`, or `{}`",
            others[0], others[1]
        );
    }
    for line in &chosen.passed_over {
        text += &format!("\n  {line}");
    }
    text
}

/// What to do after `init`.
pub(super) fn next_steps(chosen: &ChosenBackends) -> String {
    let mut text = "\nnext:\n".to_owned();
    let files: Vec<String> = chosen.databases.iter().filter_map(file).collect();
    if !files.is_empty() {
        let files = files.join(", ");
        text +=
            &format!("  keep the database out of git: add {files}, and the same with -wal and -shm, to .gitignore\n");
    }
    let variables: Vec<String> = chosen.databases.iter().filter_map(PlannedDatabase::to_be_set).collect();
    if !variables.is_empty() {
        text += &format!(
            "  for postgres, set {} in the environment or in .env; add .env to .gitignore\n",
            variables.join(", ")
        );
    } else if chosen.databases.iter().any(|database| database.announced.as_ref().is_some_and(Announced::is_of_file)) {
        text += "  keep .env out of git: add it to .gitignore\n";
    }
    let database = chosen.databases[0].name.as_ref().map(|name| format!(" -d {name}")).unwrap_or_default();
    text += &format!("  schemactl new{database} \"create users\"    create the first migration\n");
    text += "  schemactl generate              write what takes it back\n";
    text += "  schemactl up                    apply it";
    text
}

/// The file of a database on SQLite.
fn file(database: &PlannedDatabase) -> Option<String> {
    let url = database.dialects.contains(&Dialect::Sqlite).then(|| database.url(Dialect::Sqlite))?;
    match url.strip_prefix("sqlite:") {
        Some(file) => Some(file.to_owned()),
        None => database.announced.as_ref().and_then(Announced::file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(databases: &[(Option<&str>, &[Dialect])]) -> ChosenBackends {
        let databases = databases.iter().map(|(name, dialects)| PlannedDatabase {
            name: name.map(str::to_owned),
            dialects: dialects.to_vec(),
            announced: None,
        });
        ChosenBackends { databases: databases.collect(), because: Because::Default, passed_over: Vec::new() }
    }

    #[test]
    fn both_backends() {
        let text = schema_toml(&chosen(&[(None, &[Dialect::Sqlite, Dialect::Postgres])]));
        assert!(text.contains("\n# backend = \"postgres\"\n\n[sqlite]\nurl = \"sqlite:app.db\"    "), "{text}");
        assert!(text.contains("\n[postgres]\nurl = \"${DATABASE_URL}\"    "), "{text}");
    }

    #[test]
    fn databases_with_names() {
        let text = schema_toml(&chosen(&[(Some("audit-log"), &[Dialect::Postgres])]));
        assert!(!text.contains("backend ="), "{text}");
        assert!(text.contains("\n[database.audit-log.postgres]\nurl = \"${AUDIT_LOG_DATABASE_URL}\""), "{text}");
        assert!(text.contains("migrations/postgres/audit-log"), "{text}");
    }
}
