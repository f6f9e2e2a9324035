//! A CREATE VIEW with a plain query: tables that are joined, a condition, groups, an order.

use crate::translate::Untranslated;
use crate::translate::expression::{Expr, ExprParser, Lexeme};

/// A CREATE VIEW, as it was written.
#[derive(Debug, PartialEq)]
pub(crate) struct ViewStatement {
    pub(crate) name: String,
    pub(crate) is_quoted: bool,
    /// The names of its columns, where they stand behind its own.
    pub(crate) columns: Vec<(String, bool)>,
    pub(crate) query: Query,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) is_distinct: bool,
    pub(crate) items: Vec<QueryItem>,
    pub(crate) from: Vec<JoinedTable>,
    pub(crate) condition: Option<Expr>,
    pub(crate) groups: Vec<Expr>,
    pub(crate) having: Option<Expr>,
    pub(crate) order: Vec<OrderTerm>,
    pub(crate) limit: Option<i64>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum QueryItem {
    /// `*`, or `t.*`.
    All {
        table: Option<String>,
    },
    One {
        expr: Expr,
        name: Option<(String, bool)>,
    },
}

#[derive(Debug, PartialEq)]
pub(crate) struct JoinedTable {
    pub(crate) table: String,
    /// The name by which the query calls it.
    pub(crate) alias: String,
    /// How it is joined to those before it: `JOIN`, `LEFT JOIN`, `CROSS JOIN`; none of the first.
    pub(crate) join: Option<&'static str>,
    pub(crate) on: Option<Expr>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct OrderTerm {
    pub(crate) expr: Expr,
    pub(crate) is_descending: bool,
}

/// Words that end an item or a table, so that they are no name for it.
const ENDS: [&str; 20] = [
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "union",
    "except",
    "intersect",
    "join",
    "left",
    "right",
    "full",
    "inner",
    "outer",
    "cross",
    "natural",
    "on",
    "using",
    "window",
];

impl ViewStatement {
    /// Reads what `sqlite_schema` has.
    ///
    /// # Errors
    /// The query has something that is not read here.
    pub(crate) fn parse(sql: &str) -> Result<Self, Untranslated> {
        let mut parser = ExprParser::new(sql);
        parser.word("create");
        let _ = parser.word("temp") || parser.word("temporary");
        parser.word("view");
        parser.words(&["if", "not", "exists"]);
        let (mut name, mut is_quoted) = parser.quotable_name()?;
        if parser.takes(&Lexeme::Dot) {
            (name, is_quoted) = parser.quotable_name()?;
        }
        let mut columns = Vec::new();
        if parser.takes(&Lexeme::Open) {
            columns = separated(&mut parser, ExprParser::quotable_name)?;
            parser.expects(&Lexeme::Close)?;
        }
        if !parser.word("as") {
            return Err(parser.unread());
        }
        let query = query(&mut parser)?;
        if parser.is_at_end() { Ok(Self { name, is_quoted, columns, query }) } else { Err(parser.unread()) }
    }
}

/// Parts with commas between them.
fn separated<T>(
    parser: &mut ExprParser,
    part: fn(&mut ExprParser) -> Result<T, Untranslated>,
) -> Result<Vec<T>, Untranslated> {
    let mut parts = vec![part(parser)?];
    while parser.takes(&Lexeme::Comma) {
        parts.push(part(parser)?);
    }
    Ok(parts)
}

fn query(parser: &mut ExprParser) -> Result<Query, Untranslated> {
    if !parser.word("select") {
        return Err(parser.unread());
    }
    let is_distinct = parser.word("distinct");
    parser.word("all");
    let items = separated(parser, item)?;
    let from = if parser.word("from") { from(parser)? } else { Vec::new() };
    let condition = if parser.word("where") { Some(parser.expr()?) } else { None };
    let groups = if parser.words(&["group", "by"]) { separated(parser, ExprParser::expr)? } else { Vec::new() };
    let having = if parser.word("having") { Some(parser.expr()?) } else { None };
    let order = if parser.words(&["order", "by"]) { separated(parser, order_term)? } else { Vec::new() };
    let limit = if parser.word("limit") {
        match parser.expr()? {
            Expr::Integer(limit @ 0..) => Some(limit),
            _ => return Err(Untranslated::new("a LIMIT that is no constant")),
        }
    } else {
        None
    };
    Ok(Query { is_distinct, items, from, condition, groups, having, order, limit })
}

fn item(parser: &mut ExprParser) -> Result<QueryItem, Untranslated> {
    if parser.takes(&Lexeme::Operator("*")) {
        return Ok(QueryItem::All { table: None });
    }
    if let Some(table) = parser.all_of_table() {
        return Ok(QueryItem::All { table: Some(table) });
    }
    let expr = parser.expr()?;
    Ok(QueryItem::One { expr, name: alias(parser)? })
}

/// `AS name`, or a name alone.
fn alias(parser: &mut ExprParser) -> Result<Option<(String, bool)>, Untranslated> {
    if parser.word("as") {
        return parser.quotable_name().map(Some);
    }
    let is_end = |word: &String| ENDS.iter().any(|end| word.eq_ignore_ascii_case(end));
    match parser.peek() {
        Some(Lexeme::Word(word)) if !is_end(word) => parser.quotable_name().map(Some),
        Some(Lexeme::Quoted { .. }) => parser.quotable_name().map(Some),
        _ => Ok(None),
    }
}

fn from(parser: &mut ExprParser) -> Result<Vec<JoinedTable>, Untranslated> {
    let mut tables = vec![joined(parser, None)?];
    loop {
        let join = if parser.takes(&Lexeme::Comma) || parser.words(&["cross", "join"]) {
            "CROSS JOIN"
        } else if parser.words(&["left", "outer", "join"]) || parser.words(&["left", "join"]) {
            "LEFT JOIN"
        } else if parser.words(&["inner", "join"]) || parser.word("join") {
            "JOIN"
        } else {
            return Ok(tables);
        };
        let mut table = joined(parser, Some(join))?;
        if parser.word("on") {
            table.on = Some(parser.expr()?);
        }
        // Without a condition each row goes with each; with one, a comma or CROSS JOIN is a JOIN on SQLite.
        table.join = match (join, &table.on) {
            ("CROSS JOIN", Some(_)) => Some("JOIN"),
            ("JOIN", None) => Some("CROSS JOIN"),
            ("LEFT JOIN", None) => return Err(Untranslated::new("a LEFT JOIN without ON")),
            (join, _) => Some(join),
        };
        tables.push(table);
    }
}

fn joined(parser: &mut ExprParser, join: Option<&'static str>) -> Result<JoinedTable, Untranslated> {
    let (mut table, _) = parser.quotable_name()?;
    if parser.takes(&Lexeme::Dot) {
        (table, _) = parser.quotable_name()?;
    }
    let alias = alias(parser)?.map_or_else(|| table.clone(), |(alias, _)| alias);
    Ok(JoinedTable { table, alias, join, on: None })
}

fn order_term(parser: &mut ExprParser) -> Result<OrderTerm, Untranslated> {
    let expr = parser.expr()?;
    let is_descending = parser.word("desc");
    parser.word("asc");
    Ok(OrderTerm { expr, is_descending })
}
