//! A field of a row as a report shows it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::convert::{BitString, Decimal, HardwareAddress, Interval, NetworkAddress, Shown, TargetType, TargetValue};
use crate::hex::Hex;
use crate::transfer::quoted;

/// A field in the binary form of COPY: NULL, a number, or a value in quotes; what is not understood is shown in hexadecimal digits.
pub(crate) fn shown(field: Option<&[u8]>, target: &TargetType) -> String {
    let Some(field) = field else { return "NULL".to_owned() };
    if let Some(word) = beyond_numbers(field, target) {
        return word.to_owned();
    }
    let (indexes, value) = match target {
        TargetType::Array { element, .. } => (indexes(field), elements(field, element).map(TargetValue::Array)),
        _ => (None, decode(field, target)),
    };
    let Some(value) = value else { return format!("\\x{}", Hex(&field[..field.len().min(40)])) };
    let text = format!("{}{}", indexes.unwrap_or_default(), Shown(&value, target));
    if target.is_number() || *target == TargetType::Boolean { text } else { quoted(&text) }
}

/// What the server has and no number is: NaN of a numeric, and the times at both ends.
fn beyond_numbers(field: &[u8], target: &TargetType) -> Option<&'static str> {
    let ends = |least: &[u8], most: &[u8]| match field {
        _ if field == most => Some("infinity"),
        _ if field == least => Some("-infinity"),
        _ => None,
    };
    match target {
        TargetType::Numeric(_) if field.get(4..6) == Some(&[0xc0, 0]) => Some("NaN"),
        TargetType::Timestamptz(_) | TargetType::Timestamp(_) => ends(&i64::MIN.to_be_bytes(), &i64::MAX.to_be_bytes()),
        TargetType::Date => ends(&i32::MIN.to_be_bytes(), &i32::MAX.to_be_bytes()),
        _ => None,
    }
}

/// A field in the binary form of COPY as a value; none of what is not understood, and of an array that does not begin at 1: no value says where one begins.
pub(crate) fn decode<'f>(field: &'f [u8], target: &TargetType) -> Option<TargetValue<'f>> {
    let text = || std::str::from_utf8(field).ok();
    let long = || field.try_into().ok().map(i64::from_be_bytes);
    Some(match target {
        TargetType::SmallInt => TargetValue::Integer(i16::from_be_bytes(field.try_into().ok()?).into()),
        TargetType::Integer => TargetValue::Integer(i32::from_be_bytes(field.try_into().ok()?).into()),
        TargetType::BigInt => TargetValue::Integer(long()?),
        TargetType::Numeric(_) => TargetValue::Numeric(numeric(field)?),
        TargetType::Real => TargetValue::Single(f32::from_be_bytes(field.try_into().ok()?)),
        TargetType::Double => TargetValue::Double(f64::from_be_bytes(field.try_into().ok()?)),
        TargetType::Boolean => TargetValue::Boolean(*field.first()? != 0),
        TargetType::Text | TargetType::Varchar(_) | TargetType::Char(_) | TargetType::Enum { .. } => {
            TargetValue::Text(text()?.into())
        }
        TargetType::Bytea => TargetValue::Bytes(field.into()),
        TargetType::Uuid => TargetValue::Uuid(field.try_into().ok()?),
        TargetType::Timestamptz(_) | TargetType::Timestamp(_) => TargetValue::Timestamp(long()?),
        TargetType::Date => TargetValue::Date(i32::from_be_bytes(field.try_into().ok()?)),
        TargetType::Time(_) => TargetValue::Time(long()?),
        TargetType::Json => TargetValue::Json(text()?.into()),
        TargetType::Jsonb => TargetValue::Json(std::str::from_utf8(field.get(1..)?).ok()?.into()),
        TargetType::Timetz(_) => {
            let (micros, west) = field.split_first_chunk::<8>()?;
            let east = i32::from_be_bytes(west.try_into().ok()?).checked_neg()?;
            TargetValue::ZonedTime { micros: i64::from_be_bytes(*micros), east }
        }
        TargetType::Interval(_) => TargetValue::Interval(interval(field)?),
        TargetType::Inet | TargetType::Cidr => TargetValue::Network(network(field)?),
        TargetType::Macaddr => TargetValue::Hardware(HardwareAddress::Six(field.try_into().ok()?)),
        TargetType::Macaddr8 => TargetValue::Hardware(HardwareAddress::Eight(field.try_into().ok()?)),
        TargetType::Bit(_) | TargetType::Varbit(_) => {
            let (length, bytes) = field.split_first_chunk::<4>()?;
            TargetValue::Bits(BitString { length: u32::from_be_bytes(*length), bytes: bytes.to_vec() })
        }
        TargetType::Array { element, .. } if indexes(field).is_none() => TargetValue::Array(elements(field, element)?),
        TargetType::Array { .. } | TargetType::Money | TargetType::Other(_) => return None,
    })
}

/// As `numeric_send` writes it (PostgreSQL 15, src/backend/utils/adt/numeric.c).
fn numeric(field: &[u8]) -> Option<Decimal> {
    let (head, digits) = field.split_at_checked(8)?;
    let weight = i32::from(i16::from_be_bytes([head[2], head[3]]));
    let sign = match u16::from_be_bytes([head[4], head[5]]) {
        0 => "",
        0x4000 => "-",
        0xd000 => return Some(Decimal::Infinity),
        0xf000 => return Some(Decimal::NegativeInfinity),
        _ => return None,
    };
    let scale = usize::from(u16::from_be_bytes([head[6], head[7]]));
    let groups: Vec<u16> = digits.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    let group = |at: i32| usize::try_from(weight - at).ok().and_then(|at| groups.get(at)).copied().unwrap_or_default();
    let digits = |places: &mut dyn Iterator<Item = i32>| {
        places.fold(String::new(), |text, at| text + &format!("{:04}", group(at)))
    };
    let whole = digits(&mut (0..=weight.max(0)).rev());
    let below = i32::try_from(scale.div_ceil(4)).ok()?;
    let fraction = digits(&mut (1..=below).map(|at| -at));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let text = match fraction.get(..scale)? {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    };
    Decimal::parse(&text)
}

/// As `interval_send` writes it.
fn interval(field: &[u8]) -> Option<Interval> {
    let (micros, rest) = field.split_first_chunk::<8>()?;
    let (days, months) = rest.split_first_chunk::<4>()?;
    Some(Interval {
        months: i32::from_be_bytes(months.try_into().ok()?),
        days: i32::from_be_bytes(*days),
        micros: i64::from_be_bytes(*micros),
    })
}

/// As `inet_send` writes it.
fn network(field: &[u8]) -> Option<NetworkAddress> {
    let ([_, bits, _, _], bytes) = field.split_first_chunk::<4>()?;
    let address = match bytes.len() {
        4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => return None,
    };
    Some(NetworkAddress { address, bits: *bits })
}

/// The bounds of an array, a length and a first index for each dimension, and its elements behind them, as `array_send` writes them. What else it says shows in the elements.
pub(super) fn array_parts(field: &[u8]) -> Option<(&[[u8; 8]], &[u8])> {
    let dimensions = usize::try_from(i32::from_be_bytes(*field.first_chunk::<4>()?)).ok()?;
    let (bounds, elements) = field.get(12..)?.split_at_checked(dimensions.checked_mul(8)?)?;
    Some((bounds.as_chunks().0, elements))
}

/// The indexes of an array that does not begin at 1, as the server writes them before its elements: `[3:4]=`.
fn indexes(field: &[u8]) -> Option<String> {
    let (bounds, _) = array_parts(field)?;
    let bounds = bounds.iter().map(|[a, b, c, d, lower @ ..]| {
        let (length, lower) = (i32::from_be_bytes([*a, *b, *c, *d]), i32::from_be_bytes(*lower));
        (i64::from(lower), i64::from(lower) + i64::from(length) - 1)
    });
    if bounds.clone().all(|(first, _)| first == 1) {
        return None;
    }
    let written: Vec<String> = bounds.map(|(first, last)| format!("[{first}:{last}]")).collect();
    Some(format!("{}=", written.concat()))
}

/// The elements of an array, those of each dimension in an array of their own. The first indexes are left out.
fn elements<'f>(field: &'f [u8], element: &TargetType) -> Option<Vec<TargetValue<'f>>> {
    let (bounds, mut rest) = array_parts(field)?;
    let mut values = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        rest = after;
        values.push(match usize::try_from(i32::from_be_bytes(*length)) {
            Err(_) => TargetValue::Null,
            Ok(length) => {
                let (value, after) = rest.split_at_checked(length)?;
                rest = after;
                decode(value, element)?
            }
        });
    }
    // From the last dimension on, which is the innermost.
    for bound in bounds.iter().skip(1).rev() {
        let [a, b, c, d, ..] = *bound;
        let length = usize::try_from(i32::from_be_bytes([a, b, c, d])).ok().filter(|length| *length > 0)?;
        let mut left = values.into_iter().peekable();
        let mut outer = Vec::new();
        while left.peek().is_some() {
            outer.push(TargetValue::Array(left.by_ref().take(length).collect()));
        }
        values = outer;
    }
    Some(values)
}

#[cfg(test)]
mod server;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_has_its_word() {
        let numeric = |field: &[u8]| shown(Some(field), &TargetType::Numeric(None));
        assert_eq!(numeric(&[0, 0, 0, 0, 0xc0, 0, 0, 0]), "NaN");
        assert_eq!(numeric(&[0, 0, 0, 0, 0xd0, 0, 0, 0]), "Infinity");
        // 12345.678: groups of four digits, the first of which stands before ten thousand.
        assert_eq!(numeric(&[0, 3, 0, 1, 0, 0, 0, 3, 0, 1, 0x09, 0x29, 0x1a, 0x7c]), "12345.678");
        assert_eq!(numeric(&[0, 1, 0xff, 0xff, 0x40, 0, 0, 4, 0, 5]), "-0.0005");
        assert_eq!(shown(Some(&i64::MAX.to_be_bytes()), &TargetType::Timestamptz(6)), "infinity");
        assert_eq!(shown(Some(&i32::MIN.to_be_bytes()), &TargetType::Date), "-infinity");
        assert_eq!(shown(Some(&0i32.to_be_bytes()), &TargetType::Date), "'2000-01-01'");
        assert_eq!(shown(Some(b"\x01{}"), &TargetType::Jsonb), "'{}'");
        assert_eq!(shown(None, &TargetType::Text), "NULL");
        let array = TargetType::Array { oid: 21, element: Box::new(TargetType::SmallInt) };
        // One dimension, no NULL, smallint; two elements, the first at 3.
        let mut field =
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 0, 7, 0, 0, 0, 2, 0, 8];
        assert_eq!(shown(Some(&field), &array), "'[3:4]={7,8}'");
        assert_eq!(decode(&field, &array), None);
        field[19] = 1;
        assert_eq!(shown(Some(&field), &array), "'{7,8}'");
        assert!(decode(&field, &array).is_some());
    }
}
