//! Numbers that are computed.

use super::{Constant, Scope, Writing, WrittenExpr, as_integer};
use crate::translate::expression::Untranslated;
use crate::translate::expression::kind::{Use, ValueKind};
use crate::translate::expression::syntax::Expr;

/// `-`, `+`, `~`.
pub(super) fn unary(scope: &Scope<'_>, operator: &str, of: &Expr) -> Writing {
    let of = number(scope, of)?;
    match (operator, of.kind) {
        ("~", ValueKind::Integer { .. }) if of.literal.is_none() => {
            Ok(WrittenExpr::open(format!("~ {}", of.operand()), ValueKind::Integer { is_small: false }))
        }
        ("-", ValueKind::Integer { is_small: true } | ValueKind::Real) => {
            Ok(WrittenExpr::open(format!("- {}", of.operand()), of.kind))
        }
        ("-", ValueKind::Integer { .. }) => Ok(match scope.use_ {
            Use::Condition => WrittenExpr::open(format!("- {}", of.cast("numeric")), exact()),
            Use::Value | Use::Query => WrittenExpr::open(format!("- {}", of.operand()), of.kind),
        }),
        _ => Err(Untranslated::new(format!("{operator} before {}", of.kind.name()))),
    }
}

/// Of whole numbers: wide enough for what two of them give.
fn exact() -> ValueKind {
    ValueKind::Numeric { is_exact: true }
}

/// An operand, of which a boolean is 0 or 1.
fn number(scope: &Scope<'_>, expr: &Expr) -> Writing {
    let written = scope.value(expr)?;
    Ok(if written.kind == ValueKind::Boolean { as_integer(&written) } else { written })
}

pub(super) fn binary(scope: &Scope<'_>, operator: &'static str, left: &Expr, right: &Expr) -> Writing {
    let (left, right) = (number(scope, left)?, number(scope, right)?);
    let written = |kind| Ok(WrittenExpr::open(format!("{} {operator} {}", left.operand(), right.operand()), kind));
    match (operator, left.kind, right.kind) {
        (_, ValueKind::Null, _) | (_, _, ValueKind::Null) => Err(Untranslated::new(format!("{operator} beside NULL"))),
        ("/" | "%", ValueKind::Integer { is_small }, ValueKind::Integer { .. }) => match right.literal {
            // By 0 SQLite has NULL and PostgreSQL an error.
            Some(Constant::Integer(1..)) if left.literal.is_none() => written(ValueKind::Integer { is_small }),
            _ => Err(Untranslated::new(format!("{operator} by what is no positive constant"))),
        },
        ("&" | "|", ValueKind::Integer { .. }, ValueKind::Integer { .. }) => {
            written(ValueKind::Integer { is_small: false })
        }
        ("+" | "-", ValueKind::Integer { is_small: true }, ValueKind::Integer { is_small: true }) => {
            written(ValueKind::Integer { is_small: true })
        }
        ("+" | "-" | "*", ValueKind::Integer { .. }, ValueKind::Integer { .. }) => Ok(match scope.use_ {
            Use::Value | Use::Query => written(ValueKind::Integer { is_small: false })?,
            Use::Condition => {
                let sql = format!("{} {operator} {}", left.cast("numeric"), right.operand());
                WrittenExpr::open(sql, exact())
            }
        }),
        ("+" | "-" | "*", ValueKind::Real | ValueKind::Integer { .. } | ValueKind::Numeric { .. }, _)
            if scope.use_ != Use::Condition && is_double(&left) && is_double(&right) =>
        {
            Ok(WrittenExpr::open(format!("{} {operator} {}", double(&left), double(&right)), ValueKind::Real))
        }
        _ => Err(Untranslated::new(format!("{operator} of {} and {}", left.kind.name(), right.kind.name()))),
    }
}

/// Whether SQLite computes with it as a double, and so can PostgreSQL.
fn is_double(value: &WrittenExpr) -> bool {
    match value.kind {
        ValueKind::Real | ValueKind::Integer { .. } => true,
        ValueKind::Numeric { .. } => value.literal.is_some(),
        _ => false,
    }
}

fn double(value: &WrittenExpr) -> String {
    if value.kind == ValueKind::Real { value.operand() } else { value.cast("double precision") }
}
