//! The smallest case that still fails: many parts are left out at once first, and then one by one.

use super::course::run;
use super::trial::Trial;
use crate::undo::outcome::Outcome;

/// How a case is wrong, where it is.
pub(super) fn fault(trial: &Trial) -> Option<(&'static str, String)> {
    run(trial).into_iter().find_map(|outcome| match outcome {
        Outcome::Wrong { kind, text } => Some((kind, text)),
        _ => None,
    })
}

/// Leaves out what it can of each list, one by one, as long as the case is wrong in the same way.
pub(super) fn smallest(trial: &Trial, kind: &'static str) -> Trial {
    let mut trial = trial.clone();
    let is_still = |trial: &Trial| fault(trial).is_some_and(|(other, _)| other == kind);
    loop {
        let size = trial.size();
        less(&mut trial, |trial| &mut trial.again, &is_still);
        less(&mut trial, |trial| &mut trial.between, &is_still);
        less(&mut trial, |trial| &mut trial.up, &is_still);
        less(&mut trial, |trial| &mut trial.rows, &is_still);
        less(&mut trial, |trial| &mut trial.schema, &is_still);
        // The inverse of a statement by hand is that of all its texts.
        let statements = if trial.is_by_hand { 0 } else { trial.up.len() };
        for at in 0..statements {
            less(&mut trial, |trial| &mut trial.up[at].texts, &is_still);
        }
        if trial.size() == size {
            return trial;
        }
    }
}

fn less<T>(trial: &mut Trial, list: impl Fn(&mut Trial) -> &mut Vec<T>, is_still: &impl Fn(&Trial) -> bool) {
    let mut size = list(trial).len();
    while size > 0 {
        let mut end = list(trial).len();
        while end > 0 {
            let start = end.saturating_sub(size);
            let mut smaller = trial.clone();
            list(&mut smaller).drain(start..end);
            if is_still(&smaller) {
                *trial = smaller;
            }
            end = start;
        }
        size /= 2;
    }
}
