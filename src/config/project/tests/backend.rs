//! Which backend a command works on.

use super::*;

#[test]
fn the_backend_comes_from_the_highest_layer() {
    let url = "postgres://u:pw@h/d";
    assert_eq!(Call::with(SIMPLE).shown(), ["- sqlite app.db migrations/sqlite"]);
    let postgres = ["- postgres postgres://u:***@h/d migrations/postgres"];
    let by_variable = Call::with(SIMPLE).variable("DATABASE_URL", url).variable("SCHEMACTL_BACKEND", "postgres");
    assert_eq!(by_variable.shown(), postgres);
    let by_file = Call::with(&format!("backend = 'postgres'\n{SIMPLE}")).variable("DATABASE_URL", url);
    assert_eq!(by_file.shown(), postgres);
    let sqlite = by_variable.flags(flags(|f| f.backend = Some(Dialect::Sqlite)));
    assert_eq!(sqlite.shown(), ["- sqlite app.db migrations/sqlite"]);
    let only = Call::with("[postgres]\nurl = 'host=h password=pw'\n");
    assert_eq!(only.shown(), ["- postgres host=h password=*** migrations/postgres"]);
}

/// Who sets the variable that has the URL of one of two backends means that one; nothing else that names a backend is overruled.
#[test]
fn the_backend_may_come_from_the_variable_of_its_url() {
    let url = "postgres://u:pw@h/d";
    let chosen = |schema: &str, variables: &[(&str, &str)]| {
        let call = variables.iter().fold(Call::with(schema), |call, (name, value)| call.variable(name, value));
        let target = call.target();
        (target.dialect, target.chosen_by)
    };
    let variable = |dialect, name: &str| (dialect, Some(name.to_owned()));
    assert_eq!(chosen(SIMPLE, &[("DATABASE_URL", url)]), variable(Dialect::Postgres, "DATABASE_URL"));
    assert_eq!(chosen(SIMPLE, &[("DATABASE_URL", "")]), (Dialect::Sqlite, None));
    let named = [("DATABASE_URL", url), ("SCHEMACTL_BACKEND", "sqlite")];
    assert_eq!(chosen(SIMPLE, &named), (Dialect::Sqlite, None));
    let both = "[sqlite]\nurl = '${DATABASE_URL}'\n[postgres]\nurl = 'postgres://${HOST}/${NAME}'\n";
    assert_eq!(chosen(both, &[("DATABASE_URL", "a.db")]), variable(Dialect::Sqlite, "DATABASE_URL"));
    assert_eq!(chosen(both, &[("HOST", "h"), ("NAME", "d")]), variable(Dialect::Postgres, "HOST"));
    // One of the two that it needs; and both backends at once.
    assert_eq!(Call::with(both).variable("HOST", "h").error().code(), Code::MissingVariable);
    let all = [("DATABASE_URL", "a.db"), ("HOST", "h"), ("NAME", "d")];
    assert_eq!(chosen(both, &all), (Dialect::Sqlite, None));
    assert_eq!(chosen("[postgres]\nurl = '${DATABASE_URL}'\n", &[("DATABASE_URL", url)]), (Dialect::Postgres, None));
    let call = Call::with(SIMPLE);
    call.write(".env", "DATABASE_URL=postgres://h/d\n");
    assert_eq!(call.target().chosen_by.as_deref(), Some("DATABASE_URL"));
}

#[test]
fn a_backend_that_no_database_has_is_not_passed_over() {
    let sqlite = "[sqlite]\nurl = 'app.db'\n";
    let call = Call::with(&format!("backend = 'postgres'\n{sqlite}"));
    let error = call.project().err().unwrap();
    assert_eq!(error.code(), Code::InvalidValue);
    assert!(format!("{error:#}").contains("`backend` is postgres, and no database here has that"), "{error:#}");
    assert_eq!(error.place().and_then(crate::error::Place::line), Some(1), "{error:#}");
    assert!(error.hints()[0].words(crate::error::Audience::Command).contains("`backend = \"sqlite\"`"), "{error:#}");
    // One of several has it: the others live on the other backend alone.
    let several = "[database.a.sqlite]\nurl = 'a.db'\n[database.b.postgres]\nurl = 'postgres://h/b'\n";
    assert_eq!(Call::with(&format!("backend = 'postgres'\n{several}")).targets().unwrap().len(), 2);
    assert!(Call::with(&format!("backend = 'sqlite'\n{sqlite}")).project().is_ok());
}

#[test]
fn a_variable_that_is_used_is_not_said_to_be_unused() {
    let both = "backend = 'sqlite'\n[sqlite]\nurl = '${DATABASE_URL}'\n[postgres]\nurl = 'postgres://h/d'\n";
    for url in ["sqlite:app.db", "sqlite:./app.db", "data/app.db", "sqlite:/tmp/app.db", "sqlite::memory:"] {
        let project = Call::with(both).variable("DATABASE_URL", url).project().unwrap();
        let targets = project.targets().unwrap();
        assert!(project.unused_url(&targets).unwrap().is_none(), "{url}");
    }
    let call = Call::with(&both.replace("${DATABASE_URL}", "app.db")).variable("DATABASE_URL", "sqlite:other.db");
    let project = call.project().unwrap();
    assert!(project.unused_url(&project.targets().unwrap()).unwrap().is_some());
}
