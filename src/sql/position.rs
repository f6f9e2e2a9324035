/// The byte offset of a position that PostgreSQL reports: it counts characters, from 1.
///
/// A position outside the text is its start or its end, so that the result can always be shown.
pub(crate) fn byte_offset(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters.saturating_sub(1)).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_from_one() {
        for (text, characters, bytes) in [
            ("SELECT x", 8, 7),
            ("é = x", 5, 5),
            ("'🦀' x", 5, 7),
            ("abc", 0, 0),
            ("abc", 1, 0),
            ("abc", 4, 3),
            ("abc", 99, 3),
            ("", 1, 0),
        ] {
            assert_eq!(byte_offset(text, characters), bytes, "{text:?} {characters}");
        }
    }
}
