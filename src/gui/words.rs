//! Numbers in words.

/// A change of a share in points of a hundred, with its sign: `+1.5`, and `0.0` without one.
pub(super) fn points(change: f64) -> String {
    let tenths = (change * 1000.0).round();
    if tenths == 0.0 { "0.0".to_owned() } else { format!("{:+.1}", tenths / 10.0) }
}

/// `1:07.3`
pub(super) fn clock(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round().max(0.0) as u64;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

/// With a capital letter.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// A command of the program, quoted for a shell.
pub(super) fn command(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = std::iter::once("pecmae".to_owned()).chain(words).collect();
    // Only a word with a NUL in it cannot be quoted, which no path and no class has.
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_minutes_seconds_and_tenths() {
        for (seconds, wanted) in
            [(0.0, "0:00.0"), (4.04, "0:04.0"), (59.96, "1:00.0"), (127.3, "2:07.3")]
        {
            assert_eq!(clock(seconds), wanted);
        }
    }

    #[test]
    fn nothing_has_no_sign() {
        for (change, wanted) in
            [(-0.0, "0.0"), (-0.000_3, "0.0"), (0.0152, "+1.5"), (-0.1, "-10.0")]
        {
            assert_eq!(points(change), wanted);
        }
    }
}
