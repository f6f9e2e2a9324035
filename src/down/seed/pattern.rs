//! Strings that fit a pattern: of regular expressions and GLOB the common part, of LIKE all.

/// No string is made longer than this.
const LONGEST: usize = 4_096;

/// Of `[a-z]` no more letters are looked at.
const MOST_LETTERS: usize = 100;

/// Groups within groups, at most.
const DEEPEST: usize = 20;

/// How a pattern is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Regex,
    Like,
    Glob,
}

/// A string that fits; with another `turn` one of other letters, where the pattern leaves a choice. What may be there any number of
/// times is there so many times `more` than it must. None where the pattern has what is not known here, such as what is to
/// follow (`(?=`).
pub(super) fn example(style: Style, pattern: &str, turn: usize, more: usize) -> Option<String> {
    let mut maker = Maker { rest: pattern, turn, more, depth: 0 };
    let made = match style {
        Style::Regex => maker.branches(),
        Style::Like | Style::Glob => maker.wildcards(style),
    };
    made.filter(|made| maker.rest.is_empty() && made.len() <= LONGEST)
}

struct Maker<'p> {
    /// What is not read yet.
    rest: &'p str,
    turn: usize,
    more: usize,
    depth: usize,
}

impl Maker<'_> {
    fn next(&mut self) -> Option<char> {
        let first = self.rest.chars().next()?;
        self.rest = &self.rest[first.len_utf8()..];
        Some(first)
    }

    fn take(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `%` and `_`, or `*`, `?` and `[a-z]`.
    fn wildcards(&mut self, style: Style) -> Option<String> {
        let mut made = String::new();
        while let Some(letter) = self.next() {
            match (style, letter) {
                (Style::Like, '%') | (Style::Glob, '*') => made.push_str(&"a".repeat(self.more.min(LONGEST))),
                (Style::Like, '_') | (Style::Glob, '?') => made.push(pick(&letters(), self.turn)?),
                (Style::Like, '\\') => made.push(self.next()?),
                (Style::Glob, '[') => made.push(pick(&self.class()?, self.turn)?),
                _ => made.push(letter),
            }
        }
        Some(made)
    }

    /// `a|b`
    fn branches(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut all = vec![self.sequence()?];
        while self.take("|") {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        let at = self.turn % all.len();
        Some(all.swap_remove(at))
    }

    fn sequence(&mut self) -> Option<String> {
        let mut made = String::new();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            let atom = self.atom()?;
            let (least, most) = self.quantifier()?;
            let count = least.saturating_add(self.more).min(most);
            if atom.len().saturating_mul(count) > LONGEST {
                return None;
            }
            made.push_str(&atom.repeat(count));
        }
        Some(made)
    }

    fn atom(&mut self) -> Option<String> {
        let set = match self.next()? {
            // Anchors: what stands there is all that is made.
            '^' | '$' => return Some(String::new()),
            '.' => letters(),
            '[' => self.class()?,
            '(' => {
                let is_plain = self.take("?:") || !self.rest.starts_with('?');
                let made = if is_plain { self.branches() } else { None };
                return made.filter(|_| self.take(")"));
            }
            '\\' => match self.next()? {
                'd' => ('0'..='9').collect(),
                'w' => letters(),
                's' => vec![' '],
                // The ends of the text and of words.
                'A' | 'Z' | 'm' | 'M' | 'y' | 'b' => return Some(String::new()),
                letter if letter.is_ascii_alphanumeric() => return None,
                letter => vec![letter],
            },
            '*' | '+' | '?' | '{' => return None,
            letter => vec![letter],
        };
        Some(pick(&set, self.turn)?.to_string())
    }

    /// How often what was read may be there.
    fn quantifier(&mut self) -> Option<(usize, usize)> {
        let (least, most) = match self.rest.chars().next() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                let (inside, rest) = self.rest[1..].split_once('}')?;
                self.rest = rest;
                self.take("?");
                let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
                let most = if most.trim().is_empty() { usize::MAX } else { most.trim().parse().ok()? };
                return Some((least.trim().parse().ok()?, most));
            }
            _ => return Some((1, 1)),
        };
        self.next();
        self.take("?");
        Some((least, most))
    }

    /// What stands between `[` and `]`; of a negated one, what of letters, digits and signs is not in it.
    fn class(&mut self) -> Option<Vec<char>> {
        let is_negated = self.take("^");
        let mut set = Vec::new();
        loop {
            let first = self.next()?;
            match first {
                ']' if !set.is_empty() => break,
                '[' if self.take(":") => {
                    let (name, rest) = self.rest.split_once(":]")?;
                    self.rest = rest;
                    set.extend(named(name)?);
                }
                '\\' => match self.next()? {
                    'd' => set.extend('0'..='9'),
                    'w' => set.extend(letters()),
                    's' => set.push(' '),
                    letter if letter.is_ascii_alphanumeric() => return None,
                    letter => set.push(letter),
                },
                _ if self.rest.starts_with('-') && !self.rest.starts_with("-]") => {
                    self.next();
                    set.extend((first..=self.next()?).take(MOST_LETTERS));
                }
                _ => set.push(first),
            }
        }
        if is_negated {
            let all = letters().into_iter().chain(" -_.:/@".chars());
            return Some(all.filter(|letter| !set.contains(letter)).collect());
        }
        Some(set)
    }
}

fn pick(set: &[char], turn: usize) -> Option<char> {
    (!set.is_empty()).then(|| set[turn % set.len()])
}

fn letters() -> Vec<char> {
    ('a'..='z').chain('A'..='Z').chain('0'..='9').collect()
}

fn named(class: &str) -> Option<Vec<char>> {
    Some(match class {
        "alpha" => ('a'..='z').chain('A'..='Z').collect(),
        "digit" => ('0'..='9').collect(),
        "alnum" => letters(),
        "lower" => ('a'..='z').collect(),
        "upper" => ('A'..='Z').collect(),
        "xdigit" => ('0'..='9').chain('a'..='f').collect(),
        "space" | "blank" => vec![' '],
        "punct" => "-_.:/@".chars().collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_fit_common_patterns() {
        for (pattern, first, second) in [
            ("^[0-9a-f]{8}$", "00000000", "11111111"),
            ("^([0-9a-f]{2}|[0-9a-f]{4})$", "00", "1111"),
            ("^[a-z][a-z0-9_]*$", "a", "bb"),
            ("^[A-Z]{2,3}(-\\d+)?$", "AA", "BBB-11"),
            ("^\\+?[1-9]\\d{1,2}$", "10", "+211"),
            ("^[^@]+@[^@]+\\.[a-z]{2,}$", "a@a.aa", "bb@bb.bbb"),
            ("^https?://", "http://", "https://"),
            ("^[[:alpha:]_]+$", "a", "bb"),
            ("[.]sql", ".sql", ".sql"),
            ("^a|b$", "a", "b"),
            ("^[]x-]$", "]", "x"),
        ] {
            let made = [0, 1].map(|turn| example(Style::Regex, pattern, turn, turn));
            assert_eq!(made, [Some(first.to_owned()), Some(second.to_owned())], "{pattern}");
        }
    }

    #[test]
    fn wildcards_stand_for_letters() {
        let made = |style, pattern| [0, 1].map(|turn| example(style, pattern, turn, turn).unwrap());
        assert_eq!(made(Style::Like, "%@_.de"), ["@a.de", "a@b.de"]);
        assert_eq!(made(Style::Glob, "[a-c]??-*Z"), ["aaa-Z", "bbb-aZ"]);
        assert_eq!(made(Style::Glob, "[^0-9]"), ["a", "b"]);
    }

    #[test]
    fn what_is_not_known_or_too_long_gives_nothing() {
        let nested = "(".repeat(30) + &")".repeat(30);
        for pattern in ["^(?=a)b$", "(a)\\1", "a{5000}", "[a-z", "(a", "a)", "[[:odd:]]", "*", &nested] {
            assert_eq!(example(Style::Regex, pattern, 0, 0), None, "{pattern}");
        }
    }
}
