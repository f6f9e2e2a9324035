//! Names as settings have them: `table`, `table.column`, `schema.table.column`.

/// The parts of `schema.table.column`; a part that has a dot of its own is in double quotes. `None` where it is no such name.
pub(super) fn dotted(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let end = closing_quote(quoted)?;
            (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        if part.is_empty() || part.contains('"') && !rest.starts_with('"') {
            return None;
        }
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

/// The quote that ends a name, in what follows the one that begins it. Two stand for one in the name.
fn closing_quote(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += text[at..].find('"')?;
        if !text[at + 1..].starts_with('"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_at_dots() {
        let parts = |text: &str| dotted(text).unwrap_or_default();
        assert_eq!(parts("orders"), ["orders"]);
        assert_eq!(parts(" core.orders.total"), ["core", "orders", "total"]);
        assert_eq!(parts("\"My.Schema\".\"a\"\"b\""), ["My.Schema", "a\"b"]);
        for wrong in ["", ".", "a.", ".a", "a..b", "\"a", "\"a\"b", "a\"b", "\"\""] {
            assert_eq!(dotted(wrong), None, "{wrong}");
        }
    }
}
