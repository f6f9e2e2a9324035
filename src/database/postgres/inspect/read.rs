//! From rows to a catalog.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::SimpleQueryRow;

use super::reread::reread;
use crate::catalog::{Catalog, Fact, Id, Kind, Object, ObjectName};
use crate::database::SearchPath;

/// Those in which an expression may be.
const EXPRESSIONS: [Fact; 5] = [Fact::Definition, Fact::Default, Fact::Generated, Fact::Signature, Fact::PartitionKey];

/// A class of the server's catalog, an oid, and a column's number.
type Address = (&'static str, u32, u32);

/// What of the rows is no text, where something is: a database in SQL_ASCII has whatever bytes it was given.
pub(super) fn unreadable(rows: &[SimpleQueryRow]) -> Option<String> {
    let is_broken = |row: &&SimpleQueryRow| (0..row.len()).any(|at| row.try_get(at).is_err());
    let row = rows.iter().find(is_broken)?;
    let kind = field(row, "kind").unwrap_or("object").to_lowercase();
    let number = number(row, "object").unwrap_or(0);
    let name =
        field(row, "name").or_else(|| field(row, "owner_name")).map_or_else(String::new, |name| format!(" ({name})"));
    Some(format!("the {kind} with the oid {number}{name} has a name or a text that is not UTF-8"))
}

/// The catalog of these rows. The error says which object has a text that is not known here.
pub(super) fn catalog(rows: &[SimpleQueryRow]) -> Result<Catalog, String> {
    let mut hidden = BTreeSet::new();
    for row in rows.iter().filter(|row| field(row, "kind") == Some("Hidden")) {
        hidden.extend(number(row, "object"));
    }
    let mut objects = objects(rows, BTreeMap::new())?;
    hide(&mut objects, &hidden);
    Ok(objects.into_values().collect())
}

/// The catalog, with what these rows say of some relations in place of what it has of them.
pub(super) fn patched(last: &Catalog, relations: &BTreeSet<u32>, rows: &[SimpleQueryRow]) -> Result<Catalog, String> {
    let is_of_these = |object: &Object| relation_of(object).is_some_and(|relation| relations.contains(&relation));
    let (gone, stay): (Vec<&Object>, Vec<&Object>) = last.iter().partition(|object| is_of_these(object));
    let addresses = stay.iter().map(|object| (address(object.id), object.id)).collect();
    let mut catalog = last.clone();
    gone.iter().for_each(|object| catalog.remove(object.id));
    objects(rows, addresses)?.into_values().for_each(|object| catalog.insert(object));
    Ok(catalog)
}

/// The relation that an object is, or is a part of.
fn relation_of(object: &Object) -> Option<u32> {
    let is_relation = |kind: Kind| {
        matches!(
            kind,
            Kind::Table
                | Kind::ForeignTable
                | Kind::View
                | Kind::MaterializedView
                | Kind::Sequence
                | Kind::CompositeType
                | Kind::Column
        )
    };
    match object.kind() {
        kind if is_relation(kind) => Some(object.id.object),
        Kind::Constraint | Kind::Index | Kind::Statistics | Kind::Rule | Kind::Trigger | Kind::Policy => {
            object.parent.filter(|parent| is_relation(parent.kind)).map(|parent| parent.object)
        }
        _ => None,
    }
}

/// The objects of these rows, with what they need, among themselves and among others that are known.
fn objects(rows: &[SimpleQueryRow], mut addresses: BTreeMap<Address, Id>) -> Result<BTreeMap<Id, Object>, String> {
    let names = Names::new();
    let mut objects: BTreeMap<Id, Object> = BTreeMap::new();
    for row in rows {
        match field(row, "kind") {
            Some("Server" | "Hidden" | "Others" | "Dependency") | None => {}
            Some(kind) => {
                let object = object(&names, names.kinds[kind], row)?;
                addresses.insert(address(object.id), object.id);
                objects.insert(object.id, object);
            }
        }
    }
    // Now everything is known that they may name.
    for row in rows.iter().filter(|row| field(row, "kind") == Some("Dependency")) {
        depend(&mut objects, &addresses, row);
    }
    Ok(objects)
}

fn address(id: Id) -> Address {
    (class(id.kind), id.object, id.part)
}

/// How catalogs are worded here. It goes up where one schema comes to have other facts than before: then a fingerprint that an older
/// release of schemactl recorded says nothing, and raises no alarm.
const WORDING: u32 = 3;

/// Whether there may be objects of the kinds that are read by themselves.
pub(super) fn has_others(rows: &[SimpleQueryRow]) -> bool {
    let told = rows.iter().find(|row| field(row, "kind") == Some("Others"));
    told.is_none_or(|row| number(row, "object") != Some(0))
}

/// `pg15.3`: the major version of the server, and how its catalog is worded here.
pub(super) fn release(rows: &[SimpleQueryRow]) -> String {
    server(rows).and_then(|row| number(row, "object")).map_or_else(String::new, |major| format!("pg{major}.{WORDING}"))
}

/// Whose history it is, or who asks where there is none.
pub(super) fn role(rows: &[SimpleQueryRow]) -> String {
    server(rows).and_then(|row| field(row, "name")).unwrap_or_default().to_owned()
}

/// Where names without a schema lead; none where that is nowhere.
pub(super) fn path(rows: &[SimpleQueryRow]) -> Option<SearchPath> {
    let row = server(rows)?;
    Some(SearchPath { setting: field(row, "owner_name")?.to_owned(), home: field(row, "schema")?.to_owned() })
}

fn server(rows: &[SimpleQueryRow]) -> Option<&SimpleQueryRow> {
    rows.iter().find(|row| field(row, "kind") == Some("Server"))
}

/// The names that the queries give to kinds and facts.
struct Names {
    kinds: BTreeMap<String, Kind>,
    facts: BTreeMap<String, Fact>,
}

impl Names {
    fn new() -> Self {
        Self {
            kinds: Kind::ALL.into_iter().map(|kind| (format!("{kind:?}"), kind)).collect(),
            facts: Fact::ALL.into_iter().map(|fact| (format!("{fact:?}"), fact)).collect(),
        }
    }
}

fn object(names: &Names, kind: Kind, row: &SimpleQueryRow) -> Result<Object, String> {
    let owned = |name: &str| field(row, name).map(str::to_owned);
    let id = Id { kind, object: number(row, "object").unwrap_or(0), part: number(row, "part").unwrap_or(0) };
    let name =
        ObjectName { schema: owned("schema"), owner: owned("owner_name"), name: owned("name").unwrap_or_default() };
    let mut object = Object::new(id, name);
    object.parent = field(row, "parent").and_then(|parent| parse_parent(names, parent));
    for (at, column) in row.columns().iter().enumerate() {
        let (Some(fact), Some(text)) = (names.facts.get(column.name()).copied(), row.get(at)) else { continue };
        let text = if EXPRESSIONS.contains(&fact) { Cow::Owned(reread(text)) } else { Cow::Borrowed(text) };
        if !object.read(fact, &text) {
            return Err(format!(
                "{fact} of {kind} {} is worded in a way that is not known: {text}",
                object.name.plain()
            ));
        }
    }
    Ok(object)
}

fn parse_parent(names: &Names, text: &str) -> Option<Id> {
    let mut words = text.split(' ');
    let kind = *names.kinds.get(words.next()?)?;
    Some(Id { kind, object: words.next()?.parse().ok()?, part: words.next()?.parse().ok()? })
}

fn depend(objects: &mut BTreeMap<Id, Object>, addresses: &BTreeMap<Address, Id>, row: &SimpleQueryRow) {
    let address = |class_name: &str, object: &str, part: &str| {
        let class = CLASSES.iter().find(|class| Some(**class) == field(row, class_name)).copied().unwrap_or("other");
        let (object, part) = (number(row, object)?, number(row, part).unwrap_or(0));
        addresses.get(&(class, object, part)).or_else(|| addresses.get(&("other", object, 0)))
    };
    let (Some(from), Some(to)) = (address("class", "object", "part"), address("on_class", "on_object", "on_part"))
    else {
        return;
    };
    if from != to
        && let Some(object) = objects.get_mut(from)
    {
        object.depends_on.insert(*to);
    }
}

const CLASSES: &[&str] = &[
    "pg_class",
    "pg_type",
    "pg_proc",
    "pg_constraint",
    "pg_trigger",
    "pg_policy",
    "pg_rewrite",
    "pg_statistic_ext",
    "pg_extension",
    "pg_event_trigger",
];

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::EnumType | Kind::RangeType | Kind::Domain => "pg_type",
        Kind::Function | Kind::Procedure | Kind::Aggregate => "pg_proc",
        Kind::Constraint => "pg_constraint",
        Kind::Trigger => "pg_trigger",
        Kind::Policy => "pg_policy",
        Kind::Rule => "pg_rewrite",
        Kind::Statistics => "pg_statistic_ext",
        Kind::Extension => "pg_extension",
        Kind::EventTrigger => "pg_event_trigger",
        Kind::CompositeType
        | Kind::Sequence
        | Kind::Table
        | Kind::ForeignTable
        | Kind::Column
        | Kind::Index
        | Kind::View
        | Kind::MaterializedView => "pg_class",
        _ => "other",
    }
}

/// Takes tables and all that belongs to them out.
fn hide(objects: &mut BTreeMap<Id, Object>, hidden: &BTreeSet<u32>) {
    let belongs = |object: &Object| {
        let of_table = |id: Id| matches!(id.kind, Kind::Table | Kind::Column) && hidden.contains(&id.object);
        of_table(object.id) || object.parent.is_some_and(of_table)
    };
    objects.retain(|_, object| !belongs(object));
}

pub(super) fn field<'r>(row: &'r SimpleQueryRow, name: &str) -> Option<&'r str> {
    row.try_get(name).ok().flatten()
}

fn number(row: &SimpleQueryRow, name: &str) -> Option<u32> {
    field(row, name)?.parse().ok()
}
