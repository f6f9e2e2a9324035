//! Keys that are equal, and written in another way: `1.0` and `1.00`.

use super::hand::{Hand, Twins};

const PAIRS: [(&str, &str, &str); 5] = [
    ("numeric", "1.0", "1.00"),
    ("numeric[]", "{1.0}", "{1.00}"),
    ("interval", "1 day", "24:00:00"),
    ("float8", "0", "-0"),
    ("text COLLATE loose", "a", "A"),
];
const LOOSE: &str = "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);\n";

fn applied(datatype: &str, one: &str, up: &str) -> Twins {
    let twins = Twins::new(
        &format!("{LOOSE}CREATE TABLE item (id {datatype} PRIMARY KEY, n int, note text);\n"),
        &format!("INSERT INTO item VALUES ('{one}', 1, 'one');"),
    );
    twins.second(up, None);
    twins.run("up").ok();
    assert!(twins.is_kept(2), "{}", twins.reason(2));
    twins
}

#[test]
fn a_step_that_writes_a_key_in_another_way_is_taken_back() {
    // The rows of a loose collation cannot be listed as texts.
    for (datatype, one, other) in PAIRS.into_iter().filter(|(datatype, ..)| !datatype.contains("COLLATE")) {
        let twins = applied(datatype, one, &format!("UPDATE item SET id = '{other}' WHERE id = '{one}';\n"));
        twins.down(Hand::Exact);
    }
}

/// The row is there, and was changed: it is named, and no value of it is lost without a word.
#[test]
fn a_key_that_people_wrote_in_another_way_is_the_same_row() {
    for (datatype, one, other) in PAIRS {
        for up in ["UPDATE item SET n = 11;\n", "ALTER TABLE item DROP COLUMN note;\n"] {
            let twins = applied(datatype, one, up);
            twins.own.psql(&format!("UPDATE item SET id = '{other}'"));
            twins.run("down").code(5).error("E0415").stderr_has("table item: 1 row was changed since");
            twins.run("undo show 2").ok().stdout_has("in the way of a down: table item: 1 row was changed since");
            let done = twins.run("down --keep-changed");
            done.ok().stderr_has("left as it is: table item: 1 row was changed since");
            assert_eq!(twins.own.psql("SELECT count(*) FROM item"), "1");
        }
        // One that the up deleted, and that is there again.
        let twins = applied(datatype, one, "DELETE FROM item;\n");
        twins.own.psql(&format!("INSERT INTO item VALUES ('{other}', 7, 'mine')"));
        twins.run("down").code(5).error("E0415").stderr_has("others have the same keys now");
        twins.run("down --keep-changed").ok();
        assert_eq!(twins.own.psql("SELECT note FROM item"), "mine");
    }
}
