use std::collections::BTreeSet;

use super::{Catalog, Grant, Grants, Id, Kind, Object};
use crate::sql::Plain;

/// A schema that a run makes for its history, before the first migration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home<'a> {
    pub(crate) schema: &'a str,
    /// Who runs the migrations.
    pub(crate) role: &'a str,
}

/// Whether a catalog holds nothing but what a new database does, and the schema of the history. What counts not is `ignored`; where there
/// is such, a migration may have used it: what it made then is not what it makes elsewhere.
pub(super) fn is_fresh(catalog: &Catalog, ignored: &BTreeSet<Id>, home: Option<Home<'_>>) -> bool {
    let home = home.filter(|_| ignored.is_empty());
    catalog.iter().filter(|object| !ignored.contains(&object.id)).all(|object| is_there_from_the_start(object, home))
}

fn is_there_from_the_start(object: &Object, home: Option<Home<'_>>) -> bool {
    let is_home = || home.is_some_and(|home| is_as_made(object, home));
    match object.kind() {
        Kind::Setting => object.body.stored_setting().is_some_and(|setting| setting.value == Some(0)),
        Kind::Extension => object.name.name == "plpgsql",
        Kind::Schema => (object.name.name == "public" && has_default_rights(object)) || is_home(),
        _ => false,
    }
}

/// Whether a schema is as a run makes it for the history: its owner's, who has all rights and gave nobody any.
fn is_as_made(schema: &Object, home: Home<'_>) -> bool {
    schema.name.name == home.schema
        && schema.owner.as_deref().is_none_or(|owner| owner == home.role)
        && (schema.grants == Grants::default() || schema.grants == rights_of(home.role))
        && schema.comment.is_none()
}

/// All that the owner of a schema may do.
fn rights_of(owner: &str) -> Grants {
    let role = Plain(owner).to_string();
    ["CREATE", "USAGE"].into_iter().map(|privilege| Grant::plain(&role, privilege)).collect()
}

/// Those of PostgreSQL 15, or those before it (<https://www.postgresql.org/docs/15/release-15.html>).
fn has_default_rights(schema: &Object) -> bool {
    let mut expected: BTreeSet<Grant> = rights_of(schema.owner.as_deref().unwrap_or_default()).0.into_iter().collect();
    let rights: BTreeSet<Grant> = schema.grants.0.iter().cloned().collect();
    expected.insert(Grant::plain("PUBLIC", "USAGE"));
    if rights == expected {
        return true;
    }
    expected.insert(Grant::plain("PUBLIC", "CREATE"));
    rights == expected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Fact, ObjectName};

    fn is_fresh_with(kind: Kind, name: &str, facts: &[(Fact, &str)]) -> bool {
        let name = ObjectName { schema: None, owner: None, name: name.to_owned() };
        let object = Object::of(Id { kind, object: 1, part: 0 }, name, facts);
        let home = Home { schema: "ours", role: "o" };
        is_fresh(&std::iter::once(object).collect(), &BTreeSet::new(), Some(home))
    }

    #[test]
    fn only_what_a_new_database_has() {
        assert!(is_fresh(&Catalog::default(), &BTreeSet::new(), None));
        assert!(is_fresh_with(Kind::Setting, "user_version", &[(Fact::Value, "0")]));
        assert!(!is_fresh_with(Kind::Setting, "user_version", &[(Fact::Value, "3")]));
        assert!(is_fresh_with(Kind::Extension, "plpgsql", &[]));
        assert!(!is_fresh_with(Kind::Extension, "hstore", &[]));
        assert!(!is_fresh_with(Kind::Table, "t", &[]));
        let public = |rights| is_fresh_with(Kind::Schema, "public", &[(Fact::Owner, "o"), (Fact::Grants, rights)]);
        assert!(public("PUBLIC USAGE\no CREATE\no USAGE") && public("PUBLIC CREATE\nPUBLIC USAGE\no CREATE\no USAGE"));
        assert!(!public("o CREATE\no USAGE"));
        let ours = |name, facts: &[(Fact, &str)]| is_fresh_with(Kind::Schema, name, facts);
        assert!(
            ours("ours", &[(Fact::Owner, "o")])
                && ours("ours", &[(Fact::Owner, "o"), (Fact::Grants, "o CREATE\no USAGE")])
        );
        assert!(!ours("theirs", &[(Fact::Owner, "o")]) && !ours("ours", &[(Fact::Owner, "other")]));
        assert!(!ours("ours", &[(Fact::Owner, "o"), (Fact::Grants, "app USAGE\no CREATE\no USAGE")]));
        assert!(!ours("ours", &[(Fact::Owner, "o"), (Fact::Comment, "whose")]));
    }
}
