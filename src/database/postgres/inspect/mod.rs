//! The live catalog, read in one message.
//!
//! Every query returns rows of one shape: `kind`, `object`, `part`, `schema`, `owner_name`, `name`, `parent`, and a column for each
//! fact, named like it. With an empty search path the server qualifies every name that it writes.

mod column;
mod constraint;
mod depend;
mod enum_type;
mod event_trigger;
mod function;
mod grant;
mod index;
mod named;
mod other;
mod partial;
mod policy;
mod read;
mod reread;
mod rows;
mod schema;
mod sequence;
mod statistics;
mod table;
#[cfg(test)]
mod tests;
mod trigger;
mod types;
mod versions;
mod view;

use std::collections::BTreeSet;

use tokio_postgres::SimpleQueryRow;

pub(crate) use self::partial::{FollowedCatalog, Since};
pub(crate) use self::versions::RowVersions;
use super::PostgresDatabase;
use super::session::SessionFailure;
use crate::catalog::Catalog;
use crate::database::Inspection;
use crate::duration::server_milliseconds;
use crate::error::Result;
use crate::sql::Literal;

/// How the server plans and runs these queries, whether or not a transaction is open. Compiling them takes it longer than reading a thousand
/// tables does. What was prepared for any relations is planned once, and not for each of the first five. Tables are joined in the order in
/// which a query names them: looking for a better one is half of the time that planning takes, and finds none.
const PLANNED: [(&str, &str); 4] = [
    ("jit", "off"),
    ("plan_cache_mode", "force_generic_plan"),
    ("join_collapse_limit", "1"),
    ("from_collapse_limit", "1"),
];
/// The search path is set aside. `pg_catalog` stays in it, always.
const ASIDE: [(&str, &str); 1] = [("search_path", "")];

/// Sets these, and keeps what was.
fn set(settings: &[(&str, &str)]) -> String {
    let set = settings.iter().map(|(name, value)| {
        format!(
            "set_config('schemactl.{name}', current_setting('{name}'), true) AS kept_{name}, set_config('{name}', '{value}', true) AS {name}"
        )
    });
    format!("SELECT {}", set.collect::<Vec<_>>().join(", "))
}

/// Puts back what was.
fn put_back(settings: &[(&str, &str)]) -> String {
    let back = settings
        .iter()
        .map(|(name, _)| format!("set_config('{name}', current_setting('schemactl.{name}'), true) AS {name}"));
    format!("SELECT {}", back.collect::<Vec<_>>().join(", "))
}

impl PostgresDatabase<'_> {
    /// Reads everything that the database holds, without the history. It waits no longer for what others have locked than a step would:
    /// the text of a constraint or a view is not had while its table is locked in ACCESS EXCLUSIVE mode.
    pub(super) async fn inspect_live(&mut self) -> Result<Inspection<Catalog>> {
        let mut rows = self.ask_at_most(&message(&self.tables.own())).await?;
        if read::has_others(&rows) {
            rows.extend(self.ask_at_most(&aside([], [other::others()])).await?);
        }
        inspection(&rows)
    }

    /// Asks, and waits no longer for a lock than a step would.
    async fn ask_at_most(&mut self, message: &str) -> Result<Vec<SimpleQueryRow>> {
        let limit = server_milliseconds(self.options.lock_timeout).to_string();
        let limited = [("lock_timeout", limit.as_str())];
        self.ask(&format!("{}\n;\n{message}\n;\n{}", set(&limited), put_back(&limited))).await
    }

    async fn ask(&mut self, message: &str) -> Result<Vec<SimpleQueryRow>> {
        let answer = self.session.query(message).await;
        answer.map_err(|broken| unread(broken, self.session.is_interrupted()))
    }

    /// What words the catalog, without reading it.
    pub(super) async fn release(&mut self) -> Result<String> {
        match self.session.query(&server(None)).await {
            Ok(rows) => Ok(read::release(&rows)),
            Err(broken) => Err(unread(broken, self.session.is_interrupted())),
        }
    }

    /// Reads what has one of these names, without the history: in the schemas of the search path, and in those that are named as well. The
    /// parts of a table come with it, its indexes where they are named.
    pub(super) async fn inspect_named(&mut self, names: &BTreeSet<String>) -> Result<Catalog> {
        let hidden = hidden(&self.tables.own());
        let message = aside([hidden, named::PATH.to_owned()], named::queries(names));
        Ok(self.read_catalog(&message).await?.snapshot)
    }

    async fn read_catalog(&mut self, message: &str) -> Result<Inspection<Catalog>> {
        inspection(&self.ask(message).await?)
    }
}

fn inspection(rows: &[SimpleQueryRow]) -> Result<Inspection<Catalog>> {
    match read::unreadable(rows) {
        Some(cause) => Err(no_text(cause)),
        None => Ok(Inspection {
            snapshot: read::catalog(rows).map_err(not_known)?,
            release: read::release(rows),
            role: read::role(rows),
            path: read::path(rows),
        }),
    }
}

fn no_text(cause: String) -> crate::error::Error {
    crate::error::Error::new(crate::error::Code::Query, "the catalog cannot be read")
        .with_cause(cause)
        .with_hint("rename it, or give the database an encoding: `SHOW server_encoding` is SQL_ASCII here")
}

fn not_known(cause: String) -> crate::error::Error {
    crate::error::Error::new(crate::error::Code::Query, "the catalog cannot be read").with_cause(cause)
}

/// What the names of prepared queries begin with.
const PREPARED: &str = "schemactl_inspect_";

fn unread(broken: SessionFailure, interrupted: bool) -> crate::error::Error {
    super::failure::query(broken, interrupted, "the catalog cannot be read")
}

/// Reads everything that the database of a client holds, without these tables.
#[cfg(test)]
async fn inspect(client: &tokio_postgres::Client, without: &[String]) -> Result<Catalog, tokio_postgres::Error> {
    let mut answers = client.simple_query(&message(without)).await?;
    answers.extend(client.simple_query(&aside([], [other::others()])).await?);
    Ok(read::catalog(&super::rows_of(answers)).expect("all is known"))
}

/// All queries but the one for others, and whether there may be such. What is left out is named as the session that sends them would.
fn message(without: &[String]) -> String {
    aside([hidden(without), server(without.first())], queries().into_iter().chain([other::are_there()]))
}

fn hidden(without: &[String]) -> String {
    let hidden = without.iter().map(|table| format!("to_regclass({})::oid", Literal(Some(table))));
    let hidden: Vec<String> = hidden.collect();
    format!("SELECT 'Hidden' AS kind, unnest(ARRAY[{}]::oid[]) AS object", hidden.join(", "))
}

/// One message: the first queries as the session is set, the others with the search path set aside.
fn aside(first: impl IntoIterator<Item = String>, queries: impl IntoIterator<Item = String>) -> String {
    let all = std::iter::once(set(&PLANNED)).chain(first).chain(std::iter::once(set(&ASIDE)));
    let back = [put_back(&ASIDE), put_back(&PLANNED)];
    all.chain(queries).chain(back).collect::<Vec<_>>().join("\n;\n")
}

/// Those that fill a catalog, but for [others](other::others).
fn queries() -> Vec<String> {
    let of_the_database = [
        schema::schemas(),
        schema::extensions(),
        enum_type::types(),
        enum_type::labels(),
        types::ranges(),
        types::domains(),
        function::functions(),
        event_trigger::event_triggers(),
        grant::default_privileges(),
        depend::dependencies(),
    ];
    of_relations().into_iter().chain(of_the_database).collect()
}

/// Those for relations and what belongs to them. In all of them the relation is `c`, so that a condition on it can follow.
fn of_relations() -> [String; 11] {
    [
        types::composites(),
        sequence::sequences(),
        table::tables(),
        column::columns(),
        constraint::constraints(),
        index::indexes(),
        statistics::statistics(),
        view::views(),
        view::rules(),
        trigger::triggers(),
        policy::policies(),
    ]
}

/// The search path of a session; the schema that is the role's own stands in it by its name, where it is there.
pub(super) const PATH: &str = "CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = current_user) \
     THEN replace(current_setting('search_path'), '\"$user\"', quote_ident(current_user)) \
     ELSE current_setting('search_path') END";

/// The major version, in whose words definitions are, whose the history is, and where names without a schema lead.
fn server(history: Option<&String>) -> String {
    format!(
        "SELECT 'Server' AS kind, current_setting('server_version_num')::int / 10000 AS object, \
         coalesce((SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass({})), current_user) AS name, \
         current_schema() AS schema, {PATH} AS owner_name",
        Literal(history.map(String::as_str))
    )
}

/// A condition: the schema is not the server's own.
fn of_users(schema: &str) -> String {
    format!("{schema}.nspname !~ '^pg_' AND {schema}.nspname <> 'information_schema'")
}

/// A condition: the object belongs to no extension.
fn not_of_extension(class: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend xd WHERE xd.classid = '{class}'::regclass AND xd.objid = {oid} AND xd.deptype = 'e')"
    )
}

/// A join that brings the comment as `d.description`.
fn comment(class: &str, oid: &str) -> String {
    format!("LEFT JOIN pg_description d ON d.objoid = {oid} AND d.classoid = '{class}'::regclass AND d.objsubid = 0")
}

/// The kind that a relation is.
const RELATION: &str = "CASE c.relkind WHEN 'v' THEN 'View' WHEN 'm' THEN 'MaterializedView' WHEN 'S' THEN 'Sequence' \
     WHEN 'c' THEN 'CompositeType' WHEN 'f' THEN 'ForeignTable' ELSE 'Table' END";
