//! The shapes that releases have given the history's tables, as the catalog of each database words them. A shape that was released stays in
//! the list: databases have it.

use crate::catalog::{Fact, Kind, Object};

/// A table: what each of its columns is, in their order, and its constraints. Nothing else belongs to it.
pub(super) struct Shape {
    columns: &'static [Column],
    /// What was there before a column was added that is the last one now.
    more: &'static [Column],
    constraints: &'static [(&'static str, &'static str)],
    /// The sequences of identities, which belong to their columns.
    sequences: &'static [&'static str],
}

struct Column {
    name: &'static str,
    facts: &'static [(Fact, &'static str)],
}

const NOT_NULL: (Fact, &str) = (Fact::NotNull, "NOT NULL");

macro_rules! columns {
    ($($name:literal: $($fact:expr),+;)*) => {
        &[$(Column { name: $name, facts: &[$($fact),+] },)*]
    };
}

const fn is(definition: &'static str) -> (Fact, &'static str) {
    (Fact::Definition, definition)
}

const fn typed(name: &'static str) -> (Fact, &'static str) {
    (Fact::Type, name)
}

const fn default(value: &'static str) -> (Fact, &'static str) {
    (Fact::Default, value)
}

const SQLITE_NOW: (Fact, &str) = is("text not null default ( strftime ( '%Y-%m-%dT%H:%M:%fZ' , 'now' ) )");

const SQLITE: &[Column] = columns! {
    "version": is("integer primary key not null");
    "description": is("text not null");
    "phase": is("text");
    "checksum": is("text not null");
    "state": is("text not null check ( state in ( 'applied' , 'partial' , 'reverting' , 'skipped' , 'baseline' ) )");
    "statements_done": is("integer not null");
    "statements": is("integer not null");
    "in_doubt": is("integer not null default 0");
    "applied_at": SQLITE_NOW;
    "host": is("text not null");
    "application": is("text not null");
    "tool": is("text not null");
    "duration_ms": is("integer not null");
    "fingerprint": is("text");
    "verdict": is("text");
    "statement_hashes": is("text not null");
    "down_checksum": is("text");
    "down_sql": is("text");
};

const SQLITE_FOUND: &[Column] = columns! { "found": is("text"); };

const SQLITE_LOG: &[Column] = columns! {
    "id": is("integer primary key");
    "logged_at": SQLITE_NOW;
    "action": is("text not null");
    "version": is("integer not null");
    "description": is("text not null");
    "checksum": is("text not null");
    "outcome": is("text not null");
    "detail": is("text");
    "host": is("text not null");
    "application": is("text not null");
    "tool": is("text not null");
    "duration_ms": is("integer not null");
};

const POSTGRES: &[Column] = columns! {
    "version": typed("bigint"), NOT_NULL;
    "description": typed("text"), NOT_NULL;
    "phase": typed("text");
    "checksum": typed("text"), NOT_NULL;
    "state": typed("text"), NOT_NULL;
    "statements_done": typed("bigint"), NOT_NULL;
    "statements": typed("bigint"), NOT_NULL;
    "in_doubt": typed("boolean"), NOT_NULL, default("false");
    "applied_at": typed("timestamp with time zone"), NOT_NULL, default("clock_timestamp()");
    "host": typed("text"), NOT_NULL;
    "application": typed("text"), NOT_NULL;
    "tool": typed("text"), NOT_NULL;
    "duration_ms": typed("bigint"), NOT_NULL;
    "fingerprint": typed("text");
    "verdict": typed("text");
    "statement_hashes": typed("text"), NOT_NULL;
    "down_checksum": typed("text");
    "down_sql": typed("text");
};

const POSTGRES_FOUND: &[Column] = columns! { "found": typed("text"); };

const POSTGRES_LOG: &[Column] = columns! {
    "id": typed("bigint"), NOT_NULL, (Fact::Identity, "ALWAYS");
    "logged_at": typed("timestamp with time zone"), NOT_NULL, default("clock_timestamp()");
    "action": typed("text"), NOT_NULL;
    "version": typed("bigint"), NOT_NULL;
    "description": typed("text"), NOT_NULL;
    "checksum": typed("text"), NOT_NULL;
    "outcome": typed("text"), NOT_NULL;
    "detail": typed("text");
    "host": typed("text"), NOT_NULL;
    "application": typed("text"), NOT_NULL;
    "tool": typed("text"), NOT_NULL;
    "duration_ms": typed("bigint"), NOT_NULL;
};

const POSTGRES_CONSTRAINTS: &[(&str, &str)] = &[
    ("PRIMARY KEY", "PRIMARY KEY (version)"),
    (
        "CHECK",
        "CHECK ((state = ANY (ARRAY['applied'::text, 'partial'::text, 'reverting'::text, 'skipped'::text, 'baseline'::text])))",
    ),
];

const IDENTITY: &str = "AS bigint START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1 NO CYCLE";

/// Of each database: as the first release made it, and with the column that was added.
pub(super) const HISTORIES: &[Shape] = &[
    Shape { columns: SQLITE, more: &[], constraints: &[], sequences: &[] },
    Shape { columns: SQLITE, more: SQLITE_FOUND, constraints: &[], sequences: &[] },
    Shape { columns: POSTGRES, more: &[], constraints: POSTGRES_CONSTRAINTS, sequences: &[] },
    Shape { columns: POSTGRES, more: POSTGRES_FOUND, constraints: POSTGRES_CONSTRAINTS, sequences: &[] },
];

pub(super) const LOGS: &[Shape] = &[
    Shape { columns: SQLITE_LOG, more: &[], constraints: &[], sequences: &[] },
    Shape {
        columns: POSTGRES_LOG,
        more: &[],
        constraints: &[("PRIMARY KEY", "PRIMARY KEY (id)")],
        sequences: &[IDENTITY],
    },
];

/// What an administrator decides of a table, its column or its index, whatever made it: who may read it, where it lies, what is said of it.
fn is_free(fact: Fact) -> bool {
    matches!(fact, Fact::Owner | Fact::Grants | Fact::Comment | Fact::IndexComment | Fact::Tablespace)
}

/// What is said of an object besides that.
fn facts(object: &Object) -> impl Iterator<Item = (Fact, &str)> {
    let all = object.facts.iter().map(|(fact, value)| (*fact, value.as_str()));
    all.filter(|(fact, value)| !is_free(*fact) && !value.is_empty())
}

/// Whether a table has no options, no partitions, no parents, no constraints in its own text.
pub(super) fn is_plain(table: &Object) -> bool {
    facts(table).next().is_none()
}

impl Shape {
    /// Whether these are all that belong to a table of this shape.
    pub(super) fn has(&self, parts: &[&Object]) -> bool {
        let all = || self.columns.iter().chain(self.more);
        let mut columns: Vec<&Object> = parts.iter().copied().filter(|part| part.kind() == Kind::Column).collect();
        columns.sort_by_key(|column| column.fact(Fact::Position).and_then(|at| at.parse::<u32>().ok()));
        let constraints: Vec<&Object> = parts.iter().copied().filter(|part| part.kind() == Kind::Constraint).collect();
        parts.len() == columns.len() + constraints.len()
            && columns.len() == all().count()
            && columns.iter().zip(all()).all(|(column, wanted)| wanted.is(column))
            && constraints.len() == self.constraints.len()
            && self.constraints.iter().all(|wanted| constraints.iter().any(|found| is_constraint(found, *wanted)))
    }

    /// Whether these are all that belong to the columns and constraints of a table of this shape.
    pub(super) fn has_below(&self, below: &[&Object]) -> bool {
        let is_wanted = |object: &&Object| {
            let said = facts(object).filter(|(fact, _)| *fact != Fact::Identity);
            object.kind() == Kind::Sequence && said.eq(self.sequences.iter().map(|one| (Fact::Definition, *one)))
        };
        below.len() == self.sequences.len() && below.iter().all(is_wanted)
    }
}

impl Column {
    fn is(&self, column: &Object) -> bool {
        let said: Vec<(Fact, &str)> = facts(column).filter(|(fact, _)| *fact != Fact::Position).collect();
        let is_said = |(fact, wanted): &(Fact, &str)| {
            said.iter().any(|(found, value)| found == fact && (value == wanted || is_named(*fact, value)))
        };
        column.name.name == self.name && said.len() == self.facts.len() && self.facts.iter().all(is_said)
    }
}

/// From PostgreSQL 18 on a NOT NULL has a name, which keeps that of the table before it was renamed, or is cut off.
fn is_named(fact: Fact, value: &str) -> bool {
    fact == Fact::NotNull && value.starts_with("CONSTRAINT ") && value.ends_with(" NOT NULL")
}

fn is_constraint(object: &Object, (kind, definition): (&str, &str)) -> bool {
    let said: Vec<(Fact, &str)> = facts(object).collect();
    said.len() == 2 && said.contains(&(Fact::Type, kind)) && said.contains(&(Fact::Definition, definition))
}
