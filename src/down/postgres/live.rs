//! A live database as it would be on a scratch database: without what tells apart who made them, and when.

use std::collections::{BTreeMap, BTreeSet};

use super::{home, roles};
use crate::catalog::{Body, Catalog, Grant, Grants, Kind, Object, ObjectName, StorageParameters};
use crate::database::Inspection;
use crate::sql::{Ident, OwnStatement, Plain};

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
    let model = &scratch.snapshot;
    let mut named: BTreeMap<(Kind, &ObjectName), &Object> = BTreeMap::new();
    for object in model.iter() {
        named.entry((object.kind(), &object.name)).or_insert(object);
    }
    catalog.change_all(|object| {
        // Whoever ran the migrations there, and whoever runs them here.
        rename(object, &live.role, &scratch.role);
        if let Some(model) = named.get(&(object.kind(), &object.name)) {
            as_in_model(object, model, made, &scratch.role);
        }
    });
    Ok(catalog)
}

/// Takes over from the same object of a scratch database what is no work of migrations.
fn as_in_model(object: &mut Object, model: &Object, made: Option<&str>, role: &str) {
    match (&mut object.body, &model.body) {
        (Body::Schema(_), _) if object.name.name == "public" => as_since_15(object, model),
        (Body::Schema(_), _) if made == Some(object.name.name.as_str()) => home::as_made(object, model, role),
        // Which release of an extension is installed depends on when that was done.
        (Body::Extension(own), Body::Extension(model)) if model.version.is_some() => {
            own.version.clone_from(&model.version);
        }
        (Body::Table(own), Body::Table(model)) => in_order_of(&mut own.settings, &model.settings),
        (Body::View(own), Body::View(model)) => in_order_of(&mut own.settings, &model.settings),
        (Body::Column(own), Body::Column(model)) => in_order_of(&mut own.settings, &model.settings),
        (Body::Constraint(own), Body::Constraint(model)) => in_order_of(&mut own.settings, &model.settings),
        _ => {}
    }
}

/// The catalog, with the name of one role as that of another.
pub(super) fn with_role(catalog: &Catalog, from: &str, to: &str) -> Catalog {
    let mut catalog = catalog.clone();
    catalog.change_all(|object| rename(object, from, to));
    catalog
}

/// Statements that name who ran the migrations as the live database does; and why some are left out.
pub(super) fn statements(
    live: &Inspection<Catalog>,
    scratch_role: &str,
    statements: Vec<OwnStatement>,
) -> (Vec<OwnStatement>, Option<String>) {
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

/// Settings that somebody set once more stand in another order, and are the same.
fn in_order_of(own: &mut StorageParameters, model: &StorageParameters) {
    let set = |settings: &StorageParameters| settings.0.iter().cloned().collect::<BTreeSet<_>>();
    if set(own) == set(model) {
        own.clone_from(model);
    }
}

fn rename(object: &mut Object, from: &str, to: &str) {
    if from == to {
        return;
    }
    if let Body::DefaultPrivilege(privilege) = &mut object.body {
        if object.name.owner.as_deref() == Some(from) {
            object.name.owner = Some(to.to_owned());
            for name in [Plain(from).to_string(), Ident(from).to_string()] {
                let clause = privilege.clause.take();
                privilege.clause =
                    clause.map(|text| text.replace(&format!("FOR ROLE {name}"), &format!("FOR ROLE {}", Plain(to))));
            }
        }
        privilege.otherwise = renamed(&privilege.otherwise, from, to);
    }
    if object.owner.as_deref() == Some(from) {
        object.owner = Some(to.to_owned());
    }
    object.grants = renamed(&object.grants, from, to);
}

/// The same rights of a role that is called otherwise, in order.
fn renamed(grants: &Grants, from: &str, to: &str) -> Grants {
    let own = [Plain(from).to_string(), Ident(from).to_string()];
    let rename = |grant: &Grant| {
        let role = if own.contains(&grant.role) { Plain(to).to_string() } else { grant.role.clone() };
        Grant { role, ..grant.clone() }
    };
    grants.0.iter().map(rename).collect::<Grants>().sorted()
}

fn as_since_15(public: &mut Object, model: &Object) {
    if is_older_default(public, model) {
        public.owner.clone_from(&model.owner);
        public.grants.clone_from(&model.grants);
    }
}

/// Whether the schema `public` is as it was from the start before PostgreSQL 15, which an upgrade keeps, and migrations left it as a new
/// database has it (<https://www.postgresql.org/docs/15/release-15.html>, "Remove PUBLIC creation permission").
fn is_older_default(live: &Object, model: &Object) -> bool {
    let rights = |owner: &str, others: &[&str]| {
        let role = Plain(owner).to_string();
        let own = ["CREATE", "USAGE"].map(|privilege| Grant::plain(&role, privilege));
        let others = others.iter().map(|privilege| Grant::plain("PUBLIC", privilege));
        own.into_iter().chain(others).collect::<Grants>().sorted()
    };
    let owner = live.owner.as_deref().unwrap_or_default();
    model.owner.as_deref() == Some("pg_database_owner")
        && model.grants == rights("pg_database_owner", &["USAGE"])
        && live.grants == rights(owner, &["CREATE", "USAGE"])
        && live.comment == model.comment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Fact, Id, Kind, ObjectName, diff};

    fn object(kind: Kind, name: &str, facts: &[(Fact, &str)]) -> Object {
        let name = ObjectName { schema: None, owner: None, name: name.to_owned() };
        Object::of(Id { kind, object: 1, part: 0 }, name, facts)
    }

    fn inspection(role: &str, release: &str, objects: &[Object]) -> Inspection<Catalog> {
        let snapshot = objects.iter().cloned().collect::<Catalog>();
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
