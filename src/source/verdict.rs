//! What is known of taking a migration back, without a database.

use super::{Cost, Directives, Migration, Script};
use crate::error::Result;
use crate::sql::Loss;

impl Directives {
    /// What a down says that it loses. It adds to what its statements show: nothing that it says excuses any of them.
    pub(crate) fn said(&self) -> &[Loss] {
        &self.loses
    }

    fn cost(&self) -> Option<String> {
        match self.verdict {
            Some(Cost::Lossless) => Some("lossless".to_owned()),
            Some(Cost::Lossy) if self.loses.is_empty() => Some("lossy".to_owned()),
            _ if self.loses.is_empty() => None,
            _ => Some(format!("lossy: {}", self.loses.iter().map(Loss::sentence).collect::<Vec<_>>().join("; "))),
        }
    }
}

impl Migration {
    /// The reason, where the up or the down declares that there is no way back; empty where none is given.
    pub(crate) fn irreversible(&self) -> Result<Option<String>> {
        let of = |script: &Script| Ok(script.directives()?.irreversible.clone());
        match (of(&self.up)?, &self.down) {
            (None, Some(down)) => of(down),
            (declared, _) => Ok(declared),
        }
    }

    /// The down that takes it back: a file that only declares that there is no way back is none.
    pub(crate) fn way_back(&self) -> Result<Option<&Script>> {
        Ok(if self.irreversible()?.is_some() { None } else { self.down() })
    }

    /// The verdict as the history records it, where one is known: `lossless`, `lossy: <what>`, `irreversible: <why>`.
    pub(crate) fn verdict(&self) -> Result<Option<String>> {
        if let Some(reason) = self.irreversible()? {
            return Ok(Some(format!("irreversible: {reason}")));
        }
        match (&self.proven, &self.down) {
            // What the proof showed is more than the head of the file says, and what one written by hand does not say.
            (Some(proven), Some(_)) => Ok(Some(proven.to_string())),
            (None, Some(down)) => Ok(down.directives()?.cost()),
            (_, None) => Ok(None),
        }
    }
}
