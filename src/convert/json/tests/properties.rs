//! What holds for any text.

use proptest::prelude::*;

use super::super::canonical;
use super::super::lenient::{WrittenAs, mend};
use super::super::rules::{CharRepair, Keep, Replacement};
use super::super::strict::check;
use super::*;

/// Texts of pieces that mean something in one of the notations.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        ":",
        "\"",
        "'",
        "\"a\"",
        "'b'",
        "\"a\":",
        "a:",
        "1",
        "-",
        "0x1f",
        ".5",
        "1e5",
        "1e999999",
        "nan",
        "NaN",
        "Infinity",
        "-inf",
        "None",
        "true",
        "null",
        " ",
        "\n",
        "\\",
        "\\u0000",
        "\\ud800",
        "\\udc00",
        "\\x41",
        "//",
        "/*",
        "*/",
        "\u{feff}",
        "u'",
        "b'",
        "é",
        "\0",
        "\t",
        "{\"a\":1,\"a\":",
        "[1,",
        ",]",
        "\"\\\"",
        "\"[1]\"",
        "+",
        "x",
    ]);
    prop_oneof![prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()), any::<String>()]
}

fn rules() -> impl Strategy<Value = JsonRules> {
    (any::<[bool; 5]>(), any::<[Option<bool>; 3]>()).prop_map(
        |([python, json5, surrogates, unwrap, bom], [nan, duplicates, nul])| JsonRules {
            python,
            json5,
            nan: nan.map(|null| if null { Replacement::Null } else { Replacement::String }),
            duplicates: duplicates.map(|first| if first { Keep::First } else { Keep::Last }),
            nul: nul.map(|strip| if strip { CharRepair::Strip } else { CharRepair::Replace }),
            surrogates,
            unwrap,
            bom,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What comes out is right without a rule, and a right text comes out as it is.
    #[test]
    fn what_is_read_is_right(text in texts(), rules in rules()) {
        for target in [JsonTarget::Json, JsonTarget::Jsonb] {
            match read(&text, target, &rules) {
                Ok(found) => {
                    let again = read(&found.text, target, &none());
                    prop_assert_eq!(again.map(|again| again.kind).ok(), Some(found.kind));
                    prop_assert_eq!(found.repairs.is_empty(), found.text == text && read(&text, target, &none()).is_ok());
                    let form = canonical(&found.text);
                    prop_assert_eq!(canonical(&form), form);
                }
                Err(fault) => {
                    prop_assert!(text.is_char_boundary(fault.at) && fault.path.starts_with('$'));
                    prop_assert!(read(&text, target, &none()).is_err() || rules.unwrap);
                }
            }
        }
    }

    /// Without a rule, the reading that repairs finds what the strict one finds.
    #[test]
    fn both_readings_agree(text in texts()) {
        for target in [JsonTarget::Json, JsonTarget::Jsonb] {
            let strict = check(&text, target).map_err(|flaw| (flaw.kind, flaw.at, flaw.path));
            let mended = mend(&text, WrittenAs::Json, target, &none());
            let mended = mended.map_err(|flaw| (flaw.kind, flaw.at, flaw.path));
            prop_assert_eq!(&strict, &mended.as_ref().map(|mended| mended.kind).map_err(Clone::clone));
            if let Ok(mended) = mended {
                prop_assert_eq!(mended.text, text.clone());
            }
        }
    }
}
