//! Types whose values have one form that the server prints, and a few others that mean the same: addresses, bits, intervals.

use super::bits::BitString;
use super::decimal::Digits;
use super::network::{HardwareAddress, NetworkAddress, NetworkKind};
use super::options::ConvertOptions;
use super::reason::Reason;
use super::shown::Shown;
use super::target::TargetType;
use super::time::{Interval, IntervalFault};
use super::value::TargetValue;
use super::way::{Way, Ways};

/// Reads a text by one of these types. None where the type is another one.
pub(super) fn of_text(
    text: &str,
    target: &TargetType,
    options: &ConvertOptions,
) -> Option<Result<(TargetValue<'static>, Ways), Reason>> {
    let read = match target {
        TargetType::Inet | TargetType::Cidr => {
            NetworkAddress::parse(text, NetworkKind::of(target)).map(TargetValue::Network)
        }
        TargetType::Macaddr => HardwareAddress::six(text).map(TargetValue::Hardware).ok_or(Reason::NotHardware),
        TargetType::Macaddr8 => HardwareAddress::eight(text).map(TargetValue::Hardware).ok_or(Reason::NotHardware),
        TargetType::Bit(length) => {
            BitString::parse(text).and_then(|bits| bits.within(Some(*length), None)).map(TargetValue::Bits)
        }
        TargetType::Varbit(limit) => {
            BitString::parse(text).and_then(|bits| bits.within(None, *limit)).map(TargetValue::Bits)
        }
        TargetType::Interval(precision) => return Some(interval(text, *precision, options)),
        TargetType::Money => Err(Reason::Money),
        _ => return None,
    };
    Some(read.map(|value| in_form(text, value, Ways::NONE, target)))
}

fn interval(text: &str, precision: u8, options: &ConvertOptions) -> Result<(TargetValue<'static>, Ways), Reason> {
    let (interval, ways) = Interval::read(text, precision, &options.time).map_err(|fault| match fault {
        IntervalFault::OutOfRange => Reason::OutOfRange,
        fault => Reason::Interval(fault),
    })?;
    Ok(in_form(text, TargetValue::Interval(interval), ways, &TargetType::Interval(precision)))
}

/// Whether it was written as the server prints it.
fn in_form(
    text: &str,
    value: TargetValue<'static>,
    mut ways: Ways,
    target: &TargetType,
) -> (TargetValue<'static>, Ways) {
    if ways.is_empty() && Shown(&value, target).to_string() != text {
        ways.add(Way::OtherForm);
    }
    (value, ways)
}

/// Reads a number by one of these types. None where the type is another one.
pub(super) fn of_number(
    digits: impl FnOnce() -> Option<Digits>,
    target: &TargetType,
) -> Option<Result<(TargetValue<'static>, Ways), Reason>> {
    Some(match target {
        // One bit is 0 or 1; the digits of more bits may be meant in two ways.
        TargetType::Bit(1) => match digits().and_then(|digits| digits.to_integer()) {
            Some(bit @ (0 | 1)) => {
                let bits = BitString { length: 1, bytes: vec![if bit == 1 { 0x80 } else { 0 }] };
                Ok((TargetValue::Bits(bits), Way::NumberToBit.into()))
            }
            _ => Err(Reason::NumberInOther),
        },
        TargetType::Bit(_)
        | TargetType::Varbit(_)
        | TargetType::Inet
        | TargetType::Cidr
        | TargetType::Macaddr
        | TargetType::Macaddr8 => Err(Reason::NumberInOther),
        TargetType::Interval(_) => Err(Reason::NumberAsInterval),
        TargetType::Money => Err(Reason::Money),
        _ => return None,
    })
}
