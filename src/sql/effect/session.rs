//! PostgreSQL: what a statement sets for the session.

use crate::sql::{Dialect, Verb, canonical, tokens};

/// What it sets for the statements that follow it, where each runs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sets {
    Nothing,
    /// What it says, as often as it is run.
    Fixed,
    /// These settings, literals as SQL has them, to what is computed anew whenever it is run.
    Computed(Vec<String>),
    /// What is computed, and nobody can tell of which settings.
    Unclear,
}

/// What a call of `set_config` may be made of to set the same whenever it is run: literals, and what is the same all through a session.
const FIXED: &[&str] = &[
    "as",
    "bool",
    "boolean",
    "cast",
    "current_database",
    "current_schema",
    "current_setting",
    "current_user",
    "false",
    "null",
    "pg_catalog",
    "quote_ident",
    "select",
    "session_user",
    "set_config",
    "text",
    "true",
    "varchar",
];

pub(super) fn sets(verb: Verb, text: &str) -> Sets {
    let words = || tokens(Dialect::Postgres, text).into_iter().map(|token| canonical(text, token).to_lowercase());
    match verb {
        Verb::Set | Verb::Reset => match words().nth(1).as_deref() {
            None => Sets::Nothing,
            Some("local" | "transaction" | "constraints") if verb == Verb::Set => Sets::Nothing,
            Some(_) => Sets::Fixed,
        },
        _ if verb.is_query() => by_call(&words().collect::<Vec<_>>()),
        _ => Sets::Nothing,
    }
}

fn by_call(words: &[String]) -> Sets {
    let calls: Vec<usize> =
        (0..words.len().saturating_sub(1)).filter(|at| words[*at] == "set_config" && words[at + 1] == "(").collect();
    // With a third argument that is true it is for the transaction alone.
    if calls.iter().all(|call| last_argument(&words[call + 2..]) == Some("true")) {
        return Sets::Nothing;
    }
    let is_name = |word: &str| {
        word.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '"')) && !word.contains('\'')
    };
    let is_fixed = |at: usize| {
        let word = words[at].as_str();
        !is_name(word) || FIXED.contains(&word) || (at > 0 && words[at - 1] == "as")
    };
    if (0..words.len()).all(is_fixed) {
        return Sets::Fixed;
    }
    let name = |call: &usize| match words.get(call + 2..call + 4) {
        Some([name, comma]) if name.starts_with('\'') && comma == "," => Some(name.clone()),
        _ => None,
    };
    calls.iter().map(name).collect::<Option<Vec<_>>>().map_or(Sets::Unclear, Sets::Computed)
}

/// The last word before the parenthesis that ends a call, where it is all of an argument.
fn last_argument(words: &[String]) -> Option<&str> {
    let mut depth = 1;
    let end = words.iter().position(|word| {
        depth += i32::from(word == "(") - i32::from(word == ")");
        depth == 0
    })?;
    (end >= 2 && words[end - 2] == ",").then(|| words[end - 1].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Effect, statements};

    fn sets(text: &str) -> Sets {
        Effect::of(Dialect::Postgres, &statements(Dialect::Postgres, text).next().unwrap().unwrap()).sets()
    }

    #[test]
    fn what_lasts_is_told_from_what_does_not() {
        for fixed in [
            "SET search_path = a",
            "set role admin",
            "RESET ROLE",
            "SET a.b TO DEFAULT",
            "SET/* c */search_path = a",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "(SELECT set_config('a.b', 'c', false))",
            "/* c */ SELECT Set_Config('a.b', E'c\\n', false) AS \"Now\", set_config('a.d', $$x$$, false)",
            "SELECT set_config('search_path', 'a, ' || current_setting('search_path'), false)",
        ] {
            assert_eq!(sets(fixed), Sets::Fixed, "{fixed}");
        }
        for nothing in [
            "SET LOCAL lock_timeout = 1",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "SELECT 1",
            "SELECT nextval('set_config')",
            "SELECT nextval('s'), 'set_config(1)'",
            "SELECT set_config('a.b', nextval('s')::text, true)",
        ] {
            assert_eq!(sets(nothing), Sets::Nothing, "{nothing}");
        }
        for computed in [
            "SELECT set_config('a.b', nextval('s')::text, false)",
            "SELECT set_config('a.b', now()::text, false)",
            "SELECT set_config('a.b', current_timestamp::text, false)",
            "SELECT set_config('a.b', (SELECT max(id) FROM t)::text, false)",
            "SELECT set_config('a.b', \"Next\"(), false)",
            "SELECT set_config('a.b', 'c', false), nextval('s')",
            "SELECT set_config('a.b', nextval('s')::text, is_local) FROM t",
            "WITH x AS (SELECT 'c' AS c) SELECT set_config('a.b', c, false) FROM x",
        ] {
            assert_eq!(sets(computed), Sets::Computed(vec!["'a.b'".to_owned()]), "{computed}");
        }
        for unclear in [
            "SELECT set_config(name, value, false) FROM settings",
            "SELECT set_config('a.' || name, 'x', false) FROM settings",
            "SELECT set_config('a.b', nextval('s')::text, false), set_config(E'a.c', 'x', false)",
        ] {
            assert_eq!(sets(unclear), Sets::Unclear, "{unclear}");
        }
    }
}
