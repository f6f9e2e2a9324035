//! Rows that refer to what is not there, as SQL over the rows of a move: in the target, or in the temporary tables of a trial.
//!
//! What goes may be what others refer to. So the rows that go are found all at once, by one query that follows the keys from row to row.

use super::{KeyParent, MovePlan, OrphanOutcome, PlannedKey};
use crate::sql::Ident;

/// The temporary table of the rows that go: the place of their table in the plan, where they are, and the place of the key by which they go.
pub(crate) const GONE: &str = "pg_temp.schemactl_gone";
pub(crate) const CREATE_GONE: &str =
    "CREATE TEMPORARY TABLE pg_temp.schemactl_gone (at integer, rel oid, tid text, key integer) ON COMMIT DROP";

/// The name of a row of the table that refers. No column should have such a name: it would be taken for the row.
pub(crate) const CHILD: &str = "\"schemactl: child\"";
const PARENT: &str = "\"schemactl: parent\"";

/// The rows of a move, wherever they are.
#[derive(Clone, Copy)]
pub(crate) struct MovedRows<'a> {
    pub(crate) plan: &'a MovePlan,
    /// The table with the rows of the one at this place of the plan, as SQL names it.
    pub(crate) place: &'a (dyn Fn(usize) -> String + Sync),
}

impl MovedRows<'_> {
    pub(crate) fn key(&self, at: usize) -> &PlannedKey {
        &self.plan.keys[at]
    }

    /// The condition by which a row of its table, called [`CHILD`], refers to nothing. In the usual way of matching a row that has a NULL in it does
    /// not refer.
    pub(crate) fn condition(&self, key: &PlannedKey) -> String {
        let given = |(own, _): &(String, String)| format!("{CHILD}.{} IS NOT NULL", Ident(own));
        let given: Vec<String> = key.pairs.iter().map(given).collect();
        let given = if key.is_full { format!("({})", given.join(" OR ")) } else { given.join(" AND ") };
        format!("{given} AND NOT EXISTS (SELECT FROM {} {PARENT} WHERE {})", self.parent(key), equal(key))
    }

    fn parent(&self, key: &PlannedKey) -> String {
        match &key.parent {
            KeyParent::Moved(at) => (self.place)(*at),
            KeyParent::Other(name) => name.to_string(),
        }
    }

    /// The statement that finds the rows which a key has go.
    pub(crate) fn direct(&self, at: usize) -> String {
        let key = self.key(at);
        format!(
            "INSERT INTO {GONE} SELECT {}, {CHILD}.tableoid, {CHILD}.ctid::text, {at} FROM {} {CHILD} WHERE {}",
            key.child,
            (self.place)(key.child),
            self.condition(key)
        )
    }

    /// The statements that add the rows which refer to those that go, by these keys, from row to row. `indexes` of the tables that refer are there
    /// meanwhile, since each row is looked up.
    pub(crate) fn followed(&self, keys: &[usize]) -> Option<String> {
        let linked = |at: &&usize| matches!(self.key(**at).parent, KeyParent::Moved(_));
        let keys: Vec<usize> = keys.iter().filter(linked).copied().collect();
        if keys.is_empty() {
            return None;
        }
        let create = |at: &usize| {
            let key = self.key(*at);
            let columns: Vec<String> = key.pairs.iter().map(|(own, _)| Ident(own).to_string()).collect();
            format!("CREATE INDEX {} ON {} ({})", index(*at), (self.place)(key.child), columns.join(", "))
        };
        let drop = |at: &usize| format!("DROP INDEX {}{}", self.schema(*at), index(*at));
        let made: Vec<String> = keys.iter().map(create).collect();
        let dropped: Vec<String> = keys.iter().map(drop).collect();
        let link = |at: &usize| {
            let key = self.key(*at);
            let KeyParent::Moved(parent) = key.parent else { return String::new() };
            format!(
                "SELECT {}, {CHILD}.tableoid, {CHILD}.ctid::text, {at} FROM {} {PARENT} JOIN {} {CHILD} ON {} \
                 WHERE g.at = {parent} AND {PARENT}.tableoid = g.rel AND {PARENT}.ctid = g.tid::tid",
                key.child,
                (self.place)(parent),
                (self.place)(key.child),
                equal(key)
            )
        };
        let links: Vec<String> = keys.iter().map(link).collect();
        Some(format!(
            "{}; ANALYZE {GONE}; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off; \
             WITH RECURSIVE gone (at, rel, tid, key) AS (SELECT at, rel, tid, key FROM {GONE} UNION SELECT n.at, n.rel, n.tid, n.key \
             FROM gone g CROSS JOIN LATERAL ({}) n (at, rel, tid, key)) \
             INSERT INTO {GONE} SELECT at, rel, tid, key FROM gone EXCEPT SELECT at, rel, tid, key FROM {GONE}; \
             SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; SET LOCAL enable_seqscan = on; {}",
            made.join("; "),
            links.join(" UNION ALL "),
            dropped.join("; ")
        ))
    }

    /// The statement that leaves each row that goes there once: by the first of these keys.
    pub(crate) fn once(keys: &[usize]) -> String {
        let order: Vec<String> = keys.iter().map(ToString::to_string).collect();
        format!(
            "DELETE FROM {GONE} g USING {GONE} o WHERE g.at = o.at AND g.rel = o.rel AND g.tid = o.tid \
             AND array_position(ARRAY[{0}], g.key) > array_position(ARRAY[{0}], o.key)",
            order.join(", ")
        )
    }

    /// The schema of the index of a key, with the dot.
    fn schema(&self, at: usize) -> String {
        let place = (self.place)(self.key(at).child);
        if place.starts_with("pg_temp.") {
            return "pg_temp.".to_owned();
        }
        let schema = &self.plan.tables[self.key(at).child].target.schema;
        schema.as_ref().map(|schema| format!("{}.", Ident(schema))).unwrap_or_default()
    }

    /// Whether a reference that becomes NULL may be what other rows refer to.
    pub(crate) fn is_referred_to(&self, key: &PlannedKey) -> bool {
        let Some(OrphanOutcome::Null(columns)) = &key.outcome else { return false };
        let refers = |other: &PlannedKey| {
            other.parent == KeyParent::Moved(key.child)
                && other.pairs.iter().any(|(_, column)| columns.contains(column))
        };
        self.plan.keys.iter().any(refers)
    }
}

fn index(at: usize) -> String {
    format!("schemactl_orphans_{at}")
}

fn equal(key: &PlannedKey) -> String {
    let pair = |(own, other): &(String, String)| format!("{PARENT}.{} = {CHILD}.{}", Ident(other), Ident(own));
    key.pairs.iter().map(pair).collect::<Vec<_>>().join(" AND ")
}

/// The condition that joins a row with its line among those that go.
pub(crate) fn joined(row: &str, table: usize) -> String {
    format!("g.at = {table} AND {row}.tableoid = g.rel AND {row}.ctid = g.tid::tid")
}
