//! GRANT and REVOKE.

use std::collections::{BTreeMap, BTreeSet};

use super::Altered;
use super::name::{full, ident, owner, signature, word};
use crate::catalog::{Grants, Kind, Object};
use crate::sql::{OwnKind, OwnStatement};

pub(crate) fn change(altered: &Altered<'_>) -> Vec<OwnStatement> {
    let now = altered.now;
    let (columns, on) = target(now);
    changes(&altered.now.grants, &altered.before.grants)
        .into_iter()
        .map(|change| OwnStatement::new(OwnKind::Rights, change.sql(&columns, &format!("ON {on}"))))
        .collect()
}

/// What follows ON, and the columns that follow each privilege.
fn target(object: &Object) -> (String, String) {
    match object.kind() {
        Kind::Column => (format!(" ({})", ident(&object.name.name)), format!("TABLE {}", owner(object))),
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView => {
            (String::new(), format!("TABLE {}", full(object)))
        }
        Kind::Other => {
            let named = signature(object);
            (String::new(), if named.starts_with("SERVER ") { format!("FOREIGN {named}") } else { named.to_owned() })
        }
        // GRANT knows no aggregates; (*) is no list of arguments there.
        Kind::Aggregate => (String::new(), format!("FUNCTION {}", full(object).replace("(*)", "()"))),
        kind => (String::new(), format!("{} {}", word(kind), full(object))),
    }
}

/// One statement's worth: what is given to, or taken from, a role.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum GrantChange {
    Revoke { role: String, privileges: Vec<String> },
    RevokeOption { role: String, privileges: Vec<String> },
    Grant { role: String, privileges: Vec<String> },
    GrantWithOption { role: String, privileges: Vec<String> },
}

impl GrantChange {
    pub(crate) fn sql(&self, columns: &str, on: &str) -> String {
        let list = |privileges: &[String]| {
            privileges.iter().map(|privilege| format!("{privilege}{columns}")).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Revoke { role, privileges } => format!("REVOKE {} {on} FROM {role}", list(privileges)),
            Self::RevokeOption { role, privileges } => {
                format!("REVOKE GRANT OPTION FOR {} {on} FROM {role}", list(privileges))
            }
            Self::Grant { role, privileges } => format!("GRANT {} {on} TO {role}", list(privileges)),
            Self::GrantWithOption { role, privileges } => {
                format!("GRANT {} {on} TO {role} WITH GRANT OPTION", list(privileges))
            }
        }
    }
}

type Rights = BTreeMap<(String, String), bool>;

pub(crate) fn changes(now: &Grants, before: &Grants) -> Vec<GrantChange> {
    let (now, before) = (rights(now), rights(before));
    let roles: BTreeSet<&String> = now.keys().chain(before.keys()).map(|(role, _)| role).collect();
    let mut changes = Vec::new();
    for role in roles {
        let of_role = |rights: &Rights, keep: &dyn Fn(&(String, String), bool) -> bool| -> Vec<String> {
            let chosen = rights.iter().filter(|(key, option)| key.0 == *role && keep(key, **option));
            chosen.map(|(key, _)| key.1.clone()).collect()
        };
        let role = role.clone();
        let gone = of_role(&now, &|key, _| !before.contains_key(key));
        let less = of_role(&now, &|key, option| option && before.get(key) == Some(&false));
        let plain = of_role(&before, &|key, option| !option && !now.contains_key(key));
        let more = of_role(&before, &|key, option| option && now.get(key) != Some(&true));
        let candidates = [
            GrantChange::Revoke { role: role.clone(), privileges: gone },
            GrantChange::RevokeOption { role: role.clone(), privileges: less },
            GrantChange::Grant { role: role.clone(), privileges: plain },
            GrantChange::GrantWithOption { role, privileges: more },
        ];
        changes.extend(candidates.into_iter().filter(|change| !change.privileges().is_empty()));
    }
    changes
}

impl GrantChange {
    fn privileges(&self) -> &[String] {
        match self {
            Self::Revoke { privileges, .. }
            | Self::RevokeOption { privileges, .. }
            | Self::Grant { privileges, .. }
            | Self::GrantWithOption { privileges, .. } => privileges,
        }
    }
}

fn rights(grants: &Grants) -> Rights {
    grants.0.iter().map(|grant| ((grant.role.clone(), grant.privilege.clone()), grant.with_option)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Fact, Id, ObjectName};

    fn read(lines: &str) -> Grants {
        let name = ObjectName { schema: None, owner: None, name: "t".to_owned() };
        Object::of(Id { kind: Kind::Table, object: 1, part: 0 }, name, &[(Fact::Grants, lines)]).grants
    }

    #[test]
    fn what_differs_is_given_and_taken() {
        let changes =
            changes(&read("a INSERT\na SELECT *\n\"b c\" SELECT"), &read("PUBLIC SELECT\na SELECT\na UPDATE *"));
        let sql: Vec<String> = changes.iter().map(|change| change.sql("", "ON TABLE t")).collect();
        assert_eq!(
            sql,
            [
                "REVOKE SELECT ON TABLE t FROM \"b c\"",
                "GRANT SELECT ON TABLE t TO PUBLIC",
                "REVOKE INSERT ON TABLE t FROM a",
                "REVOKE GRANT OPTION FOR SELECT ON TABLE t FROM a",
                "GRANT UPDATE ON TABLE t TO a WITH GRANT OPTION",
            ]
        );
    }
}
