//! The program under test, with a home, a model and sounds of its own.

// Each test file uses its own part.
#![allow(dead_code)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::f32::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use hound::{SampleFormat, WavSpec, WavWriter};

/// The binary.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_pecmae");

/// A file of the golden folder in the repository.
pub(crate) fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny").join(name)
}

/// A folder in which the program runs; everything in it goes with it.
pub(crate) struct Workshop {
    folder: tempfile::TempDir,
}

impl Workshop {
    /// Nothing is installed.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The tiny golden model is installed as `tiny`.
    pub(crate) fn new() -> Self {
        let workshop = Self::empty();
        workshop.import("tiny");
        workshop
    }

    pub(crate) fn import(&self, name: &str) {
        let (weights, codec) = (tiny("weights.pt"), tiny("encodec_24khz.th"));
        let files =
            ["--autoencoder", weights.to_str().unwrap(), "--codec", codec.to_str().unwrap()];
        self.succeeds(&[&["models", "import", "--name", name][..], &files].concat());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with an environment of its own, in the workshop.
    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(PROGRAM);
        command.args(args).current_dir(self.folder.path()).env("PECMAE_HOME", self.path("home"));
        command.env("HF_HOME", self.path("hf"));
        for name in
            ["RUST_BACKTRACE", "PECMAE_OFFLINE", "HF_HUB_OFFLINE", "HF_ENDPOINT", "HF_HUB_CACHE"]
        {
            command.env_remove(name);
        }
        command
    }

    /// A child that listens to interrupts even where this test was started in the background.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_listening(&self, args: &[&str]) -> std::process::Child {
        use std::os::unix::process::CommandExt as _;
        use std::process::Stdio;
        let mut command = self.command(args);
        // SAFETY: between fork and exec only `signal` is called, which is allowed there.
        unsafe {
            command.pre_exec(|| {
                for number in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                    libc::signal(number, libc::SIG_DFL);
                }
                Ok(())
            });
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs to the end where no file can become larger than so many bytes, as on a disk that fills up.
    #[cfg(target_os = "linux")]
    pub(crate) fn run_where_files_are_small(&self, n_bytes: u64, args: &[&str]) -> Output {
        use std::os::unix::process::CommandExt as _;
        let mut command = self.command(args);
        // SAFETY: between fork and exec only `setrlimit` and `signal` are called, which is allowed there.
        unsafe {
            command.pre_exec(move || {
                let limit = libc::rlimit { rlim_cur: n_bytes, rlim_max: n_bytes };
                libc::setrlimit(libc::RLIMIT_FSIZE, &limit);
                libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
                Ok(())
            });
        }
        command.output().unwrap()
    }

    /// Runs to the end, with nobody at the keyboard.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        assert_cmd::Command::from_std(self.command(args)).write_stdin("").output().unwrap()
    }

    /// Runs, demands exit code 0, and returns what was said: `(stdout, stderr)`.
    #[track_caller]
    pub(crate) fn succeeds(&self, args: &[&str]) -> (String, String) {
        let output = self.run(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stdout}{stderr}");
        (stdout, stderr)
    }

    /// Runs, demands this exit code, nothing on standard output, one line of error, and not a file more or less than before.
    /// Returns the error without its prefix.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> String {
        let before = self.files();
        let output = self.run(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stdout}{stderr}");
        assert_eq!(stdout, "", "{args:?}");
        let error = stderr.strip_prefix("error: ").and_then(|line| line.strip_suffix('\n'));
        let error = error.unwrap_or_else(|| panic!("{args:?}: {stderr:?}")).to_owned();
        assert!(!error.contains('\n'), "{args:?}: {stderr}");
        assert_eq!(self.files(), before, "{args:?}");
        error.replace(self.folder.path().to_str().unwrap(), "…")
    }

    /// Every file below the workshop, by its path there.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = walkdir::WalkDir::new(self.folder.path()).sort_by_file_name().into_iter();
        entries
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let below = entry.path().strip_prefix(self.folder.path()).unwrap();
                below.to_str().unwrap().to_owned()
            })
            .collect()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A 16-bit mono sound at the model's rate; `pitch` tells sounds apart.
    pub(crate) fn write_sound(&self, name: &str, seconds: f32, pitch: f32) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let spec = WavSpec {
            channels: 1,
            sample_rate: 24_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(path, spec).unwrap();
        for i in 0..(seconds * 24_000.0) as usize {
            let t = i as f32 / 24_000.0;
            let value = (TAU * pitch * t).sin() * (1.0 + (TAU * 3.0 * t).sin()) * 8000.0;
            writer.write_sample(value as i16).unwrap();
        }
        writer.finalize().unwrap();
    }

    /// A few labeled tracks, 29.7 s in 11 segments.
    pub(crate) fn write_sounds(&self) {
        for (name, seconds, pitch) in [
            ("sounds/jazz/a.wav", 9.3, 220.0),
            ("sounds/jazz/b.wav", 0.4, 330.0),
            ("sounds/rock/c.wav", 4.0, 440.0),
            ("sounds/rock/d.wav", 12.0, 550.0),
            ("sounds/e.wav", 4.0, 660.0),
        ] {
            self.write_sound(name, seconds, pitch);
        }
    }
}

/// Sends a signal by its name.
#[cfg(unix)]
pub(crate) fn signal(child: &std::process::Child, name: &str) {
    let id = child.id().to_string();
    let status = std::process::Command::new("kill").args(["-s", name, &id]).status();
    assert!(status.unwrap().success());
}

pub(crate) fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// A `.npy` file of float32 in C order.
pub(crate) fn npy(shape: &[usize], values: &[f32]) -> Vec<u8> {
    let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes}), }}\n");
    let length = (header.len() as u16).to_le_bytes();
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &data].concat()
}
