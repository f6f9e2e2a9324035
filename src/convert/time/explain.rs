//! Why a text is no ISO 8601. This is the slow path, taken for faults only.

use super::fault::TimeFault;
use super::number;
use super::scan::Scanned;

/// What PostgreSQL or SQLite would evaluate.
const WORDS: [&str; 19] = [
    "now",
    "today",
    "tomorrow",
    "yesterday",
    "infinity",
    "-infinity",
    "+infinity",
    "inf",
    "-inf",
    "+inf",
    "epoch",
    "allballs",
    "midnight",
    "noon",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

pub(super) fn explain(text: &str, scanned: Option<(Scanned, usize)>) -> TimeFault {
    let trimmed = text.trim_ascii();
    if let Some(word) = word(trimmed) {
        return TimeFault::Word(word);
    }
    if is_before_christ(trimmed) {
        return TimeFault::BeforeChrist;
    }
    if is_compact(trimmed) {
        return TimeFault::CompactDate;
    }
    let rest = scanned.map_or(Some(trimmed), |(_, end)| text.get(end..)).unwrap_or("").trim_ascii();
    if scanned.is_some_and(|(scanned, _)| scanned.clock.is_some()) {
        return tail(rest).unwrap_or(TimeFault::NotATime);
    }
    if is_local(rest) { TimeFault::LocaleForm } else { TimeFault::NotATime }
}

fn word(text: &str) -> Option<&'static str> {
    text.split_ascii_whitespace().find_map(|part| WORDS.into_iter().find(|word| part.eq_ignore_ascii_case(word)))
}

/// 0044-03-15 BC, and -0043-03-15 as SQLite and ISO 8601 write it.
fn is_before_christ(text: &str) -> bool {
    let bytes = text.as_bytes();
    let starts_with_digit = bytes.first().is_some_and(u8::is_ascii_digit);
    let named = bytes.len() > 2 && bytes[bytes.len() - 2..].eq_ignore_ascii_case(b"BC");
    let year = text.strip_prefix('-').and_then(|rest| rest.split_once('-')).map_or("", |(year, _)| year);
    (named && starts_with_digit) || (year.len() >= 4 && year.bytes().all(|byte| byte.is_ascii_digit()))
}

/// 20250127T091530Z: a time in the basic form of ISO 8601.
fn is_compact(text: &str) -> bool {
    let Some((day, rest)) = text.split_at_checked(8) else { return false };
    let clock = rest.strip_prefix(['T', 't', ' ']).is_some_and(|clock| clock.starts_with(|c: char| c.is_ascii_digit()));
    clock && number::compact(day)
}

/// What stands behind a time that was read.
fn tail(rest: &str) -> Option<TimeFault> {
    if ["am", "pm", "a.m.", "p.m."].iter().any(|half| rest.eq_ignore_ascii_case(half)) {
        return Some(TimeFault::LocaleForm);
    }
    if rest.contains('/') || rest.starts_with('[') {
        return Some(TimeFault::ZoneName { name: rest.chars().filter(|c| !c.is_control()).take(40).collect() });
    }
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let behind_offset = rest.trim_start_matches(|c: char| matches!(c, '+' | '-' | ':' | ' ') || c.is_ascii_digit());
    let name: String = behind_offset.chars().take_while(|c| is_letter(*c)).take(40).collect();
    let begins = rest.starts_with(is_letter) || rest.starts_with(['+', '-']);
    let assigns = behind_offset[name.len()..].starts_with('=');
    (begins && !assigns && !name.is_empty()).then_some(TimeFault::Abbreviation { name })
}

/// 27/01/2025, 27.1.25, Mon Jan 27 2025, 2025-1-7, 9:15: groups of digits, or the name of a month.
fn is_local(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let has_digit = lower.bytes().any(|byte| byte.is_ascii_digit());
    let names_month = lower
        .split(|c: char| !c.is_ascii_alphabetic())
        .any(|part| part.len() >= 3 && MONTHS.iter().any(|month| part.starts_with(month)));
    if has_digit && names_month {
        return true;
    }
    ['/', '.', '-', ':'].into_iter().any(|separator| {
        let end = lower.find(|c: char| c != separator && !c.is_ascii_digit()).unwrap_or(lower.len());
        let parts = || lower[..end].split(separator);
        let count = parts().count();
        let groups = parts().all(|part| (1..=6).contains(&part.len()));
        // A clock of two digits each is no other form; something behind it is wrong.
        let other = separator != ':' || parts().any(|part| part.len() != 2);
        groups && other && (count == 3 || (count == 2 && separator == ':'))
    })
}
