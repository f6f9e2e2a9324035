use std::borrow::Cow;

use super::memo::Memo;
use super::{Checksum, Directives};
use crate::sql::{Analysis, Dialect};

/// The text of one file, with its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    path: Cow<'static, str>,
    text: Cow<'static, str>,
    checksum: Checksum,
    /// Read once: a text may have 50 MB.
    pub(super) directives: Memo<Directives>,
    /// That of the dialect in which it was read first: a script is written for one.
    pub(super) analysis: Memo<(Dialect, Analysis)>,
}

impl Script {
    /// A text with the checksum that it has.
    pub(crate) fn new(path: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        let checksum = Checksum::of(&text);
        Self::recorded(path.into(), text, checksum)
    }

    /// A text with a checksum that was computed before.
    pub(crate) const fn recorded(path: Cow<'static, str>, text: Cow<'static, str>, checksum: Checksum) -> Self {
        Self { path, text, checksum, directives: Memo::new(), analysis: Memo::new() }
    }

    /// Another text in the place of this one, recorded as this one.
    pub(crate) fn running(self, text: String) -> Self {
        Self::recorded(self.path, text.into(), self.checksum)
    }

    /// Another text in the same file.
    pub(crate) fn rewritten(self, text: String) -> Self {
        Self::new(self.path, text)
    }

    /// Returns the path, as messages show it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the text of the file, a BOM removed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the checksum over the text.
    pub fn checksum(&self) -> Checksum {
        self.checksum
    }
}
