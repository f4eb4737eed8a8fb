//! Numbers on the command line: one that does not fit is answered with those that do.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A whole number of a range.
pub(super) fn within<N>(
    range: RangeInclusive<N>,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static
where
    N: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let (least, most) = (range.start(), range.end());
        let fits = |number: &N| range.contains(number);
        let number = text.parse().ok().filter(fits);
        number.ok_or_else(|| format!("expected a whole number from {least} to {most}"))
    }
}

/// How many there are to be: at least one.
pub(super) fn count(
    most: usize,
) -> impl Fn(&str) -> Result<NonZeroUsize, String> + Clone + Send + Sync + 'static {
    let within = within(1..=most);
    move |text| Ok(within(text)?.try_into().unwrap_or(NonZeroUsize::MIN))
}

/// A number of a range, whole or not.
pub(super) fn real(
    range: RangeInclusive<f64>,
) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let (least, most) = (range.start(), range.end());
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("expected a number from {least} to {most}"))
    }
}

/// A number counted from 1, or of things of which there is at least one.
pub(super) fn ordinal(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| "expected a whole number, 1 or more".to_owned())
}

/// A finite number that is not negative.
pub(super) fn not_negative(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| f64::is_finite(*number) && *number >= 0.0);
    number.ok_or_else(|| "expected a finite number, 0 or more".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_answered_with_what_does() {
        assert_eq!(within(0..=1024_u16)("1024"), Ok(1024));
        for text in ["1025", "-1", "1.5", "many", "", "99999999999999999999"] {
            let wanted = "expected a whole number from 0 to 1024".to_owned();
            assert_eq!(within(0..=1024_u16)(text), Err(wanted), "{text}");
        }
        assert_eq!(count(8)("8").map(NonZeroUsize::get), Ok(8));
        assert_eq!(count(8)("0"), Err("expected a whole number from 1 to 8".to_owned()));
        assert_eq!(ordinal("1"), Ok(1));
        assert_eq!(ordinal("0"), Err("expected a whole number, 1 or more".to_owned()));
        assert_eq!(not_negative("0.5"), Ok(0.5));
        for text in ["nan", "inf", "-0.1", "1e999", "x"] {
            assert!(not_negative(text).is_err(), "{text}");
        }
    }
}
