//! Which type a column gets on PostgreSQL, and by what evidence.

use super::declared::{DeclaredType, TypeFamily, is_flag, is_moment};
use super::profile::{ColumnProfile, TypeFit};
use crate::convert::{Reason, Settlement, TargetType};
use crate::document::toml_string;

/// The type of a column, with what speaks for it.
#[derive(Debug, Clone)]
pub(super) struct TypeChoice {
    pub(super) target: TargetType,
    /// As SQL has it.
    pub(super) sql: String,
    pub(super) origin: TypeOrigin,
    pub(super) evidence: String,
    /// What a person should know of it: one sentence.
    pub(super) doubt: Option<String>,
    /// A rule that would let another type be chosen, with the question that it answers.
    pub(super) question: Option<RuleQuestion>,
}

/// Why a type was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeOrigin {
    /// `[map.types]` has it.
    Given,
    Declared,
    /// The values are all of it, though the column says less.
    Values,
}

/// A rule that a person may take, as schema.toml has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RuleQuestion {
    /// `zone = "UTC"`.
    pub(super) rule: Option<String>,
    /// The type for `[map.types]`, where the rule alone would not lead to it.
    pub(super) datatype: Option<String>,
    pub(super) question: String,
}

/// What there is to know of a column when its type is chosen.
#[derive(Debug, Clone)]
pub(super) struct ColumnFacts<'a> {
    pub(super) name: &'a str,
    pub(super) declared: &'a DeclaredType,
    pub(super) given: Option<&'a str>,
    pub(super) is_rowid: bool,
    pub(super) hints: CheckHints,
    pub(super) profile: Option<&'a ColumnProfile>,
    pub(super) defaults_to_now: bool,
}

/// What its CHECKs say of a column's type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CheckHints {
    /// It is 0 or 1.
    pub(super) is_flag: bool,
    /// It is JSON.
    pub(super) is_json: bool,
}

/// When a type may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Unless a value speaks against it.
    Nothing,
    /// Where there are values, and all fit.
    Values,
}

/// Chooses the type of a column: the one that a person decided, else the one that speaks for itself.
pub(super) fn choose(facts: &ColumnFacts<'_>) -> TypeChoice {
    let choice = own(facts);
    let Some(given) = facts.given else { return choice };
    let target = super::declared::target_of(given);
    if target == choice.target && !matches!(target, TargetType::Other(_)) {
        return TypeChoice { sql: given.to_owned(), origin: TypeOrigin::Given, doubt: None, question: None, ..choice };
    }
    let counted = facts.profile.and_then(|profile| counted(profile, &target));
    let counted = counted.map_or_else(String::new, |counted| format!("; {counted}"));
    let evidence = format!("{}; as [map.types] has it{counted}", facts.declared.shown());
    TypeChoice { sql: given.to_owned(), ..TypeChoice::new(target, TypeOrigin::Given, evidence) }
}

/// The type that the declared one and the values lead to.
fn own(facts: &ColumnFacts<'_>) -> TypeChoice {
    let declared = facts.declared.shown();
    if facts.is_rowid {
        return TypeChoice::new(TargetType::BigInt, TypeOrigin::Declared, format!("{declared} PRIMARY KEY: the rowid"));
    }
    let wanted = wanted(facts);
    let profile = facts.profile.filter(|profile| profile.values > 0);
    let fits = |(target, need): &&(TargetType, Need)| match profile {
        Some(profile) => profile.is_all(target),
        None => *need == Need::Nothing,
    };
    let found = wanted.iter().find(fits).map(|(target, _)| target.clone());
    let fallback = || base(facts.declared);
    let target = found.clone().unwrap_or_else(fallback);
    let evidence = match profile {
        Some(profile) => format!("{declared}; {}", counted(profile, &target).unwrap_or_default()),
        None if facts.profile.is_some() => format!("{declared}; no values"),
        None => declared.to_owned(),
    };
    let origin = if wanted.iter().any(|(known, need)| *known == target && *need == Need::Nothing) {
        TypeOrigin::Declared
    } else {
        TypeOrigin::Values
    };
    let mut choice = TypeChoice::new(target, origin, evidence);
    choice.doubt = doubt(facts, &choice.target, found.is_some());
    choice.question = question(facts, &choice.target, &wanted);
    choice
}

impl TypeChoice {
    fn new(target: TargetType, origin: TypeOrigin, evidence: String) -> Self {
        Self { sql: target.to_string(), target, origin, evidence, doubt: None, question: None }
    }

    /// The type that the column has where its values are not to decide.
    pub(super) fn pinned(declared: &DeclaredType, why: &str) -> Self {
        Self::new(base(declared), TypeOrigin::Declared, format!("{}; {why}", declared.shown()))
    }

    /// The type of a column that this one is tied to.
    pub(super) fn tied(target: &TargetType, sql: &str, declared: &DeclaredType, to: &str) -> Self {
        let evidence = format!("{}; as {to}, which is tied to it by a foreign key", declared.shown());
        Self { sql: sql.to_owned(), ..Self::new(target.clone(), TypeOrigin::Declared, evidence) }
    }
}

/// The type that the declared one has at least.
pub(super) fn base(declared: &DeclaredType) -> TargetType {
    match declared.family {
        TypeFamily::Boolean => TargetType::Boolean,
        TypeFamily::Integer => TargetType::BigInt,
        TypeFamily::Real => TargetType::Double,
        TypeFamily::Decimal => TargetType::Numeric(declared.digits()),
        TypeFamily::Blob => TargetType::Bytea,
        TypeFamily::Date => TargetType::Date,
        TypeFamily::Time => TargetType::Time(6),
        TypeFamily::Timestamp => TargetType::Timestamp(6),
        TypeFamily::Timestamptz => TargetType::Timestamptz(6),
        TypeFamily::Text | TypeFamily::Json | TypeFamily::Uuid | TypeFamily::Any => TargetType::Text,
    }
}

/// The type by which a text is read that is to go into a column of SQLite: more than its affinity says, where a word or a CHECK of it tells.
/// Dates and times are left as they come, unless a CHECK has the one form that is meant.
pub(crate) fn reading_type(datatype: &str, definition: &str) -> TargetType {
    let declared = DeclaredType::of(datatype);
    if definition.contains("json_valid") {
        return TargetType::Json;
    }
    if definition.contains("%Y-%m-%dT%H:%M:%fZ") {
        return TargetType::Timestamptz(3);
    }
    match declared.family {
        TypeFamily::Date | TypeFamily::Time | TypeFamily::Timestamp | TypeFamily::Timestamptz => TargetType::Text,
        TypeFamily::Json => TargetType::Json,
        TypeFamily::Uuid => TargetType::Uuid,
        _ => base(&declared),
    }
}

/// The types that a column may get, the best first.
fn wanted(facts: &ColumnFacts<'_>) -> Vec<(TargetType, Need)> {
    let declared = facts.declared;
    let of = |need: Need, all: &[TargetType]| all.iter().map(|target| (target.clone(), need)).collect::<Vec<_>>();
    let texts = [
        TargetType::Uuid,
        TargetType::Date,
        TargetType::Timestamptz(6),
        TargetType::Timestamp(6),
        TargetType::Time(6),
        TargetType::Jsonb,
    ];
    let numbers = [TargetType::BigInt, TargetType::Double, TargetType::Numeric(None)];
    match declared.family {
        TypeFamily::Boolean => [of(Need::Nothing, &[TargetType::Boolean]), of(Need::Values, &numbers)].concat(),
        TypeFamily::Integer => {
            let flag = match (facts.hints.is_flag, is_flag(facts.name)) {
                (true, _) => of(Need::Nothing, &[TargetType::Boolean]),
                (false, true) => of(Need::Values, &[TargetType::Boolean]),
                (false, false) => Vec::new(),
            };
            [flag, of(Need::Nothing, &numbers[..1]), of(Need::Values, &numbers[1..])].concat()
        }
        TypeFamily::Real => of(Need::Nothing, &[TargetType::Double]),
        TypeFamily::Decimal => {
            [of(Need::Nothing, &[base(declared)]), of(Need::Values, &[TargetType::Numeric(None)])].concat()
        }
        TypeFamily::Blob => [of(Need::Values, &texts[..1]), of(Need::Nothing, &[TargetType::Bytea])].concat(),
        TypeFamily::Text => {
            let json = if facts.hints.is_json { of(Need::Nothing, &[TargetType::Jsonb]) } else { Vec::new() };
            let length = declared.length().map(|length| (TargetType::Varchar(Some(length)), Need::Nothing));
            let own = length.into_iter().chain([(TargetType::Text, Need::Nothing)]).collect();
            [json, of(Need::Values, &texts), own].concat()
        }
        TypeFamily::Json => of(Need::Nothing, &[TargetType::Jsonb, TargetType::Text]),
        TypeFamily::Uuid => of(Need::Nothing, &[TargetType::Uuid, TargetType::Text]),
        TypeFamily::Date | TypeFamily::Time | TypeFamily::Timestamp | TypeFamily::Timestamptz => {
            let own = of(Need::Nothing, &[base(declared)]);
            [own, of(Need::Values, &texts[1..5]), of(Need::Values, &numbers)].concat()
        }
        TypeFamily::Any => {
            let all = [of(Need::Values, &numbers), of(Need::Values, &texts), of(Need::Values, &[TargetType::Bytea])];
            [all.concat(), of(Need::Nothing, &[TargetType::Text])].concat()
        }
    }
}

/// `48,211 of 48,211 values are UUIDs`.
fn counted(profile: &ColumnProfile, target: &TargetType) -> Option<String> {
    let fit = profile.fit(target).filter(|_| profile.values > 0)?;
    let by_rule = match fit.by_rule {
        0 => String::new(),
        1 if profile.values == 1 => ", by [map.convert]".to_owned(),
        count => format!(", {} of them by [map.convert]", thousands(count)),
    };
    let (many, one) = described(target);
    Some(match (fit.count, profile.values) {
        (1, 1) => format!("its one value is {one}{by_rule}"),
        (_, 1) => format!("its one value is not {one}"),
        (count, values) => format!("{} of {} values are {many}{by_rule}", thousands(count), thousands(values)),
    })
}

/// Values of a type, and one of them.
fn described(target: &TargetType) -> (String, String) {
    let both = |many: &str, one: &str| (many.to_owned(), one.to_owned());
    match target {
        TargetType::Boolean => both("0 or 1", "0 or 1"),
        TargetType::BigInt => both("whole numbers", "a whole number"),
        TargetType::Double | TargetType::Numeric(None) => both("numbers", "a number"),
        TargetType::Uuid => both("UUIDs", "a UUID"),
        TargetType::Date => both("ISO 8601 dates", "an ISO 8601 date"),
        TargetType::Timestamptz(_) => both("ISO 8601 with zone", "ISO 8601 with zone"),
        TargetType::Timestamp(_) => both("ISO 8601 without zone", "ISO 8601 without zone"),
        TargetType::Time(_) => both("times of day", "a time of day"),
        TargetType::Jsonb | TargetType::Json => both("JSON", "JSON"),
        TargetType::Text | TargetType::Varchar(None) => both("texts", "a text"),
        TargetType::Bytea => both("blobs", "a blob"),
        other => (format!("what {other} keeps"), format!("what {other} keeps")),
    }
}

/// With commas between thousands.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Why the type may not be what is wanted.
fn doubt(facts: &ColumnFacts<'_>, target: &TargetType, is_found: bool) -> Option<String> {
    if facts.declared.family == TypeFamily::Any {
        let without =
            if facts.declared.text.is_empty() { "has no type" } else { "has a type that SQLite makes nothing of" };
        return Some(format!("it {without}: {target} by its values"));
    }
    let profile = facts.profile?;
    if !is_found {
        return Some(format!(
            "{}: `schemactl move plan` names the others",
            counted(profile, target).unwrap_or_else(|| "its values are of several types".to_owned())
        ));
    }
    let lost = base(facts.declared);
    let declared_limit = match facts.declared.length() {
        Some(length) if *target == TargetType::Text => TargetType::Varchar(Some(length)),
        _ => lost,
    };
    let is_wider = matches!(
        (target, &declared_limit),
        (TargetType::Text, TargetType::Varchar(Some(_))) | (TargetType::Numeric(None), TargetType::Numeric(Some(_)))
    );
    let counted = counted(profile, &declared_limit).filter(|_| is_wider)?;
    Some(format!("{target} and not {declared_limit}: {counted}"))
}

/// What a person may decide, so that the values fit a better type.
fn question(facts: &ColumnFacts<'_>, target: &TargetType, wanted: &[(TargetType, Need)]) -> Option<RuleQuestion> {
    let profile = facts.profile.filter(|profile| profile.values > 0)?;
    if matches!(target, TargetType::Timestamp(_)) {
        let known = if facts.defaults_to_now { "; the default of the column is UTC" } else { "" };
        return Some(RuleQuestion {
            rule: Some("zone = \"UTC\"".to_owned()),
            datatype: None,
            question: format!("of which zone are these times? With one they become timestamptz{known}"),
        });
    }
    if let (TargetType::BigInt, Some((low, high)), true) = (target, profile.integers, is_moment(facts.name)) {
        let unit = epoch(low).filter(|unit| epoch(high) == Some(unit))?;
        return Some(RuleQuestion {
            rule: Some(format!("time = {}", toml_string(unit))),
            datatype: Some("timestamptz".to_owned()),
            question: "are these numbers times? With both lines they become timestamptz".to_owned(),
        });
    }
    if !matches!(target, TargetType::Text | TargetType::Varchar(_) | TargetType::Bytea) {
        return None;
    }
    wanted.iter().filter(|(_, need)| *need == Need::Values).find_map(|(better, _)| {
        let may_be = |fit: &&TypeFit| fit.count > 0 || fit.refused == Some(Reason::UuidBytes);
        let fit = profile.fit(better).filter(|fit| fit.count < profile.values).filter(may_be)?;
        let Settlement::Rule(rule) = fit.refused.as_ref()?.settlement() else { return None };
        let counted = counted(profile, better)?;
        Some(RuleQuestion { rule: Some(rule), datatype: None, question: format!("{counted}; what are the others?") })
    })
}

/// What a number counts from 1970, by its size.
fn epoch(number: i64) -> Option<&'static str> {
    match number.checked_ilog10()? + 1 {
        9 | 10 => Some("unix"),
        12 | 13 => Some("unix-ms"),
        15 | 16 => Some("unix-us"),
        _ => None,
    }
}
