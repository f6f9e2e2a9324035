//! What `init` writes and says.

use crate::sql::Dialect;

const SQLITE_KEYS: &str = "\
url = \"sqlite:app.db\"                # relative to this file
# migrations = \"migrations/sqlite\"   # the folder of the migrations
# table = \"schema_migrations\"        # the history
# lock_wait = \"5min\"                 # how long to wait for another runner
# order = \"strict\"                   # any: apply versions that arrive late
# newer_database = \"refuse\"          # allow-if-reversible: run beside a newer release that has migrated
";

const POSTGRES_KEYS: &str = "\
url = \"${DATABASE_URL}\"              # from the environment or .env
# migrations = \"migrations/postgres\" # the folder of the migrations
# table = \"schema_migrations\"        # the history
# schema = \"public\"                  # the schema of the history
# lock_timeout = \"3s\"                # how long a statement waits for a lock before it is tried again
# statement_timeout = \"0\"            # how long a statement may run; 0 for no limit
# lock_wait = \"5min\"                 # how long to wait in all
# connections = \"two\"                # one: the server serves one connection at a time
";

/// The text of schema.toml. `databases` are their names; none for one without a name.
pub(super) fn schema_toml(dialects: &[Dialect], databases: &[String]) -> String {
    let mut text = "# The databases of this project, for schemactl.\n".to_owned();
    if let [_, _] = dialects {
        text.push_str("# The backend that the application uses now; --backend and SCHEMACTL_BACKEND override it.\n");
        text.push_str("backend = \"sqlite\"\n");
    }
    let names: Vec<Option<&String>> =
        if databases.is_empty() { vec![None] } else { databases.iter().map(Some).collect() };
    for name in names {
        for dialect in dialects {
            text.push_str(&section(*dialect, name.map(String::as_str)));
        }
    }
    text
}

fn section(dialect: Dialect, name: Option<&str>) -> String {
    let keys = match dialect {
        Dialect::Sqlite => SQLITE_KEYS,
        Dialect::Postgres => POSTGRES_KEYS,
    };
    let Some(name) = name else { return format!("\n[{dialect}]\n{keys}") };
    let keys = keys.replace("app.db\"  ", &format!("{name}.db\"")).replace("DATABASE_URL", &variable(name));
    let keys = keys.replace(&format!("migrations/{dialect}\""), &format!("migrations/{dialect}/{name}\""));
    format!("\n[database.{name}.{dialect}]\n{keys}")
}

/// The variable that has the URL of a database with a name.
fn variable(name: &str) -> String {
    let words: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    format!("{words}_DATABASE_URL")
}

/// What to do after `init`.
pub(super) fn next_steps(dialects: &[Dialect], names: &[String]) -> String {
    let mut text = "\nnext:\n".to_owned();
    if dialects.contains(&Dialect::Sqlite) {
        let files = if names.is_empty() { "app.db".to_owned() } else { listed(names, |name| format!("{name}.db")) };
        text +=
            &format!("  keep the database out of git: add {files}, and the same with -wal and -shm, to .gitignore\n");
    }
    if dialects.contains(&Dialect::Postgres) {
        let variables = if names.is_empty() { "DATABASE_URL".to_owned() } else { listed(names, |name| variable(name)) };
        text += &format!("  set {variables}, in the environment or in .env; add .env to .gitignore\n");
    }
    let database = names.first().map(|name| format!(" -d {name}")).unwrap_or_default();
    text += &format!("  schemactl new{database} \"create users\"    create the first migration\n");
    text += "  schemactl up                    apply it";
    text
}

fn listed(names: &[String], shown: impl Fn(&String) -> String) -> String {
    names.iter().map(shown).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_backends() {
        let text = schema_toml(&[Dialect::Sqlite, Dialect::Postgres], &[]);
        assert!(text.contains("backend = \"sqlite\"\n\n[sqlite]\nurl = \"sqlite:app.db\""), "{text}");
        assert!(text.contains("\n[postgres]\nurl = \"${DATABASE_URL}\""), "{text}");
    }

    #[test]
    fn databases_with_names() {
        let text = schema_toml(&[Dialect::Postgres], &["audit-log".to_owned()]);
        assert!(!text.contains("backend ="), "{text}");
        assert!(text.contains("\n[database.audit-log.postgres]\nurl = \"${AUDIT_LOG_DATABASE_URL}\""), "{text}");
        assert!(text.contains("migrations/postgres/audit-log"), "{text}");
    }
}
