//! Any bytes, read as an audio file and cut into segments, end in sound or in an error.
//!
//! `cargo +nightly fuzz run audio fuzz/corpus/audio tests/fixtures/audio`

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use pecmae::audio::{SegmentPlan, SegmentReader, TailPolicy};

/// Ten minutes of sound: some bytes hold far more silence than is worth waiting for.
const MAX_SEGMENTS: usize = 150;

fuzz_target!(
    init: {
        // A panic inside a decoder is caught and reported as an error; libFuzzer's own hook would abort before that.
        // Every other panic still ends the run.
        std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    },
    |bytes: &[u8]| {
        let name = Path::new("fuzz");
        for (sample_rate_hz, tail) in [(24_000, TailPolicy::Published), (44_100, TailPolicy::Mask)] {
            let plan = SegmentPlan {
                sample_rate_hz,
                segment_samples: 4 * sample_rate_hz as usize,
                hop_samples: 320,
                tail,
            };
            let Ok(segments) = SegmentReader::from_bytes(bytes.to_vec(), name, &plan) else { return };
            for segment in segments.take(MAX_SEGMENTS) {
                let Ok(segment) = segment else { break };
                assert_eq!(segment.samples.len(), plan.segment_samples);
                assert!((1..=segment.visible_samples).contains(&segment.true_samples));
                assert!(segment.visible_samples <= plan.segment_samples);
                assert!(segment.samples.iter().all(|sample| sample.is_finite()));
            }
        }
    }
);
