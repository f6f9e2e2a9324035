//! What is known of taking a migration back, without a database.

use super::{Cost, Directives, GENERATED, Losses, Migration, REASON, Script, Verdict};
use crate::error::Result;
use crate::sql::Loss;

impl Directives {
    /// What a down says that it loses. It adds to what its statements show: nothing that it says excuses any of them.
    pub(crate) fn said(&self) -> &[Loss] {
        &self.loses
    }

    fn cost(&self) -> Option<Verdict> {
        let lossy = || Verdict::Lossy(Losses { lost: self.loses.clone(), reasons: Vec::new() });
        match self.verdict {
            Some(Cost::Lossless) => Some(Verdict::Lossless),
            Some(Cost::Lossy) => Some(lossy()),
            None => (!self.loses.is_empty()).then(lossy),
        }
    }
}

impl Script {
    /// The same with the reasons that stand as comments in the head of a down that was generated: its directives have those alone that `down` asks for.
    fn with_reasons(&self, cost: Verdict) -> Verdict {
        if !self.is_generated() {
            return cost;
        }
        let head = self.text().lines().take_while(|line| line.trim_end() != GENERATED);
        let reasons = head.filter_map(|line| line.strip_prefix(REASON)).map(|reason| reason.trim_end().to_owned());
        let known = cost.reasons();
        match cost {
            Verdict::Lossy(losses) => {
                let more = reasons.filter(|reason| !known.contains(reason));
                Verdict::Lossy(Losses { reasons: losses.reasons.into_iter().chain(more).collect(), ..losses })
            }
            Verdict::Lossless | Verdict::Irreversible(_) => cost,
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

    /// Whether its down was proven for another text of its up, if at all.
    #[cfg(feature = "project")]
    pub(crate) fn is_of_another_text(&self) -> bool {
        self.proven.as_ref() == Some(&Verdict::of_another_text())
    }

    /// What is known of taking it back, as the history records it.
    pub(crate) fn verdict(&self) -> Result<Option<Verdict>> {
        if let Some(reason) = self.irreversible()? {
            let reasons = Some(reason).filter(|reason| !reason.is_empty());
            return Ok(Some(Verdict::Irreversible(reasons.into_iter().collect())));
        }
        match (&self.proven, &self.down) {
            // What the proof showed is more than the head of the file says, and what one written by hand does not say.
            (Some(proven), Some(_)) => Ok(Some(proven.clone())),
            (None, Some(down)) => Ok(down.directives()?.cost().map(|cost| down.with_reasons(cost))),
            (_, None) => Ok(None),
        }
    }
}
