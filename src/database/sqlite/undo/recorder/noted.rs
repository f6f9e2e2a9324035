//! The images of each table: made where they are needed, and given the names that columns have.

use super::{ImagePlace, Recorder};
use crate::database::sqlite::undo::facts::{FactColumn, TableFacts};
use crate::database::sqlite::undo::images::{Images, LeftRows};
use crate::database::sqlite::undo::room::FUNCTION;
use crate::history::{UndoColumn, images_name};

impl Recorder<'_> {
    /// Gives the images of a table the names that its columns have now, and the columns that it has got.
    pub(super) fn follow_columns(&mut self, at: usize) -> rusqlite::Result<()> {
        if self.logs[at].rows.is_none() {
            return Ok(());
        }
        let table = &self.tables.list[at];
        let is_gone = table.now.is_none();
        let facts = table.now.as_ref().map(|now| TableFacts::read(self.connection, now)).transpose()?;
        let has_others = |images: &Images| match &facts {
            Some(Ok(facts)) => images.now().count() != facts.columns.len(),
            Some(Err(_)) | None => true,
        };
        if self.logs[at].rows.as_ref().is_some_and(has_others) {
            self.read_left(at)?;
        }
        let Some(images) = &mut self.logs[at].rows else { return Ok(()) };
        if is_gone {
            images.columns.iter_mut().for_each(|column| column.after = None);
            return Ok(());
        }
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

    /// Has rows as the step left them be read in the end: what triggers have told of them may not be true any more.
    pub(super) fn read_left(&mut self, at: usize) -> rusqlite::Result<()> {
        let log = &mut self.logs[at];
        if std::mem::take(&mut log.left) == LeftRows::Told
            && let Some(images) = &log.rows
        {
            images.forget_left(self.connection)?;
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
        self.create_in(&self.place, self.made, facts, columns)
    }

    /// Makes one that is there for as long as the step runs. One that is kept gets its number in the end.
    pub(super) fn create_for_a_while(
        &mut self,
        facts: &TableFacts,
        columns: Vec<UndoColumn>,
    ) -> rusqlite::Result<Images> {
        self.made += 1;
        self.create_in(&ImagePlace::Temporary, self.made, facts, columns)
    }

    /// Makes the one that comes in the place of such a one, whose rows have numbers.
    pub(super) fn create_in_place_of(&self, images: &Images, columns: Vec<UndoColumn>) -> rusqlite::Result<Images> {
        self.create_in(&self.place, images.number, &TableFacts::numbered(), columns)
    }

    fn create_in(
        &self,
        place: &ImagePlace,
        number: u32,
        facts: &TableFacts,
        columns: Vec<UndoColumn>,
    ) -> rusqlite::Result<Images> {
        let (schema, name) = match place {
            ImagePlace::Kept { version, .. } => ("main", images_name(self.history, *version, number)),
            ImagePlace::Temporary => ("temp", format!("{FUNCTION}_{number}")),
        };
        Images::create(self.connection, schema, &name, number, facts, columns)
    }
}
