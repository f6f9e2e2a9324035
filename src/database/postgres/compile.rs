//! Functions whose body does not compile. A body that is text depends on nothing: what it names may go, and nobody hears of it before
//! the function is called.
//!
//! Of a function in SQL the server's own check is asked again, its validator. That of PL/pgSQL looks at the syntax alone, and only once in
//! a session: what such a function names is told where the extension `plpgsql_check` is installed.

use tokio_postgres::SimpleQueryRow;

use super::count::{CountPlace, SAVEPOINT, undo};
use super::session::SessionFailure;
use super::{PostgresDatabase, failure};
use crate::database::Job;
use crate::error::Result;
use crate::sql::Literal;

/// Functions of people, with what checks them and the search path that they set for themselves. Not those of extensions, and not those
/// that this role may not use: they would be refused.
const FUNCTIONS: &str = "SELECT p.oid, p.oid::regprocedure, \
       CASE WHEN l.lanname = 'plpgsql' THEN e.checker END, \
       (SELECT pg_catalog.substr(c.c, 13) FROM pg_catalog.unnest(p.proconfig) AS c (c) WHERE c.c LIKE 'search\\_path=%') \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
       JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
       LEFT JOIN (SELECT pg_catalog.format('%I.plpgsql_check_function_tb', s.nspname) AS checker FROM pg_catalog.pg_extension x \
         JOIN pg_catalog.pg_namespace s ON s.oid = x.extnamespace \
         WHERE x.extname = 'plpgsql_check' AND pg_catalog.has_schema_privilege(s.oid, 'USAGE')) e ON l.lanname = 'plpgsql' \
     WHERE (l.lanname = 'sql' OR l.lanname = 'plpgsql' AND e.checker IS NOT NULL) AND p.prokind IN ('f', 'p') \
       AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
       AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE') \
       AND pg_catalog.has_language_privilege(l.oid, 'USAGE') \
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
         WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') \
     ORDER BY 3 NULLS FIRST, 4, 2";

/// Whoever looks waits for nobody for long; bodies are read; and nobody is told what a validator only warns of.
const SETTINGS: &str =
    "SET LOCAL lock_timeout = 1000; SET LOCAL check_function_bodies = on; SET LOCAL client_min_messages = error;";

/// Whether a function may not compile any more after a step.
pub(super) fn may_be_unsound(job: &Job<'_>) -> bool {
    job.analysis.breaks
}

/// A function to be checked.
struct CheckedFunction {
    oid: String,
    name: String,
    /// What checks it, which returns what it finds; none where that is the validator of SQL, which fails.
    checker: Option<String>,
    path: Option<String>,
}

/// Each function that does not compile as the catalog is now: a sentence.
pub(super) async fn unsound(database: &mut PostgresDatabase<'_>, place: CountPlace) -> Result<Vec<String>> {
    let functions = functions(database).await?;
    let mut found = Vec::new();
    for some in functions.chunk_by(|a, b| (&a.checker, &a.path) == (&b.checker, &b.path)) {
        match &some[0].checker {
            Some(checker) => found.extend(checked(database, some, checker, place).await?),
            None => validate(database, some, place, &mut found).await?,
        }
    }
    Ok(found)
}

async fn functions(database: &mut PostgresDatabase<'_>) -> Result<Vec<CheckedFunction>> {
    let rows = database.session.query(FUNCTIONS).await.map_err(|broken| unknown(database, broken))?;
    let function = |row: &SimpleQueryRow| CheckedFunction {
        oid: text(row, 0),
        name: text(row, 1),
        checker: row.get(2).map(str::to_owned),
        path: row.get(3).map(str::to_owned),
    };
    Ok(rows.iter().map(function).collect())
}

fn text(row: &SimpleQueryRow, at: usize) -> String {
    row.get(at).unwrap_or_default().to_owned()
}

/// Asks for all at once, and only where one fails for which.
async fn validate(
    database: &mut PostgresDatabase<'_>,
    all: &[CheckedFunction],
    place: CountPlace,
    found: &mut Vec<String>,
) -> Result<()> {
    // The last one is taken first.
    let mut open = vec![all];
    while let Some(some) = open.pop() {
        let oids = oids(some);
        let sql = format!("SELECT pg_catalog.fmgr_sql_validator(f.oid) FROM pg_catalog.unnest({oids}) AS f (oid)");
        let Err(broken) = ask(database, some, &sql, place).await else { continue };
        let Some(cause) = cause(&broken).filter(|_| !database.session.is_interrupted()) else {
            return Err(unknown(database, broken));
        };
        match some {
            [only] if is_its_own(&broken) => found.push(format!("function {} does not compile: {cause}", only.name)),
            [_] => {}
            _ => {
                let (first, second) = some.split_at(some.len() / 2);
                open.push(second);
                open.push(first);
            }
        }
    }
    Ok(())
}

/// What `plpgsql_check` finds, a trigger's function with each table that it is for.
async fn checked(
    database: &mut PostgresDatabase<'_>,
    some: &[CheckedFunction],
    checker: &str,
    place: CountPlace,
) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT p.oid::regprocedure, ' on ' || t.tgrelid::regclass, c.message FROM pg_catalog.pg_proc p \
         LEFT JOIN (SELECT DISTINCT tgfoid, tgrelid FROM pg_catalog.pg_trigger WHERE NOT tgisinternal) t ON t.tgfoid = p.oid \
         CROSS JOIN LATERAL {checker}(p.oid::regprocedure, coalesce(t.tgrelid, 0)::regclass) c \
         WHERE p.oid = ANY ({}) AND c.level = 'error' \
         AND (t.tgrelid IS NOT NULL OR p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)) ORDER BY 1, 2, c.lineno",
        oids(some)
    );
    match ask(database, some, &sql, place).await {
        Ok(rows) => {
            let rows = rows.iter().filter(|row| row.columns().len() == 3);
            Ok(rows
                .map(|row| format!("function {}{} does not compile: {}", text(row, 0), text(row, 1), text(row, 2)))
                .collect())
        }
        Err(broken) => Err(unknown(database, broken)),
    }
}

fn oids(some: &[CheckedFunction]) -> String {
    let oids: Vec<&str> = some.iter().map(|function| function.oid.as_str()).collect();
    format!("'{{{}}}'::pg_catalog.oid[]", oids.join(","))
}

/// Asks with the search path of the functions. After a failure a transaction goes on.
async fn ask(
    database: &mut PostgresDatabase<'_>,
    some: &[CheckedFunction],
    sql: &str,
    place: CountPlace,
) -> std::result::Result<Vec<SimpleQueryRow>, SessionFailure> {
    let path = some.first().and_then(|function| function.path.as_ref()).map_or_else(String::new, |path| {
        // One row with one column, which is no finding.
        format!("SELECT pg_catalog.set_config('search_path', {}, true);", Literal(Some(path)))
    });
    let message = match place {
        CountPlace::Alone => format!("{SETTINGS} {path} {sql}"),
        CountPlace::Within => format!(
            "SAVEPOINT {SAVEPOINT}; {SETTINGS} {path} {sql}; ROLLBACK TO SAVEPOINT {SAVEPOINT}; RELEASE SAVEPOINT {SAVEPOINT}"
        ),
    };
    let answer = database.session.query(&message).await;
    if answer.is_err() && place == CountPlace::Within {
        undo(database).await?;
    }
    answer
}

/// What the server says; none where it was the connection that failed.
fn cause(broken: &SessionFailure) -> Option<String> {
    broken.error.as_db_error().map(|error| error.message().to_owned())
}

/// Whether the function is at fault: not a lock that another session holds, a function that was dropped meanwhile, a right that this
/// role does not have, or the end of the run.
fn is_its_own(broken: &SessionFailure) -> bool {
    let code = broken.error.code().map_or("", |code| code.code());
    !["55", "57", "40", "53", "XX"].iter().any(|class| code.starts_with(class)) && code != "42501"
}

fn unknown(database: &PostgresDatabase<'_>, broken: SessionFailure) -> crate::error::Error {
    let interrupted = database.session.is_interrupted();
    failure::query(broken, interrupted, "whether functions compile could not be seen")
}
