//! Hides the passwords of a text that may not even be a connection string.
//!
//! Where the text can be read in several ways, the way that hides more is taken.

use super::parameters::Key;

const HIDDEN: &str = "***";

/// Returns the URL or key=value string with `***` in place of its passwords.
pub(crate) fn redact(input: &str) -> String {
    hide_parameters(&hide_user_info(input))
}

/// `user:password@`, up to the last `@`, since a password may hold an `@` that was not encoded.
fn hide_user_info(input: &str) -> String {
    let (scheme, rest) = match input.find("://") {
        Some(at) => input.split_at(at + 3),
        None => ("", input),
    };
    let Some((info, tail)) = rest.rsplit_once('@') else {
        return if scheme.is_empty() { input.to_owned() } else { format!("{scheme}{}", hide_odd_port(rest)) };
    };
    match info.split_once(':') {
        Some((user, _)) => format!("{scheme}{user}:{HIDDEN}@{tail}"),
        None => input.to_owned(),
    }
}

/// In `user:password` without a host, and in `user:half/of@a/password`, the password stands where a port should.
fn hide_odd_port(rest: &str) -> String {
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let ports_from = authority.rfind(']').unwrap_or(0);
    let odd = |at: usize| authority[at + 1..].split(',').next().is_some_and(|port| !is_number(port));
    match authority[ports_from..].match_indices(':').map(|(at, _)| ports_from + at).find(|&at| odd(at)) {
        Some(at) => format!("{}:{HIDDEN}", &authority[..at]) + tail,
        None => rest.to_owned(),
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn hide_parameters(input: &str) -> String {
    let mut shown = String::with_capacity(input.len());
    let mut rest = input;
    while let Some(at) = rest.find('=') {
        let (head, tail) = rest.split_at(at + 1);
        shown.push_str(head);
        rest = tail;
        if is_secret(&head[..at]) {
            shown.push_str(HIDDEN);
            rest = &tail[value_end(tail)..];
        }
    }
    shown + rest
}

/// Whether the name that the text ends with is that of a secret. URLs may have it percent-encoded.
fn is_secret(text: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || matches!(c, '&' | '?' | '\'' | '"' | ';' | ',');
    let name = text.trim_end().rsplit(ends).next().unwrap_or_default();
    let name = decode(name).to_lowercase();
    ["password", "passwd", "pass", "pwd", "secret", "token"].iter().any(|secret| name.ends_with(secret))
}

fn decode(name: &str) -> String {
    let mut parts = name.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => decoded.extend([char::from(byte)].into_iter().chain(part[2..].chars())),
            None => decoded.push_str(part),
        }
    }
    decoded
}

/// Where the secret ends: at its closing quote, or else before the next parameter that is known.
fn value_end(tail: &str) -> usize {
    let value = tail.trim_start();
    let start = tail.len() - value.len();
    if let Some(end) = quoted_end(value) {
        return start + end;
    }
    let separators = value.char_indices().filter(|(_, c)| c.is_whitespace() || *c == '&');
    let mut ends = separators.filter(|(at, c)| starts_parameter(&value[at + c.len_utf8()..]));
    start + ends.next().map_or(value.len(), |(at, _)| at)
}

fn quoted_end(value: &str) -> Option<usize> {
    let mut chars = value.strip_prefix('\'')?.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '\'' => {
                let end = at + 2;
                let after = value[end..].chars().next();
                return after.is_none_or(char::is_whitespace).then_some(end);
            }
            _ => {}
        }
    }
    None
}

fn starts_parameter(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else { return false };
    let name = name.trim();
    Key::named(name).is_some() || name == "ssl"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_could_be_a_password_and_nothing_else() {
        for (input, shown) in [
            ("postgresql://u:s3cret@h:5432/db", "postgresql://u:***@h:5432/db"),
            ("postgres://u@h/db", "postgres://u@h/db"),
            ("postgres://h:5432,[::1]:5433/db", "postgres://h:5432,[::1]:5433/db"),
            ("postgres://u:s3@cr@et@h/db", "postgres://u:***@h/db"),
            ("postgres://u:s3/cr?et@h/db", "postgres://u:***@h/db"),
            ("postgres://u:s3%40cret%zz@h/db", "postgres://u:***@h/db"),
            ("postgres://u:s3cret", "postgres://u:***"),
            ("postgres://u:s3cret/db", "postgres://u:***/db"),
            ("mysql://u:s3cret@h", "mysql://u:***@h"),
            ("u:s3cret@h/db", "u:***@h/db"),
            ("postgres://h/db?password=s3&cret&sslmode=require", "postgres://h/db?password=***&sslmode=require"),
            ("postgres://h/db?p%61ssword=s3cret", "postgres://h/db?p%61ssword=***"),
            ("postgres://h/db?sslpassword=s3cret&sslkey=k", "postgres://h/db?sslpassword=***&sslkey=k"),
            ("host=h password=s3cret user=u", "host=h password=*** user=u"),
            ("host=h password = 's3 \\' cret' user=u", "host=h password =*** user=u"),
            ("password='s3 host=x cret' user=u", "password=*** user=u"),
            ("password=s3 cret x=y user=u", "password=*** user=u"),
            ("password='s3 cret user=u", "password=*** user=u"),
            ("PASSWORD=s3cret", "PASSWORD=***"),
            ("passfile=/home/u/.pgpass host=h", "passfile=/home/u/.pgpass host=h"),
            ("", ""),
        ] {
            assert_eq!(redact(input), shown, "{input}");
        }
    }
}
