//! What is to be looked at may be recorded here.

use eframe::egui::{Button, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use crate::gui::desk::JobKind;
use crate::gui::paint::meter;
use crate::gui::state::State;
use crate::gui::theme::Palette;
use crate::gui::wish::Wish;
use crate::gui::words::clock;
use crate::playback::Heard;

/// The level at which the meter is empty, in dB below full scale.
const QUIETEST_DB: f32 = -60.0;
/// Of the meter.
const METER_WIDTH: f32 = 160.0;

/// Whether there is a microphone, and what it hears.
#[derive(Debug, Default)]
pub(in crate::gui) struct Recorder {
    microphone: Microphone,
    /// Since a recording was asked for, until it has ended.
    heard: Option<Heard>,
}

#[derive(Debug, Default, PartialEq)]
enum Microphone {
    /// Nobody has looked.
    #[default]
    Unknown,
    /// It is looked for.
    Searching,
    /// There is one of this name.
    Ready(String),
    /// There is none, for this reason.
    None(String),
}

impl Recorder {
    /// Whether a microphone is to be looked for; it is then as if it were.
    pub(in crate::gui) fn wants_microphone(&mut self) -> bool {
        let is_unknown = self.microphone == Microphone::Unknown;
        if is_unknown {
            self.microphone = Microphone::Searching;
        }
        is_unknown
    }

    /// One may have been connected meanwhile. While it records it is not disturbed.
    pub(in crate::gui) fn look_again(&mut self) {
        if self.heard.is_none() && self.microphone != Microphone::Searching {
            self.microphone = Microphone::Unknown;
        }
    }

    pub(in crate::gui) fn found(&mut self, found: Result<String, String>) {
        self.microphone = found.map_or_else(Microphone::None, Microphone::Ready);
    }

    pub(in crate::gui) fn begin(&mut self) {
        self.heard = Some(Heard { seconds: 0.0, peak: 0.0 });
    }

    pub(in crate::gui) fn hear(&mut self, heard: Heard) {
        self.heard = self.heard.map(|_| heard);
    }

    pub(in crate::gui) fn end(&mut self) {
        self.heard = None;
    }
}

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    ui.horizontal_centered(|ui| match state.inspect.recorder.heard {
        Some(heard) => {
            let job = state.jobs.iter().find(|known| known.job.kind == JobKind::Record);
            let stop = Button::new(RichText::new("Stop recording").strong());
            let stop = ui.add_enabled(job.is_some(), stop);
            if stop.on_hover_text("Keep what was recorded, and look at it").clicked() {
                wishes.extend(job.map(|known| Wish::Cancel(known.job.id)));
            }
            ui.label(RichText::new(clock(heard.seconds)).monospace());
            level(ui, heard.peak, palette);
        }
        None => {
            let microphone = &state.inspect.recorder.microphone;
            let is_ready = matches!(microphone, Microphone::Ready(_));
            let hint = match microphone {
                Microphone::Ready(name) => format!("From {name}, ten minutes at most"),
                Microphone::None(reason) => reason.clone(),
                Microphone::Unknown | Microphone::Searching => {
                    "A microphone is being looked for".to_owned()
                }
            };
            let button = ui.add_enabled(is_ready, Button::new("Record"));
            let button = button.on_hover_text(&hint).on_disabled_hover_text(&hint);
            if button.clicked() {
                wishes.push(Wish::Record);
            }
            if let Microphone::None(_) = microphone {
                let text = RichText::new("No microphone").color(palette.faint);
                ui.label(text).on_hover_text(hint);
            }
        }
    });
}

/// How loud it is, on a scale in dB.
fn level(ui: &mut Ui, peak: f32, palette: Palette) {
    let db = 20.0 * peak.max(1e-6).log10();
    let (rect, response) = ui.allocate_exact_size(vec2(METER_WIDTH, 10.0), Sense::hover());
    let label = format!("Level {db:.0} dB");
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &label));
    // What reaches full scale is cut off.
    let color = if peak >= 1.0 { palette.negative } else { palette.accent };
    meter(ui.painter(), rect, 1.0 - db / QUIETEST_DB, [color, palette.line]);
    response.on_hover_text(label);
}
