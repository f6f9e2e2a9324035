//! What is asked for: the target, the rules of the user, and which of them were needed.

use std::fmt;

/// The type of the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonTarget {
    /// `json` keeps the text: equal keys, `\u0000` and lone surrogates are kept, numbers have no bounds.
    Json,
    /// `jsonb` keeps the value.
    Jsonb,
}

/// What a word that is no number in JSON (`NaN`, `Infinity`, `-Infinity`) becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// `null`.
    Null,
    /// The word as a string: `"NaN"`.
    String,
}

/// Which member stays when a key stands twice in one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The first one.
    First,
    /// The last one, as the server does.
    Last,
}

/// What becomes of a character that `jsonb` can't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CharRepair {
    /// It is left out.
    Strip,
    /// It becomes U+FFFD.
    Replace,
}

/// The repairs that are allowed. None is by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a rule of its own that a user sets or leaves")]
pub(crate) struct JsonRules {
    /// What Python's `repr` writes is read.
    pub(crate) python: bool,
    /// JSON5 is read.
    pub(crate) json5: bool,
    /// What `NaN`, `Infinity` and `-Infinity` become.
    pub(crate) nan: Option<Replacement>,
    /// Which member stays when a key stands twice in one object.
    pub(crate) duplicates: Option<Keep>,
    /// What `\u0000` becomes.
    pub(crate) nul: Option<CharRepair>,
    /// A lone surrogate becomes U+FFFD.
    pub(crate) surrogates: bool,
    /// A document that is a string and holds an array or an object is read as that.
    pub(crate) unwrap: bool,
    /// A byte order mark in front is left out.
    pub(crate) bom: bool,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// The rules that a text needed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub(crate) struct Repairs(u16);

impl Repairs {
    /// No rule was needed.
    pub(crate) const NONE: Self = Self(0);
    /// [`JsonRules::python`] was needed.
    pub(crate) const PYTHON: Self = Self(1);
    /// [`JsonRules::json5`] was needed.
    pub(crate) const JSON5: Self = Self(1 << 1);
    /// [`JsonRules::nan`] was needed.
    pub(crate) const NAN: Self = Self(1 << 2);
    /// [`JsonRules::duplicates`] was needed.
    pub(crate) const DUPLICATES: Self = Self(1 << 3);
    /// [`JsonRules::nul`] was needed.
    pub(crate) const NUL: Self = Self(1 << 4);
    /// [`JsonRules::surrogates`] was needed.
    pub(crate) const SURROGATES: Self = Self(1 << 5);
    /// [`JsonRules::unwrap`] was needed.
    pub(crate) const UNWRAP: Self = Self(1 << 6);
    /// [`JsonRules::bom`] was needed.
    pub(crate) const BOM: Self = Self(1 << 7);

    /// Each rule with its name.
    const NAMES: [(Self, &'static str); 8] = [
        (Self::PYTHON, "python"),
        (Self::JSON5, "json5"),
        (Self::NAN, "nan"),
        (Self::DUPLICATES, "duplicates"),
        (Self::NUL, "nul"),
        (Self::SURROGATES, "surrogates"),
        (Self::UNWRAP, "unwrap"),
        (Self::BOM, "bom"),
    ];

    #[cfg(test)]
    /// Whether no rule was needed.
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` are among these.
    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These and `other`.
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The names of the rules, as the fields of [`JsonRules`] are called.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(rule, _)| self.contains(*rule)).map(|(_, name)| name)
    }

    /// Adds `other`.
    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for Repairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
