//! What a constraint demands.

use std::borrow::Cow;

use super::clause::Clauses;
use super::field::Value;
use crate::sql::Dialect;

/// A constraint as its database words it, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// What follows its name.
    pub(crate) text: String,
    pub(crate) kind: RuleKind,
}

/// What is demanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RuleKind {
    PrimaryKey { columns: Vec<String> },
    Unique { columns: Vec<String>, nulls_distinct: bool },
    ForeignKey(ForeignKey),
    Check { expression: String },
    Exclude,
}

/// That the values of columns are those of a row of another table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    /// The schema of the other table, where the text names one.
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// Those of the other table; none where its primary key is meant.
    pub(crate) referenced: Vec<String>,
    pub(crate) is_full_match: bool,
    pub(crate) on_update: ReferentialAction,
    pub(crate) on_delete: ReferentialAction,
    pub(crate) deferrable: Deferrable,
}

/// What becomes of a row when the one that it refers to goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum ReferentialAction {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    /// These columns; all of the key where none is named.
    SetNull(Vec<String>),
    SetDefault(Vec<String>),
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Deferrable {
    #[default]
    No,
    InitiallyImmediate,
    InitiallyDeferred,
}

impl RuleKind {
    /// As SQL calls it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::PrimaryKey { .. } => "PRIMARY KEY",
            Self::Unique { .. } => "UNIQUE",
            Self::ForeignKey(_) => "FOREIGN KEY",
            Self::Check { .. } => "CHECK",
            Self::Exclude => "EXCLUDE",
        }
    }
}

#[cfg(feature = "postgres")]
impl RuleKind {
    /// Whether an index sees to it.
    pub(crate) fn has_index(&self) -> bool {
        matches!(self, Self::PrimaryKey { .. } | Self::Unique { .. } | Self::Exclude)
    }
}

impl Rule {
    /// Reads a constraint of a table, with its name or without. None where that is none which is known here.
    pub(crate) fn read(dialect: Dialect, text: &str) -> Option<Self> {
        let mut clauses = Clauses::new(dialect, text);
        if clauses.takes("constraint") {
            clauses.skip();
        }
        let kind = if clauses.takes("primary key") {
            RuleKind::PrimaryKey { columns: clauses.names()? }
        } else if clauses.takes("unique") {
            let nulls_distinct = !clauses.takes("nulls not distinct");
            RuleKind::Unique { columns: clauses.names()?, nulls_distinct }
        } else if clauses.takes("check") {
            check(&mut clauses)
        } else if clauses.takes("exclude") {
            RuleKind::Exclude
        } else if clauses.takes("foreign key") {
            RuleKind::ForeignKey(foreign_key(&mut clauses)?)
        } else {
            return None;
        };
        Some(Self { text: text.to_owned(), kind })
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn is_foreign_key(&self) -> bool {
        matches!(self.kind, RuleKind::ForeignKey(_))
    }
}

/// The constraints in the text of a column, which is what follows its name.
#[cfg(feature = "sqlite")]
pub(super) fn of_column(dialect: Dialect, column: &str, text: &str) -> Vec<RuleKind> {
    let mut clauses = Clauses::new(dialect, text);
    let columns = || vec![column.to_owned()];
    let mut rules = Vec::new();
    while !clauses.is_at_end() {
        if clauses.takes("primary key") {
            rules.push(RuleKind::PrimaryKey { columns: columns() });
        } else if clauses.takes("unique") {
            rules.push(RuleKind::Unique { columns: columns(), nulls_distinct: true });
        } else if clauses.takes("check") {
            rules.push(check(&mut clauses));
        } else if clauses.takes("references") {
            rules.extend(reference(&mut clauses, columns()).map(RuleKind::ForeignKey));
        } else {
            clauses.skip();
        }
    }
    rules
}

fn check(clauses: &mut Clauses<'_>) -> RuleKind {
    let expression = clauses.group().map_or_else(|| clauses.rest().to_owned(), str::to_owned);
    RuleKind::Check { expression }
}

fn foreign_key(clauses: &mut Clauses<'_>) -> Option<ForeignKey> {
    let columns = clauses.names()?;
    if !clauses.takes("references") {
        return None;
    }
    reference(clauses, columns)
}

/// What follows REFERENCES, as far as it goes: NOT VALID and NOT ENFORCED are said elsewhere.
fn reference(clauses: &mut Clauses<'_>, columns: Vec<String>) -> Option<ForeignKey> {
    let (schema, table) = clauses.qualified()?;
    let referenced = clauses.names().unwrap_or_default();
    let mut key = ForeignKey { columns, schema, table, referenced, ..ForeignKey::default() };
    loop {
        if clauses.takes("on update") {
            key.on_update = action(clauses)?;
        } else if clauses.takes("on delete") {
            key.on_delete = action(clauses)?;
        } else if clauses.takes("match full") {
            key.is_full_match = true;
        } else if clauses.takes("match") {
            clauses.skip();
        } else if clauses.takes("deferrable initially deferred") {
            key.deferrable = Deferrable::InitiallyDeferred;
        } else if clauses.takes("deferrable") {
            key.deferrable = Deferrable::InitiallyImmediate;
        } else if !clauses.takes("not deferrable") && !clauses.takes("initially immediate") {
            return Some(key);
        }
    }
}

fn action(clauses: &mut Clauses<'_>) -> Option<ReferentialAction> {
    Some(if clauses.takes("no action") {
        ReferentialAction::NoAction
    } else if clauses.takes("restrict") {
        ReferentialAction::Restrict
    } else if clauses.takes("cascade") {
        ReferentialAction::Cascade
    } else if clauses.takes("set null") {
        ReferentialAction::SetNull(clauses.names().unwrap_or_default())
    } else if clauses.takes("set default") {
        ReferentialAction::SetDefault(clauses.names().unwrap_or_default())
    } else {
        return None;
    })
}

impl Value for Rule {
    fn parse(text: &str) -> Option<Self> {
        Self::read(Dialect::Postgres, text)
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> RuleKind {
        Rule::read(Dialect::Postgres, text).unwrap_or_else(|| panic!("{text}")).kind
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_keys_are_on() {
        assert_eq!(
            kind("PRIMARY KEY (id, \"a, \"\"b\") INCLUDE (c)"),
            RuleKind::PrimaryKey { columns: names(&["id", "a, \"b"]) }
        );
        assert_eq!(
            kind("UNIQUE NULLS NOT DISTINCT (a)"),
            RuleKind::Unique { columns: names(&["a"]), nulls_distinct: false }
        );
        assert_eq!(kind("CHECK ((a > f(1))) NOT VALID"), RuleKind::Check { expression: "(a > f(1))".into() });
        assert_eq!(kind("EXCLUDE USING gist (c WITH &&) WHERE ((n > 1))"), RuleKind::Exclude);
        assert_eq!(Rule::read(Dialect::Postgres, "DEMAND (a)"), None);
    }

    #[test]
    fn a_foreign_key_is_read_on_both_databases() {
        let RuleKind::ForeignKey(key) = kind(
            "FOREIGN KEY (a, b) REFERENCES public.\"Odd, one\"(c, d) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL (a) \
             DEFERRABLE INITIALLY DEFERRED NOT VALID",
        ) else {
            panic!()
        };
        let wanted = ForeignKey {
            columns: names(&["a", "b"]),
            schema: Some("public".into()),
            table: "Odd, one".into(),
            referenced: names(&["c", "d"]),
            is_full_match: true,
            on_update: ReferentialAction::Cascade,
            on_delete: ReferentialAction::SetNull(names(&["a"])),
            deferrable: Deferrable::InitiallyDeferred,
        };
        assert_eq!(key, wanted);
        let text = "foreign key ( a ) references p on delete set default deferrable";
        let RuleKind::ForeignKey(key) = Rule::read(Dialect::Sqlite, text).unwrap().kind else { panic!() };
        assert_eq!((key.schema, key.table.as_str(), key.referenced), (None, "p", Vec::new()));
        assert_eq!(
            (key.on_delete, key.deferrable),
            (ReferentialAction::SetDefault(Vec::new()), Deferrable::InitiallyImmediate)
        );
    }
}
