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

/// Runs everything in a database of its own.
pub(super) fn walk(version: u32, before: &str, up: &str, down: &str) -> Judged {
    let database = servers::database(version);
    let run = |what: &str, sql: &str| {
        database.try_psql(sql).map_err(|error| Judged::Different(format!("{what}: {error}\n{sql}")))
    };
    let dump = || database.can_dump().then(|| database.dump());
    let walked = || -> Result<Judged, Judged> {
        run("before", before)?;
        let was = dump();
        run("up", up)?;
        let after = dump();
        // As the runner does it.
        run("down", &format!("BEGIN;\n{down}\nCOMMIT;"))?;
        let now = dump();
        run("up again", up)?;
        let again = dump();
        let (Some(was), Some(now), Some(after), Some(again)) = (was, now, after, again) else {
            return Ok(Judged::Unread);
        };
        if let Judged::Different(text) = compare(&after, &again) {
            return Ok(Judged::Different(format!("after the second up:\n{text}")));
        }
        Ok(compare(&was, &now))
    };
    walked().unwrap_or_else(|failed| failed)
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
        let mut lines: Vec<&str> = object.lines().map(|line| line.trim().trim_end_matches(',')).collect();
        lines.retain(|line| !line.is_empty() && !line.starts_with("SET default_t") && !line.starts_with("--"));
        if object.contains("\nCREATE TABLE")
            || object.contains("\nCREATE UNLOGGED TABLE")
            || object.contains("\nCREATE TYPE") && !object.contains("AS ENUM")
        {
            lines.sort_unstable();
        }
        *objects.entry(lines.join("\n")).or_default() += 1;
    }
    objects
}
