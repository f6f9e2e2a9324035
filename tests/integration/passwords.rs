//! A password is for the server only: it is in nothing that is printed, logged, stored or written.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use schemactl_test_support::cli::Output;
use schemactl_test_support::postgres::{self, Cluster, Config};
use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

/// It needs no escape in a URL. Every part of it is as telling as the whole.
const PASSWORD: &str = "Xyzzy-Plugh-Frotz";
const PARTS: [&str; 3] = ["Xyzzy", "Plugh", "Frotz"];

#[track_caller]
fn clean(output: Output) -> Output {
    println!("{}", output.text());
    // What was typed is no output: `text` shows it, these two do not.
    for part in PARTS {
        assert!(!output.stdout.contains(part), "{part} in stdout:\n{}", output.text());
        assert!(!output.stderr.contains(part), "{part} in stderr:\n{}", output.text());
    }
    output
}

/// A server that asks `bob` for his password, and a project with two migrations.
struct Guarded {
    cluster: Cluster,
    port: u16,
}

impl Guarded {
    fn start() -> Self {
        let access = "host all bob 127.0.0.1/32 scram-sha-256";
        let cluster = Cluster::start(Config::new(postgres::version()).tcp().access(access));
        cluster.psql(&format!("CREATE ROLE bob LOGIN CREATEDB PASSWORD '{PASSWORD}'"));
        let port = cluster.tcp().expect("it listens").port;
        Self { cluster, port }
    }

    fn shop(&self) -> Shop {
        let database = self.cluster.create_database();
        self.cluster.psql(&format!("ALTER DATABASE {} OWNER TO bob", database.name()));
        let shop = Shop::with(project!(), database);
        shop.file("V1__create_a.sql", "CREATE TABLE a (x integer);\n").file("V1__create_a.down.sql", "DROP TABLE a;\n");
        shop.file("V2__create_b.sql", "CREATE TABLE b (x integer);\n").file("V2__create_b.down.sql", "DROP TABLE b;\n");
        shop
    }

    fn url(&self, shop: &Shop) -> String {
        format!("postgres://bob:{PASSWORD}@127.0.0.1:{}/{}", self.port, shop.database().name())
    }

    fn bare_url(&self, shop: &Shop) -> String {
        self.url(shop).replace(&format!(":{PASSWORD}"), "")
    }
}

/// A way to give the password: what it writes and sets, and what is typed with each command.
type Way = fn(&Guarded, &Shop) -> Vec<String>;

const WAYS: [(&str, Way); 9] = [
    ("URL", |server, shop| {
        shop.project.config(&format!("[postgres]\nurl = \"{}\"\n", server.url(shop)));
        Vec::new()
    }),
    ("parameter of a URL", |server, shop| {
        shop.project.config(&format!("[postgres]\nurl = \"{}?password={PASSWORD}\"\n", server.bare_url(shop)));
        Vec::new()
    }),
    ("key=value", |server, shop| {
        let (port, name) = (server.port, shop.database().name());
        let values = format!("host=127.0.0.1 port={port} user=bob password='{PASSWORD}' dbname={name}");
        shop.project.config(&format!("[postgres]\nurl = \"{values}\"\n"));
        Vec::new()
    }),
    ("PGPASSWORD", |server, shop| {
        shop.project.config(&format!("[postgres]\nurl = \"{}\"\n", server.bare_url(shop)));
        shop.project.env("PGPASSWORD", PASSWORD);
        Vec::new()
    }),
    ("password file", |server, shop| {
        shop.project.config(&format!("[postgres]\nurl = \"{}\"\n", server.bare_url(shop)));
        shop.project.file(".pgpass", format!("127.0.0.1:*:*:bob:{PASSWORD}\n"));
        let file = shop.project.path().join(".pgpass");
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("it was just made");
        Vec::new()
    }),
    ("${VARIABLE}", |server, shop| {
        shop.project.config("[postgres]\nurl = \"${SHOP_URL}\"\n").env("SHOP_URL", server.url(shop));
        Vec::new()
    }),
    (".env", |server, shop| {
        let config =
            format!("[postgres]\nurl = \"{}\"\n", server.bare_url(shop).replace("bob", "bob:${SHOP_PASSWORD}"));
        shop.project.config(&config).file(".env", format!("SHOP_PASSWORD={PASSWORD}\n"));
        Vec::new()
    }),
    ("SCHEMACTL_URL", |server, shop| {
        shop.project.config("[postgres]\nurl = \"postgres://nowhere/none\"\n").env("SCHEMACTL_URL", server.url(shop));
        Vec::new()
    }),
    ("--url", |server, shop| vec!["--url".to_owned(), server.url(shop)]),
];

/// The files that hold the password because the test wrote it there.
const OURS: [&str; 3] = ["schema.toml", ".env", ".pgpass"];

/// Neither a table of the database nor a file that the command wrote has it.
fn assert_kept(shop: &Shop, way: &str) {
    let content = shop.content();
    assert!(content.contains("schema_migrations_log"), "{way}");
    for part in PARTS {
        assert!(!content.contains(part), "{way}: {part} is stored");
        for file in shop.project.files().iter().filter(|file| !OURS.contains(&file.as_str())) {
            let bytes = fs::read(shop.project.path().join(file)).expect("it is readable");
            assert!(!String::from_utf8_lossy(&bytes).contains(part), "{way}: {part} is in {file}");
        }
    }
}

#[test]
fn no_command_tells_a_password_that_is_right() {
    let server = Guarded::start();
    for (name, way) in WAYS {
        println!("=== {name}");
        let shop = server.shop();
        let typed = way(&server, &shop);
        let run = |command: &str| {
            let arguments = command.split(' ').map(str::to_owned).chain(typed.iter().cloned());
            clean(shop.project.run(arguments))
        };
        for flags in [&[][..], &["--json"], &["-vv"], &["-vvvv"], &["-q"]] {
            let run = |command: &str| run(&[&[command], flags].concat().join(" "));
            run("status").ok();
            run("plan").ok();
            run("up").ok();
            run("up").ok();
            run("status --check").ok();
            run("generate").ok();
            run("check").ok();
            run("check --online").ok();
            run("repair").ok();
            run("down --dry-run").ok();
            run("down --to 0").ok();
            fs::remove_file(shop.project.path().join("schema.lock")).expect("`generate` wrote it");
        }
        shop.file("V3__wrong.sql", "SELECT nothing;\n");
        for flags in ["", " --json", " -vvvv"] {
            run(&format!("up{flags}")).code(1);
            run(&format!("plan{flags}")).code(1);
        }
        shop.remove("V3__wrong.sql");
        run("new wrong again").ok();
        shop.run("init");
        assert_kept(&shop, name);
    }
}

#[test]
fn no_command_tells_a_password_that_fails() {
    let server = Guarded::start();
    server.cluster.psql("ALTER ROLE bob PASSWORD 'another'");
    for (name, way) in WAYS {
        println!("=== {name}");
        let shop = server.shop();
        let typed = way(&server, &shop);
        for command in ["status", "plan", "up", "down", "repair", "check --online"] {
            for flags in ["", "--json", "-vvvv"] {
                let words = command.split(' ').chain(flags.split_whitespace()).map(str::to_owned);
                let output = clean(shop.project.run(words.chain(typed.iter().cloned())));
                assert!(!output.status.success(), "{}", output.text());
            }
        }
    }
    // A server that is not there, and one that has no such database.
    let shop = server.shop();
    server.cluster.psql(&format!("ALTER ROLE bob PASSWORD '{PASSWORD}'"));
    let url = server.url(&shop);
    for url in [
        url.replace(&server.port.to_string(), "1"),
        url.replace("127.0.0.1", "no-such-host.invalid"),
        url.replace("/test_", "/none_"),
    ] {
        for command in ["status", "up"] {
            clean(shop.project.run([command, "-vvvv", "--url", &url])).code(1);
            clean(shop.project.run([command, "--json", "--url", &url])).code(1);
        }
    }
}

/// Every file here is wrong in a line that has the password.
#[test]
fn an_error_that_points_at_its_line_masks_it() {
    let right = format!("postgres://bob:{PASSWORD}@127.0.0.1:1/shop");
    let quoted = |url: &str| format!("[postgres]\nurl = \"{url}\"\n");
    for config in [
        quoted(&right.replace("postgres:", "postgre:")),
        quoted(&right.replace("127.0.0.1:1", "127.0.0.1:port")),
        quoted(&right.replace("/shop", "/shop?sslmoed=require")),
        quoted(&right.replace("/shop", "/shop?sslmode=maybe")),
        quoted(&right.replace("Plugh", "Plugh%zz")),
        quoted(&right.replace("Plugh", "Plugh@")),
        quoted(&right.replace("Plugh", "/Plugh")),
        quoted(&right.replace("Plugh", "Plugh:")),
        quoted(&right.replace("Plugh", "?Plugh")),
        quoted(&right.replace("Plugh", "#Plugh")),
        quoted(&right.replace("Plugh", "Plu gh Plugh")),
        quoted(&right.replace("Plugh", "${MISSING}Plugh")),
        quoted(&right.replace("Plugh", "${Plugh")),
        quoted(&format!("host=127.0.0.1 password={PASSWORD} pasword=x")),
        quoted(&format!("host=127.0.0.1 pasword={PASSWORD}")),
        quoted(&format!("host=127.0.0.1 password={PASSWORD} {PASSWORD}")),
        quoted(&format!("host=127.0.0.1 password='{PASSWORD}")),
        quoted(&format!("host=127.0.0.1 password = '{PASSWORD}' port=x")),
        quoted(&format!("postgres://127.0.0.1:1/shop?user=bob&password={PASSWORD}&x=y")),
        // TOML that is wrong in the line itself.
        format!("[postgres]\nurl = \"{right}\n"),
        format!("[postgres]\nurl = {right}\n"),
        format!("[postgres]\nurl = '{right}\" # \n"),
        format!("[postgres]\nurl = \"{right}\" x\n"),
        format!("[postgres]\nurll = \"{right}\"\n"),
        format!("[postgres]\nurl = [\"{right}\"]\n"),
        format!("[postgres]\nurl = \"{right}\"\nurl = \"{right}\"\n"),
        format!("postgres = {{ url = \"{right}\", lock_timout = \"3s\" }}\n"),
        format!("postgres = {{ lock_timeout = \"soon\", url = \"{right}\" }}\n"),
        format!("postgres = {{ url = \"{right}\" \n"),
        format!("postgres = \"{right}\"\n"),
        format!("[postgres]\nurl = \"\"\"\n{right}x y\"\"\"\norder = 1\n"),
        format!("[sqlite]\nurl = \"{right}\"\n"),
        format!("[postgres]\nlock_timeout = \"{right}\"\n"),
        format!("[postgres]\ntable = \"{right}\"\nurl = \"postgres://127.0.0.1:1/x\"\n"),
        format!("[postgres]\nurl = \"postgres://127.0.0.1:1/x\" # was {right}\norder = 2 # {right}\n"),
        format!("backend = \"{right}\"\n"),
        format!("[database.a.postgres]\nurl = \"{right}\"\n[database.b.postgres]\nurl = \"{right}\"\n"),
    ] {
        let project = project!();
        project
            .config(&config)
            .file("migrations/postgres/V1__a.sql", "SELECT 1;\n")
            .file("migrations/sqlite/V1__a.sql", "SELECT 1;\n");
        for command in [&["up"][..], &["status", "--json"], &["plan", "-vvvv"], &["check"]] {
            println!("{config}");
            let output = clean(project.run(command));
            assert!(command == ["check"] || !output.status.success(), "{config}\n{}", output.text());
        }
    }
}

/// What is typed wrongly, too.
#[test]
fn an_argument_or_variable_that_is_wrong_is_masked() {
    let project = project!();
    project.file("migrations/postgres/V1__a.sql", "SELECT 1;\n");
    for url in [
        format!("postgre://bob:{PASSWORD}@127.0.0.1:1/shop"),
        format!("postgres://bob:{PASSWORD}@127.0.0.1:x/shop"),
        format!("postgres://bob:{PASSWORD}%zz@127.0.0.1:1/shop"),
        format!("postgres://bob:{PASSWORD}@127.0.0.1:1/shop?sslmoed=x"),
        format!("host=127.0.0.1 pasword={PASSWORD}"),
        format!("bob:{PASSWORD}@127.0.0.1/shop"),
    ] {
        for command in ["up", "status", "plan"] {
            clean(project.run([command, "--url", &url])).code(2);
            clean(project.run([command, "--json", "--url", &url])).code(2);
            clean(project.spawn_with(&[("SCHEMACTL_URL", &url)], [command, "-vv"]).wait()).code(2);
        }
    }
}
