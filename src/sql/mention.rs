/// Whether a text has this name in it as a word of its own, in any case: in a statement, a string, or a comment.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    text.match_indices(&name).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        // What a name begins or ends with may be no letter of a word: then anything may stand beside it.
        let begins = name.starts_with(is_word);
        let ends = name.ends_with(is_word);
        !((begins && before.is_some_and(is_word)) || (ends && after.is_some_and(is_word)))
    })
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_name_is_found_as_a_word_in_any_case() {
        assert!(mentions("INSERT INTO Orders(id)", "orders"));
        assert!(mentions("EXECUTE format('insert into %I', 'orders')", "orders"));
        assert!(mentions("DROP TABLE \"my orders\"", "My Orders"));
        assert!(!mentions("CREATE TABLE orders_old (reorders int)", "orders"));
        assert!(!mentions("SELECT 1", "orders"));
    }
}
