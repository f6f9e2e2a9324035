mod backend;
mod undo;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;

use super::*;
use crate::config::{Access, Connection, Connections, NewerDatabase, Order, SqliteLocation};

/// A folder with files, in which a command is called with these variables.
struct Call {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, OsString>,
    overrides: Overrides,
    /// Below the folder.
    called_in: &'static str,
}

impl Call {
    fn with(schema: &str) -> Self {
        let call = Self::without_file();
        call.write(FILE_NAME, schema);
        call
    }

    fn without_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, variables: BTreeMap::new(), overrides: Overrides::default(), called_in: "" }
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.path().join(path), text).unwrap();
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn flags(mut self, flags: Overrides) -> Self {
        self.overrides = flags;
        self
    }

    fn project(&self) -> Result<Project> {
        let variables = self.variables.clone();
        let folder = self.folder.path().join(self.called_in);
        Project::load(&self.overrides, CallEnvironment::new(folder, move |name| variables.get(name).cloned()))
    }

    fn targets(&self) -> Result<Vec<DatabaseTarget>> {
        self.project()?.targets()
    }

    /// The only target.
    fn target(&self) -> DatabaseTarget {
        let mut targets = self.targets().unwrap();
        assert_eq!(targets.len(), 1);
        targets.remove(0)
    }

    /// `database dialect connection migrations` of each.
    fn shown(&self) -> Vec<String> {
        let show = |t: &DatabaseTarget| {
            let name = t.database.as_deref().unwrap_or("-");
            format!("{name} {} {} {}", t.dialect, t.connection, t.migrations.display())
        };
        self.targets().unwrap().iter().map(show).collect()
    }

    fn sources(&self) -> Result<Vec<String>> {
        let show = |s: MigrationSource| {
            format!("{} {} {}", s.database.as_deref().unwrap_or("-"), s.dialect, s.migrations.display())
        };
        Ok(self.project()?.sources()?.into_iter().map(show).collect())
    }

    fn error(&self) -> Error {
        self.targets().expect_err("the call is wrong")
    }
}

fn check(call: &Call, code: Code, message: &str, hint: &str) {
    let error = call.error();
    assert_eq!(error.code(), code, "{error:#}");
    assert!(error.to_string().contains(message), "{error:#}");
    assert!(hint.is_empty() || error.hints()[0].words(crate::error::Audience::Command).starts_with(hint), "{error:#}");
    assert!(!format!("{error:#}").contains("hunter2"), "{error:#}");
}

fn flags(set: impl FnOnce(&mut Overrides)) -> Overrides {
    let mut flags = Overrides::default();
    set(&mut flags);
    flags
}

const SIMPLE: &str = "[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n";
const SEVERAL: &str = "backend = 'postgres'\n\
    [database.shop.sqlite]\nurl = 'shop.db'\n\
    [database.shop.postgres]\nurl = 'postgres://h/shop'\n\
    [database.cache.sqlite]\nurl = 'cache.db'\nmigrations = 'cache'\n";

#[test]
fn each_layer_is_above_the_next() {
    let schema = "[sqlite]\nurl = 'file.db'\ntable = 'file'\nlock_wait = '1s'\norder = 'any'\n";
    let environment = || {
        Call::with(schema)
            .variable("SCHEMACTL_URL", "sqlite:variable.db?mode=ro")
            .variable("SCHEMACTL_TABLE", "variable")
            .variable("SCHEMACTL_LOCK_WAIT", "2s")
            .variable("SCHEMACTL_ORDER", "")
            .variable("SCHEMACTL_NEWER_DATABASE", "allow")
    };
    let target = environment().target();
    assert_eq!((target.options.table.as_str(), target.options.lock_wait.as_secs()), ("variable", 2));
    assert_eq!((target.options.order, target.options.newer_database), (Order::Any, NewerDatabase::Allow));
    let read_only = SqliteLocation::File { path: "variable.db".into(), access: Access::ReadOnly };
    assert_eq!(target.connection, Connection::Sqlite(read_only));

    let target = environment()
        .flags(flags(|f| {
            f.url = Some(":memory:".into());
            f.table = Some("flag".into());
            f.migrations = Some("../elsewhere".into());
        }))
        .target();
    assert_eq!((target.options.table.as_str(), target.options.lock_wait.as_secs()), ("flag", 2));
    assert_eq!(target.connection, Connection::Sqlite(SqliteLocation::Memory));
    assert!(target.migrations.ends_with("../elsewhere"));
}

#[test]
fn several_databases_in_the_order_of_the_file() {
    let shop = "shop postgres postgres://h/shop migrations/postgres/shop";
    let cache = "cache sqlite cache.db cache";
    assert_eq!(Call::with(SEVERAL).shown(), [shop, cache]);
    let named = |names: &[&str]| flags(|f| f.databases = names.iter().map(|&name| name.into()).collect());
    assert_eq!(Call::with(SEVERAL).flags(named(&["cache", "shop", "cache"])).shown(), [shop, cache]);
    assert_eq!(Call::with(SEVERAL).flags(named(&["cache"])).shown(), [cache]);
    assert_eq!(Call::with(SEVERAL).variable("SCHEMACTL_DATABASE", "shop, ").shown(), [shop]);
    let all = ["shop sqlite migrations/sqlite/shop", "shop postgres migrations/postgres/shop", "cache sqlite cache"];
    assert_eq!(Call::with(SEVERAL).sources().unwrap(), all);
}

#[test]
fn sources_need_no_url() {
    let both = ["- sqlite migrations/sqlite", "- postgres migrations/postgres"];
    assert_eq!(Call::with(SIMPLE).sources().unwrap(), both, "DATABASE_URL is not set");
    let folder = flags(|f| {
        f.migrations = Some("sql".into());
        f.backend = Some(Dialect::Postgres);
    });
    assert_eq!(Call::without_file().flags(folder).sources().unwrap(), ["- postgres sql"]);
    let ambiguous = Call::with(SIMPLE).flags(flags(|f| f.migrations = Some("sql".into())));
    assert_eq!(ambiguous.sources().unwrap_err().code(), Code::Usage);
}

#[test]
fn a_url_needs_no_file() {
    for (url, shown) in [
        ("sqlite:a.db", "- sqlite a.db migrations/sqlite"),
        ("a.db", "- sqlite a.db migrations/sqlite"),
        ("postgresql://h/d", "- postgres postgresql://h/d migrations/postgres"),
        ("host=h", "- postgres host=h migrations/postgres"),
    ] {
        let call = Call::without_file().flags(flags(|f| f.url = Some(url.into())));
        assert_eq!(call.shown(), [shown]);
        assert_eq!(call.project().unwrap().file(), None);
    }
}

#[test]
fn the_file_is_looked_for_in_the_folders_above() {
    let mut call = Call::with("[sqlite]\nurl = 'a.db'\n");
    fs::create_dir_all(call.folder.path().join("src/deep")).unwrap();
    call.called_in = "src/deep";
    let project = call.project().unwrap();
    assert_eq!(project.folder(), call.folder.path());
    assert_eq!(project.lock_file(), call.folder.path().join("schema.lock"));
    let target = call.target();
    assert_eq!(target.migrations, call.folder.path().join("migrations/sqlite"));
    assert_eq!(target.connection.to_string(), call.folder.path().join("a.db").display().to_string());

    let other = Call::without_file().variable("SCHEMACTL_CONFIG", "other.toml");
    other.write("other.toml", "[sqlite]\nurl = 'o.db'\n");
    assert_eq!(other.shown(), ["- sqlite o.db migrations/sqlite"]);
}

#[test]
fn variables_come_from_the_environment_then_from_dotenv() {
    let schema = "[postgres]\nurl = 'postgres://${USER_NAME}:${PW}@h/$${x}'\n";
    let call = Call::with(schema).variable("USER_NAME", "real");
    call.write(".env", "USER_NAME=dotenv\nPW='hunter2'\n");
    let Connection::Postgres(url) = call.target().connection else { panic!("it is PostgreSQL") };
    assert_eq!(url.expose(), "postgres://real:hunter2@h/${x}");

    let off = Call::with(&format!("dotenv = false\n{schema}")).variable("USER_NAME", "real");
    off.write(".env", "PW=x\n");
    assert_eq!(off.error().code(), Code::MissingVariable);
}

#[test]
fn a_missing_variable_is_an_error_where_it_is_used() {
    let error = Call::with(SIMPLE).flags(flags(|f| f.backend = Some(Dialect::Postgres))).error();
    assert_eq!(
        format!("{error:#}"),
        "error[E0104]: `url` needs the variable DATABASE_URL, which is not set\n\
         \x20 --> schema.toml:4:8\n\
         \x20  |\n\
         \x204 | url = \"${DATABASE_URL}\"\n\
         \x20  |        ^^^^^^^^^^^^^^^\n\
         \n\
         hint: set it in the environment, or in `.env` beside schema.toml: DATABASE_URL=..."
    );
}

#[test]
fn calls_that_are_wrong() {
    for (call, code, message, hint) in [
        (Call::without_file(), Code::ConfigFile, "there is no schema.toml in ", "`schemactl init`"),
        (Call::with("# empty"), Code::UnknownDatabase, "schema.toml configures no database", "add [sqlite]"),
        (Call::with("[sqlite]\n"), Code::InvalidValue, "[sqlite] has no `url`", "add `url"),
        (
            Call::without_file().flags(flags(|f| f.config = Some("x.toml".into()))),
            Code::ConfigFile,
            "x.toml does not exist",
            "`schemactl init`",
        ),
        (
            Call::without_file().flags(flags(|f| f.migrations = Some("x".into()))),
            Code::Usage,
            "no backend is named",
            "name one with `--backend`",
        ),
        (
            Call::with(SIMPLE).flags(flags(|f| f.databases = vec!["shop".into()])),
            Code::UnknownDatabase,
            "schema.toml has no database `shop`",
            "databases with names are",
        ),
        (
            Call::with(SEVERAL).flags(flags(|f| f.databases = vec!["shpo".into()])),
            Code::UnknownDatabase,
            "schema.toml has no database `shpo`",
            "did you mean `shop`?",
        ),
        (
            Call::with(SEVERAL).variable("SCHEMACTL_DATABASE", "other"),
            Code::UnknownDatabase,
            "no database `other`",
            "its databases are shop, cache",
        ),
        (
            Call::with(SEVERAL).flags(flags(|f| f.backend = Some(Dialect::Postgres))),
            Code::UnknownDatabase,
            "database cache is not configured for postgres",
            "add [database.cache.postgres]",
        ),
        (
            Call::with(SEVERAL).flags(flags(|f| f.url = Some("x.db".into()))),
            Code::Usage,
            "`--url` is for one database, and 2 are selected",
            "name one with `--database`: shop, cache",
        ),
        (
            Call::with(SEVERAL).variable("SCHEMACTL_MIGRATIONS", "x"),
            Code::Usage,
            "`SCHEMACTL_MIGRATIONS` is for one database",
            "name one",
        ),
    ] {
        check(&call, code, message, hint);
    }
}

#[test]
fn values_that_are_wrong() {
    for (call, code, message, hint) in [
        (
            Call::with(SIMPLE).flags(flags(|f| {
                f.url = Some("x.db".into());
                f.backend = Some(Dialect::Postgres);
            })),
            Code::Usage,
            "the backend postgres was named, and a URL for sqlite",
            "leave out",
        ),
        (
            Call::with(SIMPLE).flags(flags(|f| f.url = Some("postgers://u:hunter2@h/d".into()))),
            Code::InvalidUrl,
            "`postgers:` is neither",
            "did you mean `postgres`?",
        ),
        (
            Call::with("[postgres]\nurl = 'sqlite:x'\n"),
            Code::InvalidUrl,
            "the PostgreSQL URL `sqlite:x` cannot be read",
            "write `postgres:",
        ),
        (
            Call::with("[sqlite]\nurl = 'postgres://u:hunter2@h/d'\n"),
            Code::InvalidUrl,
            "the SQLite URL `postgres://u:***@h/d` cannot be read",
            "",
        ),
        (
            Call::with(SIMPLE).variable("SCHEMACTL_BACKEND", "postgre"),
            Code::InvalidValue,
            "`SCHEMACTL_BACKEND` cannot be `postgre`",
            "did you mean `postgres`?",
        ),
        (
            Call::with(SIMPLE).flags(flags(|f| f.lock_timeout = Some("3".into()))),
            Code::InvalidValue,
            "`--lock-timeout` cannot be `3`: the unit is missing",
            "",
        ),
        (
            Call::with(SIMPLE).variable("SCHEMACTL_SCHEMA", "x"),
            Code::InvalidValue,
            "`SCHEMACTL_SCHEMA` cannot be `x`: SQLite has no schemas",
            "",
        ),
        (
            Call::with("[sqlite]\nurl = '${U}'\n").variable("U", ""),
            Code::MissingVariable,
            "`url` needs the variable U, which is empty",
            "set it in the environment",
        ),
        (Call::with("[sqlite]\nurl = '${U'\n"), Code::InvalidValue, "`url` has `${` without a name", "write `${NAME}`"),
        (
            Call::with("[database.a.sqlite]\nurl = '${A}'\n[database.b.sqlite]\nurl = 'sqlite:x'\n")
                .variable("A", "./x"),
            Code::InvalidValue,
            "databases a and b have the same history: table schema_migrations in x",
            "give one of them",
        ),
    ] {
        check(&call, code, message, hint);
    }
}

#[test]
fn passwords_are_in_no_debug_output() {
    let call = Call::with("[postgres]\nurl = 'postgres://u:hunter2@h/d'\n");
    assert!(!format!("{:?}", call.target()).contains("hunter2"));
    let file = call.project().unwrap();
    assert!(!format!("{:?}", file.databases()).contains("hunter2"));
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8() {
    use std::os::unix::ffi::OsStringExt as _;
    let mut call = Call::with("[sqlite]\nurl = '${U}'\n");
    call.variables.insert("U".into(), OsString::from_vec(vec![0xff]));
    assert_eq!(call.error().to_string(), "the variable U is not UTF-8");
}

#[test]
fn what_is_ignored_is_of_one_backend() {
    let call =
        Call::with("[sqlite]\nurl = 'a.db'\nignore = ['table a_*', 'setting *']\n[postgres]\nurl = 'postgres://h/d'\n");
    assert_eq!(call.target().options.ignore.patterns.len(), 2);
    let call = call.flags(flags(|flags| flags.backend = Some(Dialect::Postgres)));
    assert_eq!(call.target().options.ignore.patterns.len(), 0);
}

#[test]
fn a_run_takes_two_connections_unless_it_is_told_to_do_with_one() {
    let schema = "[postgres]\nurl = 'postgres://h/a'\n";
    let connections = |call: Call| call.target().options.connections;
    assert_eq!(connections(Call::with(schema)), Connections::Two);
    assert_eq!(connections(Call::with(&format!("{schema}connections = 'one'\n"))), Connections::One);
    assert_eq!(connections(Call::with(schema).variable("SCHEMACTL_CONNECTIONS", "one")), Connections::One);
    let flag = flags(|f| f.connections = Some("two".into()));
    assert_eq!(connections(Call::with(schema).variable("SCHEMACTL_CONNECTIONS", "one").flags(flag)), Connections::Two);
}
