//! What a script may lose, and how it is told how much of it there is.

use super::{Loss, Name};

/// A loss that a script may be, before anybody has looked how much there is to lose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Risk {
    pub(crate) loss: Loss,
    pub(crate) measure: Measure,
}

/// How it is told how much goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Measure {
    /// All that the table or the column holds.
    All,
    /// All of a table that is dropped. An index of the texts of another table holds nothing of its own: of what the script does to that table the losses are told
    /// by themselves.
    Dropped,
    /// Of a table that is dropped: what was not copied out of it before.
    Except(Copied),
    /// All but what an up left there itself, which is recorded.
    Beyond(UpLeft),
    /// Of a column that is dropped: the values that are not the default with which its up added it.
    Filled(FilledColumn),
    /// The rows that the statement itself would take.
    Where(Taken),
    /// Those values that do not come back from the new type.
    Converted { to: String, using: Option<String> },
    /// Only what the step does tells it.
    Step,
    /// It cannot be told, and is always asked for.
    Never,
}

/// The rows that a DELETE or an UPDATE takes, in the statement's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The table, with its alias.
    pub(crate) from: String,
    /// What stands after WHERE; all rows where nothing does.
    pub(crate) condition: Option<String>,
}

/// What an up left in a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UpLeft {
    /// Where the rows are recorded that it has written: all of these.
    pub(crate) recorded: Vec<Besides>,
    /// What it has added with defaults: rows that are not recorded have these.
    pub(crate) filled: Vec<FilledColumn>,
}

/// Where the rows are recorded that an up left in a table, as it left them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Besides {
    /// The table of which they are.
    pub(crate) table: Name<'static>,
    /// What has them, as a query names it.
    pub(crate) images: String,
    /// Of how many columns a row's key is.
    pub(crate) keys: usize,
    /// The columns of the primary key, by name.
    pub(crate) key: Vec<String>,
    /// The places of columns in it, counted from 0, with their names.
    pub(crate) columns: Vec<(usize, String)>,
    /// Those of them whose values are people's: the up has not made them, and nothing puts them back.
    pub(crate) older: Vec<String>,
}

/// A column that a script adds with a default to a table whose rows it writes at most otherwise: rows that are there, and that it has not written, have the
/// default. Or one of a table that it makes again, where the copy writes a literal into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilledColumn {
    pub(crate) table: Name<'static>,
    pub(crate) column: String,
    /// What stands after DEFAULT, or the literal.
    pub(crate) default: String,
    pub(crate) by: FilledBy,
}

/// Where what stands in a new column came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilledBy {
    /// The default of the column.
    Default,
    /// The copy that made its table again.
    Copy,
}

/// Which columns of a table were copied, row by row and each under its own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Those that were; all of them where it is none.
    pub(crate) columns: Option<Vec<String>>,
    /// They were copied by their place: so they were only where the table has exactly these columns, in this order.
    pub(crate) in_order: Option<Vec<String>>,
    /// The table that has them when the script is at its end.
    pub(crate) kept_in: Name<'static>,
    /// What an up itself left in the table, where that is recorded.
    pub(crate) left: UpLeft,
}

impl Risk {
    pub(crate) fn all(loss: Loss) -> Self {
        let measure = if loss.holder().is_some() { Measure::All } else { Measure::Never };
        Self { loss, measure }
    }

    /// What is to be asked for where no transaction can be measured before it commits: all that may go.
    pub(crate) fn unmeasured(self) -> Self {
        match self.measure {
            Measure::Where(_) | Measure::Step => Self::all(self.loss),
            _ => self,
        }
    }
}
