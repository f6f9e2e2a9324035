//! Comparisons with the databases themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;
use schemactl_test_support::{cases, postgres as servers, rusqlite, sqlite};

use super::super::calendar::UNIX_EPOCH;
use super::super::{Epoch, ExtraDigits};
use super::super::{TimeTarget, TimeValue, read_real, show, zone};
use super::{TimeRules, Ways, in_zone, none, read_text};
use crate::convert::way::Way;

/// A xorshift generator, so that every run sees the same texts.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

fn psql(script: &str) -> String {
    servers::database(servers::version()).psql(&format!("SET timezone = 'UTC'; {script}"))
}

/// What the server stores for a text, as its own binary form, and what it prints; nothing where it refuses.
const JUDGE: &str = r"
create function pg_temp.bits(b bytea) returns bigint language sql immutable as
  $$ select case length(b) when 4 then ('x'||encode(b,'hex'))::bit(32)::int::bigint
     else ('x'||encode(b,'hex'))::bit(64)::bigint end $$;
create function pg_temp.judge(t text, type text, p int, instant bool) returns text language plpgsql as $$
declare z timestamptz; w timestamp; d date; c time;
begin
  case
    when type = 'timestamptz' then z := timestamptz_in(textout(t), 0, p); return pg_temp.bits(timestamptz_send(z))||' '||z;
    when type = 'timestamp' and instant then w := timestamptz_in(textout(t), 0, p) at time zone 'UTC'; return pg_temp.bits(timestamp_send(w))||' '||w;
    when type = 'timestamp' then w := timestamp_in(textout(t), 0, p); return pg_temp.bits(timestamp_send(w))||' '||w;
    when type = 'date' and instant then d := (t::timestamptz at time zone 'UTC')::date; return pg_temp.bits(date_send(d))||' '||d;
    when type = 'date' then d := t::date; return pg_temp.bits(date_send(d))||' '||d;
    else c := time_in(textout(t), 0, p); return pg_temp.bits(time_send(c))||' '||c;
  end case;
exception when others then return 'refused';
end $$;
";

fn text(dice: &mut Dice) -> String {
    let mut text = String::new();
    let with_day = dice.below(8) > 0;
    if with_day {
        let year = match dice.below(12) {
            0 => dice.below(10_000).to_string(),
            1 => (10_000 + dice.below(290_000)).to_string(),
            2 => format!("{:04}", dice.below(40)),
            3 => (294_270 + dice.below(10)).to_string(),
            4 => format!("+{}", 10_000 + dice.below(290_000)),
            5 => (5_874_890 + dice.below(10)).to_string(),
            _ => (1900 + dice.below(200)).to_string(),
        };
        let _ = write!(text, "{year}-{:02}-{:02}", dice.below(14).min(12), dice.below(33).min(31));
    }
    if with_day && dice.below(5) == 0 {
        return text;
    }
    if with_day {
        text.push_str(dice.of(&["T", "t", " ", " ", "  "]));
    }
    push_clock(&mut text, dice);
    push_offset(&mut text, dice);
    text
}

fn push_clock(text: &mut String, dice: &mut Dice) {
    match dice.below(10) {
        0 => text.push_str(dice.of(&["24:00", "24:00:00", "23:59:60", "12:59:60", "23:59:59", "00:00:00"])),
        1 => drop(write!(text, "{:02}:{:02}", dice.below(24), dice.below(60))),
        2 | 3 => text.push_str("00:00:00"),
        _ => drop(write!(text, "{:02}:{:02}:{:02}", dice.below(24), dice.below(60), dice.below(61))),
    }
    if dice.below(2) == 0 {
        text.push('.');
        for _ in 0..dice.below(10) {
            text.push(char::from(b'0' + u8::try_from(dice.below(10)).unwrap()));
        }
    }
}

fn push_offset(text: &mut String, dice: &mut Dice) {
    text.push_str(dice.of(&["", " "]));
    let (h, m, s) = (dice.below(17), dice.below(61), dice.below(61));
    let sign = dice.of(&["+", "-"]);
    match dice.below(9) {
        0 => text.push_str(dice.of(&["Z", "z", "UTC", "GMT", "utc", "+00", "-00:00", "+0000 UTC"])),
        1 => drop(write!(text, "{sign}{h:02}")),
        2 => drop(write!(text, "{sign}{h:02}{m:02}")),
        3 => drop(write!(text, "{sign}{h:02}:{m:02}")),
        4 => drop(write!(text, "{sign}{h:02}:{m:02}:{s:02}")),
        _ => {}
    }
}

/// One letter more, less or other.
fn mutate(text: &mut String, dice: &mut Dice) {
    const LETTERS: &[u8] = b"0123456789-+:. TtZzUCGM,/apnBEJ";
    let at = dice.below(text.len() + 1);
    let letter = char::from(LETTERS[dice.below(LETTERS.len())]);
    match dice.below(3) {
        0 => text.insert(at, letter),
        1 if at < text.len() => drop(text.remove(at)),
        _ if at < text.len() => text.replace_range(at..=at, letter.encode_utf8(&mut [0; 4])),
        _ => text.push(letter),
    }
}

fn name(target: TimeTarget) -> (&'static str, u8) {
    match target {
        TimeTarget::Timestamptz { precision } => ("timestamptz", precision),
        TimeTarget::Timestamp { precision } => ("timestamp", precision),
        TimeTarget::Date => ("date", 6),
        TimeTarget::Time { precision } => ("time", precision),
        TimeTarget::Timetz { precision } => ("timetz", precision),
    }
}

fn stored(value: TimeValue) -> i64 {
    match value {
        TimeValue::Timestamp(micros) | TimeValue::Time(micros) => micros,
        TimeValue::Date(days) => i64::from(days),
        TimeValue::ZonedTime { .. } | TimeValue::Null => unreachable!("no type here has it"),
    }
}

/// The lines of a table of texts for the judge, of those that are accepted.
fn accepted(texts: &[String], rules: &TimeRules, counts: &mut BTreeMap<String, u32>) -> String {
    let mut lines = String::new();
    for (index, text) in texts.iter().enumerate() {
        let precision = u8::try_from(index % 8).unwrap().min(6);
        for target in [
            TimeTarget::Timestamptz { precision },
            TimeTarget::Timestamp { precision },
            TimeTarget::Date,
            TimeTarget::Time { precision },
        ] {
            let (name, precision) = name(target);
            match read_text(text, target, rules) {
                Ok(timed) => {
                    *counts.entry(format!("{name} accepted")).or_default() += 1;
                    let text = text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
                    let instant = match target {
                        TimeTarget::Timestamp { .. } => timed.ways.has_all(Ways::of(Way::Zone)),
                        _ => timed.ways.has_all(Ways::of(Way::Offset)),
                    };
                    let (stored, shown) = (stored(timed.value), show(timed.value, target));
                    writeln!(lines, "{text}\t{name}\t{precision}\t{instant}\t{stored} {shown}").unwrap();
                }
                Err(_) => *counts.entry(format!("{name} refused")).or_default() += 1,
            }
        }
    }
    lines
}

fn judge(lines: &str) -> String {
    psql(&format!(
        "{JUDGE} create temp table case_(t text, type text, p int, instant bool, ours text);
         copy case_ from stdin;\n{lines}\\.\n
         -- ISO 8601 has a sign before a long year, and Go repeats UTC behind +0000; the server knows neither.
         update case_ set t = regexp_replace(regexp_replace(t, '^(\\s*)[+]', '\\1'),
           '([+-]00(:?00)?(:00)?) +(UTC|GMT)(\\s*)$', '\\1', 'i');
         create temp table seen as select *, pg_temp.judge(t, type, p, instant) as theirs from case_;
         select 'other', t, type, p, ours, theirs from seen where ours <> theirs and theirs <> 'refused';
         select 'refused', t, type, p, ours from seen where theirs = 'refused';
         select 'counted', type, count(*) from seen group by 2 order by 2;"
    ))
}

fn many() -> usize {
    usize::try_from(cases(4_000, 100_000)).unwrap()
}

fn texts(count: usize, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|_| {
            let mut text = text(&mut dice);
            for _ in 0..dice.below(6).saturating_sub(3) {
                mutate(&mut text, &mut dice);
            }
            text
        })
        .collect()
}

#[test]
fn a_server_stores_the_same() {
    let mut counts = BTreeMap::new();
    let lines = accepted(&texts(many(), 88_172_645_463_325_252), &in_zone("UTC"), &mut counts);
    let found = judge(&lines);
    println!("{counts:?}\n{}", found.lines().rev().take(40).collect::<Vec<_>>().join("\n"));
    assert!(found.lines().all(|line| line.starts_with("counted|")));
}

/// The server rounds twice where a text has more than six digits, and by a double; up to six digits it is exact.
#[test]
fn a_server_rounds_the_same() {
    let rules = TimeRules { precision: Some(ExtraDigits::Round), ..in_zone("UTC") };
    let mut texts = texts(many(), 1_234_567);
    texts.retain(|text| {
        !text.split('.').nth(1).is_some_and(|rest| rest.chars().take(7).all(|c| c.is_ascii_digit()) && rest.len() > 6)
    });
    let mut counts = BTreeMap::new();
    let found = judge(&accepted(&texts, &rules, &mut counts));
    println!("{counts:?}\n{}", found.lines().rev().take(40).collect::<Vec<_>>().join("\n"));
    assert!(found.lines().all(|line| line.starts_with("counted|")));
}

/// Random values over the whole range of each type, shown as the server prints them.
#[test]
fn a_server_prints_the_same() {
    let mut dice = Dice(99_991);
    let mut lines = String::new();
    for _ in 0..many() / 5 {
        let share = i64::try_from(dice.below(1_000_000_007)).unwrap();
        let scale = 9_435_184_819_200_000_000_i128 * i128::from(share) / 1_000_000_007;
        let micros = i64::try_from(scale - 211_813_488_000_000_000).unwrap();
        let days = i32::try_from(i128::from(share) * 2_147_483_493 / 1_000_000_007 - 2_451_545).unwrap();
        let time = i64::try_from(dice.below(86_400_000_001)).unwrap();
        for (target, value) in [
            (super::TIMESTAMPTZ, TimeValue::Timestamp(micros)),
            (super::TIMESTAMP, TimeValue::Timestamp(micros)),
            (super::DATE, TimeValue::Date(days)),
            (super::TIME, TimeValue::Time(time)),
        ] {
            let (shown, stored) = (show(value, target), stored(value));
            writeln!(lines, "{shown}\t{}\t6\tfalse\t{stored} {shown}", name(target).0).unwrap();
        }
    }
    let found = judge(&lines);
    println!("{}", found.lines().rev().take(40).collect::<Vec<_>>().join("\n"));
    assert!(found.lines().all(|line| line.starts_with("counted|")));
}

fn utc_offset(zone: Tz, unix: i64) -> i64 {
    let time = DateTime::from_timestamp(unix, 0).unwrap().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&time).fix().local_minus_utc())
}

/// Wall clocks of one zone: anywhere in the years, and around the next change of its clocks.
fn walls(zone: Tz, years: std::ops::Range<i64>, count: usize, dice: &mut Dice) -> Vec<i64> {
    let start = super::super::calendar::CivilDay::new(years.start, 1, 1).number() * 86_400 - UNIX_EPOCH;
    let length = usize::try_from((years.end - years.start) * 31_556_952).unwrap();
    let mut walls = Vec::new();
    for _ in 0..count {
        let unix = start + i64::try_from(dice.below(length)).unwrap();
        walls.push(unix + utc_offset(zone, unix));
        let changed =
            (0..300).map(|day| unix + day * 86_400).find(|day| utc_offset(zone, *day) != utc_offset(zone, unix));
        if let Some(mut late) = changed.filter(|day| *day < start + i64::try_from(length).unwrap()) {
            let mut early = late - 86_400;
            while late - early > 1 {
                let middle = i64::midpoint(early, late);
                if utc_offset(zone, middle) == utc_offset(zone, unix) { early = middle } else { late = middle }
            }
            walls.push(late + utc_offset(zone, late) + i64::try_from(dice.below(14_400)).unwrap() - 7_200);
            walls.push(late + utc_offset(zone, late));
        }
    }
    walls.into_iter().map(|wall| wall + UNIX_EPOCH).collect()
}

fn compare_zones(years: std::ops::Range<i64>, count: usize) -> String {
    let mut dice = Dice(4_711);
    let (mut lines, mut faults) = (String::new(), 0);
    // For PostgreSQL these four names are abbreviations of one offset, which it prefers to the zones of that name.
    let zones = chrono_tz::TZ_VARIANTS.into_iter().filter(|zone| !["CET", "EET", "MET", "WET"].contains(&zone.name()));
    for zone in zones {
        for wall in walls(zone, years.clone(), count, &mut dice) {
            let text = show(TimeValue::Timestamp(wall * 1_000_000), super::TIMESTAMP);
            let rules = TimeRules { zone: Some(zone), ..none() };
            match read_text(&text, super::TIMESTAMPTZ, &rules) {
                Ok(timed) => {
                    let instant = stored(timed.value);
                    writeln!(lines, "{text}\t{}\t{instant}", zone.name()).unwrap();
                    let back = zone::to_wall(instant / 1_000_000, zone, None, &mut Ways::default());
                    assert_eq!(back, Ok(wall));
                }
                Err(_) => faults += 1,
            }
        }
    }
    let found = psql(&format!(
        "{JUDGE} create temp table case_(w timestamp, zone text, ours bigint);
         copy case_ from stdin;\n{lines}\\.\n
         create temp table seen as select *, pg_temp.bits(timestamptz_send(w at time zone zone)) as theirs from case_;
         select zone, count(*), min(w), max(w) from seen where ours <> theirs group by 1 order by 1;
         select 'counted', count(*), count(*) filter (where ours <> theirs), count(distinct zone) from seen;"
    ));
    println!("{years:?}: {faults} faults\n{found}");
    found
}

#[test]
fn a_server_has_the_same_zones() {
    // Later years are as the release of the zones has them, which need not be that of the server's.
    let count = usize::try_from(cases(3, 150)).unwrap();
    for (years, count) in [(1950..2025, count), (1850..1950, count / 3)] {
        assert_eq!(compare_zones(years, count).lines().count(), 1);
    }
}

/// A text with up to three digits that SQLite reads as well is the same time for both. SQLite is alone in taking a
/// 30th of February, and we in taking a second 60 and an offset without minutes. `julianday` carries 24:00 over to the next day.
#[test]
fn sqlite_reads_the_same() {
    let mut script = String::from("create table t(v, ours); begin;\n");
    let target = TimeTarget::Timestamptz { precision: 3 };
    for text in texts(many(), 31_337) {
        if let Ok(timed) = read_text(&text, target, &in_zone("UTC")) {
            let shown = show(timed.value, super::TIMESTAMP);
            let end = if shown.contains('.') { "" } else { ".000" };
            writeln!(script, "insert into t values ('{text}', substr('{shown}{end}000', 1, 23));").unwrap();
        }
    }
    script.push_str(
        "commit; create table seen as select *, strftime('%Y-%m-%d %H:%M:%f', julianday(v)) as theirs from t;",
    );
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch(&script).unwrap();
    assert_eq!(sqlite::query(&connection, "select * from seen where theirs <> ours limit 20"), "");
}

/// Every number of `julianday()` and of `unixepoch()` comes back as the time that SQLite was given.
#[test]
fn sqlite_means_the_same() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let listed = sqlite::query(
        &connection,
        &format!(
            "with recursive n(i, ms) as (select 0, 0 union all
               select i + 1, abs(random()) % 315537897600000 from n where i < {}),
             t(v) as (select strftime('%Y-%m-%d %H:%M:%f', ms / 86400000.0 + 1721425.5) from n)
             select v, printf('%!.17g', julianday(v)), julianday(v) || '' from t",
            many() / 2
        ),
    );
    let rules = TimeRules { number: Some(Epoch::Julian), ..in_zone("UTC") };
    let mut seen = 0;
    for line in listed.lines() {
        let parts: Vec<_> = line.split('|').collect();
        let expected = read_text(parts[0], super::TIMESTAMP, &rules).unwrap().value;
        let real = read_real(parts[1].parse().unwrap(), super::TIMESTAMP, &rules);
        assert_eq!(real.map(|timed| timed.value), Ok(expected), "{line}");
        let text = read_text(parts[2], super::TIMESTAMP, &rules);
        assert_eq!(text.map(|timed| timed.value), Ok(expected), "{line}");
        seen += 1;
    }
    assert_eq!(seen, many() / 2 + 1);
}
