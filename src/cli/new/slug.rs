/// The words of a description as a file name has them: `Add total, to "orders"` is `add_total_to_orders`. None where no word
/// is left.
pub(super) fn slug(description: &str) -> Option<String> {
    let words = description.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.map(str::to_lowercase).collect::<Vec<_>>().join("_");
    (!slug.is_empty()).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined() {
        for (description, expected) in [
            ("Add total", Some("add_total")),
            ("  add-total, to \"orders\"! ", Some("add_total_to_orders")),
            ("add_total", Some("add_total")),
            ("Größe 2", Some("größe_2")),
            ("../../etc", Some("etc")),
            ("…", None),
            ("", None),
        ] {
            assert_eq!(slug(description).as_deref(), expected);
        }
    }
}
