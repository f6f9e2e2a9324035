//! What an up found in the live database, as its record keeps it: a down leaves alone what was there before.

use crate::catalog::{Catalog, Fact, Id, Kind, Object, ObjectName};

/// What was there before an up, of all that its scripts name, and what the up made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Prior {
    pub(crate) objects: Vec<PriorObject>,
    /// What was not there: kinds and names alone.
    pub(crate) made: Vec<Object>,
}

/// An object that was there before an up, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PriorObject {
    pub(crate) fate: Fate,
    pub(crate) object: Object,
}

/// What an up made of an object that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is still there, perhaps altered: the up found it.
    Found,
    /// It was dropped, and another made under its name.
    Remade,
    /// It was dropped.
    Gone,
}

/// What a text begins with, so that an empty one is never taken for "nothing was found".
const FORM: &str = "found 1";

/// Facts that a down may have to give back. Others come back with the statements of the down.
const KEPT: [Fact; 9] = [
    Fact::Definition,
    Fact::Signature,
    Fact::Arguments,
    Fact::Options,
    Fact::Owner,
    Fact::Grants,
    Fact::Comment,
    Fact::Enabled,
    Fact::RowSecurity,
];

impl Prior {
    /// Compares what the live database held before the statements of an up with what it holds after them.
    pub(crate) fn of(before: &Catalog, after: &Catalog) -> Self {
        let objects = before.iter().filter_map(|object| {
            let fate = match after.get(object.id) {
                Some(now) if now.name == object.name => Fate::Found,
                _ if after.iter().any(|now| is_named_like(now, object)) => Fate::Remade,
                // It was renamed: so does the down.
                Some(_) => return None,
                None => Fate::Gone,
            };
            Some(PriorObject { fate, object: object.clone() })
        });
        // What belongs to a table that was made goes with it.
        let is_part_of_made = |object: &Object| object.parent.is_some_and(|parent| before.get(parent).is_none());
        let made = after.iter().filter(|object| before.get(object.id).is_none() && !is_part_of_made(object));
        let bare = |object: &Object| Object { parent: object.parent, ..Object::new(object.id, object.name.clone()) };
        Self { objects: objects.collect(), made: made.map(bare).collect() }
    }

    /// What was there before an up whose statements have not run, or not all: it is all found, so far.
    pub(crate) fn so_far(before: &Catalog) -> Self {
        let found = before.iter().map(|object| PriorObject { fate: Fate::Found, object: object.clone() });
        Self { objects: found.collect(), made: Vec::new() }
    }

    /// What was there, as it was read before the up.
    pub(crate) fn before(&self) -> Catalog {
        self.objects.iter().map(|before| before.object.clone()).collect()
    }

    /// Whether there was nothing of what the scripts name.
    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// What the up found, and left in its place.
    pub(crate) fn found(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|before| before.fate == Fate::Found).map(|before| &before.object)
    }

    /// What was there and was dropped, with nothing in its place.
    pub(crate) fn gone(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|before| before.fate == Fate::Gone).map(|before| &before.object)
    }

    /// The names of all objects, as a look at the database takes them.
    pub(crate) fn names(&self) -> std::collections::BTreeSet<String> {
        let all = self.objects.iter().map(|before| &before.object).chain(&self.made);
        let names = all.flat_map(|object| {
            let name = object.name.name.split('(').next().unwrap_or_default().to_owned();
            [Some(name), object.name.owner.clone(), object.name.schema.clone()]
        });
        names.flatten().collect()
    }

    /// The form in which it is recorded: an object a line.
    pub(crate) fn stored(&self) -> String {
        let mut text = FORM.to_owned();
        for PriorObject { fate, object } in &self.objects {
            line(&mut text, fate.as_str(), object);
        }
        for object in &self.made {
            line(&mut text, MADE, object);
        }
        text
    }

    /// Reads the form in which it is recorded. None of what another release wrote: then it is not known what was found.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        if lines.next()? != FORM {
            return None;
        }
        let mut prior = Self::default();
        for line in lines {
            let (word, object) = parse_line(line)?;
            match Fate::parse(word) {
                Some(fate) => prior.objects.push(PriorObject { fate, object }),
                None if word == MADE => prior.made.push(object),
                None => return None,
            }
        }
        Some(prior)
    }
}

/// Whether both have the same kind and name.
pub(crate) fn is_named_like(a: &Object, b: &Object) -> bool {
    a.kind() == b.kind() && a.name == b.name
}

const MADE: &str = "made";

impl Fate {
    fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Remade => "remade",
            Self::Gone => "gone",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Found, Self::Remade, Self::Gone].into_iter().find(|fate| fate.as_str() == word)
    }
}

fn line(text: &mut String, word: &str, object: &Object) {
    let Object { name, parent, .. } = object;
    let id = |id: &Id| format!("{:?} {} {}", id.kind, id.object, id.part);
    let fields = [
        word.to_owned(),
        id(&object.id),
        name.schema.clone().unwrap_or_default(),
        name.owner.clone().unwrap_or_default(),
        name.name.clone(),
        parent.as_ref().map(id).unwrap_or_default(),
    ];
    let facts = object.facts().into_iter().filter(|(fact, _)| KEPT.contains(fact));
    let facts = facts.map(|(fact, value)| format!("{fact:?}={value}"));
    let fields: Vec<String> = fields.into_iter().chain(facts).map(|field| escaped(&field)).collect();
    text.push('\n');
    text.push_str(&fields.join("\t"));
}

fn parse_line(line: &str) -> Option<(&str, Object)> {
    let (word, rest) = line.split_once('\t')?;
    let mut fields = rest.split('\t').map(unescaped);
    let id = parse_id(&fields.next()?)?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    let (schema, owner, name) = (some(fields.next()?), some(fields.next()?), fields.next()?);
    let parent = match fields.next()? {
        text if text.is_empty() => None,
        text => Some(parse_id(&text)?),
    };
    let mut object = Object { parent, ..Object::new(id, ObjectName { schema, owner, name }) };
    for field in fields {
        let (fact, value) = field.split_once('=')?;
        if !object.read(Fact::parse(fact)?, value) {
            return None;
        }
    }
    Some((word, object))
}

fn parse_id(text: &str) -> Option<Id> {
    let mut words = text.split(' ');
    let kind = Kind::parse(words.next()?)?;
    Some(Id { kind, object: words.next()?.parse().ok()?, part: words.next()?.parse().ok()? })
}

fn escaped(field: &str) -> String {
    field.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")
}

fn unescaped(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        text.push(match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some(other) => other,
                None => '\\',
            },
            (letter, false) => letter,
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: Kind, object: u32, name: &str, facts: &[(Fact, &str)]) -> Object {
        let name = ObjectName { schema: Some("app".into()), owner: None, name: name.into() };
        Object::of(Id { kind, object, part: 0 }, name, facts)
    }

    fn catalog(objects: &[Object]) -> Catalog {
        objects.iter().cloned().collect()
    }

    #[test]
    fn what_was_there_is_told_from_what_was_made() {
        let view = |text: &str| object(Kind::View, 1, "v", &[(Fact::Definition, text)]);
        let before = [
            view("a\tb\\n\nc"),
            object(Kind::Table, 2, "gone", &[]),
            object(Kind::Table, 3, "again", &[]),
            object(Kind::Table, 4, "old", &[]),
        ];
        let after = [
            view("other"),
            object(Kind::Table, 5, "again", &[]),
            object(Kind::Table, 4, "new", &[]),
            object(Kind::Index, 6, "i", &[(Fact::Definition, "x")]),
        ];
        let prior = Prior::of(&catalog(&before), &catalog(&after));
        let named: Vec<_> =
            prior.objects.iter().map(|before| (before.object.name.name.as_str(), before.fate)).collect();
        assert_eq!(named, [("gone", Fate::Gone), ("again", Fate::Remade), ("v", Fate::Found)]);
        assert_eq!(prior.made.iter().map(|made| made.name.name.as_str()).collect::<Vec<_>>(), ["again", "i"]);
        assert_eq!(Prior::parse(&prior.stored()), Some(prior));
    }

    #[test]
    fn nothing_and_not_known_are_two_things() {
        assert_eq!(Prior::parse(&Prior::default().stored()), Some(Prior::default()));
        for text in ["", "found 2", "found 1\nwhat\tTable 1 0\t\t\tt\t", "found 1\nfound\tTabel 1 0\t\t\tt\t"] {
            assert_eq!(Prior::parse(text), None, "{text}");
        }
    }
}
