//! Access rights.

use std::borrow::Cow;

use super::field::{Field, parts};

/// Who may do what, in the order in which the inspection has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Grants(pub(crate) Vec<Grant>);

/// What one role may do. The canonical text is a line: `role privilege`, and ` *` where it may be passed on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    /// As SQL names it.
    pub(crate) role: String,
    pub(crate) privilege: String,
    pub(crate) with_option: bool,
}

impl Grant {
    pub(crate) fn plain(role: &str, privilege: &str) -> Self {
        Self { role: role.to_owned(), privilege: privilege.to_owned(), with_option: false }
    }

    fn parse(line: &str) -> Option<Self> {
        let (line, with_option) = line.strip_suffix(" *").map_or((line, false), |line| (line, true));
        let (role, privilege) = line.rsplit_once(' ')?;
        Some(Self { role: role.to_owned(), privilege: privilege.to_owned(), with_option })
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}{}", self.role, self.privilege, if self.with_option { " *" } else { "" })
    }
}

impl Grants {
    /// The order of the lines, byte by byte.
    #[cfg(feature = "postgres")]
    pub(crate) fn sorted(mut self) -> Self {
        self.0.sort_by_cached_key(Grant::line);
        self
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<T: IntoIterator<Item = Grant>>(grants: T) -> Self {
        Self(grants.into_iter().collect())
    }
}

impl Field for Grants {
    fn read(&mut self, text: &str) -> bool {
        let lines = parts(text, "\n").into_iter().filter(|line| !line.is_empty());
        let read: Option<Self> = lines.map(Grant::parse).collect();
        let is_read = read.is_some();
        *self = read.unwrap_or_default();
        is_read
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        let lines: Vec<String> = self.0.iter().map(Grant::line).collect();
        (!lines.is_empty()).then(|| Cow::Owned(lines.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_a_line() {
        let text = "PUBLIC SELECT\n\"b c\" INSERT *";
        let mut grants = Grants::default();
        assert!(grants.read(text));
        assert_eq!(grants.text().as_deref(), Some(text));
        let last = Grant { role: "\"b c\"".into(), privilege: "INSERT".into(), with_option: true };
        assert_eq!(grants.0[1], last);
        assert!(!grants.read("word"));
        assert_eq!(Grants::default().text(), None);
    }
}
