//! What figures are drawn with: a place, a scale, and inks.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color as _, FontDesc, FontTransform, IntoFont as _, RGBColor, ShapeStyle, TextStyle,
};

use super::text::{FAMILY, size};
use super::{Ink, Look, PlotError};

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// To its right.
    Left,
    /// Around it.
    Center,
    /// To its left.
    Right,
}

/// A pen on a drawing; all measures are points of the figure, `x` to the right and `y` down.
pub(super) struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    look: Look,
    scale: f64,
}

impl<'a, DB: DrawingBackend> Pen<'a, DB> {
    pub(super) fn new(area: &'a DrawingArea<DB, Shift>, look: Look, scale: f64) -> Self {
        Self { area, look, scale }
    }

    /// Pixels of so many points.
    pub(super) fn px(&self, points: f64) -> i32 {
        (points * self.scale).round() as i32
    }

    /// A part of the drawing by itself: left, top, width and height.
    pub(super) fn part(&self, [x, y, width, height]: [f64; 4]) -> DrawingArea<DB, Shift> {
        let (left, top) = (self.px(x), self.px(y));
        self.area.clone().shrink((left, top), (self.px(width), self.px(height)))
    }

    /// What a heading leaves of a figure of this width and height.
    pub(super) fn below_heading(&self, (width, height): (u32, u32)) -> DrawingArea<DB, Shift> {
        let (width, height) = (f64::from(width), f64::from(height));
        self.part([MARGIN, BELOW_HEADING, width - 2.0 * MARGIN, height - BELOW_HEADING - MARGIN])
    }

    /// How letters of `px` points look.
    pub(super) fn letters(&self, px: f64, ink: Ink) -> TextStyle<'static> {
        self.style((FAMILY, size(px) * self.scale).into_font(), ink)
    }

    fn style(&self, font: FontDesc<'static>, ink: Ink) -> TextStyle<'static> {
        let color = ink.color(self.look).to_backend_color();
        TextStyle { color, ..TextStyle::from(font) }
    }

    /// A line of so many points.
    pub(super) fn stroke(&self, ink: Ink, width: f64) -> ShapeStyle {
        ink.color(self.look).stroke_width(self.px(width).max(1) as u32)
    }

    /// A filled shape of so much of its color over the ground.
    pub(super) fn fill(&self, ink: Ink, strength: f64) -> ShapeStyle {
        // Few digits, because an SVG holds all of them.
        let strength = (strength.clamp(0.0, 1.0) * 1000.0).round() / 1000.0;
        ink.color(self.look).mix(strength).filled()
    }

    /// A text whose middle is as high as `y`.
    pub(super) fn text(
        &self,
        text: &str,
        (x, y): (f64, f64),
        (px, ink): (f64, Ink),
        anchor: Anchor,
    ) -> Result<(), PlotError> {
        let style = self.letters(px, ink).pos(Pos::new(anchor.horizontal(), VPos::Center));
        Ok(self.area.draw(&Text::new(text, (self.px(x), self.px(y)), style))?)
    }

    /// A text that reads upward from its point, or around it.
    pub(super) fn upward(
        &self,
        text: &str,
        (x, y): (f64, f64),
        (px, ink): (f64, Ink),
        anchor: Anchor,
    ) -> Result<(), PlotError> {
        let font = (FAMILY, size(px) * self.scale).into_font().transform(FontTransform::Rotate270);
        let style = self.style(font, ink).pos(Pos::new(anchor.horizontal(), VPos::Center));
        Ok(self.area.draw(&Text::new(text, (self.px(x), self.px(y)), style))?)
    }

    /// A filled rectangle: left, top, width and height.
    pub(super) fn rect(
        &self,
        [x, y, width, height]: [f64; 4],
        ink: Ink,
        strength: f64,
    ) -> Result<(), PlotError> {
        let corners = [(self.px(x), self.px(y)), (self.px(x + width), self.px(y + height))];
        Ok(self.area.draw(&Rectangle::new(corners, self.fill(ink, strength)))?)
    }

    /// The outline of a rectangle.
    pub(super) fn frame(
        &self,
        [x, y, width, height]: [f64; 4],
        ink: Ink,
        stroke: f64,
    ) -> Result<(), PlotError> {
        let (right, bottom) = (x + width, y + height);
        self.line(&[(x, y), (right, y), (right, bottom), (x, bottom), (x, y)], ink, stroke)
    }

    /// A line through points.
    pub(super) fn line(
        &self,
        points: &[(f64, f64)],
        ink: Ink,
        width: f64,
    ) -> Result<(), PlotError> {
        let points: Vec<_> = points.iter().map(|(x, y)| (self.px(*x), self.px(*y))).collect();
        Ok(self.area.draw(&PathElement::new(points, self.stroke(ink, width)))?)
    }

    /// A filled polygon.
    pub(super) fn polygon(&self, points: &[(f64, f64)], ink: Ink) -> Result<(), PlotError> {
        let points: Vec<_> = points.iter().map(|(x, y)| (self.px(*x), self.px(*y))).collect();
        Ok(self.area.draw(&Polygon::new(points, self.fill(ink, 1.0)))?)
    }

    /// A polygon of a color that has no meaning of its own, with an outline.
    pub(super) fn mark(
        &self,
        points: &[(f64, f64)],
        (r, g, b): (u8, u8, u8),
        edge: (Ink, f64),
    ) -> Result<(), PlotError> {
        let corners: Vec<_> = points.iter().map(|(x, y)| (self.px(*x), self.px(*y))).collect();
        self.area.draw(&Polygon::new(corners, RGBColor(r, g, b).filled()))?;
        let outline: Vec<_> = points.iter().chain(points.first()).copied().collect();
        self.line(&outline, edge.0, edge.1)
    }

    /// A round dot of a color that has no meaning of its own.
    pub(super) fn dot(
        &self,
        [x, y]: [f64; 2],
        diameter: f64,
        (r, g, b): (u8, u8, u8),
        opacity: f64,
    ) -> Result<(), PlotError> {
        let style = RGBColor(r, g, b).mix(opacity).filled();
        let center = (self.px(x), self.px(y));
        Ok(self.area.draw(&Circle::new(center, self.px(diameter / 2.0), style))?)
    }

    /// The heading of a figure, at its upper left corner, and what to know beneath it.
    pub(super) fn heading(&self, title: &str, note: &str) -> Result<(), PlotError> {
        self.text(title, (MARGIN, MARGIN + 9.0), (TITLE_PX, Ink::Text), Anchor::Left)?;
        self.text(note, (MARGIN, MARGIN + 29.0), (NAME_PX, Ink::Faint), Anchor::Left)
    }
}

/// Around a figure.
pub(super) const MARGIN: f64 = 12.0;
/// Where what is beneath a heading begins.
pub(super) const BELOW_HEADING: f64 = MARGIN + 46.0;
/// Letters of a heading.
pub(super) const TITLE_PX: f64 = 16.0;
/// Letters of names and notes.
pub(super) const NAME_PX: f64 = 12.0;
/// Letters of numbers in cells.
pub(super) const CELL_PX: f64 = 11.0;

impl Anchor {
    fn horizontal(self) -> HPos {
        match self {
            Self::Left => HPos::Left,
            Self::Center => HPos::Center,
            Self::Right => HPos::Right,
        }
    }
}
