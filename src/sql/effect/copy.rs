//! Statements that write every row of one table into another, as it is.

use std::borrow::Cow;

use crate::sql::Name;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;

/// A copy of every row: nothing chooses among them, or joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sql) struct Copy<'a> {
    pub(in crate::sql) from: Name<'a>,
    pub(in crate::sql) into: Name<'a>,
    pub(in crate::sql) columns: CopyColumns<'a>,
    /// What stands in a column of every row.
    pub(in crate::sql) constants: Vec<CopiedConstant<'a>>,
}

/// A literal that a copy writes into a column of every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sql) struct CopiedConstant<'a> {
    /// The column; none where the copy names none.
    pub(in crate::sql) target: Option<Cow<'a, str>>,
    /// Its place among those that are written.
    pub(in crate::sql) at: usize,
    pub(in crate::sql) text: &'a str,
}

/// Which columns are copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sql) enum CopyColumns<'a> {
    /// All, under their own names.
    All,
    /// All, each into the column at its place.
    AllInOrder,
    /// These, under their own names.
    Named(Vec<Cow<'a, str>>),
    /// These, each into the column at its place; none where it is no plain column.
    InOrder(Vec<Option<Cow<'a, str>>>),
}

/// After `INSERT INTO t`: `[(columns)] SELECT columns FROM t`, and nothing more.
pub(super) fn inserted<'a>(mut cursor: Cursor<'a>, into: &Name<'a>) -> Option<Copy<'a>> {
    let targets = list(&mut cursor);
    let _ = cursor.words(&["overriding", "system", "value"]) || cursor.words(&["overriding", "user", "value"]);
    let (items, from) = select(cursor)?;
    let constants = constants(targets.as_deref(), &items);
    let columns = match (targets, items) {
        (None, Items::Star) => CopyColumns::AllInOrder,
        (None, Items::Listed(items)) => CopyColumns::InOrder(items.into_iter().map(|item| item.column).collect()),
        (Some(targets), Items::Listed(items)) if targets.len() == items.len() => {
            let pairs = targets.into_iter().zip(items);
            CopyColumns::Named(
                pairs.filter(|(target, item)| item.column.as_ref() == Some(target)).map(|(target, _)| target).collect(),
            )
        }
        _ => return None,
    };
    Some(Copy { from, into: into.clone(), columns, constants })
}

fn constants<'a>(targets: Option<&[Cow<'a, str>]>, items: &Items<'a>) -> Vec<CopiedConstant<'a>> {
    let Items::Listed(items) = items else { return Vec::new() };
    let constant = |(at, item): (usize, &SelectItem<'a>)| {
        let target = targets.and_then(|targets| targets.get(at)).cloned();
        Some(CopiedConstant { target, at, text: item.constant? })
    };
    items.iter().enumerate().filter_map(constant).collect()
}

/// After `CREATE TABLE t`: `AS SELECT columns FROM t`, and nothing more.
pub(super) fn made_of<'a>(mut cursor: Cursor<'a>, into: &Name<'a>) -> Option<Copy<'a>> {
    cursor.word("as").then_some(())?;
    let (items, from) = select(cursor)?;
    let columns = match items {
        Items::Star => CopyColumns::All,
        Items::Listed(items) => CopyColumns::Named(items.into_iter().filter_map(SelectItem::under_its_name).collect()),
    };
    Some(Copy { from, into: into.clone(), columns, constants: Vec::new() })
}

/// What a SELECT lists.
enum Items<'a> {
    Star,
    Listed(Vec<SelectItem<'a>>),
}

struct SelectItem<'a> {
    /// The column whose values it has, as they are, wherever that has one: it is nothing but the column, or has something else in place of NULL.
    column: Option<Cow<'a, str>>,
    /// How it is named in what is made of the SELECT; none where the database gives it a name.
    name: Option<Cow<'a, str>>,
    /// The literal that it is.
    constant: Option<&'a str>,
}

impl<'a> SelectItem<'a> {
    fn under_its_name(self) -> Option<Cow<'a, str>> {
        self.column.filter(|column| self.name.as_ref() == Some(column))
    }
}

/// `SELECT items FROM t [ORDER BY ...]`.
fn select(mut cursor: Cursor<'_>) -> Option<(Items<'_>, Name<'_>)> {
    cursor.word("select").then_some(())?;
    if cursor.one_of(&["distinct", "all"]) {
        return None;
    }
    let items = items(&mut cursor)?;
    let from = cursor.name()?;
    let chooses = ["limit", "offset", "fetch", "for", "union", "except", "intersect", "select"];
    let is_ordered = cursor.words(&["order", "by"]);
    let is_all = if is_ordered {
        let mut tokens = cursor.tokens();
        !tokens.any(|(_, text)| chooses.iter().any(|word| text.eq_ignore_ascii_case(word)))
    } else {
        cursor.is_at_end()
    };
    is_all.then_some((items, from))
}

/// Up to FROM, which is stepped over.
fn items<'a>(cursor: &mut Cursor<'a>) -> Option<Items<'a>> {
    let mut ahead = *cursor;
    if ahead.token().is_some_and(|token| ahead.text(token) == "*") {
        *cursor = ahead;
        return cursor.word("from").then_some(Items::Star);
    }
    let mut items = Vec::new();
    loop {
        items.push(item(cursor)?);
        if cursor.word("from") {
            return Some(Items::Listed(items));
        }
        cursor.take(TokenKind::Comma)?;
    }
}

/// One of the items: a column, or an expression that is one for each row.
fn item<'a>(cursor: &mut Cursor<'a>) -> Option<SelectItem<'a>> {
    let mut ahead = *cursor;
    // SQLite takes a string for a name elsewhere; here it is a string.
    let is_string = cursor.string_is_next();
    let constant = constant(*cursor);
    if !is_string
        && constant.is_none()
        && let Some(column) = ahead.name()
    {
        let name = if ahead.word("as") { ahead.part()? } else { column.name.clone() };
        if is_item_end(ahead) {
            *cursor = ahead;
            return Some(SelectItem { column: Some(column.name), name: Some(name), constant: None });
        }
    }
    let column = filled(*cursor);
    let mut name = None;
    while !is_item_end(*cursor) {
        if cursor.word("as") {
            name = cursor.part();
            continue;
        }
        let mut ahead = *cursor;
        let token = ahead.token()?;
        let scalar = ["cast", "coalesce", "ifnull", "nullif"];
        let is_scalar = scalar.iter().any(|word| ahead.text(token).eq_ignore_ascii_case(word));
        match token.kind {
            // What is in a parenthesis may be a query, and a function may make one row of many.
            TokenKind::Open => return None,
            TokenKind::Word if is_scalar => {
                let inside = ahead;
                ahead.skip_parentheses();
                let mut inside = inside;
                inside.take(TokenKind::Open)?;
                has_no_call(inside, &ahead).then_some(())?;
            }
            _ => {}
        }
        *cursor = ahead;
    }
    Some(SelectItem { column, name, constant })
}

/// A literal that is all of an item.
fn constant(start: Cursor<'_>) -> Option<&str> {
    let mut cursor = start;
    takes_literal(&mut cursor).then_some(())?;
    let end = cursor;
    if cursor.word("as") {
        cursor.part()?;
    }
    is_item_end(cursor).then(|| start.until(&end))
}

/// The column of `coalesce(column, 1)`, which has each of its values as it is. Anything but a literal could give it another type. It is all of the
/// item.
fn filled(mut cursor: Cursor<'_>) -> Option<Cow<'_, str>> {
    cursor.one_of(&["coalesce", "ifnull"]).then_some(())?;
    let mut inside = cursor;
    cursor.skip_parentheses().then_some(())?;
    if cursor.word("as") {
        cursor.part()?;
    }
    is_item_end(cursor).then_some(())?;
    inside.take(TokenKind::Open)?;
    if inside.string_is_next() {
        return None;
    }
    let column = inside.name()?;
    are_literals(inside).then_some(column.name)
}

/// Whether nothing but literals follows up to the parenthesis.
fn are_literals(mut cursor: Cursor<'_>) -> bool {
    while cursor.take(TokenKind::Comma).is_some() {
        if !takes_literal(&mut cursor) {
            return false;
        }
    }
    cursor.take(TokenKind::Close).is_some()
}

fn takes_literal(cursor: &mut Cursor<'_>) -> bool {
    cursor.one_of(&["null", "true", "false"]) || cursor.take(TokenKind::Literal).is_some() || takes_number(cursor)
}

/// Steps over a number: `-1`, `1.5`.
fn takes_number(cursor: &mut Cursor<'_>) -> bool {
    let mut number = cursor.take(TokenKind::Symbol);
    if number.is_some_and(|sign| matches!(cursor.text(sign), "-" | "+")) {
        number = cursor.take(TokenKind::Symbol);
    }
    if cursor.take(TokenKind::Dot).is_some() {
        cursor.take(TokenKind::Symbol);
    }
    number.is_some_and(|number| cursor.text(number).starts_with(|first: char| first.is_ascii_digit()))
}

fn has_no_call(mut cursor: Cursor<'_>, end: &Cursor<'_>) -> bool {
    while !cursor.until(end).is_empty() {
        match cursor.token() {
            Some(token) if token.kind == TokenKind::Open => return false,
            Some(_) => {}
            None => break,
        }
    }
    true
}

fn is_item_end(mut cursor: Cursor<'_>) -> bool {
    cursor.take(TokenKind::Comma).is_some() || cursor.word("from")
}

/// `(a, b)`.
fn list<'a>(cursor: &mut Cursor<'a>) -> Option<Vec<Cow<'a, str>>> {
    let mut ahead = *cursor;
    ahead.take(TokenKind::Open)?;
    let mut names = Vec::new();
    loop {
        names.push(ahead.part()?);
        if ahead.take(TokenKind::Close).is_some() {
            *cursor = ahead;
            return Some(names);
        }
        ahead.take(TokenKind::Comma)?;
    }
}
