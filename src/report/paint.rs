//! Colour by the codes that every terminal knows; without them the text says the same.

use comfy_table::{Attribute, Cell, Table, presets};

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Coloured,
}

impl Paint {
    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    pub(crate) fn blue(self, text: &str) -> String {
        self.with("1;34", text)
    }

    pub(crate) fn cyan(self, text: &str) -> String {
        self.with("1;36", text)
    }

    /// A table without lines, whose titles are bold.
    pub(crate) fn table<const COLUMNS: usize>(self, titles: [&str; COLUMNS]) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        match self {
            Self::Coloured => table.enforce_styling(),
            Self::Plain => table.force_no_tty(),
        };
        table.set_header(titles.map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
        table
    }

    fn with(self, code: &str, text: &str) -> String {
        match self {
            Self::Coloured if !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}
