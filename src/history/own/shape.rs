//! The shapes that releases have given the history's tables, as the catalog of each database words them.

use std::borrow::Cow;

use crate::catalog::{Fact, Kind, NotNull, Object};
use crate::history::columns::{HistoryColumn, HistoryType, LOG, releases};

/// How the catalog of a database words the history's tables. SQLite's has what was written, PostgreSQL's what it made of it.
struct Wording {
    column: fn(HistoryType) -> Vec<(Fact, &'static str)>,
    history: &'static [(&'static str, &'static str)],
    log: &'static [(&'static str, &'static str)],
    /// The sequence of the log's identity, which belongs to its column.
    sequences: &'static [&'static str],
}

const WORDINGS: [Wording; 2] = [
    Wording { column: on_sqlite, history: &[], log: &[], sequences: &[] },
    Wording {
        column: on_postgres,
        history: &[
            ("PRIMARY KEY", "PRIMARY KEY (version)"),
            (
                "CHECK",
                "CHECK ((state = ANY (ARRAY['applied'::text, 'partial'::text, 'reverting'::text, 'skipped'::text, 'baseline'::text])))",
            ),
        ],
        log: &[("PRIMARY KEY", "PRIMARY KEY (id)")],
        sequences: &["AS bigint START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1 NO CYCLE"],
    },
];

fn on_sqlite(holds: HistoryType) -> Vec<(Fact, &'static str)> {
    let definition = match holds {
        HistoryType::Key => "integer primary key not null",
        HistoryType::Line => "integer primary key",
        HistoryType::Text => "text not null",
        HistoryType::MaybeText => "text",
        HistoryType::State => {
            "text not null check ( state in ( 'applied' , 'partial' , 'reverting' , 'skipped' , 'baseline' ) )"
        }
        HistoryType::Number => "integer not null",
        HistoryType::Flag => "integer not null default 0",
        HistoryType::Moment => "text not null default ( strftime ( '%Y-%m-%dT%H:%M:%fZ' , 'now' ) )",
    };
    vec![(Fact::Definition, definition)]
}

fn on_postgres(holds: HistoryType) -> Vec<(Fact, &'static str)> {
    let (name, more) = match holds {
        HistoryType::Key | HistoryType::Number => ("bigint", None),
        HistoryType::Line => ("bigint", Some((Fact::Identity, "ALWAYS"))),
        HistoryType::Text | HistoryType::State => ("text", None),
        HistoryType::MaybeText => return vec![(Fact::Type, "text")],
        HistoryType::Flag => ("boolean", Some((Fact::Default, "false"))),
        HistoryType::Moment => ("timestamp with time zone", Some((Fact::Default, "clock_timestamp()"))),
    };
    let facts = [Some((Fact::Type, name)), Some((Fact::NotNull, "NOT NULL")), more];
    facts.into_iter().flatten().collect()
}

/// A table: what each of its columns is, in their order, and its constraints. Nothing else belongs to it.
pub(super) struct HistoryShape {
    columns: &'static [HistoryColumn],
    wording: &'static Wording,
    constraints: &'static [(&'static str, &'static str)],
    sequences: &'static [&'static str],
}

/// The history as each release has made it. What was released stays: databases have it.
pub(super) fn histories() -> impl Iterator<Item = HistoryShape> {
    let of = |wording: &'static Wording| {
        releases().map(move |columns| HistoryShape { columns, wording, constraints: wording.history, sequences: &[] })
    };
    WORDINGS.iter().flat_map(of)
}

/// The log.
pub(super) fn logs() -> impl Iterator<Item = HistoryShape> {
    WORDINGS.iter().map(|wording| HistoryShape {
        columns: &LOG,
        wording,
        constraints: wording.log,
        sequences: wording.sequences,
    })
}

/// What an administrator decides of a table, its column or its index, whatever made it: who may read it, where it lies, what is said of it.
fn is_free(fact: Fact) -> bool {
    matches!(fact, Fact::Owner | Fact::Grants | Fact::Comment | Fact::IndexComment | Fact::Tablespace)
}

/// What is said of an object besides that.
fn facts(object: &Object) -> impl Iterator<Item = (Fact, Cow<'_, str>)> {
    object.facts().into_iter().filter(|(fact, value)| !is_free(*fact) && !value.is_empty())
}

/// Whether a table has no options, no partitions, no parents, no constraints in its own text.
pub(super) fn is_plain(table: &Object) -> bool {
    facts(table).next().is_none()
}

impl HistoryShape {
    /// Whether these are all that belong to a table of this shape.
    pub(super) fn has(&self, parts: &[&Object]) -> bool {
        let mut columns: Vec<&Object> = parts.iter().copied().filter(|part| part.kind() == Kind::Column).collect();
        columns.sort_by_key(|column| column.position());
        let constraints: Vec<&Object> = parts.iter().copied().filter(|part| part.kind() == Kind::Constraint).collect();
        parts.len() == columns.len() + constraints.len()
            && columns.len() == self.columns.len()
            && columns.iter().zip(self.columns).all(|(column, wanted)| self.is_column(column, *wanted))
            && constraints.len() == self.constraints.len()
            && self.constraints.iter().all(|wanted| constraints.iter().any(|found| is_constraint(found, *wanted)))
    }

    /// Whether these are all that belong to the columns and constraints of a table of this shape.
    pub(super) fn has_below(&self, below: &[&Object]) -> bool {
        let is_wanted = |object: &&Object| {
            let said = facts(object).filter(|(fact, _)| *fact != Fact::Identity);
            let wanted = self.sequences.iter().map(|one| (Fact::Definition, Cow::Borrowed(*one)));
            object.kind() == Kind::Sequence && said.eq(wanted)
        };
        below.len() == self.sequences.len() && below.iter().all(is_wanted)
    }

    fn is_column(&self, column: &Object, wanted: HistoryColumn) -> bool {
        let said: Vec<_> = facts(column).filter(|(fact, _)| *fact != Fact::Position).collect();
        let facts = (self.wording.column)(wanted.holds);
        let is_said = |(fact, wanted): &(Fact, &str)| {
            said.iter().any(|(found, value)| found == fact && (value == wanted || is_named(*fact, column)))
        };
        column.name.name == wanted.name && said.len() == facts.len() && facts.iter().all(is_said)
    }
}

/// From PostgreSQL 18 on a NOT NULL has a name, which keeps that of the table before it was renamed, or is cut off.
fn is_named(fact: Fact, object: &Object) -> bool {
    let not_null = object.body.column().and_then(|column| column.not_null.as_ref());
    let is_whole = |not_null: &NotNull| not_null.name.is_some() && not_null.suffix().is_empty();
    fact == Fact::NotNull && not_null.is_some_and(is_whole)
}

fn is_constraint(object: &Object, (kind, definition): (&str, &str)) -> bool {
    let said: Vec<_> = facts(object).collect();
    said == [(Fact::Definition, Cow::Borrowed(definition)), (Fact::Type, Cow::Borrowed(kind))]
}
