/// What in the library does what a command line does, in words; none where only the command can.
pub(super) fn function(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [command @ ("up" | "down" | "plan" | "status")] => Some(format!("`{command}`")),
        ["undo", "list"] => Some("`kept`".to_owned()),
        ["adopt"] => Some("`up` with `Options::take_over`".to_owned()),
        ["down", "--steps", steps] => Some(format!("`down` with `Back::Steps({steps})`")),
        ["down", "--to", "0"] => Some("`down` with `Back::Empty`".to_owned()),
        ["down", "--to", version] => Some(format!("`down` with `Back::To({version})`")),
        ["repair", flags @ ..] if !flags.is_empty() => requests(flags),
        _ => None,
    }
}

fn requests(mut flags: &[&str]) -> Option<String> {
    let mut requests = Vec::new();
    while let Some((flag, rest)) = flags.split_first() {
        let (request, rest) = match (*flag, rest) {
            ("--checksums", rest) => ("Checksums".to_owned(), rest),
            ("--downs", rest) => ("Downs".to_owned(), rest),
            ("--checksum", [version, rest @ ..]) => (format!("Checksum({version})"), rest),
            ("--forget", [version, rest @ ..]) => (format!("Forget({version})"), rest),
            ("--mark-applied", [version, rest @ ..]) => (format!("MarkApplied({version})"), rest),
            ("--baseline", [version, rest @ ..]) => (format!("Baseline({version})"), rest),
            _ => return None,
        };
        requests.push(format!("`RepairRequest::{request}`"));
        flags = rest;
    }
    Some(format!("`repair` with {}", requests.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_has_no_function_for_is_not_named() {
        let named = |line| function(line).unwrap_or_default();
        assert_eq!(named("up"), "`up`");
        assert_eq!(named("down --to 1"), "`down` with `Back::To(1)`");
        assert_eq!(
            named("repair --forget 3 --mark-applied 4"),
            "`repair` with `RepairRequest::Forget(3)` and `RepairRequest::MarkApplied(4)`"
        );
        for line in ["repair", "repair --fingerprint", "repair --forget", "generate", "up --order any", "diff --new X"]
        {
            assert_eq!(function(line), None, "{line}");
        }
    }
}
