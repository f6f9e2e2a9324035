//! Several databases.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;

use super::printed;

/// Databases a, b and c, the second of which cannot be migrated.
fn three() -> Project {
    let project = project!();
    let section = |name: &str| format!("[database.{name}.sqlite]\nurl = \"sqlite:{name}.db\"\n");
    project.config(&["a", "b", "c"].map(section).concat());
    for name in ["a", "b", "c"] {
        let text = if name == "b" { "nonsense;\n" } else { "CREATE TABLE t (x);\n" };
        project.file(&format!("migrations/sqlite/{name}/V1__make.sql"), text);
    }
    project
}

#[test]
fn up_stops_at_the_first_that_fails() {
    let project = three();
    let output = project.run(["up"]);
    let stdout = "a (sqlite, a.db)\napplied 1 make (N ms)\n1 applied\nb (sqlite, b.db)\n";
    let stderr = "error[E0204]: b: migration 1 make failed at statement 1 of 1
  --> migrations/sqlite/b/V1__make.sql:1:1
   |
 1 | nonsense;
   | ^^^^^^^^
   = cause: near \"nonsense\": syntax error
   = state: rolled back; no migration of database \"FOLDER/b.db\" is applied

hint: correct the statement, then run `schemactl up` again; `schemactl plan` tries it without a trace
not begun: c
";
    printed(&project, output.code(1), stdout, stderr);
    let output = project.run(["up", "--json"]);
    output.code(1).stdout_has("\"not_begun\": [\n    \"c\"\n  ]").stdout_has("\"database\": \"b\"");
}

#[test]
fn one_can_be_named() {
    let project = three();
    printed(&project, project.run(["up", "-d", "c"]).ok(), "applied 1 make (N ms)\n1 applied\n", "");
    project.run(["up", "--database", "d"]).code(2).stderr_has("error[E0105]");
    project.run(["repair", "--forget", "1", "-y"]).code(2).stderr_has("name it with `--database`");
    project.run(["new", "more"]).code(2).stderr_has("name it with `--database`");
}

#[test]
fn status_shows_all_of_them() {
    let project = three();
    project.file("b.db", "this is no database, but it is long enough to be taken for one: it has some words");
    let output = project.run(["status", "--check"]);
    output.code(1).stdout_has("a (sqlite, a.db)\n").stdout_has("\n\nc (sqlite, c.db)\n");
    output.stderr_has("error[E0410]: a: a.db is not as the files say").stderr_has("error[E0505]: b: ");
}
