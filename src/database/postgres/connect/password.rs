use std::fmt;

use super::origin::ParameterOrigin;

/// A password, which is never shown, and where it came from, which is.
#[derive(Clone)]
pub(super) struct Password {
    bytes: Vec<u8>,
    origin: ParameterOrigin,
}

impl Password {
    pub(super) fn new(bytes: impl Into<Vec<u8>>, origin: ParameterOrigin) -> Self {
        Self { bytes: bytes.into(), origin }
    }

    /// The password itself, for the driver alone.
    pub(super) fn expose(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn origin(&self) -> &ParameterOrigin {
        &self.origin
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*** from {}", self.origin)
    }
}
