//! Which tables a text names.

use std::collections::HashSet;

/// Whether a text, in lower case, has a table's name: as a word, or within one, but for where it is a part of another table's name. `orders` is
/// in `orders_id_seq`, and not in `orders_old_id_seq` where there is a table `orders_old`.
pub(crate) fn is_named(text: &str, table: &str, tables: &HashSet<String>) -> bool {
    let is_of_word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '$');
    text.match_indices(table).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + table.len()..]);
        let lead: usize = before.chars().rev().take_while(is_of_word).map(char::len_utf8).sum();
        let end = at + table.len() + after.chars().take_while(is_of_word).map(char::len_utf8).sum::<usize>();
        let word = &text[at - lead..end];
        let covers = |other: &&String| {
            let mut places = word.match_indices(other.as_str());
            places.any(|(start, _)| start <= lead && start + other.len() >= lead + table.len())
        };
        word == table || !tables.iter().filter(|other| other.len() > table.len()).any(|other| covers(&other))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_another_name_is_no_name() {
        let tables: HashSet<String> = ["orders", "orders_old", "t1", "t10", "odd, one"].map(str::to_owned).into();
        for (text, table, expected) in [
            ("insert into orders (id)", "orders", true),
            ("\"orders\".id", "orders", true),
            ("nextval('orders_id_seq')", "orders", true),
            ("drop table orders_old", "orders", false),
            ("drop table orders_old", "orders_old", true),
            ("nextval('orders_old_id_seq')", "orders", false),
            ("alter table orders rename to orders_old", "orders", true),
            ("create index t10_name on t10 (name)", "t1", false),
            ("create index t10_name on t10 (name)", "t10", true),
            ("create index not1_known on t10 (name)", "t1", true),
            ("update \"odd, one\" set", "odd, one", true),
            ("select 1", "orders", false),
        ] {
            assert_eq!(is_named(text, table, &tables), expected, "{table} in {text}");
        }
    }
}
