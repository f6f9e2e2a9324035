//! Embedding, seen from an application: a real package that cargo builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BUILD: &str = "fn main() { schemactl::build::embed(\"migrations/sqlite\"); }\n";
/// Prints one line for each migration.
const MAIN: &str = r#"
static MIGRATIONS: schemactl::Migrations = schemactl::embed!("migrations/sqlite");

fn main() {
    for m in &MIGRATIONS {
        assert_eq!(m.up().checksum(), schemactl::Checksum::of(m.up().text()));
        let phase = m.phase().map_or(String::new(), |phase| format!(" {phase}"));
        let down = m.down().map_or(String::new(), |down| format!(" | {}", down.text()));
        println!("{m}{phase} {} {:?}{down}", m.up().path(), m.up().text());
    }
}
"#;

struct Application {
    folder: PathBuf,
}

impl Application {
    /// Makes the package. Its folder is the same in every run, so that cargo compiles the dependencies only once.
    fn new(name: &str, build: Option<&str>, main: &str) -> Self {
        let folder = target().join("packages").join(name);
        let _ = fs::remove_dir_all(&folder);
        let application = Self { folder };
        let crate_folder = env!("CARGO_MANIFEST_DIR");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
             [dependencies]\nschemactl = {{ path = {crate_folder:?}, default-features = false }}\n\
             [build-dependencies]\nschemactl = {{ path = {crate_folder:?}, default-features = false }}\n"
        );
        application.write("Cargo.toml", &manifest);
        // The versions that were tested, which are also the ones that are surely at hand without a network.
        application.write("Cargo.lock", include_str!("../../Cargo.lock"));
        application.write("src/main.rs", main);
        if let Some(build) = build {
            application.write("build.rs", build);
        }
        application
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }

    fn cargo(&self, command: &str) -> Output {
        Command::new(env!("CARGO"))
            .args([command, "--quiet", "--offline"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo starts")
    }

    fn lines(&self) -> Vec<String> {
        let output = self.cargo("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    fn failure(&self) -> String {
        let output = self.cargo("build");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("embed")
}

#[test]
fn the_binary_holds_what_the_folder_holds_now() {
    let application = Application::new("embed-follows", Some(BUILD), MAIN);
    application.write("migrations/sqlite/V1__first.sql", "\u{feff}SELECT 1;\r\n");
    let first = r#"1 first migrations/sqlite/V1__first.sql "SELECT 1;\r\n""#;
    assert_eq!(application.lines(), [first]);

    application.write("migrations/sqlite/2_more/V2__it's_\u{fc}.sql", "SELECT '\"\\';");
    let second = "2 it's_\u{fc} 2_more migrations/sqlite/2_more/V2__it's_\u{fc}.sql \"SELECT '\\\"\\\\';\"";
    assert_eq!(application.lines(), [first, second], "a file was added, in a new folder");

    application.write("migrations/sqlite/2_more/V2__it's_\u{fc}.down.sql", "SELECT -2;");
    let with_down = format!("{second} | SELECT -2;");
    assert_eq!(application.lines(), [first, &with_down], "a file was added to a folder");

    application.write("migrations/sqlite/V1__first.sql", "SELECT 11;");
    let edited = r#"1 first migrations/sqlite/V1__first.sql "SELECT 11;""#;
    assert_eq!(application.lines(), [edited, &with_down], "a file was edited");

    fs::remove_dir_all(application.folder.join("migrations/sqlite/2_more")).unwrap();
    assert_eq!(application.lines(), [edited], "files were removed");

    fs::remove_file(application.folder.join("migrations/sqlite/V1__first.sql")).unwrap();
    assert!(application.lines().is_empty(), "the last file was removed");
}

#[test]
fn r13_a_wrong_folder_fails_the_build_with_the_report() {
    let application = Application::new("embed-wrong", Some(BUILD), MAIN);
    let missing = application.failure();
    assert!(missing.contains("error[E0301]: migrations/sqlite: there is no such folder of migrations"), "{missing}");
    let here = application.folder.display();
    assert!(
        missing.contains(&format!("hint: make the folder, or name another: a path like this one begins in {here}")),
        "{missing}"
    );

    application.write("migrations/sqlite/V1_first.sql", "SELECT 1;");
    let wrong = application.failure();
    assert!(wrong.contains("error[E0303]: migrations/sqlite/V1_first.sql: two underscores"), "{wrong}");
    assert!(wrong.contains("hint: did you mean `V1__first.sql`?"), "{wrong}");

    fs::remove_file(application.folder.join("migrations/sqlite/V1_first.sql")).unwrap();
    assert!(application.lines().is_empty(), "the error was taken away");
}

#[test]
fn without_a_build_script_the_compiler_says_what_to_add() {
    let application = Application::new("embed-missing", None, MAIN);
    let advice = application.failure();
    assert!(advice.contains("build.rs must call `schemactl::build::embed(\"migrations/sqlite\")`"), "{advice}");
    assert!(advice.contains("schemactl = { version = \"0.1\", default-features = false }"), "{advice}");
}

#[test]
fn several_folders_under_another_name_of_the_crate() {
    let build =
        "fn main() { for folder in [\"../embed-shared\", \"a/b\", \"a_b\"] { renamed::build::embed(folder); } }";
    let main = r#"
        const SHARED: renamed::Migrations = renamed::embed!("../embed-shared");
        fn main() {
            let local = [renamed::embed!("a/b"), renamed::embed!("a_b")];
            for m in SHARED.iter().chain(local.iter().flatten()) { println!("{m}: {}", m.up().text()); }
        }"#;
    let application = Application::new("embed-several", Some(build), main);
    let manifest = fs::read_to_string(application.folder.join("Cargo.toml")).unwrap();
    application
        .write("Cargo.toml", &manifest.replace("schemactl = { path", "renamed = { package = \"schemactl\", path"));
    application.write("../embed-shared/V1__shared.sql", "SELECT 1;");
    application.write("a/b/V1__slash.sql", "SELECT 2;");
    application.write("a_b/V1__line.sql", "SELECT 3;");
    assert_eq!(application.lines(), ["1 shared: SELECT 1;", "1 slash: SELECT 2;", "1 line: SELECT 3;"]);
}
