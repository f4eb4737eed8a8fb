//! What views wish for comes true.

use std::sync::Arc;

use super::desk::{Ask, Desk};
use super::prototypes;
use super::shelf::Found;
use super::state::State;
use super::wish::{Sounding, View, Wish};
use crate::playback::Cue;
use crate::studio::edit::Request;

pub(super) fn fulfil(state: &mut State, desk: &Desk, wish: Wish) {
    match wish {
        Wish::Go(view) => {
            (state.view, state.notice) = (view, None);
            state.inspect.recorder.look_again();
            if view == View::Settings {
                desk.ask(Ask::Devices);
            }
        }
        Wish::List => desk.ask(Ask::List(state.runs.clone())),
        Wish::Open(path) => {
            (state.opening, state.home.refusal) = (Some(path.clone()), None);
            desk.ask(Ask::Open(path));
        }
        Wish::Select(name) => {
            state.prototypes.look_at(&name);
            state.selected = Some(name);
        }
        Wish::Play(sounding) => {
            state.pending = Some((sounding, false));
            start_pending(state);
        }
        Wish::Flip(sounding) => {
            state.pending = Some((sounding, true));
            start_pending(state);
        }
        Wish::TogglePlay => toggle(state),
        Wish::Silence => {
            state.pending = None;
            state.player.stop();
        }
        Wish::Edit(request) => edit(state, desk, request),
        Wish::Measure(split) => desk.ask(Ask::Measure(split)),
        Wish::Render { only, n_takes } => desk.ask(Ask::Render { only, n_takes }),
        Wish::Reconstruct(part) => desk.ask(Ask::Reconstruct(part)),
        Wish::Inspect(path) => {
            state.view = View::Inspect;
            let is_known = state.inspect.add(&path);
            // What was heard once is not heard again, only asked about.
            match is_known {
                true => desk.ask(Ask::Explain(path, state.inspect.asking())),
                false if state.run.is_some() => desk.ask(Ask::Hear(path)),
                false => {}
            }
        }
        Wish::Hear(path) => desk.ask(Ask::Hear(path)),
        Wish::Ask(path, asking) => desk.ask(Ask::Explain(path, asking)),
        Wish::Forget(path) => {
            state.inspect.forget(&path);
            desk.ask(Ask::Forget(path));
        }
        Wish::Check(path) => {
            state.view = View::Train;
            state.train.look_at(&path);
            desk.ask(Ask::Check(path));
        }
        Wish::Learn(lesson) => {
            state.view = View::Train;
            state.train.begin(&lesson);
            desk.ask(Ask::Learn(lesson));
        }
        Wish::Choose(choice) => desk.ask(Ask::Choose(choice)),
        Wish::Sound(device) => {
            state.hear_on(device);
            desk.ask(Ask::Devices);
        }
        Wish::Record => {
            // The microphone would hear it.
            state.player.pause();
            state.inspect.recorder.begin();
            desk.ask(Ask::Record);
        }
        Wish::Cancel(job) => {
            let wanted = state.jobs.iter().filter(|known| known.job.id == job);
            wanted.for_each(|known| known.job.cancel.cancel());
        }
    }
}

fn edit(state: &mut State, desk: &Desk, request: Request) {
    if !state.can_make(&request) {
        return;
    }
    state.is_editing = true;
    if let Request::Rename { from, to } = &request
        && state.selected.as_ref() == Some(from)
    {
        state.selected = Some(to.clone());
    }
    desk.ask(Ask::Edit(request));
}

/// Plays what was asked for, once it is read.
pub(super) fn start_pending(state: &mut State) {
    let Some((sounding, is_flip)) = &state.pending else { return };
    match state.shelf.get(&sounding.key) {
        Found::Coming => {}
        Found::Missing(reason) => {
            let what = format!("play {}", sounding.title);
            state.pending = None;
            state.note_problem(&what, reason.to_string());
        }
        Found::Here(shelved) => {
            let gain_db = match state.match_loudness {
                true => shelved.gain_db.unwrap_or(0.0),
                false => 0.0,
            };
            let cue = Cue {
                sound: Arc::clone(&shelved.sound),
                start_s: sounding.at_s,
                range_s: None,
                is_looped: state.player.state().is_looped,
                gain_db,
            };
            match is_flip {
                true => state.player.flip(&cue),
                false => state.player.play(&cue),
            }
            state.playing = state.pending.take().map(|(sounding, _)| sounding);
        }
    }
}

/// Pauses, goes on, or begins anew what was played last.
fn toggle(state: &mut State) {
    let now = state.player.state();
    match &state.playing {
        _ if now.is_playing => state.player.pause(),
        Some(_) if now.position_s > 0.0 && now.position_s < now.duration_s => state.player.resume(),
        Some(last) => state.pending = Some((Sounding { at_s: 0.0, ..last.clone() }, false)),
        None => {
            let run = state.run.as_ref();
            let selected = state.selected.as_ref().and_then(|name| run?.find(name));
            state.pending = selected.and_then(prototypes::sounding).map(|sound| (sound, false));
        }
    }
    start_pending(state);
}
