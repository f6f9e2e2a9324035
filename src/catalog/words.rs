//! Kinds, facts and names as a person reads them.

use std::fmt;

use super::{Fact, Kind, ObjectName};
use crate::sql::Plain;

/// `materialized view`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other => f.write_str("object"),
            Self::EnumLabel => f.write_str("value"),
            kind => f.write_str(&words(&format!("{kind:?}"))),
        }
    }
}

/// `not null`.
impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words(&format!("{self:?}")))
    }
}

/// `NotNull` as `not null`.
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

impl ObjectName {
    /// The parts of the name that there are: schema, table, name.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        [self.schema.as_deref(), self.owner.as_deref(), Some(self.name.as_str())].into_iter().flatten()
    }

    /// For messages: `orders.total`, with quotes only where a name needs them. A function comes with its arguments.
    pub(crate) fn plain(&self) -> String {
        let part = |part: &str| if part.ends_with(')') { part.to_owned() } else { Plain(part).to_string() };
        self.parts().map(part).collect::<Vec<_>>().join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        assert_eq!(
            (Kind::MaterializedView.to_string(), Fact::NotNull.to_string()),
            ("materialized view".into(), "not null".into())
        );
        let name = |owner: Option<&str>, name: &str| ObjectName {
            schema: Some("app".into()),
            owner: owner.map(str::to_owned),
            name: name.into(),
        };
        assert_eq!(name(Some("Orders"), "total").plain(), "app.\"Orders\".total");
        assert_eq!(name(None, "add(integer, integer)").plain(), "app.add(integer, integer)");
    }
}
