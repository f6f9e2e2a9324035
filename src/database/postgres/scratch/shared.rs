//! What all databases of a server share: whether a transaction has changed it.
//!
//! Two sessions look: the one that is in the transaction, and one that sees what is committed. What others do meanwhile both see, sooner or
//! later; what only the first one sees, before and after the second one was asked again, its transaction has made.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::SimpleQueryRow;

use crate::sql::{Ident, Literal};

/// The shared catalogs of a server as far as this role may read them: those of later releases too.
pub(super) const CATALOGS: &str = "SELECT relname FROM pg_catalog.pg_class \
     WHERE relisshared AND relkind = 'r' AND pg_catalog.has_table_privilege(oid, 'SELECT') ORDER BY relname";

/// A row of a shared catalog, and the roles that it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct SharedRow {
    catalog: String,
    /// By oid.
    roles: Vec<String>,
    text: String,
}

/// What one session sees of the shared catalogs.
#[derive(Debug, Default)]
pub(super) struct SharedCatalogs {
    rows: BTreeSet<SharedRow>,
    /// Names of roles by oid.
    roles: BTreeMap<String, String>,
}

/// What a transaction has changed.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Roles that it made: oid and name.
    pub(super) made: BTreeMap<String, String>,
    /// The catalogs with other rows than before, and how many these are.
    pub(super) catalogs: BTreeMap<String, usize>,
}

/// A query for everything in the catalogs that is not about the scratch database itself, with a digest alone or row by row. The digest is
/// of where each version of a row is and which transaction made it: any change gives it another place.
pub(super) fn query(catalogs: &[String], scratch: &str, rows: SharedRows) -> String {
    let mut parts: Vec<String> = catalogs.iter().map(|catalog| part(catalog, scratch, rows)).collect();
    if !catalogs.iter().any(|catalog| catalog == "pg_authid") {
        let text = "r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, \
                    r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil";
        parts.push(format!(
            "SELECT 'pg_authid' AS catalog, r.oid::text AS roles, pg_catalog.concat_ws('|', {text}) AS row, r.rolname AS role \
             FROM pg_catalog.pg_roles r"
        ));
    }
    parts.push(
        "SELECT 'pg_replication_slots', '', pg_catalog.concat_ws('|', slot_name, plugin, slot_type, datoid), NULL \
         FROM pg_catalog.pg_replication_slots"
            .to_owned(),
    );
    let all = parts.join(" UNION ALL ");
    match rows {
        SharedRows::All => all,
        SharedRows::Digest => format!(
            "SELECT catalog, pg_catalog.md5(pg_catalog.string_agg(row, E'\\n' ORDER BY row)) FROM ({all}) AS shared (catalog, roles, row, role) \
             GROUP BY catalog ORDER BY catalog"
        ),
    }
}

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SharedRows {
    All,
    Digest,
}

/// What changes by itself, or is about the scratch database, is left out.
fn part(catalog: &str, scratch: &str, rows: SharedRows) -> String {
    let here = format!("(SELECT oid FROM pg_catalog.pg_database WHERE datname = {})", Literal(Some(scratch)));
    let is_role = |class: &str, object: &str| {
        format!("CASE WHEN t.{class} = 'pg_catalog.pg_authid'::regclass THEN t.{object}::text ELSE '' END")
    };
    let of_database = |class: &str, object: &str| {
        format!("NOT (t.{class} = 'pg_catalog.pg_database'::regclass AND t.{object} = {here})")
    };
    let (roles, without, is_counted, role): (String, &[&str], String, &str) = match catalog {
        "pg_authid" => ("t.oid::text".to_owned(), &[], "true".to_owned(), "t.rolname"),
        "pg_auth_members" => ("t.roleid || ' ' || t.member".to_owned(), &[], "true".to_owned(), "NULL"),
        "pg_database" => (
            "''".to_owned(),
            &["datfrozenxid", "datminmxid"],
            // Those of other proofs, which come and go.
            format!("t.oid <> {here} AND t.datname !~ '^schemactl_scratch_[0-9]'"),
            "NULL",
        ),
        "pg_db_role_setting" => ("t.setrole::text".to_owned(), &[], format!("t.setdatabase <> {here}"), "NULL"),
        "pg_shdescription" | "pg_shseclabel" => {
            (is_role("classoid", "objoid"), &[], of_database("classoid", "objoid"), "NULL")
        }
        "pg_shdepend" => (
            format!("{} || ' ' || {}", is_role("classid", "objid"), is_role("refclassid", "refobjid")),
            &[],
            format!("t.dbid <> {here} AND {}", of_database("classid", "objid")),
            "NULL",
        ),
        "pg_subscription" => ("''".to_owned(), &["subskiplsn"], "true".to_owned(), "NULL"),
        _ => ("''".to_owned(), &[], "true".to_owned(), "NULL"),
    };
    let row = match rows {
        SharedRows::All => format!("(pg_catalog.to_jsonb(t) - '{{{}}}'::text[])::text", without.join(",")),
        SharedRows::Digest => "t.ctid || ' ' || t.xmin".to_owned(),
    };
    format!(
        "SELECT {} AS catalog, {roles} AS roles, {row} AS row, {role} AS role FROM pg_catalog.{} t WHERE {is_counted}",
        Literal(Some(catalog)),
        Ident(catalog)
    )
}

impl SharedCatalogs {
    /// How many replication slots there are.
    pub(super) fn slots(&self) -> usize {
        self.rows.iter().filter(|row| row.catalog == "pg_replication_slots").count()
    }

    pub(super) fn of(answer: &[SimpleQueryRow]) -> Self {
        let mut seen = Self::default();
        for row in answer {
            let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
            let roles: Vec<String> = text(1).split_whitespace().map(str::to_owned).collect();
            if let (Some(name), [oid]) = (row.get(3), roles.as_slice()) {
                seen.roles.insert(oid.clone(), name.to_owned());
            }
            seen.rows.insert(SharedRow { catalog: text(0), roles, text: text(2) });
        }
        seen
    }
}

/// What the transaction has changed that `inside` was read in, apart from what is about roles that it made, or that are `ours`. What is
/// committed was read `before` and `after` that.
pub(super) fn changed(
    before: &SharedCatalogs,
    inside: &SharedCatalogs,
    after: &SharedCatalogs,
    ours: &BTreeSet<String>,
) -> Changed {
    let is_committed = |oid: &&String| before.roles.contains_key(*oid) || after.roles.contains_key(*oid);
    let made: BTreeMap<String, String> = inside
        .roles
        .iter()
        .filter(|(oid, _)| !is_committed(oid))
        .map(|(oid, name)| (oid.clone(), name.clone()))
        .collect();
    let is_ours = |row: &SharedRow| row.roles.iter().any(|oid| made.contains_key(oid) || ours.contains(oid));
    let added = inside.rows.iter().filter(|row| !before.rows.contains(*row) && !after.rows.contains(*row));
    let removed = before.rows.iter().filter(|row| after.rows.contains(*row) && !inside.rows.contains(*row));
    let mut catalogs = BTreeMap::new();
    for row in added.chain(removed).filter(|row| !is_ours(row)) {
        *catalogs.entry(row.catalog.clone()).or_insert(0) += 1;
    }
    Changed { made, catalogs }
}

impl Changed {
    /// `it changes the server: roles or their passwords (pg_authid)`.
    pub(super) fn sentence(&self) -> Option<String> {
        let name = |catalog: &str| match catalog {
            "pg_authid" => "roles",
            "pg_auth_members" => "memberships of roles",
            "pg_database" => "other databases",
            "pg_db_role_setting" => "settings of roles and databases",
            "pg_shdescription" => "comments on roles and databases",
            "pg_shdepend" => "owners and rights of what is shared",
            "pg_tablespace" => "tablespaces",
            "pg_parameter_acl" => "rights to settings",
            "pg_replication_slots" => "replication slots",
            "pg_replication_origin" => "origins of replication",
            "pg_subscription" => "subscriptions",
            _ => "what is shared",
        };
        let listed: Vec<String> =
            self.catalogs.keys().map(|catalog| format!("{} ({catalog})", name(catalog))).collect();
        (!listed.is_empty()).then(|| format!("it changes the server, not only the database: {}", listed.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rows: &[(&str, &str, &str)], roles: &[(&str, &str)]) -> SharedCatalogs {
        let row = |(catalog, roles, text): &(&str, &str, &str)| SharedRow {
            catalog: (*catalog).to_owned(),
            roles: roles.split_whitespace().map(str::to_owned).collect(),
            text: (*text).to_owned(),
        };
        SharedCatalogs {
            rows: rows.iter().map(row).collect(),
            roles: roles.iter().map(|(oid, name)| ((*oid).to_owned(), (*name).to_owned())).collect(),
        }
    }

    #[test]
    fn what_others_do_meanwhile_is_theirs() {
        let none = BTreeSet::new();
        let before = seen(&[("pg_authid", "1", "kept"), ("pg_authid", "2", "goes")], &[("1", "kept"), ("2", "goes")]);
        let inside = seen(&[("pg_authid", "1", "kept"), ("pg_authid", "3", "comes")], &[("1", "kept"), ("3", "comes")]);
        let after = seen(&[("pg_authid", "1", "kept"), ("pg_authid", "3", "comes")], &[("1", "kept"), ("3", "comes")]);
        let changed = super::changed(&before, &inside, &after, &none);
        assert!(changed.made.is_empty() && changed.catalogs.is_empty(), "{changed:?}");
    }

    #[test]
    fn what_the_transaction_did_is_told_but_for_its_own_roles() {
        let none = BTreeSet::new();
        let before = seen(&[("pg_authid", "1", "kept")], &[("1", "kept")]);
        let inside = seen(
            &[("pg_authid", "1", "kept, superuser"), ("pg_authid", "9", "app"), ("pg_auth_members", "1 9", "")],
            &[("1", "kept"), ("9", "app")],
        );
        let changed = super::changed(&before, &inside, &before, &none);
        assert_eq!(changed.made, BTreeMap::from([("9".to_owned(), "app".to_owned())]));
        assert_eq!(changed.catalogs, BTreeMap::from([("pg_authid".to_owned(), 2)]));
        assert!(changed.sentence().unwrap().contains("roles (pg_authid)"));
    }
}
