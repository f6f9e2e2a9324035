//! Messages of PostgreSQL's protocol: <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::io::{self, Read};

/// A message as it was sent.
pub(super) struct Message {
    /// Its type byte, and its length and content as they came.
    pub(super) bytes: Vec<u8>,
}

/// The first message of a connection has no type byte; its first number tells what it is.
pub(super) enum First {
    /// A connection begins.
    Startup(Vec<u8>),
    /// Another connection's query is to be cancelled.
    Cancel(Vec<u8>),
    /// Encryption is asked for: one byte is awaited, and then another first message comes.
    Encryption,
}

const CANCEL: u32 = 80_877_102;
const TLS: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
/// Longer than anything that a test sends: a length beyond it is no length.
const LONGEST: usize = 1 << 30;

impl Message {
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 5];
        from.read_exact(&mut head)?;
        let bytes = body(from, head.to_vec(), 1)?;
        Ok(Self { bytes })
    }

    pub(super) fn kind(&self) -> u8 {
        self.bytes[0]
    }

    /// The SQL of a query or parse message.
    pub(super) fn sql(&self) -> Option<String> {
        let mut strings = self.bytes[5..].split(|byte| *byte == 0);
        let text = match self.kind() {
            b'Q' => strings.next(),
            // The statement's name comes first.
            b'P' => strings.nth(1),
            _ => None,
        }?;
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

impl First {
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 8];
        from.read_exact(&mut head)?;
        let code = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let bytes = body(from, head.to_vec(), 0)?;
        Ok(match code {
            CANCEL => Self::Cancel(bytes),
            TLS | GSS => Self::Encryption,
            _ => Self::Startup(bytes),
        })
    }
}

/// Reads the rest of a message whose length stands at `at`, and counts itself.
fn body(from: &mut impl Read, mut bytes: Vec<u8>, at: usize) -> io::Result<Vec<u8>> {
    let length = u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
    let have = bytes.len();
    let total = at + length;
    if total < have || length > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes")));
    }
    bytes.resize(total, 0);
    from.read_exact(&mut bytes[have..])?;
    Ok(bytes)
}
