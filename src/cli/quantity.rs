//! Durations, sizes and counts as people read them.

/// `9.3 s`, `4 min 10 s`, `3 h 05 min`.
pub(super) fn duration(seconds: f64) -> String {
    // The sum of no numbers is −0, which nobody wants to read.
    let seconds = seconds + 0.0;
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match whole / 60 {
        minutes @ 0..60 => format!("{minutes} min {:02} s", whole % 60),
        minutes => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// A point in time: `0:04`, `1:23.5`, `1:02:03`.
pub(super) fn clock(seconds: f64) -> String {
    let tenths = (10.0 * seconds).round() as u64;
    let (whole, tenth) = (tenths / 10, tenths % 10);
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    let tenth = if tenth > 0 { format!(".{tenth}") } else { String::new() };
    match hours {
        0 => format!("{minutes}:{seconds:02}{tenth}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}{tenth}"),
    }
}

/// `1 track`, `2 tracks`, `2 classes`.
pub(super) fn count(n: u64, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n if noun.ends_with('s') => format!("{n} {noun}es"),
        n => format!("{n} {noun}s"),
    }
}

/// `412.6 MB`, in steps of a thousand.
pub(super) fn bytes(n_bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut value = n_bytes as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1e3;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_well_at_their_borders() {
        let durations = [-0.0, 59.94, 59.95, 250.4, 3599.4, 3599.5, 11_100.0].map(duration);
        assert_eq!(
            durations,
            [
                "0.0 s",
                "59.9 s",
                "1 min 00 s",
                "4 min 10 s",
                "59 min 59 s",
                "1 h 00 min",
                "3 h 05 min"
            ]
        );
        assert_eq!(
            [0, 999_949, 999_950, 3_200_000_000].map(bytes),
            ["0.0 kB", "999.9 kB", "1.0 MB", "3.2 GB"]
        );
        assert_eq!([0.0, 59.96, 83.5, 3723.0].map(clock), ["0:00", "1:00", "1:23.5", "1:02:03"]);
        assert_eq!([count(0, "track"), count(1, "track")], ["0 tracks", "1 track"]);
    }
}
