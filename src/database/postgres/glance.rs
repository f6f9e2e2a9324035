//! A look at the catalog for the history's table, which fails nothing: an error would end the transaction that an application may have
//! open, and an error for want of a privilege does not say which one.

use tokio_postgres::SimpleQueryRow;

use super::session::SessionFailure;
use super::{PostgresDatabase, failure};
use crate::error::{Code, Error, Result};
use crate::history::{Found, foreign_tool};
use crate::sql::Literal;

/// How the history's table stands.
struct Glance {
    /// As SQL names them, quoted.
    schema: String,
    table: String,
    /// The log, where it is there.
    log: Option<String>,
    role: String,
    /// What this role may do.
    uses_schema: bool,
    reads_table: bool,
    reads_log: bool,
    columns: Vec<String>,
}

/// What stands under the history's name, where that is told without reading it: nothing, or another tool's table.
///
/// # Errors
/// [`Code::Privilege`] where this role may not read it.
pub(super) async fn before(database: &mut PostgresDatabase<'_>) -> Result<Option<Found>> {
    let Some(glance) = readable(database).await? else { return Ok(Some(Found::Absent)) };
    Ok(foreign_tool(&glance.columns).map(|tool| Found::Foreign { tool: tool.to_owned(), columns: glance.columns }))
}

/// Makes sure that a history which a name did not find is absent: the server passes over schemas of the search path that this role may not
/// use, and what was applied would be applied again elsewhere.
///
/// # Errors
/// [`Code::Privilege`] where it is in such a schema.
pub(super) async fn absent(database: &mut PostgresDatabase<'_>) -> Result<Found> {
    readable(database).await.map(|_| Found::Absent)
}

/// How the history's table stands, where it is there.
///
/// # Errors
/// [`Code::Privilege`] where this role may not read it.
async fn readable(database: &mut PostgresDatabase<'_>) -> Result<Option<Glance>> {
    let glance = match take(database).await {
        Ok(Some(glance)) => glance,
        Ok(None) => return Ok(None),
        Err(broken) => return Err(failure::of_history(database, broken)),
    };
    match glance.grants().filter(|_| !(glance.uses_schema && glance.reads_table)) {
        None => Ok(Some(glance)),
        Some(grants) => {
            let message = format!("the history of {} cannot be read", crate::database::Reader::label(database));
            let error = Error::new(Code::Privilege, message)
                .with_cause(format!("the role {} may not read {}", glance.role, glance.table))
                .with_state("nothing was changed");
            Err(error.with_hint(grants))
        }
    }
}

/// The error of a history that could not be read for want of a privilege, with the statements that grant it.
pub(super) async fn unprivileged(database: &mut PostgresDatabase<'_>, broken: SessionFailure) -> Error {
    let error = failure::of_history(database, broken);
    match take(database).await.ok().flatten().and_then(|glance| glance.grants()) {
        Some(grants) => error.without_hints().with_hint(grants),
        // It is a policy of rows, or not to be told.
        None => error,
    }
}

impl Glance {
    fn of(row: &SimpleQueryRow) -> Option<Self> {
        let is = |at: usize| row.get(at) == Some("t");
        Some(Self {
            schema: row.get(0)?.to_owned(),
            table: row.get(1)?.to_owned(),
            log: row.get(2).map(str::to_owned),
            role: row.get(3)?.to_owned(),
            uses_schema: is(4),
            reads_table: is(5),
            reads_log: is(6),
            columns: row.get(7)?.split('\n').map(str::to_owned).collect(),
        })
    }

    /// The statements that let this role read; none where it may.
    fn grants(&self) -> Option<String> {
        let Self { schema, role, .. } = self;
        let mut grants = Vec::new();
        if !self.uses_schema {
            grants.push(format!("GRANT USAGE ON SCHEMA {schema} TO {role};"));
        }
        let unread = [(Some(&self.table), self.reads_table), (self.log.as_ref(), self.reads_log)];
        let tables: Vec<&str> =
            unread.iter().filter(|(_, reads)| !reads).filter_map(|(table, _)| table.map(String::as_str)).collect();
        if !tables.is_empty() {
            grants.push(format!("GRANT SELECT ON {} TO {role};", tables.join(", ")));
        }
        (!grants.is_empty()).then(|| format!("let the owner of the history run this: `{}`", grants.join(" ")))
    }
}

/// The names of the search path, in their order.
const PATH: &str = "WITH path AS (SELECT at, CASE btrim(part, ' \"') WHEN '$user' THEN current_user::text ELSE btrim(part, ' \"') END AS name \
     FROM unnest(string_to_array(current_setting('search_path'), ',')) WITH ORDINALITY AS p (part, at))";

/// Where the history is that a name alone means, and where it would be if this role might use each schema of the search path: the server passes
/// over the others, also over those before the first one that it uses.
const ON_PATH: &str = "(pg_table_is_visible(c.oid) OR NOT has_schema_privilege(n.oid, 'USAGE') AND EXISTS (SELECT FROM path \
     WHERE path.name = n.nspname \
     AND path.at < coalesce((SELECT min(used.at) FROM path used WHERE used.name = ANY (current_schemas(false)::text[])), path.at + 1)))";

/// Looks into the catalog alone, which every role may read.
async fn take(database: &mut PostgresDatabase<'_>) -> Result<Option<Glance>, SessionFailure> {
    let name = database.tables.name();
    let is_there = match database.tables.schema() {
        "" => ON_PATH.to_owned(),
        schema => format!("n.nspname = {}", Literal(Some(schema))),
    };
    let sql = format!(
        "{PATH} SELECT quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), \
         CASE WHEN l.oid IS NOT NULL THEN format('%I.%I', n.nspname, l.relname) END, quote_ident(current_user), \
         has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'), \
         l.oid IS NULL OR has_table_privilege(l.oid, 'SELECT'), \
         (SELECT string_agg(a.attname, E'\\n' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_class l ON l.relnamespace = n.oid AND l.relname = {} \
         WHERE c.relname = {} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {is_there} \
         ORDER BY pg_table_is_visible(c.oid) DESC LIMIT 1",
        Literal(Some(&format!("{name}_log"))),
        Literal(Some(name))
    );
    let rows = database.session.query(&sql).await?;
    Ok(rows.first().and_then(Glance::of))
}
