//! Where names without a schema lead: `public`, a schema of the role's own, one that the connection or the database names.

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::project;

/// A schema with whatever refers to something else by its name.
const RICH: &str = include_str!("rich.sql");

fn at(url: &str) -> Project {
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", url);
    project.file("migrations/postgres/.gitkeep", "");
    project
}

/// The URL of a connection whose names lead to this schema.
fn leading_to(database: &Database, schema: &str) -> String {
    let url = database.url();
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options=-csearch_path%3D{schema}")
}

/// A database that holds it in this schema, made by hand.
fn by_hand(schema: &str) -> Database {
    let database = postgres::database(postgres::version());
    if schema != "public" {
        database.psql(&format!("CREATE SCHEMA {schema}"));
    }
    database.psql(&format!("SET search_path = {schema};\n{RICH}"));
    database
}

/// What a database holds in this schema, without the history and without the schema's name.
fn dumped(database: &Database, schema: &str) -> String {
    let dump = database.pg_dump(&["--schema-only", "-n", schema, "-T", "*.schema_migrations*"]);
    dump.lines()
        .filter(|line| {
            !line.starts_with("--") && !line.starts_with('\\') && !line.contains("SCHEMA") && !line.is_empty()
        })
        .map(|line| line.replace(&format!("{schema}."), "").replace("public.", "") + "\n")
        .collect()
}

#[test]
fn what_diff_writes_runs_in_a_schema_of_another_name() {
    let file = |project: &Project| project.read("migrations/postgres/V0001__base.sql");
    let base = |schema: &str| {
        let database = by_hand(schema);
        let project = if schema == "public" { at(&database.url()) } else { at(&leading_to(&database, schema)) };
        project.run(["diff", "--new", "base"]).ok().stdout_has("CREATE TABLE orders (").lacks("CREATE TABLE public.");
        project.run(["generate"]).ok();
        project.run(["repair", "--mark-applied", "1", "--yes"]).ok();
        // The file makes what is there.
        project.run(["diff"]).ok().stdout_has("no drift");
        (database, project)
    };
    let (plain, from_public) = base("public");
    let (_, from_app) = base("app");
    assert_eq!(file(&from_public), file(&from_app), "one schema, one file");
    for schema in ["public", "\"My Shop\"", "app"] {
        let database = postgres::database(postgres::version());
        if schema != "public" {
            database.psql(&format!("CREATE SCHEMA {schema}"));
        }
        let encoded = schema.replace('"', "%22").replace(' ', "%5C%20");
        from_public.env("DATABASE_URL", leading_to(&database, &encoded));
        from_public.run(["up"]).ok();
        assert_eq!(dumped(&database, schema), dumped(&plain, "public"), "{schema}");
        database.psql(&format!("UPDATE {schema}.schema_migrations SET fingerprint = NULL"));
        from_public.run(["diff"]).ok().stdout_has("no drift");
        database.psql(&format!("ALTER TABLE {schema}.orders ADD COLUMN note text"));
        from_public
            .run(["diff", "--sql"])
            .code(3)
            .stdout_has("1 difference")
            .stdout_has("ALTER TABLE orders DROP COLUMN note;");
        database.psql(&format!("ALTER TABLE {schema}.orders DROP COLUMN note"));
        from_public.run(["down", "--accept-data-loss"]).ok();
        assert_eq!(dumped(&database, schema).lines().filter(|line| line.starts_with("CREATE")).count(), 0);
    }
}

#[test]
fn names_keep_their_schema_where_they_need_it() {
    // Several schemas.
    let database = postgres::database(postgres::version());
    let project = at(&database.url());
    database.psql("CREATE TABLE orders (id int); CREATE SCHEMA stock; CREATE TABLE stock.orders (id int)");
    project.run(["diff"]).code(3).stdout_has("CREATE TABLE public.orders").stdout_has("CREATE TABLE stock.orders");
    // The same schemas, and all that differs lies in one.
    project.run(["diff", "--new", "base"]).ok();
    project.run(["repair", "--mark-applied", "1", "--yes"]).ok();
    database.psql("CREATE VIEW both_sides AS SELECT a.id FROM public.orders a JOIN stock.orders b USING (id)");
    project.run(["diff"]).code(3).stdout_has("CREATE VIEW public.both_sides").stdout_has("FROM (public.orders");
    // A name that means another thing without its schema.
    let database = postgres::database(postgres::version());
    let project = at(&database.url());
    database.psql(
        "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'; \
         CREATE TABLE names (name text); CREATE INDEX by_name ON names (public.lower(name));",
    );
    project.run(["diff", "--new", "base"]).ok().stdout_has("ON public.names USING btree (public.lower(name))");
    project.run(["repair", "--mark-applied", "1", "--yes"]).ok();
    project.run(["diff"]).ok();
    // A team that names the schema.
    let database = postgres::database(postgres::version());
    let project = at(&database.url());
    project.file("migrations/postgres/V0001__orders.sql", "CREATE TABLE public.orders (id int);");
    project.run(["up"]).ok();
    database.psql("ALTER TABLE orders ADD note text");
    project.run(["diff"]).code(3).stdout_has("ALTER TABLE public.orders ADD COLUMN note text;");
}

#[test]
fn a_schema_of_the_roles_own_is_no_drift() {
    let version = postgres::version();
    let database = postgres::database(version);
    let [role, reader] = ["home_own", "home_reader"];
    postgres::roles(version, &[role, reader]);
    database.psql(&format!("CREATE SCHEMA {role} AUTHORIZATION {role}; ALTER ROLE {role} LOGIN NOCREATEDB"));
    let project = at(&database.url_as(role));
    project.file("migrations/postgres/V0001__orders.sql", "CREATE TABLE orders (id int, note text);");
    project.run(["up"]).ok();
    project.run(["diff"]).ok();
    let scratch = postgres::shared(version).url();
    project.config(&format!("[postgres]\nurl = \"${{DATABASE_URL}}\"\nscratch_url = \"{scratch}\"\n"));
    database.psql(&format!("UPDATE {role}.schema_migrations SET fingerprint = NULL"));
    project.run(["diff"]).ok().stdout_has("no drift");
    project.run(["repair", "--fingerprint"]).ok();
    database.psql(&format!("ALTER TABLE {role}.orders ADD COLUMN more int"));
    project
        .run(["diff", "--sql"])
        .code(3)
        .stdout_has("1 difference")
        .stdout_has("ALTER TABLE orders ADD COLUMN more integer;")
        .lacks("DROP SCHEMA")
        .lacks("DROP TABLE");
    // What others may do in it is compared; whose it is, and what they may do, is not.
    database.psql(&format!("ALTER TABLE {role}.orders DROP COLUMN more; GRANT USAGE ON SCHEMA {role} TO {reader}"));
    project.run(["diff"]).code(3).stdout_has(&format!("schema {role} differs in grants"));
    database.psql(&format!(
        "REVOKE USAGE ON SCHEMA {role} FROM {reader}; ALTER SCHEMA {role} OWNER TO {reader}; GRANT ALL ON SCHEMA {role} TO {role}"
    ));
    project.run(["diff"]).ok().stdout_has("no drift");
}

#[test]
fn a_schema_that_the_search_path_names_is_there_for_a_proof() {
    let database = postgres::database(postgres::version());
    let url = leading_to(&database, "app");
    let project = at(&url);
    project.file("migrations/postgres/V0001__orders.sql", "CREATE TABLE orders (id int);");
    project.run(["generate"]).ok().stdout_has("the down is written");
    assert!(project.read("migrations/postgres/V0001__orders.down.sql").contains("DROP TABLE orders;"));
    project.run(["check", "--prove"]).ok();
    // A migration makes it.
    for makes in [
        "CREATE SCHEMA app;",
        "DO $$ BEGIN EXECUTE 'CREATE SCHEMA ' || 'app'; END $$;",
        "CREATE SCHEMA IF NOT EXISTS app;",
    ] {
        let database = postgres::database(postgres::version());
        let project = at(&leading_to(&database, "app,public"));
        project.file("migrations/postgres/V0001__orders.sql", format!("{makes}\nCREATE TABLE orders (id int);"));
        project.run(["generate"]).ok();
        project.run(["up"]).ok();
        database.psql("UPDATE public.schema_migrations SET fingerprint = NULL");
        project.run(["diff"]).ok().stdout_has("no drift");
    }
}
