//! Objects that are somebody else's, and count in no comparison: by patterns, or by the schema that they are in.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, Id, Kind, MoveTraces, Object};
use crate::error::did_you_mean;

/// The words that a pattern may begin with, and what each stands for. Columns and values of enums are ignored with what they are of.
const KINDS: [(&str, &[Kind]); 16] = [
    ("schema", &[Kind::Schema]),
    ("extension", &[Kind::Extension]),
    ("type", &[Kind::EnumType, Kind::CompositeType, Kind::RangeType, Kind::Domain]),
    ("sequence", &[Kind::Sequence]),
    ("function", &[Kind::Function, Kind::Procedure, Kind::Aggregate]),
    ("table", &[Kind::Table, Kind::ForeignTable, Kind::VirtualTable]),
    ("index", &[Kind::Index]),
    ("constraint", &[Kind::Constraint]),
    ("statistics", &[Kind::Statistics]),
    ("view", &[Kind::View, Kind::MaterializedView]),
    ("rule", &[Kind::Rule]),
    ("trigger", &[Kind::Trigger, Kind::EventTrigger]),
    ("policy", &[Kind::Policy]),
    ("privilege", &[Kind::DefaultPrivilege]),
    ("setting", &[Kind::Setting]),
    ("object", &[Kind::Other]),
];

/// `table audit_*`, `audit.*`: perhaps a kind, and a name in which `*` stands for any letters and `?` for one.
///
/// A name without a dot is the object's own, in any schema and of any table; one with a dot is the whole name. Case does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// None for any.
    kinds: Option<&'static [Kind]>,
    name: String,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoPattern {
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, NoPattern> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NoPattern { reason: "it is empty".to_owned(), hint: None });
        }
        let Some((word, name)) = text.split_once(char::is_whitespace) else {
            return Ok(Self { kinds: None, name: text.to_lowercase() });
        };
        match KINDS.iter().find(|(known, _)| *known == word) {
            Some((_, kinds)) => Ok(Self { kinds: Some(kinds), name: name.trim().to_lowercase() }),
            None if word == "column" => Err(NoPattern {
                reason: "a column is not ignored without its table".to_owned(),
                hint: Some("a column that another tool adds is best added by a migration too".to_owned()),
            }),
            None => {
                let words = KINDS.map(|(word, _)| word);
                let list = format!("the kinds are {}", words.join(", "));
                Err(NoPattern {
                    reason: format!("`{word}` is no kind of object"),
                    hint: Some(did_you_mean(word, words).unwrap_or(list)),
                })
            }
        }
    }

    /// The name in small letters, where it is for tables alone.
    fn of_tables(&self) -> Option<&str> {
        (self.kinds?.first() == Some(&Kind::Table)).then_some(&*self.name)
    }

    fn fits(&self, object: &Object) -> bool {
        let is_part = matches!(object.kind(), Kind::Column | Kind::EnumLabel);
        if is_part || self.kinds.is_some_and(|kinds| !kinds.contains(&object.kind())) {
            return false;
        }
        let name = if self.name.contains('.') {
            object.name.parts().collect::<Vec<_>>().join(".")
        } else {
            object.name.name.clone()
        };
        is_like(&self.name, &name.to_lowercase())
    }
}

/// The pattern that fits this object and no other of another name; none where a name has what means something else in a pattern, or
/// where there is no word for the kind.
pub(crate) fn pattern(object: &Object) -> Option<String> {
    let (word, _) = KINDS.iter().find(|(_, kinds)| kinds.contains(&object.kind()))?;
    let name = object.name.parts().collect::<Vec<_>>().join(".");
    let is_plain = |letter: char| !letter.is_control() && !r#"*?"\`"#.contains(letter);
    (name.chars().all(is_plain) && name.trim() == name).then(|| format!("{word} {name}"))
}

/// Whether a name is like a pattern with `*`, for any letters, and `?`, for one.
pub(crate) fn is_like(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Where it is not, the last `*` stands for a letter more.
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, read) = (place + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// Tells what of a catalog is a record of migrations, another tool's or another application's.
#[derive(Clone, Copy)]
pub(crate) struct Ledgers(pub(crate) fn(&Catalog) -> BTreeSet<Id>);

impl Default for Ledgers {
    fn default() -> Self {
        Self(|_| BTreeSet::new())
    }
}

impl std::fmt::Debug for Ledgers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ledgers")
    }
}

/// All that are asked are told by the same.
impl PartialEq for Ledgers {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Ledgers {}

/// What is somebody else's in one database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ignore {
    /// Tables in which migrations are recorded.
    pub(crate) ledgers: Ledgers,
    pub(crate) patterns: Vec<Pattern>,
    /// The schemas that are not somebody else's; none where all are not.
    pub(crate) schemas: Vec<String>,
    /// What a move of data has made and taken off: of this database, read from it.
    pub(crate) traces: MoveTraces,
}

impl Ignore {
    /// What is ignored: what a pattern fits, with all that belongs to it, as columns and triggers do to a table. A schema alone has rights
    /// of its own, so that what is in it is not ignored with it.
    pub(crate) fn of(&self, catalog: &Catalog) -> BTreeSet<Id> {
        let fits = |object: &&Object| {
            self.is_elsewhere(object)
                || self.patterns.iter().any(|pattern| pattern.fits(object))
                || self.traces.has(object)
        };
        let mut ignored: BTreeSet<Id> = catalog.iter().filter(fits).map(|object| object.id).collect();
        let Ledgers(ledgers_of) = self.ledgers;
        ignored.extend(ledgers_of(catalog));
        if ignored.is_empty() {
            return ignored;
        }
        let mut parts: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
        for object in catalog.iter() {
            object.parent.iter().for_each(|parent| parts.entry(*parent).or_default().push(object.id));
        }
        let mut open: Vec<Id> = ignored.iter().copied().collect();
        while let Some(id) = open.pop() {
            open.extend(parts.get(&id).into_iter().flatten().filter(|part| ignored.insert(**part)).copied());
        }
        ignored
    }

    /// The names with `*` and `?` of tables, in small letters, where nothing else is left out by patterns or schemas.
    pub(crate) fn of_tables_alone(&self) -> Option<Vec<&str>> {
        if self.schemas.is_empty() { self.patterns.iter().map(Pattern::of_tables).collect() } else { None }
    }

    /// Whether an object is in none of the schemas. One that is in no schema, such as an event trigger, is the whole database's.
    fn is_elsewhere(&self, object: &Object) -> bool {
        let is_in = |schema: &String| match object.kind() {
            Kind::Schema => object.name.name == *schema,
            Kind::Extension => object
                .body
                .extension()
                .and_then(|extension| extension.schema.as_ref())
                .is_some_and(|own| own.is(schema)),
            _ => object.name.schema.as_ref() == Some(schema),
        };
        !self.schemas.is_empty() && !self.schemas.iter().any(is_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Fact, ObjectName};

    fn object(kind: Kind, number: u32, name: [&str; 3], parent: Option<Id>) -> Object {
        let [schema, owner, name] = name;
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let name = ObjectName { schema: some(schema), owner: some(owner), name: name.to_owned() };
        Object { parent, ..Object::new(Id { kind, object: number, part: 0 }, name) }
    }

    /// The numbers of what these patterns leave.
    fn left(patterns: &[&str]) -> Vec<u32> {
        left_by(&Ignore {
            patterns: patterns.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
            ..Ignore::default()
        })
    }

    fn left_by(ignore: &Ignore) -> Vec<u32> {
        let table = Id { kind: Kind::Table, object: 2, part: 0 };
        let column = Id { kind: Kind::Column, object: 3, part: 0 };
        let objects = [
            object(Kind::Schema, 1, ["", "", "audit"], None),
            object(Kind::Table, 2, ["audit", "", "Log"], None),
            object(Kind::Column, 3, ["audit", "Log", "id"], Some(table)),
            object(Kind::Sequence, 4, ["audit", "", "log_id_seq"], Some(column)),
            object(Kind::Index, 5, ["public", "", "log"], None),
            object(Kind::View, 6, ["public", "", "tmp view"], None),
            object(Kind::EventTrigger, 7, ["", "", "watch"], None),
        ];
        let catalog: Catalog = objects.into_iter().collect();
        let ignored = ignore.of(&catalog);
        let mut left: Vec<u32> =
            catalog.iter().filter(|object| !ignored.contains(&object.id)).map(|object| object.id.object).collect();
        left.sort_unstable();
        left
    }

    #[test]
    fn a_pattern_takes_along_what_belongs_to_it() {
        assert_eq!(left(&[]), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(left(&["log"]), [1, 6, 7]);
        assert_eq!(left(&["table l?g"]), [1, 5, 6, 7]);
        assert_eq!(left(&["audit.*"]), [1, 5, 6, 7]);
        assert_eq!(left(&["schema audit"]), [2, 3, 4, 5, 6, 7]);
        assert_eq!(left(&["schema audit", "audit.*"]), [5, 6, 7]);
        assert_eq!(left(&["index audit.*", "view tmp view"]), [1, 2, 3, 4, 5, 7]);
        assert_eq!(left(&["id"]), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn only_what_is_in_the_schemas_counts() {
        let left = |schemas: &[&str], patterns: &[&str]| {
            left_by(&Ignore {
                patterns: patterns.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
                schemas: schemas.iter().map(ToString::to_string).collect(),
                ..Ignore::default()
            })
        };
        assert_eq!(left(&["audit"], &[]), [1, 2, 3, 4]);
        assert_eq!(left(&["audit", "public"], &["view *"]), [1, 2, 3, 4, 5]);
        assert_eq!(left(&["Audit"], &[]), [0; 0]);
    }

    #[test]
    fn an_extension_is_in_the_schema_of_its_objects() {
        let ignored = |own: &str, schema: &str| {
            let mut extension = object(Kind::Extension, 1, ["", "", "pg_trgm"], None);
            assert!(extension.read(Fact::Options, own));
            let catalog: Catalog = std::iter::once(extension).collect();
            Ignore { schemas: vec![schema.to_owned()], ..Ignore::default() }.of(&catalog).len()
        };
        assert_eq!((ignored("\"My schema\"", "My schema"), ignored("\"My schema\"", "public")), (0, 1));
        assert_eq!((ignored("public", "public"), ignored("public", "app")), (0, 1));
    }

    #[test]
    fn stars_stand_for_any_letters() {
        for (pattern, name) in [("*", ""), ("a*b*c", "aXbbYc"), ("?", "ä"), ("**a", "ba"), ("a*", "a")] {
            assert!(is_like(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("", "a"), ("a", ""), ("a?", "a"), ("a*b", "abc"), ("*a", "ab")] {
            assert!(!is_like(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        let wrong = |text: &str| Pattern::parse(text).unwrap_err();
        assert_eq!(wrong("  ").reason, "it is empty");
        assert_eq!(wrong("tabel a").reason, "`tabel` is no kind of object");
        assert_eq!(wrong("tabel a").hint.as_deref(), Some("did you mean `table`?"));
        assert!(wrong("my table").hint.unwrap().starts_with("the kinds are schema, extension, "));
        assert_eq!(wrong("column orders.note").reason, "a column is not ignored without its table");
    }
}
