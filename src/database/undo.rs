//! What a down puts back of rows that its up changed, and what it will not.

use std::fmt;

use crate::plural::count;
use crate::sql::{Name, Plain};

/// What is done with a row that somebody has changed since the up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangedRows {
    /// The down is refused, and all such rows are named.
    Refuse,
    /// It stays as people made it.
    Keep,
    /// It is put back all the same.
    PutBack,
}

/// Rows that are not as the up left them, of one table, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) table: Name<'static>,
    pub(crate) rows: RowList,
    pub(crate) what: ConflictKind,
}

/// What has become of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConflictKind {
    /// The up inserted or changed them, and they were changed since.
    Changed,
    /// The same, and what becomes of values of columns that come back, where the rows are left as they are.
    ChangedBeside { columns: Vec<String>, values: ValuesLeft },
    /// The up inserted or changed them, and they were deleted since.
    Deleted,
    /// The up deleted them, and others with their keys are there.
    ThereAgain,
    /// The up inserted them, and rows that it did not insert refer to them.
    Referred,
    /// The up deleted them or gave them another parent, and the one that they had is gone.
    Orphaned,
    /// They do not fit beside what was written since: a unique value is taken. What the database says.
    Unfit(String),
    /// The table that the down makes again does not take them. What the database says.
    Misfit(String),
    /// As [`Self::Unfit`], where what was written since may go for them.
    Taken(String),
    /// The table is not there, or has not the columns that the up left.
    Unreadable,
}

/// What a row that is left as people made it gets of columns that the down brings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValuesLeft {
    /// Nothing: the row that has the key by now may be another one.
    Without,
    /// What it had: the key is one that is given to no other row.
    ByKey,
}

/// What a down does with the rows that its up changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowsUndone {
    pub(crate) tables: Vec<UndoneTable>,
    pub(crate) conflicts: Vec<Conflict>,
    /// Rows that the up had not touched, and that went or changed: they were in the way, or refer to what goes.
    pub(crate) besides: Vec<UndoneTable>,
}

/// What it does with those of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UndoneTable {
    pub(crate) table: Name<'static>,
    /// Rows that the up had inserted.
    pub(crate) deleted: RowList,
    /// Rows that it had changed.
    pub(crate) changed: RowList,
    /// Rows that it had deleted.
    pub(crate) inserted: RowList,
    /// Columns that it had dropped or converted: how many values come back, and in how many rows there are none, since they are newer.
    pub(crate) values: Vec<UndoneValues>,
}

/// Rows, by their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowList {
    pub(crate) count: u64,
    /// The keys of the first [`SHOWN`].
    pub(crate) first: Vec<String>,
}

/// So many rows of each table are named.
pub(crate) const SHOWN: usize = 10;

/// The values of a column that come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UndoneValues {
    pub(crate) column: String,
    pub(crate) restored: u64,
    pub(crate) newer_rows: u64,
}

/// Each of them once: where several columns come back to the same rows, these are one conflict.
pub(crate) fn once_each(conflicts: Vec<Conflict>) -> Vec<Conflict> {
    let mut all: Vec<Conflict> = Vec::with_capacity(conflicts.len());
    for conflict in conflicts {
        let of_same = all.iter_mut().filter(|known| known.table == conflict.table && known.rows == conflict.rows);
        if !of_same.into_iter().any(|known| known.what.takes_in(&conflict.what)) {
            all.push(conflict);
        }
    }
    all
}

impl ConflictKind {
    /// Whether another one of the same rows says nothing more, once its columns are added.
    fn takes_in(&mut self, other: &Self) -> bool {
        match (&mut *self, other) {
            (Self::ChangedBeside { columns, values }, Self::ChangedBeside { columns: more, values: left })
                if *values == *left =>
            {
                let newer: Vec<String> = more.iter().filter(|column| !columns.contains(column)).cloned().collect();
                columns.extend(newer);
                true
            }
            (one, other) => *one == *other,
        }
    }
}

impl UndoneTable {
    pub(crate) fn new(table: Name<'static>) -> Self {
        Self {
            table,
            deleted: RowList::default(),
            changed: RowList::default(),
            inserted: RowList::default(),
            values: Vec::new(),
        }
    }

    /// Adds the values of a column. Rows that come back whole have theirs, and are not newer.
    pub(crate) fn add(&mut self, mut values: UndoneValues) {
        values.newer_rows = values.newer_rows.saturating_sub(self.changed.count + self.inserted.count);
        // A column that was converted, and dropped afterwards, has some of its values in one part and some in another.
        match self.values.iter_mut().find(|known| known.column == values.column) {
            Some(known) => {
                known.restored += values.restored;
                known.newer_rows = known.newer_rows.min(values.newer_rows).saturating_sub(values.restored);
            }
            None => self.values.push(values),
        }
    }

    /// Adds values that went to rows which are left as people made them otherwise.
    pub(crate) fn add_given(&mut self, column: &str, given: u64) {
        if let Some(values) = self.values.iter_mut().find(|values| values.column == column) {
            values.restored += given;
            values.newer_rows = values.newer_rows.saturating_sub(given);
        } else if given > 0 {
            self.values.push(UndoneValues { column: column.to_owned(), restored: given, newer_rows: 0 });
        }
    }

    /// With the keys of the rows: `table c: 1 row deleted (id = 5)`.
    pub(crate) fn with_keys(&self) -> String {
        let lists = [&self.deleted, &self.changed, &self.inserted];
        let first: Vec<String> = lists.into_iter().filter(|rows| rows.count > 0).map(RowList::shown).collect();
        format!("{self}{}", first.concat())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.deleted.count + self.changed.count + self.inserted.count == 0 && self.values.is_empty()
    }
}

impl RowList {
    /// The keys of the first rows, in brackets.
    fn shown(&self) -> String {
        if self.first.is_empty() {
            return String::new();
        }
        let more = if self.count > self.first.len() as u64 { ", ..." } else { "" };
        format!(" ({}{more})", self.first.join("; "))
    }
}

fn number(all: u64, noun: &str) -> String {
    count(usize::try_from(all).unwrap_or(usize::MAX), noun)
}

/// `table role: 1 row deleted, 2 rows put back as they were, 1 row inserted again, 3 values of column note restored`.
impl fmt::Display for UndoneTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let were = if self.changed.count == 1 { "put back as it was" } else { "put back as they were" };
        for (rows, done) in [(&self.deleted, "deleted"), (&self.changed, were), (&self.inserted, "inserted again")] {
            if rows.count > 0 {
                parts.push(format!("{} {done}", number(rows.count, "row")));
            }
        }
        parts.extend(self.values.iter().map(|values| {
            let restored = number(values.restored, "value");
            match values.newer_rows {
                0 => format!("{restored} of column {} restored", values.column),
                newer => {
                    let newer = number(newer, "newer row");
                    format!("{restored} of column {} restored, {newer} without", values.column)
                }
            }
        }));
        write!(f, "table {}: {}", self.table.plain(), parts.join(", "))
    }
}

/// `table role: 1 row was changed since: name = 'editor'`.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, rows, what } = self;
        let be = if rows.count == 1 { "was" } else { "were" };
        let what = match what {
            ConflictKind::Changed | ConflictKind::ChangedBeside { .. } => format!("{be} changed since"),
            ConflictKind::Deleted => format!("{be} deleted since"),
            ConflictKind::ThereAgain => format!("{be} deleted by the up, and others have the same keys now"),
            ConflictKind::Referred => format!("{be} inserted by the up, and newer rows refer to them"),
            ConflictKind::Orphaned => {
                format!("{be} deleted or changed by the up, and what they referred to is gone since")
            }
            ConflictKind::Unfit(why) | ConflictKind::Taken(why) => {
                format!("cannot be put back beside what was written since: {why}")
            }
            ConflictKind::Misfit(why) => format!("cannot stand in the table as the down makes it again: {why}"),
            ConflictKind::Unreadable => "cannot be compared: the table is not as the up left it".to_owned(),
        };
        write!(f, "table {}: {} {what}{}", table.plain(), number(rows.count, "row"), rows.shown())?;
        if let ConflictKind::ChangedBeside { columns, values } = &self.what {
            let (left, place) = if rows.count == 1 { ("it is", "it") } else { ("they are", "them") };
            let named: Vec<String> = columns.iter().map(|column| Plain(column).to_string()).collect();
            let noun = if columns.len() == 1 { "column" } else { "columns" };
            let become_of = match (values, columns.len()) {
                (ValuesLeft::Without, 1) => format!("has no value in {place}"),
                (ValuesLeft::Without, _) => format!("have no value in {place}"),
                (ValuesLeft::ByKey, 1) => "gets its value back by the key".to_owned(),
                (ValuesLeft::ByKey, _) => "get their values back by the key".to_owned(),
            };
            write!(f, ": where {left} left so, {noun} {} {become_of}", named.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conflict_is_told_once() {
        let of = |row: &str, what| Conflict {
            table: Name { schema: None, name: "role".into() },
            rows: RowList { count: 1, first: vec![row.to_owned()] },
            what,
        };
        let beside = |columns: &[&str], values| ConflictKind::ChangedBeside {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            values,
        };
        let all = vec![
            of("id = 1", beside(&["x"], ValuesLeft::Without)),
            of("id = 2", beside(&["x"], ValuesLeft::Without)),
            of("id = 1", beside(&["y", "x"], ValuesLeft::Without)),
            of("id = 1", beside(&["z"], ValuesLeft::ByKey)),
            of("id = 1", ConflictKind::Deleted),
            of("id = 1", ConflictKind::Deleted),
        ];
        let once = [
            of("id = 1", beside(&["x", "y"], ValuesLeft::Without)),
            of("id = 2", beside(&["x"], ValuesLeft::Without)),
            of("id = 1", beside(&["z"], ValuesLeft::ByKey)),
            of("id = 1", ConflictKind::Deleted),
        ];
        assert_eq!(once_each(all), once);
    }

    #[test]
    fn words() {
        let table = Name { schema: None, name: "role".into() };
        let list = |keys: &[&str]| RowList {
            count: keys.len() as u64,
            first: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        let conflict = |what, keys: &[&str]| Conflict { table: table.clone(), rows: list(keys), what }.to_string();
        assert_eq!(
            conflict(ConflictKind::Changed, &["name = 'a'"]),
            "table role: 1 row was changed since (name = 'a')"
        );
        let beside = |columns: &[&str], values| ConflictKind::ChangedBeside {
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            values,
        };
        assert_eq!(
            conflict(beside(&["note"], ValuesLeft::Without), &["name = 'a'"]),
            "table role: 1 row was changed since (name = 'a'): where it is left so, column note has no value in it"
        );
        assert_eq!(
            conflict(beside(&["note"], ValuesLeft::ByKey), &["id = 1", "id = 2"]),
            "table role: 2 rows were changed since (id = 1; id = 2): where they are left so, column note gets its value back by the key"
        );
        assert_eq!(
            conflict(beside(&["note", "who"], ValuesLeft::ByKey), &["id = 1"]),
            "table role: 1 row was changed since (id = 1): where it is left so, columns note, who get their values back by the key"
        );
        assert_eq!(
            conflict(ConflictKind::Deleted, &["id = 1", "id = 2"]),
            "table role: 2 rows were deleted since (id = 1; id = 2)"
        );
        let mut undone = UndoneTable::new(table.clone());
        assert!(undone.is_empty());
        undone.deleted = list(&["name = 'a'"]);
        undone.values.push(UndoneValues { column: "note".to_owned(), restored: 3, newer_rows: 1 });
        assert_eq!(
            undone.to_string(),
            "table role: 1 row deleted, 3 values of column note restored, 1 newer row without"
        );
    }
}
