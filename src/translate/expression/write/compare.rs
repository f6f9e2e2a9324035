//! Comparisons: which values can be compared so that both databases say the same.

use super::{Constant, Scope, Writing, WrittenExpr, as_integer};
use crate::database::sqlite::inspect::Affinity;
use crate::translate::expression::Untranslated;
use crate::translate::expression::kind::ValueKind;
use crate::translate::expression::syntax::{Expr, Negation};

/// `=`, `<>`, `<`, `<=`, `>`, `>=`.
pub(super) fn compare(scope: &Scope<'_>, operator: &str, left: &Expr, right: &Expr) -> Writing {
    let mut both = [scope.value(left)?, scope.value(right)?];
    agree(scope, &mut both)?;
    let collation = order_of(&both, operator);
    let [left, right] = both;
    Ok(WrittenExpr::open(format!("{}{collation} {operator} {}", left.operand(), right.operand()), ValueKind::Boolean))
}

/// `IS`, `IS NOT`.
pub(super) fn is(scope: &Scope<'_>, left: &Expr, right: &Expr, negation: Negation) -> Writing {
    let not = negation.word();
    if *right == Expr::Null {
        let left = scope.value(left)?;
        return Ok(WrittenExpr::open(format!("{} IS {not}NULL", left.operand()), ValueKind::Boolean));
    }
    // IS TRUE asks whether it is another number than 0.
    if let Expr::Boolean(value) = right {
        let left = scope.condition(left)?;
        return Ok(WrittenExpr::open(
            format!("{} IS {not}{}", left.operand(), value.to_string().to_uppercase()),
            ValueKind::Boolean,
        ));
    }
    let mut both = [scope.value(left)?, scope.value(right)?];
    agree(scope, &mut both)?;
    let [left, right] = both;
    let distinct = if negation == Negation::Not { "IS DISTINCT FROM" } else { "IS NOT DISTINCT FROM" };
    Ok(WrittenExpr::open(format!("{} {distinct} {}", left.operand(), right.operand()), ValueKind::Boolean))
}

pub(super) fn between(scope: &Scope<'_>, of: &Expr, (low, high): (&Expr, &Expr), negation: Negation) -> Writing {
    let mut all = [scope.value(of)?, scope.value(low)?, scope.value(high)?];
    agree(scope, &mut all)?;
    let collation = order_of(&all, "<");
    let [of, low, high] = all;
    let (of, low, high, not) = (of.operand(), low.operand(), high.operand(), negation.word());
    Ok(WrittenExpr::open(format!("{of}{collation} {not}BETWEEN {low} AND {high}"), ValueKind::Boolean))
}

pub(super) fn within(scope: &Scope<'_>, of: &Expr, list: &[Expr], negation: Negation) -> Writing {
    if list.is_empty() {
        return Err(Untranslated::new("an empty list"));
    }
    // IN takes the affinity of its left side alone: a column in the list is compared otherwise than beside `=`.
    let is_constant = |expr: &Expr| !matches!(expr, Expr::Name { is_double_quoted: false, .. });
    if !list.iter().all(|expr| expr.names().is_empty() || !is_constant(expr)) {
        return Err(Untranslated::new("an expression in a list"));
    }
    let mut all = vec![scope.value(of)?];
    for expr in list {
        all.push(scope.value(expr)?);
    }
    agree(scope, &mut all)?;
    let list: Vec<String> = all[1..].iter().map(|value| value.sql.clone()).collect();
    let sql = format!("{} {}IN ({})", all[0].operand(), negation.word(), list.join(", "));
    Ok(WrittenExpr::open(sql, ValueKind::Boolean))
}

/// Text is ordered by its bytes on SQLite.
fn order_of(values: &[WrittenExpr], operator: &str) -> &'static str {
    let is_text = values.iter().any(|value| value.kind == ValueKind::Text);
    if is_text && !matches!(operator, "=" | "<>") { " COLLATE \"C\"" } else { "" }
}

/// Makes values comparable as SQLite compares them.
fn agree(scope: &Scope<'_>, values: &mut [WrittenExpr]) -> Result<(), Untranslated> {
    if let Some(collation) = values.iter().find_map(|value| scope.column(value)?.collation.as_ref()) {
        return Err(Untranslated::new(format!("COLLATE {} is not there on PostgreSQL", collation.to_uppercase())));
    }
    let mut known = values.iter().filter(|value| value.kind != ValueKind::Null);
    let is_all = |is: fn(&WrittenExpr) -> bool| values.iter().all(|value| value.kind == ValueKind::Null || is(value));
    if is_all(|value| value.kind == ValueKind::Text) {
        return texts(scope, values);
    }
    if is_all(|value| value.kind == ValueKind::Boolean) || is_all(WrittenExpr::is_integer) {
        return Ok(());
    }
    if is_all(|value| value.kind == ValueKind::Boolean || value.is_integer()) {
        booleans(values);
        return Ok(());
    }
    if let Some(opaque) = known.find(|value| matches!(value.kind, ValueKind::Opaque(_))) {
        return Err(Untranslated::new(format!(
            "{} is {} there, which is compared otherwise than SQLite does",
            opaque.sql,
            opaque.kind.name()
        )));
    }
    numbers(values)
}

/// 0 and 1 are false and true, where nothing else is among them.
fn booleans(values: &mut [WrittenExpr]) {
    let as_boolean = |value: &WrittenExpr| match value.literal {
        Some(Constant::Integer(number @ (0 | 1))) => Some(number == 1),
        _ => None,
    };
    let is_boolean = |value: &WrittenExpr| value.kind == ValueKind::Boolean && value.literal.is_none();
    let all = values.iter().all(|value| !value.is_integer() || as_boolean(value).is_some());
    let is_about_one = values.iter().any(is_boolean);
    for value in values {
        match as_boolean(value) {
            Some(flag) if all && is_about_one => *value = WrittenExpr::closed(flag.to_string(), ValueKind::Boolean),
            _ if value.kind == ValueKind::Boolean && !(all && is_about_one) => *value = as_integer(value),
            _ => {}
        }
    }
}

/// A column whose affinity is that of numbers makes a number of a text that looks like one.
fn texts(scope: &Scope<'_>, values: &[WrittenExpr]) -> Result<(), Untranslated> {
    let is_numeric = |value: &WrittenExpr| {
        scope
            .column(value)
            .is_some_and(|column| !matches!(column.affinity, Affinity::Text | Affinity::Blob | Affinity::Any))
    };
    let looks_numeric = |value: &WrittenExpr| match &value.literal {
        Some(Constant::Text(text)) => text.trim().starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)),
        _ => false,
    };
    if values.iter().any(is_numeric) && values.iter().any(looks_numeric) {
        return Err(Untranslated::new("SQLite reads the text as a number there"));
    }
    Ok(())
}

/// Numbers of several types, where no digit is lost when they are made to be of one.
fn numbers(values: &[WrittenExpr]) -> Result<(), Untranslated> {
    let is = |test: fn(&ValueKind) -> bool| values.iter().any(|value| test(&value.kind));
    let has_text = is(|kind| matches!(kind, ValueKind::Text));
    if has_text {
        return Err(Untranslated::new("a text is compared with a number"));
    }
    if is(|kind| matches!(kind, ValueKind::Boolean)) {
        return Err(Untranslated::new("a boolean is compared with a number that is not whole"));
    }
    let constant = |value: &&WrittenExpr| value.literal.is_none();
    let of = |test: fn(&ValueKind) -> bool| values.iter().filter(constant).any(|value| test(&value.kind));
    let reals = of(|kind| matches!(kind, ValueKind::Real));
    let numerics = of(|kind| matches!(kind, ValueKind::Numeric { .. }));
    let integers = of(|kind| matches!(kind, ValueKind::Integer { .. }));
    let is_beyond = |value: &WrittenExpr| matches!(value.literal, Some(Constant::Integer(number)) if number.unsigned_abs() > 1 << 53);
    if reals && (numerics || integers || values.iter().any(is_beyond)) {
        return Err(Untranslated::new("double precision is compared with another type of numbers"));
    }
    let several = values.iter().filter(constant).count() > 1;
    if numerics && several && of(|kind| matches!(kind, ValueKind::Numeric { is_exact: false })) {
        return Err(Untranslated::new("numbers of numeric without a limit of digits are compared"));
    }
    Ok(())
}
