//! What a step takes from rows that were there, as far as it can be counted.

use std::fmt;

use crate::sql::Loss;

/// How much there is of something now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    Of(u64),
    /// The table or the column is not there: nothing of it can go.
    Gone,
    /// It cannot be looked at from here, as what is in a database that only the script attaches. It counts as something.
    Unknown,
}

impl Amount {
    /// The loss with it; nothing where nothing is there to be lost.
    pub(crate) fn of(self, loss: &Loss) -> Vec<Counted> {
        let count = match self {
            Self::Of(count) => Some(count),
            Self::Gone => return Vec::new(),
            Self::Unknown => None,
        };
        vec![Counted { loss: loss.clone(), count }]
    }
}

/// A loss, and how much of it there is: rows, or values that are not NULL; none where it cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) loss: Loss,
    pub(crate) count: Option<u64>,
}

impl Counted {
    /// Rows that something on a table of the history may reach when the step is recorded: how many shows too late.
    pub(crate) fn by_record(what: &str) -> Self {
        let what = format!("rows that {what} may reach when the step is recorded");
        Self { loss: Loss::Other { what }, count: None }
    }

    /// Whether something goes. What cannot be counted is taken for something.
    pub(crate) fn is_something(&self) -> bool {
        self.count != Some(0)
    }
}

/// `table orders: 3 rows`, `column orders.total: 1 value`, `table member: 7 rows deleted`.
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { loss, count } = self;
        let Some(count) = count else {
            return match loss {
                Loss::Deleted { .. } | Loss::Changed { .. } => f.write_str(&loss.sentence()),
                _ => loss.fmt(f),
            };
        };
        let plural = if *count == 1 { "" } else { "s" };
        match loss {
            Loss::Rows { .. } => write!(f, "{loss}: {count} row{plural}"),
            Loss::Values { .. } | Loss::Other { .. } => write!(f, "{loss}: {count} value{plural}"),
            Loss::Converted { how, .. } => write!(f, "{loss}: {count} value{plural} converted {how}"),
            Loss::Deleted { .. } => write!(f, "{loss}: {count} row{plural} deleted"),
            Loss::Changed { .. } => write!(f, "{loss}: {count} row{plural} changed"),
        }
    }
}
