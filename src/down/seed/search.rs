//! The search for a row that the database takes: a value for each place, chosen anew where a rule refuses it.

use std::collections::HashSet;

/// What refused a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusedBy {
    /// The values alone: the same ones would be refused again.
    Values,
    /// Other rows, or what is not known.
    Rows,
}

/// How often another choice is looked for where one was tried already.
const MOST_DRAWS: usize = 50;

/// For each place of a row one of its candidates. What a rule about one place refuses is not chosen again; what one about several
/// refuses is changed in one of them, by chance that is the same every time.
pub(super) struct Search {
    /// For each place its candidates, as numbers: equal ones have equal numbers.
    kinds: Vec<Vec<usize>>,
    /// Whether they are still in question.
    alive: Vec<Vec<bool>>,
    choice: Vec<usize>,
    tried: HashSet<Vec<usize>>,
    refusals: usize,
    state: u64,
}

impl Search {
    /// A search among these candidates for each place, that begins with `choice`.
    pub(super) fn new(kinds: Vec<Vec<usize>>, choice: Vec<usize>) -> Self {
        let alive = kinds.iter().map(|kinds| vec![true; kinds.len()]).collect();
        Self { kinds, alive, choice, tried: HashSet::new(), refusals: 0, state: 0x9E37_79B9_7F4A_7C15 }
    }

    pub(super) fn choice(&self) -> &[usize] {
        &self.choice
    }

    /// Chooses anew after a refusal that was about these places, or about no known one. False where nothing is left.
    pub(super) fn refused(&mut self, places: &[usize], by: RefusedBy) -> bool {
        self.tried.insert(self.choice.clone());
        self.refusals += 1;
        if let ([place], RefusedBy::Values) = (places, by) {
            let now = self.choice[*place];
            self.alive[*place][now] = false;
            let next = self.others(*place).first().copied();
            self.choice[*place] = next.unwrap_or(now);
            // The next one may lead to what was tried.
            return next.is_some() && (!self.tried.contains(&self.choice) || self.choose(&[]));
        }
        self.choose(places)
    }

    /// Changes some of these places, or of all where none is named, to what was not tried. False where nothing such is left.
    fn choose(&mut self, places: &[usize]) -> bool {
        let open = |places: &[usize]| -> Vec<usize> {
            places.iter().copied().filter(|place| !self.others(*place).is_empty()).collect()
        };
        let all: Vec<usize> = (0..self.choice.len()).collect();
        let open = match open(places) {
            some if !some.is_empty() => some,
            _ if places.is_empty() => open(&all),
            // The rule is about what cannot be chosen otherwise.
            _ => return false,
        };
        if open.is_empty() {
            return false;
        }
        let before = self.choice.clone();
        for _ in 0..MOST_DRAWS {
            self.choice.clone_from(&before);
            self.draw(&open);
            if !self.tried.contains(&self.choice) {
                return true;
            }
        }
        // Of few candidates all were tried.
        false
    }

    /// Changes one of these places; now and then all of them, or all that can to the same value.
    fn draw(&mut self, open: &[usize]) {
        match self.refusals % 4 {
            3 => {
                for place in open {
                    self.choice[*place] = self.one_of(*place);
                }
            }
            2 if open.len() > 1 => {
                let first = open[self.below(open.len())];
                let at = self.one_of(first);
                let kind = self.kinds[first][at];
                for place in open {
                    let same = self.kinds[*place].iter().position(|other| *other == kind);
                    if let Some(at) = same.filter(|at| self.alive[*place][*at]) {
                        self.choice[*place] = at;
                    }
                }
            }
            _ => {
                let place = open[self.below(open.len())];
                // The last one stands for no value: rules about several columns often want that.
                let last = self.alive[place].len() - 1;
                let is_last = self.alive[place][last] && self.choice[place] != last && self.below(3) == 0;
                self.choice[place] = if is_last { last } else { self.one_of(place) };
            }
        }
    }

    fn one_of(&mut self, place: usize) -> usize {
        let others = self.others(place);
        if others.is_empty() { self.choice[place] } else { others[self.below(others.len())] }
    }

    /// The candidates that are in question, but for the one that is chosen.
    fn others(&self, place: usize) -> Vec<usize> {
        let alive = self.alive[place].iter().enumerate();
        alive.filter(|(at, alive)| **alive && *at != self.choice[place]).map(|(at, _)| at).collect()
    }

    /// A linear congruential generator, of which the high bits are used.
    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).unwrap_or(0) % end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of attempts, where `refuse` names the places of the first rule that is broken.
    fn attempts(counts: &[usize], refuse: impl Fn(&[usize]) -> Option<Vec<usize>>) -> Option<usize> {
        // Each place has its candidates in another order.
        let kinds =
            counts.iter().enumerate().map(|(place, count)| (0..*count).map(|at| (at + place) % count).collect());
        let mut search = Search::new(kinds.collect(), vec![0; counts.len()]);
        for attempt in 1..=200 {
            match refuse(search.choice()) {
                None => return Some(attempt),
                Some(places) if search.refused(&places, RefusedBy::Values) => {}
                Some(_) => return None,
            }
        }
        None
    }

    #[test]
    fn what_one_place_refuses_is_tried_once() {
        let wanted = [7, 9, 3];
        let first_wrong =
            |choice: &[usize]| (0..3).find(|place| choice[*place] != wanted[*place]).map(|place| vec![place]);
        assert_eq!(attempts(&[10, 10, 10], first_wrong), Some(1 + 7 + 9 + 3));
        assert_eq!(attempts(&[2], |_| Some(vec![0])), None);
    }

    #[test]
    fn rules_about_several_places_come_to_hold_together() {
        let rules = |choice: &[usize]| {
            let exclusive = (choice[0] == 9) != (choice[1] == 9);
            let different = choice[2] != choice[3];
            let ordered = choice[4] > choice[5];
            let all = [(exclusive, [0, 1]), (different, [2, 3]), (ordered, [4, 5]), (choice[1] == choice[6], [1, 6])];
            all.iter().find(|(holds, _)| !holds).map(|(_, places)| places.to_vec())
        };
        let attempts = attempts(&[10; 7], rules).unwrap();
        assert!(attempts <= 60, "{attempts}");
    }

    #[test]
    fn places_come_to_be_equal() {
        let unequal = |choice: &[usize]| (0..4).any(|place| (choice[place] + place) % 20 != choice[0]);
        let attempts = attempts(&[20; 4], |choice| unequal(choice).then(|| vec![0, 1, 2, 3])).unwrap();
        assert!(attempts <= 4, "{attempts}");
    }

    #[test]
    fn a_search_ends_where_other_rows_have_all_that_is_left() {
        let mut search = Search::new(vec![vec![0, 1], vec![0, 1, 2]], vec![0, 0]);
        assert!(search.refused(&[0], RefusedBy::Rows));
        assert!(!search.refused(&[0], RefusedBy::Rows));
    }

    #[test]
    fn a_refusal_about_nothing_known_changes_anything() {
        let found = attempts(&[8; 5], |choice| (choice[3] != 5).then(Vec::new));
        assert!(found.is_some_and(|attempts| attempts < 100), "{found:?}");
    }
}
