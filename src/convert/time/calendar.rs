//! The proleptic Gregorian calendar, counted from 2000-01-01 as PostgreSQL counts it. Years are astronomical: 0 is
//! 1 BC. It stands apart from chrono because chrono ends 32,000 years before PostgreSQL does.

/// A trillion: the parts of a second that a [`Moment`] tells apart.
pub(super) const PICOS: u64 = 1_000_000_000_000;
pub(super) const DAY_SECONDS: i64 = 86_400;
/// 1970-01-01 in seconds from 2000-01-01.
pub(super) const UNIX_EPOCH: i64 = -946_684_800;
/// 4714-11-24 BC, the first day of PostgreSQL.
pub(super) const FIRST_DAY: i64 = -2_451_545;
/// The day behind 5874897-12-31, the last of a date.
pub(super) const DATE_END: i64 = 2_145_031_949;
/// The day behind 294276-12-31, the last of a timestamp.
pub(super) const TIMESTAMP_END: i64 = 106_751_983;

/// Days of an era of 400 years.
const ERA: i64 = 146_097;
/// Days from 0000-03-01 to 2000-01-01.
const SHIFT: i64 = 730_425;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CivilDay {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
}

impl CivilDay {
    pub(super) const fn new(year: i64, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    pub(super) fn exists(self) -> bool {
        self.day >= 1 && self.day <= month_length(self.year, self.month)
    }

    /// Days from 2000-01-01. The year begins in March here, because a leap day then is its last day.
    pub(super) const fn number(self) -> i64 {
        let month = self.month as i64;
        let year = if month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let shifted = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted + 2) / 5 + self.day as i64 - 1;
        era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - SHIFT
    }

    pub(super) fn of(number: i64) -> Self {
        let number = number + SHIFT;
        let era = number.div_euclid(ERA);
        let day_of_era = number.rem_euclid(ERA);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month: u8::try_from(month).unwrap_or(1), day: u8::try_from(day).unwrap_or(1) }
    }
}

/// The days of a month; none where there is no such month.
fn month_length(year: i64, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}
