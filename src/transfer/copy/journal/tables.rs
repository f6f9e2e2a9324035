//! The journal's tables: made, filled for a move that begins, and taken away.

use super::MoveJournal;
use crate::convert::{Shown, TargetType, TargetValue};
use crate::history::MoveTable;
use crate::sql::Literal;
use crate::transfer::TableMove;
use crate::transfer::copy::range::RowRange;

/// What is said of a move when it begins.
#[derive(Debug)]
pub(crate) struct NewMove<'a> {
    /// How messages name the source.
    pub(crate) source: &'a str,
    /// What the file of the source was.
    pub(crate) source_state: &'a str,
    /// When it begins: microseconds since 2000-01-01 in UTC.
    pub(crate) moment: i64,
}

impl MoveJournal {
    /// The statements that make its tables.
    pub(crate) fn create(&self) -> String {
        let table = |table| self.table(table);
        [
            format!(
                "CREATE TABLE {} (one boolean PRIMARY KEY DEFAULT true CHECK (one), source text NOT NULL, \
                 state text NOT NULL CHECK (state IN ('begun', 'rows', 'following', 'returned', 'switched', 'open', 'complete')), source_state text NOT NULL, \
                 source_changed boolean NOT NULL DEFAULT false, moment timestamptz NOT NULL, \
                 is_decided boolean NOT NULL DEFAULT false, version text NOT NULL, begun_at timestamptz NOT NULL DEFAULT now(), \
                 completed_at timestamptz)",
                table(MoveTable::State)
            ),
            format!(
                "CREATE TABLE {} (source_table text NOT NULL, range integer NOT NULL, after bigint, last bigint, target text NOT NULL, \
                 target_name text NOT NULL, position integer NOT NULL, rules text NOT NULL, PRIMARY KEY (source_table, range))",
                table(MoveTable::Ranges)
            ),
            format!(
                "CREATE TABLE {} (source_table text NOT NULL, range integer NOT NULL, chunk integer NOT NULL, part integer NOT NULL, \
                 upto text, is_last boolean NOT NULL, rows_read bigint NOT NULL, rows_written bigint NOT NULL, \
                 rows_set_aside bigint NOT NULL, rows_too_old bigint NOT NULL DEFAULT 0, rows_orphans bigint NOT NULL DEFAULT 0, \
                 rows_duplicates bigint NOT NULL DEFAULT 0, bytes bigint NOT NULL, written_at timestamptz NOT NULL DEFAULT clock_timestamp(), \
                 PRIMARY KEY (source_table, range, chunk, part))",
                table(MoveTable::Chunks)
            ),
            format!(
                "CREATE TABLE {} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source_table text NOT NULL, row_name text NOT NULL, \
                 row_key text, column_name text, storage_class text NOT NULL, value bytea, became bytea, reason text NOT NULL, \
                 set_aside_at timestamptz NOT NULL DEFAULT now())",
                table(MoveTable::SetAside)
            ),
            format!(
                "CREATE TABLE {} (position integer PRIMARY KEY, of_table text NOT NULL, what text NOT NULL, name text NOT NULL, \
                 back text NOT NULL, back_soon text, validate text, key_shape text, is_back boolean NOT NULL DEFAULT false)",
                table(MoveTable::Apart)
            ),
            format!(
                "CREATE TABLE {} (source_table text NOT NULL, column_name text NOT NULL, old_id text NOT NULL, new_id uuid NOT NULL)",
                table(MoveTable::Ids)
            ),
            format!(
                "CREATE TABLE {} (one boolean PRIMARY KEY DEFAULT true CHECK (one), capture text NOT NULL, position bigint NOT NULL DEFAULT 0, \
                 mark text NOT NULL DEFAULT '', pending_marks text[] NOT NULL DEFAULT '{{}}', follower text, alive_at timestamptz, changes bigint NOT NULL DEFAULT 0, \
                 behind bigint, behind_seconds double precision, applied_at timestamptz, \
                 return_from text, return_triggers text, rounds_begun bigint NOT NULL DEFAULT 0, rounds_done bigint NOT NULL DEFAULT 0)",
                table(MoveTable::Follow)
            ),
        ]
        .join(";\n")
    }

    /// The statement that says what the move is.
    pub(crate) fn begin(&self, new: &NewMove<'_>) -> String {
        format!(
            "INSERT INTO {} (source, state, source_state, moment, version) VALUES ({}, 'begun', {}, {}::timestamptz, {})",
            self.table(MoveTable::State),
            Literal(Some(new.source)),
            Literal(Some(new.source_state)),
            Literal(Some(&Shown(&TargetValue::Timestamp(new.moment), &TargetType::Timestamptz(6)).to_string())),
            Literal(Some(env!("CARGO_PKG_VERSION")))
        )
    }

    /// The statement that notes the ranges of a table, with a digest of the rules for its values.
    pub(crate) fn ranges(&self, position: usize, table: &TableMove, ranges: &[RowRange]) -> String {
        let number = |bound: Option<i64>| bound.map_or_else(|| "NULL".to_owned(), |bound| bound.to_string());
        let row = |range: &RowRange| {
            format!(
                "({}, {}, {}::bigint, {}::bigint, {}, {}, {position}, {})",
                Literal(Some(&table.name)),
                range.number,
                number(range.after),
                number(range.last),
                Literal(Some(&table.target.to_string())),
                Literal(Some(&table.target.plain())),
                Literal(Some(&table.rules_digest()))
            )
        };
        let rows: Vec<String> = ranges.iter().map(row).collect();
        format!(
            "INSERT INTO {} (source_table, range, after, last, target, target_name, position, rules) VALUES {}",
            self.table(MoveTable::Ranges),
            rows.join(", ")
        )
    }

    /// The statement that notes the rules of a table of which no row has come yet.
    pub(crate) fn rules_of(&self, table: &TableMove) -> String {
        format!(
            "UPDATE {} SET rules = {} WHERE source_table = {}",
            self.table(MoveTable::Ranges),
            Literal(Some(&table.rules_digest())),
            Literal(Some(&table.name))
        )
    }

    /// The statement that takes its tables away.
    pub(crate) fn drop(&self) -> String {
        let tables: Vec<String> = MoveTable::ALL.iter().map(|table| self.table(*table)).collect();
        format!("DROP TABLE IF EXISTS {}", tables.join(", "))
    }

    /// The statement that says how far the move has come.
    pub(crate) fn set_state(&self, state: &str) -> String {
        let completed = if matches!(state, "open" | "complete") { ", completed_at = now()" } else { "" };
        format!("UPDATE {} SET state = {}{completed}", self.table(MoveTable::State), Literal(Some(state)))
    }

    /// The statement that says that it is decided which rows stay of those that are there more than once.
    pub(crate) fn set_decided(&self) -> String {
        format!("UPDATE {} SET is_decided = true", self.table(MoveTable::State))
    }

    /// The statement that says that the source was written since the move began.
    pub(crate) fn source_changed(&self) -> String {
        format!("UPDATE {} SET source_changed = true WHERE NOT source_changed", self.table(MoveTable::State))
    }
}
