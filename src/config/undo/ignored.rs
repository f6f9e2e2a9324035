//! A pattern of what is never kept, and whether there is anything that it fits: one that is misspelt leaves nothing out.

use super::{UndoPattern, UndoSettings};
use crate::catalog::NoPattern;
use crate::error::{Place, did_you_mean};
use crate::sql::Plain;

/// A pattern, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IgnoredUndo {
    pub(crate) pattern: UndoPattern,
    text: String,
    /// Where it stands in schema.toml.
    place: Option<Place>,
}

impl IgnoredUndo {
    pub(crate) fn parse(text: &str) -> Result<Self, NoPattern> {
        UndoPattern::parse(text).map(|pattern| Self { pattern, text: text.trim().to_owned(), place: None })
    }

    pub(crate) fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

/// A column, with its table, and its schema where there are schemas.
pub(crate) type ColumnNames<'a> = (Option<&'a str>, &'a str, &'a str);

impl UndoSettings {
    /// That a pattern fits no column of these, a sentence each. `sql` is what is still to be run: what it names may come to be.
    pub(crate) fn unfit(&self, columns: &[ColumnNames<'_>], sql: &[&str]) -> Vec<String> {
        let fits = |ignored: &&IgnoredUndo| {
            columns.iter().any(|(schema, table, column)| ignored.pattern.fits(*schema, table, column))
        };
        let may_come =
            |ignored: &&IgnoredUndo| sql.iter().flat_map(|sql| names(sql)).any(|name| ignored.pattern.may_name(name));
        let misspelt = self.ignored.iter().filter(|ignored| !fits(ignored) && !may_come(ignored));
        misspelt.map(|ignored| ignored.told(columns)).collect()
    }
}

impl IgnoredUndo {
    fn told(&self, columns: &[ColumnNames<'_>]) -> String {
        let place = self.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let known: Vec<String> = columns
            .iter()
            .flat_map(|(schema, table, column)| {
                let (table, column) = (Plain(table), Plain(column));
                let schema = schema.map(|schema| format!("{}.{table}.{column}", Plain(schema)));
                [Some(table.to_string()), Some(format!("{table}.{column}")), schema]
            })
            .flatten()
            .collect();
        let meant = did_you_mean(&self.text, known.iter().map(String::as_str));
        let meant = meant.map(|meant| format!("; {meant}")).unwrap_or_default();
        format!(
            "{place}`ignore_undo` has `{}`, which no table or column of the database fits: what it was to leave out is kept{meant}",
            self.text
        )
    }
}

/// What may be a name in a script.
fn names(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_nothing_is_told() {
        let ignored = ["users.emial", "users.email", "*.password", "audit", "app.users.email", "sesions"];
        let ignored = ignored.map(|text| IgnoredUndo::parse(text).unwrap()).into();
        let settings = UndoSettings { ignored, ..UndoSettings::default() };
        let columns = [(None, "users", "email"), (None, "sessions", "id"), (None, "logins", "Password")];
        let told = settings.unfit(&columns, &[]);
        let end = "which no table or column of the database fits: what it was to leave out is kept";
        assert_eq!(
            told,
            [
                format!("`ignore_undo` has `users.emial`, {end}; did you mean `users.email`?"),
                format!("`ignore_undo` has `audit`, {end}"),
                format!("`ignore_undo` has `sesions`, {end}; did you mean `sessions`?"),
            ]
        );
        // What is still to be run may make it.
        let told = settings.unfit(&columns, &["CREATE TABLE Audit (x);", "ALTER TABLE users ADD COLUMN \"emial\""]);
        assert_eq!(told.len(), 1, "{told:?}");
    }
}
