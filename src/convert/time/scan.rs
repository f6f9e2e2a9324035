//! The form of ISO 8601 texts. Only the form is read here, because whether a day exists or an hour is one depends on
//! what else the text says; `place` decides that.

use super::calendar::CivilDay;
use super::calendar::PICOS;
use crate::convert::way::{Way, Ways};

/// The parts of a text. At least one of day and clock is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) day: Option<CivilDay>,
    pub(super) clock: Option<Clock>,
    /// Seconds east of UTC.
    pub(super) offset: Option<i64>,
    pub(super) ways: Ways,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) picos: u64,
}

/// An offset whose minutes are none; it is beyond every range.
const NO_OFFSET: i64 = i64::MAX;

/// Reads as much of a text as has the form, and tells where it ends.
pub(super) fn scan(text: &[u8]) -> Option<(Scanned, usize)> {
    match plain(text) {
        Some(scanned) => Some((scanned, text.len())),
        None => scan_parts(text),
    }
}

/// The most common form, YYYY-MM-DD HH:MM:SS with digits behind a point and Z or +HH:MM, read with fixed places
/// because nearly every text has it and no byte is then looked at twice.
fn plain(text: &[u8]) -> Option<Scanned> {
    let (day, rest) = text.split_first_chunk::<10>()?;
    let day = plain_day(day)?;
    let mut scanned = Scanned { day: Some(day), clock: None, offset: None, ways: Ways::NONE };
    if rest.is_empty() {
        return Some(scanned);
    }
    let (clock, mut rest) = rest.split_first_chunk::<9>()?;
    let mut clock = plain_clock(clock)?;
    if let [b'.', digits @ ..] = rest {
        (clock.picos, rest) = plain_fraction(digits);
    }
    scanned.clock = Some(clock);
    scanned.offset = match rest {
        [] => None,
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => {
            let (hours, minutes) = (pair(*a, *b), pair(*c, *d));
            if hours > 99 || minutes > 59 {
                return None;
            }
            let distance = i64::from(hours) * 3_600 + i64::from(minutes) * 60;
            Some(if *sign == b'-' { -distance } else { distance })
        }
        _ => return None,
    };
    Some(scanned)
}

fn plain_day(text: &[u8; 10]) -> Option<CivilDay> {
    let (century, year) = (pair(text[0], text[1]), pair(text[2], text[3]));
    let (month, day) = (pair(text[5], text[6]), pair(text[8], text[9]));
    if century.max(year).max(month).max(day) > 99 || (text[4], text[7]) != (b'-', b'-') {
        return None;
    }
    Some(CivilDay { year: i64::from(century) * 100 + i64::from(year), month, day })
}

fn plain_clock(text: &[u8; 9]) -> Option<Clock> {
    let (hour, minute, second) = (pair(text[1], text[2]), pair(text[4], text[5]), pair(text[7], text[8]));
    let separated = matches!(text[0], b'T' | b' ') && (text[3], text[6]) == (b':', b':');
    if hour.max(minute).max(second) > 99 || !separated {
        return None;
    }
    Some(Clock { hour, minute, second, picos: 0 })
}

/// Up to nine digits and what follows them.
fn plain_fraction(text: &[u8]) -> (u64, &[u8]) {
    const UNITS: [u64; 10] = [
        PICOS,
        PICOS / 10,
        PICOS / 100,
        PICOS / 1_000,
        PICOS / 10_000,
        PICOS / 100_000,
        PICOS / 1_000_000,
        PICOS / 10_000_000,
        PICOS / 100_000_000,
        PICOS / 1_000_000_000,
    ];
    let (mut value, mut length) = (0_u64, 0);
    while length < 9
        && let Some(byte) = text.get(length)
        && byte.is_ascii_digit()
    {
        value = value * 10 + u64::from(byte - b'0');
        length += 1;
    }
    (value * UNITS[length], &text[length..])
}

/// Two digits; above 99 where they are none.
fn pair(tens: u8, ones: u8) -> u8 {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens > 9 || ones > 9 { u8::MAX } else { tens * 10 + ones }
}

fn scan_parts(text: &[u8]) -> Option<(Scanned, usize)> {
    let mut scanner = Scanner { text, at: 0 };
    let mut found = Scanned { day: None, clock: None, offset: None, ways: Ways::NONE };
    if scanner.spaces() > 0 {
        found.ways |= Ways::of(Way::Spaces);
    }
    found.day = scanner.attempt(Scanner::day);
    if found.day.is_none() || scanner.between(&mut found.ways) {
        found.clock = scanner.attempt(|scanner| scanner.clock(&mut found.ways));
        if found.clock.is_some() {
            found.offset = scanner.attempt(|scanner| scanner.offset(&mut found.ways));
        } else {
            found.day?;
        }
    }
    if scanner.spaces() > 0 {
        found.ways |= Ways::of(Way::Spaces);
    }
    Some((found, scanner.at))
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    /// Runs one part and takes back what it consumed where it does not fit.
    fn attempt<T>(&mut self, part: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let found = part(self);
        if found.is_none() {
            self.at = start;
        }
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn digit(&mut self) -> Option<u8> {
        let digit = self.peek()?.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        self.at += 1;
        Some(digit)
    }

    fn two(&mut self) -> Option<u8> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn spaces(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        self.at - start
    }

    /// YYYY-MM-DD. A year of more than four digits may have a sign (ISO 8601), and has no leading zero without one,
    /// because such a zero is more likely a slip than a year.
    fn day(&mut self) -> Option<CivilDay> {
        let signed = self.eat(b'+').is_some();
        let start = self.at;
        let mut year = 0;
        while let Some(digit) = self.digit() {
            year = year * 10 + i64::from(digit);
            if self.at - start > 7 {
                return None;
            }
        }
        let digits = self.at - start;
        if digits != 4 && (digits < 5 || (!signed && self.text[start] == b'0')) || (signed && digits == 4) {
            return None;
        }
        self.eat(b'-')?;
        let month = self.two()?;
        self.eat(b'-')?;
        let day = self.two()?;
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(CivilDay { year, month, day })
    }

    /// What separates a day from a clock. Nothing is consumed where no digit follows.
    fn between(&mut self, ways: &mut Ways) -> bool {
        let start = self.at;
        let extra = match self.peek() {
            Some(b'T' | b't') => {
                self.at += 1;
                false
            }
            Some(b' ') => self.spaces() > 1,
            _ => return false,
        };
        let clock = self.peek().is_some_and(|byte| byte.is_ascii_digit());
        if !clock {
            self.at = start;
        } else if extra {
            *ways |= Ways::of(Way::Spaces);
        }
        clock
    }

    /// HH:MM, HH:MM:SS, and digits behind a point or a comma.
    fn clock(&mut self, ways: &mut Ways) -> Option<Clock> {
        let hour = self.two()?;
        self.eat(b':')?;
        let minute = self.two()?;
        let mut clock = Clock { hour, minute, second: 0, picos: 0 };
        if self.eat(b':').is_some() {
            clock.second = self.two()?;
            match self.peek() {
                Some(b'.') => clock.picos = self.fraction(),
                Some(b',') => {
                    *ways |= Ways::of(Way::DecimalComma);
                    clock.picos = self.fraction();
                }
                _ => {}
            }
        }
        match self.peek() {
            Some(b'0'..=b'9' | b':' | b'.' | b',') => None,
            _ => Some(clock),
        }
    }

    /// The digits behind the point, which is passed over; see [`super::moment::Moment::picos`].
    fn fraction(&mut self) -> u64 {
        self.at += 1;
        let (mut picos, mut unit, mut beyond) = (0, PICOS, false);
        while let Some(digit) = self.digit() {
            unit /= 10;
            picos += u64::from(digit) * unit;
            beyond |= unit == 0 && digit != 0;
        }
        picos | u64::from(beyond)
    }

    /// Z, UTC and GMT, or +HH, +HHMM, +HH:MM, +HH:MM:SS; `UTC` behind +00 only repeats it.
    fn offset(&mut self, ways: &mut Ways) -> Option<i64> {
        let sign = self.peek()?;
        if matches!(sign, b'Z' | b'z') {
            self.at += 1;
            return self.ended(0);
        }
        let spaces = self.spaces();
        let offset = match self.peek()? {
            b'+' => self.distance(ways)?,
            b'-' => match self.distance(ways)? {
                NO_OFFSET => NO_OFFSET,
                distance => -distance,
            },
            b'Z' | b'z' => {
                self.at += 1;
                0
            }
            _ => self.utc()?,
        };
        if offset == 0 && self.peek() == Some(b' ') {
            self.attempt(|scanner| {
                scanner.spaces();
                scanner.utc()
            });
        }
        if spaces > 1 {
            *ways |= Ways::of(Way::Spaces);
        }
        self.ended(offset)
    }

    /// An offset counts only where no letter or digit follows, because GMT+1 and Zulu are something else.
    fn ended(&self, offset: i64) -> Option<i64> {
        match self.peek() {
            None => Some(offset),
            Some(byte) if byte.is_ascii_whitespace() => Some(offset),
            Some(_) => None,
        }
    }

    fn utc(&mut self) -> Option<i64> {
        let word = self.text.get(self.at..self.at + 3)?;
        (word.eq_ignore_ascii_case(b"UTC") || word.eq_ignore_ascii_case(b"GMT")).then(|| {
            self.at += 3;
            0
        })
    }

    fn distance(&mut self, ways: &mut Ways) -> Option<i64> {
        self.at += 1;
        let hours = self.two()?;
        let (mut minutes, mut seconds) = (0, 0);
        if self.eat(b':').is_some() {
            minutes = self.two()?;
            if self.eat(b':').is_some() {
                seconds = self.two()?;
            }
        } else if let Some(two) = self.attempt(Self::two) {
            minutes = two;
            *ways |= Ways::of(Way::OffsetWithoutColon);
        }
        let known = minutes < 60 && seconds < 60;
        Some(if known { i64::from(hours) * 3_600 + i64::from(minutes) * 60 + i64::from(seconds) } else { NO_OFFSET })
    }
}
