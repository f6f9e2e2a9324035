//! Strings of bits.

use std::fmt;

use super::reason::Reason;

/// The bits of a value of bit(n) or varbit(n).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BitString {
    pub(crate) length: u32,
    /// Eight bits each, the first one highest. What the last one has behind the end is zero.
    pub(crate) bytes: Vec<u8>,
}

impl BitString {
    /// Reads digits of two, or of sixteen behind an `x`, as the server does (PostgreSQL 15, `bit_in`).
    pub(super) fn parse(text: &str) -> Result<Self, Reason> {
        let (digits, width) = match text.as_bytes().first() {
            Some(b'x' | b'X') => (&text[1..], 4),
            Some(b'b' | b'B') => (&text[1..], 1),
            _ => (text, 1),
        };
        let length = u32::try_from(digits.len()).ok().and_then(|count| count.checked_mul(width));
        let length = length.filter(|length| i32::try_from(*length).is_ok()).ok_or(Reason::OutOfRange)?;
        let mut bits = Self { length, bytes: vec![0; digits.len().div_ceil(if width == 4 { 2 } else { 8 })] };
        for (at, letter) in digits.chars().enumerate() {
            let digit =
                letter.to_digit(1 << width).and_then(|digit| u8::try_from(digit).ok()).ok_or(Reason::NotBits)?;
            let (byte, shift) = if width == 4 { (at / 2, 4 - at % 2 * 4) } else { (at / 8, 7 - at % 8) };
            bits.bytes[byte] |= digit << shift;
        }
        Ok(bits)
    }

    /// Where it has as many bits as a column keeps: all of these, or at most so many.
    pub(super) fn within(self, fixed: Option<u32>, most: Option<u32>) -> Result<Self, Reason> {
        match (fixed, most) {
            (Some(wanted), _) if self.length != wanted => Err(Reason::BitLength { found: self.length, wanted }),
            (_, Some(limit)) if self.length > limit => Err(Reason::TooManyBits { found: self.length, limit }),
            _ => Ok(self),
        }
    }
}

impl fmt::Display for BitString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.length).try_for_each(|at| {
            let byte = usize::try_from(at / 8).ok().and_then(|at| self.bytes.get(at)).ok_or(fmt::Error)?;
            f.write_str(if byte >> (7 - at % 8) & 1 == 1 { "1" } else { "0" })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_digit_by_digit() {
        let read = |text: &str| BitString::parse(text).map(|bits| bits.to_string());
        for (text, shown) in [
            ("", ""),
            ("101", "101"),
            ("B0110", "0110"),
            ("b1", "1"),
            ("x1F", "00011111"),
            ("Xa", "1010"),
            ("000000001", "000000001"),
            ("x", ""),
        ] {
            assert_eq!(read(text).as_deref(), Ok(shown), "{text}");
        }
        assert_eq!(BitString::parse("000000001").unwrap().bytes, [0, 0x80]);
        assert_eq!(BitString::parse("x123").unwrap().bytes, [0x12, 0x30]);
        for wrong in ["2", "1 0", "0b1", "0x1", "xg", "1,0", "é"] {
            assert_eq!(read(wrong), Err(Reason::NotBits), "{wrong}");
        }
        let bits = || BitString::parse("101").unwrap();
        assert_eq!(bits().within(Some(4), None), Err(Reason::BitLength { found: 3, wanted: 4 }));
        assert_eq!(bits().within(None, Some(2)), Err(Reason::TooManyBits { found: 3, limit: 2 }));
        assert!(
            bits().within(Some(3), None).is_ok()
                && bits().within(None, Some(3)).is_ok()
                && bits().within(None, None).is_ok()
        );
    }
}
