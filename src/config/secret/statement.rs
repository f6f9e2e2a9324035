use super::{mask, mask_sql};

/// A statement for a log, which is kept longer than a terminal is: without what follows the word PASSWORD where any literal does, since what is a
/// literal only the database knows for sure, and with `*` in place of passwords in URLs. A long one is cut off.
pub(crate) fn mask_statement(text: &str) -> String {
    const LONGEST: usize = 4_000;
    let end = secret_begins(text).unwrap_or(text.len());
    let line = |line: &str| if line.contains("://") { mask(&mask_sql(line)) } else { mask_sql(line) };
    let shown = text[..end].lines().map(line).collect::<Vec<_>>().join("\n");
    let shown = shown.trim_end();
    match shown.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{} ... ({} bytes)", &shown[..at], text.len()),
        None if end < text.len() => format!("{shown} ***"),
        None => shown.to_owned(),
    }
}

/// Where the word ends before what may be a secret, if a quote follows at all.
fn secret_begins(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let words = ["password", "passwd", "pwd", "secret"];
    let ends = words.iter().flat_map(|word| lower.match_indices(word).map(|(at, word)| at + word.len()));
    let first = ends.filter(|end| !lower[*end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')).min()?;
    text[first..].contains(['\'', '$', '"']).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_for_a_log_shows_no_password() {
        for (text, shown) in [
            ("CREATE TABLE t (password text)", "CREATE TABLE t (password text)"),
            ("CREATE TABLE t (password_hash text DEFAULT '')", "CREATE TABLE t (password_hash text DEFAULT '')"),
            ("ALTER ROLE x PASSWORD 'hunter2' VALID UNTIL 'x'", "ALTER ROLE x PASSWORD ***"),
            ("-- it's a role\nCREATE ROLE x\n  PASSWORD\n  'hunter2'", "-- it's a role\nCREATE ROLE x\n  PASSWORD ***"),
            ("ALTER ROLE x PASSWORD /* it's */ $$hunter2$$", "ALTER ROLE x PASSWORD ***"),
            ("INSERT INTO u (name, password) VALUES ('a', 'hunter2')", "INSERT INTO u (name, password ***"),
        ] {
            assert_eq!(mask_statement(text), shown, "{text}");
        }
        assert!(!mask_statement("SELECT dblink('host=h password=hunter2')").contains("hunter2"));
        let url = mask_statement("SELECT f(\n  'postgres://me:hunter2@h/db')");
        assert!(url.starts_with("SELECT f(\n  'postgres://me:") && !url.contains("hunter2"), "{url}");
        let long = mask_statement(&format!("SELECT '{}'", "é".repeat(9_000)));
        assert!(long.ends_with(" ... (18009 bytes)") && long.chars().count() < 4_100, "{long}");
    }
}
