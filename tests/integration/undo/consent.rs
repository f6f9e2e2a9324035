//! Who agrees to a loss has read of the rows that were changed since, too; and each way that is offered leads to a right database.

use schemactl_test_support::shop::Shop;

use super::verdicts::{FIRST, shops};

const UP: &str = "UPDATE role SET rank = rank + 10;\nALTER TABLE old ADD COLUMN n text;\n";
/// The row `guest` is changed by the up, and by people since; a column of the up has a value of theirs.
const SINCE: &str = "UPDATE role SET rank = 99 WHERE name = 'guest'; UPDATE old SET n = 'note' WHERE id = 7";
const RANKS: &str = "SELECT name, rank FROM role ORDER BY name";

const BOTH: &str = "hint: to lose it, and leave rows as they are that were changed since: `schemactl down --accept-data-loss --keep-changed`\n";
const OVER: &str = "hint: to lose it, and put such rows back all the same, so that what was written since is gone: `schemactl down --accept-data-loss`\n";
const CHANGED: &str = "rows are not as the up left them: table role: 1 row was changed since (name = 'guest')";

fn applied(shop: &Shop, second: &str, down: Option<&str>, since: &str) {
    shop.file("V1__first.sql", FIRST);
    shop.file("V1__first.down.sql", "DROP TABLE old;\nDROP TABLE member;\nDROP TABLE role;\n");
    shop.run("up").ok();
    shop.execute(
        "INSERT INTO role VALUES ('guest', 1), ('admin', 2); INSERT INTO old VALUES (7, 'seven'), (8, 'eight')",
    );
    shop.file("V2__second.sql", second);
    if let Some(down) = down {
        shop.file("V2__second.down.sql", down);
    }
    shop.run("generate").ok();
    shop.run("up").ok();
    shop.execute(since);
}

fn each(second: &str, down: Option<&str>, since: &str, then: impl Fn(&Shop)) {
    for shop in shops() {
        applied(&shop, second, down, since);
        then(&shop);
    }
}

#[test]
fn a_refused_loss_names_the_rows_that_were_changed_since() {
    let refused = |shop: &Shop| {
        let before = shop.content();
        let output = shop.run("down");
        output.code(5).error("E0408").stderr_has("would lose column old.n: 1 value").stderr_has(CHANGED);
        output.stderr_has(BOTH).stderr_has(OVER);
        assert_eq!(shop.content(), before);
    };
    each(UP, None, SINCE, |shop| {
        refused(shop);
        let dry = shop.run("down --dry-run");
        dry.ok().stdout_has("`down` asks for --accept-data-loss --keep-changed, which leaves these rows as they are");
        shop.run("down --accept-data-loss --keep-changed")
            .ok()
            .stderr_has("left as it is: table role: 1 row was changed since");
        assert_eq!(shop.query(RANKS), "admin|2\nguest|99");
        assert_eq!(shop.query("SELECT * FROM old ORDER BY id"), "7|seven\n8|eight");
    });
    each(UP, None, SINCE, |shop| {
        refused(shop);
        // The one flag is no consent to what the other one says.
        let kept = shop.run("down --keep-changed");
        kept.code(5).error("E0408").stderr_has(CHANGED).stderr_has(BOTH).lacks("put such rows back");
        shop.run("down --accept-data-loss").ok();
        assert_eq!(shop.query(RANKS), "admin|2\nguest|1");
        assert_eq!(shop.query("SELECT * FROM old ORDER BY id"), "7|seven\n8|eight");
    });
}

#[test]
fn where_nobody_has_changed_a_row_nothing_is_said_of_it() {
    each(UP, None, "UPDATE old SET n = 'note' WHERE id = 7", |shop| {
        let output = shop.run("down");
        output.code(5).error("E0408").stderr_has("hint: to lose it: `schemactl down --accept-data-loss`\n");
        output.lacks("--keep-changed").lacks("cause");
        shop.run("down --accept-data-loss --keep-changed").ok();
        assert_eq!(shop.query(RANKS), "admin|2\nguest|1");
    });
}

/// Of several steps only the first one can be looked at: what is offered says so, and the dry run tells all.
#[test]
fn rows_of_a_step_before_another() {
    let third = "CREATE TABLE extra (id integer PRIMARY KEY);\n";
    for (way, rank) in
        [("down --to 1 --accept-data-loss --keep-changed", "99"), ("down --to 1 --accept-data-loss", "1")]
    {
        each(UP, None, SINCE, |shop| {
            shop.file("V3__third.sql", third);
            shop.file("V3__third.down.sql", "DROP TABLE extra;\n");
            shop.run("up").ok();
            shop.execute("INSERT INTO extra VALUES (1)");
            let output = shop.run("down --to 1");
            output.code(5).error("E0408").stderr_has("table extra: 1 row").stderr_has("column old.n: 1 value");
            output.stderr_has("the same command with `--dry-run` measures it").stderr_has(BOTH).stderr_has(OVER);
            shop.run("down --to 1 --dry-run").ok().stdout_has("1 row was changed since (name = 'guest')");
            shop.run(way).ok().stdout_has("2 reverted");
            assert_eq!(shop.query(RANKS), format!("admin|2\nguest|{rank}"));
        });
    }
}

/// What only the step itself counts is asked for once nobody's rows are written over any more.
#[test]
fn a_loss_that_shows_when_the_step_runs() {
    let down = "DELETE FROM old WHERE id = 8;\n";
    let since = "UPDATE role SET rank = 99 WHERE name = 'guest'";
    let lost = |shop: &Shop| shop.query("SELECT * FROM old ORDER BY id");
    each("UPDATE role SET rank = rank + 10;\n", Some(down), since, |shop| {
        shop.run("down").code(5).stderr_has("1 row was changed since (name = 'guest')").stderr_has("down loses");
        let kept = shop.run("down --keep-changed");
        kept.code(5).error("E0408").stderr_has("table old: 1 row deleted").stderr_has(CHANGED).stderr_has(BOTH);
        assert_eq!(lost(shop), "7|seven\n8|eight");
        shop.run("down --accept-data-loss --keep-changed").ok();
        assert_eq!(lost(shop), "7|seven");
        assert_eq!(shop.query(RANKS), "admin|2\nguest|99");
    });
}

#[test]
fn a_row_that_is_there_again_and_one_that_is_gone() {
    let second = "DELETE FROM role WHERE name = 'admin';\nUPDATE role SET rank = 5 WHERE name = 'guest';\nALTER TABLE old ADD COLUMN n text;\n";
    let since = "DELETE FROM role WHERE name = 'guest'; INSERT INTO role VALUES ('admin', 77); UPDATE old SET n = 'note' WHERE id = 7";
    for (way, ranks) in [("--accept-data-loss --keep-changed", "admin|77"), ("--accept-data-loss", "admin|2\nguest|1")]
    {
        each(second, None, since, |shop| {
            let output = shop.run("down");
            output.code(5).error("E0408").stderr_has("1 row was deleted since (name = 'guest')");
            output.stderr_has("others have the same keys now (name = 'admin')").stderr_has(BOTH).stderr_has(OVER);
            shop.run(&format!("down {way}")).ok();
            assert_eq!(shop.query(RANKS), ranks);
        });
    }
}

#[test]
fn an_application_says_both() {
    use schemactl::{Back, Code, Migrations, Options};
    each(UP, None, SINCE, |shop| {
        let migrations = Migrations::read(shop.project.path().join(shop.folder())).unwrap();
        let down = |options: &Options| {
            let back = Back::Steps(1);
            #[cfg(feature = "postgres")]
            if let Some(server) = shop.server() {
                return tokio::runtime::Runtime::new().unwrap().block_on(schemactl::postgres::down_url(
                    &server.url(),
                    &migrations,
                    back,
                    options,
                ));
            }
            let mut connection = schemactl_test_support::sqlite::open(&shop.database_file());
            schemactl::sqlite::down(&mut connection, &migrations, back, options)
        };
        let refused = down(&Options::new()).expect_err("it is refused");
        assert_eq!(refused.code(), Code::DataLoss);
        let said = format!("{refused:#}");
        assert!(said.contains("changed since: `Options::accept_data_loss(true).keep_changed(true)`"), "{said}");
        assert!(said.contains(CHANGED) && !said.contains("--"), "{said}");
        down(&Options::new().accept_data_loss(true).keep_changed(true)).unwrap();
        assert_eq!(shop.query(RANKS), "admin|2\nguest|99");
    });
}
