//! What a CREATE or a DROP is about.

use super::Dialect;
use super::cursor::Cursor;

/// The words between the command and the name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heading<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) form: CreateForm,
    pub(super) is_temporary: bool,
    /// IF EXISTS or IF NOT EXISTS.
    pub(super) is_conditional: bool,
    /// Behind the kind.
    pub(super) after_subject: Cursor<'a>,
    /// Before the name.
    pub(super) name: Cursor<'a>,
}

/// What a CREATE has before the kind, beside TEMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CreateForm {
    Plain,
    /// OR REPLACE.
    Replacing,
    /// UNLOGGED, VIRTUAL and the like.
    Special,
}

/// The kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject<'a> {
    /// A kind that a list of names can follow in a DROP.
    Listed(&'static str),
    /// A kind that belongs to a table, which ON names; SQLite's triggers name none.
    OfTable(&'static str),
    /// Any other, by its first word.
    Other(&'a str),
}

/// The longer words first.
const LISTED: [(&[&str], &str); 17] = [
    (&["materialized", "view"], "materialized view"),
    (&["foreign", "table"], "foreign table"),
    (&["foreign", "data", "wrapper"], "foreign data wrapper"),
    (&["event", "trigger"], "event trigger"),
    (&["table"], "table"),
    (&["view"], "view"),
    (&["index"], "index"),
    (&["sequence"], "sequence"),
    (&["schema"], "schema"),
    (&["extension"], "extension"),
    (&["type"], "type"),
    (&["domain"], "domain"),
    (&["function"], "function"),
    (&["procedure"], "procedure"),
    (&["routine"], "routine"),
    (&["aggregate"], "aggregate"),
    (&["statistics"], "statistics"),
];

const OF_TABLES: [&str; 3] = ["trigger", "rule", "policy"];

/// What may stand before the kind, beside TEMP.
const BEFORE: [&str; 7] = ["global", "local", "unlogged", "virtual", "unique", "recursive", "constraint"];

impl<'a> Heading<'a> {
    /// After CREATE.
    pub(super) fn created(mut cursor: Cursor<'a>) -> Option<Self> {
        let mut form = if cursor.words(&["or", "replace"]) { CreateForm::Replacing } else { CreateForm::Plain };
        let mut is_temporary = false;
        loop {
            if cursor.one_of(&["temp", "temporary"]) {
                is_temporary = true;
            } else if cursor.one_of(&BEFORE) {
                form = if form == CreateForm::Plain { CreateForm::Special } else { form };
            } else {
                break;
            }
        }
        let heading = Self::of(cursor, &["if", "not", "exists"])?;
        Some(Self { form, is_temporary, ..heading })
    }

    /// After DROP.
    pub(super) fn dropped(cursor: Cursor<'a>) -> Option<Self> {
        Self::of(cursor, &["if", "exists"])
    }

    fn of(mut cursor: Cursor<'a>, condition: &[&str]) -> Option<Self> {
        let subject = subject(&mut cursor)?;
        let after_subject = cursor;
        if cursor.dialect() == Dialect::Postgres && subject == Subject::Listed("index") {
            cursor.word("concurrently");
        }
        let is_conditional = cursor.words(condition);
        let (form, is_temporary) = (CreateForm::Plain, false);
        Some(Self { subject, form, is_temporary, is_conditional, after_subject, name: cursor })
    }
}

fn subject<'a>(cursor: &mut Cursor<'a>) -> Option<Subject<'a>> {
    if let Some((_, what)) = LISTED.iter().find(|(words, _)| cursor.words(words)) {
        return Some(Subject::Listed(what));
    }
    if let Some(what) = OF_TABLES.into_iter().find(|word| cursor.word(word)) {
        return Some(Subject::OfTable(what));
    }
    cursor.any_word().map(Subject::Other)
}
