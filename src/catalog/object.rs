use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::body::Body;
use super::fact::Fact;
use super::field::Field as _;
use super::grants::Grants;
use super::kind::Kind;
#[cfg(feature = "postgres")]
use super::{
    rule::{ForeignKey, Rule, RuleKind},
    states::Inheritance,
    values::PartitionOrigin,
};

use crate::sql::Ident;

/// What identifies an object within one database, and survives a rename.
///
/// PostgreSQL: the kind, the oid, and the number of a column. SQLite: the kind, the root page of a table or index (0 for what
/// has none, which is matched by name), and the position of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub(crate) kind: Kind,
    pub(crate) object: u32,
    pub(crate) part: u32,
}

/// A name with the schema that it is in, where the dialect has schemas; parts belong to the object that has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectName {
    pub(crate) schema: Option<String>,
    /// The table of a column, constraint, trigger, rule or policy: what SQL says after ON, or before the dot.
    pub(crate) owner: Option<String>,
    /// With the argument types of a function: `add(integer, integer)` is another object than `add(text, text)`.
    pub(crate) name: String,
}

/// As SQL names it, but for what belongs to a table, which is shown as `table.part`.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.schema, &self.owner].into_iter().flatten() {
            write!(f, "{}.", Ident(part))?;
        }
        write!(f, "{}", Ident(&self.name))
    }
}

/// An object of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) id: Id,
    pub(crate) name: ObjectName,
    /// What it goes with: a column with its table.
    pub(crate) parent: Option<Id>,
    pub(crate) owner: Option<String>,
    pub(crate) grants: Grants,
    pub(crate) comment: Option<String>,
    /// What its kind has besides.
    pub(crate) body: Body,
    /// What must exist before it.
    pub(crate) depends_on: BTreeSet<Id>,
}

impl Object {
    /// An object of which nothing is known yet but its name.
    pub(crate) fn new(id: Id, name: ObjectName) -> Self {
        Self {
            id,
            name,
            parent: None,
            owner: None,
            grants: Grants::default(),
            comment: None,
            body: Body::of(id.kind),
            depends_on: BTreeSet::new(),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.id.kind
    }

    /// Reads a field from its canonical text; false where this kind has none of that name, or the text is none of it.
    pub(crate) fn read(&mut self, fact: Fact, text: &str) -> bool {
        match fact {
            Fact::Owner => self.owner.read(text),
            Fact::Grants => self.grants.read(text),
            Fact::Comment => self.comment.read(text),
            fact => self.body.read(fact, text),
        }
    }

    /// The canonical texts of all fields that are there, in the order in which they are hashed: for what is the same for every kind, to
    /// compare, to print and to record. Who wants to know something of an object reads its body.
    pub(crate) fn facts(&self) -> BTreeMap<Fact, Cow<'_, str>> {
        let mut texts = BTreeMap::new();
        self.body.write(&mut texts);
        if self.body.column().is_some_and(|column| column.written.is_some()) {
            texts.retain(|fact, _| matches!(fact, Fact::Definition | Fact::Position));
        }
        texts.extend(self.owner.text().map(|text| (Fact::Owner, text)));
        texts.extend(self.grants.text().map(|text| (Fact::Grants, text)));
        texts.extend(self.comment.text().map(|text| (Fact::Comment, text)));
        texts
    }

    /// Whether both have the same fields, whatever they are called.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.body == other.body
            && (&self.owner, &self.grants, &self.comment) == (&other.owner, &other.grants, &other.comment)
    }

    /// The names of the fields in which two objects differ.
    pub(crate) fn differing(&self, other: &Self) -> Vec<Fact> {
        if self.is_alike(other) {
            return Vec::new();
        }
        let (own, others) = (self.facts(), other.facts());
        let names: BTreeSet<Fact> = own.keys().chain(others.keys()).copied().collect();
        names.into_iter().filter(|fact| own.get(fact) != others.get(fact)).collect()
    }
}

impl Object {
    /// The place of a column among those of its table.
    pub(crate) fn position(&self) -> Option<u32> {
        self.body.column()?.position
    }

    /// The statement that makes it, of what is one statement in the server's own words.
    pub(crate) fn statement(&self) -> Option<&str> {
        match &self.body {
            Body::Function(function) => function.definition.as_deref(),
            Body::Trigger(trigger) => trigger.definition.as_deref(),
            Body::Statistics(statistics) => statistics.definition.as_deref(),
            Body::Index(index) => index.definition.as_ref().map(|definition| definition.text.as_str()),
            _ => None,
        }
    }
}

#[cfg(feature = "postgres")]
impl Object {
    /// The type of a column, or the one that a domain is over.
    pub(crate) fn data_type(&self) -> &str {
        let declared = match &self.body {
            Body::Column(column) => &column.data_type,
            Body::Domain(domain) => &domain.data_type,
            _ => &None,
        };
        declared.as_deref().unwrap_or_default()
    }

    /// Whether it is a column or a constraint that its table has from a parent.
    pub(crate) fn is_inherited(&self) -> bool {
        match &self.body {
            Body::Column(column) => column.inheritance != Inheritance::Own,
            Body::Constraint(constraint) => constraint.origin == Some(PartitionOrigin::Inherited),
            _ => false,
        }
    }

    pub(crate) fn is_generated(&self) -> bool {
        self.body.column().is_some_and(|column| column.generated.is_some())
    }

    /// Whether it is the sequence of an identity column.
    pub(crate) fn is_of_identity(&self) -> bool {
        self.body.sequence().is_some_and(|sequence| sequence.identity_of.is_some())
    }

    pub(crate) fn is_foreign_key(&self) -> bool {
        self.body.constraint().and_then(|constraint| constraint.rule.as_ref()).is_some_and(Rule::is_foreign_key)
    }

    pub(crate) fn foreign_key(&self) -> Option<&ForeignKey> {
        match &self.body.constraint()?.rule.as_ref()?.kind {
            RuleKind::ForeignKey(key) => Some(key),
            _ => None,
        }
    }

    /// The columns of a primary key.
    pub(crate) fn primary_key(&self) -> Option<&[String]> {
        match &self.body.constraint()?.rule.as_ref()?.kind {
            RuleKind::PrimaryKey { columns } => Some(columns),
            _ => None,
        }
    }

    /// The part of the parent's rows that a partition holds.
    pub(crate) fn partition_bound(&self) -> Option<&str> {
        self.body.table()?.partition_bound.as_deref()
    }
}

/// Objects for tests, by the canonical texts of their fields.
#[cfg(test)]
impl Object {
    pub(crate) fn of(id: Id, name: ObjectName, facts: &[(Fact, &str)]) -> Self {
        let mut object = Self::new(id, name);
        for (fact, text) in facts {
            assert!(object.read(*fact, text), "{:?} {fact:?} {text}", id.kind);
        }
        object
    }
}
