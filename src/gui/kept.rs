//! What the window remembers from one time to the next; colors, sizes and places are remembered by the framework.

use serde::{Deserialize, Serialize};

use super::state::State;

/// Its name in the framework's file.
const KEY: &str = "choices";

/// What was chosen. What an older window did not know is as if it had never been chosen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    match_loudness: Option<bool>,
    hover_play: Option<bool>,
    volume_db: Option<f32>,
    /// The sound device; `None` for the desktop's own.
    pub(super) device: Option<String>,
}

impl Kept {
    /// What was chosen last time, where anything was.
    pub(super) fn read(storage: Option<&dyn eframe::Storage>) -> Self {
        storage.and_then(|storage| eframe::get_value(storage, KEY)).unwrap_or_default()
    }

    pub(super) fn write(&self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, KEY, self);
    }

    /// What is chosen now.
    pub(super) fn of(state: &State) -> Self {
        Self {
            match_loudness: Some(state.match_loudness),
            hover_play: Some(state.hover_play),
            volume_db: Some(state.player.state().volume_db),
            device: state.device.clone(),
        }
    }

    /// Chooses it again, but for the sound device, on which the state begins.
    pub(super) fn apply(self, state: &mut State) {
        state.match_loudness = self.match_loudness.unwrap_or(state.match_loudness);
        state.hover_play = self.hover_play.unwrap_or(state.hover_play);
        self.volume_db.into_iter().for_each(|volume_db| state.player.set_volume_db(volume_db));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use std::sync::Arc;

    use eframe::egui::Context;

    use super::*;
    use crate::playback::{NoDevice, Speakers};

    #[derive(Default)]
    struct Memory(BTreeMap<String, String>);

    impl eframe::Storage for Memory {
        fn get_string(&self, key: &str) -> Option<String> {
            self.0.get(key).cloned()
        }

        fn set_string(&mut self, key: &str, value: String) {
            self.0.insert(key.to_owned(), value);
        }

        fn remove_string(&mut self, key: &str) {
            self.0.remove(key);
        }

        fn flush(&mut self) {}
    }

    fn state() -> State {
        state_on(None)
    }

    fn state_on(device: Option<String>) -> State {
        let silent = Speakers::found_by(Vec::new, |_| Err(NoDevice::Slow));
        let wake: super::super::desk::Wake = Arc::new(|| ());
        State::new(&Context::default(), PathBuf::new(), None, (silent, device), &wake)
    }

    #[test]
    fn what_was_chosen_is_chosen_again_and_nothing_where_nothing_was() {
        let mut memory = Memory::default();
        let fresh = Kept::of(&state());
        let mut unchanged = state();
        Kept::read(Some(&memory)).apply(&mut unchanged);
        assert_eq!(Kept::of(&unchanged), fresh);
        let mut changed = state();
        (changed.match_loudness, changed.hover_play) = (false, true);
        changed.player.set_volume_db(-21.0);
        changed.device = Some("headphones".to_owned());
        Kept::of(&changed).write(&mut memory);
        let kept = Kept::read(Some(&memory));
        let mut again = state_on(kept.device.clone());
        kept.apply(&mut again);
        assert_eq!(Kept::of(&again), Kept::of(&changed));
        assert_ne!(Kept::of(&again), fresh);
        // A file of another program's making is as good as none.
        memory.0.insert(KEY.to_owned(), "(volume_db:\"loud\")".to_owned());
        assert_eq!(Kept::read(Some(&memory)), Kept::default());
    }
}
