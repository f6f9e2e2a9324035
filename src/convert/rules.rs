//! The rules of `[map.convert]` by their names.

mod rows;

use chrono_tz::Tz;

use super::decimal::WrittenNumber;
use super::json::{CharRepair, Keep, Replacement};
use super::options::{BlobText, ConvertOptions, InvalidUtf8, JsonNull, LetterCase, NewValue, TextBytes};
use super::time::{Epoch, ExtraDigits, Fold, PatternFault, TimePattern};

/// A value of a rule, as a file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RuleValue {
    Boolean(bool),
    Text(String),
    /// A number, as it was written.
    Number(String),
    List(Vec<String>),
    Table(Vec<(String, String)>),
}

/// Why a rule cannot be set so: what its value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrongRule {
    pub(crate) expected: String,
}

/// The names of all rules, in the order in which a value passes them.
pub(crate) const RULES: &[&str] = &[
    "sqlite",
    "fill",
    "postgres",
    "older_than",
    "before",
    "orphan",
    "blob",
    "text",
    "invalid_utf8",
    "nul",
    "bom",
    "trim",
    "lower",
    "upper",
    "snake_case",
    "strip_prefix",
    "slashes",
    "values",
    "empty",
    "null_words",
    "null",
    "too_long",
    "real",
    "strip",
    "decimal",
    "multiply",
    "round",
    "leading_zeros",
    "infinite",
    "zone",
    "fold",
    "time",
    "time_format",
    "precision",
    "back_digits",
    "zero_date",
    "uuid",
    "uuid5",
    "json",
    "json_nan",
    "json_null",
    "json_duplicates",
    "json_nul",
    "json_surrogates",
];

impl ConvertOptions {
    /// Sets the rule of this name, one of [`RULES`].
    ///
    /// # Errors
    ///
    /// What the value may be, where it is none of that.
    pub(crate) fn set(&mut self, rule: &str, value: &RuleValue) -> Result<(), WrongRule> {
        match rule {
            "trim" => self.trims = flag(value)?,
            "lower" => self.case = flag(value)?.then_some(LetterCase::Lower),
            "upper" => self.case = flag(value)?.then_some(LetterCase::Upper),
            "snake_case" => self.case = flag(value)?.then_some(LetterCase::Snake),
            "strip_prefix" => self.strip_prefix = Some(text(value)?),
            "slashes" => self.slashes = flag(value)?,
            "values" => self.values = table(value)?.into_iter().map(|(old, new)| (old, new_value(new))).collect(),
            "empty" => self.empty = Some(new_value(text(value)?)),
            "null_words" => self.null_words = list(value)?,
            "null" => self.null = Some(text(value)?),
            "blob" | "text" | "invalid_utf8" | "nul" | "bom" | "too_long" | "real" => self.set_text(rule, value)?,
            "strip" | "decimal" | "multiply" | "round" | "leading_zeros" | "infinite" => {
                self.set_number(rule, value)?;
            }
            "zone" | "fold" | "time" | "time_format" | "precision" | "back_digits" | "zero_date" => {
                self.set_time(rule, value)?;
            }
            "uuid" | "uuid5" => self.set_uuid(rule, value)?,
            "sqlite" | "fill" | "postgres" => self.set_supply(rule, value)?,
            "older_than" | "before" | "orphan" => self.set_rows(rule, value)?,
            _ => self.set_json(rule, value)?,
        }
        Ok(())
    }

    fn set_text(&mut self, rule: &str, value: &RuleValue) -> Result<(), WrongRule> {
        match rule {
            "blob" => {
                let forms = [
                    ("utf8", BlobText::Utf8),
                    ("latin1", BlobText::Latin1),
                    ("hex", BlobText::Hex),
                    ("base64", BlobText::Base64),
                ];
                self.blob = Some(one_of(value, &forms)?);
            }
            "text" => {
                let forms = [("utf8", TextBytes::Utf8), ("hex", TextBytes::Hex), ("base64", TextBytes::Base64)];
                self.text = Some(one_of(value, &forms)?);
            }
            "invalid_utf8" => {
                let repairs = [
                    ("latin1", InvalidUtf8::Latin1),
                    ("replace", InvalidUtf8::Replace),
                    ("strip", InvalidUtf8::Strip),
                    ("base64", InvalidUtf8::Base64),
                ];
                self.invalid_utf8 = Some(one_of(value, &repairs)?);
            }
            "nul" => self.nul = Some(one_of(value, &REPAIRS)?),
            "bom" => self.json.bom = one_of(value, &[("strip", true)])?,
            "too_long" => self.truncates = one_of(value, &[("truncate", true)])?,
            _ => self.real_as_text = one_of(value, &[("text", true)])?,
        }
        Ok(())
    }

    fn set_number(&mut self, rule: &str, value: &RuleValue) -> Result<(), WrongRule> {
        match rule {
            "strip" => self.strip = Some(text(value)?),
            "decimal" => self.time.decimal_comma = one_of(value, &[(",", true)])?,
            "multiply" => {
                let wrong = || WrongRule { expected: "a number, such as 1000 or \"0.01\"".to_owned() };
                let (RuleValue::Number(number) | RuleValue::Text(number)) = value else { return Err(wrong()) };
                self.multiply = Some(WrittenNumber::parse(number).map_err(|_| wrong())?.value);
            }
            "round" => self.rounds = flag(value)?,
            "leading_zeros" => self.drops_leading_zeros = one_of(value, &[("drop", true)])?,
            _ => self.infinite = Some(one_of(value, &[("null", NewValue::Null)])?),
        }
        Ok(())
    }

    fn set_time(&mut self, rule: &str, value: &RuleValue) -> Result<(), WrongRule> {
        match rule {
            "zone" => {
                let wrong =
                    || WrongRule { expected: "the name of a time zone, such as Europe/Berlin or UTC".to_owned() };
                self.time.zone = Some(text(value)?.parse::<Tz>().map_err(|_| wrong())?);
            }
            "fold" => self.time.fold = Some(one_of(value, &[("first", Fold::First), ("second", Fold::Second)])?),
            "time" => {
                let meanings = [
                    ("unix", Epoch::Seconds),
                    ("unix-ms", Epoch::Millis),
                    ("unix-us", Epoch::Micros),
                    ("unix-ns", Epoch::Nanos),
                    ("julian", Epoch::Julian),
                    ("by size", Epoch::BySize),
                ];
                self.time.number = Some(one_of(value, &meanings)?);
            }
            "time_format" => {
                let pattern = text(value)?;
                self.time.pattern = Some(TimePattern::new(&pattern).map_err(wrong_pattern)?);
            }
            "precision" => {
                let ways = [("round", ExtraDigits::Round), ("truncate", ExtraDigits::Truncate)];
                self.time.precision = Some(one_of(value, &ways)?);
            }
            "back_digits" => {
                let wrong = || WrongRule { expected: "a number of digits from 0 to 5".to_owned() };
                let RuleValue::Number(number) = value else { return Err(wrong()) };
                self.time.back_digits = Some(number.parse().ok().filter(|digits| *digits <= 5).ok_or_else(wrong)?);
            }
            _ => self.time.zero_date = one_of(value, &[("null", true)])?,
        }
        Ok(())
    }

    fn set_uuid(&mut self, rule: &str, value: &RuleValue) -> Result<(), WrongRule> {
        if rule == "uuid5" {
            let name = text(value)?;
            if name.is_empty() || name.starts_with('<') {
                return Err(WrongRule {
                    expected: "a namespace of your own, such as \"agents\", or a UUID".to_owned(),
                });
            }
            self.uuid5 = Some(namespace(&name));
            return Ok(());
        }
        for form in several(value, &["urn", "bytes16"])? {
            match form.as_str() {
                "urn" => self.uuid_urn = true,
                _ => self.uuid_bytes = true,
            }
        }
        Ok(())
    }

    fn set_json(&mut self, rule: &str, value: &RuleValue) -> Result<(), WrongRule> {
        match rule {
            "json" => self.set_json_forms(value)?,
            "json_nan" => {
                self.json.nan = Some(one_of(value, &[("null", Replacement::Null), ("string", Replacement::String)])?);
            }
            "json_null" => self.json_null = Some(one_of(value, &[("null", JsonNull::Null), ("keep", JsonNull::Keep)])?),
            "json_duplicates" => {
                self.json.duplicates = Some(one_of(value, &[("first", Keep::First), ("last", Keep::Last)])?);
            }
            "json_nul" => self.json.nul = Some(one_of(value, &REPAIRS)?),
            _ => self.json.surrogates = one_of(value, &[("replace", true)])?,
        }
        Ok(())
    }

    fn set_json_forms(&mut self, value: &RuleValue) -> Result<(), WrongRule> {
        for form in words(value).ok_or_else(wrong_json)? {
            match form.as_str() {
                "python" => self.json.python = true,
                "json5" => self.json.json5 = true,
                "unwrap" => self.json.unwrap = true,
                "keep" => self.keeps_json_strings = true,
                "quote" => self.quotes_json = true,
                _ => {
                    let separator = form.strip_prefix("split ").filter(|separator| !separator.is_empty());
                    self.splits_json = Some(separator.ok_or_else(wrong_json)?.to_owned());
                }
            }
        }
        Ok(())
    }
}

const REPAIRS: [(&str, CharRepair); 2] = [("strip", CharRepair::Strip), ("replace", CharRepair::Replace)];

fn wrong_pattern(fault: PatternFault) -> WrongRule {
    let expected = match fault {
        PatternFault::Invalid | PatternFault::Empty => "a strftime pattern, such as \"%d/%m/%Y %H:%M\"",
        PatternFault::BareFraction => "a pattern whose fraction has its point with it: \"%S%.f\" reads 30.123",
        PatternFault::BareAbbreviation => {
            "a pattern with an offset: `%Z` alone passes over any abbreviation; \"%z\" reads +0100"
        }
    };
    WrongRule { expected: expected.to_owned() }
}

fn wrong_json() -> WrongRule {
    WrongRule {
        expected: "\"python\", \"json5\", \"unwrap\", \"keep\", \"quote\" or \"split ,\", or a list of these"
            .to_owned(),
    }
}

/// `null` is NULL; everything else is itself.
fn new_value(text: String) -> NewValue {
    if text == "null" { NewValue::Null } else { NewValue::Text(text) }
}

/// A UUID, or that of a name: one of RFC 4122's, or any other.
fn namespace(text: &str) -> [u8; 16] {
    use uuid::Uuid;

    let known = match text {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        _ => text.parse().unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes())),
    };
    known.into_bytes()
}

fn flag(value: &RuleValue) -> Result<bool, WrongRule> {
    match value {
        RuleValue::Boolean(flag) => Ok(*flag),
        _ => Err(WrongRule { expected: "true or false".to_owned() }),
    }
}

fn text(value: &RuleValue) -> Result<String, WrongRule> {
    match value {
        RuleValue::Text(text) | RuleValue::Number(text) => Ok(text.clone()),
        _ => Err(WrongRule { expected: "a text".to_owned() }),
    }
}

fn list(value: &RuleValue) -> Result<Vec<String>, WrongRule> {
    words(value).ok_or_else(|| WrongRule { expected: "a list of texts".to_owned() })
}

fn table(value: &RuleValue) -> Result<Vec<(String, String)>, WrongRule> {
    match value {
        RuleValue::Table(entries) => Ok(entries.clone()),
        _ => Err(WrongRule { expected: "a table: { \"old\" = \"new\" }".to_owned() }),
    }
}

/// The texts of a list, or the only one.
fn words(value: &RuleValue) -> Option<Vec<String>> {
    match value {
        RuleValue::List(list) => Some(list.clone()),
        RuleValue::Text(text) => Some(vec![text.clone()]),
        _ => None,
    }
}

fn several(value: &RuleValue, known: &[&str]) -> Result<Vec<String>, WrongRule> {
    let given = words(value).filter(|given| given.iter().all(|word| known.contains(&word.as_str())));
    given.ok_or_else(|| WrongRule { expected: format!("{}, or a list of these", alternatives(known)) })
}

fn one_of<T: Clone>(value: &RuleValue, known: &[(&str, T)]) -> Result<T, WrongRule> {
    let given = match value {
        RuleValue::Text(text) => known.iter().find(|(name, _)| name == text),
        _ => None,
    };
    given.map(|(_, meaning)| meaning.clone()).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        WrongRule { expected: alternatives(&names) }
    })
}

fn alternatives(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_can_be_set_and_says_what_it_takes() {
        for rule in RULES {
            // No rule takes all of these, so that each says what it wants.
            let wrong = [RuleValue::List(vec![]), RuleValue::Table(vec![]), RuleValue::Boolean(true)];
            let refused = wrong.iter().find_map(|value| ConvertOptions::default().set(rule, value).err());
            assert!(refused.is_some_and(|wrong| !wrong.expected.is_empty()), "{rule}");
        }
        let mut options = ConvertOptions::default();
        let text = |text: &str| RuleValue::Text(text.to_owned());
        options.set("zone", &text("Europe/Berlin")).unwrap();
        options.set("json", &RuleValue::List(vec!["python".to_owned(), "split ;".to_owned()])).unwrap();
        options.set("values", &RuleValue::Table(vec![("x".to_owned(), "null".to_owned())])).unwrap();
        assert_eq!(options.time.zone, Some(Tz::Europe__Berlin));
        assert_eq!((options.json.python, options.splits_json.as_deref()), (true, Some(";")));
        assert_eq!(options.values.get("x"), Some(&NewValue::Null));
        let wrong = options.set("fold", &text("third")).unwrap_err();
        assert_eq!(wrong.expected, "\"first\" or \"second\"");
        assert!(options.set("zone", &text("Mars/Olympus")).is_err());
    }
}
