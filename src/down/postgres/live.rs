//! A live database as it would be on a scratch database: without what tells apart who made them, and when.

use std::collections::{BTreeMap, BTreeSet};

use super::{home, roles};
use crate::catalog::{Catalog, Fact, Kind, Object};
use crate::database::Inspection;
use crate::sql::{Ident, Plain};

/// The live catalog made comparable with that of a scratch database, in which this schema was made since no migration does. The error says why
/// it is not.
pub(super) fn comparable(
    live: &Inspection<Catalog>,
    scratch: &Inspection<Catalog>,
    made: Option<&str>,
) -> Result<Catalog, String> {
    if live.release != scratch.release {
        return Err(format!(
            "the scratch database is on {}, this one on {}: their words for one schema differ",
            server(&scratch.release),
            server(&live.release)
        ));
    }
    let mut catalog = live.snapshot.clone();
    for object in catalog.objects.values_mut() {
        // Whoever ran the migrations there, and whoever runs them here.
        rename(object, &live.role, &scratch.role);
    }
    let model = &scratch.snapshot;
    let of_model = |object: &Object| {
        model.of_kind(object.kind()).find(|other| other.name == object.name).map(|other| other.facts.clone())
    };
    for object in catalog.objects.values_mut() {
        match object.kind() {
            Kind::Schema if object.name.name == "public" => {
                if let Some(facts) = of_model(object).filter(|facts| is_older_default(&object.facts, facts)) {
                    object.facts = facts;
                }
            }
            Kind::Schema if made == Some(object.name.name.as_str()) => {
                if let Some(model) = model.of_kind(Kind::Schema).find(|other| other.name == object.name) {
                    home::as_made(object, model, &scratch.role);
                }
            }
            // Which release of an extension is installed depends on when that was done.
            Kind::Extension => {
                if let Some(version) = of_model(object).and_then(|mut facts| facts.remove(&Fact::Version)) {
                    object.facts.insert(Fact::Version, version);
                }
            }
            _ => {}
        }
        // Settings that somebody set once more stand in another order, and are the same.
        if let Some(options) = object.fact(Fact::Options).and_then(|own| same_options(own, &of_model(object)?)) {
            object.facts.insert(Fact::Options, options);
        }
    }
    Ok(catalog)
}

/// The catalog, with the name of one role as that of another.
pub(super) fn with_role(catalog: &Catalog, from: &str, to: &str) -> Catalog {
    let mut catalog = catalog.clone();
    catalog.objects.values_mut().for_each(|object| rename(object, from, to));
    catalog
}

/// Statements that name who ran the migrations as the live database does; and why some are left out.
pub(super) fn statements(
    live: &Inspection<Catalog>,
    scratch_role: &str,
    statements: Vec<String>,
) -> (Vec<String>, Option<String>) {
    if live.role == scratch_role {
        return (statements, None);
    }
    // Where the live database speaks of both roles, they cannot be told apart once they have one name.
    let has_both = with_role(&live.snapshot, scratch_role, &live.role) != live.snapshot;
    let mut left_out = None;
    let told = statements.into_iter().filter_map(|statement| {
        let told = roles::replaced(&statement, scratch_role, &Plain(&live.role).to_string());
        if told != statement && has_both {
            let roles = (Plain(&live.role), Plain(scratch_role));
            left_out = Some(format!(
                "a right or owner that is either {}'s or {}'s: `diff` as the former tells",
                roles.0, roles.1
            ));
            return None;
        }
        Some(told)
    });
    let told = told.collect();
    (told, left_out)
}

/// The server's part of a release.
fn server(release: &str) -> &str {
    release.split('.').next().unwrap_or_default()
}

/// The settings of the model, where these are the same in another order.
fn same_options(own: &str, model: &BTreeMap<Fact, String>) -> Option<String> {
    let set = |options: &str| options.split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
    model.get(&Fact::Options).filter(|options| set(options) == set(own)).cloned()
}

fn rename(object: &mut Object, from: &str, to: &str) {
    if from == to {
        return;
    }
    if object.kind() == Kind::DefaultPrivilege && object.name.owner.as_deref() == Some(from) {
        object.name.owner = Some(to.to_owned());
        for name in [Plain(from).to_string(), Ident(from).to_string()] {
            let replaced =
                |text: &String| text.replace(&format!("FOR ROLE {name}"), &format!("FOR ROLE {}", Plain(to)));
            if let Some(definition) = object.facts.get(&Fact::Definition).map(replaced) {
                object.facts.insert(Fact::Definition, definition);
            }
        }
    }
    if object.fact(Fact::Owner) == Some(from) {
        object.facts.insert(Fact::Owner, to.to_owned());
    }
    for fact in [Fact::Grants, Fact::Value] {
        if let Some(grants) =
            object.fact(fact).filter(|_| fact == Fact::Grants || object.kind() == Kind::DefaultPrivilege)
        {
            let grants = renamed(grants, from, to);
            object.facts.insert(fact, grants);
        }
    }
}

/// Lines that begin with the name of a role, in order.
fn renamed(grants: &str, from: &str, to: &str) -> String {
    let mut lines: Vec<String> = grants
        .lines()
        .map(|line| {
            let own = [Plain(from).to_string(), Ident(from).to_string()];
            let rest = own.iter().find_map(|name| line.strip_prefix(name.as_str())?.strip_prefix(' '));
            rest.map_or_else(|| line.to_owned(), |rest| format!("{} {rest}", Plain(to)))
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

/// Whether the schema `public` is as it was from the start before PostgreSQL 15, which an upgrade keeps, and migrations left it as a new
/// database has it (<https://www.postgresql.org/docs/15/release-15.html>, "Remove PUBLIC creation permission").
fn is_older_default(live: &BTreeMap<Fact, String>, model: &BTreeMap<Fact, String>) -> bool {
    let of = |facts: &BTreeMap<Fact, String>, fact| facts.get(&fact).cloned().unwrap_or_default();
    let defaults = |owner: &str, others: &str| {
        let mut lines: Vec<String> = others.lines().map(str::to_owned).collect();
        lines.extend(["CREATE", "USAGE"].map(|right| format!("{} {right}", Plain(owner))));
        lines.sort();
        lines.join("\n")
    };
    let owner = of(live, Fact::Owner);
    of(model, Fact::Owner) == "pg_database_owner"
        && of(model, Fact::Grants) == defaults("pg_database_owner", "PUBLIC USAGE")
        && of(live, Fact::Grants) == defaults(&owner, "PUBLIC CREATE\nPUBLIC USAGE")
        && of(live, Fact::Comment) == of(model, Fact::Comment)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::{Id, ObjectName, diff};

    fn object(kind: Kind, name: &str, facts: &[(Fact, &str)]) -> Object {
        Object {
            id: Id { kind, object: 1, part: 0 },
            name: ObjectName { schema: None, owner: None, name: name.to_owned() },
            parent: None,
            facts: facts.iter().map(|(fact, value)| (*fact, (*value).to_owned())).collect(),
            depends_on: BTreeSet::new(),
        }
    }

    fn inspection(role: &str, release: &str, objects: &[Object]) -> Inspection<Catalog> {
        let snapshot = Catalog { objects: objects.iter().map(|object| (object.id, object.clone())).collect() };
        Inspection { snapshot, release: release.to_owned(), role: role.to_owned(), path: None }
    }

    fn differs(live: &[Object], scratch: &[Object]) -> bool {
        let (live, scratch) = (inspection("app", "pg15", live), inspection("ci", "pg15", scratch));
        !diff(&scratch.snapshot, &comparable(&live, &scratch, None).unwrap()).is_empty()
    }

    #[test]
    fn who_ran_the_migrations_makes_no_difference() {
        let table =
            |owner: &str, grants: &str| object(Kind::Table, "t", &[(Fact::Owner, owner), (Fact::Grants, grants)]);
        let here = table("ci", "auditor SELECT\nci INSERT\nci SELECT");
        assert!(!differs(&[table("app", "app INSERT\napp SELECT\nauditor SELECT")], std::slice::from_ref(&here)));
        assert!(differs(&[table("other", "app INSERT\napp SELECT\nauditor SELECT")], std::slice::from_ref(&here)));
        assert!(differs(&[table("app", "app INSERT\napp SELECT")], &[here]));
    }

    #[test]
    fn the_order_of_settings_makes_no_difference() {
        let table = |options: &str| object(Kind::Table, "t", &[(Fact::Options, options)]);
        let here = table("fillfactor='70', autovacuum_enabled='false'");
        assert!(!differs(&[table("autovacuum_enabled='false', fillfactor='70'")], std::slice::from_ref(&here)));
        assert!(differs(&[table("autovacuum_enabled='true', fillfactor='70'")], std::slice::from_ref(&here)));
        assert!(differs(&[table("fillfactor='70'")], &[here]));
    }

    #[test]
    fn an_upgraded_server_makes_no_difference() {
        let public =
            |owner: &str, grants: &str| object(Kind::Schema, "public", &[(Fact::Owner, owner), (Fact::Grants, grants)]);
        let new = public("pg_database_owner", "PUBLIC USAGE\npg_database_owner CREATE\npg_database_owner USAGE");
        let old = public("postgres", "PUBLIC CREATE\nPUBLIC USAGE\npostgres CREATE\npostgres USAGE");
        assert!(!differs(std::slice::from_ref(&old), std::slice::from_ref(&new)));
        // Where a migration took the right away, it is missed.
        assert!(differs(&[old], &[public("pg_database_owner", "pg_database_owner CREATE\npg_database_owner USAGE")]));
        let extension = |version: &str| object(Kind::Extension, "hstore", &[(Fact::Version, version)]);
        assert!(!differs(&[extension("1.7")], &[extension("1.8")]));
    }

    #[test]
    fn two_releases_are_not_compared() {
        let reason = comparable(&inspection("app", "pg14", &[]), &inspection("app", "pg15", &[]), None).unwrap_err();
        assert!(reason.starts_with("the scratch database is on pg15, this one on pg14"), "{reason}");
    }
}
