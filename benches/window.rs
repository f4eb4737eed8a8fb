//! The window at work, in a display: time of a frame and memory; and how soon an edit is measured.
//!
//! `cargo bench --bench window` prints medians and the slowest of a hundred. Its parts may be named: `edits` needs no display,
//! `frames` and `memory` open the real window, on whatever OpenGL there is (under `xvfb-run` a software rasterizer), without
//! waiting for the screen. `PECMAE_ROUNDS` sets how many times `memory` opens runs and files.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{
    Context, DroppedFile, Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton,
    RawInput, TouchPhase, Ui, ViewportCommand, pos2, vec2,
};
use pecmae::audio::{WavFormat, Waveform, write_wav};
use pecmae::dataset::Fractions;
use pecmae::embeddings::{Metadata, SegmentPlace, Settings, TableWriter, Track};
use pecmae::files::Sha256Digest;
use pecmae::gui::{Opening, Studio};
use pecmae::job::{CancelToken, give_way};
use pecmae::models::{Library, ModelFolder};
use pecmae::playback::{Microphone, Speakers};
use pecmae::runs::{DataSettings, PrototypeSettings, RunFolder};
use pecmae::studio::edit::{Editor, How, Request};
use pecmae::studio::sonify_run::{SonifyRunJob, sonify_run};
use pecmae::studio::train::{Embeddings, TrainJob, train};
use pecmae::tensor::Precision;
use pecmae::training;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What the program takes its pages from.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Segments of a track.
const PER_TRACK: usize = 20;
/// Sounds that tracks share.
const N_SOUNDS: usize = 100;
/// Frames of a phase that are measured.
const N_FRAMES: usize = 300;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|name| name == part);
    // As beside the window that the program opens.
    let pool = rayon::ThreadPoolBuilder::new().start_handler(|_| give_way());
    pool.build_global().expect("the first pool");
    let folder = tempfile::tempdir().expect("a temporary folder");
    if is_wanted("edits") {
        edits(folder.path());
    }
    if is_wanted("frames") {
        frames(folder.path());
    }
    if is_wanted("memory") {
        memory(folder.path());
    }
}

/// A run of so many segments, classes and prototypes of each class, with real sounds under its tracks.
fn run(
    folder: &Path,
    name: &str,
    n_segments: usize,
    n_classes: usize,
    k: usize,
    at: Fractions,
) -> RunFolder {
    let model = ModelFolder::built_in().expect("the built-in model");
    let dim = model.architecture().feature;
    let sounds = sounds(&folder.join("sounds"));
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let settings = Settings {
        model_fingerprint: model.fingerprint().to_string(),
        precision: "f32".to_owned(),
        sample_rate_hz: 24_000,
        segment_samples: 96_000,
        tail: "drop".to_owned(),
        dim,
        frames: None,
        more: BTreeMap::new(),
    };
    let metadata = Metadata { model: model.name().to_owned(), settings, shard: None };
    let path = folder.join(format!("{name}.parquet"));
    let mut table = TableWriter::<SegmentPlace>::create(&path, &metadata).expect("a table");
    let modes: Vec<f32> = (0..n_classes * k * dim).map(|_| rng.random_range(-2.0..2.0)).collect();
    // Rows are sorted by track.
    let per_class = n_segments / PER_TRACK / n_classes;
    for (class, i) in (0..n_classes).flat_map(|class| (0..per_class).map(move |i| (class, i))) {
        let mode = i % k;
        let id = format!("{class:02}/{i:06}.wav");
        let track = Arc::new(Track {
            path: sounds[(class * per_class + i) % N_SOUNDS].display().to_string(),
            content: Sha256Digest::of(id.as_bytes()),
            label: Some(format!("class {class:02}")),
            id,
        });
        for segment in 0..PER_TRACK as u32 {
            let place = SegmentPlace {
                segment,
                start_s: f64::from(segment % 2) * 4.0,
                end_s: f64::from(segment % 2) * 4.0 + 4.0,
                true_length_s: 4.0,
            };
            let center = &modes[(class * k + mode) * dim..][..dim];
            let z: Vec<f32> = center.iter().map(|x| x + rng.random_range(-1.5..1.5)).collect();
            table.push(&track, place, &z).expect("a row");
        }
    }
    table.finish().expect("a whole table");
    let job = TrainJob {
        data: DataSettings { fractions: at, ..DataSettings::new(&path) },
        embeddings: Embeddings::Table(path.clone()),
        prototypes: PrototypeSettings { per_class: k, ..PrototypeSettings::default() },
        training: training::Settings::default(),
        n_steps: NonZeroUsize::new(200),
        eval_every: NonZeroUsize::new(200),
        runs: folder.join("runs"),
        name: Some(name.to_owned()),
        checkpoint_every: Duration::MAX,
        dry_run: false,
    };
    let done = train(&job, &mut |_| {}, &CancelToken::new()).expect("a run");
    RunFolder::open(&done.path.expect("its folder")).expect("the run")
}

/// Sounds of 8 s.
fn sounds(folder: &Path) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).expect("a folder of sounds");
    let path = |i: usize| folder.join(format!("{i}.wav"));
    for i in (0..N_SOUNDS).filter(|i| !path(*i).exists()) {
        let hz = 60.0 * (1.0 + i as f32 / 10.0);
        let sample = |t: u32| {
            let at = t as f32 / 24_000.0;
            0.3 * (std::f32::consts::TAU * hz * at).sin() * (1.0 - (at % 0.5) * 1.8)
        };
        let sound =
            Waveform { samples: (0..192_000).map(sample).collect(), sample_rate_hz: 24_000 };
        write_wav(&path(i), &sound, WavFormat::Pcm16).expect("a sound");
    }
    (0..N_SOUNDS).map(path).collect()
}

/// How long it takes to disable a prototype and to measure validation again, nothing written.
fn edits(folder: &Path) {
    for (n_segments, n_classes, k) in [(6_400, 10, 5), (200_000, 20, 24)] {
        // Twice as many in all, so that as many are measured.
        let at = Fractions { train: 0.5, validation: 0.5, test: 0.0 };
        let run = run(folder, &format!("edits-{n_segments}"), 2 * n_segments, n_classes, k, at);
        let mut editor = Editor::open(run).expect("an editor");
        let names: Vec<String> =
            editor.classifier().info().iter().map(|info| info.name.clone()).collect();
        let how = How { dry_run: true, ..How::default() };
        let times = names.iter().cycle().take(40).map(|name| {
            let began = Instant::now();
            editor.make(&Request::Disable(vec![name.clone()]), &how).expect("an edit");
            began.elapsed()
        });
        let title = format!("disable one of {} prototypes, {n_segments} segments", names.len());
        print(&title, times.collect());
    }
}

/// Frames of the real window.
fn frames(folder: &Path) {
    let at = Fractions { train: 0.8, validation: 0.1, test: 0.1 };
    let run = run(folder, "frames", 100_000, 20, 20, at);
    let library = Library::at(&folder.join("models"));
    let cancel = CancelToken::new();
    let beside = (run.clone(), cancel.clone());
    let start = move || {
        let (run, cancel) = beside;
        std::thread::spawn(move || {
            let model = ModelFolder::built_in().expect("the built-in model");
            let job = SonifyRunJob {
                only: Vec::new(),
                n_takes: NonZeroUsize::MIN,
                seed: 0,
                sampler: model.sampler(),
                n_candidates: NonZeroUsize::MIN,
                n_batch: NonZeroUsize::MIN,
                check: false,
            };
            // It ends when it is cancelled.
            let _ = sonify_run(&run, &job, &model, Precision::F32, &mut |_| {}, &cancel);
        });
    };
    let center = pos2(500.0, 400.0);
    let wheel = |frame: usize| vec![scroll(if frame % 200 < 100 { -60.0 } else { 60.0 })];
    let there = move |_: usize| vec![Event::PointerMoved(center)];
    let drag = move |frame: usize| {
        let angle = frame as f32 / 20.0;
        let at = center + vec2(angle.cos(), angle.sin()) * 100.0;
        let press = Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed: true,
            modifiers: Modifiers::NONE,
        };
        if frame == 0 {
            vec![Event::PointerMoved(at), press]
        } else {
            vec![Event::PointerMoved(at)]
        }
    };
    let release = Event::PointerButton {
        pos: center,
        button: PointerButton::Primary,
        pressed: false,
        modifiers: Modifiers::NONE,
    };
    let plan = vec![
        Phase::wait("the run", Duration::from_secs(25), Vec::new()),
        Phase::wait("its cards", Duration::from_secs(5), vec![key(Key::Num1)]),
        Phase::measure("scroll 400 cards", Box::new(there), Box::new(wheel)),
        Phase::wait("the map", Duration::from_secs(10), vec![key(Key::Num3)]),
        Phase::measure("pan a map of 100 000 points", Box::new(there), Box::new(drag)),
        Phase::wait("the cards again", Duration::from_secs(3), vec![release, key(Key::Num1)]),
        Phase::start("sonify beside it", Box::new(start)),
        Phase::measure("scroll 400 cards beside a sonify job", Box::new(there), Box::new(wheel)),
    ];
    let opening = Opening {
        run: Some(run.path().to_owned()),
        runs: folder.join("runs"),
        library: Some(library),
        ..Opening::default()
    };
    show(opening, plan);
    cancel.cancel();
}

/// Memory while runs and files are opened again and again.
fn memory(folder: &Path) {
    let rounds = std::env::var("PECMAE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let at = Fractions { train: 0.8, validation: 0.1, test: 0.1 };
    let runs = ["one", "two"].map(|name| run(folder, name, 8_000, 8, 5, at));
    let files = sounds(&folder.join("sounds"));
    let mut plan = Vec::new();
    for round in 0..rounds {
        let run = runs[round % 2].path().to_owned();
        plan.push(Phase::drop(run, Duration::from_millis(900)));
        for view in [Key::Num1, Key::Num3, Key::Num4] {
            plan.push(Phase::wait("a view", Duration::from_millis(300), vec![key(view)]));
        }
        for file in [round, round + 7].map(|i| files[i % N_SOUNDS].clone()) {
            plan.push(Phase::drop(file, Duration::from_millis(700)));
        }
        if round % 5 == 4 {
            plan.push(Phase::start("", Box::new(move || print_memory(round + 1))));
        }
    }
    let opening = Opening {
        runs: folder.join("runs"),
        library: Some(Library::at(&folder.join("models"))),
        ..Opening::default()
    };
    show(opening, plan);
}

fn print_memory(round: usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    println!("memory after {round:4} rounds  {line}");
}

fn print(title: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{title:60} median {:8.2} ms, 99 % {:8.2} ms", at(0.5), at(0.99));
}

fn key(key: Key) -> Event {
    let modifiers = Modifiers::COMMAND;
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
}

fn scroll(by: f32) -> Event {
    Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, by),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    }
}

type Hand = Box<dyn Fn(usize) -> Vec<Event> + Send>;

/// A part of what the hand does.
struct Phase {
    title: &'static str,
    act: Act,
}

enum Act {
    /// Presses something, then lets time go by.
    Wait(Duration, Vec<Event>),
    /// Drops a file, then lets time go by.
    Drop(PathBuf, Duration),
    /// Starts something.
    Start(Option<Box<dyn FnOnce() + Send>>),
    /// Moves at every frame, and measures frames.
    Measure(Hand, Hand),
}

impl Phase {
    fn wait(title: &'static str, time: Duration, events: Vec<Event>) -> Self {
        Self { title, act: Act::Wait(time, events) }
    }

    fn drop(path: PathBuf, time: Duration) -> Self {
        Self { title: "", act: Act::Drop(path, time) }
    }

    fn start(title: &'static str, start: Box<dyn FnOnce() + Send>) -> Self {
        Self { title, act: Act::Start(Some(start)) }
    }

    fn measure(title: &'static str, before: Hand, hand: Hand) -> Self {
        Self { title, act: Act::Measure(before, hand) }
    }
}

/// A file under the hand.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// The window with a hand in it.
struct Driven {
    studio: Studio,
    plan: std::vec::IntoIter<Phase>,
    now: Option<Phase>,
    began: Instant,
    /// Frames of the phase.
    n_frames: usize,
    last: Instant,
    times: Vec<Duration>,
    /// Since the window was asked for, until its first frame was on the screen.
    opened: (Instant, usize),
}

impl Driven {
    fn next(&mut self, context: &Context) {
        self.now = self.plan.next();
        (self.began, self.n_frames) = (Instant::now(), 0);
        if self.now.is_none() {
            context.send_viewport_cmd(ViewportCommand::Close);
        }
    }
}

impl eframe::App for Driven {
    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        if self.opened.1 == 1 {
            let ms = self.opened.0.elapsed().as_secs_f64() * 1e3;
            println!("{:60}        {ms:8.2} ms", "first frame");
        }
        self.opened.1 += 1;
        self.studio.ui(ui, frame);
        ui.ctx().request_repaint();
    }

    fn raw_input_hook(&mut self, context: &Context, input: &mut RawInput) {
        let since = self.last.elapsed();
        self.last = Instant::now();
        let Some(phase) = &mut self.now else { return };
        let is_over = match &mut phase.act {
            Act::Wait(time, events) => {
                if self.n_frames == 0 {
                    input.events.append(events);
                }
                self.began.elapsed() > *time
            }
            Act::Drop(path, time) => {
                if self.n_frames == 0 {
                    input.dropped_files.push(Arc::new(Dropped(path.clone())));
                }
                self.began.elapsed() > *time
            }
            Act::Start(start) => {
                if let Some(start) = start.take() {
                    start();
                }
                true
            }
            Act::Measure(before, hand) => {
                match self.n_frames {
                    0 => input.events.extend(before(0)),
                    n => input.events.extend(hand(n - 1)),
                }
                if self.n_frames > 1 {
                    self.times.push(since);
                }
                if self.n_frames > N_FRAMES {
                    print(phase.title, std::mem::take(&mut self.times));
                }
                self.n_frames > N_FRAMES
            }
        };
        self.n_frames += 1;
        if is_over {
            self.next(context);
        }
    }
}

fn show(opening: Opening, plan: Vec<Phase>) {
    let mut options = pecmae::gui::options();
    options.glow_options.vsync = false;
    let asked = Instant::now();
    let start = move |context: &eframe::CreationContext<'_>| {
        let studio =
            Studio::new(context, opening, (Speakers::of_machine(), Microphone::of_machine()));
        let mut plan = plan.into_iter();
        let now = plan.next();
        Ok::<Box<dyn eframe::App>, _>(Box::new(Driven {
            studio,
            plan,
            now,
            began: Instant::now(),
            n_frames: 0,
            last: Instant::now(),
            times: Vec::new(),
            opened: (asked, 0),
        }))
    };
    if let Err(error) = eframe::run_native("bench", options, Box::new(start)) {
        println!("no window: {error}");
    }
}
