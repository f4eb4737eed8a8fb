//! Numbers as bars.

use eframe::egui::{Color32, CornerRadius, Painter, Rect, pos2};

/// A bar from the left, filled to a share from 0 to 1.
pub(in crate::gui) fn meter(
    painter: &Painter,
    rect: Rect,
    share: f32,
    [full, empty]: [Color32; 2],
) {
    let radius = CornerRadius::same(2);
    painter.rect_filled(rect, radius, empty);
    let width = rect.width() * share.clamp(0.0, 1.0);
    if width > 0.0 {
        painter.rect_filled(rect.with_max_x(rect.left() + width), radius, full);
    }
}

/// A bar from the middle, to the right where the value is positive; `largest` fills a half.
pub(in crate::gui) fn signed_bar(
    painter: &Painter,
    rect: Rect,
    value: f32,
    largest: f32,
    [positive, negative, axis]: [Color32; 3],
) {
    let middle = rect.center().x;
    let reach = rect.width() / 2.0 * (value / largest.max(f32::MIN_POSITIVE)).clamp(-1.0, 1.0);
    let (left, right) = (middle.min(middle + reach), middle.max(middle + reach));
    let bar = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
    let color = if value >= 0.0 { positive } else { negative };
    painter.rect_filled(bar, CornerRadius::same(2), color);
    painter.vline(middle, rect.y_range().expand(1.0), (1.0, axis));
}
