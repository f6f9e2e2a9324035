//! Values of PostgreSQL in the binary form of its protocol.

use std::error::Error as StdError;

use tokio_postgres::types::{FromSql, Kind, Type};

use super::ShadowValue;

/// From 1970 to 2000, where PostgreSQL counts from.
const EPOCH: i64 = 946_684_800_000_000;
const DAY: i64 = 86_400_000_000;

impl<'a> FromSql<'a> for ShadowValue {
    fn from_sql(datatype: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(match *datatype {
            Type::BOOL => Self::Boolean(bool::from_sql(datatype, raw)?),
            Type::INT2 => Self::Integer(i16::from_sql(datatype, raw)?.into()),
            Type::INT4 => Self::Integer(i32::from_sql(datatype, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(datatype, raw)?),
            Type::FLOAT4 => Self::Single(f32::from_sql(datatype, raw)?),
            Type::FLOAT8 => Self::Real(f64::from_sql(datatype, raw)?),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            Type::UUID => Self::Uuid(raw.try_into()?),
            Type::TIMESTAMP | Type::TIMESTAMPTZ => match i64::from_be_bytes(raw.try_into()?) {
                i64::MIN | i64::MAX => Self::Other("infinity".to_owned()),
                time => Self::Time(time.checked_add(EPOCH).ok_or("a time after all others")?),
            },
            Type::DATE => match i32::from_be_bytes(raw.try_into()?) {
                i32::MIN | i32::MAX => Self::Other("infinity".to_owned()),
                days => Self::Time(
                    i64::from(days)
                        .checked_mul(DAY)
                        .and_then(|time| time.checked_add(EPOCH))
                        .ok_or("a day after all others")?,
                ),
            },
            Type::JSON => Self::Json(text(raw)?),
            // With the number of its form before the text.
            Type::JSONB => Self::Json(text(raw.strip_prefix(&[1]).ok_or("jsonb in a form that is not known")?)?),
            Type::NUMERIC => numeric(raw)?,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => Self::Text(text(raw)?),
            _ => match datatype.kind() {
                Kind::Enum(_) => Self::Text(text(raw)?),
                Kind::Domain(base) => Self::from_sql(base, raw)?,
                _ if datatype.name() == "citext" => Self::Text(text(raw)?),
                _ => Self::Other(datatype.name().to_owned()),
            },
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn text(raw: &[u8]) -> Result<String, Box<dyn StdError + Sync + Send>> {
    Ok(std::str::from_utf8(raw)?.to_owned())
}

/// Digits to the base of 10,000, with the weight of the first of them (src/backend/utils/adt/numeric.c, `numeric_send`).
fn numeric(raw: &[u8]) -> Result<ShadowValue, Box<dyn StdError + Sync + Send>> {
    let short = |at: usize| -> Result<i16, Box<dyn StdError + Sync + Send>> {
        Ok(i16::from_be_bytes(raw.get(at * 2..at * 2 + 2).ok_or("a numeric that is cut off")?.try_into()?))
    };
    let (count, weight, sign) = (usize::try_from(short(0)?)?, i32::from(short(1)?), short(2)?);
    let minus = match sign {
        0 => "",
        0x4000 => "-",
        _ => return Ok(ShadowValue::Other("numeric without a number".to_owned())),
    };
    let (mut whole, mut part) = (String::new(), String::new());
    let digits = (0..count).map(|at| short(at + 4)).collect::<Result<Vec<_>, _>>()?;
    let digit = |power: i32| {
        let at = usize::try_from(weight - power).ok();
        at.and_then(|at| digits.get(at)).copied().unwrap_or_default()
    };
    for power in (0..=weight.max(0)).rev() {
        whole.push_str(&format!("{:04}", digit(power)));
    }
    let last = weight - i32::try_from(count)? + 1;
    for power in (last..0).rev() {
        part.push_str(&format!("{:04}", digit(power)));
    }
    Ok(ShadowValue::Decimal(format!("{minus}{whole}.{part}0")))
}
