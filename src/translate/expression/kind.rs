//! What a value in an expression is on PostgreSQL.

use crate::convert::{NumericLimit, TargetType};
use crate::database::sqlite::inspect::Affinity;

/// What a value is on PostgreSQL, as far as operators tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// bigint, or smaller. A small one cannot leave its range when a few are added.
    Integer {
        is_small: bool,
    },
    Real,
    /// numeric. One of at most 15 digits is ordered as the double is that SQLite has.
    Numeric {
        is_exact: bool,
    },
    Boolean,
    Text,
    Null,
    /// Nothing but whether it is NULL is the same on both.
    Opaque(&'static str),
}

/// What becomes of an expression's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It decides: an error of the server would be a refusal that SQLite does not have.
    Condition,
    /// It is kept. Where a number leaves its range, SQLite goes on with a real and PostgreSQL refuses the row.
    Value,
    /// It is shown by a query, which may count and sum.
    Query,
}

/// A column that an expression may name.
#[derive(Debug, Clone)]
pub(crate) struct ScopeColumn {
    /// The table by the name that a query gives it; none where there is one table.
    pub(crate) table: Option<String>,
    /// Its name on SQLite.
    pub(crate) name: String,
    /// It as SQL of PostgreSQL names it.
    pub(crate) sql: String,
    pub(crate) kind: ValueKind,
    pub(crate) affinity: Affinity,
    /// A collation other than BINARY.
    pub(crate) collation: Option<String>,
    pub(crate) is_json: bool,
}

impl ValueKind {
    /// That of a type.
    pub(crate) fn of(target: &TargetType) -> Self {
        match target {
            TargetType::SmallInt | TargetType::Integer | TargetType::BigInt => Self::Integer { is_small: false },
            TargetType::Double | TargetType::Real => Self::Real,
            TargetType::Numeric(limit) => {
                let is_exact = matches!(limit, Some(NumericLimit { precision, .. }) if *precision <= 15);
                Self::Numeric { is_exact }
            }
            TargetType::Boolean => Self::Boolean,
            TargetType::Text | TargetType::Varchar(_) => Self::Text,
            TargetType::Bytea => Self::Opaque("bytea"),
            TargetType::Uuid => Self::Opaque("uuid"),
            TargetType::Json | TargetType::Jsonb => Self::Opaque("jsonb"),
            _ => Self::Opaque("a time"),
        }
    }

    /// The type, as messages name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Integer { .. } => "an integer",
            Self::Real => "double precision",
            Self::Numeric { .. } => "numeric",
            Self::Boolean => "boolean",
            Self::Text => "text",
            Self::Null => "NULL",
            Self::Opaque(name) => name,
        }
    }
}
