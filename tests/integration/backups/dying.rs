//! Whoever dies meanwhile: what is there is the old one or the new one, and what looks like a backup is one.

use std::time::Duration;

use schemactl_test_support::Signal;
use schemactl_test_support::shop::Shop;
use schemactl_test_support::{cases, sqlite as database};

use super::{back_up, backups, both, nothing_partial, path, postgres, sqlite};

/// Runs the command with a kill at its first, second, third... fault point, until one run passes none that kills it.
fn at_every_point(shop: &Shop, arguments: &str, mut look: impl FnMut(&Shop, bool)) -> u32 {
    for number in 0.. {
        let point = number.to_string();
        let output = shop.project.spawn_with(&[("SCHEMACTL_FAULT", &*point)], arguments.split(' ')).wait();
        let ended = output.status.success();
        if !ended {
            output.killed_by(Signal::SIGABRT);
        }
        look(shop, ended);
        if ended {
            return number;
        }
    }
    unreachable!("numbers do not end")
}

/// Larger than one chunk of pages.
fn grow(shop: &Shop) {
    if shop.is_sqlite() {
        shop.execute("INSERT INTO notes VALUES (7, 'large', zeroblob(6000000))");
    }
}

#[test]
fn a_killed_backup_leaves_nothing_that_looks_like_one() {
    for shop in both() {
        grow(&shop);
        let content = shop.content();
        let mut known = Vec::new();
        let killed = at_every_point(&shop, "backup", |shop, _| {
            for backup in
                backups(&shop.project).into_iter().filter(|backup| !known.contains(backup)).collect::<Vec<_>>()
            {
                // What has a name is whole.
                let into =
                    if shop.is_sqlite() { "old.db".to_owned() } else { format!("{}_old", shop.database().name()) };
                shop.run(&format!("restore {backup} --into {into} --replace")).ok();
                if shop.is_sqlite() {
                    assert_eq!(database::dump(&database::open(&path(&shop.project, "old.db"))), content);
                }
                known.push(backup);
            }
        });
        let least = if shop.is_sqlite() { 8 } else { 4 };
        assert!(killed >= least, "only {killed} fault points were met");
        assert!(!known.is_empty());
        shop.run("backup").ok();
        nothing_partial(&shop.project);
    }
}

#[test]
fn a_killed_restore_ends_in_the_old_one_or_the_new_one() {
    for shop in both() {
        grow(&shop);
        let (new, backup) = (shop.content(), back_up(&shop));
        shop.execute("DELETE FROM notes; INSERT INTO notes VALUES (1, 'old', NULL)");
        let old = shop.content();
        let mut seen = (0, 0);
        let killed = at_every_point(&shop, &format!("restore {backup} --replace"), |shop, ended| {
            let content = shop.content();
            assert!(content == new || content == old && !ended, "neither of both");
            if content == old {
                seen.0 += 1;
            } else {
                seen.1 += 1;
            }
            // After the swap the old one is to be had again for the next round.
            if content == new && !ended {
                shop.execute("DELETE FROM notes; INSERT INTO notes VALUES (1, 'old', NULL)");
            }
        });
        let least = if shop.is_sqlite() { 6 } else { 3 };
        assert!(killed >= least && seen.0 > 0 && seen.1 > 0, "{killed} {seen:?}");
        nothing_partial(&shop.project);
    }
}

/// The mode of the journal too.
#[test]
fn an_interrupted_restore_leaves_the_old_one_as_it_was() {
    let shop = sqlite();
    shop.query("PRAGMA journal_mode = wal");
    shop.execute("INSERT INTO notes VALUES (7, 'large', zeroblob(200000000))");
    let backup = back_up(&shop);
    shop.execute("DELETE FROM notes WHERE id = 7");
    let mut restore = shop.project.spawn(["restore", &backup, "--replace"]);
    // It is the only one that makes a journal: the log of WAL mode has another name.
    while !path(&shop.project, "shop.db-journal").exists() {
        assert!(!restore.has_ended(), "it was faster than this test");
        std::thread::sleep(Duration::from_micros(200));
    }
    restore.signal(Signal::SIGINT);
    restore.wait().code(130).error("E0208").stderr_has("= state: it is as it was");
    assert_eq!(shop.query("PRAGMA journal_mode; "), "wal");
    assert_eq!(shop.query("SELECT count(*) FROM notes"), "3");
    nothing_partial(&shop.project);
}

/// The `pg_restore` of a killed one goes on for a while: until then a restore is refused.
#[test]
fn on_postgres_so_does_one_that_is_killed_at_any_moment() {
    let Some(shop) = postgres() else { return };
    shop.execute("INSERT INTO notes SELECT n, repeat(md5(n::text), 40), NULL FROM generate_series(1, 30000) n");
    let (new, backup) = (shop.content(), back_up(&shop));
    shop.execute("DELETE FROM notes WHERE id > 0");
    let old = shop.content();
    for round in 0..cases(8, 60) {
        let restore = shop.project.spawn(["restore", &backup, "--replace"]);
        std::thread::sleep(Duration::from_millis(u64::from(round * 97 % 900)));
        restore.kill_9();
        let content = shop.content();
        assert!(content == new || content == old, "neither of both");
        if content == new {
            shop.execute("DELETE FROM notes WHERE id > 0");
        }
    }
    let mut tries = 0;
    while !shop.run(&format!("restore {backup} --replace")).status.success() {
        tries += 1;
        assert!(tries < 100, "what is left of a killed restore stays in the way");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(shop.content() == new, "it is not what was backed up");
}

#[test]
fn so_does_one_that_is_killed_at_any_moment() {
    let shop = sqlite();
    shop.execute("INSERT INTO notes SELECT n, 'large', randomblob(900000) FROM (WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 30) SELECT n FROM n)");
    let sums = "SELECT count(*), sum(length(data)) FROM notes";
    let (new, backup) = (shop.query(sums), back_up(&shop));
    shop.execute("UPDATE notes SET data = randomblob(500000)");
    let old = shop.query(sums);
    let mut killed = 0;
    for round in 0..cases(25, 200) {
        let mut restore = shop.project.spawn(["restore", &backup, "--replace"]);
        std::thread::sleep(Duration::from_millis(u64::from(round * 29 % 420)));
        if restore.has_ended() {
            restore.wait().ok();
        } else {
            restore.kill_9();
            killed += 1;
        }
        let found = shop.query(sums);
        assert!(found == new || found == old, "neither of both: {found}");
        assert_eq!(shop.query("PRAGMA integrity_check"), "ok");
        if found == new {
            shop.execute("UPDATE notes SET data = randomblob(500000)");
            assert_eq!(shop.query(sums), old);
        }
    }
    assert!(killed > 5, "{killed}");
    shop.run(&format!("restore {backup} --replace")).ok();
    assert_eq!(shop.query(sums), new);
    nothing_partial(&shop.project);
}
