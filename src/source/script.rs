use std::borrow::Cow;

use super::Checksum;

/// The text of one file, with its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub(crate) path: Cow<'static, str>,
    pub(crate) text: Cow<'static, str>,
    pub(crate) checksum: Checksum,
}

impl Script {
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
