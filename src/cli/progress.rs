//! Progress: a bar on a screen, a line now and then elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::quantity::duration;
use super::terminal::Terminal;

/// Steps of the bar.
const BAR_STEPS: f64 = 1000.0;
/// In a log, a line comes with every part of this size, …
const LINE_STEP: f64 = 0.05;
/// … but not sooner than this after the one before, …
const LINE_SOONEST: Duration = Duration::from_secs(1);
/// … and after this time in any case.
const LINE_LATEST: Duration = Duration::from_secs(30);
/// JSON lines come no closer together than this.
const EVENT_SOONEST: Duration = Duration::from_millis(200);

/// Part of what there was to do that tells how long the rest takes.
const LEAST_DONE: f64 = 0.02;

/// How far a verb has come, shown as befits where it is shown.
pub(super) struct Meter<'a> {
    terminal: &'a Terminal,
    label: &'static str,
    shown: Shown,
    /// How much was done when something was told first, and when: a job that goes on begins with more than nothing.
    begun: Option<(f64, Instant)>,
    last_event: Option<Instant>,
    is_complete: bool,
}

enum Shown {
    Not,
    Bar(ProgressBar),
    Lines { fraction: f64, at: Instant },
}

impl<'a> Meter<'a> {
    pub(super) fn new(
        terminal: &'a Terminal,
        label: &'static str,
        shows_progress: bool,
        on_screen: bool,
    ) -> Self {
        let shown = match (shows_progress, on_screen) {
            (false, _) => Shown::Not,
            (true, true) => Shown::Bar(bar(label)),
            (true, false) => Shown::Lines { fraction: 0.0, at: Instant::now() },
        };
        Self { terminal, label, shown, begun: None, last_event: None, is_complete: false }
    }

    pub(super) fn bar(&self) -> Option<ProgressBar> {
        if let Shown::Bar(bar) = &self.shown { Some(bar.clone()) } else { None }
    }

    /// Says how much is done, from 0 to 1, in words and as the fields of a JSON line.
    pub(super) fn update(
        &mut self,
        fraction: f64,
        words: impl FnOnce() -> String,
        fields: impl FnOnce() -> Value,
    ) {
        let now = Instant::now();
        // The end is told however soon it comes, and once.
        let is_complete = fraction >= 1.0;
        let is_due = self.last_event.is_none_or(|last| now - last >= EVENT_SOONEST);
        if (is_due || is_complete) && !self.is_complete {
            (self.last_event, self.is_complete) = (Some(now), is_complete);
            let mut line = json!({ "command": self.label, "fraction": fraction });
            if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields()) {
                line.extend(fields);
            }
            self.terminal.event("progress", line);
        }
        let (begun, at) = *self.begun.get_or_insert((fraction, now));
        let words = || words() + &left(begun, fraction, now - at);
        match &mut self.shown {
            Shown::Not => {}
            Shown::Bar(bar) => {
                bar.set_position((fraction * BAR_STEPS) as u64);
                bar.set_message(words());
            }
            Shown::Lines { fraction: told, at } => {
                let waited = now - *at;
                let is_due = fraction >= *told + LINE_STEP && waited >= LINE_SOONEST;
                if is_due || waited >= LINE_LATEST {
                    (*told, *at) = (fraction, now);
                    let percent = 100.0 * fraction;
                    self.terminal.note(format_args!("{}: {percent:.0} %, {}", self.label, words()));
                }
            }
        }
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
            self.terminal.forget_bar();
        }
    }
}

/// The time that is left if it goes on like this, once there is something to go by.
fn left(begun: f64, fraction: f64, elapsed: Duration) -> String {
    let (done, missing) = (fraction - begun, 1.0 - fraction);
    if done < LEAST_DONE * (1.0 - begun) || missing <= 0.0 {
        return String::new();
    }
    format!(", {} left", duration(elapsed.as_secs_f64() * missing / done))
}

fn bar(label: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {bar:20} {percent:>3} %  {wide_msg}");
    let bar = ProgressBar::new(BAR_STEPS as u64).with_prefix(label);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_before_does_not_count_as_fast() {
        let minute = Duration::from_secs(60);
        assert_eq!(left(0.0, 0.25, minute), ", 3 min 00 s left");
        assert_eq!(left(0.5, 0.625, minute), ", 3 min 00 s left");
        assert_eq!(left(0.5, 0.505, minute), "");
        assert_eq!(left(0.5, 1.0, minute), "");
    }
}
