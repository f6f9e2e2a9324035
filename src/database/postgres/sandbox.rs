//! What a transaction cannot take back, told by the text that would do it: other sessions and servers, files, programs, the server itself.
//!
//! The text is accused loosely: a word in a body that is never reached counts too. What puts its words together as it runs is seen as far as
//! the parts of a text are literals; a script that hides what it calls is no case for this, but for a server of its own.

use std::collections::BTreeSet;

use crate::sql::{self, Dialect, Token, TokenKind, unquoted_name};

/// Functions by name.
const FUNCTIONS: [(&str, &str); 24] = [
    ("lo_import", "reads a file of the server"),
    ("lo_export", "writes a file of the server"),
    ("pg_stat_file", "reads files of the server"),
    ("pg_logdir_ls", "reads files of the server"),
    ("pg_terminate_backend", "ends other sessions"),
    ("pg_cancel_backend", "cancels what other sessions do"),
    ("pg_reload_conf", "makes the server read its configuration again"),
    ("pg_promote", "changes the server"),
    ("pg_switch_wal", "changes the server"),
    ("pg_create_restore_point", "changes the server"),
    ("pg_log_backend_memory_contexts", "writes to the server's log"),
    ("pg_log_standby_snapshot", "changes the server"),
    ("pg_copy_physical_replication_slot", "makes a replication slot"),
    ("pg_copy_logical_replication_slot", "makes a replication slot"),
    ("pg_create_physical_replication_slot", "makes a replication slot"),
    ("pg_create_logical_replication_slot", "makes a replication slot"),
    ("pg_drop_replication_slot", "drops a replication slot"),
    ("pg_replication_slot_advance", "moves a replication slot"),
    ("pg_sync_replication_slots", "changes replication slots"),
    ("pg_logical_slot_get_changes", "moves a replication slot"),
    ("pg_logical_slot_get_binary_changes", "moves a replication slot"),
    ("pg_logical_emit_message", "writes to the server's log of changes"),
    ("pg_stat_statements_reset", "resets statistics of the server"),
    ("be_lo_export", "writes a file of the server"),
];

/// Functions by how their names begin.
const FAMILIES: [(&str, &str); 13] = [
    ("dblink", "acts in another session, which no transaction of this one takes back"),
    ("pg_read_file", "reads files of the server"),
    ("pg_read_binary_file", "reads files of the server"),
    ("pg_ls_", "reads folders of the server"),
    ("pg_file_", "writes files of the server"),
    ("pg_rotate_logfile", "changes the server"),
    ("pg_start_backup", "changes the server"),
    ("pg_stop_backup", "changes the server"),
    ("pg_backup_st", "changes the server"),
    ("pg_wal_replay_", "changes the server"),
    ("pg_stat_reset", "resets statistics of the server"),
    ("pg_replication_origin_", "changes replication of the server"),
    ("pg_background_", "acts in another session, which no transaction of this one takes back"),
];

/// Functions that run the SQL in a text.
const EVALUATORS: [&str; 9] = [
    "query_to_xml",
    "query_to_xmlschema",
    "query_to_xml_and_xmlschema",
    "ts_stat",
    "ts_rewrite",
    "crosstab",
    "connectby",
    "xpath_table",
    "cursor_to_xml",
];

/// Extensions that reach beyond the database, apart from those whose names end with `_fdw`.
const EXTENSIONS: [&str; 14] = [
    "adminpack",
    "aws_lambda",
    "aws_s3",
    "dblink",
    "dbms_job",
    "http",
    "pg_background",
    "pg_cron",
    "pg_net",
    "pg_partman_bgw",
    "pg_timetable",
    "pgagent",
    "pgsql_http",
    "plsh",
];

/// Languages that PostgreSQL's own rules do not hold in.
const LANGUAGES: [&str; 9] =
    ["c", "internal", "plpython3u", "plpython2u", "plpythonu", "plperlu", "pltclu", "plsh", "pljavau"];

/// Functions that put hidden words together where a text is run as SQL.
const HIDING: [&str; 6] = ["chr", "decode", "convert_from", "reverse", "unistr", "translate"];

/// Looks at the statements of one script.
#[derive(Debug, Clone, Default)]
pub(crate) struct SandboxWatch {
    /// Whether it runs texts as SQL: then every literal of it may be one.
    dynamic: bool,
    /// Functions, tables and extensions of the database that lead out of it, by name, with why.
    reaching: Vec<(String, String)>,
}

impl SandboxWatch {
    pub(crate) fn of(script: &str) -> Self {
        Self { dynamic: runs_texts(script), reaching: Vec::new() }
    }

    /// With what the database has that leads out of it.
    pub(crate) fn knowing(mut self, reaching: &[(String, String)]) -> Self {
        self.reaching = reaching.to_vec();
        self
    }

    /// What a statement does that its transaction cannot take back: `calls lo_export(), which writes a file of the server`.
    pub(crate) fn outside(&self, statement: &str) -> Option<String> {
        if !self.dynamic && self.reaching.is_empty() && !may_reach(statement) {
            return None;
        }
        let level = Level::new(self, statement);
        let is_code = self.dynamic || level.is_code();
        level.outside(is_code)
    }
}

/// One text: a statement, or what a literal in it holds.
struct Level<'a> {
    watch: &'a SandboxWatch,
    text: &'a str,
    tokens: Vec<Token>,
    /// The words, in lower case and without quotes; other tokens are empty.
    words: Vec<String>,
}

impl<'a> Level<'a> {
    fn new(watch: &'a SandboxWatch, text: &'a str) -> Self {
        let tokens = sql::tokens(Dialect::Postgres, text);
        let word = |token: &Token| match token.kind {
            TokenKind::Word | TokenKind::QuotedName => unquoted_name(text, *token).to_ascii_lowercase(),
            _ => String::new(),
        };
        let words = tokens.iter().map(word).collect();
        Self { watch, text, tokens, words }
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    fn slice(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| &self.text[token.start..token.end])
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Whether literals of the statement are code.
    fn is_code(&self) -> bool {
        let first = self.word(0);
        first == "do"
            || first == "create" && self.words.iter().take(5).any(|word| matches!(&**word, "function" | "procedure"))
            || self.words.iter().any(|word| EVALUATORS.contains(&&**word))
    }

    fn outside(&self, is_code: bool) -> Option<String> {
        let found = (0..self.tokens.len()).find_map(|at| self.at(at)).or_else(|| self.copies());
        if found.is_some() || !is_code {
            return found;
        }
        let mut joined = String::new();
        for at in 0..self.tokens.len() {
            if !matches!(self.kind(at), Some(TokenKind::Literal | TokenKind::DollarLiteral)) {
                continue;
            }
            let content = content(self.slice(at));
            if let Some(found) = Level::new(self.watch, &content).outside(true) {
                return Some(found);
            }
            // `'dbl' || 'ink'`, one piece after another.
            if self.slice(at - at.min(1)) != "|" {
                joined.clear();
            }
            joined.push_str(&content);
            if self.slice(at + 1) != "|"
                && joined.len() > content.len()
                && let Some(found) = Level::new(self.watch, &joined).outside(false)
            {
                return Some(found);
            }
        }
        None
    }

    /// What the word at a place reaches.
    fn at(&self, at: usize) -> Option<String> {
        let word = self.word(at);
        if word.is_empty() {
            return None;
        }
        let known = FUNCTIONS.iter().find(|(name, _)| *name == word);
        if let Some((_, why)) = known.or_else(|| FAMILIES.iter().find(|(begin, _)| word.starts_with(begin))) {
            return Some(format!("calls or installs {word}, which {why}"));
        }
        if let Some((_, why)) = self.watch.reaching.iter().find(|(name, _)| name == word) {
            return Some(format!("uses {word}, which {why}"));
        }
        if self.watch.dynamic && HIDING.contains(&word) && self.slice(at + 1) == "(" {
            return Some(format!(
                "runs a text as SQL, and puts texts together with {word}(): what it runs cannot be told"
            ));
        }
        self.statement(at, word)
    }

    /// What a statement whose keyword stands at a place reaches.
    fn statement(&self, at: usize, word: &str) -> Option<String> {
        let next = self.word(at + 1);
        match word {
            "extension" if self.word(at.wrapping_sub(1)) == "create" => {
                let name =
                    (at + 1..at + 5).map(|at| self.word(at)).find(|word| !matches!(*word, "if" | "not" | "exists"))?;
                reaches(name).then(|| format!("installs the extension {name}, which reaches beyond the database"))
            }
            "language" => {
                let name =
                    if next.is_empty() { content(self.slice(at + 1)).to_ascii_lowercase() } else { next.to_owned() };
                LANGUAGES
                    .contains(&&*name)
                    .then(|| format!("makes code in the language {name}, which may do anything on the server"))
            }
            "subscription" if matches!(self.word(at.wrapping_sub(1)), "create" | "alter" | "drop") => {
                Some("changes a subscription, which reaches another server".to_owned())
            }
            "import" if next == "foreign" => Some("asks another server for its tables".to_owned()),
            "load" if at == 0 => Some("loads a library into the server".to_owned()),
            "cron" | "net" | "aws_s3" | "aws_lambda" | "pgagent" | "timetable" if self.slice(at + 1) == "." => {
                Some(format!("uses {word}.{}, which acts outside this transaction", self.word(at + 2)))
            }
            "http_get" | "http_post" | "http_put" | "http_delete" | "http" if self.slice(at + 1) == "(" => {
                Some(format!("calls {word}(), which reaches another server"))
            }
            "program" if self.words[..at].iter().any(|word| word == "options") => {
                Some("has a foreign table that is a program".to_owned())
            }
            _ => None,
        }
    }

    /// COPY with anything but the client at its other end.
    fn copies(&self) -> Option<String> {
        let copies = (0..self.tokens.len()).filter(|at| self.word(*at) == "copy");
        copies.filter_map(|copy| self.target(copy)).find_map(|at| match self.word(at) {
            "stdin" | "stdout" => None,
            "program" => Some("runs a program on the server (COPY)".to_owned()),
            _ => match self.kind(at) {
                Some(TokenKind::Literal | TokenKind::DollarLiteral | TokenKind::Symbol) => {
                    Some("reads or writes a file of the server (COPY)".to_owned())
                }
                _ => None,
            },
        })
    }

    /// The place after TO or FROM of a COPY: a list of columns, or a query, is in parentheses.
    fn target(&self, copy: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in copy + 1..self.tokens.len() {
            match self.kind(at)? {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.checked_sub(1)?,
                TokenKind::Semicolon => return None,
                _ if depth == 0 && matches!(self.word(at), "to" | "from") => return Some(at + 1),
                _ => {}
            }
        }
        None
    }
}

/// The stems of all that is looked for: a statement with none of them needs no closer look.
fn may_reach(statement: &str) -> bool {
    const STEMS: [&str; 18] = [
        "pg_",
        "lo_",
        "dblink",
        "copy",
        "extension",
        "language",
        "subscription",
        "foreign",
        "load",
        "cron",
        "net",
        "http",
        "program",
        "_to_xml",
        "ts_stat",
        "ts_rewrite",
        "aws_",
        "pgagent",
    ];
    let lower = statement.to_ascii_lowercase();
    ["do", "create"].iter().any(|word| lower.starts_with(word)) || STEMS.iter().any(|stem| lower.contains(stem))
}

/// Whether a script runs texts as SQL: EXECUTE in a body, but for that of a trigger.
fn runs_texts(script: &str) -> bool {
    let lower = script.to_ascii_lowercase();
    if !lower.contains("execute") {
        return false;
    }
    let mut after = lower.match_indices("execute").map(|(at, word)| lower[at + word.len()..].trim_start());
    after.any(|rest| !(rest.starts_with("function") || rest.starts_with("procedure") || rest.starts_with("on ")))
}

/// What a literal holds.
fn content(literal: &str) -> String {
    if let Some(rest) = literal.strip_prefix('$') {
        let tag = rest.find('$').map_or(0, |at| at + 2);
        return literal.get(tag..literal.len().saturating_sub(tag)).unwrap_or_default().to_owned();
    }
    let start = literal.find('\'').map_or(literal.len(), |at| at + 1);
    let inner = literal.get(start..literal.len().saturating_sub(1)).unwrap_or_default().replace("''", "'");
    if literal.starts_with(['e', 'E']) { unescaped(&inner) } else { inner }
}

/// The characters that `\x41`, `\u0041` and `\101` stand for.
fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (digits, radix, skip) = match after.bytes().next() {
            Some(b'x') => (2, 16, 1),
            Some(b'u') => (4, 16, 1),
            Some(b'U') => (8, 16, 1),
            Some(b'0'..=b'7') => (3, 8, 0),
            _ => (0, 10, 0),
        };
        let number: String = after.chars().skip(skip).take(digits).take_while(|c| c.is_digit(radix)).collect();
        if let Some(c) = u32::from_str_radix(&number, radix).ok().and_then(char::from_u32) {
            result.push(c);
            rest = &after[skip + number.len()..];
        } else {
            let mut characters = after.chars();
            result.extend(characters.next().map(|c| if c.is_ascii_alphabetic() { ' ' } else { c }));
            rest = characters.as_str();
        }
    }
    result + rest
}

/// Whether an extension or a language by this name reaches beyond the database.
pub(crate) fn reaches(name: &str) -> bool {
    EXTENSIONS.contains(&name) || name.ends_with("_fdw") || LANGUAGES.contains(&name)
}

/// The names of those functions (name and source) that lead out of the database, also through others.
pub(crate) fn reaching(functions: &[(String, String)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let known: Vec<(String, String)> =
            found.iter().map(|name: &String| (name.clone(), "reaches beyond the database".to_owned())).collect();
        let more = functions.iter().filter(|(name, _)| !found.contains(name)).filter(|(_, source)| {
            let watch = SandboxWatch::of(source).knowing(&known);
            Level::new(&watch, source).outside(true).is_some()
        });
        let more: Vec<String> = more.map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

#[cfg(test)]
mod tests;
