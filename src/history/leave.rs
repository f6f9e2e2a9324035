//! A down without the statements that would drop what its up only found.

use std::ops::Range;

use super::Prior;
use crate::catalog::{Kind, Object};
use crate::sql::{Dialect, Dropped, Dropping, Effect, Name, Statement, names_rows, statements};

/// What is left of a down, and what it leaves alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Left {
    /// The text of the down with blanks where statements were, so that places in it are those of the file; none where it is the same.
    pub(crate) text: Option<String>,
    /// What it leaves alone.
    pub(crate) objects: Vec<Object>,
    /// Statements of which the text does not show what they drop: their first words.
    pub(crate) unclear: Vec<String>,
}

/// Takes out of a down what drops objects that were there before its up. What a down drops to make it again is not taken out: so
/// tables are rebuilt, and views replaced.
pub(crate) fn leave<'a>(dialect: Dialect, down: &'a str, prior: &Prior) -> Left {
    let mut left = Left::default();
    if prior.is_empty() {
        return left;
    }
    let read = |statement: Statement<'a>| (Effect::of(dialect, &statement), statement);
    let all: Vec<(Effect<'a>, Statement<'a>)> = statements(dialect, down).flatten().map(read).collect();
    let mut text = down.to_owned();
    for (at, (effect, statement)) in all.iter().enumerate() {
        let dropped = match &effect.drops {
            Dropping::Nothing => continue,
            Dropping::Unclear => {
                left.unclear.push(statement.text.split_whitespace().take(4).collect::<Vec<_>>().join(" "));
                continue;
            }
            Dropping::These(dropped) => dropped,
        };
        let is_made_again = |dropped: &Dropped<'_>| {
            let later = all[at + 1..].iter().filter_map(|(later, _)| later.makes.as_ref());
            later.into_iter().any(|made| made.what == dropped.what && made.name.may_be(&dropped.name))
        };
        let found = |dropped: &&Dropped<'_>| found(dialect, prior, dropped).filter(|_| !is_made_again(dropped));
        let objects: Vec<&Object> = dropped.iter().filter_map(|dropped| found(&dropped)).collect();
        if objects.is_empty() {
            continue;
        }
        let stays: Vec<&Dropped<'_>> = dropped.iter().filter(|dropped| found(dropped).is_none()).collect();
        blank(&mut text, statement, dropped, &stays);
        left.objects.extend(objects.into_iter().cloned());
    }
    left.text = (text != down).then_some(text);
    left
}

/// Takes out of a generated down the statements that are about rows; none where it has none.
pub(crate) fn leave_rows(dialect: Dialect, down: &str) -> Option<String> {
    let mut text = down.to_owned();
    for statement in statements(dialect, down).flatten() {
        if names_rows(dialect, &statement) {
            fill(&mut text, statement.offset..statement.end, "");
        }
    }
    (text != down).then_some(text)
}

/// The object that a statement would drop, where it was there before the up. Where the up has made one that the name may mean as well, it
/// is taken for that: what was there is looked for again when the down is done.
fn found<'p>(dialect: Dialect, prior: &'p Prior, dropped: &Dropped<'_>) -> Option<&'p Object> {
    let is_it = |object: &&Object| is_meant(dialect, dropped, object);
    if prior.made.iter().any(|made| is_it(&made)) {
        return None;
    }
    prior.found().find(is_it)
}

/// Whether a statement that drops something may mean an object.
pub(crate) fn is_meant(dialect: Dialect, dropped: &Dropped<'_>, object: &Object) -> bool {
    let same = |a: &str, b: &str| match dialect {
        Dialect::Sqlite => a.eq_ignore_ascii_case(b),
        Dialect::Postgres => a == b,
    };
    let schema = |name: &Name<'_>| match (dialect, &name.schema, &object.name.schema) {
        (Dialect::Sqlite, Some(schema), _) => schema.eq_ignore_ascii_case("main"),
        (Dialect::Postgres, Some(schema), Some(of)) => schema == of,
        _ => true,
    };
    let name = object.name.name.as_str();
    let name = if is_routine(object.kind()) { name.split('(').next().unwrap_or_default() } else { name };
    let on = dropped
        .on
        .as_ref()
        .is_none_or(|on| object.name.owner.as_deref().is_some_and(|owner| same(owner, &on.name)) && schema(on));
    kinds(dropped.what).contains(&object.kind()) && same(name, &dropped.name.name) && schema(&dropped.name) && on
}

fn is_routine(kind: Kind) -> bool {
    matches!(kind, Kind::Function | Kind::Procedure | Kind::Aggregate)
}

/// The kinds that a word of SQL stands for.
fn kinds(what: &str) -> &'static [Kind] {
    match what {
        "table" => &[Kind::Table, Kind::VirtualTable, Kind::ForeignTable],
        "foreign table" => &[Kind::ForeignTable],
        "view" => &[Kind::View],
        "materialized view" => &[Kind::MaterializedView],
        "index" => &[Kind::Index],
        "sequence" => &[Kind::Sequence],
        "schema" => &[Kind::Schema],
        "extension" => &[Kind::Extension],
        "type" | "domain" => &[Kind::EnumType, Kind::CompositeType, Kind::RangeType, Kind::Domain],
        "function" | "procedure" | "routine" | "aggregate" => &[Kind::Function, Kind::Procedure, Kind::Aggregate],
        "statistics" => &[Kind::Statistics],
        "event trigger" => &[Kind::EventTrigger],
        "trigger" => &[Kind::Trigger],
        "rule" => &[Kind::Rule],
        "policy" => &[Kind::Policy],
        "column" => &[Kind::Column],
        "constraint" => &[Kind::Constraint],
        _ => &[],
    }
}

/// Puts blanks where a statement was, or where it has a list, shortens that to what stays.
fn blank(text: &mut String, statement: &Statement<'_>, dropped: &[Dropped<'_>], stays: &[&Dropped<'_>]) {
    let (Some(first), Some(last)) = (dropped.first(), dropped.last()) else { return };
    if stays.is_empty() {
        return fill(text, statement.offset..statement.end, "");
    }
    let names: Vec<&str> = stays.iter().map(|dropped| &statement.text[dropped.span.clone()]).collect();
    let span = statement.offset + first.span.start..statement.offset + last.span.end;
    fill(text, span, &names.join(", "));
}

/// Writes over a part of the text, as long as the part is; line ends stay.
fn fill(text: &mut String, span: Range<usize>, with: &str) {
    let rest = &text.as_bytes()[span.start + with.len()..span.end];
    let blanks: String = rest.iter().map(|byte| if *byte == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(span, &format!("{with}{blanks}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Id, ObjectName};
    use crate::history::{Fate, PriorObject};

    fn object(kind: Kind, owner: Option<&str>, name: &str) -> Object {
        let name = ObjectName { schema: Some("app".into()), owner: owner.map(str::to_owned), name: name.into() };
        Object::new(Id { kind, object: 1, part: 0 }, name)
    }

    fn left(down: &str) -> (String, String) {
        let found = [
            object(Kind::Table, None, "t"),
            object(Kind::View, None, "v"),
            object(Kind::Function, None, "f(integer)"),
            object(Kind::Trigger, Some("t"), "x"),
            object(Kind::Column, Some("t"), "c"),
            object(Kind::Index, None, "both"),
        ];
        let made = vec![object(Kind::Table, None, "n"), object(Kind::Index, None, "both")];
        let objects = found.into_iter().map(|object| PriorObject { fate: Fate::Found, object }).collect();
        let left = leave(Dialect::Postgres, down, &Prior { objects, made });
        let text = left.text.unwrap_or_else(|| down.to_owned());
        assert_eq!(text.len(), down.len());
        let objects: Vec<_> = left.objects.iter().map(|object| object.name.plain()).collect();
        (text.split_whitespace().collect::<Vec<_>>().join(" "), objects.join(" "))
    }

    #[test]
    fn what_was_found_is_left_alone() {
        for (down, rest, objects) in [
            ("DROP TABLE n;\nDROP TABLE t;\n", "DROP TABLE n;", "app.t"),
            ("DROP TABLE n, t RESTRICT;", "DROP TABLE n RESTRICT;", "app.t"),
            ("DROP TABLE IF EXISTS app.t, n", "DROP TABLE IF EXISTS n", "app.t"),
            ("DROP TABLE other.t;", "DROP TABLE other.t;", ""),
            ("DROP FUNCTION f(int);", "", "app.f(integer)"),
            ("DROP TRIGGER x ON t; DROP TRIGGER x ON n;", "DROP TRIGGER x ON n;", "app.t.x"),
            ("ALTER TABLE t DROP COLUMN c;", "", "app.t.c"),
            ("DROP INDEX both;", "DROP INDEX both;", ""),
            ("DROP VIEW v; CREATE VIEW v AS SELECT 1;", "DROP VIEW v; CREATE VIEW v AS SELECT 1;", ""),
            ("DROP TABLE t; ALTER TABLE new RENAME TO t;", "DROP TABLE t; ALTER TABLE new RENAME TO t;", ""),
            ("DROP TABLE t CASCADE;", "DROP TABLE t CASCADE;", ""),
        ] {
            assert_eq!(left(down), (rest.to_owned(), objects.to_owned()), "{down}");
        }
    }

    #[test]
    fn letters_of_several_bytes_keep_their_places() {
        let down = "DROP TABLE t; -- größe\nDROP TABLE n; DROP VIEW /* ä */ v;";
        assert_eq!(left(down).0, "-- größe DROP TABLE n;");
    }
}
