//! `${NAME}` in the values of schema.toml.

/// Why a value cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unexpanded<E> {
    /// The variable is not set.
    Missing { name: String },
    /// `${` is not followed by a name and `}`.
    Malformed,
    /// The variable could not be looked up.
    Lookup(E),
}

/// Replaces each `${NAME}` by what `lookup` returns; `$${` stands for `${`, and a `$` elsewhere for itself.
pub(crate) fn expand<E>(
    text: &str,
    mut lookup: impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<String, Unexpanded<E>> {
    let mut expanded = String::new();
    let mut at = 0;
    while let Some(dollar) = text[at..].find("${").map(|length| at + length) {
        if text[at..dollar].ends_with('$') {
            expanded.push_str(&text[at..dollar - 1]);
            expanded.push_str("${");
            at = dollar + 2;
            continue;
        }
        expanded.push_str(&text[at..dollar]);
        let rest = &text[dollar + 2..];
        let length = rest.find('}').filter(|length| is_name(&rest[..*length]));
        let length = length.ok_or(Unexpanded::Malformed)?;
        let name = &rest[..length];
        at = dollar + 2 + length + 1;
        match lookup(name).map_err(Unexpanded::Lookup)? {
            Some(value) => expanded.push_str(&value),
            None => return Err(Unexpanded::Missing { name: name.to_owned() }),
        }
    }
    expanded.push_str(&text[at..]);
    Ok(expanded)
}

/// The variables that a text names, in order.
pub(crate) fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    // What is malformed has been told of by whoever expanded it.
    let _ = expand::<()>(text, |name| {
        names.push(name.to_owned());
        Ok(Some(String::new()))
    });
    names
}

pub(crate) fn is_name(name: &str) -> bool {
    let word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    word && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Result<Option<String>, ()> {
        match name {
            "A" => Ok(Some("a".into())),
            "LOOP" => Ok(Some("${A}".into())),
            "BROKEN" => Err(()),
            _ => Ok(None),
        }
    }

    #[test]
    fn replaces_variables_once() {
        for (text, expanded) in [
            ("", ""),
            ("${A}", "a"),
            ("x${A}y${A}", "xaya"),
            ("${LOOP}", "${A}"),
            ("$A $ $$ {A}", "$A $ $$ {A}"),
            ("$${A}", "${A}"),
            ("$$${A}", "$${A}"),
            ("é${A}é", "éaé"),
        ] {
            assert_eq!(expand(text, lookup), Ok(expanded.into()), "{text}");
        }
    }

    #[test]
    fn names_are_those_that_are_replaced() {
        assert_eq!(names("${A}:$${B}/${C}"), ["A", "C"]);
        assert_eq!(names("sqlite:app.db"), [""; 0]);
    }

    #[test]
    fn says_what_is_missing() {
        assert_eq!(expand("x${NO}", lookup), Err(Unexpanded::Missing { name: "NO".into() }));
        assert_eq!(expand("${BROKEN}", lookup), Err(Unexpanded::Lookup(())));
        for text in ["${", "${}", "${A", "${A-b}", "${A:-x}", "${1A}", "${ A }"] {
            assert_eq!(expand(text, lookup), Err(Unexpanded::Malformed), "{text}");
        }
    }
}
