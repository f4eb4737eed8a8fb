//! Colors, type and measures, light and dark.

use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Visuals,
    vec2,
};

/// Between neighbors.
pub(super) const GAP: f32 = 8.0;
/// Between groups.
pub(super) const GROUP_GAP: f32 = 16.0;
/// Of cards and fields.
pub(super) const RADIUS: u8 = 6;

/// Eight colors that are told apart with any kind of color vision, by Okabe and Ito (2008); the first is for either theme.
const CLASS_COLORS: [(u8, u8, u8); 8] = [
    (0x56, 0xB4, 0xE9),
    (0xE6, 0x9F, 0x00),
    (0x00, 0x9E, 0x73),
    (0xCC, 0x79, 0xA7),
    (0xD5, 0x5E, 0x00),
    (0x00, 0x72, 0xB2),
    (0xF0, 0xE4, 0x42),
    (0x99, 0x99, 0x99),
];

/// What things are painted with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Palette {
    /// What is sunk: fields, the lanes of a timeline.
    pub(super) ground: Color32,
    /// Behind everything.
    pub(super) surface: Color32,
    /// Fields on a panel; cards under the pointer.
    pub(super) raised: Color32,
    /// Lines between areas.
    pub(super) line: Color32,
    /// Text.
    pub(super) text: Color32,
    /// Text of less weight; 4.5 : 1 on `surface` at least.
    pub(super) faint: Color32,
    /// What is selected or primary.
    pub(super) accent: Color32,
    /// Speaks for.
    pub(super) positive: Color32,
    /// Speaks against; goes wrong.
    pub(super) negative: Color32,
    /// To be looked at.
    pub(super) warning: Color32,
}

const DARK: Palette = Palette {
    ground: Color32::from_rgb(0x12, 0x14, 0x18),
    surface: Color32::from_rgb(0x1A, 0x1D, 0x23),
    raised: Color32::from_rgb(0x25, 0x2A, 0x32),
    line: Color32::from_rgb(0x33, 0x39, 0x43),
    text: Color32::from_rgb(0xE8, 0xEA, 0xED),
    faint: Color32::from_rgb(0xA0, 0xA8, 0xB4),
    accent: Color32::from_rgb(0x5B, 0xB8, 0xF0),
    positive: Color32::from_rgb(0x4C, 0xB0, 0xE8),
    negative: Color32::from_rgb(0xF0, 0x8A, 0x4B),
    warning: Color32::from_rgb(0xF2, 0xC1, 0x4E),
};

/// As on paper.
pub(super) const LIGHT: Palette = Palette {
    ground: Color32::from_rgb(0xEE, 0xF0, 0xF3),
    surface: Color32::from_rgb(0xFB, 0xFC, 0xFD),
    raised: Color32::from_rgb(0xE6, 0xEA, 0xEF),
    line: Color32::from_rgb(0xCB, 0xD1, 0xD9),
    text: Color32::from_rgb(0x1B, 0x1F, 0x26),
    faint: Color32::from_rgb(0x57, 0x60, 0x6C),
    accent: Color32::from_rgb(0x0B, 0x6F, 0xB0),
    positive: Color32::from_rgb(0x0B, 0x6F, 0xB0),
    negative: Color32::from_rgb(0xB4, 0x4A, 0x08),
    warning: Color32::from_rgb(0x8F, 0x63, 0x00),
};

impl Palette {
    /// That of the theme in use.
    pub(super) fn of(context: &Context) -> Self {
        match context.theme() {
            Theme::Dark => DARK,
            Theme::Light => LIGHT,
        }
    }
}

/// The color of a class; beyond eight classes colors come again, paler each time, and names tell.
pub(super) fn class_color(class: usize) -> Color32 {
    let (r, g, b) = CLASS_COLORS[class % CLASS_COLORS.len()];
    let paler = 1.0 - 0.6_f32.powi((class / CLASS_COLORS.len()) as i32);
    Color32::from_rgb(r, g, b).lerp_to_gamma(Color32::WHITE, paler)
}

/// Sets type, measures and both themes.
pub(super) fn install(context: &Context) {
    for (theme, palette) in [(Theme::Dark, DARK), (Theme::Light, LIGHT)] {
        context.style_mut_of(theme, |style| {
            style.visuals = visuals(theme, palette);
            let font = |size| FontId::new(size, FontFamily::Proportional);
            style.text_styles = [
                (TextStyle::Small, font(11.5)),
                (TextStyle::Body, font(14.0)),
                (TextStyle::Button, font(14.0)),
                (TextStyle::Heading, font(19.0)),
                (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
            ]
            .into();
            style.spacing.item_spacing = vec2(GAP, GAP);
            style.spacing.button_padding = vec2(10.0, 5.0);
            style.spacing.interact_size.y = 28.0;
            style.spacing.menu_margin = Margin::same(8);
        });
    }
}

fn visuals(theme: Theme, palette: Palette) -> Visuals {
    let mut visuals = theme.default_visuals();
    let Palette { ground, surface, raised, line, text, accent, .. } = palette;
    // The window is cleared to it, so that no panel has to be filled, pixel by pixel where a processor paints.
    visuals.panel_fill = Color32::TRANSPARENT;
    visuals.window_fill = surface;
    visuals.extreme_bg_color = ground;
    visuals.faint_bg_color = raised;
    visuals.window_stroke = Stroke::new(1.0, line);
    visuals.selection.bg_fill = accent.gamma_multiply(0.35);
    visuals.selection.stroke = Stroke::new(1.5, accent);
    visuals.hyperlink_color = accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.negative;
    let radius = CornerRadius::same(RADIUS);
    let widgets = &mut visuals.widgets;
    for (state, fill, edge) in [
        (&mut widgets.noninteractive, surface, line),
        (&mut widgets.inactive, raised, line),
        (&mut widgets.hovered, raised, accent),
        (&mut widgets.active, raised, accent),
        (&mut widgets.open, raised, line),
    ] {
        state.corner_radius = radius;
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, edge);
        state.fg_stroke = Stroke::new(1.0, text);
        state.expansion = 0.0;
    }
    visuals.window_corner_radius = radius;
    visuals
}
