//! Functions that mean the same on both.

use super::{Constant, Scope, Writing, WrittenExpr, unify};
use crate::database::sqlite::inspect::Affinity;
use crate::translate::expression::Untranslated;
use crate::translate::expression::kind::{Use, ValueKind};
use crate::translate::expression::syntax::{AGGREGATES, Expr};

const SMALL: ValueKind = ValueKind::Integer { is_small: true };

/// count, sum, min and max of the rows of a group. Those of SQLite that give a double add in an order of their own.
fn aggregate(scope: &Scope<'_>, name: &str, argument: Option<&Expr>) -> Writing {
    let whole = ValueKind::Integer { is_small: false };
    let Some(argument) = argument else { return Ok(WrittenExpr::closed("count(*)", whole)) };
    let value = Scope { use_: Use::Value, ..*scope }.value(argument)?;
    match (name, value.kind) {
        ("count", _) => Ok(WrittenExpr::closed(format!("count({})", value.sql), whole)),
        ("sum", ValueKind::Integer { .. }) => Ok(WrittenExpr::closed(format!("sum({})::bigint", value.sql), whole)),
        ("min" | "max", ValueKind::Integer { .. } | ValueKind::Real | ValueKind::Numeric { .. }) => {
            Ok(WrittenExpr::closed(format!("{name}({})", value.sql), value.kind))
        }
        (_, kind) => Err(Untranslated::new(format!("{name}() of {}", kind.name()))),
    }
}

/// A function by its name in lower case.
pub(super) fn call(scope: &Scope<'_>, name: &str, arguments: &[Expr]) -> Writing {
    let is_aggregate = name == "count(*)" || arguments.len() == 1 && AGGREGATES.contains(&name);
    if is_aggregate && scope.use_ == Use::Query {
        return aggregate(scope, name, arguments.first());
    }
    let values = arguments.iter().map(|argument| scope.value(argument)).collect::<Result<Vec<_>, _>>()?;
    let text = |at: usize| {
        let value: &WrittenExpr = &values[at];
        match value.kind {
            ValueKind::Text => Ok(value),
            kind => Err(Untranslated::new(format!("{name}() of {}", kind.name()))),
        }
    };
    match (name, values.len()) {
        ("length", 1) => length(scope, &values[0]),
        // SQLite changes the case of ASCII letters alone, as the collation "C" does.
        ("lower" | "upper", 1) => {
            Ok(WrittenExpr::closed(format!("{name}({} COLLATE \"C\")", text(0)?.operand()), ValueKind::Text))
        }
        ("trim" | "ltrim" | "rtrim", 1 | 2) => {
            let name = if name == "trim" { "btrim" } else { name };
            let characters = if values.len() == 2 { text(1)?.sql.clone() } else { "' '".to_owned() };
            Ok(WrittenExpr::closed(format!("{name}({}, {characters})", text(0)?.sql), ValueKind::Text))
        }
        ("replace", 3) => Ok(WrittenExpr::closed(
            format!("replace({}, {}, {})", text(0)?.sql, text(1)?.sql, text(2)?.sql),
            ValueKind::Text,
        )),
        ("instr", 2) => Ok(WrittenExpr::closed(format!("strpos({}, {})", text(0)?.sql, text(1)?.sql), SMALL)),
        ("substr" | "substring", 2 | 3) => {
            text(0)?;
            substring(&values)
        }
        ("coalesce" | "ifnull", 2..) => {
            let mut values = values;
            let kind = unify(&mut values)?;
            Ok(WrittenExpr::closed(format!("coalesce({})", listed(&values)), kind))
        }
        ("nullif", 2) => {
            // Its comparison has a collation and affinities of its own.
            super::compare::compare(scope, "=", &arguments[0], &arguments[1])?;
            let mut values = values;
            let kind = unify(&mut values)?;
            Ok(WrittenExpr::closed(format!("nullif({})", listed(&values)), kind))
        }
        ("abs", 1) if values[0].is_integer() => {
            Ok(WrittenExpr::closed(format!("abs({})", values[0].sql), values[0].kind))
        }
        ("abs", 1) if values[0].kind == ValueKind::Real => {
            Ok(WrittenExpr::closed(format!("abs({})", values[0].sql), ValueKind::Real))
        }
        ("iif" | "if", 3) => {
            let arms = [(arguments[0].clone(), arguments[1].clone())];
            scope.value(&Expr::Case { of: None, arms: arms.into(), otherwise: Some(Box::new(arguments[2].clone())) })
        }
        ("typeof", 1) => type_of(scope, &values[0]),
        ("json_valid", 1) if scope.column(&values[0]).is_some_and(|column| column.is_json) => Ok(WrittenExpr::closed(
            format!("CASE WHEN {} IS NOT NULL THEN true END", values[0].operand()),
            ValueKind::Boolean,
        )),
        _ => Err(Untranslated::new(format!("the function {name}() of SQLite"))),
    }
}

fn listed(values: &[WrittenExpr]) -> String {
    values.iter().map(|value| value.sql.as_str()).collect::<Vec<_>>().join(", ")
}

fn length(scope: &Scope<'_>, value: &WrittenExpr) -> Writing {
    match value.kind {
        ValueKind::Text => Ok(WrittenExpr::closed(format!("length({})", value.sql), SMALL)),
        ValueKind::Integer { .. } if value.literal.is_none() => {
            Ok(WrittenExpr::closed(format!("length({})", value.cast("text")), SMALL))
        }
        ValueKind::Opaque("bytea") if scope.column(value).is_some() => {
            Ok(WrittenExpr::closed(format!("octet_length({})", value.sql), SMALL))
        }
        kind => Err(Untranslated::new(format!("length() of {}", kind.name()))),
    }
}

/// Counted from 1: what 0 and negative numbers mean differs.
fn substring(values: &[WrittenExpr]) -> Writing {
    let numbers: Vec<i64> = values[1..]
        .iter()
        .map_while(|value| match value.literal {
            Some(Constant::Integer(number)) => Some(number),
            _ => None,
        })
        .collect();
    match numbers[..] {
        [1..=1_000_000] | [1..=1_000_000, 0..=1_000_000] if numbers.len() + 1 == values.len() => {
            Ok(WrittenExpr::closed(format!("substr({})", listed(values)), ValueKind::Text))
        }
        _ => Err(Untranslated::new("substr() from or up to what is no positive constant")),
    }
}

/// The storage class, where all values that the type keeps have one.
fn type_of(scope: &Scope<'_>, value: &WrittenExpr) -> Writing {
    let affinity = scope.column(value).map(|column| column.affinity);
    let class = match (value.kind, affinity) {
        (ValueKind::Integer { .. } | ValueKind::Boolean, Some(_)) => "integer",
        (ValueKind::Text, Some(_)) => "text",
        (ValueKind::Real, Some(Affinity::Real)) => "real",
        (ValueKind::Opaque("bytea"), Some(_)) => "blob",
        _ => return Err(Untranslated::new(format!("typeof() of {}", value.kind.name()))),
    };
    let sql = format!("CASE WHEN {} IS NULL THEN 'null' ELSE '{class}' END", value.operand());
    Ok(WrittenExpr::closed(sql, ValueKind::Text))
}

/// Only a whole number as a text is the same on both. Behind a CAST a column keeps its collation.
pub(super) fn cast(scope: &Scope<'_>, of: &Expr, datatype: &str) -> Writing {
    let value = scope.value(of)?;
    match (value.kind, datatype) {
        (ValueKind::Text, "text") | (ValueKind::Integer { .. }, "integer" | "int") => Ok(value),
        (ValueKind::Integer { .. }, "text") => Ok(WrittenExpr::closed(value.cast("text"), ValueKind::Text)),
        (kind, _) => Err(Untranslated::new(format!("CAST of {} to {}", kind.name(), datatype.to_uppercase()))),
    }
}

/// `||`.
pub(super) fn join(scope: &Scope<'_>, left: &Expr, right: &Expr) -> Writing {
    let text = |expr: &Expr| {
        let value = scope.value(expr)?;
        match value.kind {
            ValueKind::Text => Ok(value.operand()),
            ValueKind::Integer { .. } => Ok(value.cast("text")),
            kind => Err(Untranslated::new(format!("|| of {}", kind.name()))),
        }
    };
    Ok(WrittenExpr::open(format!("{} || {}", text(left)?, text(right)?), ValueKind::Text))
}
