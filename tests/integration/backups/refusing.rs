use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use schemactl_test_support::disk::Small;
use schemactl_test_support::shop::Shop;
use schemactl_test_support::{Signal, project, sqlite as database};

use super::{back_up, backups, both, change_byte, filled, nothing_partial, path, postgres, sqlite};

#[test]
fn what_is_there_stays_there_unless_it_may_go() {
    for shop in both() {
        let (content, backup) = (shop.content(), back_up(&shop));
        let output = shop.run(&format!("restore {backup}"));
        output
            .code(5)
            .error("E0904")
            .stderr_has("is there already")
            .stderr_has("hint: or, to lose what is in it now: `--replace`");
        assert_eq!(shop.content(), content);
    }
    let shop = sqlite();
    let backup = back_up(&shop);
    shop.project.file("old.db", "");
    shop.run(&format!("restore {backup} --into old.db")).code(5).error("E0904");
    assert_eq!(shop.project.read("old.db"), "");
}

#[test]
fn a_backup_that_was_changed_is_not_restored() {
    for shop in both() {
        let (content, backup) = (shop.content(), back_up(&shop));
        let size = usize::try_from(path(&shop.project, &backup).metadata().unwrap().len()).unwrap();
        for at in [0, size / 2, size - 1] {
            change_byte(&shop.project, &backup, at);
            let output = shop.run(&format!("restore {backup} --replace"));
            output.code(1).error("E0903").stderr_has("is damaged\n   = cause: its SHA-256 is ");
            change_byte(&shop.project, &backup, at);
        }
        let bytes = fs::read(path(&shop.project, &backup)).unwrap();
        shop.project.file(&backup, &bytes[..size - 1]);
        shop.run(&format!("restore {backup} --replace"))
            .code(1)
            .error("E0903")
            .stderr_has("bytes were recorded".trim_start_matches("bytes "));
        shop.project.file(&backup, bytes);
        assert_eq!(shop.content(), content);
        shop.run(&format!("restore {backup} --replace")).ok();
    }
}

#[test]
fn what_is_no_backup_is_told_of() {
    let shop = sqlite();
    let backup = back_up(&shop);
    shop.run("restore backups/none.sqlite")
        .code(1)
        .error("E0903")
        .stderr_has("there is no backup backups/none.sqlite: no such file");
    shop.run("restore shop.db --replace").code(1).error("E0903").stderr_has("shop.db.json is missing");
    shop.project.file("shop.db.json", "{}");
    shop.run("restore shop.db --replace")
        .code(1)
        .error("E0903")
        .stderr_has("shop.db.json does not say what the backup is");
    let record = shop.project.read(&format!("{backup}.json"));
    shop.project.file(&format!("{backup}.json"), record.replace("\"format\": 1", "\"format\": 2"));
    shop.run(&format!("restore {backup}")).code(1).error("E0903").stderr_has("was written by a newer release");
    // A history that is not the one which was recorded.
    shop.project.file(&format!("{backup}.json"), record.replace("\"version\": 2", "\"version\": 7"));
    let output = shop.run(&format!("restore {backup} --into old.db"));
    output.code(1).error("E0903").stderr_has("it has version 2, and version 7 was recorded");
    assert!(!path(&shop.project, "old.db").exists());
    nothing_partial(&shop.project);
}

#[test]
fn a_backup_of_the_other_backend_is_refused() {
    let shop = sqlite();
    let backup = path(&shop.project, &back_up(&shop)).display().to_string();
    let Some(other) = postgres() else { return };
    let output = other.run(&format!("restore {backup} --url {} --into x", other.database().url()));
    output.code(2).error("E0107").stderr_has("is a backup of sqlite, and ").stderr_has("is one of postgres");
}

#[test]
fn a_file_that_others_use_is_not_replaced() {
    for mode in ["delete", "wal"] {
        let shop = sqlite();
        shop.query(&format!("PRAGMA journal_mode = {mode}"));
        let backup = back_up(&shop);
        let application = database::open(&shop.database_file());
        application.execute_batch("BEGIN; SELECT count(*) FROM notes; DELETE FROM notes").unwrap();
        let output = shop.run(&format!("restore {backup} --replace"));
        output.code(4).error("E0905").says(&[
            "shop.db is in use",
            "= state: nothing was changed",
            "hint: stop what uses it",
        ]);
        application.execute_batch("ROLLBACK").unwrap();
        if mode == "wal" {
            // Whoever only has it open has its log and its index mapped.
            shop.run(&format!("restore {backup} --replace")).code(4).error("E0905");
        }
        drop(application);
        shop.run(&format!("restore {backup} --replace")).ok();
        assert_eq!(shop.query("SELECT count(*) FROM notes"), "3");
        assert_eq!(shop.query("PRAGMA journal_mode"), mode);
    }
}

#[test]
fn a_database_that_others_use_is_not_replaced() {
    let Some(shop) = postgres() else { return };
    let backup = back_up(&shop);
    shop.execute("DELETE FROM notes");
    let session = shop.database().session();
    let output = shop.run(&format!("restore {backup} --replace"));
    output.code(4).error("E0905").stderr_has("is in use\n   = cause: connected to it: psql");
    drop(session);
    shop.run(&format!("restore {backup} --replace")).ok();
    assert_eq!(shop.query("SELECT count(*) FROM notes"), "3");
}

/// It would be read as a part of what is restored.
#[test]
fn a_log_that_was_left_alone_is_in_the_way() {
    let shop = sqlite();
    let backup = back_up(&shop);
    for end in ["-wal", "-journal"] {
        shop.project.file(&format!("old.db{end}"), "left");
        let output = shop.run(&format!("restore {backup} --into old.db"));
        output
            .code(5)
            .error("E0904")
            .stderr_has(&format!("hint: move it away first: mv old.db{end} old.db{end}.old\n"));
        fs::rename(path(&shop.project, &format!("old.db{end}")), path(&shop.project, &format!("old.db{end}.old")))
            .unwrap();
    }
    shop.run(&format!("restore {backup} --into old.db")).ok();
}

#[test]
fn a_damaged_database_is_told_of_and_not_backed_up() {
    let shop = sqlite();
    let backup = back_up(&shop);
    let length = fs::metadata(shop.database_file()).unwrap().len();
    for page in 1..length / 4096 {
        for at in 0..8 {
            change_byte(&shop.project, "shop.db", usize::try_from(page * 4096 + at).unwrap());
        }
    }
    shop.run("backup").code(1).error("E0903").stderr_has("integrity_check");
    assert_eq!(backups(&shop.project), [&*backup]);
    nothing_partial(&shop.project);
    shop.project.file("shop.db", "this is no database, and long enough to be none: ".repeat(99));
    let output = shop.run(&format!("restore {backup} --replace"));
    output.code(1).error("E0505").stderr_has("hint: move it away, with shop.db-wal");
    fs::rename(shop.database_file(), path(&shop.project, "damaged.db")).unwrap();
    shop.run(&format!("restore {backup}")).ok();
}

#[test]
fn a_disk_that_is_full_is_noticed_first() {
    for shop in both() {
        let disk = Small::new(8);
        if !disk.real() {
            return;
        }
        let folder = disk.path().display().to_string();
        let filler = if shop.is_sqlite() { "zeroblob(30000)" } else { "decode(repeat('ab', 30000), 'hex')" };
        shop.execute(&format!("INSERT INTO notes VALUES (5, '', {filler})"));
        let output = shop.run(&format!("backup --folder {folder}"));
        output.code(1).error("E0507").says(&[
            "a backup of ",
            " needs up to ",
            "= state: nothing was changed",
            "hint: make space there",
        ]);
        assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0);
        if shop.is_sqlite() {
            let backup = back_up(&shop);
            shop.run(&format!("restore {backup} --into {folder}/new.db")).code(1).error("E0507");
            assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0);
        }
    }
}

#[test]
fn without_pg_dump_it_is_said_what_was_looked_for() {
    let Some(shop) = postgres() else { return };
    let backup = back_up(&shop);
    let config = shop.project.read("schema.toml");
    shop.project.config(&format!("{config}\n[backup]\npg_bin = \"no such folder\"\n"));
    let version = shop.database().version();
    let output = shop.run("backup");
    output.code(1).error("E0901").says(&[
        &format!("no pg_dump of version {version} or newer was found"),
        "= cause: looked in no such folder, which `pg_bin` names: there is none",
        "= state: nothing was changed",
        &format!("postgresql-client-{version} on Debian"),
    ]);
    shop.run(&format!("restore {backup} --into x")).code(1).error("E0901").stderr_has("no pg_restore of version");
    assert_eq!(backups(&shop.project), [&*backup]);
}

#[test]
fn a_pg_dump_that_is_too_old_is_not_used() {
    let shop = filled(Shop::postgres(project!()));
    shop.project.file("bin/pg_dump", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.22'\n");
    fs::set_permissions(path(&shop.project, "bin/pg_dump"), fs::Permissions::from_mode(0o755)).unwrap();
    let config = shop.project.read("schema.toml");
    shop.project.config(&format!("{config}\n[backup]\npg_bin = \"bin\"\n"));
    shop.run("backup").code(1).error("E0901").stderr_has("bin/pg_dump is of version 13");
}

/// The program is stopped too.
#[test]
fn who_interrupts_a_backup_finds_none() {
    let shop = filled(Shop::postgres(project!()));
    let script = "#!/bin/sh\ncase \"$1\" in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) touch begun; exec sleep 600;; esac\n";
    for program in ["bin/pg_dump", "bin/pg_restore"] {
        shop.project.file(program, script);
        fs::set_permissions(path(&shop.project, program), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let config = shop.project.read("schema.toml");
    shop.project.config(&format!("{config}\n[backup]\npg_bin = \"bin\"\n"));
    let mut backup = shop.project.spawn(["backup"]);
    while !path(&shop.project, "begun").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    backup.signal(Signal::SIGINT);
    backup.wait_within(Duration::from_secs(30)).code(130).error("E0208").stderr_has("= state: nothing was changed");
    assert_eq!(backups(&shop.project), Vec::<String>::new());
    nothing_partial(&shop.project);
}

#[test]
fn there_is_nothing_to_back_up() {
    let shop = sqlite();
    fs::remove_file(shop.database_file()).unwrap();
    shop.run("backup").code(1).error("E0501").stderr_has("there is no database at shop.db: no such file");
    assert!(!shop.database_file().exists());
    shop.run("backup --url sqlite::memory:").code(2).error("E0107");
    assert_eq!(backups(&shop.project), Vec::<String>::new());
}
