//! The smallest case that still fails.

use super::making::Case;
use super::outcome::Outcome;
use super::round::run;

/// How a case is wrong, where it is.
pub(super) fn fault(case: &Case) -> Option<(&'static str, String)> {
    run(case).into_iter().find_map(|outcome| match outcome {
        Outcome::Wrong { kind, text } => Some((kind, text)),
        _ => None,
    })
}

/// Leaves out what it can of each list, one by one, as long as the case is wrong in the same way.
pub(super) fn smallest(case: &Case, kind: &'static str) -> Case {
    let mut case = case.clone();
    let is_still = |case: &Case| fault(case).is_some_and(|(other, _)| other == kind);
    loop {
        let size = case.size();
        less(&mut case, |case| &mut case.again, &is_still);
        less(&mut case, |case| &mut case.between, &is_still);
        less(&mut case, |case| &mut case.up, &is_still);
        less(&mut case, |case| &mut case.rows, &is_still);
        less(&mut case, |case| &mut case.schema, &is_still);
        // The inverse of a statement by hand is that of all its texts.
        let statements = if case.is_by_hand { 0 } else { case.up.len() };
        for at in 0..statements {
            less(&mut case, |case| &mut case.up[at].texts, &is_still);
        }
        if case.size() == size {
            return case;
        }
    }
}

fn less<T>(case: &mut Case, list: impl Fn(&mut Case) -> &mut Vec<T>, is_still: &impl Fn(&Case) -> bool) {
    let mut at = list(case).len();
    while at > 0 {
        at -= 1;
        let mut smaller = case.clone();
        list(&mut smaller).remove(at);
        if is_still(&smaller) {
            *case = smaller;
        }
    }
}
