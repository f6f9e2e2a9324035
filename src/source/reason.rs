//! The sentences of a verdict, by what takes them away.
//!
//! A verdict is stored as text, in schema.lock and in histories, so that what a sentence is about is told from its words. Each form is written here once: whoever says
//! it says it with [`ReasonForm::say`]. A sentence that fits none is one that nothing takes away.

use std::fmt::Display;

/// What takes a reason of a verdict away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReasonKind {
    /// What the up did to rows, and a down does not undo by itself: a record of these rows puts them back.
    OfUp,
    /// What statements about rows of a generated down do to tables that stay: they are left away where a record puts the rows back.
    OfRowStatements,
    /// What a down does to what is there when it runs: trying it on the database shows whether it does.
    OfDown,
    /// Why a down fails over what is there, and changes nothing: trying it shows that, too.
    InTheWay,
    /// It quotes a statement, and is about nothing by itself.
    Quote,
    /// It is known of nothing that it takes this away.
    Other,
}

/// A sentence with gaps, by its fixed parts: one more than there are gaps.
pub(crate) struct ReasonForm<const PARTS: usize>(ReasonKind, [&'static str; PARTS]);

/// A table that the up dropped.
pub(crate) const TABLE_WAS_DROPPED: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["table ", " comes back without the rows that the up dropped"]);

/// A column that the up dropped.
pub(crate) const COLUMN_WAS_DROPPED: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["column ", " comes back without the values that the up dropped"]);

/// A column, and the types from which and to which the up converted it.
pub(crate) const WERE_CONVERTED: ReasonForm<4> =
    ReasonForm(ReasonKind::OfUp, ["values of ", " are those that the up converted from ", " to ", ""]);

/// A table of which rows are missing.
pub(crate) const ROWS_REMOVED: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["rows of table ", " that the up removes do not come back"]);

/// A table that has more rows.
pub(crate) const ROWS_ADDED: ReasonForm<2> = ReasonForm(ReasonKind::OfUp, ["rows that the up adds to table ", " stay"]);

/// A table with other rows.
pub(crate) const ROWS_DIFFER: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["rows of table ", " are not what they were"]);

/// A table, and columns of it that have other values.
pub(crate) const VALUES_CHANGED: ReasonForm<3> =
    ReasonForm(ReasonKind::OfUp, ["values of table ", " that the up changes do not come back: ", ""]);

/// A table that has more rows than are looked at, and how many that is.
pub(crate) const TOO_MANY_ROWS: ReasonForm<3> = ReasonForm(
    ReasonKind::OfUp,
    ["table ", " has more than ", " rows, and those that the up changes are not put back"],
);

/// Statements of an up whose rows the proof could not follow.
pub(crate) const HIDDEN: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["what this does to rows does not show in its text: ", ""]);
pub(crate) const REMOVES: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["the rows that this removes or replaces do not come back: ", ""]);
pub(crate) const CHANGES: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["the values that this changes do not come back: ", ""]);
pub(crate) const COMPUTES: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["the values that this computes do not turn into the old ones again: ", ""]);
pub(crate) const CHOOSES: ReasonForm<2> =
    ReasonForm(ReasonKind::OfUp, ["the rows that this leaves out or adds stay so: ", ""]);

/// Why the up fails over rows that it left itself.
pub(crate) const UP_FAILS_AGAIN: ReasonForm<2> = ReasonForm(
    ReasonKind::OfUp,
    ["after it the up fails where tables have rows, until somebody takes these away: ", ""],
);

/// A table whose rows have no key.
pub(crate) const FOUND_BY_VALUES: ReasonForm<2> = ReasonForm(
    ReasonKind::OfRowStatements,
    ["rows of ", " are found by their values: those with the same ones change too"],
);

/// A statement that gives values to rows.
pub(crate) const FILLED: ReasonForm<2> = ReasonForm(ReasonKind::OfDown, ["rows that have no value get one: ", ""]);

/// Why the down fails, and over what.
pub(crate) const IN_THE_WAY: ReasonForm<2> =
    ReasonForm(ReasonKind::InTheWay, ["it fails, and changes nothing, where ", ""]);

/// Why the up could not be tried over rows.
pub(crate) const UNTRIED: ReasonForm<2> = ReasonForm(
    ReasonKind::OfDown,
    ["it does not run where tables have rows, so that nothing is known of what becomes of these: ", ""],
);

/// A statement that is to blame.
pub(crate) const STATEMENT: ReasonForm<2> = ReasonForm(ReasonKind::Quote, ["the statement is: ", ""]);

/// What [`Loss::sentence`](crate::sql::Loss::sentence) says of data that is there when the down runs.
const DROPPED_TABLE: ReasonForm<2> = ReasonForm(ReasonKind::OfDown, ["table ", " is dropped with its rows"]);
const DROPPED_COLUMN: ReasonForm<2> = ReasonForm(ReasonKind::OfDown, ["column ", " is dropped with its values"]);
const CONVERTED: ReasonForm<3> = ReasonForm(ReasonKind::OfDown, ["values of ", " are converted ", ""]);
const DELETED: ReasonForm<2> = ReasonForm(ReasonKind::OfRowStatements, ["rows of table ", " are deleted"]);
const CHANGED: ReasonForm<2> = ReasonForm(ReasonKind::OfRowStatements, ["rows of table ", " are changed"]);

impl<const PARTS: usize> ReasonForm<PARTS> {
    /// The sentence with its gaps filled.
    pub(crate) fn say(&self, gaps: &[&dyn Display]) -> String {
        debug_assert_eq!(gaps.len() + 1, PARTS, "a gap between each two parts of {:?}", self.1);
        let filled = self.1.iter().zip(gaps).map(|(part, gap)| format!("{part}{gap}"));
        filled.collect::<String>() + self.1[PARTS - 1]
    }

    /// What stands in the first gap of a sentence of this form.
    pub(crate) fn first<'s>(&self, sentence: &'s str) -> Option<&'s str> {
        self.fits(sentence)?;
        let rest = sentence.strip_prefix(self.1[0])?;
        if PARTS == 2 { rest.strip_suffix(self.1[1]) } else { rest.split_once(self.1[1]).map(|(gap, _)| gap) }
    }

    /// What takes the sentence away, where it is one of this form.
    fn fits(&self, sentence: &str) -> Option<ReasonKind> {
        let [first, between @ .., last] = &self.1[..] else { return None };
        let rest = sentence.strip_prefix(first)?;
        let rest = between.iter().try_fold(rest, |rest, part| rest.split_once(part).map(|(_, rest)| rest))?;
        rest.ends_with(last).then_some(self.0)
    }
}

impl ReasonKind {
    /// Whether statements of the up are quoted for a reason: those that may be to blame for it.
    pub(crate) fn is_quoted_for(reason: &str) -> bool {
        matches!(Self::of(reason), Self::OfUp | Self::Other)
    }

    /// What takes a sentence of a verdict away.
    pub(crate) fn of(sentence: &str) -> Self {
        let of_two = [
            &TABLE_WAS_DROPPED,
            &COLUMN_WAS_DROPPED,
            &ROWS_REMOVED,
            &ROWS_ADDED,
            &ROWS_DIFFER,
            &HIDDEN,
            &REMOVES,
            &CHANGES,
            &COMPUTES,
            &CHOOSES,
            &UP_FAILS_AGAIN,
            &FOUND_BY_VALUES,
            &FILLED,
            &IN_THE_WAY,
            &UNTRIED,
            &STATEMENT,
            &DROPPED_TABLE,
            &DROPPED_COLUMN,
            &DELETED,
            &CHANGED,
        ];
        let of_three = [&VALUES_CHANGED, &TOO_MANY_ROWS, &CONVERTED];
        let mut found = of_two.iter().filter_map(|form| form.fits(sentence));
        let found = found.next().or_else(|| of_three.iter().find_map(|form| form.fits(sentence)));
        found.or_else(|| WERE_CONVERTED.fits(sentence)).unwrap_or(Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Loss, Name};

    #[test]
    fn what_is_said_is_told_again() {
        for (sentence, kind) in [
            (TABLE_WAS_DROPPED.say(&[&"old"]), ReasonKind::OfUp),
            (COLUMN_WAS_DROPPED.say(&[&"member.note"]), ReasonKind::OfUp),
            (WERE_CONVERTED.say(&[&"column t.a", &"text", &"integer"]), ReasonKind::OfUp),
            (VALUES_CHANGED.say(&[&"role", &"rank, name"]), ReasonKind::OfUp),
            (TOO_MANY_ROWS.say(&[&"role", &10_000]), ReasonKind::OfUp),
            (HIDDEN.say(&[&"DO $$ BEGIN END $$"]), ReasonKind::OfUp),
            (FOUND_BY_VALUES.say(&[&"role"]), ReasonKind::OfRowStatements),
            (FILLED.say(&[&"UPDATE role SET rank = 0"]), ReasonKind::OfDown),
            (STATEMENT.say(&[&"DELETE FROM role"]), ReasonKind::Quote),
        ] {
            assert_eq!(ReasonKind::of(&sentence), kind, "{sentence}");
        }
    }

    #[test]
    fn what_is_lost_of_what_is_there_is_never_the_ups() {
        let table = Name { schema: None, name: "role".into() };
        let column = "rank".to_owned();
        for (loss, kind) in [
            (Loss::Rows { table: table.clone() }, ReasonKind::OfDown),
            (Loss::Values { table: table.clone(), column: column.clone() }, ReasonKind::OfDown),
            (Loss::Converted { table: table.clone(), column, how: "from text to date".to_owned() }, ReasonKind::OfDown),
            (Loss::Deleted { table: table.clone() }, ReasonKind::OfRowStatements),
            (Loss::Changed { table }, ReasonKind::OfRowStatements),
            (Loss::Other { what: "what somebody wrote in its head".to_owned() }, ReasonKind::Other),
        ] {
            assert_eq!(ReasonKind::of(&loss.sentence()), kind, "{loss}");
        }
    }

    #[test]
    fn what_has_other_words_is_taken_away_by_nothing() {
        for sentence in [
            "",
            "sequence a begins anew",
            "attribute pair.x comes back without the values that the up dropped",
            "table old comes back without the rows that the up dropped, and more",
            "the table old comes back without the rows that the up dropped",
            "its down was not proven for this text of it: schema.lock has another",
            "rows that the up changed are not put back: they were purged 2026-12-04",
            "b' WHERE a = 'x",
        ] {
            assert_eq!(ReasonKind::of(sentence), ReasonKind::Other, "{sentence}");
        }
    }
}
