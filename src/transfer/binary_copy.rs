//! Rows in the binary form of COPY (PostgreSQL 15, "COPY", "Binary Format").

use std::net::IpAddr;

use crate::convert::{BitString, Decimal, Interval, NetworkAddress, TargetType, TargetValue};

/// What begins every stream: the signature, no flags, no extension.
pub(crate) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What ends every stream.
pub(crate) const TRAILER: &[u8] = &[0xff, 0xff];

/// Begins a row of so many fields.
pub(crate) fn begin_row(buffer: &mut Vec<u8>, fields: usize) {
    buffer.extend_from_slice(&i16::try_from(fields).unwrap_or(i16::MAX).to_be_bytes());
}

/// Appends a field.
pub(crate) fn append(buffer: &mut Vec<u8>, value: &TargetValue<'_>, target: &TargetType) {
    if *value == TargetValue::Null {
        buffer.extend_from_slice(&(-1i32).to_be_bytes());
        return;
    }
    let length_at = buffer.len();
    buffer.extend_from_slice(&[0; 4]);
    append_bytes(buffer, value, target);
    let length = i32::try_from(buffer.len() - length_at - 4).unwrap_or(i32::MAX);
    buffer[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
}

/// As the `..._recv` function of the type reads it.
fn append_bytes(buffer: &mut Vec<u8>, value: &TargetValue<'_>, target: &TargetType) {
    match value {
        TargetValue::Null => {}
        TargetValue::Boolean(value) => buffer.push(u8::from(*value)),
        TargetValue::Integer(value) => match target {
            // It was found to be in the range of its type.
            TargetType::SmallInt => buffer.extend_from_slice(&value.to_be_bytes()[6..]),
            TargetType::Integer => buffer.extend_from_slice(&value.to_be_bytes()[4..]),
            _ => buffer.extend_from_slice(&value.to_be_bytes()),
        },
        TargetValue::Single(value) => buffer.extend_from_slice(&value.to_be_bytes()),
        TargetValue::Double(value) => buffer.extend_from_slice(&value.to_be_bytes()),
        TargetValue::Numeric(value) => append_numeric(buffer, value),
        TargetValue::Text(text) => buffer.extend_from_slice(text.as_bytes()),
        TargetValue::Json(text) => {
            if *target == TargetType::Jsonb {
                // The version of the format.
                buffer.push(1);
            }
            buffer.extend_from_slice(text.as_bytes());
        }
        TargetValue::Bytes(bytes) => buffer.extend_from_slice(bytes),
        TargetValue::Uuid(bytes) => buffer.extend_from_slice(bytes),
        TargetValue::Timestamp(micros) | TargetValue::Time(micros) => buffer.extend_from_slice(&micros.to_be_bytes()),
        TargetValue::ZonedTime { micros, east } => {
            buffer.extend_from_slice(&micros.to_be_bytes());
            // The server counts seconds west of UTC.
            buffer.extend_from_slice(&(-east).to_be_bytes());
        }
        TargetValue::Interval(Interval { months, days, micros }) => {
            buffer.extend_from_slice(&micros.to_be_bytes());
            buffer.extend_from_slice(&days.to_be_bytes());
            buffer.extend_from_slice(&months.to_be_bytes());
        }
        TargetValue::Network(address) => append_network(buffer, *address, target),
        TargetValue::Hardware(address) => buffer.extend_from_slice(address.bytes()),
        TargetValue::Bits(BitString { length, bytes }) => {
            buffer.extend_from_slice(&length.to_be_bytes());
            buffer.extend_from_slice(bytes);
        }
        TargetValue::Date(days) => buffer.extend_from_slice(&days.to_be_bytes()),
        TargetValue::Array(values) => append_array(buffer, values, target),
    }
}

/// As `numeric_recv` reads it: groups of four digits, the weight of the first, the sign, the digits after the point.
fn append_numeric(buffer: &mut Vec<u8>, value: &Decimal) {
    const NEGATIVE: u16 = 0x4000;
    const INFINITY: u16 = 0xd000;
    const NEGATIVE_INFINITY: u16 = 0xf000;

    let (groups, weight, sign, scale) = match value {
        Decimal::Finite(digits) => {
            let (weight, groups) = digits.groups();
            (groups, weight, if digits.is_negative() { NEGATIVE } else { 0 }, digits.scale())
        }
        Decimal::Infinity => (Vec::new(), 0, INFINITY, 0),
        Decimal::NegativeInfinity => (Vec::new(), 0, NEGATIVE_INFINITY, 0),
    };
    buffer.extend_from_slice(&u16::try_from(groups.len()).unwrap_or(u16::MAX).to_be_bytes());
    buffer.extend_from_slice(&weight.to_be_bytes());
    buffer.extend_from_slice(&sign.to_be_bytes());
    buffer.extend_from_slice(&u16::try_from(scale).unwrap_or(u16::MAX).to_be_bytes());
    for group in groups {
        buffer.extend_from_slice(&group.to_be_bytes());
    }
}

/// As `inet_recv` reads it: the family, the bits of the mask, whether it is one of a network, and the bytes.
fn append_network(buffer: &mut Vec<u8>, network: NetworkAddress, target: &TargetType) {
    let mut append = |family: u8, bytes: &[u8]| {
        let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        buffer.extend_from_slice(&[family, network.bits, u8::from(*target == TargetType::Cidr), length]);
        buffer.extend_from_slice(bytes);
    };
    match network.address {
        IpAddr::V4(address) => append(2, &address.octets()),
        IpAddr::V6(address) => append(3, &address.octets()),
    }
}

/// As `array_recv` reads it: the dimensions, each with its length and first index, and the values in the order of the last one. An empty array has none.
fn append_array(buffer: &mut Vec<u8>, values: &[TargetValue<'_>], target: &TargetType) {
    let TargetType::Array { element, oid } = target else { return };
    let mut lengths = Vec::new();
    let mut inner = Some(values);
    while let Some(values) = inner.filter(|values| !values.is_empty()) {
        lengths.push(i32::try_from(values.len()).unwrap_or(i32::MAX));
        inner = match values.first() {
            Some(TargetValue::Array(values)) => Some(values),
            _ => None,
        };
    }
    buffer.extend_from_slice(&i32::try_from(lengths.len()).unwrap_or(i32::MAX).to_be_bytes());
    buffer.extend_from_slice(&i32::from(has_null(values)).to_be_bytes());
    buffer.extend_from_slice(&oid.to_be_bytes());
    for length in lengths {
        buffer.extend_from_slice(&length.to_be_bytes());
        buffer.extend_from_slice(&1i32.to_be_bytes());
    }
    append_elements(buffer, values, element);
}

fn has_null(values: &[TargetValue<'_>]) -> bool {
    values.iter().any(|value| match value {
        TargetValue::Array(inner) => has_null(inner),
        value => *value == TargetValue::Null,
    })
}

fn append_elements(buffer: &mut Vec<u8>, values: &[TargetValue<'_>], element: &TargetType) {
    for value in values {
        match value {
            TargetValue::Array(inner) => append_elements(buffer, inner, element),
            value => append(buffer, value, element),
        }
    }
}
