//! A window on a run, and the patience to wait for what it does.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{ColorImage, Key, Modifiers, OutputCommand, ViewportCommand};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pecmae::gui::{Opening, Studio};
use pecmae::models::Library;
use pecmae::playback::{DeviceError, Microphone, NoMicrophone, Speakers};

use crate::program::Workshop;
use crate::speakers::{Speaker, speakers};

/// How long anything may take; a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// A window on a run.
pub(crate) struct Desk {
    pub(crate) harness: Harness<'static, Studio>,
    /// What went to the sound device.
    pub(crate) heard: Arc<Mutex<Vec<f32>>>,
}

/// A workshop with a run of three classes of two prototypes each, with sounds.
pub(crate) fn workshop() -> Workshop {
    let workshop = Workshop::new();
    for (class, hz) in [("bass", 80.0), ("middle", 600.0), ("treble", 3000.0)] {
        for i in 0..6 {
            let hz = hz * (1.0 + 0.06 * i as f32);
            workshop.write_sound(&format!("music/{class}/{class}-{i}.wav"), 4.0, hz);
        }
    }
    let train =
        ["train", "music", "--model", "tiny", "-k", "2", "--steps", "60", "--name", "three"];
    workshop.succeeds(&train);
    workshop.succeeds(&["sonify", "prototypes/three", "--steps", "2", "--takes", "1", "--check"]);
    workshop
}

/// No microphone.
pub(crate) fn deaf() -> Microphone {
    Microphone::opened_by(|| {
        let [pulse, alsa] = ["refused", "no such device"].map(DeviceError::new);
        Err(NoMicrophone::NotFound { pulse, alsa })
    })
}

impl Desk {
    /// Opens the window on a run of the workshop, and files to look at. There is no microphone.
    pub(crate) fn open(workshop: &Workshop, run: Option<&str>, audio: &[&str]) -> Self {
        Self::open_with(workshop, run, audio, deaf())
    }

    /// The same with a microphone.
    pub(crate) fn open_with(
        workshop: &Workshop,
        run: Option<&str>,
        audio: &[&str],
        microphone: Microphone,
    ) -> Self {
        let speaker = Speaker::new("speaker");
        let heard = speaker.heard();
        Self::open_on(workshop, run, audio, (speakers(vec![speaker]), microphone), heard)
    }

    /// The same on other devices.
    pub(crate) fn open_on(
        workshop: &Workshop,
        run: Option<&str>,
        audio: &[&str],
        devices: (Speakers, Microphone),
        heard: Arc<Mutex<Vec<f32>>>,
    ) -> Self {
        let opening = Opening {
            run: run.map(|run| workshop.path(run)),
            audio: audio.iter().map(|path| workshop.path(path)).collect(),
            runs: workshop.path("prototypes"),
            library: Some(Library::at(&workshop.path("home").join("models"))),
        };
        let harness = Harness::builder()
            .with_size([1280.0, 720.0])
            .build_eframe(|context| Studio::new(context, opening, devices));
        Self { harness, heard }
    }

    /// Paints until something is so.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Harness<'static, Studio>) -> bool) {
        let began = Instant::now();
        loop {
            self.harness.step();
            if is_so(&self.harness) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "it never came to this: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Paints until there is something of that label.
    pub(crate) fn wait_for(&mut self, label: &str) {
        self.until(label, |harness| harness.query_all_by_label_contains(label).next().is_some());
    }

    /// Whether there is something of that label.
    pub(crate) fn shows(&self, label: &str) -> bool {
        self.harness.query_all_by_label_contains(label).next().is_some()
    }

    /// Presses what has exactly that label, once it is there.
    pub(crate) fn click(&mut self, label: &str) {
        self.until(label, |harness| harness.query_all_by_label(label).next().is_some());
        self.harness.get_by_label(label).click();
        self.harness.step();
        self.harness.step();
    }

    /// What lies on the clipboard once that is pressed.
    pub(crate) fn copied_by(&mut self, label: &str) -> String {
        self.harness.get_by_label(label).click();
        for _ in 0..5 {
            self.harness.step();
            let commands = &self.harness.output().platform_output.commands;
            let text = commands.iter().find_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            });
            if let Some(text) = text {
                return text;
            }
        }
        panic!("nothing was copied by {label}");
    }

    /// Gives the window the picture of itself that it asks for.
    pub(crate) fn answer_screenshot(&mut self, image: ColorImage) {
        for _ in 0..20 {
            self.harness.step();
            let outputs = self.harness.output().viewport_output.values();
            let callback = outputs.flat_map(|output| &output.commands).find_map(|command| {
                let ViewportCommand::Screenshot(callback) = command else { return None };
                Some(callback.clone())
            });
            if let Some(callback) = callback {
                return callback.complete(Arc::new(image));
            }
        }
        panic!("no picture was asked for");
    }

    /// Presses the last of what has exactly that label.
    pub(crate) fn press_last(&mut self, label: &str) {
        self.harness.query_all_by_label(label).last().unwrap().click();
        self.harness.step();
        self.harness.step();
    }

    /// Writes into the field of that label, in place of what is there.
    pub(crate) fn write(&mut self, label: &str, text: &str) {
        self.until(label, |harness| {
            harness.query_by_role_and_label(Role::TextInput, label).is_some()
        });
        self.harness.get_by_role_and_label(Role::TextInput, label).focus();
        self.harness.step();
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.step();
        self.harness.get_by_role_and_label(Role::TextInput, label).type_text(text);
        self.harness.step();
        self.harness.step();
    }

    /// Turns to a prototype, which is switched on.
    pub(crate) fn select(&mut self, name: &str) {
        self.harness.get_by_label_contains(&format!("{name}: wins")).click();
        // Its name stands above what there is to know about it.
        self.until(name, |harness| harness.query_all_by_label(name).next().is_some());
    }

    /// The text that begins so.
    pub(crate) fn text(&self, beginning: &str) -> String {
        let found = self.harness.query_all_by_label_contains(beginning);
        let mut texts = found.filter_map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.value())
        });
        texts.find(|text| text.starts_with(beginning)).unwrap_or_default()
    }

    /// All that is to be read.
    pub(crate) fn texts(&self) -> Vec<String> {
        let nodes = self.harness.query_all_by_label_contains("");
        nodes.filter_map(|node| node.accesskit_node().label()).collect()
    }

    /// The loudest sample that went to the device.
    pub(crate) fn loudest(&self) -> f32 {
        self.heard.lock().unwrap().iter().fold(0.0, |most, x| most.max(x.abs()))
    }
}
