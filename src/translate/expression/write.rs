//! An expression as SQL of PostgreSQL.

mod arithmetic;
mod compare;
mod functions;
mod pattern;

use super::Untranslated;
use super::kind::{ScopeColumn, Use, ValueKind};
use super::syntax::{Expr, Negation};
use crate::sql::Literal;

pub(super) type Writing = Result<WrittenExpr, Untranslated>;

/// An expression that was translated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WrittenExpr {
    pub(crate) sql: String,
    pub(crate) kind: ValueKind,
    pub(super) literal: Option<Constant>,
    /// The column that it is.
    pub(super) column: Option<usize>,
    binds: Binding,
}

/// Whether it can stand beside any operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binding {
    Closed,
    Open,
}

/// A constant, where an expression is one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Integer(i64),
    Number,
    Text(String),
    Boolean(bool),
}

/// The columns that an expression may name, and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) columns: &'a [ScopeColumn],
    pub(crate) use_: Use,
}

impl WrittenExpr {
    pub(super) fn closed(sql: impl Into<String>, kind: ValueKind) -> Self {
        Self { sql: sql.into(), kind, literal: None, column: None, binds: Binding::Closed }
    }

    pub(super) fn open(sql: impl Into<String>, kind: ValueKind) -> Self {
        Self { binds: Binding::Open, ..Self::closed(sql, kind) }
    }

    fn constant(sql: impl Into<String>, kind: ValueKind, constant: Constant) -> Self {
        Self { literal: Some(constant), ..Self::closed(sql, kind) }
    }

    /// In parentheses, unless it stands for itself.
    pub(crate) fn operand(&self) -> String {
        match self.binds {
            Binding::Closed => self.sql.clone(),
            Binding::Open => format!("({})", self.sql),
        }
    }

    pub(super) fn cast(&self, datatype: &str) -> String {
        format!("{}::{datatype}", self.operand())
    }

    pub(super) fn is_integer(&self) -> bool {
        matches!(self.kind, ValueKind::Integer { .. })
    }
}

/// A text as PostgreSQL reads it, whatever it holds.
pub(crate) fn quoted_text(text: &str) -> String {
    if text.contains('\\') { Literal(Some(text)).to_string() } else { format!("'{}'", text.replace('\'', "''")) }
}

impl Scope<'_> {
    /// An expression that is true, false or NULL.
    ///
    /// # Errors
    /// Something in it does not mean the same on PostgreSQL, or is not known to.
    pub(crate) fn condition(&self, expr: &Expr) -> Writing {
        let written = self.value(expr)?;
        match written.kind {
            ValueKind::Boolean => Ok(written),
            ValueKind::Null => Ok(WrittenExpr::closed("NULL::boolean", ValueKind::Boolean)),
            ValueKind::Integer { .. } | ValueKind::Real | ValueKind::Numeric { .. } => {
                Ok(WrittenExpr::open(format!("{} <> 0", written.operand()), ValueKind::Boolean))
            }
            kind => Err(Untranslated::new(format!("{} stands where it must be true or false", kind.name()))),
        }
    }

    /// Any expression.
    ///
    /// # Errors
    /// As [`condition`](Self::condition).
    pub(crate) fn value(&self, expr: &Expr) -> Writing {
        match expr {
            Expr::Null => Ok(WrittenExpr::closed("NULL", ValueKind::Null)),
            Expr::Integer(number) => Ok(integer(*number)),
            Expr::Number(number) => real(number),
            Expr::Text(text) => Ok(text_literal(text)),
            Expr::Boolean(value) => {
                Ok(WrittenExpr::constant(value.to_string(), ValueKind::Boolean, Constant::Boolean(*value)))
            }
            Expr::Name { table, name, is_double_quoted } => self.name(table.as_deref(), name, *is_double_quoted),
            Expr::Unary { operator: "NOT", of } => {
                let of = self.condition(of)?;
                Ok(WrittenExpr::open(format!("NOT {}", of.operand()), ValueKind::Boolean))
            }
            Expr::Unary { operator, of } => arithmetic::unary(self, operator, of),
            Expr::Binary { operator, left, right } => self.binary(operator, left, right),
            Expr::Between { of, low, high, negation } => compare::between(self, of, (low, high), *negation),
            Expr::In { of, list, negation } => compare::within(self, of, list, *negation),
            Expr::Like { .. } => pattern::like(self, expr),
            Expr::Call { name, arguments } => functions::call(self, name, arguments),
            Expr::Case { of, arms, otherwise } => self.case(of.as_deref(), arms, otherwise.as_deref()),
            Expr::Cast { of, datatype } => functions::cast(self, of, datatype),
            Expr::Collate { of, collation } if collation.eq_ignore_ascii_case("binary") => {
                let of = self.value(of)?;
                Ok(WrittenExpr { column: None, ..of })
            }
            Expr::Collate { collation, .. } => {
                Err(Untranslated::new(format!("COLLATE {} is not there on PostgreSQL", collation.to_uppercase())))
            }
        }
    }

    fn binary(&self, operator: &'static str, left: &Expr, right: &Expr) -> Writing {
        match operator {
            "AND" | "OR" => {
                let (left, right) = (self.condition(left)?, self.condition(right)?);
                Ok(WrittenExpr::open(format!("{} {operator} {}", left.operand(), right.operand()), ValueKind::Boolean))
            }
            "=" | "<>" | "<" | "<=" | ">" | ">=" => compare::compare(self, operator, left, right),
            "IS" => compare::is(self, left, right, Negation::Plain),
            "IS NOT" => compare::is(self, left, right, Negation::Not),
            "||" => functions::join(self, left, right),
            _ => arithmetic::binary(self, operator, left, right),
        }
    }

    /// A column, or the text that SQLite takes a name in double quotes for that names none.
    fn name(&self, table: Option<&str>, name: &str, is_double_quoted: bool) -> Writing {
        let is_of = |column: &ScopeColumn| match (table, &column.table) {
            (Some(table), Some(own)) => own.eq_ignore_ascii_case(table),
            _ => true,
        };
        let is_found = |column: &ScopeColumn| column.name.eq_ignore_ascii_case(name) && is_of(column);
        let found = self.columns.iter().position(is_found);
        if self.columns.iter().filter(|column| is_found(column)).count() > 1 {
            return Err(Untranslated::new(format!("{name} is a column of two tables")));
        }
        match found {
            Some(at) => {
                let column = &self.columns[at];
                Ok(WrittenExpr { column: Some(at), ..WrittenExpr::closed(column.sql.clone(), column.kind) })
            }
            None if is_double_quoted => Ok(text_literal(name)),
            None => Err(Untranslated::new(match name.to_ascii_lowercase().as_str() {
                word @ ("current_timestamp" | "current_date" | "current_time") => {
                    format!("{} is a text on SQLite", word.to_uppercase())
                }
                _ => format!("there is no column {name}"),
            })),
        }
    }

    /// The collation of a column, where it is not that of the bytes.
    pub(crate) fn collation_of(&self, written: &WrittenExpr) -> Option<&str> {
        self.column(written)?.collation.as_deref()
    }

    pub(super) fn column(&self, written: &WrittenExpr) -> Option<&ScopeColumn> {
        written.column.map(|at| &self.columns[at])
    }

    fn case(&self, of: Option<&Expr>, arms: &[(Expr, Expr)], otherwise: Option<&Expr>) -> Writing {
        let mut whens = Vec::new();
        for (when, _) in arms {
            whens.push(match of {
                Some(of) => compare::compare(self, "=", of, when)?,
                None => self.condition(when)?,
            });
        }
        let mut values = arms.iter().map(|(_, then)| self.value(then)).collect::<Result<Vec<_>, _>>()?;
        values.extend(otherwise.map(|otherwise| self.value(otherwise)).transpose()?);
        let kind = unify(&mut values)?;
        let mut sql = "CASE".to_owned();
        for (when, then) in whens.iter().zip(&values) {
            sql.push_str(&format!(" WHEN {} THEN {}", when.sql, then.sql));
        }
        if otherwise.is_some()
            && let Some(last) = values.last()
        {
            sql.push_str(&format!(" ELSE {}", last.sql));
        }
        Ok(WrittenExpr::closed(format!("{sql} END"), kind))
    }
}

/// The one kind of several values, which are made to be of it.
pub(super) fn unify(values: &mut [WrittenExpr]) -> Result<ValueKind, Untranslated> {
    let is_of = |value: &WrittenExpr, kind: ValueKind| value.kind == kind || value.kind == ValueKind::Null;
    let first = values.iter().map(|value| value.kind).find(|kind| *kind != ValueKind::Null).unwrap_or(ValueKind::Null);
    if values.iter().all(|value| is_of(value, first)) && !matches!(first, ValueKind::Opaque(_)) {
        return Ok(first);
    }
    let is_whole =
        |value: &WrittenExpr| value.is_integer() || matches!(value.kind, ValueKind::Boolean | ValueKind::Null);
    if values.iter().all(is_whole) {
        values.iter_mut().filter(|value| value.kind == ValueKind::Boolean).for_each(|value| *value = as_integer(value));
        let is_small = values.iter().all(|value| !matches!(value.kind, ValueKind::Integer { is_small: false }));
        return Ok(ValueKind::Integer { is_small });
    }
    Err(Untranslated::new("its values are of several types"))
}

/// true is 1 on SQLite.
pub(super) fn as_integer(value: &WrittenExpr) -> WrittenExpr {
    match value.literal {
        Some(Constant::Boolean(value)) => integer(i64::from(value)),
        _ => WrittenExpr::closed(value.cast("integer"), ValueKind::Integer { is_small: true }),
    }
}

fn integer(number: i64) -> WrittenExpr {
    let kind = ValueKind::Integer { is_small: number.unsigned_abs() <= 1_000_000 };
    let sql = if number == i64::MIN {
        // Without its sign it is out of the range of bigint.
        "'-9223372036854775808'::bigint".to_owned()
    } else if number < 0 {
        format!("({number})")
    } else {
        number.to_string()
    };
    WrittenExpr::constant(sql, kind, Constant::Integer(number))
}

/// A number of so many digits that the nearest double has no other one of that length near it.
fn real(number: &str) -> Writing {
    let digits = number.split(['e', 'E']).next().unwrap_or_default().bytes().filter(u8::is_ascii_digit).count();
    let value: f64 = number.parse().map_err(|_| Untranslated::new(format!("{number} cannot be read")))?;
    let is_ordinary = value == 0.0 || (1e-100..1e100).contains(&value.abs());
    if digits > 15 || !is_ordinary {
        return Err(Untranslated::new(format!("{number} is another number as a double")));
    }
    let sql = if number.starts_with('-') { format!("({number})") } else { number.to_owned() };
    Ok(WrittenExpr::constant(sql, ValueKind::Numeric { is_exact: true }, Constant::Number))
}

pub(super) fn text_literal(text: &str) -> WrittenExpr {
    WrittenExpr::constant(quoted_text(text), ValueKind::Text, Constant::Text(text.to_owned()))
}
