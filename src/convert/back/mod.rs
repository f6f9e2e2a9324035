//! How a value of PostgreSQL is stored on SQLite again: in the form that the column has there, and so that [`convert`] makes the same value of it.

mod document;
mod form;
mod number;
#[cfg(test)]
mod tests;
mod text;

use super::json::canonical_of_valid;
use super::{ColumnRule, Decimal, StoredValue, TargetType, TargetValue, convert, cut};

pub(crate) use self::form::StoredForm;
use super::value::OwnedStored;

/// The forms in which a column may store a value, the preferred one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnForms {
    forms: Vec<StoredForm>,
}

impl ColumnForms {
    /// In the order in which they are preferred where nothing is known of the column.
    pub(crate) fn usual(rule: &ColumnRule) -> Self {
        Self { forms: form::all(rule) }
    }

    /// Those that values of the column have come first, the most frequent one before others.
    pub(crate) fn learnt<'a>(rule: &ColumnRule, samples: impl Iterator<Item = StoredValue<'a>>) -> Self {
        let mut forms: Vec<(StoredForm, usize)> = form::all(rule).into_iter().map(|form| (form, 0)).collect();
        for sample in samples {
            let Ok(converted) = convert(sample, rule) else { continue };
            for (form, count) in &mut forms {
                let is_it = form.store(&converted.value, rule).is_some_and(|stored| stored.as_ref() == sample);
                *count += usize::from(is_it);
            }
        }
        // The sort is stable, so that forms that are as frequent stay in their order.
        forms.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Self { forms: forms.into_iter().map(|(form, _)| form).collect() }
    }

    /// The value in the first form of which the rule makes it again; none where there is no such form.
    pub(crate) fn store(&self, value: &TargetValue<'_>, rule: &ColumnRule) -> Option<OwnedStored> {
        let value = &kept(value, rule);
        let stored = |form: &StoredForm| form.store(value, rule).filter(|stored| becomes(stored.as_ref(), value, rule));
        self.forms.iter().find_map(stored)
    }
}

/// Whether a rule makes this value of a stored one.
pub(crate) fn becomes(stored: StoredValue<'_>, value: &TargetValue<'_>, rule: &ColumnRule) -> bool {
    convert(stored, rule).is_ok_and(|converted| is_same(&converted.value, value, &rule.compared()))
}

/// What SQLite keeps of a value.
fn kept<'v>(value: &TargetValue<'v>, rule: &ColumnRule) -> TargetValue<'v> {
    match (value, &*rule.compared()) {
        (TargetValue::Timestamp(micros), TargetType::Timestamptz(digits) | TargetType::Timestamp(digits)) => {
            TargetValue::Timestamp(cut(*micros, *digits))
        }
        (TargetValue::Time(micros), TargetType::Time(digits)) => TargetValue::Time(cut(*micros, *digits)),
        _ => value.clone(),
    }
}

/// Whether two values of a column are equal on the server. What it tells apart is told apart, such as `-0` of a double.
pub(crate) fn is_same(one: &TargetValue<'_>, other: &TargetValue<'_>, target: &TargetType) -> bool {
    match (one, other) {
        (TargetValue::Numeric(Decimal::Finite(one)), TargetValue::Numeric(Decimal::Finite(other))) => {
            one.normal() == other.normal()
        }
        (TargetValue::Double(one), TargetValue::Double(other)) => {
            one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
        }
        (TargetValue::Single(one), TargetValue::Single(other)) => {
            one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
        }
        (TargetValue::Text(one), TargetValue::Text(other)) if matches!(target, TargetType::Char(_)) => {
            one.trim_end_matches(' ') == other.trim_end_matches(' ')
        }
        (TargetValue::Json(one), TargetValue::Json(other)) if *target == TargetType::Jsonb => {
            one == other || canonical_of_valid(one) == canonical_of_valid(other)
        }
        (TargetValue::Array(one), TargetValue::Array(other)) => {
            let TargetType::Array { element, .. } = target else { return false };
            // Of several dimensions the values are arrays of the same type.
            let of = |value: &TargetValue<'_>| if matches!(value, TargetValue::Array(_)) { target } else { &**element };
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other, of(one)))
        }
        (TargetValue::Timestamp(one), TargetValue::Timestamp(other)) => match target {
            TargetType::Timestamptz(digits) | TargetType::Timestamp(digits) => {
                cut(*one, *digits) == cut(*other, *digits)
            }
            _ => one == other,
        },
        (TargetValue::Time(one), TargetValue::Time(other)) => match target {
            TargetType::Time(digits) => cut(*one, *digits) == cut(*other, *digits),
            _ => one == other,
        },
        _ => one == other,
    }
}
