//! What a copy would cost, as text and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use indicatif::DecimalBytes;
use serde::Serialize;

use super::rows_text;
use crate::report::duration;
use crate::transfer::CopyEstimate;

/// What a copy would cost.
#[derive(Debug, Serialize)]
pub(super) struct EstimateView {
    /// Rows that have a place.
    rows: u64,
    /// Their bytes in the binary form of COPY.
    bytes: u64,
    /// Bytes on the target, indexes included; null where that is not known.
    size: Option<RangeView>,
    /// Milliseconds with one job; null where that is not known.
    duration_ms: Option<RangeView>,
    /// Why something is not known.
    unknown: Option<String>,
}

/// About how many.
#[derive(Debug, Serialize)]
struct RangeView {
    least: u64,
    most: u64,
}

impl EstimateView {
    pub(super) fn of(estimate: &CopyEstimate) -> Self {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let unknown = estimate.size.as_ref().err().or(estimate.time.as_ref().err());
        Self {
            rows: estimate.rows,
            bytes: estimate.bytes,
            size: estimate.size.as_ref().ok().map(|size| RangeView { least: size.least, most: size.most }),
            duration_ms: estimate
                .time
                .as_ref()
                .ok()
                .map(|time| RangeView { least: ms(time.least), most: ms(time.most) }),
            unknown: unknown.cloned(),
        }
    }

    /// What there is to say of a copy that takes long; of another one nobody asks.
    pub(super) fn write(&self, text: &mut String) {
        const WORTH_SAYING: u64 = 10_000_000;

        if self.bytes < WORTH_SAYING {
            return;
        }
        let _ = write!(text, "\na copy sends {}, {}", rows_text(self.rows), DecimalBytes(self.bytes));
        let _ = match (&self.size, &self.unknown) {
            (Some(size), _) => write!(
                text,
                "; they take about {} to {} on PostgreSQL, indexes included",
                DecimalBytes(size.least),
                DecimalBytes(size.most)
            ),
            (None, why) => write!(
                text,
                "; what they take on PostgreSQL, and how long, is not known: {}",
                why.as_deref().unwrap_or("it was not measured")
            ),
        };
        if let Some(time) = &self.duration_ms {
            let _ = write!(text, "; it takes about {} to {} with one job", duration(time.least), duration(time.most));
        }
        text.push('\n');
    }
}
