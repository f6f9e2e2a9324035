//! The images of each table: made where they are needed, and given the names that columns have.

use super::{ImagePlace, Recorder};
use crate::database::sqlite::undo::facts::{FactColumn, TableFacts};
use crate::database::sqlite::undo::images::Images;
use crate::database::sqlite::undo::room::FUNCTION;
use crate::history::{UndoColumn, images_name};

impl Recorder<'_> {
    /// Gives the images of a table the names that its columns have now, and the columns that it has got.
    pub(super) fn follow_columns(&mut self, at: usize) -> rusqlite::Result<()> {
        let Some(images) = &mut self.logs[at].rows else { return Ok(()) };
        let table = &self.tables.list[at];
        if table.now.is_none() {
            images.columns.iter_mut().for_each(|column| column.after = None);
            return Ok(());
        }
        let facts = table.now.as_ref().map(|now| TableFacts::read(self.connection, now)).transpose()?;
        let Some(Ok(facts)) = facts else { return Ok(()) };
        let was: Vec<Option<String>> = images.columns.iter().map(|column| column.after.clone()).collect();
        let known: Vec<usize> = was.iter().enumerate().filter(|(_, name)| name.is_some()).map(|(at, _)| at).collect();
        if known.len() == facts.columns.len() {
            // The same, or one of them has another name.
            for (place, column) in known.into_iter().zip(&facts.columns) {
                images.columns[place].after = Some(column.name.clone());
            }
            return Ok(());
        }
        images.columns.iter_mut().for_each(|column| column.after = None);
        for column in &facts.columns {
            if let Some(place) = was.iter().position(|name| name.as_deref() == Some(&column.name)) {
                images.columns[place].after = Some(column.name.clone());
            } else {
                let added = UndoColumn { before: None, after: Some(column.name.clone()), in_key: column.in_key };
                images.add(self.connection, added)?;
            }
        }
        Ok(())
    }

    /// A table as people called it when the step began: they know no name that the step gave it for a while.
    pub(super) fn called(&self, at: usize) -> String {
        self.tables.list[at].origin.plain().to_string()
    }

    /// The images of a table, which are made where there are none.
    pub(in crate::database::sqlite::undo) fn images(
        &mut self,
        at: usize,
        facts: &TableFacts,
    ) -> rusqlite::Result<&Images> {
        if self.logs[at].rows.is_none() {
            let watched = &self.tables.list[at];
            let column = |column: &FactColumn| UndoColumn {
                before: watched
                    .columns
                    .iter()
                    .find(|known| known.name == column.name)
                    .and_then(|known| known.origin.clone()),
                after: Some(column.name.clone()),
                in_key: column.in_key,
            };
            let columns = facts.columns.iter().map(column).collect();
            let images = self.create(facts, columns)?;
            self.logs[at].rows = Some(images);
            self.logs[at].facts.get_or_insert_with(|| facts.clone());
        }
        Ok(self.logs[at].rows.as_ref().unwrap_or_else(|| unreachable!("they were made just now")))
    }

    /// Makes a table of images.
    pub(in crate::database::sqlite::undo) fn create(
        &mut self,
        facts: &TableFacts,
        columns: Vec<UndoColumn>,
    ) -> rusqlite::Result<Images> {
        self.made += 1;
        let (schema, name) = match &self.place {
            ImagePlace::Kept { version, .. } => ("main", images_name(self.history, *version, self.made)),
            ImagePlace::Temporary => ("temp", format!("{FUNCTION}_{}", self.made)),
        };
        Images::create(self.connection, schema, &name, self.made, facts, columns)
    }
}
