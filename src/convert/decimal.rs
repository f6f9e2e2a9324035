//! Decimal numbers of any length, exactly: what PostgreSQL's numeric keeps, and what `numeric_send` sends.

use std::fmt;

/// Digits before the point that numeric takes at most (PostgreSQL 15, 8.1.2 "Arbitrary Precision Numbers").
const MOST_WHOLE: i64 = 131_072;
/// Digits after the point that numeric takes at most.
const MOST_SCALE: i64 = 16_383;

/// A decimal number, or what numeric has beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decimal {
    Finite(Digits),
    Infinity,
    NegativeInfinity,
}

/// `digits` times ten to the power of `-scale`. The digits have no zero in front; zero is no digit at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digits {
    is_negative: bool,
    each: Vec<u8>,
    /// How many of the digits stand after the point: as written, so that 1.50 keeps its zero. Never negative.
    scale: u32,
}

/// Why a text is no decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDecimal {
    /// It does not read as one.
    Malformed,
    /// It has more digits than numeric takes.
    OutOfRange,
}

/// A number as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenNumber {
    pub(crate) value: Digits,
    pub(crate) has_exponent: bool,
    pub(crate) has_point: bool,
    /// `007`, but not `0.7`.
    pub(crate) has_leading_zeros: bool,
}

impl Digits {
    pub(crate) fn from_integer(value: i64) -> Self {
        let text = value.unsigned_abs().to_string();
        let digits = if value == 0 { Vec::new() } else { text.bytes().map(|byte| byte - b'0').collect() };
        Self { is_negative: value < 0, each: digits, scale: 0 }
    }

    /// The shortest decimal that gives this double: what a person wrote before it was made a double. `None` where it is not finite.
    pub(crate) fn from_double(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        // `{:e}` is the shortest form that reads back as the same double (std::fmt, "LowerExp for f64").
        WrittenNumber::parse(&format!("{value:e}")).ok().map(|number| number.value)
    }

    pub(crate) fn scale(&self) -> u32 {
        self.scale
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.is_negative
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.each.is_empty()
    }

    /// Digits before the point, without leading zeros. Negative where zeros follow the point.
    pub(crate) fn whole_digits(&self) -> i64 {
        i64::try_from(self.each.len()).unwrap_or(i64::MAX) - i64::from(self.scale)
    }

    /// Whether nothing but zeros stands behind the digit `scale` after the point.
    pub(crate) fn fits_scale(&self, scale: u32) -> bool {
        let beyond = self.scale.saturating_sub(scale) as usize;
        self.each.iter().rev().take(beyond).all(|digit| *digit == 0)
    }

    /// The integer that this is, where it is one.
    pub(crate) fn to_integer(&self) -> Option<i64> {
        if !self.fits_scale(0) {
            return None;
        }
        let whole = usize::try_from(self.whole_digits()).unwrap_or(0);
        let mut value: i128 = 0;
        for digit in self.each.iter().take(whole) {
            value = value.checked_mul(10)?.checked_add(i128::from(*digit))?;
            if value > i128::from(i64::MAX) + 1 {
                return None;
            }
        }
        i64::try_from(if self.is_negative { -value } else { value }).ok()
    }

    /// With `scale` digits after the point: zeros are added, digits rounded half away from zero, as numeric rounds.
    pub(crate) fn round(&self, scale: u32) -> Self {
        let mut rounded = self.clone();
        if scale >= self.scale {
            if !rounded.is_zero() {
                rounded.each.extend(std::iter::repeat_n(0, (scale - self.scale) as usize));
            }
            rounded.scale = scale;
            return rounded;
        }
        let cut = (self.scale - scale) as usize;
        let kept = self.each.len().saturating_sub(cut);
        let is_up = cut <= self.each.len() && self.each.get(kept).is_some_and(|digit| *digit >= 5);
        rounded.each.truncate(kept);
        rounded.scale = scale;
        if is_up {
            rounded.add_one();
        }
        rounded.is_negative &= !rounded.is_zero();
        rounded
    }

    /// Whether the last `zeros` digits before the point are zeros, and nothing stands behind it.
    pub(crate) fn fits_coarse_scale(&self, zeros: u32) -> bool {
        let beyond = (self.scale + zeros) as usize;
        self.each.iter().rev().take(beyond).all(|digit| *digit == 0)
    }

    /// Rounded so that the last `zeros` digits before the point are zeros.
    pub(crate) fn round_coarse(&self, zeros: u32) -> Self {
        let as_fraction = Self { scale: self.scale + zeros, ..self.clone() };
        let mut rounded = as_fraction.round(0);
        if !rounded.is_zero() {
            rounded.each.extend(std::iter::repeat_n(0, zeros as usize));
        }
        rounded
    }

    fn add_one(&mut self) {
        for digit in self.each.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.each.insert(0, 1);
    }

    /// The product, exactly.
    pub(crate) fn multiply(&self, other: &Self) -> Self {
        let mut sums = vec![0u32; self.each.len() + other.each.len()];
        for (at, digit) in self.each.iter().rev().enumerate() {
            let mut carry = 0;
            for (by, other) in other.each.iter().rev().enumerate() {
                let sum = sums[at + by] + u32::from(*digit) * u32::from(*other) + carry;
                sums[at + by] = sum % 10;
                carry = sum / 10;
            }
            sums[at + other.each.len()] += carry;
        }
        let digits: Vec<u8> = sums.iter().rev().map(|digit| u8::try_from(*digit).unwrap_or(9)).collect();
        let mut product =
            Self { is_negative: self.is_negative != other.is_negative, each: digits, scale: self.scale + other.scale };
        product.trim_front();
        product.is_negative &= !product.is_zero();
        product
    }

    fn trim_front(&mut self) {
        let zeros = self.each.iter().take_while(|digit| **digit == 0).count();
        self.each.drain(..zeros);
    }

    /// Without zeros at its end: equal numbers have equal forms.
    pub(crate) fn normal(&self) -> Self {
        let zeros = self.each.iter().rev().take_while(|digit| **digit == 0).count().min(self.scale as usize);
        let mut normal = self.clone();
        normal.each.truncate(self.each.len() - zeros);
        normal.scale = if self.is_zero() { 0 } else { self.scale - u32::try_from(zeros).unwrap_or(0) };
        normal
    }

    /// Groups of four digits as `numeric_send` has them: weight of the first group, and the groups.
    pub(crate) fn groups(&self) -> (i16, Vec<i16>) {
        if self.is_zero() {
            return (0, Vec::new());
        }
        let whole = self.whole_digits();
        let weight = (whole - 1).div_euclid(4);
        let front = usize::try_from((weight + 1) * 4 - whole).unwrap_or(0);
        let mut padded = vec![0u8; front];
        padded.extend_from_slice(&self.each);
        padded.resize(padded.len().div_ceil(4) * 4, 0);
        let group = |four: &[u8]| four.iter().fold(0i16, |sum, digit| sum * 10 + i16::from(*digit));
        let mut groups: Vec<i16> = padded.chunks(4).map(group).collect();
        while groups.last() == Some(&0) {
            groups.pop();
        }
        (i16::try_from(weight).unwrap_or(i16::MAX), groups)
    }
}

impl Decimal {
    /// A finite one from its digits: `-12.50`.
    #[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        WrittenNumber::parse(text).ok().map(|written| Self::Finite(written.value))
    }
}

impl WrittenNumber {
    /// Reads `[+-]digits[.digits][e[+-]digits]`, with a digit before or behind the point.
    pub(crate) fn parse(text: &str) -> Result<Self, NotDecimal> {
        let (is_negative, unsigned) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            all => (false, all),
        };
        let mantissa_ends = unsigned.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (mantissa, exponent) = match mantissa_ends {
            Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
            None => (unsigned, None),
        };
        let point = mantissa.iter().position(|byte| *byte == b'.');
        let (whole, fraction) = match point {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &mantissa[..0]),
        };
        if whole.is_empty() && fraction.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
            return Err(NotDecimal::Malformed);
        }
        let exponent = exponent.map(parse_exponent).transpose()?;
        let has_leading_zeros = whole.len() > 1 && whole[0] == b'0';
        let digits = whole.iter().chain(fraction).map(|byte| byte - b'0').collect();
        let value = shifted(is_negative, digits, fraction.len(), exponent.unwrap_or(0))?;
        Ok(Self { value, has_exponent: exponent.is_some(), has_point: point.is_some(), has_leading_zeros })
    }
}

fn parse_exponent(text: &[u8]) -> Result<i64, NotDecimal> {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NotDecimal::Malformed);
    }
    // What is beyond this is out of range whatever its digits are.
    let value = digits.iter().fold(0i64, |sum, byte| (sum * 10 + i64::from(byte - b'0')).min(1_000_000));
    Ok(if is_negative { -value } else { value })
}

/// The number whose `digits` have `fraction` of them after the point, times ten to the power of `exponent`.
fn shifted(is_negative: bool, digits: Vec<u8>, fraction: usize, exponent: i64) -> Result<Digits, NotDecimal> {
    let mut value = Digits { is_negative, each: digits, scale: 0 };
    value.trim_front();
    let scale = i64::try_from(fraction).unwrap_or(i64::MAX).saturating_sub(exponent);
    if value.is_zero() {
        value.is_negative = false;
        value.scale = u32::try_from(scale.clamp(0, MOST_SCALE)).unwrap_or(0);
        return Ok(value);
    }
    let whole = i64::try_from(value.each.len()).unwrap_or(i64::MAX).saturating_sub(scale);
    if whole > MOST_WHOLE || scale > MOST_SCALE {
        return Err(NotDecimal::OutOfRange);
    }
    if scale < 0 {
        value.each.extend(std::iter::repeat_n(0, usize::try_from(-scale).unwrap_or(0)));
    }
    value.scale = u32::try_from(scale.max(0)).unwrap_or(0);
    Ok(value)
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale as usize;
        let mut text: Vec<u8> = vec![b'0'; (scale + 1).saturating_sub(self.each.len())];
        text.extend(self.each.iter().map(|digit| digit + b'0'));
        let text = String::from_utf8(text).map_err(|_| fmt::Error)?;
        let (whole, fraction) = text.split_at(text.len() - scale);
        f.write_str(if self.is_negative { "-" } else { "" })?;
        f.write_str(whole)?;
        if scale > 0 {
            write!(f, ".{fraction}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite(digits) => digits.fmt(f),
            Self::Infinity => f.write_str("Infinity"),
            Self::NegativeInfinity => f.write_str("-Infinity"),
        }
    }
}

#[cfg(test)]
mod tests;
