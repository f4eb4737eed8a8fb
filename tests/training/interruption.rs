//! Checkpoints: what goes on where it stopped, and what is refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pecmae::classifier::Classifier;
use pecmae::training::{AdaptorSettings, Data, Settings, Trainer};
use proptest::prelude::*;

use super::{advance, planted, small, start_of};

/// The bytes of a run's checkpoint.
pub(super) fn bytes(trainer: &Trainer) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    trainer.checkpoint(&path).unwrap();
    std::fs::read(path).unwrap()
}

fn on_threads<T: Send>(n: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_resumed_run_ends_with_the_bytes_of_an_uninterrupted_one(
        seed: u64, stops in prop::collection::btree_set(0_usize..30, 0..5), with_adaptor: bool,
    ) {
        let (data, _) = planted(seed, 2, 2, 6);
        let mut settings = small(seed);
        if !with_adaptor {
            settings.adaptor = None;
        }
        let start = start_of(&data, 2);
        let mut whole = Trainer::new(settings.clone(), data.clone(), &start).unwrap();
        let mut parts = Trainer::new(settings.clone(), data.clone(), &start).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        for step in 0..30 {
            if step == 24 {
                whole.extend(6);
                parts.extend(6);
            }
            if stops.contains(&step) {
                parts.checkpoint(&path).unwrap();
                parts = Trainer::resume(&path, settings.clone(), data.clone()).unwrap();
            }
            prop_assert_eq!(whole.step().unwrap(), parts.step().unwrap());
        }
        prop_assert_eq!(bytes(&whole), bytes(&parts));
        prop_assert_eq!(whole.history().points().len(), 6 + 1);
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let run = |threads| {
        on_threads(threads, || {
            // Wide enough that every product and every parameter is cut into several blocks.
            let (data, _) = planted(3, 3, 2, 160);
            let adaptor = Some(AdaptorSettings { hidden: 1100, dropout: 0.1 });
            let settings = Settings { adaptor, steps: 4, batch: 200, ..small(3) };
            let mut trainer = Trainer::new(settings, data.clone(), &start_of(&data, 2)).unwrap();
            advance(&mut trainer, 4);
            bytes(&trainer)
        })
    };
    let one = run(1);
    assert!(run(2) == one && run(7) == one);
}

/// A checkpoint of a short run, with its settings and data.
fn checkpointed(folder: &Path) -> (PathBuf, Settings, Arc<Data>) {
    let (data, _) = planted(1, 2, 1, 4);
    let mut trainer = Trainer::new(small(1), data.clone(), &start_of(&data, 1)).unwrap();
    advance(&mut trainer, 7);
    let path = folder.join("run");
    trainer.checkpoint(&path).unwrap();
    (path, small(1), data)
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, settings, data) = checkpointed(folder.path());
    let sentence = |settings: Settings, data: Arc<Data>| {
        let error = Trainer::resume(&path, settings, data).unwrap_err().to_string();
        assert!(error.ends_with("run") && !error.contains('\n'), "{error}");
        error
    };
    let other = sentence(Settings { lambda: 0.5, ..settings.clone() }, data);
    assert!(other.starts_with("the checkpoint belongs to other settings ("), "{other}");
    let other = sentence(settings.clone(), planted(2, 2, 1, 4).0);
    assert!(other.starts_with("the checkpoint belongs to other data ("), "{other}");
    let error = Classifier::load(&path).unwrap_err().to_string();
    assert!(error.starts_with("not a pecmae.classifier"), "{error}");
}

proptest! {
    #[test]
    fn an_altered_checkpoint_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut: Option<prop::sample::Index>,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (path, settings, data) = checkpointed(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len().min(4000));
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        std::fs::write(&path, bytes).unwrap();
        if let Ok(mut trainer) = Trainer::resume(&path, settings, data) {
            let _ = (trainer.status(), trainer.step());
        }
    }
}
