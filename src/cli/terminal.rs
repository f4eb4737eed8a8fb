//! Who hears what: standard output for what was asked for, standard error for everything else.

use std::fmt::Display;
use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::{Value, json};

use super::args::Global;
use super::exit::{Code, Failure};
use super::progress::Meter;

/// Version of the JSON lines.
const SCHEMA: u32 = 1;

/// A JSON line.
#[derive(Serialize)]
struct Line<'a> {
    schema: u32,
    event: &'a str,
    #[serde(flatten)]
    fields: Value,
}

/// A path as JSON can hold it: bytes that are no Unicode become replacement characters.
pub(super) fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The `error` line of a run that ends before it has a terminal or after it lost it; nobody can be told if it fails.
pub(super) fn print_error_event(message: &str, code: Code) {
    let fields = json!({ "code": code as u8, "message": message });
    let _ = writeln!(io::stdout(), "{}", Line { schema: SCHEMA, event: "error", fields }.json());
}

impl Line<'_> {
    fn json(&self) -> String {
        serde_json::to_string(self).expect("plain data has a JSON form")
    }
}

/// Whether somebody at the keyboard says yes.
pub(super) fn is_confirmed(question: &str) -> bool {
    let mut stderr = io::stderr();
    let asked = write!(stderr, "{question}").and_then(|()| stderr.flush());
    let mut answer = String::new();
    asked.and_then(|()| io::stdin().lock().read_line(&mut answer)).is_ok()
        && matches!(answer.trim(), "y" | "Y" | "yes")
}

/// The two output streams of the process.
#[derive(Debug)]
pub(super) struct Terminal {
    json: bool,
    quiet: bool,
    shows_progress: bool,
    /// A bar on the screen, to be moved aside for other lines.
    bar: Mutex<Option<ProgressBar>>,
    /// The first refusal of standard output that was not a reader going away.
    refused: Mutex<Option<io::Error>>,
}

impl Terminal {
    pub(super) fn new(global: &Global) -> Self {
        Self {
            json: global.json,
            quiet: global.quiet,
            shows_progress: !global.quiet && !global.no_progress,
            bar: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// What was asked for, to standard output; with `--json` its [`Terminal::event`] stands for it.
    pub(super) fn answer(&self, line: impl Display) {
        if !self.json {
            self.print(&line.to_string());
        }
    }

    /// What was done: the last line of a verb.
    pub(super) fn summary(&self, line: impl Display) {
        match (self.quiet, self.json) {
            (true, _) => {}
            (false, true) => self.tell(&line.to_string()),
            (false, false) => self.print(&line.to_string()),
        }
    }

    /// What is good to know.
    pub(super) fn note(&self, line: impl Display) {
        if !self.quiet {
            self.tell(&line.to_string());
        }
    }

    /// What may be amiss.
    pub(super) fn warn(&self, line: impl Display) {
        let message = line.to_string();
        self.event("warning", json!({ "message": message }));
        self.note(format_args!("warning: {message}"));
    }

    /// One JSON line: `fields` with the event's name and the schema's version.
    pub(super) fn event(&self, name: &str, fields: Value) {
        if !self.json {
            return;
        }
        self.print(&Line { schema: SCHEMA, event: name, fields }.json());
    }

    /// The end of a verb that did its work: the last JSON line, and a line for people.
    pub(super) fn done(&self, command: &str, fields: Value, line: impl Display) {
        self.done_silently(command, fields);
        self.summary(line);
    }

    /// The same where what was answered needs no further words.
    pub(super) fn done_silently(&self, command: &str, fields: Value) {
        let mut all = json!({ "command": command });
        if let (Value::Object(all), Value::Object(fields)) = (&mut all, fields) {
            all.extend(fields);
        }
        self.event("done", all);
    }

    /// The end of a verb that did its work and may fail all the same, as `--strict` wishes: either `done` or the error is last.
    pub(super) fn end(
        &self,
        command: &str,
        fields: Value,
        line: impl Display,
        failure: Option<Failure>,
    ) -> Result<(), Failure> {
        match failure {
            Some(failure) => {
                self.note(line);
                Err(failure)
            }
            None => {
                self.done(command, fields, line);
                Ok(())
            }
        }
    }

    /// The one line that says why the program ends without success.
    pub(super) fn fail(&self, failure: &Failure, code: Code) {
        let message = failure.to_string().replace('\n', " ");
        self.event("error", json!({ "code": code as u8, "message": message }));
        self.tell(&format!("error: {message}"));
    }

    /// A meter for the progress of `label`.
    pub(super) fn meter(&self, label: &'static str) -> Meter<'_> {
        let on_screen = self.shows_progress && io::stderr().is_terminal();
        let meter = Meter::new(self, label, self.shows_progress, on_screen);
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = meter.bar();
        meter
    }

    /// Forgets the bar of a meter that is done.
    pub(super) fn forget_bar(&self) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether all of standard output was taken; a reader that went away, as `head` does, had what it wanted.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take();
        refused.map_or(Ok(()), |error| Err(Failure::Output(error)))
    }

    fn print(&self, line: &str) {
        let print = || {
            let mut stdout = io::stdout().lock();
            writeln!(stdout, "{line}").and_then(|()| stdout.flush())
        };
        if let Err(error) = self.aside(print)
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.refused.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// To standard error, whose loss nobody can be told about.
    fn tell(&self, line: &str) {
        let _ = self.aside(|| writeln!(io::stderr(), "{line}"));
    }

    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
