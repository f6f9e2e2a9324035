//! Up, down, compare, up: by `psql` and `pg_dump` alone.

use std::collections::BTreeMap;

use schemactl_test_support::postgres as servers;

/// How a case ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The dump is the same, text for text.
    Exact,
    /// The dump is the same but for the order of columns and of statements.
    ColumnOrder,
    /// Nothing was claimed.
    Refused(String),
    /// It was said to be done, and the dump says otherwise.
    Wrong(String),
}

impl Outcome {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::ColumnOrder => "column order",
            Self::Refused(_) => "refused",
            Self::Wrong(_) => "WRONG",
        }
    }
}

/// What two dumps say.
pub(super) enum Judged {
    Same,
    SameButForOrder,
    Different(String),
    Unread,
}

/// Runs everything in a database of its own. What the second up makes is the proof's to compare; here it has to run.
pub(super) fn walk(version: u32, before: &str, up: &str, down: &str, rows: Rows) -> Judged {
    let database = servers::database(version);
    let run = |what: &str, sql: &str| {
        database.try_psql(sql).map_err(|error| Judged::Different(format!("{what}: {error}\n{sql}")))
    };
    let dump = || database.can_dump().then(|| database.dump_all());
    let walked = || -> Result<Judged, Judged> {
        run("before", before)?;
        let was = dump();
        run("up", up)?;
        run("down", &as_the_runner_does(down))?;
        let now = dump();
        run("up again", up)?;
        let (Some(was), Some(now)) = (was, now) else { return Ok(Judged::Unread) };
        Ok(match compare_all(&was, &now, rows) {
            Judged::Different(text) => match (restored(version, &was), restored(version, &now)) {
                (Some(was), Some(now)) => compare_all(&was, &now, rows),
                _ => Judged::Different(text),
            },
            judged => judged,
        })
    };
    walked().unwrap_or_else(|failed| failed)
}

/// The dump of what a dump makes: the server's text of an expression may be another one once the server has read it.
fn restored(version: u32, dump: &str) -> Option<String> {
    let database = servers::database(version);
    database.try_psql(dump).ok().map(|_| database.dump_all())
}

pub(super) fn as_the_runner_does(down: &str) -> String {
    if down.contains(" CONCURRENTLY ") { down.to_owned() } else { format!("BEGIN;\n{down}\nCOMMIT;") }
}

/// Whether rows must be the same too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// The down says that nothing is lost.
    Count,
    /// It says what is.
    DoNotCount,
}

impl Rows {
    pub(super) fn after(verdict: &str) -> Self {
        if verdict.starts_with("lossless") { Self::Count } else { Self::DoNotCount }
    }
}

/// Two dumps with rows.
pub(super) fn compare_all(before: &str, after: &str, rows: Rows) -> Judged {
    let ((was, rows_before), (now, rows_now)) = (split(before), split(after));
    let judged = compare(&was, &now);
    // With another order of columns rows cannot be compared as lines.
    if rows == Rows::Count && matches!(judged, Judged::Same) && rows_before != rows_now {
        return Judged::Different(format!(
            "it is said to be lossless, but of the rows\n{rows_before:#?}\nthere are\n{rows_now:#?}"
        ));
    }
    judged
}

/// The schema, and the rows, sorted. Where a sequence stands is no part of either: it never goes back.
fn split(dump: &str) -> (String, Vec<&str>) {
    const OBJECT: &str = "\n--\n-- ";
    let mut rows: Vec<&str> = dump.lines().filter(|line| line.starts_with("INSERT INTO ")).collect();
    rows.sort_unstable();
    let of_schema = |object: &&str| {
        let head = object.lines().next().unwrap_or_default();
        !head.starts_with("Data for") && !head.contains("; Type: SEQUENCE SET;")
    };
    (dump.split(OBJECT).filter(of_schema).collect::<Vec<_>>().join(OBJECT), rows)
}

pub(super) fn compare(before: &str, after: &str) -> Judged {
    if before == after {
        return Judged::Same;
    }
    let (old, new) = (loosely(before), loosely(after));
    if old == new {
        return Judged::SameButForOrder;
    }
    let gone: Vec<_> =
        old.iter().filter(|(object, count)| new.get(*object) != Some(count)).map(|(object, _)| object).collect();
    let more: Vec<_> =
        new.iter().filter(|(object, count)| old.get(*object) != Some(count)).map(|(object, _)| object).collect();
    Judged::Different(format!("--- before\n{gone:#?}\n--- after\n{more:#?}"))
}

/// Objects without order, and of a table the lines without order.
fn loosely(dump: &str) -> BTreeMap<String, usize> {
    let mut objects = BTreeMap::new();
    for object in dump.split("\n--\n-- Name: ") {
        let object = object.lines().map(options_in_order).collect::<Vec<_>>().join("\n");
        let mut lines: Vec<&str> = object.lines().map(|line| line.trim().trim_end_matches(',')).collect();
        lines.retain(|line| !line.is_empty() && !line.starts_with("SET default_t") && !line.starts_with("--"));
        if object.contains("\nCREATE TABLE")
            || object.contains("\nCREATE UNLOGGED TABLE")
            || object.contains("\nCREATE TYPE") && !object.contains("AS ENUM")
            // Rights are a set, in the order in which they were granted.
            || object.lines().next().is_some_and(|head| head.contains("; Type: ACL;"))
        {
            lines.sort_unstable();
        }
        *objects.entry(lines.join("\n")).or_default() += 1;
    }
    objects
}

/// Storage parameters have an order, which means nothing; columns of statistics have that of the table.
fn options_in_order(line: &str) -> String {
    let sorted = |list: &str| {
        let mut list: Vec<&str> = list.split(", ").collect();
        list.sort_unstable();
        list.join(", ")
    };
    if let Some(options) = line.strip_prefix("WITH (").and_then(|rest| rest.strip_suffix(");")) {
        return sorted(options);
    }
    let of_statistics = line.split_once(" ON ").filter(|_| line.starts_with("CREATE STATISTICS "));
    match of_statistics.and_then(|(head, rest)| Some((head, rest.rsplit_once(" FROM ")?))) {
        Some((head, (columns, table))) => format!("{head} ON {} FROM {table}", sorted(columns)),
        None => line.to_owned(),
    }
}
