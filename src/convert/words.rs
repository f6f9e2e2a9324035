//! UUIDs, booleans and the words that programs write for NULL.

use super::options::ConvertOptions;
use super::reason::Reason;
use super::way::{Way, Ways};

/// The UUID that a text is. PostgreSQL takes hyphens after any four digits, and braces (PostgreSQL 15, 8.12).
pub(super) fn uuid(text: &str, mut ways: Ways, options: &ConvertOptions) -> Result<([u8; 16], Ways), Reason> {
    let plain = match text.strip_prefix("urn:uuid:") {
        Some(rest) if options.uuid_urn => {
            ways.add(Way::Uuid);
            rest
        }
        Some(rest) if digits(rest).is_some() => return Err(Reason::UuidUrn),
        _ => text,
    };
    if let Some((bytes, form)) = digits(plain) {
        return Ok((bytes, ways.join(form)));
    }
    // What stands for no id gets none made of it.
    let namespace = options.uuid5.filter(|_| !is_nothing(text)).ok_or(Reason::NotUuid)?;
    ways.add(Way::Uuid5);
    let namespace = uuid::Uuid::from_bytes(namespace);
    Ok((uuid::Uuid::new_v5(&namespace, text.as_bytes()).into_bytes(), ways))
}

/// The sixteen bytes, and by which forms they were written.
fn digits(text: &str) -> Option<([u8; 16], Ways)> {
    let mut ways = Ways::NONE;
    let inner = match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) => {
            ways.add(Way::UuidBraces);
            inner
        }
        None => text,
    };
    let mut bytes = [0u8; 16];
    let mut count = 0;
    let mut hyphens = Vec::with_capacity(4);
    for letter in inner.bytes() {
        if letter == b'-' {
            if count == 0 || count % 4 != 0 || count == 32 || hyphens.last() == Some(&count) {
                return None;
            }
            hyphens.push(count);
            continue;
        }
        let digit = u8::try_from(char::from(letter).to_digit(16)?).ok()?;
        if letter.is_ascii_uppercase() {
            ways.add(Way::UuidCase);
        }
        *bytes.get_mut(count / 2)? |= if count % 2 == 0 { digit << 4 } else { digit };
        count += 1;
    }
    if hyphens != [8, 12, 16, 20] {
        ways.add(Way::UuidHyphens);
    }
    (count == 32).then_some((bytes, ways))
}

/// Whether a text is a word for true or false: PostgreSQL's own, also shortened, in any case (PostgreSQL 15, 8.6).
pub(super) fn boolean(text: &str) -> Option<bool> {
    let is_start_of = |word: &str| word.len() >= text.len() && word[..text.len()].eq_ignore_ascii_case(text);
    if text.is_empty() || !text.is_ascii() {
        return None;
    }
    if text == "1" || is_start_of("true") || is_start_of("yes") || text.eq_ignore_ascii_case("on") {
        return Some(true);
    }
    let is_off = text.len() >= 2 && is_start_of("off");
    (text == "0" || is_start_of("false") || is_start_of("no") || is_off).then_some(false)
}

/// Whether a text is empty, or a word that programs write for NULL.
pub(super) fn is_nothing(text: &str) -> bool {
    const NULL_WORDS: [&str; 8] = ["none", "null", "nil", "nan", "n/a", "na", "undefined", "<null>"];
    text.trim().is_empty() || NULL_WORDS.iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

/// What else than a value of the type a text may be: nothing, a word for NULL, or a value with blanks around it.
pub(super) fn perhaps(text: &str, otherwise: Reason, is_value: impl Fn(&str) -> bool) -> Reason {
    if text.is_empty() {
        return Reason::Empty;
    }
    if is_nothing(text) {
        return Reason::NullWord(text.to_owned());
    }
    let trimmed = text.trim();
    if trimmed != text && is_value(trimmed) {
        return Reason::BlanksAround;
    }
    otherwise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_read_as_postgresql_reads_them() {
        let read = |text: &str| digits(text).map(|(_, ways)| ways.iter().collect::<Vec<_>>());
        assert_eq!(read("11111111-1111-4111-8111-111111111111"), Some(vec![]));
        assert_eq!(read("A1B2C3D4-1111-4111-8111-ABCDEFABCDEF"), Some(vec![Way::UuidCase]));
        assert_eq!(read("11111111111141118111111111111111"), Some(vec![Way::UuidHyphens]));
        assert_eq!(read("{11111111-1111-4111-8111-111111111111}"), Some(vec![Way::UuidBraces]));
        assert_eq!(read("1111-1111-1111-4111-8111-1111-1111-1111"), Some(vec![Way::UuidHyphens]));
        for wrong in [
            "",
            "7",
            "{11111111-1111-4111-8111-111111111111",
            "111-11111-1111-4111-8111-111111111111",
            "11111111--1111-4111-8111-111111111111",
            "11111111-1111-4111-8111-111111111111-",
            "-11111111111141118111111111111111",
            "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz",
            "11111111-1111-4111-8111-1111111111112",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_id_that_is_no_uuid_becomes_the_same_one_everywhere() {
        let namespace = *uuid::Uuid::NAMESPACE_DNS.as_bytes();
        let options = ConvertOptions { uuid5: Some(namespace), ..ConvertOptions::default() };
        // Python: uuid.uuid5(uuid.NAMESPACE_DNS, 'python.org')
        let (bytes, ways) = uuid("python.org", Ways::NONE, &options).unwrap();
        assert_eq!(uuid::Uuid::from_bytes(bytes).to_string(), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
        assert!(ways.has(Way::Uuid5));
    }

    #[test]
    fn words_for_true_and_false_are_those_of_postgresql() {
        for text in ["t", "TR", "true", "True", "y", "ye", "yes", "on", "ON", "1"] {
            assert_eq!(boolean(text), Some(true), "{text}");
        }
        for text in ["f", "fals", "FALSE", "n", "no", "of", "off", "0"] {
            assert_eq!(boolean(text), Some(false), "{text}");
        }
        for text in ["", "o", "2", "truee", "ja", "01", " t", "ö"] {
            assert_eq!(boolean(text), None, "{text}");
        }
    }
}
