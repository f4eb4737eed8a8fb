//! Audio files of every kind, sound and broken, through the public face of `audio`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};
use pecmae::audio::{
    AudioError, AudioReader, Segment, SegmentPlan, SegmentReader, TailPolicy, WavFormat, Waveform,
    read_waveform, write_wav,
};
use proptest::prelude::*;
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/audio").join(name)
}

/// The left channel of every fixture, at time `t` in s (`make.sh` has the same formula).
fn sweep(t: f64) -> f64 {
    0.4 * (TAU * (200.0 * t + 900.0 * t * t)).sin()
}

/// The right channel.
fn tone(t: f64) -> f64 {
    0.2 * (TAU * 660.0 * t).sin()
}

/// One second of the mean of the first `n_channels` of sweep, tone, sweep, tone…
fn downmixed(n_channels: usize, rate_hz: u32) -> Vec<f32> {
    let share = (n_channels / 2) as f64 / n_channels as f64;
    let at = |t: f64| sweep(t) * (1.0 - share) + tone(t) * share;
    (0..rate_hz).map(|i| at(f64::from(i) / f64::from(rate_hz)) as f32).collect()
}

/// Energy of `wanted` over energy of the difference, in dB, without the first and last 50 ms.
fn snr_db(found: &[f32], wanted: &[f32]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let edge = wanted.len() / 20;
    let pairs = || found.iter().zip(wanted).skip(edge).take(wanted.len() - 2 * edge);
    let signal: f64 = pairs().map(|(_, w)| f64::from(*w).powi(2)).sum();
    let noise: f64 = pairs().map(|(f, w)| (f64::from(*f) - f64::from(*w)).powi(2)).sum();
    10.0 * (signal / noise.max(f64::MIN_POSITIVE)).log10()
}

fn read(path: &Path, rate_hz: u32) -> Result<Vec<f32>, AudioError> {
    read_waveform(path, rate_hz, None).map(|waveform| waveform.samples)
}

/// One second of the fixtures' signal, stored by `hound` as `bits` of `format`.
fn wav(
    folder: &TempDir,
    name: &str,
    rate_hz: u32,
    channels: u16,
    bits: u16,
    format: SampleFormat,
) -> PathBuf {
    let path = folder.path().join(name);
    let spec =
        WavSpec { channels, sample_rate: rate_hz, bits_per_sample: bits, sample_format: format };
    let mut writer = WavWriter::create(&path, spec).unwrap();
    for i in 0..rate_hz {
        let t = f64::from(i) / f64::from(rate_hz);
        for channel in 0..channels {
            let sample = if channel % 2 == 0 { sweep(t) } else { tone(t) };
            match format {
                SampleFormat::Float => writer.write_sample(sample as f32).unwrap(),
                SampleFormat::Int => {
                    let steps = 2_f64.powi(i32::from(bits) - 1);
                    writer.write_sample((sample * steps).round() as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
    path
}

/// Integration tests have no `lib.rs` beside them to keep failures next to.
fn cases(n: u32) -> ProptestConfig {
    ProptestConfig { cases: n, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn every_wav_depth_and_layout_is_the_signal_to_the_last_bit_it_has() {
    use SampleFormat::{Float, Int};
    let folder = tempfile::tempdir().unwrap();
    for channels in [1, 2, 6] {
        for (bits, format, least_db) in [
            (8, Int, 35.0),
            (16, Int, 85.0),
            (24, Int, 130.0),
            (32, Int, 140.0),
            (32, Float, 140.0),
        ] {
            let name = format!("{channels}-{bits}-{format:?}.wav");
            let path = wav(&folder, &name, 24_000, channels, bits, format);
            let snr = snr_db(&read(&path, 24_000).unwrap(), &downmixed(channels.into(), 24_000));
            assert!(snr > least_db, "{name}: {snr} dB");
            let reader = AudioReader::open(&path, 24_000).unwrap();
            assert_eq!(reader.info().n_channels, usize::from(channels));
            assert_eq!(reader.info().n_frames, Some(24_000));
            assert_eq!(reader.info().container, "Waveform Audio File Format");
        }
    }
}

#[test]
fn double_floats_are_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("double.wav");
    let samples: Vec<u8> = [0.5_f64, -2.5, 0.1].iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(&path, riff(3, 1, 24_000, 64, &samples, samples.len() as u32)).unwrap();
    assert_eq!(read(&path, 24_000).unwrap(), [0.5, -2.5, 0.1]);
}

#[test]
fn samples_at_the_wanted_rate_are_untouched_even_beyond_full_scale() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loud.wav");
    let samples: Vec<f32> = (0..10_000).map(|i| (i as f32 * 0.37).sin() * 3.0).collect();
    let waveform = Waveform { samples, sample_rate_hz: 24_000 };
    write_wav(&path, &waveform, WavFormat::Float32).unwrap();
    assert_eq!(read_waveform(&path, 24_000, None).unwrap(), waveform);
}

#[test]
fn the_name_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = read(&fixture("mono-22050hz-16bit.flac"), 24_000).unwrap();
    for name in ["UPPER.WAV", "wrong.mp3", "none", "spaces and ünïcode.FLAC"] {
        let path = folder.path().join(name);
        fs::copy(fixture("mono-22050hz-16bit.flac"), &path).unwrap();
        assert_eq!(read(&path, 24_000).unwrap(), wanted, "{name}");
    }
}

#[test]
fn the_same_sound_at_every_rate_is_the_same_at_24_khz() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = downmixed(1, 24_000);
    for rate_hz in [8_000, 16_000, 22_050, 44_100, 48_000, 96_000] {
        for (bits, format, least_db) in [
            (16, SampleFormat::Int, 85.0),
            (24, SampleFormat::Int, 120.0),
            (32, SampleFormat::Float, 120.0),
        ] {
            let path = wav(&folder, "a.wav", rate_hz, 1, bits, format);
            let snr = snr_db(&read(&path, 24_000).unwrap(), &wanted);
            println!(
                "{rate_hz} Hz, {bits} bit {format:?}: {snr:.1} dB against the signal at 24 kHz"
            );
            assert!(snr > least_db, "{rate_hz} Hz {bits} bit: {snr} dB");
        }
    }
}

#[test]
fn lossless_files_are_the_signal() {
    for (name, channels, rate_hz, codec, least_db) in [
        ("mono-22050hz-16bit.flac", 1, 22_050, "Free Lossless Audio Codec", 85.0),
        ("stereo-8000hz-24bit.flac", 2, 8_000, "Free Lossless Audio Codec", 120.0),
        ("mono-22050hz-16bit.aiff", 1, 22_050, "PCM Signed 16-bit Big-Endian Interleaved", 85.0),
        ("stereo-8000hz-24bit.aiff", 2, 8_000, "PCM Signed 24-bit Big-Endian Interleaved", 120.0),
        (
            "mono-8000hz-float.aifc",
            1,
            8_000,
            "PCM 32-bit Big-Endian Floating Point Interleaved",
            140.0,
        ),
        ("mono-8000hz-mulaw.wav", 1, 8_000, "PCM Mu-law", 30.0),
        ("mono-22050hz-alac.m4a", 1, 22_050, "Apple Lossless Audio Codec", 85.0),
    ] {
        let reader = AudioReader::open(&fixture(name), rate_hz).unwrap();
        assert_eq!(
            (reader.info().n_channels, reader.info().sample_rate_hz),
            (channels, rate_hz),
            "{name}"
        );
        assert_eq!(reader.info().codec, codec, "{name}");
        let snr = snr_db(&read(&fixture(name), rate_hz).unwrap(), &downmixed(channels, rate_hz));
        println!("{name}: {snr:.1} dB");
        assert!(snr > least_db, "{name}: {snr} dB");
    }
}

#[test]
fn lossy_files_resemble_the_signal_and_start_and_end_with_it() {
    for (name, channels, rate_hz, least_db) in [
        ("stereo-44100hz-cbr.mp3", 2, 44_100, 25.0),
        ("stereo-44100hz-vbr.mp3", 2, 44_100, 15.0),
        ("stereo-44100hz.ogg", 2, 44_100, 20.0),
        ("stereo-44100hz-aac.m4a", 2, 44_100, 12.0),
    ] {
        let snr = snr_db(&read(&fixture(name), rate_hz).unwrap(), &downmixed(channels, rate_hz));
        println!("{name}: {snr:.1} dB");
        assert!(snr > least_db, "{name}: {snr} dB");
    }
}

/// Without a container that states them, the encoder's delay and padding stay: whole packets, a little late.
#[test]
fn raw_lossy_streams_keep_their_encoder_delay() {
    for (name, channels, rate_hz, packet) in
        [("mono-22050hz-untagged.mp3", 1, 22_050, 576), ("stereo-44100hz.aac", 2, 44_100, 1024)]
    {
        let samples = read(&fixture(name), rate_hz).unwrap();
        let wanted = downmixed(channels, rate_hz);
        assert_eq!(samples.len() % packet, 0, "{name}");
        let (snr, delay) = (0..3000.min(samples.len() - wanted.len()))
            .map(|delay| (snr_db(&samples[delay..delay + wanted.len()], &wanted), delay))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap();
        println!("{name}: {snr:.1} dB at a delay of {delay}");
        assert!(snr > 12.0, "{name}: {snr} dB at {delay}");
    }
}

#[test]
fn at_most_the_wanted_seconds_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = wav(&folder, "a.wav", 44_100, 1, 16, SampleFormat::Int);
    let whole = read(&path, 24_000).unwrap();
    let part = read_waveform(&path, 24_000, Some(0.25)).unwrap();
    assert_eq!(part.duration_secs(), 0.25);
    assert_eq!(part.samples, whole[..6000]);
}

// Segments

const SECOND: usize = 24_000;

fn plan(tail: TailPolicy) -> SegmentPlan {
    SegmentPlan { sample_rate_hz: 24_000, segment_samples: 4 * SECOND, hop_samples: 320, tail }
}

/// A float WAV of `n` samples, none of them zero.
fn ramp_wav(n: usize) -> Vec<u8> {
    let samples: Vec<u8> = (0..n).flat_map(|i| (1.0 + i as f32).to_le_bytes()).collect();
    riff(3, 1, 24_000, 32, &samples, samples.len() as u32)
}

fn segments(n: usize, plan: &SegmentPlan) -> Result<Vec<Segment>, AudioError> {
    SegmentReader::from_bytes(ramp_wav(n), Path::new("ramp.wav"), plan)?.collect()
}

/// `(true, visible)` samples of every segment.
fn lengths(n: usize, tail: TailPolicy) -> Vec<(usize, usize)> {
    let cut = segments(n, &plan(tail)).unwrap();
    cut.iter().map(|segment| (segment.true_samples, segment.visible_samples)).collect()
}

#[test]
fn the_published_policy_drops_a_tail_under_one_second_unless_it_is_all_there_is() {
    let full = (4 * SECOND, 4 * SECOND);
    let tail = |n| (n, 4 * SECOND);
    assert_eq!(lengths(4 * SECOND, TailPolicy::Published), [full]);
    assert_eq!(lengths(5 * SECOND - 1, TailPolicy::Published), [full]);
    assert_eq!(lengths(5 * SECOND, TailPolicy::Published), [full, tail(SECOND)]);
    assert_eq!(lengths(1, TailPolicy::Published), [tail(1)]);
    assert_eq!(lengths(SECOND - 1, TailPolicy::Published), [tail(SECOND - 1)]);
}

#[test]
fn the_other_policies_mask_pad_or_drop_every_tail() {
    let full = (4 * SECOND, 4 * SECOND);
    assert_eq!(lengths(4 * SECOND + 7, TailPolicy::Mask), [full, (7, 320)]);
    assert_eq!(lengths(5 * SECOND, TailPolicy::Mask), [full, (SECOND, SECOND)]);
    assert_eq!(lengths(4 * SECOND + 7, TailPolicy::Pad), [full, (7, 4 * SECOND)]);
    assert_eq!(lengths(8 * SECOND - 1, TailPolicy::Drop), [full]);
}

#[test]
fn a_file_shorter_than_a_segment_is_an_error_when_tails_are_dropped() {
    assert_eq!(
        segments(2 * SECOND, &plan(TailPolicy::Drop)).unwrap_err().to_string(),
        "the file lasts 2.000 s, less than one segment of 4.000 s, choose a tail policy that keeps it: ramp.wav"
    );
}

#[test]
fn a_plan_without_length_is_refused() {
    let plan = SegmentPlan { segment_samples: 0, ..plan(TailPolicy::Pad) };
    assert!(matches!(segments(10, &plan), Err(AudioError::Plan { segment_samples: 0, .. })));
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn segments_concatenate_to_the_padded_signal(n in 1_usize..5000, segment_samples in 1_usize..700, hop in 1_usize..400) {
        let wanted: Vec<f32> = (0..n).map(|i| 1.0 + i as f32).collect();
        for tail in [TailPolicy::Pad, TailPolicy::Mask] {
            let plan = SegmentPlan { sample_rate_hz: 24_000, segment_samples, hop_samples: hop, tail };
            let cut = segments(n, &plan).unwrap();
            let whole: Vec<f32> = cut.iter().flat_map(|s| s.samples.iter().copied()).collect();
            prop_assert_eq!(&whole[..n], &wanted[..]);
            prop_assert!(whole[n..].iter().all(|&x| x == 0.0));
            prop_assert_eq!(cut.iter().map(|s| s.true_samples).sum::<usize>(), n);
            for (i, segment) in cut.iter().enumerate() {
                prop_assert_eq!(segment.index, i);
                prop_assert_eq!(segment.start_sample, (i * segment_samples) as u64);
                prop_assert_eq!(segment.samples.len(), segment_samples);
                prop_assert!(segment.true_samples <= segment.visible_samples);
                prop_assert!(segment.visible_samples <= segment_samples);
            }
        }
    }
}

// Broken files

/// A canonical WAV header of `format` tag with any field at will, before `data`.
fn riff(
    format: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
    data: &[u8],
    stated_len: u32,
) -> Vec<u8> {
    let frame = u32::from(channels) * u32::from(bits / 8);
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36_u32.saturating_add(stated_len)).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(format.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend(rate_hz.wrapping_mul(frame).to_le_bytes());
    bytes.extend((frame as u16).to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(stated_len.to_le_bytes());
    bytes.extend(data);
    bytes
}

/// What reading `bytes` to the end says.
fn error_of(bytes: Vec<u8>) -> AudioError {
    let read = || {
        let mut reader = AudioReader::from_bytes(bytes, Path::new("a.wav"), 24_000)?;
        while reader.next_block()?.is_some() {}
        Ok(())
    };
    read().unwrap_err()
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let error = read(Path::new("no/such.wav"), 24_000).unwrap_err();
    assert_eq!(error.to_string(), "no such file or folder: no/such.wav");
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path(), 24_000), Err(AudioError::Folder { .. })));
    // A file is no folder to look into.
    let inside = folder.path().join("a.wav/b.wav");
    fs::write(folder.path().join("a.wav"), b"RIFF").unwrap();
    let error = read(&inside, 24_000).unwrap_err().to_string();
    let end = format!("check the path and its permissions: {}", inside.display());
    assert!(error.ends_with(&end), "{error}");
}

#[test]
fn broken_headers_are_told_apart() {
    let sentence = |bytes| error_of(bytes).to_string();
    assert_eq!(
        sentence(Vec::new()),
        "the file holds no samples, leave it out or export it again: a.wav"
    );
    assert_eq!(
        sentence(riff(1, 1, 24_000, 16, &[], 0)),
        "the file holds no samples, leave it out or export it again: a.wav"
    );
    assert_eq!(
        sentence(b"These are only words, in a file whose name ends in .wav.\n".repeat(100)),
        "not an audio file of a known kind, expected WAV, AIFF, FLAC, MP3, Ogg, M4A or AAC: a.wav"
    );
    assert_eq!(
        sentence(riff(1, 0, 24_000, 16, &[0; 8], 8)),
        "the audio is corrupt at 0.000 s (riff: invalid channel count), get an intact copy: a.wav"
    );
    for rate_hz in [0, 768_001, u32::MAX] {
        assert_eq!(
            sentence(riff(1, 1, rate_hz, 16, &[0; 8], 8)),
            format!(
                "the sample rate is {rate_hz} Hz, expected 1 to 768000 Hz, export the file again: a.wav"
            )
        );
    }
}

#[test]
fn a_wav_shorter_than_its_header_states_is_truncated() {
    let half = [1; 24_000];
    assert_eq!(
        error_of(riff(1, 1, 24_000, 16, &half, 48_000)).to_string(),
        "the file is cut off after 0.500 s of the 1.000 s its header states, get a complete copy: a.wav"
    );
    assert!(matches!(
        error_of(riff(1, 1, 24_000, 16, &[], 48_000)),
        AudioError::Truncated { found_seconds: 0.0, .. }
    ));
}

#[test]
fn a_wav_streamed_without_a_length_is_read_to_its_end() {
    let path = Path::new("stream.wav");
    let bytes = riff(1, 1, 24_000, 16, &[1; 24_000], u32::MAX);
    let mut reader = AudioReader::from_bytes(bytes, path, 24_000).unwrap();
    let mut n = 0;
    while let Some(block) = reader.next_block().unwrap() {
        n += block.len();
    }
    assert_eq!(n, 12_000);
}

#[test]
fn every_container_cut_off_in_the_middle_is_an_error() {
    for name in [
        "mono-22050hz-16bit.flac",
        "stereo-8000hz-24bit.flac",
        "mono-22050hz-16bit.aiff",
        "mono-8000hz-float.aifc",
        "mono-8000hz-mulaw.wav",
        "mono-22050hz-alac.m4a",
        "stereo-44100hz-cbr.mp3",
        "stereo-44100hz-vbr.mp3",
        "stereo-44100hz.ogg",
        "stereo-44100hz-aac.m4a",
    ] {
        let bytes = fs::read(fixture(name)).unwrap();
        for percent in [20, 50, 80, 95] {
            let error = error_of(bytes[..bytes.len() * percent / 100].to_vec());
            println!("{name} {percent} %: {error}");
            assert!(
                matches!(error, AudioError::Truncated { .. } | AudioError::Corrupt { .. }),
                "{name} at {percent} %: {error}"
            );
        }
    }
}

#[test]
fn damage_in_the_middle_is_an_error_where_the_format_has_checksums() {
    for name in ["mono-22050hz-16bit.flac", "stereo-44100hz.ogg"] {
        let mut bytes = fs::read(fixture(name)).unwrap();
        let middle = bytes.len() * 6 / 10;
        bytes[middle..middle + 16].fill(0x5a);
        let error = error_of(bytes);
        println!("{name}: {error}");
        assert!(
            matches!(error, AudioError::Truncated { .. } | AudioError::Corrupt { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn the_first_sample_that_is_not_finite_is_named_by_its_time() {
    let mut samples = vec![0.25_f32; 2 * 48_000];
    samples[2 * 36_000 + 1] = f32::NAN;
    samples[2 * 40_000] = f32::INFINITY;
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(
        error_of(riff(3, 2, 48_000, 32, &data, data.len() as u32)).to_string(),
        "the sample at 0.750000 s is NaN, expected finite samples, export the file again: a.wav"
    );
}

#[test]
fn a_codec_without_a_decoder_is_named() {
    for (name, codec) in [
        ("stereo-48000hz.opus", "Opus"),
        ("surround-48000hz-aac.m4a", "AAC beyond stereo LC (such as HE-AAC or 5.1)"),
    ] {
        let sentence = error_of(fs::read(fixture(name)).unwrap()).to_string();
        assert_eq!(
            sentence,
            format!("cannot decode {codec}, convert the file to FLAC or WAV: a.wav")
        );
    }
}

#[test]
fn nothing_follows_an_error() {
    let bytes = riff(1, 1, 44_100, 16, &[1; 24_000], 48_000);
    let mut reader = AudioReader::from_bytes(bytes.clone(), Path::new("a.wav"), 24_000).unwrap();
    while let Ok(block) = reader.next_block() {
        assert!(block.is_some());
    }
    assert!(matches!(reader.next_block(), Ok(None)));
    let cut = SegmentReader::from_bytes(bytes, Path::new("a.wav"), &plan(TailPolicy::Pad)).unwrap();
    assert_eq!(cut.map(|segment| segment.is_err()).collect::<Vec<_>>(), [true]);
}

#[test]
fn one_sample_is_one_segment_at_any_rate() {
    for rate_hz in [8_000, 24_000, 44_100, 192_000] {
        let bytes = riff(3, 1, rate_hz, 32, &0.5_f32.to_le_bytes(), 4);
        let cut =
            SegmentReader::from_bytes(bytes, Path::new("a.wav"), &plan(TailPolicy::Published));
        let cut: Vec<_> = cut.unwrap().map(Result::unwrap).collect();
        assert_eq!(cut.len(), 1);
        assert!((1..=3).contains(&cut[0].true_samples));
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn random_bytes_are_an_error_and_not_a_panic(bytes in prop::collection::vec(any::<u8>(), 1..4000)) {
        prop_assert!(!error_of(bytes).to_string().is_empty());
    }

    #[test]
    fn damaged_files_end_in_sound_or_in_an_error(
        name in prop::sample::select(vec![
            "mono-22050hz-16bit.flac", "mono-8000hz-mulaw.wav", "stereo-44100hz-vbr.mp3", "stereo-44100hz.ogg",
            "stereo-44100hz-aac.m4a", "stereo-44100hz.aac", "mono-8000hz-float.aifc", "mono-22050hz-alac.m4a",
        ]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = fs::read(fixture(name)).unwrap();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(mut reader) = AudioReader::from_bytes(bytes, Path::new(name), 24_000) {
            while let Ok(Some(block)) = reader.next_block() {
                prop_assert!(block.iter().all(|x| x.is_finite()));
            }
        }
    }
}
