//! One form for all forms of a value, of the binary form of COPY: what is equal on the server is equal here.

use std::borrow::Cow;

use super::decode::array_parts;
use crate::convert::{TargetType, canonical_json, cut};

/// A row in the binary form of COPY, cut into its fields. None where it is none.
pub(crate) fn fields(row: &[u8]) -> Option<Vec<Option<&[u8]>>> {
    let mut fields = Vec::new();
    each_field(row, |field| fields.push(field)).map(|_| fields)
}

/// Hands over each field of a row, NULL as none. Returns how many there are; none where it is no row.
#[inline]
pub(crate) fn each_field<'r>(row: &'r [u8], mut visit: impl FnMut(Option<&'r [u8]>)) -> Option<usize> {
    let (count, mut rest) = row.split_first_chunk::<2>()?;
    let count = usize::try_from(i16::from_be_bytes(*count)).ok()?;
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk::<4>()?;
        rest = after;
        // NULL has the length -1.
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            visit(None);
            continue;
        };
        let (field, after) = rest.split_at_checked(length)?;
        visit(Some(field));
        rest = after;
    }
    rest.is_empty().then_some(count)
}

/// A field in the form that all equal values have.
pub(crate) fn canonical<'f>(field: &'f [u8], target: &TargetType) -> Cow<'f, [u8]> {
    match target {
        TargetType::Numeric(_) => Cow::Owned(numeric(field)),
        // The blanks at the end are no part of the value (PostgreSQL 15, 8.3).
        TargetType::Char(_) => Cow::Borrowed(without_blanks(field)),
        TargetType::Jsonb => Cow::Owned(jsonb(field)),
        TargetType::Array { element, .. } => Cow::Owned(array(field, element)),
        TargetType::Real | TargetType::Double => double(field),
        TargetType::Timestamptz(digits) | TargetType::Timestamp(digits) | TargetType::Time(digits) if *digits < 6 => {
            match field.try_into() {
                // Most have no more digits.
                Ok(bytes) if cut(i64::from_be_bytes(bytes), *digits) != i64::from_be_bytes(bytes) => {
                    Cow::Owned(cut(i64::from_be_bytes(bytes), *digits).to_be_bytes().to_vec())
                }
                _ => Cow::Borrowed(field),
            }
        }
        _ => Cow::Borrowed(field),
    }
}

/// Without the blanks at the end; other white space is part of the value.
fn without_blanks(field: &[u8]) -> &[u8] {
    let end = field.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &field[..end]
}

/// All bits but those of NaN, of which SQLite keeps none and the server several.
fn double(field: &[u8]) -> Cow<'_, [u8]> {
    let is_nan = match field.len() {
        4 => field.try_into().is_ok_and(|bytes| f32::from_be_bytes(bytes).is_nan()),
        8 => field.try_into().is_ok_and(|bytes| f64::from_be_bytes(bytes).is_nan()),
        _ => false,
    };
    if is_nan { Cow::Borrowed(b"NaN") } else { Cow::Borrowed(field) }
}

/// Without zeros at either end, and without the number of digits that are shown: 1.50 is 1.5. What is too short to be one stays as it is.
fn numeric(field: &[u8]) -> Vec<u8> {
    let Some((head, digits)) = field.split_at_checked(8) else { return field.to_vec() };
    let mut weight = i16::from_be_bytes([head[2], head[3]]);
    let mut groups: &[[u8; 2]] = digits.as_chunks().0;
    while let [[0, 0], rest @ ..] = groups {
        groups = rest;
        weight = weight.wrapping_sub(1);
    }
    while let [rest @ .., [0, 0]] = groups {
        groups = rest;
    }
    let is_number = matches!([head[4], head[5]], [0 | 0x40, 0]);
    if groups.is_empty() && is_number {
        return b"0".to_vec();
    }
    let mut form = Vec::with_capacity(4 + groups.len() * 2);
    form.extend_from_slice(&head[4..6]);
    form.extend_from_slice(&weight.to_be_bytes());
    form.extend(groups.iter().flatten());
    form
}

/// Without the version of the format.
fn jsonb(field: &[u8]) -> Vec<u8> {
    let text = field.get(1..).and_then(|text| std::str::from_utf8(text).ok());
    text.map_or_else(|| field.to_vec(), |text| canonical_json(text).into_bytes())
}

/// Each element in its form. Of dimensions and bounds the bytes are compared.
fn array(field: &[u8], element: &TargetType) -> Vec<u8> {
    array_in_form(field, element).unwrap_or_else(|| field.to_vec())
}

fn array_in_form(field: &[u8], element: &TargetType) -> Option<Vec<u8>> {
    let (bounds, mut rest) = array_parts(field)?;
    let mut form = bounds.as_flattened().to_vec();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        rest = after;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            form.push(0);
            continue;
        };
        let (value, after) = rest.split_at_checked(length)?;
        rest = after;
        let value = canonical(value, element);
        form.push(1);
        form.extend_from_slice(&u64::try_from(value.len()).ok()?.to_be_bytes());
        form.extend_from_slice(&value);
    }
    Some(form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::{Decimal, TargetValue};
    use crate::transfer::binary_copy::append;

    fn number(text: &str) -> Vec<u8> {
        let mut field = Vec::new();
        append(&mut field, &TargetValue::Numeric(Decimal::parse(text).unwrap()), &TargetType::Numeric(None));
        canonical(&field[4..], &TargetType::Numeric(None)).into_owned()
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert_eq!(number("1.50"), number("1.5"));
        assert_eq!(number("0"), number("-0.000"));
        assert_eq!(number("10000"), number("10000.00"));
        let different = ["1", "-1", "10", "10000", "0.1", "0.0001", "0.00001", "1.5", "15", "100000000"];
        for (at, one) in different.iter().enumerate() {
            for other in &different[at + 1..] {
                assert_ne!(number(one), number(other), "{one} {other}");
            }
        }
        // NaN and the infinities have no digits, and are no zeros.
        let special = |sign: [u8; 2]| numeric(&[0, 0, 0, 0, sign[0], sign[1], 0, 0]);
        let all = [special([0xc0, 0]), special([0xd0, 0]), special([0xf0, 0]), number("0")];
        assert!((0..4).all(|at| !all[at + 1..].contains(&all[at])));
    }

    #[test]
    fn what_the_server_pads_or_sorts_is_equal() {
        let char = TargetType::Char(5);
        assert_eq!(canonical(b"ab   ", &char), canonical(b"ab", &char));
        assert_ne!(canonical(b" ab", &char), canonical(b"ab", &char));
        assert_ne!(canonical(b"ab ", &TargetType::Text), canonical(b"ab", &TargetType::Text));
        let json = |text: &str| canonical(&[&[1], text.as_bytes()].concat(), &TargetType::Jsonb).into_owned();
        assert_eq!(json(r#"{"b": 1.0, "a": [1e2]}"#), json(r#"{"a":[100],"b":1}"#));
        assert_ne!(json(r#"{"a": "1"}"#), json(r#"{"a": 1}"#));
        assert_ne!(
            canonical(&0f64.to_be_bytes(), &TargetType::Double),
            canonical(&(-0f64).to_be_bytes(), &TargetType::Double)
        );
    }

    #[test]
    fn rows_are_cut_into_fields() {
        let row = [&[0, 3][..], &(-1i32).to_be_bytes(), &1i32.to_be_bytes(), b"x", &0i32.to_be_bytes()].concat();
        assert_eq!(fields(&row), Some(vec![None, Some(&b"x"[..]), Some(&b""[..])]));
        assert_eq!(fields(&row[..row.len() - 1]), None);
        assert_eq!(fields(&[&row[..], b"x"].concat()), None);
    }
}
