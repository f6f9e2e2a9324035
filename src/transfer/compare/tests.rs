use super::*;
use crate::config::ColumnPair;
use crate::config::{CopySettings, OneSided, TablePair};
use crate::transfer::Form;

fn place(line: &str) -> Place {
    Place::whole(line)
}

fn map() -> Map {
    Map {
        section: "map".to_owned(),
        place: place("map"),
        schema: "public".to_owned(),
        tables: Vec::new(),
        columns: Vec::new(),
        sqlite_only: Vec::new(),
        postgres_only: Vec::new(),
        #[cfg(feature = "project")]
        convert: Vec::new(),
        #[cfg(feature = "project")]
        types: Vec::new(),
        #[cfg(feature = "project")]
        unique: Vec::new(),
        at: Vec::new(),
        copy: CopySettings::default(),
    }
}

/// `name form`, with `?` at the end where it may be NULL, and `=` where it is generated.
fn column(text: &str) -> MappedColumn {
    let (name, form) = text.split_once(' ').unwrap();
    let form_of = match form.trim_end_matches(['?', '=']) {
        "integer" => Form::Integer,
        "text" => Form::Text,
        "json" => Form::Structured,
        other => panic!("{other}"),
    };
    MappedColumn {
        name: name.to_owned(),
        datatype: form.trim_end_matches(['?', '=']).to_owned(),
        form: form_of,
        may_be_null: form.ends_with('?'),
        is_key: false,
        is_generated: form.ends_with('='),
    }
}

fn table(schema: Option<&str>, name: &str, columns: &[&str]) -> MappedTable {
    MappedTable {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
        columns: columns.iter().map(|text| column(text)).collect(),
    }
}

fn sqlite(name: &str, columns: &[&str]) -> MappedTable {
    table(None, name, columns)
}

fn postgres(name: &str, columns: &[&str]) -> MappedTable {
    let (schema, name) = name.split_once('.').unwrap_or(("public", name));
    table(Some(schema), name, columns)
}

fn one_sided(text: &str) -> OneSided {
    OneSided { path: text.split('.').map(str::to_owned).collect(), text: text.to_owned(), place: place(text) }
}

/// The messages, each with the line of the map that it is about.
fn told(map: &Map, left: &[MappedTable], right: &[MappedTable]) -> Vec<String> {
    compare(map, left, right).into_iter().map(|found| format!("{}: {found}", found.place().unwrap())).collect()
}

#[test]
fn what_has_the_same_name_needs_no_line() {
    let left = [sqlite("Orders", &["id integer", "note text", "sum integer="])];
    let right = [postgres("orders", &["id integer", "Note text?"])];
    assert_eq!(told(&map(), &left, &right), [""; 0]);
}

#[test]
fn what_one_backend_alone_has_is_told() {
    let left = [sqlite("orders", &["id integer", "old text"]), sqlite("drafts", &["id integer"])];
    let right = [postgres("orders", &["id integer", "new text"]), postgres("audit.log", &["id integer"])];
    assert_eq!(
        told(&map(), &left, &right),
        [
            "map: column orders.old is on SQLite alone: public.orders has no such column",
            "map: table drafts is on SQLite alone: PostgreSQL has no public.drafts",
            "map: column public.orders.new is on PostgreSQL alone: orders has no such column on SQLite",
            "map: table audit.log is on PostgreSQL alone",
        ]
    );
    let declared = Map {
        sqlite_only: vec![one_sided("drafts"), one_sided("orders.old")],
        postgres_only: vec![one_sided("audit.log"), one_sided("orders.new")],
        ..map()
    };
    assert_eq!(told(&declared, &left, &right), [""; 0]);
    let by_pattern =
        Map { sqlite_only: vec![one_sided("d*"), one_sided("*.o?d"), one_sided("none.*")], ..declared.clone() };
    assert_eq!(told(&by_pattern, &left, &right), [""; 0]);
    let by_whole_name = Map { postgres_only: vec![one_sided("audit.log"), one_sided("public.orders.new")], ..declared };
    assert_eq!(told(&by_whole_name, &left, &right), [""; 0]);
}

#[test]
fn names_may_differ() {
    let left = [sqlite("orders", &["id integer", "note text"])];
    let right = [postgres("sales.purchases", &["purchase_id integer", "note text"])];
    let renamed = Map {
        tables: vec![TablePair {
            sqlite: "orders".to_owned(),
            schema: Some("sales".to_owned()),
            postgres: "purchases".to_owned(),
            place: place("line 1"),
        }],
        columns: vec![ColumnPair {
            table: "orders".to_owned(),
            sqlite: "id".to_owned(),
            postgres: "purchase_id".to_owned(),
            place: place("line 2"),
        }],
        ..map()
    };
    assert_eq!(told(&renamed, &left, &right), [""; 0]);
    // The line of the map is told of, and not also what follows from it.
    assert_eq!(
        told(&renamed, &left, &[postgres("sales.purchases", &["note text"])]),
        ["line 2: table sales.purchases has no column purchase_id on PostgreSQL"]
    );
    assert_eq!(told(&renamed, &left, &[]), ["line 1: PostgreSQL has no table sales.purchases"]);
    assert_eq!(
        told(&renamed, &[], &right),
        [
            "line 1: SQLite has no table orders",
            "line 2: SQLite has no table orders",
            "map: table sales.purchases is on PostgreSQL alone"
        ]
    );
}

#[test]
fn lines_about_nothing_are_told() {
    let left = [sqlite("orders", &["id integer"])];
    let right = [postgres("orders", &["id integer"])];
    let stale = Map {
        sqlite_only: vec![one_sided("orders.note"), one_sided("draft")],
        postgres_only: vec![one_sided("audit.log")],
        ..map()
    };
    assert_eq!(
        told(&stale, &left, &right),
        [
            "orders.note: SQLite has no table or column orders.note",
            "draft: SQLite has no table or column draft",
            "audit.log: PostgreSQL has no table or column audit.log",
        ]
    );
}

#[test]
fn values_must_fit() {
    let left = [sqlite("orders", &["id integer", "note text?", "body text", "at integer"])];
    let right = [postgres("orders", &["id integer", "note text", "body json", "at text"])];
    assert_eq!(
        told(&map(), &left, &right),
        [
            "map: columns orders.note and public.orders.note differ: the one on SQLite may be NULL, the one on PostgreSQL may not",
            "map: columns orders.at and public.orders.at do not keep the same values: integer on SQLite, text on PostgreSQL",
        ]
    );
}
