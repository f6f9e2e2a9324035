//! What a statement did not find, and what lies under that name in a schema to which the search path does not lead: where somebody else's
//! path made it, the server says no more than that it does not exist.

use std::collections::BTreeSet;

use tokio_postgres::SimpleQueryRow;

use super::PostgresDatabase;
use super::whereabouts::path_in_url;
use crate::database::{Failure, Job, Met};
use crate::error::Hint;
use crate::sql::{Ident, Literal, Plain};

/// The same, with a hint where what a statement of the jobs misses is there in another schema. After the transaction was rolled back.
pub(super) async fn told(
    database: &mut PostgresDatabase<'_>,
    done: Result<(), Failure>,
    jobs: &[Job<'_>],
) -> Result<(), Failure> {
    match done {
        Err(failure) => {
            let failed = jobs.get(failure.job).zip(failure.statement);
            let statement = failed.and_then(|(job, number)| job.analysis.statement(job.step.script().text(), number));
            Err(told_of(database, failure, statement.map_or("", |statement| statement.text)).await)
        }
        done => done,
    }
}

/// The same of a failure of this statement.
pub(super) async fn told_of(database: &mut PostgresDatabase<'_>, failure: Failure, statement: &str) -> Failure {
    if failure.met != Some(Met::Missing) {
        return failure;
    }
    let hints = hints(database, &missed(&failure.cause, statement)).await;
    hints.into_iter().fold(failure, Failure::with_hint)
}

/// It is only a help: where the catalog cannot be asked, the failure stands without.
async fn hints(database: &mut PostgresDatabase<'_>, names: &BTreeSet<&str>) -> Vec<Hint> {
    if names.is_empty() {
        return Vec::new();
    }
    let rows = database.session.query(&sql(names)).await.unwrap_or_default();
    let is_history_elsewhere = database.options.schema.is_some();
    rows.iter().filter_map(Hidden::of).map(|hidden| hidden.hint(is_history_elsewhere)).collect()
}

/// The names that both the server and the statement say. A message is in the server's language, a name in it is not.
fn missed<'a>(message: &'a str, statement: &str) -> BTreeSet<&'a str> {
    let said: BTreeSet<&str> = words(statement).collect();
    words(message).filter(|word| said.contains(word)).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$')
        .filter(|word| !word.is_empty())
}

/// Something that no name without a schema finds.
struct Hidden {
    schema: String,
    name: String,
    is_usable: bool,
    path: String,
    role: String,
}

impl Hidden {
    fn of(row: &SimpleQueryRow) -> Option<Self> {
        let text = |at: usize| row.get(at).map(str::to_owned);
        Some(Self {
            schema: text(0)?,
            name: text(1)?,
            is_usable: row.get(2) == Some("t"),
            path: text(3)?,
            role: text(4)?,
        })
    }

    fn hint(&self, is_history_elsewhere: bool) -> Hint {
        let (schema, name) = (Ident(&self.schema), Ident(&self.name));
        if !self.is_usable {
            return Hint::from(format!(
                "{schema}.{name} is there, in a schema that this role may not use: `GRANT USAGE ON SCHEMA {schema} TO {}`",
                Ident(&self.role)
            ));
        }
        let in_url =
            path_in_url(&self.schema).map_or_else(String::new, |path| format!(", as with `{path}` in the URL"));
        let of_history = if is_history_elsewhere { "; `schema` says no more than where the history lies" } else { "" };
        Hint::from(format!(
            "{}.{} is there, and the search path of this session ({}) does not lead to it: set it{in_url}, or name the schema in \
             the statement{of_history}",
            Plain(&self.schema),
            Plain(&self.name),
            self.path
        ))
    }
}

/// Tables, types and functions of these names, where none is visible.
fn sql(names: &BTreeSet<&str>) -> String {
    let names: Vec<String> = names.iter().map(|name| Literal(Some(name)).to_string()).collect();
    format!(
        "WITH named AS (\
         SELECT 'table' AS kind, relnamespace AS schema, relname AS name, pg_table_is_visible(oid) AS found FROM pg_class \
         WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
         UNION ALL SELECT 'type', typnamespace, typname, pg_type_is_visible(oid) FROM pg_type WHERE typrelid = 0 AND typelem = 0 \
         UNION ALL SELECT 'function', pronamespace, proname, pg_function_is_visible(oid) FROM pg_proc) \
         SELECT DISTINCT n.nspname, h.name, has_schema_privilege(n.oid, 'USAGE'), current_setting('search_path'), current_user::text \
         FROM named h JOIN pg_namespace n ON n.oid = h.schema \
         WHERE h.name = ANY (ARRAY[{}]::name[]) AND NOT h.found AND n.nspname !~ '^(pg_|information_schema$)' \
         AND NOT EXISTS (SELECT FROM named v WHERE v.kind = h.kind AND v.name = h.name AND v.found) ORDER BY 1, 2 LIMIT 3",
        names.join(", ")
    )
}
