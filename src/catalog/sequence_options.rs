//! What a sequence gives.

use std::borrow::Cow;
use std::fmt;

use super::field::Value;

/// What numbers a sequence gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SequenceOptions {
    pub(crate) data_type: String,
    pub(crate) start: i64,
    pub(crate) increment: i64,
    pub(crate) min: i64,
    pub(crate) max: i64,
    pub(crate) cache: i64,
    pub(crate) cycles: bool,
}

impl SequenceOptions {
    /// Without the type: that of an identity column is the column's.
    pub(crate) fn numbers(&self) -> String {
        let Self { data_type: _, start, increment, min, max, cache, cycles } = self;
        let cycle = if *cycles { "CYCLE" } else { "NO CYCLE" };
        format!("START WITH {start} INCREMENT BY {increment} MINVALUE {min} MAXVALUE {max} CACHE {cache} {cycle}")
    }
}

impl fmt::Display for SequenceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AS {} {}", self.data_type, self.numbers())
    }
}

impl Value for SequenceOptions {
    fn parse(text: &str) -> Option<Self> {
        let (data_type, rest) = text.strip_prefix("AS ")?.split_once(" START WITH ")?;
        let (start, rest) = rest.split_once(" INCREMENT BY ")?;
        let (increment, rest) = rest.split_once(" MINVALUE ")?;
        let (min, rest) = rest.split_once(" MAXVALUE ")?;
        let (max, rest) = rest.split_once(" CACHE ")?;
        let (cache, cycle) = rest.split_once(' ')?;
        let number = |text: &str| text.parse().ok();
        Some(Self {
            data_type: data_type.to_owned(),
            start: number(start)?,
            increment: number(increment)?,
            min: number(min)?,
            max: number(max)?,
            cache: number(cache)?,
            cycles: match cycle {
                "CYCLE" => true,
                "NO CYCLE" => false,
                _ => return None,
            },
        })
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_its_numbers() {
        let text = "AS integer START WITH 5 INCREMENT BY -2 MINVALUE -10 MAXVALUE 50 CACHE 3 CYCLE";
        let options = SequenceOptions::parse(text).unwrap();
        assert_eq!(options.write(), text);
        assert_eq!(
            (options.data_type.as_str(), options.increment, options.min, options.cycles),
            ("integer", -2, -10, true)
        );
        assert!(options.numbers().starts_with("START WITH 5 "));
        assert_eq!(SequenceOptions::parse("AS integer START WITH x"), None);
    }
}
