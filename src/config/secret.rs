//! Passwords are for the server only: whatever is printed, logged or stored is redacted here.

mod statement;

use std::fmt;
use std::ops::Range;

pub(crate) use statement::mask_statement;

/// Keys that may follow a secret. Where another word does, it may still be the secret, and is hidden as well.
const KEYS: [&str; 38] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "mode",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "search_path",
    "service",
    "sslcert",
    "sslcertmode",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// A text that may hold a password, such as a URL. `Debug` and `Display` are redacted.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself, for the one who connects.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&redact(&self.0), f)
    }
}

/// A URL, or a list of `key=value`, with `***` in place of passwords.
///
/// Where the text is not well formed, more is hidden rather than less: a password may hold any character unescaped.
pub(crate) fn redact(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut at = 0;
    for hidden in hidden(text) {
        redacted.push_str(&text[at..hidden.start]);
        redacted.push_str("***");
        at = hidden.end;
    }
    redacted.push_str(&text[at..]);
    redacted
}

/// A line of a file, with `*` in place of each character of a password, so that columns stay what they are.
pub(crate) fn mask(line: &str) -> String {
    let hidden = hidden(line);
    let is_hidden = |at: usize| hidden.iter().any(|range| range.contains(&at));
    line.char_indices().map(|(at, c)| if is_hidden(at) { '*' } else { c }).collect()
}

/// A line of a script, or what a server says of one, with `*` in place of each character of a password: of a literal after the word PASSWORD, and
/// in a literal that is a URL or a list of `key=value`.
pub(crate) fn mask_sql(line: &str) -> String {
    let hidden = hidden_in_sql(line);
    if hidden.is_empty() {
        return line.to_owned();
    }
    let is_hidden = |at: usize| hidden.iter().any(|range| range.contains(&at));
    line.char_indices().map(|(at, c)| if is_hidden(at) { '*' } else { c }).collect()
}

fn hidden_in_sql(line: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(start) = line[at..].find('\'').map(|length| at + length + 1) {
        let end = literal_end(line, start);
        let content = &line[start..end];
        if follows_password(&line[..start - 1]) {
            ranges.push(start..end);
        } else if content.contains("://") || content.contains('=') {
            ranges.extend(hidden(content).into_iter().map(|range| start + range.start..start + range.end));
        }
        at = (end + 1).min(line.len());
    }
    ranges
}

/// Where a literal ends that begins before `start`: before the quote that is not doubled, nor after a backslash; else with the line.
fn literal_end(line: &str, start: usize) -> usize {
    let bytes = line.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return at,
            _ => at += 1,
        }
    }
    line.len()
}

/// Whether the text ends with the word PASSWORD, with or without `=`, `E` or `IS` before the literal.
fn follows_password(before: &str) -> bool {
    let before =
        before.trim_end_matches(['e', 'E', 'u', 'U', 'n', 'N', '&']).trim_end().trim_end_matches('=').trim_end();
    let word = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).find(|word| !word.is_empty());
    word.is_some_and(|word| {
        let word = word.to_ascii_lowercase();
        ["password", "passwd", "pwd", "secret"].iter().any(|known| word.ends_with(known))
    })
}

/// What is to be hidden, in order and without overlaps.
fn hidden(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<_> =
        user_info(text).into_iter().chain(values(text)).filter(|range| !range.is_empty()).collect();
    ranges.sort_by_key(|range| range.start);
    ranges.dedup_by(|next, before| {
        let overlap = next.start <= before.end;
        if overlap {
            before.end = before.end.max(next.end);
        }
        overlap
    });
    ranges
}

/// The password in `scheme://user:password@host`: from the first colon to the last `@`, whatever stands between.
fn user_info(text: &str) -> Option<Range<usize>> {
    if ["sqlite:", "file:"].iter().any(|scheme| text.starts_with(scheme)) {
        return None;
    }
    let scheme = text.find("://");
    let start = scheme.map_or(0, |at| at + "://".len());
    let Some(end) = text[start..].rfind('@').map(|length| start + length) else {
        // Cut short before its host, a password stands where a port would.
        return scheme.and_then(|_| no_port(text, start));
    };
    let colon = start + text[start..end].find(':')?;
    Some(colon + 1..end)
}

/// What follows the first colon after the scheme, unless it can only be ports: of `host:5432`, `[::1]:5432`, `a:1,b:2`.
fn no_port(text: &str, start: usize) -> Option<Range<usize>> {
    let end = text[start..].find(['/', '?']).map_or(text.len(), |length| start + length);
    let is_port = |host: &str| {
        let port = host.strip_prefix('[').and_then(|host| host.split_once(']')).map_or(host, |(_, after)| after);
        port.split_once(':').is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if text[start..end].split(',').all(is_port) {
        return None;
    }
    let colon = start + text[start..end].find(':')?;
    Some(colon + 1..text.len())
}

/// The values of `password=...` and its like, in a query or a list of keys and values.
fn values(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(equals) = text[at..].find('=').map(|length| at + length) {
        at = equals + 1;
        if is_secret(key_before(text, equals)) {
            let start = at + (text[at..].len() - text[at..].trim_start().len());
            at = value_end(text, start);
            ranges.push(start..at);
        }
    }
    ranges
}

fn key_before(text: &str, equals: usize) -> &str {
    let before = text[..equals].trim_end().trim_end_matches(['"', '\'']);
    let start = before.rfind(|c: char| c.is_whitespace() || "?&;,'\"#{(=".contains(c));
    &before[start.map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8))..]
}

fn is_secret(key: &str) -> bool {
    let key = percent_decode(key).to_lowercase();
    if matches!(key.as_str(), "passfile" | "sslkey") || key.starts_with("keepalives") {
        return false;
    }
    let contains = |word: &&str| key.contains(*word);
    // One that is misspelt is followed by the password all the same.
    let is_near = || {
        let distance = |word: &str| strsim::osa_distance(&key, word);
        distance("password") <= 3 || distance("sslpassword") <= 4 || key.starts_with("ssl") || key.contains("pas")
    };
    let is_misspelt = || KEYS.binary_search(&key.as_str()).is_err() && is_near();
    ["pass", "pwd", "secret", "token", "credential", "key"].iter().any(contains) || is_misspelt()
}

/// Where the value ends that begins at `start`: at its closing quote, or before the next known key.
fn value_end(text: &str, start: usize) -> usize {
    if let Some(quote @ ('\'' | '"')) = text[start..].chars().next() {
        let closed = closing_quote(text, start, quote).unwrap_or(text.len());
        // Behind a quote that does not end the value, the password had one in it that was not escaped.
        if text[closed..].chars().next().is_none_or(|c| c.is_whitespace() || "&;,)}]#'\"".contains(c)) {
            return closed;
        }
    }
    let separators = text[start..].match_indices(|c: char| c == '&' || c.is_whitespace());
    let ends = separators.map(|(at, separator)| (start + at, start + at + separator.len()));
    ends.filter(|(_, after)| known_key_at(text, *after)).map(|(end, _)| end).next().unwrap_or(text.len())
}

fn closing_quote(text: &str, start: usize, quote: char) -> Option<usize> {
    let mut characters = text[start + 1..].char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => {
                characters.next();
            }
            c if c == quote => return Some(start + 1 + at + 1),
            _ => {}
        }
    }
    None
}

fn known_key_at(text: &str, at: usize) -> bool {
    let rest = text[at..].trim_start();
    let (key, _) = rest.split_once('=').unwrap_or_default();
    KEYS.binary_search(&key.trim_end()).is_ok()
}

/// Decodes `%41`; what is no escape stays as it is.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden() {
        for (text, expected) in [
            ("postgres://u:pw@h:5432/db?sslmode=require", "postgres://u:***@h:5432/db?sslmode=require"),
            ("postgres://u:p@w/x?y#z:q@h/db", "postgres://u:***@h/db"),
            ("postgresql://me@tenant:pw@h/db", "postgresql://me@tenant:***@h/db"),
            ("postgres://u:pw@h1:1,h2:2/db", "postgres://u:***@h1:1,h2:2/db"),
            ("postgres:u:pw@h/db", "postgres:***@h/db"),
            ("u:pw@h/db", "u:***@h/db"),
            (
                "postgres://h/db?user=u&password=pw&sslmode=require",
                "postgres://h/db?user=u&password=***&sslmode=require",
            ),
            ("postgres://h/db?password=a&b=c&sslmode=x", "postgres://h/db?password=***&sslmode=x"),
            ("postgres://h/db?sslpassword=pw", "postgres://h/db?sslpassword=***"),
            ("postgres://h/db?pass%77ord=pw", "postgres://h/db?pass%77ord=***"),
            ("postgres://h/db?PassWord=pw#x", "postgres://h/db?PassWord=***"),
            ("postgres://u:one@h/db?password=two", "postgres://u:***@h/db?password=***"),
            ("host=h password=pw dbname=d", "host=h password=*** dbname=d"),
            ("host=h password = pw dbname=d", "host=h password = *** dbname=d"),
            (r"host=h password='p w\' x' dbname=d", "host=h password=*** dbname=d"),
            ("host=h password='open dbname=d", "host=h password=***"),
            ("host=h password=two words dbname=d", "host=h password=*** dbname=d"),
            ("password=pw", "password=***"),
            ("host=h pasword=pw dbname=d", "host=h pasword=*** dbname=d"),
            ("postgres://h/db?sslpasword=pw&sslmode=x", "postgres://h/db?sslpasword=***&sslmode=x"),
            ("postgres://h/db?sslpsswd=pw", "postgres://h/db?sslpsswd=***"),
            ("postgres://h/db?sslpas=pw", "postgres://h/db?sslpas=***"),
            ("host=h paswd=pw", "host=h paswd=***"),
            ("postgres://h/db?psaswrod=pw&sslmode=x", "postgres://h/db?psaswrod=***&sslmode=x"),
            ("jdbc:postgresql://h/d?user=u&password=pw", "jdbc:postgresql://h/d?user=u&password=***"),
            ("sqlite:app.db?key=pw", "sqlite:app.db?key=***"),
            ("postgres://u:größe😀@h/db", "postgres://u:***@h/db"),
        ] {
            assert_eq!(redact(text), expected);
            assert_eq!(format!("{:?} {}", Secret::new(text), Secret::new(text)), format!("{expected:?} {expected}"));
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for text in [
            "",
            "postgres://u@h:5432/db",
            "postgres://h/db?sslkey=/etc/key&passfile=/x&keepalives=1",
            "host=h user=u",
            "sqlite:/home/me@work:2/app.db?mode=ro",
            "C:\\data\\app.db",
            "${DATABASE_URL}",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn masked_lines_keep_their_columns() {
        for (line, expected) in [
            ("url = \"postgres://u:gröb@h/db\" # x", "url = \"postgres://u:****@h/db\" # x"),
            ("password = \"pw\"", "password = ****"),
            ("  \"password\" = 'pw' ", "  \"password\" = **** "),
            ("url = \"sqlite:app.db\"", "url = \"sqlite:app.db\""),
            ("url = \"host=h password=pw\"", "url = \"host=h password=***"),
        ] {
            assert_eq!(mask(line), expected);
        }
    }

    #[test]
    fn passwords_in_sql_are_masked() {
        for (line, expected) in [
            ("CREATE ROLE app LOGIN PASSWORD 'geheim';", "CREATE ROLE app LOGIN PASSWORD '******';"),
            (
                "create user app with encrypted password E'it\\'s' superuser",
                "create user app with encrypted password E'*****' superuser",
            ),
            (
                "ALTER ROLE app PASSWORD 'it''s' VALID UNTIL '2030-01-01'",
                "ALTER ROLE app PASSWORD '*****' VALID UNTIL '2030-01-01'",
            ),
            ("PASSWORD 'cut off", "PASSWORD '*******"),
            ("OPTIONS (user 'u', password 'pw')", "OPTIONS (user 'u', password '**')"),
            ("CONNECTION 'host=h password=pw dbname=d'", "CONNECTION 'host=h password=** dbname=d'"),
            ("SELECT dblink_connect('postgres://u:pw@h/d')", "SELECT dblink_connect('postgres://u:**@h/d')"),
            (
                "SELECT a::text, 'x' FROM t WHERE b = 'c@d' AND e @> f",
                "SELECT a::text, 'x' FROM t WHERE b = 'c@d' AND e @> f",
            ),
        ] {
            assert_eq!(mask_sql(line), expected);
        }
    }

    #[test]
    fn keys_are_sorted() {
        assert!(KEYS.is_sorted());
    }
}
