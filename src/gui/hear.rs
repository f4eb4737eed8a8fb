//! What the desk tells becomes state.

use super::desk::{Choice, JobKind, Told, name_of};
use super::prototypes;
use super::state::{State, Underway};
use super::wish::{View, Wish};
use super::words::capital;
use crate::dataset::Split;
use crate::studio::session::RunView;

/// Takes in what the desk tells.
pub(super) fn hear(state: &mut State, told: Told, wishes: &mut Vec<Wish>) {
    match told {
        Told::Opened(view) => {
            leave(state);
            state.opening = None;
            state.selected = view.prototypes.first().map(|p| p.row.name.clone());
            if state.view == View::Home {
                state.view = View::Prototypes;
            }
            state.run = Some(view);
            wishes.extend(state.inspect.waiting());
            wishes.push(Wish::List);
        }
        Told::Unopened(path, reason) => {
            state.opening = None;
            state.home.refusal = Some(capital(&reason));
            state.note_problem(&format!("open {}", name_of(&path)), reason);
        }
        Told::View(view) => {
            keep_selection(state, &view);
            (state.run, state.is_editing, state.edited) = (Some(view), false, None);
        }
        Told::Rendered(view) => {
            // A sound made anew has the name of the one before.
            let folder = view.path.clone();
            if state.playing.as_ref().is_some_and(|playing| playing.key.path.starts_with(&folder)) {
                state.player.stop();
                state.playing = None;
            }
            state.shelf.forget_below(&folder);
            keep_selection(state, &view);
            state.run = Some(view);
        }
        Told::Edited(edited) => {
            // What is not measured anew is out of date.
            (state.edited, state.test, state.segment_map) = (Some(edited), None, None);
            state.is_mapping = false;
            state.evaluate.renew();
        }
        Told::Measured(Split::Test, measured) => state.test = measured,
        Told::Measured(_, measured) => state.validation = measured,
        Told::Map(map) => {
            (state.segment_map, state.is_mapping) = (Some(map), false);
            state.map.renew();
        }
        Told::Explained(path, explanation) => state.inspect.explained(&path, *explanation),
        Told::Unheard(path, reason) => {
            state.inspect.failed(&path, &reason);
            state.note_problem(&format!("listen to {}", name_of(&path)), reason);
        }
        Told::Unfinished(path) => state.inspect.stopped(&path),
        Told::Reconstructed(part, path) => {
            state.reconstructions.push((part.clone(), path));
            wishes.extend(prototypes::awaited(state, &part));
        }
        Told::Checked(path, checked) => state.train.checked(path, checked),
        Told::Learning(news) => state.train.learn(news, wishes),
        Told::Runs(runs) => state.known_runs = runs,
        Told::Devices(devices) => state.devices = devices,
        Told::Microphone(found) => state.inspect.recorder.found(found),
        Told::Recording(heard) => state.inspect.recorder.hear(heard),
        Told::Recorded(path) => wishes.push(Wish::Inspect(path)),
        Told::Saved(path) => state.notice = Some(format!("Saved {}", path.display())),
        Told::Chosen(Choice::Run, paths) => wishes.extend(paths.into_iter().map(Wish::Open)),
        Told::Chosen(Choice::Data, paths) => wishes.extend(paths.into_iter().map(Wish::Check)),
        Told::Chosen(Choice::Audio, paths) => wishes.extend(paths.into_iter().map(Wish::Inspect)),
        Told::NoDialog => state.lacks_dialogs = true,
        Told::Begun(job) => {
            state.jobs.push(Underway { job, fraction: 0.0, words: String::new() });
        }
        Told::Progress { job, fraction, words } => {
            if let Some(known) = state.jobs.iter_mut().find(|known| known.job.id == job) {
                (known.fraction, known.words) = (fraction, words);
            }
        }
        Told::Ended(job) => {
            state.jobs.retain(|known| known.job.id != job);
            if !state.is_busy_with(JobKind::Record) {
                state.inspect.recorder.end();
            }
        }
        Told::Unedited(reason) => {
            (state.is_editing, state.edited) = (false, None);
            state.note_problem("edit", reason);
        }
        Told::Failed { what, reason } => state.note_problem(&what, reason),
    }
}

/// Lets go of the run that was open.
fn leave(state: &mut State) {
    (state.validation, state.test, state.segment_map) = (None, None, None);
    (state.edited, state.is_editing, state.is_mapping) = (None, false, false);
    state.map = super::map::MapState::default();
    state.prototypes = prototypes::PrototypesState::default();
    state.reconstructions.clear();
    state.evaluate.renew();
    state.player.stop();
    (state.playing, state.pending) = (None, None);
    state.shelf.clear();
}

/// Selects another prototype where the selected one is gone.
fn keep_selection(state: &mut State, view: &RunView) {
    if state.selected.as_ref().is_none_or(|name| view.find(name).is_none()) {
        state.selected = view.prototypes.first().map(|p| p.row.name.clone());
    }
}
