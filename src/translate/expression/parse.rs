//! Reading an expression of SQLite, by its own precedence (<https://www.sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>).

use super::Untranslated;
use super::lexeme::{Lexeme, lexemes};
use super::syntax::{Expr, LikeKind, Negation};

type ParsedExpr = Result<Expr, Untranslated>;

/// Reads an expression.
///
/// # Errors
/// It has something that is not among what is read here.
pub(crate) fn parse(text: &str) -> ParsedExpr {
    let mut parser = ExprParser::new(text);
    let expr = parser.expr()?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.unread()),
    }
}

/// A place in a text of SQLite.
pub(crate) struct ExprParser {
    all: Vec<Lexeme>,
    at: usize,
}

const EQUALITIES: [(&str, &str); 4] = [("=", "="), ("==", "="), ("<>", "<>"), ("!=", "<>")];
const ORDERS: [(&str, &str); 4] = [("<=", "<="), (">=", ">="), ("<", "<"), (">", ">")];
const BITS: [(&str, &str); 2] = [("&", "&"), ("|", "|")];
const SUMS: [(&str, &str); 2] = [("+", "+"), ("-", "-")];
const PRODUCTS: [(&str, &str); 3] = [("*", "*"), ("/", "/"), ("%", "%")];
const JOINS: [(&str, &str); 1] = [("||", "||")];

/// Words that are no names where an operand is looked for.
const KEYWORDS: [&str; 26] = [
    "and", "or", "not", "is", "in", "between", "like", "glob", "case", "when", "then", "else", "end", "select", "from",
    "where", "exists", "collate", "escape", "match", "regexp", "distinct", "isnull", "notnull", "raise", "over",
];

impl ExprParser {
    pub(crate) fn new(text: &str) -> Self {
        Self { all: lexemes(text), at: 0 }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.all.len()
    }

    /// A name, and whether it is in quotes.
    pub(crate) fn quotable_name(&mut self) -> Result<(String, bool), Untranslated> {
        let is_quoted = matches!(self.peek(), Some(Lexeme::Quoted { .. }));
        Ok((self.name()?, is_quoted))
    }

    /// The table of `t.*`.
    pub(crate) fn all_of_table(&mut self) -> Option<String> {
        let is_all = self.all.get(self.at + 1) == Some(&Lexeme::Dot)
            && self.all.get(self.at + 2) == Some(&Lexeme::Operator("*"));
        let table = if is_all { self.name().ok() } else { None };
        self.at += if table.is_some() { 2 } else { 0 };
        table
    }

    pub(crate) fn peek(&self) -> Option<&Lexeme> {
        self.all.get(self.at)
    }

    pub(crate) fn takes(&mut self, lexeme: &Lexeme) -> bool {
        let is_next = self.peek() == Some(lexeme);
        self.at += usize::from(is_next);
        is_next
    }

    pub(crate) fn word(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_some_and(|found| found.is_word(word));
        self.at += usize::from(is_next);
        is_next
    }

    pub(crate) fn words(&mut self, words: &[&str]) -> bool {
        let from = self.at;
        let all = words.iter().all(|word| self.word(word));
        if !all {
            self.at = from;
        }
        all
    }

    pub(crate) fn expects(&mut self, lexeme: &Lexeme) -> Result<(), Untranslated> {
        if self.takes(lexeme) { Ok(()) } else { Err(self.unread()) }
    }

    /// What stands here is none of what is read.
    pub(crate) fn unread(&self) -> Untranslated {
        match self.peek() {
            Some(Lexeme::Word(word)) => Untranslated::new(format!("{} is not translated", word.to_uppercase())),
            Some(Lexeme::Operator(operator)) => Untranslated::new(format!("the operator {operator} is not translated")),
            Some(Lexeme::Blob) => Untranslated::new("a blob in an expression is not translated"),
            _ => Untranslated::new("it cannot be read here"),
        }
    }

    fn operator(&mut self, among: &[(&str, &'static str)]) -> Option<&'static str> {
        let Some(Lexeme::Operator(found)) = self.peek() else { return None };
        let (_, operator) = among.iter().find(|(written, _)| written == found)?;
        self.at += 1;
        Some(operator)
    }

    /// A chain of operators that bind equally.
    fn chain(&mut self, among: &[(&str, &'static str)], operand: fn(&mut Self) -> ParsedExpr) -> ParsedExpr {
        let mut left = operand(self)?;
        while let Some(operator) = self.operator(among) {
            let right = Box::new(operand(self)?);
            left = Expr::Binary { operator, left: Box::new(left), right };
        }
        Ok(left)
    }

    pub(crate) fn expr(&mut self) -> ParsedExpr {
        let mut left = self.conjunction()?;
        while self.word("or") {
            left = Expr::Binary { operator: "OR", left: Box::new(left), right: Box::new(self.conjunction()?) };
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> ParsedExpr {
        let mut left = self.negation()?;
        while self.word("and") {
            left = Expr::Binary { operator: "AND", left: Box::new(left), right: Box::new(self.negation()?) };
        }
        Ok(left)
    }

    fn negation(&mut self) -> ParsedExpr {
        if self.word("not") {
            return Ok(Expr::Unary { operator: "NOT", of: Box::new(self.negation()?) });
        }
        self.equality()
    }

    fn equality(&mut self) -> ParsedExpr {
        let mut left = self.order()?;
        loop {
            if let Some(operator) = self.operator(&EQUALITIES) {
                left = Expr::Binary { operator, left: Box::new(left), right: Box::new(self.order()?) };
            } else if let Some(next) = self.test(&left)? {
                left = next;
            } else {
                return Ok(left);
            }
        }
    }

    /// A test in words: IS, BETWEEN, IN, LIKE, GLOB, ISNULL.
    fn test(&mut self, left: &Expr) -> Result<Option<Expr>, Untranslated> {
        let is = |operator: &'static str, right: Expr| {
            Some(Expr::Binary { operator, left: Box::new(left.clone()), right: Box::new(right) })
        };
        if self.word("isnull") {
            return Ok(is("IS", Expr::Null));
        }
        if self.word("notnull") || self.words(&["not", "null"]) {
            return Ok(is("IS NOT", Expr::Null));
        }
        if self.words(&["is", "not", "distinct", "from"]) {
            return Ok(is("IS", self.order()?));
        }
        if self.words(&["is", "distinct", "from"]) || self.words(&["is", "not"]) {
            return Ok(is("IS NOT", self.order()?));
        }
        if self.word("is") {
            return Ok(is("IS", self.order()?));
        }
        let from = self.at;
        let negation = if self.word("not") { Negation::Not } else { Negation::Plain };
        let of = Box::new(left.clone());
        if self.word("between") {
            let low = Box::new(self.order()?);
            if !self.word("and") {
                return Err(self.unread());
            }
            return Ok(Some(Expr::Between { of, low, high: Box::new(self.order()?), negation }));
        }
        if self.word("in") {
            return Ok(Some(Expr::In { of, list: self.list()?, negation }));
        }
        for (word, kind) in [("like", LikeKind::Like), ("glob", LikeKind::Glob)] {
            if self.word(word) {
                let pattern = Box::new(self.order()?);
                let escape = if self.word("escape") { Some(Box::new(self.order()?)) } else { None };
                return Ok(Some(Expr::Like { kind, of, pattern, escape, negation }));
            }
        }
        self.at = from;
        Ok(None)
    }

    /// `(a, b)`.
    fn list(&mut self) -> Result<Vec<Expr>, Untranslated> {
        self.expects(&Lexeme::Open)?;
        let mut list = Vec::new();
        if self.takes(&Lexeme::Close) {
            return Ok(list);
        }
        loop {
            list.push(self.expr()?);
            if self.takes(&Lexeme::Close) {
                return Ok(list);
            }
            self.expects(&Lexeme::Comma)?;
        }
    }

    fn order(&mut self) -> ParsedExpr {
        self.chain(&ORDERS, Self::bits)
    }

    fn bits(&mut self) -> ParsedExpr {
        self.chain(&BITS, Self::sum)
    }

    fn sum(&mut self) -> ParsedExpr {
        self.chain(&SUMS, Self::product)
    }

    fn product(&mut self) -> ParsedExpr {
        self.chain(&PRODUCTS, Self::join)
    }

    fn join(&mut self) -> ParsedExpr {
        self.chain(&JOINS, Self::collated)
    }

    fn collated(&mut self) -> ParsedExpr {
        let mut of = self.unary()?;
        while self.word("collate") {
            let collation = self.name()?;
            of = Expr::Collate { of: Box::new(of), collation };
        }
        Ok(of)
    }

    fn unary(&mut self) -> ParsedExpr {
        match self.operator(&[("-", "-"), ("+", "+"), ("~", "~")]) {
            // The smallest number has no positive one.
            Some("-") if self.peek() == Some(&Lexeme::Number("9223372036854775808".to_owned())) => {
                self.at += 1;
                Ok(Expr::Integer(i64::MIN))
            }
            Some(operator) => Ok(match (operator, self.unary()?) {
                ("-", Expr::Integer(number)) if number > 0 => Expr::Integer(-number),
                ("-", Expr::Number(number)) if !number.starts_with('-') => Expr::Number(format!("-{number}")),
                (operator, of) => Expr::Unary { operator, of: Box::new(of) },
            }),
            None => self.primary(),
        }
    }

    fn name(&mut self) -> Result<String, Untranslated> {
        let name = match self.peek() {
            Some(Lexeme::Word(name) | Lexeme::Quoted { name, .. }) => name.clone(),
            _ => return Err(self.unread()),
        };
        self.at += 1;
        Ok(name)
    }

    fn primary(&mut self) -> ParsedExpr {
        let Some(next) = self.peek().cloned() else { return Err(self.unread()) };
        match next {
            Lexeme::Open => {
                self.at += 1;
                let inner = self.expr()?;
                self.expects(&Lexeme::Close)?;
                Ok(inner)
            }
            Lexeme::Number(number) => {
                self.at += 1;
                literal(number)
            }
            Lexeme::Text(text) => {
                self.at += 1;
                Ok(Expr::Text(text))
            }
            Lexeme::Quoted { .. } => self.named(),
            Lexeme::Word(word) => self.worded(&word.to_ascii_lowercase()),
            _ => Err(self.unread()),
        }
    }

    fn worded(&mut self, word: &str) -> ParsedExpr {
        let constant = match word {
            "null" => Some(Expr::Null),
            "true" => Some(Expr::Boolean(true)),
            "false" => Some(Expr::Boolean(false)),
            _ => None,
        };
        if let Some(constant) = constant {
            self.at += 1;
            return Ok(constant);
        }
        match word {
            "case" => self.case(),
            "cast" => self.cast(),
            _ if KEYWORDS.contains(&word) => Err(self.unread()),
            _ if self.all.get(self.at + 1) == Some(&Lexeme::Open) => self.call(word),
            _ => self.named(),
        }
    }

    /// `column`, or `table.column`.
    fn named(&mut self) -> ParsedExpr {
        let is_double_quoted = matches!(self.peek(), Some(Lexeme::Quoted { is_double: true, .. }));
        let first = self.name()?;
        if !self.takes(&Lexeme::Dot) {
            return Ok(Expr::Name { table: None, name: first, is_double_quoted });
        }
        Ok(Expr::Name { table: Some(first), name: self.name()?, is_double_quoted: false })
    }

    fn call(&mut self, name: &str) -> ParsedExpr {
        self.at += 1;
        if matches!(self.all.get(self.at + 1), Some(Lexeme::Operator("*"))) {
            self.at += 3;
            return Ok(Expr::Call { name: format!("{name}(*)"), arguments: Vec::new() });
        }
        let arguments = self.list()?;
        Ok(Expr::Call { name: name.to_owned(), arguments })
    }

    fn cast(&mut self) -> ParsedExpr {
        self.at += 1;
        self.expects(&Lexeme::Open)?;
        let of = Box::new(self.expr()?);
        if !self.word("as") {
            return Err(self.unread());
        }
        let datatype = self.name()?.to_ascii_lowercase();
        self.expects(&Lexeme::Close)?;
        Ok(Expr::Cast { of, datatype })
    }

    fn case(&mut self) -> ParsedExpr {
        self.at += 1;
        let of = if self.peek().is_some_and(|next| next.is_word("when")) { None } else { Some(Box::new(self.expr()?)) };
        let mut arms = Vec::new();
        while self.word("when") {
            let when = self.expr()?;
            if !self.word("then") {
                return Err(self.unread());
            }
            arms.push((when, self.expr()?));
        }
        let otherwise = if self.word("else") { Some(Box::new(self.expr()?)) } else { None };
        if !self.word("end") || arms.is_empty() {
            return Err(self.unread());
        }
        Ok(Expr::Case { of, arms, otherwise })
    }
}

fn literal(number: String) -> ParsedExpr {
    if number.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(number) = number.parse()
    {
        return Ok(Expr::Integer(number));
    }
    if number.starts_with("0x") || number.starts_with("0X") {
        return Err(Untranslated::new("a number in hexadecimal is not translated"));
    }
    Ok(Expr::Number(number))
}
