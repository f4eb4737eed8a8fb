//! Colors by what they mean, on white, on black, and by name for a page that knows which of the two it is.

use std::fmt::Write as _;

use plotters::style::RGBColor;

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Behind everything.
    Ground,
    /// Words and numbers.
    Text,
    /// Words of less weight.
    Faint,
    /// Axes and grids.
    Line,
    /// The first of two series.
    First,
    /// The second.
    Second,
    /// A cell that speaks for; text on it stays legible.
    For,
    /// A cell that speaks against.
    Against,
}

/// Where a figure is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// By itself, on white.
    Light,
    /// By itself, on near black.
    Dark,
    /// In a page that defines the colors of [`page_palette`].
    Page,
}

impl Ink {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Ground,
        Self::Text,
        Self::Faint,
        Self::Line,
        Self::First,
        Self::Second,
        Self::For,
        Self::Against,
    ];

    /// The custom property of CSS that holds it.
    pub fn property(self) -> &'static str {
        match self {
            Self::Ground => "--plot-ground",
            Self::Text => "--plot-text",
            Self::Faint => "--plot-faint",
            Self::Line => "--plot-line",
            Self::First => "--plot-first",
            Self::Second => "--plot-second",
            Self::For => "--plot-for",
            Self::Against => "--plot-against",
        }
    }

    /// Its color; for a page a placeholder that [`Look::finish`] replaces.
    pub(super) fn rgb(self, look: Look) -> (u8, u8, u8) {
        match look {
            Look::Light => match self {
                Self::Ground => (0xFF, 0xFF, 0xFF),
                Self::Text => (0x12, 0x16, 0x1C),
                Self::Faint => (0x53, 0x5C, 0x68),
                Self::Line => (0xC9, 0xCF, 0xD7),
                Self::First => (0x0B, 0x66, 0xA6),
                Self::Second => (0xB3, 0x47, 0x05),
                Self::For => (0x62, 0xA9, 0xE4),
                Self::Against => (0xEF, 0x97, 0x5E),
            },
            Look::Dark => match self {
                Self::Ground => (0x14, 0x17, 0x1C),
                Self::Text => (0xEC, 0xEE, 0xF1),
                Self::Faint => (0xA6, 0xAE, 0xBA),
                Self::Line => (0x3A, 0x41, 0x4C),
                Self::First => (0x5B, 0xB8, 0xF0),
                Self::Second => (0xF2, 0x94, 0x58),
                Self::For => (0x1A, 0x60, 0x99),
                Self::Against => (0x98, 0x47, 0x12),
            },
            Look::Page => (0xFE, self as u8, 0xED),
        }
    }

    pub(super) fn color(self, look: Look) -> RGBColor {
        let (r, g, b) = self.rgb(look);
        RGBColor(r, g, b)
    }
}

impl Look {
    /// Puts the page's own colors in place of placeholders; an attribute's value cannot come from a user's text, in which
    /// quotes are escaped.
    pub(super) fn finish(self, mut svg: String) -> String {
        if self == Self::Page {
            for ink in Ink::ALL {
                let (r, g, b) = ink.rgb(self);
                let placeholder = format!("\"#{r:02X}{g:02X}{b:02X}\"");
                svg = svg.replace(&placeholder, &format!("\"var({})\"", ink.property()));
            }
        }
        svg
    }
}

/// The colors of the figures of a page as declarations of CSS.
pub fn page_palette(look: Look) -> String {
    let mut css = String::new();
    for ink in Ink::ALL {
        let (r, g, b) = ink.rgb(look);
        let _ = write!(css, "{}:#{r:02x}{g:02x}{b:02x};", ink.property());
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: WCAG 2.2, "relative luminance" and "contrast ratio".
    fn contrast(a: (f64, f64, f64), b: (f64, f64, f64)) -> f64 {
        let linear = |c: f64| match c / 255.0 {
            c if c <= 0.04045 => c / 12.92,
            c => ((c + 0.055) / 1.055_f64).powf(2.4),
        };
        let luminance = |(r, g, b): (f64, f64, f64)| {
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_is_legible_on_the_ground_and_on_every_cell_however_strong() {
        for look in [Look::Light, Look::Dark] {
            let of = |ink: Ink| {
                let (r, g, b) = ink.rgb(look);
                (f64::from(r), f64::from(g), f64::from(b))
            };
            let ground = of(Ink::Ground);
            for ink in [Ink::Text, Ink::Faint, Ink::First, Ink::Second] {
                assert!(contrast(of(ink), ground) >= 4.5, "{look:?} {ink:?}");
            }
            for (cell, tenths) in
                [Ink::For, Ink::Against].iter().flat_map(|cell| (0..=10).map(move |t| (cell, t)))
            {
                let share = f64::from(tenths) / 10.0;
                let mix = |a: f64, b: f64| a * share + b * (1.0 - share);
                let cell = of(*cell);
                let mixed = (mix(cell.0, ground.0), mix(cell.1, ground.1), mix(cell.2, ground.2));
                let found = contrast(of(Ink::Text), mixed);
                assert!(found >= 4.5, "{look:?} {cell:?} at {share}: {found}");
            }
        }
    }

    #[test]
    fn a_page_s_figure_names_colors_and_holds_none() {
        let (r, g, b) = Ink::Against.rgb(Look::Page);
        let svg = format!("<rect fill=\"#{r:02X}{g:02X}{b:02X}\"/><text>#{r:02X}</text>");
        let found = Look::Page.finish(svg.clone());
        assert_eq!(found, "<rect fill=\"var(--plot-against)\"/><text>#FE</text>");
        assert_eq!(Look::Light.finish(svg.clone()), svg);
        assert!(page_palette(Look::Dark).contains("--plot-text:#eceef1;"));
    }
}
