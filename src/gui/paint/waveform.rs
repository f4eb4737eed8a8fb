//! The outline of a sound.

use eframe::egui::{Color32, Painter, Rect, Stroke, pos2};

/// Paints an outline, louder parts taller; what lies before `playhead` (from 0 to 1) in another color.
pub(in crate::gui) fn waveform(
    painter: &Painter,
    rect: Rect,
    outline: &[(f32, f32)],
    [played, ahead]: [Color32; 2],
    playhead: f32,
) {
    let peak = outline.iter().fold(1e-3_f32, |peak, (low, high)| peak.max(-low).max(*high));
    let n_columns = (rect.width() as usize).clamp(1, outline.len().max(1));
    for column in 0..n_columns {
        let part = column * outline.len() / n_columns..(column + 1) * outline.len() / n_columns;
        let start = (0.0_f32, 0.0_f32);
        let (low, high) =
            outline[part].iter().fold(start, |(low, high), (l, h)| (low.min(*l), high.max(*h)));
        let at = (column as f32 + 0.5) / n_columns as f32;
        let x = rect.left() + at * rect.width();
        let y = |value: f32| rect.center().y - value / peak * rect.height() * 0.48;
        let color = if at <= playhead { played } else { ahead };
        let ends = [pos2(x, y(high) - 0.5), pos2(x, y(low) + 0.5)];
        painter.line_segment(ends, Stroke::new(1.0, color));
    }
}
