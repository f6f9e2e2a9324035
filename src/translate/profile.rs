//! What the values of a column are: counted in one scan, by the function that will convert them.

use std::collections::BTreeMap;

use super::declared::{DeclaredType, TypeFamily, is_moment};
use crate::convert::{ColumnRule, ConvertOptions, Reason, StoredValue, TargetType, convert};

/// The values of a column, counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnProfile {
    pub(super) nulls: u64,
    /// Those that are not NULL.
    pub(super) values: u64,
    /// How many fit each type, in the order of [`Candidates`].
    pub(super) fits: Vec<TypeFit>,
    /// The smallest and the largest integer, where all values are integers.
    pub(super) integers: Option<(i64, i64)>,
    /// The bytes of the longest text.
    pub(super) longest: usize,
}

/// How many values fit a type.
#[derive(Debug, Clone)]
pub(super) struct TypeFit {
    pub(super) target: TargetType,
    pub(super) count: u64,
    /// How many of these need a rule.
    pub(super) by_rule: u64,
    /// Why the first value does not that does not.
    pub(super) refused: Option<Reason>,
    is_tried: bool,
}

/// The profiles of all columns, by table and column as SQLite names them.
pub(crate) type Profiles = BTreeMap<(String, String), ColumnProfile>;

/// After so many values of which none fits, a type is not tried any longer.
const PATIENCE: u64 = 200;

/// Counts the values of one column.
#[derive(Debug)]
pub(crate) struct ColumnCounter {
    candidates: Vec<ColumnRule>,
    family: TypeFamily,
    names_uuid: bool,
    profile: ColumnProfile,
}

impl ColumnCounter {
    /// Of a column by its name and declared type, with what `[map.convert]` sets for it.
    pub(crate) fn new(name: &str, datatype: &str, options: &ConvertOptions) -> Self {
        let declared = DeclaredType::of(datatype);
        let rule = |target: TargetType| ColumnRule { target, may_be_null: true, options: options.clone() };
        let targets = candidates(name, &declared);
        let fit = |target: &TargetType| TypeFit {
            target: target.clone(),
            count: 0,
            by_rule: 0,
            refused: None,
            is_tried: true,
        };
        let profile = ColumnProfile { fits: targets.iter().map(fit).collect(), ..ColumnProfile::default() };
        let lower = name.to_ascii_lowercase();
        let names_uuid = declared.family == TypeFamily::Uuid || lower.contains("uuid") || lower.contains("guid");
        Self { candidates: targets.into_iter().map(rule).collect(), family: declared.family, names_uuid, profile }
    }

    pub(crate) fn count(&mut self, value: StoredValue<'_>) {
        if value == StoredValue::Null {
            self.profile.nulls += 1;
            return;
        }
        let is_first = self.profile.values == 0;
        self.profile.values += 1;
        self.profile.integers = match (value, self.profile.integers) {
            (StoredValue::Integer(value), None) if is_first => Some((value, value)),
            (StoredValue::Integer(value), Some((low, high))) => Some((low.min(value), high.max(value))),
            _ => None,
        };
        if let StoredValue::Text(text) = value {
            self.profile.longest = self.profile.longest.max(text.len());
        }
        for at in 0..self.candidates.len() {
            self.try_type(at, value);
        }
    }

    fn try_type(&mut self, at: usize, value: StoredValue<'_>) {
        let fit = &self.profile.fits[at];
        if !fit.is_tried {
            return;
        }
        let converted = self.looks_like(&fit.target, value).then(|| convert(value, &self.candidates[at]));
        let (values, fit) = (self.profile.values, &mut self.profile.fits[at]);
        match converted {
            Some(Ok(converted)) => {
                fit.count += 1;
                fit.by_rule += u64::from(converted.ways.has_rule());
            }
            Some(Err(reason)) => fit.refused = fit.refused.take().or(Some(reason)),
            None => {}
        }
        fit.is_tried = fit.count > 0 || values < PATIENCE;
    }

    /// Whether a value is written as people write values of a type: what can be read as one need not be meant so.
    fn looks_like(&self, target: &TargetType, value: StoredValue<'_>) -> bool {
        let text = match value {
            StoredValue::Text(text) => text,
            StoredValue::Integer(_) => return !matches!(target, TargetType::Jsonb) || self.family == TypeFamily::Json,
            _ => return true,
        };
        match target {
            // 32 digits may be a checksum.
            TargetType::Uuid => text.len() != 32 || self.names_uuid,
            TargetType::Date => text.len() <= 10,
            TargetType::Jsonb if self.family != TypeFamily::Json => {
                matches!(text.trim_ascii_start().first(), Some(b'{' | b'[') | None)
            }
            TargetType::BigInt | TargetType::Double | TargetType::Numeric(_) | TargetType::Boolean => false,
            _ => true,
        }
    }

    pub(crate) fn finish(self) -> ColumnProfile {
        self.profile
    }
}

impl ColumnProfile {
    pub(super) fn fit(&self, target: &TargetType) -> Option<&TypeFit> {
        self.fits.iter().find(|fit| fit.target == *target)
    }

    /// Whether every value fits.
    pub(super) fn is_all(&self, target: &TargetType) -> bool {
        self.fit(target).is_some_and(|fit| fit.count == self.values)
    }
}

/// The types that are tried.
fn candidates(name: &str, declared: &DeclaredType) -> Vec<TargetType> {
    let numbers = [TargetType::Boolean, TargetType::BigInt, TargetType::Double, TargetType::Numeric(None)];
    let times = [TargetType::Date, TargetType::Timestamptz(6), TargetType::Timestamp(6)];
    let texts = [TargetType::Uuid, TargetType::Jsonb, TargetType::Text];
    let mut all: Vec<TargetType> = match declared.family {
        TypeFamily::Boolean | TypeFamily::Integer | TypeFamily::Real | TypeFamily::Decimal => numbers.into(),
        TypeFamily::Blob => vec![TargetType::Bytea, TargetType::Uuid],
        _ => numbers.into_iter().chain(times).chain(texts).chain([TargetType::Bytea]).collect(),
    };
    all.extend(declared.digits().map(|limit| TargetType::Numeric(Some(limit))));
    all.extend(declared.length().map(|length| TargetType::Varchar(Some(length))));
    if declared.family == TypeFamily::Time || is_moment(name) {
        all.push(TargetType::Time(6));
    }
    all
}
