//! The documents say what the code does.

use schemactl::Code;

const ERRORS: &str = include_str!("../../docs/errors.md");
#[cfg(all(feature = "cli", feature = "sqlite"))]
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");

#[test]
fn every_code_is_explained_with_its_exit_code() {
    let rows: Vec<(&str, &str)> = ERRORS
        .lines()
        .filter_map(|line| line.strip_prefix("| E"))
        .filter_map(|row| Some((row.get(..4)?, row.split('|').nth(1)?.trim())))
        .collect();
    let expected: Vec<(String, String)> =
        Code::ALL.iter().map(|code| (code.as_str().to_owned(), code.kind().exit_code().to_string())).collect();
    let found: Vec<(String, String)> =
        rows.iter().map(|(code, exit)| (format!("E{code}"), (*exit).to_owned())).collect();
    assert_eq!(found, expected);
}

/// What an error lists after `start`, up to the end of its line.
#[cfg(all(feature = "cli", feature = "sqlite"))]
fn listed(output: &schemactl_test_support::cli::Output, start: &str) -> Vec<String> {
    let text = output.text();
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no `{start}` in {text}"));
    let names: Vec<String> = rest.lines().next().unwrap_or_default().split(", ").map(str::to_owned).collect();
    assert!(names.len() > 5, "{text}");
    names
}

#[cfg(all(feature = "cli", feature = "sqlite"))]
#[test]
fn every_key_and_every_directive_has_its_line() {
    const README: &str = include_str!("../../README.md");
    let project = schemactl_test_support::project!();
    project.file("migrations/sqlite/V1__a.sql", "-- schemactl: zzzzzz = 1\nCREATE TABLE a (x integer);\n");
    project.config("[sqlite]\nurl = 'sqlite:a.db'\nzzzzzz = 1\n");
    for key in listed(&project.run(["status"]), "hint: the keys in [sqlite] are ") {
        assert!(CONFIGURATION.contains(&format!("\n| `{key}` |")), "docs/configuration.md lacks {key}");
    }
    project.config("[sqlite]\nurl = 'sqlite:a.db'\n");
    for directive in listed(&project.run(["check"]), "hint: the directives are ") {
        assert!(README.contains(&format!("{directive} = ")), "README.md lacks {directive}");
    }
}

#[cfg(all(feature = "cli", feature = "sqlite"))]
#[test]
fn what_the_documents_show_of_what_is_kept_is_read() {
    let (_, section) = CONFIGURATION.split_once("\n## What an up keeps\n").expect("there is such a section");
    let (_, block) = section.split_once("```toml\n").expect("it has an example");
    let (block, _) = block.split_once("```").expect("it ends");
    let shown = block.replace("[sqlite]\n", "[sqlite]\nurl = 'sqlite:a.db'\n");
    let project = schemactl_test_support::project!();
    project.file("migrations/sqlite/V1__a.sql", "-- schemactl: undo = all\nCREATE TABLE a (x integer);\n");
    let is_read = |lines: &str| {
        project.config(&format!("{shown}{lines}"));
        project.run(["up"]).ok();
    };
    is_read("");
    is_read(
        "[postgres]\nurl = 'postgres://h/d'\nundo = 'none'\nundo_keep = 'forever'\nignore_undo = ['app.users.email']\n",
    );
    let default = |line: &str, other: &str| {
        assert!(shown.contains(line), "{line}");
        project.config(&shown.replace(line, other));
        project.run(["up"]).ok();
    };
    for undo in ["all", "none"] {
        default("undo = \"auto\"", &format!("undo = '{undo}'"));
    }
    for keep in ["0", "forever", "36500d", "90min", "36h", "5s"] {
        default("undo_keep = \"30d\"", &format!("undo_keep = '{keep}'"));
    }
    default("\"sessions\"", "'\"my table\".note'");
}

#[cfg(feature = "cli")]
#[test]
fn every_command_has_its_section() {
    const COMMANDS: &str = include_str!("../../docs/commands.md");
    const JSON: &str = include_str!("../../docs/json.md");
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_schemactl")).arg("--help").output();
    let help = String::from_utf8(help.expect("the command was built").stdout).expect("help is text");
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Of a line that is wrapped, the rest stands further in.
    let listed = listed.filter(|line| !line.starts_with("   "));
    let names: Vec<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 5, "{help}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(COMMANDS.contains(&format!("| [`{name}`]")), "docs/commands.md lacks {name}");
        let prints_json = !matches!(name, "completions");
        assert!(!prints_json || JSON.contains(&format!("## {name}")), "docs/json.md lacks {name}");
    }
}
