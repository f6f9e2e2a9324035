//! Fields that are lists, each with its canonical text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::field::{Field, parts};
use super::states::Firing;

/// Names, literals or other parts of a list, each as SQL has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ListedParts(pub(crate) Vec<String>);

impl ListedParts {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.iter().any(|own| own == part)
    }

    /// Whether the other has these first, and more after them.
    #[cfg(feature = "postgres")]
    pub(crate) fn begins(&self, other: &Self) -> bool {
        self.0.len() < other.0.len() && other.0.starts_with(&self.0)
    }

    pub(crate) fn list(&self) -> String {
        self.0.join(", ")
    }
}

impl Field for ListedParts {
    fn read(&mut self, text: &str) -> bool {
        self.0 = parts(text, ", ").into_iter().map(str::to_owned).collect();
        true
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        (!self.is_empty()).then(|| Cow::Owned(self.list()))
    }
}

/// Storage parameters, in the order in which they were set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StorageParameters(pub(crate) Vec<StorageParameter>);

/// `fillfactor='70'`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StorageParameter {
    pub(crate) name: String,
    /// As SQL has it.
    pub(crate) value: String,
}

impl std::fmt::Display for StorageParameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

impl StorageParameters {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As WITH and SET take them.
    pub(crate) fn list(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// As RESET takes them.
    pub(crate) fn names(&self) -> String {
        self.0.iter().map(|setting| setting.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Field for StorageParameters {
    fn read(&mut self, text: &str) -> bool {
        let setting = |part: &str| {
            let (name, value) = part.split_once('=')?;
            Some(StorageParameter { name: name.to_owned(), value: value.to_owned() })
        };
        let read: Option<Vec<StorageParameter>> = parts(text, ", ").into_iter().map(setting).collect();
        let is_read = read.is_some();
        self.0 = read.unwrap_or_default();
        is_read
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        (!self.is_empty()).then(|| Cow::Owned(self.list()))
    }
}

/// What a partition does with triggers that are its parent's: by the name of each, as SQL has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Triggers(pub(crate) Vec<(Firing, String)>);

const TRIGGER: &str = " TRIGGER ";

impl Field for Triggers {
    fn read(&mut self, text: &str) -> bool {
        let all = [Firing::Origin, Firing::Never, Firing::OnReplicas, Firing::Always];
        let state = |line: &str| {
            let (word, name) = line.split_once(TRIGGER)?;
            let firing = all.into_iter().find(|firing| firing.text().as_deref().unwrap_or("ENABLE") == word)?;
            Some((firing, name.to_owned()))
        };
        let read: Option<Vec<_>> = parts(text, "\n").into_iter().map(state).collect();
        let is_read = read.is_some();
        self.0 = read.unwrap_or_default();
        is_read
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        let line = |(firing, name): &(Firing, String)| {
            format!("{}{TRIGGER}{name}", firing.text().as_deref().unwrap_or("ENABLE"))
        };
        let lines: Vec<String> = self.0.iter().map(line).collect();
        (!lines.is_empty()).then(|| Cow::Owned(lines.join("\n")))
    }
}

/// The targets of statistics of an index's expressions, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct IndexTargets(pub(crate) BTreeMap<u32, i32>);

impl IndexTargets {
    /// As ALTER INDEX takes them.
    pub(crate) fn actions(&self) -> String {
        let action = |(place, target): (&u32, &i32)| format!("ALTER COLUMN {place} SET STATISTICS {target}");
        self.0.iter().map(action).collect::<Vec<_>>().join(", ")
    }
}

impl Field for IndexTargets {
    fn read(&mut self, text: &str) -> bool {
        let target = |action: &str| {
            let (place, target) = action.strip_prefix("ALTER COLUMN ")?.split_once(" SET STATISTICS ")?;
            Some((place.parse().ok()?, target.parse().ok()?))
        };
        let read: Option<BTreeMap<_, _>> = parts(text, ", ").into_iter().map(target).collect();
        let is_read = read.is_some();
        self.0 = read.unwrap_or_default();
        is_read
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        (!self.0.is_empty()).then(|| Cow::Owned(self.actions()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read is written again as it was.
    fn read<F: Field + Default>(text: &str) -> F {
        let mut field = F::default();
        assert!(field.read(text), "{text}");
        assert_eq!(field.text().as_deref(), Some(text));
        field
    }

    #[test]
    fn lists_are_cut_outside_of_quotes() {
        assert_eq!(read::<ListedParts>("public.a, \"Odd, one\".b").0, ["public.a", "\"Odd, one\".b"]);
        let settings: StorageParameters = read("fillfactor='70', toast.x='a, b'");
        assert_eq!((settings.names(), settings.0[1].value.as_str()), ("fillfactor, toast.x".to_owned(), "'a, b'"));
        assert!(!StorageParameters::default().read("strict"));
        let triggers: Triggers = read("DISABLE TRIGGER a\nENABLE TRIGGER \"b\nc\"");
        assert_eq!(triggers.0[1], (Firing::Origin, "\"b\nc\"".to_owned()));
        let targets: IndexTargets = read("ALTER COLUMN 1 SET STATISTICS 99, ALTER COLUMN 12 SET STATISTICS 0");
        assert_eq!(targets.0, BTreeMap::from([(1, 99), (12, 0)]));
    }

    #[test]
    #[cfg(feature = "postgres")]
    fn a_list_that_others_follow() {
        let (short, long): (ListedParts, ListedParts) = (read("a, b"), read("a, b, c"));
        assert!(short.begins(&long) && !long.begins(&short) && !short.begins(&short));
    }
}
