//! Names as the up has them: one that names no schema means the one where the session that runs it creates things.

use std::ops::Range;

#[cfg(feature = "postgres")]
use crate::source::Script;
use crate::sql::{Dialect, Ident, Loss, OwnStatement, Plain, Token, TokenKind, tokens, unquoted_name};

/// Whether an up leaves it to the session where its names are: it mentions neither this schema nor the search path, not even in a
/// string, which may be run; but for a comment on an object.
#[cfg(feature = "postgres")]
pub(super) fn is_unqualified(up: &Script, schema: &str) -> bool {
    let text = said(up.text()).to_lowercase();
    let is_mentioned = |name: String| text.contains(&format!("{}.", name.to_lowercase()));
    !text.contains("search_path")
        && !is_mentioned(Plain(schema).to_string())
        && !is_mentioned(Ident(schema).to_string())
}

/// The text without comments, and without what its COMMENT statements say of objects.
#[cfg(feature = "postgres")]
fn said(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let (mut end, mut is_first, mut is_comment) = (0, true, false);
    for token in tokens(Dialect::Postgres, text) {
        let own = &text[token.start..token.end];
        if is_first {
            is_comment = own.eq_ignore_ascii_case("comment");
        }
        is_first = token.kind == TokenKind::Semicolon;
        if token.start > end {
            said.push(' ');
        }
        end = token.end;
        if !(is_comment && matches!(token.kind, TokenKind::Literal | TokenKind::DollarLiteral)) {
            said.push_str(own);
        }
    }
    said
}

/// The statements without this schema before names.
pub(crate) fn statements(all: &[OwnStatement], schema: &str) -> Vec<OwnStatement> {
    all.iter().map(|one| one.clone().worded(statement(&one.text, schema))).collect()
}

/// The statement without this schema before names. What is in the body of a function stays as it is.
pub(crate) fn statement(sql: &str, schema: &str) -> String {
    let all = tokens(Dialect::Postgres, sql);
    let mut text = String::with_capacity(sql.len());
    let mut copied = 0;
    for at in 0..all.len() {
        let Some(prefix) = prefix(sql, &all, at, schema) else { continue };
        text.push_str(&sql[copied..prefix.start]);
        copied = prefix.end;
    }
    text.push_str(&sql[copied..]);
    text
}

/// The bytes of `schema.` where a name begins with it, also in `'schema.name'::regclass`.
fn prefix(sql: &str, all: &[Token], at: usize, schema: &str) -> Option<Range<usize>> {
    let token = all[at];
    let kind = |at: usize| all.get(at).map(|token| token.kind);
    match token.kind {
        TokenKind::Word | TokenKind::QuotedName => {
            let is_first = at == 0 || kind(at - 1) != Some(TokenKind::Dot);
            // A name, an operator, or `*`.
            let is_prefix = kind(at + 1) == Some(TokenKind::Dot) && at + 2 < all.len();
            (is_first && is_prefix && is_name(&unquoted_name(sql, token), token.kind, schema))
                .then(|| token.start..all[at + 1].end)
        }
        TokenKind::Literal if sql[token.end..].starts_with("::regclass") => {
            let content = token.start + 1;
            [Plain(schema).to_string(), Ident(schema).to_string()].iter().find_map(|name| {
                let name = format!("{}.", name.replace('\'', "''"));
                sql[content..token.end].starts_with(&name).then(|| content..content + name.len())
            })
        }
        _ => None,
    }
}

fn is_name(found: &str, kind: TokenKind, schema: &str) -> bool {
    if kind == TokenKind::Word { found.to_lowercase() == schema } else { found == schema }
}

/// The loss, of what is named without this schema.
pub(crate) fn loss(loss: Loss, schema: &str) -> Loss {
    if let Loss::Other { what } = &loss {
        return Loss::Other { what: sentence(what, schema) };
    }
    let is_there = loss.holder().is_some_and(|holder| holder.table.schema.as_deref() == Some(schema));
    if is_there { loss.without_schema() } else { loss }
}

/// A sentence, in which names stand without this schema. The up that it is about names the schema nowhere, so that only names that the
/// catalog gave have it.
pub(crate) fn sentence(text: &str, schema: &str) -> String {
    let mut text = text.to_owned();
    for prefix in [format!("{}.", Plain(schema)), format!("{}.", Ident(schema))] {
        let mut kept = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find(&prefix) {
            let (before, after) = (&rest[..at], &rest[at + prefix.len()..]);
            kept.push_str(before);
            let is_within = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '"');
            let begins = !kept.ends_with(is_within);
            let goes_on = after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"'));
            if !(begins && goes_on) {
                kept.push_str(&prefix);
            }
            rest = after;
        }
        kept.push_str(rest);
        text = kept;
    }
    text
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_what_it_is_about_without_the_schema() {
        for (text, wanted) in [
            ("values of table public.t that", "values of table t that"),
            ("column public.\"T x\".a, and users' public.t.b", "column \"T x\".a, and users' t.b"),
            ("app.public.t and republic.t", "app.public.t and republic.t"),
            ("it is public. Then", "it is public. Then"),
            ("table \"public\".t", "table t"),
        ] {
            assert_eq!(sentence(text, "public"), wanted);
        }
        assert_eq!(sentence("of \"My s\".t", "My s"), "of t");
    }

    #[test]
    fn names_lose_the_schema() {
        for (sql, wanted) in [
            ("DROP TABLE public.orders", "DROP TABLE orders"),
            (
                "ALTER TABLE ONLY \"public\".\"Orders\" ADD c public.state DEFAULT 'a'::public.state",
                "ALTER TABLE ONLY \"Orders\" ADD c state DEFAULT 'a'::state",
            ),
            ("ALTER SEQUENCE public.s OWNED BY public.orders.id", "ALTER SEQUENCE s OWNED BY orders.id"),
            (
                "ALTER TABLE t ALTER id SET DEFAULT nextval('public.s'::regclass)",
                "ALTER TABLE t ALTER id SET DEFAULT nextval('s'::regclass)",
            ),
            ("SELECT a OPERATOR(public.=) b, public.f(x)", "SELECT a OPERATOR(=) b, f(x)"),
            // Somebody else's, words, and what is no name.
            ("DROP TABLE app.public, app.public.x", "DROP TABLE app.public, app.public.x"),
            ("GRANT USAGE ON SCHEMA public TO x", "GRANT USAGE ON SCHEMA public TO x"),
            ("SELECT 'public.x', $$public.y$$", "SELECT 'public.x', $$public.y$$"),
            ("DROP TABLE \"Public\".x", "DROP TABLE \"Public\".x"),
        ] {
            assert_eq!(statement(sql, "public"), wanted);
        }
        assert_eq!(statement("DROP TABLE \"My App\".x", "My App"), "DROP TABLE x");
        assert_eq!(statement("SELECT '\"My App\".x'::regclass", "My App"), "SELECT 'x'::regclass");
    }

    #[test]
    fn an_up_may_leave_it_to_the_session() {
        let up = |text: &'static str| Script::new("V1__a.sql", text);
        assert!(is_unqualified(&up("CREATE TABLE orders (id int);"), "public"));
        assert!(is_unqualified(&up("CREATE TABLE app.orders (id int);"), "public"));
        assert!(is_unqualified(&up("-- public.x\nCOMMENT ON TABLE t IS 'as public.x'; SELECT 1;"), "public"));
        for text in [
            "COMMENT ON TABLE t IS ''; SELECT 'public.x'::regclass;",
            "CREATE TABLE Public.orders ();",
            "DROP VIEW \"public\".v;",
            "DO $$ BEGIN EXECUTE 'DROP TABLE public.x'; END $$;",
            "SET LOCAL search_path = x;",
        ] {
            assert!(!is_unqualified(&up(text), "public"), "{text}");
        }
    }
}
