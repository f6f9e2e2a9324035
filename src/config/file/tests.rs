use super::*;

fn parse(text: &str) -> Result<SchemaFile> {
    SchemaFile::parse(Document::new("schema.toml", text.to_owned(), Code::ConfigFile, mask))
}

#[test]
fn the_simple_form() {
    let text = "[postgres]\nurl = \"${DATABASE_URL}\"\nlock_timeout = '500ms'\n[sqlite]\nurl = \"sqlite:app.db\"\n";
    let file = parse(text).unwrap();
    assert_eq!((file.backend, file.dotenv, file.databases.len()), (None, Dotenv::Read, 1));
    let database = &file.databases[0];
    assert_eq!(database.name, None);
    let postgres = database.section(Dialect::Postgres).unwrap();
    assert_eq!(postgres.get(ConfigKey::Url).unwrap().text.expose(), "${DATABASE_URL}");
    assert_eq!(postgres.get(ConfigKey::LockTimeout).unwrap().text.expose(), "500ms");
    assert_eq!(postgres.get(ConfigKey::Table), None);
    assert!(database.section(Dialect::Sqlite).is_some());
}

#[test]
fn databases_with_names_keep_their_order() {
    let text = "backend = \"postgres\"\ndotenv = false\n[database.z.sqlite]\nurl = 'a'\n\
                [database.a]\npostgres = { url = 'postgres://h/d' }\n[database.z.postgres]\nurl = 'postgres://h/z'\n";
    let file = parse(text).unwrap();
    assert_eq!((file.backend, file.dotenv), (Some(Dialect::Postgres), Dotenv::Ignore));
    let seen: Vec<_> = file.databases.iter().map(|d| (d.name.as_deref().unwrap(), d.sections.len())).collect();
    assert_eq!(seen, [("z", 2), ("a", 1)]);
}

#[test]
fn an_empty_file_configures_nothing() {
    assert!(parse("# nothing yet\n").unwrap().databases.is_empty());
}

#[test]
fn what_is_wrong_is_said_at_its_line() {
    for (text, code, place, message, hint) in [
        ("[sqlite]\nurl = \"a", Code::ConfigFile, "2:9", "schema.toml is not TOML", ""),
        ("[sqlite]\n[sqlite]\n", Code::ConfigFile, "2:2", "schema.toml is not TOML", ""),
        ("[sqlit]\n", Code::UnknownKey, "1:2", "`sqlit` is unknown in schema.toml", "did you mean `sqlite`?"),
        ("[postgresql]\n", Code::UnknownKey, "1:2", "`postgresql` is unknown", "did you mean `postgres`?"),
        ("[databases.a.sqlite]\n", Code::UnknownKey, "1:2", "`databases`", "did you mean `database`?"),
        ("min_version = 1\n", Code::UnknownKey, "1:1", "`min_version` is unknown", "the keys in schema.toml are"),
        ("[sqlite]\nlock_timout = '3s'\n", Code::UnknownKey, "2:1", "in [sqlite]", "did you mean `lock_timeout`?"),
        ("[database.a.sqlite]\nuri = 'x'\n", Code::UnknownKey, "2:1", "in [database.a.sqlite]", "did you mean `url`?"),
        ("[database.a.mysql]\n", Code::UnknownKey, "1:13", "in [database.a]", "the keys in [database.a] are sqlite"),
        ("[database.a]\nurl = 'x'\n", Code::UnknownKey, "2:1", "in [database.a]", ""),
        ("[database.a]\n", Code::InvalidValue, "1:11", "database a has no backend", "add [database.a.sqlite]"),
        ("[database.sqlite]\nurl = 'x'\n", Code::InvalidValue, "1:11", "which is a backend", "did you mean [database."),
        ("[database.'a/b'.sqlite]\n", Code::InvalidValue, "1:11", "cannot be named `a/b`", ""),
        ("database = 1\n", Code::InvalidValue, "1:12", "`database` is a table, not an integer", ""),
        ("sqlite = 'x'\n", Code::InvalidValue, "1:10", "`sqlite` is a table, not a string", ""),
        ("[sqlite]\nurl = ['a']\n", Code::InvalidValue, "2:7", "`url` is a string, not an array", ""),
        ("[sqlite]\nlock_wait = 3\n", Code::InvalidValue, "2:13", "not an integer", "write a number and a unit"),
        ("[sqlite]\nlock_wait = '3'\n", Code::InvalidValue, "2:13", "`lock_wait` cannot be `3`: the unit", ""),
        ("[sqlite]\nurl = ''\n", Code::InvalidValue, "2:7", "`url` cannot be ``: it is empty", ""),
        ("[sqlite]\norder = 'srict'\n", Code::InvalidValue, "2:9", "strict or any", "did you mean `strict`?"),
        ("[postgres]\nconnections = 'on'\n", Code::InvalidValue, "2:15", "it is two or one", "did you mean `one`?"),
        ("[postgres]\nconnections = 1\n", Code::InvalidValue, "2:15", "not an integer", "write \"two\" or \"one\""),
        ("[sqlite]\nconnections = 'one'\n", Code::InvalidValue, "2:15", "SQLite's lock is the write transaction", ""),
        ("[sqlite]\nnewer_database = 'x'\n", Code::InvalidValue, "2:18", "refuse or allow-if-reversible or allow", ""),
        ("[sqlite]\nschema = 'x'\n", Code::InvalidValue, "2:10", "SQLite has no schemas", ""),
        ("[sqlite]\ntable = 'sqlite_m'\n", Code::InvalidValue, "2:9", "SQLite keeps names", ""),
        ("[postgres]\ntable = 'a.b'\n", Code::InvalidValue, "2:9", "it has a dot", "the key `schema`"),
        ("[postgres]\nschema = 'pg_x'\n", Code::InvalidValue, "2:10", "PostgreSQL keeps names", ""),
        (
            "[sqlite]\nignore = 'a'\n",
            Code::InvalidValue,
            "2:10",
            "a list of strings, not a string",
            "write it in brackets",
        ),
        (
            "[sqlite]\nignore = ['a', 1]\n",
            Code::InvalidValue,
            "2:16",
            "`ignore` is a list of strings, not an integer",
            "",
        ),
        ("[sqlite]\nignore = ['a', ' ']\n", Code::InvalidValue, "2:16", "`ignore` cannot have ` `: it is empty", ""),
        ("[sqlite]\nignore = ['vew a']\n", Code::InvalidValue, "2:11", "is no kind of object", "did you mean `view`?"),
        ("[sqlite]\nignor = ['a']\n", Code::UnknownKey, "2:1", "`ignor` is unknown", "did you mean `ignore`?"),
        ("[sqlite]\nschemas = ['a']\n", Code::InvalidValue, "2:12", "`schemas` cannot have `a`: SQLite has no", ""),
        ("[postgres]\nschemas = 'a'\n", Code::InvalidValue, "2:11", "a list of strings, not a string", "write it in"),
        ("[postgres]\nschemas = []\n", Code::InvalidValue, "2:11", "`schemas` names no schema", "leave the key out"),
        ("[postgres]\nschemas = ['a', '']\n", Code::InvalidValue, "2:17", "`schemas` cannot have ``: it is empty", ""),
        ("backend = 'postgresql'\n", Code::InvalidValue, "1:11", "sqlite or postgres", "did you mean `postgres`?"),
        ("dotenv = 'no'\n", Code::InvalidValue, "1:10", "`dotenv` is true or false", ""),
        (
            "[sqlite]\nurl = 'a'\n[database.b.sqlite]\nurl = 'b'\n",
            Code::InvalidValue,
            "1:2",
            "[sqlite] stands beside databases with names, such as `b`",
            "give it a name too",
        ),
        (
            "[database.a.sqlite]\nurl = 'x'\n[database.b.sqlite]\nurl = 'x'\ntable = 'schema_migrations'\n",
            Code::InvalidValue,
            "3:13",
            "database a and database b have the same history",
            "give one of them",
        ),
    ] {
        is_wrong(text, code, place, message, hint);
    }
}

#[test]
fn what_is_wrong_with_what_is_kept_is_said_at_its_line() {
    let value = Code::InvalidValue;
    for (text, code, place, message, hint) in [
        (
            "[sqlite]\nundo = 'al'\n",
            value,
            "2:8",
            "`undo` cannot be `al`: it is auto or all or none",
            "did you mean `all`?",
        ),
        ("[postgres]\nundo = 'off'\n", value, "2:8", "it is auto or all or none", ""),
        ("[sqlite]\nundo = ''\n", value, "2:8", "`undo` cannot be ``: it is empty", ""),
        ("[sqlite]\nundo = false\n", value, "2:8", "`undo` is a string, not a boolean", "write \"auto\", \"all\""),
        ("[sqlite]\nundoo = 'all'\n", Code::UnknownKey, "2:1", "`undoo` is unknown", "did you mean `undo`?"),
        (
            "[database.a.sqlite]\nundo_kep = '1d'\n",
            Code::UnknownKey,
            "2:1",
            "in [database.a.sqlite]",
            "did you mean `undo_keep`?",
        ),
        (
            "[sqlite]\nundo_keep = 30\n",
            value,
            "2:13",
            "not an integer",
            "write a number and a unit, in quotes, such as \"30d\"",
        ),
        ("[sqlite]\nundo_keep = '30'\n", value, "2:13", "`undo_keep` cannot be `30`: the unit is missing: `30d`", ""),
        ("[sqlite]\nundo_keep = '4w'\n", value, "2:13", "the unit `w` is not one of s, min, h, d", ""),
        ("[postgres]\nundo_keep = '99999d'\n", value, "2:13", "the longest time is `36500d`", ""),
        ("[postgres]\nundo_keep = 'for ever'\n", value, "2:13", "or `forever`", "did you mean `forever`?"),
        (
            "[sqlite]\nignore_undo = 'users'\n",
            value,
            "2:15",
            "a list of strings, not a string",
            "write it in brackets: ignore_undo = [\"users",
        ),
        ("[sqlite]\nignore_undo = ['users', 1]\n", value, "2:25", "`ignore_undo` is a list of strings, not an", ""),
        ("[sqlite]\nignore_undo = ['users', '']\n", value, "2:25", "`ignore_undo` cannot have ``: it is empty", ""),
        (
            "[sqlite]\nignore_undo = ['users.']\n",
            value,
            "2:16",
            "cannot have `users.`: it is no name",
            "a name that has a dot",
        ),
        ("[sqlite]\nignore_undo = ['table users']\n", value, "2:16", "no kind of object stands", "write `users`"),
        (
            "[sqlite]\nignore_undo = ['app.users.email']\n",
            value,
            "2:16",
            "SQLite has no schemas",
            "a name that has a dot",
        ),
        ("[postgres]\nignore_undo = ['a.b.c.d']\n", value, "2:16", "it is no name of `table`", ""),
    ] {
        is_wrong(text, code, place, message, hint);
    }
    assert!(parse("[postgres]\nignore_undo = ['app.users.email']\n").is_ok());
}

#[test]
fn what_is_wrong_with_a_map_is_said_at_its_line() {
    for (text, code, place, message, hint) in [
        (
            "[sqlite]\nurl = 'a'\n[map]\n",
            Code::InvalidValue,
            "3:2",
            "[map] is between two backends",
            "it needs [sqlite]",
        ),
        (
            "[database.a.sqlite]\nurl = 'a'\n[database.a.map]\n",
            Code::InvalidValue,
            "3:13",
            "[database.a.map] is between two backends",
            "it needs [database.a.sqlite] and [database.a.postgres]",
        ),
        ("[map]\ntable = 1\n", Code::UnknownKey, "2:1", "`table` is unknown in [map]", "did you mean `tables`?"),
        ("[map]\nschema = 'pg_x'\n", Code::InvalidValue, "2:10", "`schema` cannot have `pg_x`", ""),
        (
            "[map.tables]\na = 'b.c.d'\n",
            Code::InvalidValue,
            "2:5",
            "`tables` cannot have `b.c.d`",
            "a name that has a dot",
        ),
        (
            "[map.columns]\na = 'b'\n",
            Code::InvalidValue,
            "2:1",
            "`columns` has `a` without a column",
            "write `table.col",
        ),
        (
            "[map.columns]\na.b = 'c.d'\n",
            Code::InvalidValue,
            "2:7",
            "`columns` cannot have `c.d`",
            "a name that has a dot",
        ),
        ("[map]\nsqlite_only = ['a.b.c']\n", Code::InvalidValue, "2:16", "no name of `table` or `table.column`", ""),
        ("[map]\npostgres_only = ['']\n", Code::InvalidValue, "2:18", "no name of `schema.table.column`", ""),
    ] {
        is_wrong(text, code, place, message, hint);
    }
}

fn is_wrong(text: &str, code: Code, place: &str, message: &str, hint: &str) {
    let error = parse(text).err().unwrap_or_else(|| panic!("{text} is wrong"));
    assert_eq!(error.code(), code, "{text}: {error}");
    assert_eq!(error.place().unwrap().to_string(), format!("schema.toml:{place}"), "{text}: {error:#}");
    assert!(error.to_string().contains(message), "{text}: {error}");
    assert!(
        hint.is_empty() || error.hints()[0].words(crate::error::Audience::Command).starts_with(hint),
        "{text}: {:?}",
        error.hints()
    );
}

#[test]
fn names_are_not_longer_than_the_log_allows() {
    let table = |length: usize| parse(&format!("[postgres]\ntable = '{}'\n", "t".repeat(length)));
    assert!(table(59).is_ok());
    assert!(table(60).is_err());
}

#[test]
fn what_differs_is_not_shared() {
    for text in [
        "[database.a.sqlite]\nurl = 'x'\n[database.b.sqlite]\nurl = 'y'\n",
        "[database.a.sqlite]\nurl = 'x'\n[database.b.sqlite]\nurl = 'x'\ntable = 'other'\n",
        "[database.a.postgres]\nurl = 'postgres:x'\nschema = 'a'\n[database.b.postgres]\nurl = 'postgres:x'\n",
        "[database.a.sqlite]\nurl = ':memory:'\n[database.b.sqlite]\nurl = ':memory:'\n",
        "[database.a.sqlite]\n[database.b.sqlite]\n",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn a_password_is_not_in_any_report() {
    for text in [
        "[postgres]\nurl = \"postgres://u:hunter2@h/d\n",
        "[postgres]\nurll = \"postgres://u:hunter2@h/d\"\n",
        "[postgres]\npassword = \"hunter2\"\n",
        "[postgres]\nurl = [\"postgres://u:hunter2@h/d\"]\n",
        "[postgres]\ntable = \"postgres://u:hunter2@h.x/d\"\n",
        "[postgres]\norder = \"password=hunter2\"\n",
        "[database.a.postgres]\nurl = 'postgres://u:hunter2@h/d'\n[database.b.postgres]\nurl = 'postgres://u:hunter2@h/d'\n",
    ] {
        let error = parse(text).err().unwrap_or_else(|| panic!("{text} is wrong"));
        assert!(!format!("{error:#}").contains("hunter2"), "{error:#}");
    }
}
