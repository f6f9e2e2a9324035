//! What is read, refused and repaired.

mod canonical;
mod faults;
mod properties;
mod repairs;
mod server;
mod texts;

use super::{JsonFault, JsonFaultKind, JsonKind, JsonRules, JsonTarget, JsonText, read};

/// No rule.
fn none() -> JsonRules {
    JsonRules::default()
}

fn jsonb(text: &str) -> Result<JsonText<'_>, JsonFault> {
    read(text, JsonTarget::Jsonb, &none())
}

fn json(text: &str) -> Result<JsonText<'_>, JsonFault> {
    read(text, JsonTarget::Json, &none())
}

/// Why, where in the document and where in the text `jsonb` refuses without a rule.
fn fault(text: &str) -> (JsonFaultKind, String, usize) {
    let fault = jsonb(text).expect_err("it is refused");
    (fault.kind, fault.path, fault.at)
}

fn assert_fault(text: &str, kind: JsonFaultKind, path: &str, at: usize) {
    assert_eq!(fault(text), (kind, path.to_owned(), at), "{text}");
}

fn kind_of(text: &str) -> JsonKind {
    jsonb(text).expect("it is right").kind
}
