//! The documents say what the code does.

use schemactl::Code;

const ERRORS: &str = include_str!("../../docs/errors.md");

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
