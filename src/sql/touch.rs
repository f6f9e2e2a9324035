//! What a statement does to rows that may be there already, as far as its text shows it.

use super::assigned::assigned_columns;
use super::normal::{canonical, tokens, unquoted_name};
use super::{Dialect, Name, Token, TokenKind};

/// A statement that changes, removes or adds rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touch {
    pub(crate) table: Name<'static>,
    pub(crate) how: TouchKind,
    /// Where the rows are those for which columns have given values, and nothing else: these columns with their values. Else none.
    pub(crate) given: Vec<(String, Vec<String>)>,
}

/// In which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TouchKind {
    /// UPDATE of these columns.
    Sets { columns: Vec<String>, values: ValueSource },
    /// DELETE, or an INSERT that replaces or updates what is in the way.
    Removes,
    /// An INSERT of the rows of a query, or of rows that may be there already. `computed` are the columns that are not copied; `*`
    /// where their names are not given.
    Adds { rows: ValueSource, computed: Vec<String> },
}

/// Where values and rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueSource {
    /// They are copied: all of one table's, column by column.
    Copied,
    /// They depend on what the rows hold.
    Chosen,
}

/// Words that leave rows out or join them.
const CHOOSING: [&str; 12] =
    ["where", "join", "group", "having", "distinct", "limit", "union", "except", "intersect", "ignore", "on", "using"];

const VERBS: [&str; 6] = ["insert", "replace", "update", "delete", "truncate", "merge"];

/// What a statement does to rows. `None` for any other statement, and for an INSERT of given values that fails where rows are in the
/// way.
pub(super) fn touch(dialect: Dialect, statement: &str) -> Option<Touch> {
    let words = Outer::of(dialect, statement);
    let verb = words.verb()?;
    let (name, after) = words.name(verb.after)?;
    let how = match verb.what {
        TouchVerb::Update => {
            let columns = assigned_columns(statement);
            let is_copied = (after..words.all.len()).all(|at| words.is_plain(at) || words.all[at].1 == "=");
            let is_copied = is_copied && !words.has(after, "from");
            TouchKind::Sets { columns, values: if is_copied { ValueSource::Copied } else { ValueSource::Chosen } }
        }
        TouchVerb::Remove => TouchKind::Removes,
        TouchVerb::Insert if words.has(after, "update") => TouchKind::Removes,
        TouchVerb::Insert if words.has(after, "select") => words.query(verb.start, after),
        TouchVerb::Insert if words.has(verb.start, "ignore") || words.has(after, "nothing") => {
            TouchKind::Adds { rows: ValueSource::Chosen, computed: Vec::new() }
        }
        TouchVerb::Insert => return None,
    };
    Some(Touch { table: name, how, given: words.given(after).unwrap_or_default() })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TouchVerb {
    Update,
    Remove,
    Insert,
}

struct FoundVerb {
    what: TouchVerb,
    start: usize,
    after: usize,
}

/// The tokens of a statement outside parentheses. What these hold is one `()`.
struct Outer<'a> {
    statement: &'a str,
    all: Vec<(Token, String)>,
}

impl<'a> Outer<'a> {
    fn of(dialect: Dialect, statement: &'a str) -> Self {
        let mut depth = 0_usize;
        let mut all: Vec<(Token, String)> = Vec::new();
        for token in tokens(dialect, statement) {
            if token.kind == TokenKind::Close {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some((open, _)) = all.last_mut()
                {
                    open.end = token.end;
                }
                continue;
            }
            if depth == 0 {
                let text = if token.kind == TokenKind::Open { "()".into() } else { canonical(statement, token) };
                all.push((token, text.into_owned()));
            }
            if token.kind == TokenKind::Open {
                depth += 1;
            }
        }
        Self { statement, all }
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.all.get(at).is_some_and(|(token, text)| token.kind == TokenKind::Word && text == word)
    }

    /// What stands in parentheses.
    fn inside(&self, list: Token) -> &'a str {
        self.statement.get(list.start + 1..list.end - 1).unwrap_or_default()
    }

    fn has(&self, from: usize, word: &str) -> bool {
        (from..self.all.len()).any(|at| self.is(at, word))
    }

    /// The first word that changes rows, and where the name of its table is looked for.
    fn verb(&self) -> Option<FoundVerb> {
        let first = |words: &[&str]| words.iter().any(|word| self.is(0, word));
        if !first(&["with"]) && !first(&VERBS) {
            return None;
        }
        let start = (0..self.all.len()).find(|at| VERBS.iter().any(|word| self.is(*at, word)))?;
        let or = if self.is(start + 1, "or") { 2 } else { 0 };
        let replaces = self.is(start, "replace") || self.is(start + 2, "replace") && or > 0;
        let into = start + 1 + or;
        let (what, after) = match self.all[start].1.as_str() {
            "update" => (if replaces { TouchVerb::Remove } else { TouchVerb::Update }, into),
            "truncate" => (TouchVerb::Remove, into + usize::from(self.is(into, "table"))),
            "delete" | "merge" => (TouchVerb::Remove, into + 1),
            _ => (if replaces { TouchVerb::Remove } else { TouchVerb::Insert }, into + 1),
        };
        let after = after + usize::from(self.is(after, "only"));
        Some(FoundVerb { what, start, after })
    }

    fn name(&self, at: usize) -> Option<(Name<'static>, usize)> {
        let part = |at: usize| {
            let (token, _) = self.all.get(at)?;
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName | TokenKind::Literal);
            is_name.then(|| unquoted_name(self.statement, *token).into_owned().into())
        };
        let first = part(at)?;
        if self.all.get(at + 1).is_some_and(|(token, _)| token.kind == TokenKind::Dot) {
            return Some((Name { schema: Some(first), name: part(at + 2)? }, at + 3));
        }
        Some((Name { schema: None, name: first }, at + 1))
    }

    /// Whether this may be part of a list of names and constants.
    fn is_plain(&self, at: usize) -> bool {
        let (token, text) = &self.all[at];
        match token.kind {
            TokenKind::Word => text != "case" && !CHOOSING.contains(&text.as_str()),
            TokenKind::QuotedName | TokenKind::Literal | TokenKind::Comma | TokenKind::Dot => true,
            _ => text == "*" || is_constant(self.statement, *token),
        }
    }

    /// INSERT ... SELECT, with what stands before and after.
    fn query(&self, start: usize, after: usize) -> TouchKind {
        let end = self.all.len();
        let find = |from: usize, word: &str| (from..end).find(|at| self.is(*at, word)).unwrap_or(end);
        let (select, from) = (find(after, "select"), find(after, "from"));
        let chooses = (start..end).any(|at| CHOOSING.iter().any(|word| self.is(at, word)));
        let joins =
            (from..find(from, "order")).any(|at| matches!(self.all[at].0.kind, TokenKind::Comma | TokenKind::Open));
        let rows = if chooses || joins { ValueSource::Chosen } else { ValueSource::Copied };
        let columns = self.all.get(after).filter(|(token, _)| token.kind == TokenKind::Open);
        let columns = columns.map(|(list, _)| names(self.inside(*list))).unwrap_or_default();
        let tokens: Vec<usize> = (select + 1..from).collect();
        let items: Vec<&[usize]> = tokens.split(|at| self.all[*at].0.kind == TokenKind::Comma).collect();
        let is_computed = |item: &&[usize]| !item.iter().all(|at| self.is_plain(*at));
        let computed = if items.len() == columns.len() {
            let both = items.iter().zip(columns);
            both.filter(|(item, _)| is_computed(item)).map(|(_, column)| column).collect()
        } else {
            items.iter().filter(|item| is_computed(item)).take(1).map(|_| "*".to_owned()).collect()
        };
        TouchKind::Adds { rows, computed }
    }

    /// The columns of `WHERE a = 1 AND b IN ('x', 'y')`, each with its values.
    fn given(&self, from: usize) -> Option<Vec<(String, Vec<String>)>> {
        let mut at = (from..self.all.len()).find(|at| self.is(*at, "where"))? + 1;
        let mut columns = Vec::new();
        loop {
            let (column, after) = self.name(at)?;
            let (values, after) = self.literals(after)?;
            columns.push((column.name.into_owned(), values));
            at = after;
            match self.all.get(at) {
                None => return Some(columns),
                Some(_) if self.is(at, "and") => at += 1,
                Some(_) => return None,
            }
        }
    }

    /// The values of `= 1` or `IN (1, 2)`, and what follows.
    fn literals(&self, at: usize) -> Option<(Vec<String>, usize)> {
        if self.is(at, "in") {
            let (list, _) = self.all.get(at + 1).filter(|(token, _)| token.kind == TokenKind::Open)?;
            let inside = self.inside(*list);
            let all = tokens(Dialect::Sqlite, inside);
            let values: Vec<&Token> = all.iter().filter(|token| token.kind != TokenKind::Comma).collect();
            let are_constant = values.iter().all(|token| is_constant(inside, **token));
            return are_constant
                .then(|| (values.iter().map(|token| inside[token.start..token.end].to_owned()).collect(), at + 2));
        }
        let mut value = at;
        while self.all.get(value).is_some_and(|(_, text)| text == "=" || text == "==") {
            value += 1;
        }
        let (token, text) = self.all.get(value).filter(|_| value > at)?;
        is_constant(self.statement, *token).then(|| (vec![text.clone()], value + 1))
    }
}

/// The names in a list of columns.
fn names(list: &str) -> Vec<String> {
    let all = tokens(Dialect::Sqlite, list);
    let is_name = |token: &&Token| token.kind != TokenKind::Comma;
    all.iter().filter(is_name).map(|token| unquoted_name(list, *token).into_owned()).collect()
}

/// A string or a whole number.
fn is_constant(text: &str, token: Token) -> bool {
    let slice = &text[token.start..token.end];
    let is_number = token.kind == TokenKind::Symbol && slice.bytes().all(|byte| byte.is_ascii_digit());
    token.kind == TokenKind::Literal || is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(statement: &str) -> String {
        let Some(touch) = touch(Dialect::Sqlite, statement) else { return "nothing".to_owned() };
        let how = match touch.how {
            TouchKind::Sets { columns, values } => format!("sets {} {values:?}", columns.join(" ")),
            TouchKind::Removes => "removes".to_owned(),
            TouchKind::Adds { rows, computed } => format!("adds {rows:?} {}", computed.join(" ")),
        };
        let given = touch.given.iter().map(|(column, values)| format!("{column}={}", values.join("|")));
        let given = given.collect::<Vec<_>>().join(" ");
        format!("{} {how} {given}", touch.table.name).trim_end().to_owned()
    }

    #[test]
    fn what_statements_do_to_rows() {
        for (statement, what) in [
            ("UPDATE t SET a = b", "t sets a Copied"),
            ("UPDATE t SET a = b, \"c\" = NULL", "t sets a c Copied"),
            ("UPDATE t SET a = lower(b)", "t sets a Chosen"),
            ("UPDATE t SET a = b + 1", "t sets a Chosen"),
            ("UPDATE t SET a = b WHERE c IS NULL", "t sets a Chosen"),
            ("UPDATE main.t SET a = 'x' WHERE id = 7 AND t2 IN ('x', 'y')", "t sets a Chosen id=7 t2='x'|'y'"),
            ("UPDATE t SET a = 1 WHERE id = 7 OR b = 8", "t sets a Chosen"),
            ("UPDATE t SET a = 1 WHERE id > 7", "t sets a Chosen"),
            ("UPDATE t SET a = 1 WHERE id IN (SELECT id FROM u)", "t sets a Chosen"),
            ("UPDATE t SET a = 1 WHERE id = other", "t sets a Chosen"),
            ("UPDATE OR REPLACE t SET a = 1", "t removes"),
            ("DELETE FROM \"t\" WHERE name = 'it''s'", "t removes name='it''s'"),
            ("UPDATE t SET a = u.b FROM u", "t sets a Chosen"),
            ("DELETE FROM t", "t removes"),
            ("TRUNCATE TABLE ONLY core.t", "t removes"),
            ("MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE", "t removes"),
            ("WITH w AS (SELECT 1) DELETE FROM t WHERE a IN w", "t removes"),
            ("REPLACE INTO t VALUES (1)", "t removes"),
            ("INSERT OR REPLACE INTO t VALUES (1)", "t removes"),
            ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1", "t removes"),
            ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "t adds Chosen"),
            ("INSERT OR IGNORE INTO t VALUES (1)", "t adds Chosen"),
            ("INSERT INTO t (a, b) SELECT a, b FROM u", "t adds Copied"),
            ("INSERT INTO t SELECT * FROM u", "t adds Copied"),
            ("INSERT INTO t (a) SELECT u.a FROM u ORDER BY u.a", "t adds Copied"),
            ("INSERT INTO t (a, b, c) SELECT coalesce(a, 0), b, d || e FROM u", "t adds Copied a c"),
            ("INSERT INTO t SELECT a, lower(b) FROM u", "t adds Copied *"),
            ("INSERT INTO t (a) SELECT a FROM u WHERE a > 1", "t adds Chosen"),
            ("INSERT INTO t (a, b) SELECT CASE a WHEN 1 THEN 2 END, 7 AS b FROM u", "t adds Copied a"),
            ("INSERT INTO t (a) SELECT a FROM u, v", "t adds Chosen"),
            ("INSERT INTO t (a) SELECT a FROM (SELECT a FROM u LIMIT 1)", "t adds Chosen"),
            ("INSERT OR IGNORE INTO t SELECT * FROM u", "t adds Chosen"),
            ("INSERT INTO t (a) VALUES ('select')", "nothing"),
            ("CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END", "nothing"),
            ("SELECT 1", "nothing"),
        ] {
            assert_eq!(shown(statement), what, "{statement}");
        }
    }
}
