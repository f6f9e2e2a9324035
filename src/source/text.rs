//! From the bytes of a file to its text.

use crate::error::{Code, Error, Place, Result};

const BOM: &str = "\u{feff}";

/// Reads the bytes of the file at `path` as text, its BOM removed and everything else kept.
pub(super) fn decode(path: &str, bytes: Vec<u8>) -> Result<String> {
    let mut text = String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))?;
    if let Some(at) = text.find('\0') {
        return Err(nul(path, &text, at));
    }
    if text.starts_with(BOM) {
        text.drain(..BOM.len());
    }
    Ok(text)
}

fn not_utf8(path: &str, error: &std::string::FromUtf8Error) -> Error {
    let bytes = error.as_bytes();
    let at = error.utf8_error().valid_up_to();
    let line = bytes[..at].split(|byte| *byte == b'\n').count();
    let error = Error::new(Code::Encoding, format!("{path} is not UTF-8: byte {at}, in line {line}"));
    let (place, guess) = match wide_encoding(bytes) {
        // The lines of such a file are not readable as they stand.
        Some(wide) => (Place::whole(path), wide),
        // Up to the bad byte, the lossy text has the same offsets.
        None => (Place::new(path, &String::from_utf8_lossy(bytes), at..at + 1), "Latin-1 or Windows-1252"),
    };
    error.with_place(place).with_hint(format!("the file is probably {guess}: save it again as UTF-8"))
}

fn nul(path: &str, text: &str, at: usize) -> Error {
    let line = text[..at].matches('\n').count() + 1;
    let error = Error::new(Code::Encoding, format!("{path} holds a NUL byte: byte {at}, in line {line}"));
    match wide_encoding(text.as_bytes()) {
        Some(wide) => error
            .with_place(Place::whole(path))
            .with_hint(format!("the file is probably {wide}: save it again as UTF-8")),
        None => error
            .with_place(Place::new(path, text, at..at + 1))
            .with_hint("no database takes a NUL in SQL text; write it as the database's escape, or remove it"),
    }
}

/// The encoding of more than a byte per character that a file is in, by its BOM or by where its NULs stand.
fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] => Some("UTF-16 (little endian)"),
        [0xfe, 0xff, ..] => Some("UTF-16 (big endian)"),
        _ => nul_columns(&bytes[..bytes.len().min(1024)]),
    }
}

/// ASCII in UTF-16 has a NUL in every second byte.
fn nul_columns(start: &[u8]) -> Option<&'static str> {
    let nuls = |parity: usize| start.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let most = start.len() / 2 * 3 / 4;
    match (nuls(0), nuls(1)) {
        (0, odd) if odd > most => Some("UTF-16 (little endian)"),
        (even, 0) if even > most => Some("UTF-16 (big endian)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_everything_but_the_bom() {
        assert_eq!(decode("f", b"\xef\xbb\xbfa\r\nb\rc\n".to_vec()).unwrap(), "a\r\nb\rc\n");
        assert_eq!(decode("f", b"a\xef\xbb\xbf".to_vec()).unwrap(), "a\u{feff}");
        assert_eq!(decode("f", Vec::new()).unwrap(), "");
    }

    #[test]
    fn says_where_and_which_encoding() {
        let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> { "SELECT 1;\n".encode_utf16().flat_map(order).collect() };
        let with_bom: Vec<u8> = "\u{feff}é".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, place, message, guess) in [
            (b"a\nb 'M\xfcller'".to_vec(), "f:2:5", "byte 6, in line 2", "Windows-1252"),
            (with_bom, "f", "byte 0, in line 1", "UTF-16 (little endian)"),
            (b"\xfe\xff\x00a".to_vec(), "f", "byte 0, in line 1", "UTF-16 (big endian)"),
            (b"\xff\xfe\x00\x00a\x00\x00\x00".to_vec(), "f", "byte 0, in line 1", "UTF-32"),
            (utf16(u16::to_le_bytes), "f", "byte 1, in line 1", "UTF-16 (little endian)"),
            (utf16(u16::to_be_bytes), "f", "byte 0, in line 1", "UTF-16 (big endian)"),
            (b"a\n\nb\0c".to_vec(), "f:3:2", "byte 4, in line 3", "escape"),
        ] {
            let error = decode("f", bytes).unwrap_err();
            assert_eq!(error.code(), Code::Encoding);
            assert_eq!(error.place().unwrap().to_string(), place);
            assert!(error.to_string().ends_with(message), "{error}");
            assert!(error.hints()[0].to_string().contains(guess), "{:?}", error.hints());
        }
    }
}
