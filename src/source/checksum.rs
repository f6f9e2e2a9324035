use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::hex::Hex;

/// The SHA-256 of a script, over its text with a BOM removed and every line end (CRLF, CR) as LF.
///
/// ```
/// let unix = schemactl::Checksum::of("SELECT 1;\n");
/// let windows = schemactl::Checksum::of("\u{feff}SELECT 1;\r\n");
/// assert_eq!(unix, windows);
/// assert!(unix.to_string().starts_with("sha256:"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// Hashes a script. The text is not copied.
    pub fn of(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut hash = Sha256::new();

        let mut after_cr = false;
        for piece in text.split_inclusive('\r') {
            let mut piece = piece.as_bytes();
            if after_cr {
                hash.update(b"\n");
                piece = piece.strip_prefix(b"\n").unwrap_or(piece);
            }
            after_cr = piece.last() == Some(&b'\r');
            hash.update(piece.strip_suffix(b"\r").unwrap_or(piece));
        }
        if after_cr {
            hash.update(b"\n");
        }
        Self(hash.finalize().into())
    }

    /// Wraps a digest that the build script computed.
    #[doc(hidden)]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the digest.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", Hex(&self.0))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a checksum that this version can compute.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownChecksum;

impl fmt::Display for UnknownChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a checksum of the form sha256:<64 hex digits>")
    }
}

impl std::error::Error for UnknownChecksum {}

impl FromStr for Checksum {
    type Err = UnknownChecksum;

    fn from_str(text: &str) -> Result<Self, UnknownChecksum> {
        let hex =
            text.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.is_ascii()).ok_or(UnknownChecksum)?;
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&hex[at..at + 2], 16).map_err(|_| UnknownChecksum)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r11_line_ends_and_bom_do_not_count() {
        let lf = Checksum::of("a\n\nb\nc");
        for same in ["a\r\n\r\nb\r\nc", "a\r\rb\rc", "\u{feff}a\n\r\nb\rc", "a\r\n\nb\nc"] {
            assert_eq!(Checksum::of(same), lf, "{same:?}");
        }
        assert_eq!(Checksum::of("a\r"), Checksum::of("a\n"));
        assert_ne!(Checksum::of("a\nb\nc"), lf);
        assert_ne!(Checksum::of("a"), Checksum::of("a\n"));
    }

    #[test]
    fn r12_golden_value() {
        // The digest of the empty text and of "abc", from FIPS 180-4's examples.
        assert_eq!(
            Checksum::of("abc").to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(Checksum::of("abc").to_string().parse(), Ok(Checksum::of("abc")));
        assert_eq!("md5:00".parse::<Checksum>(), Err(UnknownChecksum));
    }
}
