//! Words in figures: the font, and how wide they are.

use std::sync::LazyLock;

use plotters::style::{FontFamily, FontStyle, IntoFont as _, register_font};

use super::PlotError;

/// What the font is called, to `plotters` and to readers of an SVG.
pub(super) const FAMILY: FontFamily<'static> = FontFamily::SansSerif;
/// Of what an SVG takes as its size, as much as `plotters` does.
const EM: f64 = 1.24;

/// The size that gives letters of `px` pixels an em.
pub(super) fn size(px: f64) -> f64 {
    px * EM
}

static FONT: LazyLock<Result<(), String>> = LazyLock::new(|| {
    let bytes = epaint_default_fonts::UBUNTU_LIGHT;
    register_font(FAMILY.as_str(), FontStyle::Normal, bytes)
        .map_err(|_| "the built-in font is damaged".to_owned())
});

/// Makes the font known; once is enough.
pub(super) fn ready() -> Result<(), PlotError> {
    FONT.clone().map_err(PlotError::Draw)
}

/// How wide a text of `px` pixels an em is, in pixels.
pub(super) fn width(text: &str, px: f64) -> f64 {
    if ready().is_err() {
        return 0.0;
    }
    let font = (FAMILY, size(px)).into_font();
    font.box_size(text).map_or(0.0, |(width, _)| f64::from(width))
}

/// The text, cut so that it is no wider than `room` pixels.
pub(super) fn fitted(text: &str, px: f64, room: f64) -> String {
    if width(text, px) <= room {
        return text.to_owned();
    }
    let mut short: String = text.to_owned();
    while short.pop().is_some() {
        let cut = format!("{}…", short.trim_end());
        if width(&cut, px) <= room {
            return cut;
        }
    }
    "…".to_owned()
}

/// A number with its sign and so many digits behind the point; zero has no sign.
pub(super) fn signed(value: f64, digits: usize) -> String {
    let text = format!("{value:+.digits$}");
    match text[1..].parse::<f64>() {
        Ok(0.0) => text[1..].to_owned(),
        _ => text.replace('-', "−"),
    }
}

/// The room that names take, at least `least` and at most `most` pixels.
pub(super) fn room<'a>(
    names: impl Iterator<Item = &'a str>,
    px: f64,
    (least, most): (f64, f64),
) -> f64 {
    names.map(|name| width(name, px)).fold(least, f64::max).min(most).ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_rounds_to_zero_has_no_sign() {
        let found = [0.04, -0.04, 1.25, -1.25].map(|value| signed(value, 1));
        assert_eq!(found, ["0.0", "0.0", "+1.2", "−1.2"]);
    }

    #[test]
    fn names_are_cut_to_their_room_and_no_shorter() {
        assert_eq!(fitted("jazz", 12.0, 100.0), "jazz");
        let long = "a name that is much longer than there is room for";
        let cut = fitted(long, 12.0, 100.0);
        assert!(cut.ends_with('…') && width(&cut, 12.0) <= 100.0, "{cut}");
        let n = cut.chars().count();
        let longer: String = long.chars().take(n + 1).chain(['…']).collect();
        assert!(width(&longer, 12.0) > 100.0, "{cut}");
        assert_eq!(room(["a", long].into_iter(), 12.0, (30.0, 90.0)), 90.0);
        assert!(width("mmmm", 24.0) > 1.8 * width("mmmm", 12.0));
    }
}
