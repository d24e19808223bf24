//! Points in time as people write them.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since the epoch.
pub fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// Reads a point in time: milliseconds since the epoch, `2026-01-31T12:00:00.000Z` (with or without time, fraction
/// and zone; without zone it is UTC), or how long ago: `90s`, `10m`, `2h`, `1d`.
///
/// # Errors
/// A sentence that shows the forms.
pub fn parse_time(text: &str) -> Result<i64, String> {
    let wrong = || {
        format!(
            "`{text}` is no time; write 1700000000000, 2026-01-31T12:00:00Z, or an age like 90s, 10m, 2h, 1d"
        )
    };
    if let Ok(ms) = text.parse::<i64>() {
        return Ok(ms);
    }
    if let Some(age) = parse_age(text) {
        return Ok(now_ms() - age);
    }
    parse_iso(text).ok_or_else(wrong)
}

fn parse_age(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let scale = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => DAY_MS,
        _ => return None,
    };
    text[..text.len() - unit.len_utf8()].parse::<u32>().ok().and_then(|n| i64::from(n).checked_mul(scale))
}

fn parse_iso(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (time, offset_ms) = split_zone(time)?;
    Some(days_from_civil(year, month, day) * DAY_MS + parse_clock(time)? - offset_ms)
}

/// The clock without its zone, and how far the zone is ahead of UTC.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(utc) = time.strip_suffix(['Z', 'z']) {
        return Some((utc, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let digits = time[at + 1..].replace(':', "");
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits[..2].parse::<i64>().ok()?, digits[2..].parse::<i64>().ok()?),
        _ => return None,
    };
    let ahead = (hours * 60 + minutes) * 60_000;
    Some((&time[..at], if time[at..].starts_with('-') { -ahead } else { ahead }))
}

fn parse_clock(time: &str) -> Option<i64> {
    if time.is_empty() {
        return Some(0);
    }
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let in_range = (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..61).contains(&seconds);
    in_range.then_some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + digits.parse::<i64>().ok()?)
}

/// Days since 1 January 1970 in the Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day; the inverse of `days_from_civil`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The time in UTC, as `2026-01-31T12:00:00.000Z`; `-` for a negative one, which means that there is none.
pub fn show_time(ms: i64) -> String {
    if ms < 0 {
        return "-".into();
    }
    let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS));
    let rest = ms.rem_euclid(DAY_MS);
    let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60);
    let (seconds, millis) = (rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what is shown can be read again, over leap years and centuries.
    #[test]
    fn times_survive_the_round_trip() {
        for ms in [0, 951_782_400_000, 1_709_164_800_123, 4_102_444_799_999, 1_700_000_000_000] {
            assert_eq!(parse_time(&show_time(ms)), Ok(ms), "{}", show_time(ms));
        }
        assert_eq!(show_time(1_709_164_800_000), "2024-02-29T00:00:00.000Z");
    }

    /// Goal: the usual spellings mean the same moment; nonsense is refused.
    #[test]
    fn times_are_read_as_people_write_them() {
        for text in ["2024-02-29", "2024-02-29T00:00", "2024-02-29 00:00:00", "2024-02-29T01:00:00+01:00"] {
            assert_eq!(parse_time(text), Ok(1_709_164_800_000), "{text}");
        }
        let hour_ago = parse_time("1h").unwrap();
        assert!((now_ms() - 3_600_000 - hour_ago).abs() < 5_000);
        for text in ["", "yesterday", "2024-13-01", "2024-02-29T25:00", "12:00", "5x"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
