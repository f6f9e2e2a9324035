//! Rows for every table, so that what a migration does to users' rows shows.

mod column;
mod value;

use std::collections::BTreeSet;

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use self::column::{SeedColumn, SeedTable};
use super::name::ident;
use super::scratch::PostgresScratch;
use crate::database::postgres::scratch::ScratchDatabase;
use crate::down::seed::{By, Candidate, Empty, Ground, Presence, Refusal, Slot, Table, distinct, fill};
use crate::error::Result;

/// The rows of a parent that are tried.
const PARENTS: usize = 3;

/// Sequences go on here: what a migration is given by one is another value than in a database without users' rows.
const AFTER_SEEDS: &str = "SELECT setval(c.oid::regclass, CASE WHEN s.seqmax > 1000000 THEN 950000 ELSE s.seqmax / 2 END), c.oid \
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid \
     WHERE s.seqincrement > 0 AND s.seqmax > 1000 AND NOT s.seqcycle AND c.oid NOT IN ({seen})";

pub(super) async fn tables(scratch: &mut PostgresScratch) -> Result<Vec<String>> {
    let seen = &mut scratch.seeded;
    let database = &mut scratch.database;
    // Compiling what reads the catalog takes longer than reading it.
    database.control("BEGIN\n;\nSET LOCAL jit = off\n;\nSET CONSTRAINTS ALL IMMEDIATE").await?;
    let open = column::tables(database, &numbers(seen)).await?;
    seen.extend(open.iter().map(|table| table.oid));
    let sequences = database.query(&AFTER_SEEDS.replace("{seen}", &numbers(seen))).await?;
    seen.extend(sequences.iter().filter_map(|row| row.get(1)?.parse::<u32>().ok()));
    let empty = fill(database, open.into_iter().map(table).collect()).await?;
    database.commit().await?;
    Ok(empty.iter().map(Empty::to_string).collect())
}

/// A list that is never empty.
fn numbers(seen: &BTreeSet<u32>) -> String {
    let all: Vec<String> = std::iter::once(&0).chain(seen).map(u32::to_string).collect();
    all.join(", ")
}

/// The slots of a table: its references, and its other columns.
fn table(found: SeedTable) -> Table<SeedTable> {
    let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
    let mut slots = Vec::new();
    let mut references = BTreeSet::new();
    for column in &found.columns {
        match &column.reference {
            None => slots.push(plain(column, &names)),
            Some(reference) if references.insert(&reference.oid) => {
                let is_same =
                    |other: &&SeedColumn| other.reference.as_ref().is_some_and(|same| same.oid == reference.oid);
                slots.push(reference_slot(&found.name, &found.columns.iter().filter(is_same).collect::<Vec<_>>()));
            }
            Some(_) => {}
        }
    }
    Table { name: found.name.clone(), slots, facts: found }
}

fn plain(column: &SeedColumn, columns: &[&str]) -> Slot {
    let hints = value::hints(column, columns);
    let may_be_null = !column.not_null && !column.is_key;
    Slot {
        columns: vec![column.name.clone()],
        rows: std::array::from_fn(|row| {
            let mut rows = distinct(value::of(column, &hints, row).into_iter().map(Candidate::one));
            rows.extend((may_be_null && column.has_default).then(|| Candidate::one("NULL")));
            rows.extend((may_be_null || column.has_default).then_some(Candidate::LeftOut));
            rows
        }),
        presence: if column.is_key || column.not_null && !column.has_default {
            Presence::Needed
        } else {
            Presence::Optional
        },
        parent: None,
    }
}

/// All columns of a reference have their values from the same row.
fn reference_slot(table: &str, columns: &[&SeedColumn]) -> Slot {
    let references = || columns.iter().filter_map(|column| column.reference.as_ref());
    let parent = references().next().map_or("", |reference| &reference.parent);
    let key = |at: usize| {
        let one = |column: &str| {
            let row = format!("{at} % greatest(1, (SELECT count(*) FROM {parent}))");
            format!("(SELECT {} FROM {parent} ORDER BY tableoid, ctid DESC OFFSET {row} LIMIT 1)", ident(column))
        };
        Candidate::Given(references().map(|reference| one(&reference.column)).collect())
    };
    let is_optional = !columns.iter().any(|column| column.not_null || column.is_key);
    Slot {
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        rows: std::array::from_fn(|row| {
            let mut rows: Vec<Candidate> = (0..PARENTS).map(|at| key(row + at)).collect();
            if parent == table {
                rows.push(Candidate::Own(references().map(|reference| reference.column.clone()).collect()));
            }
            rows.extend(is_optional.then(|| Candidate::Given(vec!["NULL".to_owned(); columns.len()])));
            rows
        }),
        presence: if is_optional { Presence::Optional } else { Presence::Needed },
        parent: Some(parent.to_owned()),
    }
}

impl Ground for ScratchDatabase {
    type Facts = SeedTable;

    async fn insert(&mut self, table: &Table<SeedTable>, row: &[(&str, &str)]) -> Result<Result<(), Refusal>> {
        let message = Message::of(table, row);
        let Err(error) = self.offer(&message.text).await? else { return Ok(Ok(())) };
        self.control("ROLLBACK TO seed\n;\nRELEASE seed").await?;
        let refused = refused(&table.facts, &error).or_else(|| {
            let Some(ErrorPosition::Original(position)) = error.position() else { return None };
            Some((vec![row.get(message.value_at(*position)?)?.0.to_owned()], By::Values))
        });
        let (columns, by) = refused.unwrap_or((Vec::new(), By::Rows));
        Ok(Err(Refusal { reason: error.message().to_owned(), columns, by }))
    }

    async fn has_rows(&mut self, table: &str) -> Result<bool> {
        let rows = self.query(&format!("SELECT EXISTS (SELECT FROM {table})")).await?;
        Ok(rows.first().and_then(|row| row.get(0)) == Some("t"))
    }
}

/// An INSERT that can be taken back.
struct Message {
    text: String,
    /// Where each value ends, in characters.
    ends: Vec<usize>,
}

impl Message {
    fn of(table: &Table<SeedTable>, row: &[(&str, &str)]) -> Self {
        let columns: Vec<String> = row.iter().map(|(column, _)| ident(column)).collect();
        let mut text = format!("SAVEPOINT seed\n;\nINSERT INTO {}", table.name);
        let mut ends = Vec::new();
        if row.is_empty() {
            text.push_str(" DEFAULT VALUES");
        } else {
            text.push_str(&format!(" ({}) OVERRIDING SYSTEM VALUE VALUES (", columns.join(", ")));
            let mut end = text.chars().count();
            for (at, (_, value)) in row.iter().enumerate() {
                let value = format!("{}{value}", if at > 0 { ", " } else { "" });
                text.push_str(&value);
                end += value.chars().count();
                ends.push(end);
            }
            text.push(')');
        }
        text.push_str("\n;\nRELEASE seed");
        Self { text, ends }
    }

    /// The value at a position as the server counts them: from 1, in characters.
    fn value_at(&self, position: u32) -> Option<usize> {
        let position = usize::try_from(position).ok()?;
        self.ends.iter().position(|end| position <= *end)
    }
}

/// The columns that a refusal is about, where the server names a rule or a column.
fn refused(table: &SeedTable, error: &DbError) -> Option<(Vec<String>, By)> {
    let those = |is: &dyn Fn(&SeedColumn) -> bool| -> Vec<String> {
        table.columns.iter().filter(|column| is(column)).map(|column| column.name.clone()).collect()
    };
    let is_check = *error.code() == SqlState::CHECK_VIOLATION;
    // No partition takes it, in whichever table of partitions.
    if is_check && error.constraint().is_none() {
        return Some((those(&|column| !column.bounds.is_empty()), By::Values));
    }
    if let Some(domain) = error.datatype() {
        return Some((those(&|column| column.named == domain), By::Values));
    }
    if let (Some(column), &SqlState::NOT_NULL_VIOLATION) = (error.column(), error.code()) {
        // A trigger may have been refused what it wrote elsewhere.
        let is_here = error.table().is_some_and(|name| table.name.ends_with(&format!(".{}", ident(name))));
        return is_here.then(|| (vec![column.to_owned()], By::Values));
    }
    let columns = table.rules.get(error.constraint()?).cloned().unwrap_or_default();
    Some((columns, if is_check { By::Values } else { By::Rows }))
}
