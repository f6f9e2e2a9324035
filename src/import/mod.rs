//! Files into tables, by the rules of `[import.NAME]`: records out of a file, each as a row through `convert`, and a journal that knows what was
//! imported.

mod content;
mod decide;
mod file;
mod journal;
mod keep;
mod places;
mod record;
mod report;
mod rows;
mod run;
mod secret;
mod source;
mod table;
mod target;
mod task;
mod walk;

pub(crate) use self::content::open as open_content;
pub(crate) use self::record::{BadRecord, FieldValue};
pub(crate) use self::report::{FileFate, FileOutcome, ImportOutcome, RecordCounts, RuleOutcome};
pub(crate) use self::rows::{ImportRow, converted};
pub(crate) use self::source::members_as_written;
pub(crate) use self::table::{ColumnPlan, TablePlan, TargetCatalog};
pub(crate) use self::target::{
    ImportTarget, PostgresTarget, RowOutcome, SqliteTarget, TransactionEnd, WriteWay, bound,
};
pub(crate) use self::task::{ImportEvent, ImportTask};
