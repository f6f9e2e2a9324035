//! Values of each type beside what the server makes of the same text: its binary form, and what it prints.

use std::fmt::Write as _;

use schemactl_test_support::postgres as servers;

use super::decode;
use crate::convert::{ColumnRule, ConvertOptions, Shown, StoredValue, TargetType, convert};
use crate::hex::Hex;
use crate::transfer::binary_copy::append;

/// A xorshift generator, so that every run sees the same texts.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % end
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    fn byte(&mut self) -> u8 {
        // Zeros and ones often, since the forms differ there.
        match self.below(4) {
            0 => 0,
            1 => 255,
            _ => u8::try_from(self.below(256)).unwrap(),
        }
    }
}

fn network(dice: &mut Dice) -> String {
    let address = if dice.below(2) == 0 {
        std::net::Ipv4Addr::from(std::array::from_fn(|_| dice.byte())).to_string()
    } else {
        let mut bytes: [u8; 16] = std::array::from_fn(|_| dice.byte());
        let zeros = usize::try_from(dice.below(17)).unwrap();
        bytes[..zeros].fill(0);
        let end = 10.min(16 - zeros);
        match dice.below(4) {
            0 => bytes[16 - end..].fill(0),
            1 => bytes[..12].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
            _ => {}
        }
        std::net::Ipv6Addr::from(bytes).to_string()
    };
    match dice.below(3) {
        0 => address,
        1 => format!("{address}/{}", dice.below(33)),
        _ => format!("{}/{}", address.to_uppercase(), dice.below(129)),
    }
}

fn hardware(dice: &mut Dice, bytes: usize) -> String {
    let (group, mark) = [(1, ":"), (1, "-"), (2, "."), (2, "-"), (bytes / 2, ":"), (bytes / 2, "-"), (bytes, "")]
        [usize::try_from(dice.below(7)).unwrap()];
    let digits: String = (0..bytes).fold(String::new(), |text, _| text + &format!("{:02x}", dice.byte()));
    let digits = if dice.below(3) == 0 { digits.to_uppercase() } else { digits };
    let groups: Vec<&str> =
        digits.as_bytes().chunks(group * 2).map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(mark)
}

fn bits(dice: &mut Dice) -> String {
    let digits =
        |dice: &mut Dice, of: &[&str], most| (0..dice.below(most)).fold(String::new(), |text, _| text + dice.of(of));
    match dice.below(3) {
        0 => format!("{}{}", dice.of(&["x", "X"]), digits(dice, &["0", "7", "a", "F"], 9)),
        1 => format!("{}{}", dice.of(&["b", "B"]), digits(dice, &["0", "1"], 20)),
        _ => digits(dice, &["0", "1"], 20),
    }
}

fn interval(dice: &mut Dice) -> String {
    let number = |dice: &mut Dice| {
        let most = [2, 13, 70, 1_000, 200_000_000, 3_000_000_000][usize::try_from(dice.below(6)).unwrap()];
        dice.below(most)
    };
    let seconds = |dice: &mut Dice| {
        let fraction: String = (0..dice.below(7)).fold(String::new(), |text, _| text + dice.of(&["0", "1", "9"]));
        format!("{}{}{fraction}", dice.below(60), if fraction.is_empty() { "" } else { "." })
    };
    if dice.below(2) == 0 {
        let mut text = "P".to_owned();
        let sign = |dice: &mut Dice| dice.of(&["", "", "-"]);
        for letter in ["Y", "M", "W", "D"] {
            if dice.below(2) == 0 {
                let _ = write!(text, "{}{}{letter}", sign(dice), number(dice));
            }
        }
        if dice.below(2) == 0 {
            let (hours, minutes) = (number(dice), number(dice));
            let _ = write!(text, "T{}{hours}H{}{minutes}M{}{}S", sign(dice), sign(dice), sign(dice), seconds(dice));
        }
        return text;
    }
    let mut parts = Vec::new();
    for unit in ["year", "mons", "weeks", "day"] {
        if dice.below(2) == 0 {
            parts.push(format!("{}{} {unit}", dice.of(&["", "-", "+"]), number(dice)));
        }
    }
    if dice.below(2) == 0 {
        let sign = dice.of(&["", "-", "+"]);
        let seconds = seconds(dice);
        let pad = if seconds.split('.').next().unwrap().len() == 1 { "0" } else { "" };
        parts.push(format!("{sign}{:02}:{:02}:{pad}{seconds}", number(dice), dice.below(60)));
    } else {
        parts.push(format!(
            "{}{} hours {}{} secs",
            dice.of(&["-", "+"]),
            number(dice),
            dice.of(&["-", "+"]),
            seconds(dice)
        ));
    }
    let text = parts.join(" ");
    if dice.below(4) == 0 { format!("@ {text}{}", dice.of(&["", " ago"])) } else { text }
}

fn zoned(dice: &mut Dice) -> String {
    let offset = match dice.below(5) {
        0 => dice.of(&["Z", "+00", "-00:00", " UTC"]).to_owned(),
        1 => format!("{}{:02}", dice.of(&["+", "-"]), dice.below(16)),
        2 => format!("{}{:02}{:02}", dice.of(&["+", "-"]), dice.below(16), dice.below(60)),
        3 => format!("{}{:02}:{:02}", dice.of(&["+", "-"]), dice.below(16), dice.below(60)),
        _ => format!("{}{:02}:{:02}:{:02}", dice.of(&["+", "-"]), dice.below(16), dice.below(60), dice.below(60)),
    };
    match dice.below(8) {
        0 => format!("{}{offset}", dice.of(&["24:00:00", "00:00", "23:59:60", "23:59:59.999999"])),
        _ => format!(
            "{:02}:{:02}:{:02}.{}{offset}",
            dice.below(24),
            dice.below(60),
            dice.below(60),
            dice.below(1_000_000)
        ),
    }
}

/// Texts as one array in JSON, of one dimension or two.
fn array(dice: &mut Dice, texts: &[String]) -> String {
    let quoted = |text: &String| if text == "null" { text.clone() } else { serde_json::to_string(text).unwrap() };
    let whole: Vec<String> = texts.iter().map(quoted).collect();
    if dice.below(2) == 0 || whole.is_empty() {
        return format!("[{}]", whole.join(","));
    }
    let rows: Vec<String> = whole.iter().map(|value| format!("[{value},null,{value}]")).collect();
    format!("[{}]", rows.join(","))
}

/// The binary form of a text, what it is shown as, and whether that is what was written. None where it is refused.
fn ours(text: &str, target: &TargetType) -> Option<(Vec<u8>, String, bool)> {
    let rule = ColumnRule { target: target.clone(), may_be_null: false, options: ConvertOptions::default() };
    let converted = convert(StoredValue::Text(text.as_bytes()), &rule).ok()?;
    let mut field = Vec::new();
    append(&mut field, &converted.value, target);
    let field = field.split_off(4);
    let decoded = decode(&field, target).unwrap();
    assert_eq!(decoded, converted.value, "{text}");
    let shown = Shown(&decoded, target).to_string();
    Some((field, shown, converted.ways.is_empty()))
}

/// Asks the server for its own binary form of each text, and for what it prints.
fn compare(target: &TargetType, send: &str, texts: impl Iterator<Item = String>) -> (usize, String) {
    let mut script =
        "SET timezone = 'UTC'; CREATE TEMP TABLE case_ (text text, ours text, shown text);\nCOPY case_ FROM STDIN;\n"
            .to_owned();
    let mut count = 0;
    for text in texts {
        let Some((field, shown, is_same)) = ours(&text, target) else { continue };
        // A time is the same whatever zeros are behind its point.
        assert!(!is_same || shown == text || matches!(target, TargetType::Timetz(_)), "{text} is {shown}");
        let _ = writeln!(script, "{text}\t{}\t{shown}", Hex(&field));
        count += 1;
    }
    // The server keeps numbers of a text in 32 bits at times, and refuses what has a place.
    let _ = write!(
        script,
        "\\.\nCREATE FUNCTION pg_temp.judge(t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN \
         RETURN encode({send}(t::{target}), 'hex') || ' ' || format('%s', t::{target}); \
         EXCEPTION WHEN others THEN RETURN 'refused ' || SQLERRM; END $$;
         SELECT text, ours, shown, pg_temp.judge(text) FROM case_ \
         WHERE ours || ' ' || shown <> pg_temp.judge(text) AND pg_temp.judge(text) NOT LIKE 'refused %out of range%' LIMIT 20;
         SELECT 'judged', count(*) FROM case_ WHERE pg_temp.judge(text) NOT LIKE 'refused %';"
    );
    (count, servers::database(servers::version()).psql(&script))
}

const MANY: usize = 600;

#[test]
fn a_server_makes_the_same_of_each_text() {
    let mut dice = Dice(88_172_645_463_325_252);
    let mut check = |target: TargetType, send: &str, text: &mut dyn FnMut(&mut Dice) -> String| {
        let texts: Vec<String> = (0..MANY).map(|_| text(&mut dice)).collect();
        let (count, found) = compare(&target, send, texts.into_iter());
        let judged = found.strip_prefix("judged|").and_then(|count| count.parse::<usize>().ok());
        assert!(
            judged.is_some_and(|judged| judged >= MANY / 6 && judged * 10 >= count * 8),
            "{target}: {count} values; {found}"
        );
    };
    check(TargetType::Inet, "inet_send", &mut network);
    check(TargetType::Macaddr, "macaddr_send", &mut |dice| hardware(dice, 6));
    check(TargetType::Macaddr8, "macaddr8_send", &mut |dice| hardware(dice, 8));
    check(TargetType::Varbit(None), "varbit_send", &mut bits);
    check(TargetType::Varbit(Some(12)), "varbit_send", &mut bits);
    check(TargetType::Bit(1), "bit_send", &mut |dice| dice.of(&["0", "1", "b1", "B0"]).to_owned());
    check(TargetType::Interval(6), "interval_send", &mut interval);
    check(TargetType::Interval(3), "interval_send", &mut interval);
    check(TargetType::Timetz(6), "timetz_send", &mut zoned);
    let mut cidr = |dice: &mut Dice| loop {
        let text = network(dice);
        if ours(&text, &TargetType::Cidr).is_some() {
            return text;
        }
    };
    check(TargetType::Cidr, "cidr_send", &mut cidr);
}

#[test]
fn a_server_reads_arrays_of_each_type() {
    let mut dice = Dice(1_234_567);
    let mut script = "SET timezone = 'UTC'; CREATE TEMP TABLE seen (type text, text text, theirs text);\n".to_owned();
    let types = [
        TargetType::Inet,
        TargetType::Interval(6),
        TargetType::Bit(3),
        TargetType::Text,
        TargetType::Timetz(6),
        TargetType::Macaddr,
    ];
    let mut count = 0;
    for element in types {
        let target = TargetType::Array { oid: element.oid(), element: Box::new(element.clone()) };
        for _ in 0..MANY / 6 {
            let texts: Vec<String> = (0..dice.below(4))
                .map(|_| match element {
                    TargetType::Inet => network(&mut dice),
                    TargetType::Interval(_) => interval(&mut dice),
                    TargetType::Bit(_) => dice.of(&["101", "000", "null"]).to_owned(),
                    TargetType::Timetz(_) => zoned(&mut dice),
                    TargetType::Macaddr => hardware(&mut dice, 6),
                    _ => dice.of(&["a b", "", "NULL", "null", "{}", "x,y", "\"", "é\\"]).to_owned(),
                })
                .collect();
            let json = array(&mut dice, &texts);
            let Some((field, shown, _)) = ours(&json, &target) else { continue };
            let send = "array_send";
            let text = shown.replace('\'', "''");
            let _ = writeln!(
                script,
                "INSERT INTO seen SELECT '{target}', '{text}', encode({send}('{text}'::{target}), 'hex') \
                 WHERE encode({send}('{text}'::{target}), 'hex') <> '{}';",
                Hex(&field)
            );
            count += 1;
        }
    }
    assert!(count >= 200, "{count} arrays");
    script.push_str("SELECT * FROM seen LIMIT 20;");
    assert_eq!(servers::database(servers::version()).psql(&script), "");
}
