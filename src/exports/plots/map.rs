//! Segments and prototypes on a plane.

use plotters::backend::DrawingBackend;

use super::figure::{Dots, Draw};
use super::pen::{Anchor, BELOW_HEADING, MARGIN, NAME_PX, Pen};
use super::text::{fitted, room, width};
use super::{Ink, PlotError};

/// The height of a row of the legend.
const ROW: f64 = 20.0;
/// Room for its names.
const NAMES: (f64, f64) = (60.0, 180.0);
/// Between plane, marks and names.
const GAP: f64 = 12.0;
/// Of a dot in the legend.
const LEGEND_DOT: f64 = 9.0;
/// From the middle of a prototype's mark to its corners.
const MARK: f64 = 6.0;
/// How much a point covers that does not stand out.
const FAINT: f64 = 0.18;

/// Points of one color.
#[derive(Debug, Clone, PartialEq)]
pub struct MapSeries {
    /// Red, green and blue.
    pub color: (u8, u8, u8),
    /// Others are faint.
    pub is_strong: bool,
    /// To the right and down from the upper left corner of the plane, in points.
    pub at: Vec<[f32; 2]>,
}

/// A prototype.
#[derive(Debug, Clone, PartialEq)]
pub struct MapMark {
    /// To the right and down from the upper left corner of the plane, in points.
    pub at: [f32; 2],
    /// That of its class; `None` for one that is off.
    pub color: Option<(u8, u8, u8)>,
    /// Its name, where it is to be read.
    pub name: Option<String>,
}

/// Segments as dots, by color, under prototypes as diamonds.
#[derive(Debug, Clone, PartialEq)]
pub struct MapFigure {
    /// Width and height of the plane, in points.
    pub plane: (u32, u32),
    /// The share of the variance of z that either axis keeps.
    pub kept: [f64; 2],
    /// What color says.
    pub coloring: String,
    /// Colors and what they are for.
    pub legend: Vec<(String, (u8, u8, u8))>,
    /// Points, later ones above.
    pub series: Vec<MapSeries>,
    /// Of a point, in points.
    pub diameter: f64,
    /// Prototypes, above all points.
    pub marks: Vec<MapMark>,
}

impl MapFigure {
    fn note(&self) -> String {
        let [x, y] = self.kept.map(|share| share * 100.0);
        format!(
            "{:.0} % of the variance of z is kept ({x:.0} % across, {y:.0} % up); color: {}",
            x + y,
            self.coloring
        )
    }

    fn names(&self) -> f64 {
        room(self.legend.iter().map(|(name, _)| name.as_str()), NAME_PX, NAMES)
    }

    /// The middle of a mark of the legend: that of prototypes follows the colors.
    fn legend_at(&self, row: usize) -> (f64, f64) {
        let x = MARGIN + f64::from(self.plane.0) + GAP + LEGEND_DOT / 2.0;
        (x, BELOW_HEADING + (row as f64 + 0.5) * ROW)
    }

    /// A place on the plane, in points of the figure.
    fn place(at: [f32; 2]) -> [f64; 2] {
        [MARGIN + f64::from(at[0]), BELOW_HEADING + f64::from(at[1])]
    }
}

impl Draw for MapFigure {
    fn size(&self) -> (u32, u32) {
        let (plane_width, plane_height) = (f64::from(self.plane.0), f64::from(self.plane.1));
        let legend = GAP + LEGEND_DOT + GAP + self.names();
        let heading = width(&self.note(), NAME_PX);
        let rows = (self.legend.len() + 1) as f64 * ROW;
        let size = [
            (plane_width + legend).max(heading) + 2.0 * MARGIN,
            BELOW_HEADING + plane_height.max(rows) + MARGIN,
        ];
        let [width, height] = size.map(|points| points.ceil() as u32);
        (width, height)
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        pen.heading("Data map", &self.note())?;
        let (width, height) = (f64::from(self.plane.0), f64::from(self.plane.1));
        pen.frame([MARGIN, BELOW_HEADING, width, height], Ink::Line, 1.0)?;
        let names = self.legend.iter().map(|(name, _)| name.as_str()).chain(["prototype"]);
        for (row, name) in names.enumerate() {
            let (x, y) = self.legend_at(row);
            let at = (x + LEGEND_DOT / 2.0 + GAP, y);
            let name = fitted(name, NAME_PX, self.names());
            pen.text(&name, at, (NAME_PX, Ink::Text), Anchor::Left)?;
        }
        Ok(())
    }

    fn dots(&self) -> Vec<Dots> {
        let of_series = self.series.iter().map(|series| Dots {
            color: series.color,
            opacity: if series.is_strong { 1.0 } else { FAINT },
            diameter: self.diameter,
            at: series.at.iter().map(|at| Self::place(*at).map(|x| x as f32)).collect(),
        });
        let of_legend = self.legend.iter().enumerate().map(|(row, (_, color))| {
            let (x, y) = self.legend_at(row);
            Dots {
                color: *color,
                opacity: 1.0,
                diameter: LEGEND_DOT,
                at: vec![[x as f32, y as f32]],
            }
        });
        of_series.chain(of_legend).collect()
    }

    fn draw_above<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        let diamond = |[x, y]: [f64; 2], color: Option<(u8, u8, u8)>| {
            let corners = [(x, y - MARK), (x + MARK, y), (x, y + MARK), (x - MARK, y)];
            match color {
                Some(color) => pen.mark(&corners, color, (Ink::Text, 1.5)),
                None => {
                    pen.polygon(&corners, Ink::Ground)?;
                    let outline = [&corners[..], &corners[..1]].concat();
                    pen.line(&outline, Ink::Text, 1.5)
                }
            }
        };
        let (x, y) = self.legend_at(self.legend.len());
        diamond([x, y], None)?;
        for mark in &self.marks {
            let [x, y] = Self::place(mark.at);
            diamond([x, y], mark.color)?;
            if let Some(name) = &mark.name {
                let above = (x, y - MARK - NAME_PX);
                pen.text(name, above, (NAME_PX, Ink::Text), Anchor::Center)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exports::plots::{Figure as _, Look};

    fn figure() -> MapFigure {
        let series =
            |color, is_strong, at: &[[f32; 2]]| MapSeries { color, is_strong, at: at.to_vec() };
        MapFigure {
            plane: (400, 300),
            kept: [0.41, 0.22],
            coloring: "true class".to_owned(),
            legend: vec![("jazz".to_owned(), (1, 2, 3)), ("r<&>b".to_owned(), (200, 30, 4))],
            series: vec![
                series((200, 30, 4), false, &[[10.0, 20.0]]),
                series((1, 2, 3), true, &[[100.04, 200.26], [5.0, 6.96]]),
            ],
            diameter: 5.0,
            marks: vec![
                MapMark { at: [50.0, 60.0], color: Some((1, 2, 3)), name: Some("jazz/0".into()) },
                MapMark { at: [70.0, 80.0], color: None, name: None },
            ],
        }
    }

    #[test]
    fn points_are_one_path_a_color_to_a_tenth_of_a_point_beneath_the_prototypes() {
        let svg = figure().svg(Look::Light).unwrap();
        let paths: Vec<&str> = svg.lines().filter(|line| line.starts_with("<path")).collect();
        assert_eq!(paths.len(), 2 + 2, "two series, two colors of the legend");
        assert!(paths[0].contains("\"#C81E04\"") && paths[0].contains("opacity=\"0.18\""));
        assert!(paths[0].contains("d=\"M22 78h0\""), "{}", paths[0]);
        assert!(paths[1].contains("d=\"M112 258.3h0M17 65h0\""), "{}", paths[1]);
        assert!(paths[1].contains("\"#010203\"") && paths[1].contains("opacity=\"1\""));
        let place = |what: &str| svg.find(what).unwrap();
        assert!(place("jazz/0") > place("M112 258.3") && place("62,112") > place("M112 258.3"));
        for words in ["63 % of the variance", "41 % across", "true class", "r&lt;&amp;&gt;b"] {
            assert!(svg.contains(words), "{words}: {svg}");
        }
        assert_eq!(svg, figure().svg(Look::Light).unwrap());
    }

    #[test]
    fn a_hundred_thousand_points_make_a_file_of_two_megabytes_at_most() {
        let at = |i: usize| [(i * 37 % 4001) as f32 / 10.03, (i * 91 % 3001) as f32 / 10.07];
        let points = (0..100_000).map(at).collect();
        let series = vec![MapSeries { color: (9, 9, 9), is_strong: true, at: points }];
        let svg = MapFigure { series, ..figure() }.svg(Look::Light).unwrap();
        assert_eq!(svg.matches("h0").count(), 100_000 + 2);
        assert!(svg.len() < 2_000_000, "{} bytes", svg.len());
    }

    #[test]
    fn an_image_of_it_shows_points_and_marks_where_they_are() {
        let png = figure().png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let width = reader.info().width as usize;
        // Two pixels for each point.
        let at = |x: usize, y: usize| {
            let first = 3 * (2 * y * width + 2 * x);
            pixels[first..first + 3].to_vec()
        };
        assert_eq!(at(112, 258), [1, 2, 3]);
        assert_eq!(at(62, 118), [1, 2, 3], "a prototype in the color of its class");
        assert_eq!(at(82, 138), [255, 255, 255], "one that is off is empty");
        assert_eq!(at(300, 300), [255, 255, 255]);
    }
}
