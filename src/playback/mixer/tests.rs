use super::*;
use proptest::prelude::*;

const RATE: u32 = 48_000;
const FADE: usize = 480;
const SEAM: usize = 144;

fn sound(samples: Vec<f32>) -> Arc<Waveform> {
    Arc::new(Waveform { samples, sample_rate_hz: RATE })
}

/// A sound whose samples tell where they are: `0.5 + frame / 1e6`.
fn ruler(n: usize) -> Arc<Waveform> {
    sound((0..n).map(|frame| 0.5 + frame as f32 / 1e6).collect())
}

fn frame_of(sample: f32) -> f32 {
    (sample - 0.5) * 1e6
}

fn loud() -> Mixer {
    let mut mixer = Mixer::new(RATE);
    mixer.set_volume_db(0.0);
    mixer.fill(&mut [0.0; FADE]);
    mixer
}

fn filled(mixer: &mut Mixer, n: usize) -> Vec<f32> {
    let mut frames = vec![0.0; n];
    frames.chunks_mut(77).for_each(|chunk| mixer.fill(chunk));
    frames
}

/// The same but for what rounding does to a crossfade. (The samples are too many to be printed.)
fn is_near(found: &[f32], wanted: &[f32]) -> bool {
    found.len() == wanted.len()
        && found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 2e-5)
}

fn largest_step(frames: &[f32]) -> f32 {
    frames.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

fn secs(frame: usize) -> f64 {
    frame as f64 / f64::from(RATE)
}

#[test]
fn a_sound_comes_goes_and_is_itself_between() {
    let (mut mixer, sound) = (loud(), ruler(5000));
    mixer.play(&Cue::new(Arc::clone(&sound)));
    let heard = filled(&mut mixer, 6000);
    assert!(heard[FADE..5000 - FADE] == sound.samples[FADE..5000 - FADE]);
    assert!((heard[FADE / 2] - 0.25).abs() < 0.01 && (heard[5000 - FADE / 2] - 0.25).abs() < 0.01);
    assert!(heard[0] < 0.002 && heard[4999] < 0.002);
    assert_eq!(heard[5000..], [0.0; 1000]);
    assert!(mixer.is_silent() && mixer.view().position == 0);

    mixer.resume();
    assert!(filled(&mut mixer, 6000) == heard);
}

#[test]
fn a_loop_has_the_length_of_its_range_and_no_gap() {
    let (mut mixer, sound) = (loud(), ruler(9000));
    let range_s = Some((secs(1000), secs(5000)));
    mixer.play(&Cue {
        range_s,
        is_looped: true,
        start_s: secs(2000),
        ..Cue::new(Arc::clone(&sound))
    });
    let heard = filled(&mut mixer, 3000 + 3 * 4000);
    assert!(heard[FADE..3000 - SEAM] == sound.samples[2000 + FADE..5000 - SEAM]);
    for pass in heard[3000..].chunks(4000) {
        assert!(pass[SEAM..4000 - SEAM] == sound.samples[1000 + SEAM..5000 - SEAM]);
        assert!(pass.iter().all(|sample| *sample > 0.003));
    }
    assert!(largest_step(&heard) < 1.0 / SEAM as f32);

    mixer.set_looped(false);
    let rest = filled(&mut mixer, 5000);
    assert!(is_near(&rest[SEAM..4000 - FADE], &sound.samples[1000 + SEAM..5000 - FADE]));
    assert_eq!(rest[4000..], [0.0; 1000]);
}

#[test]
fn a_flip_keeps_the_playhead_and_crossfades() {
    let (mut mixer, a, b) = (loud(), sound(vec![0.8; 20_000]), ruler(20_000));
    mixer.play(&Cue::new(Arc::clone(&a)));
    filled(&mut mixer, 3000);
    let before = mixer.view();
    mixer.flip(&Cue { start_s: 0.0, ..Cue::new(Arc::clone(&b)) });
    assert_eq!(mixer.view(), before);
    let heard = filled(&mut mixer, 1000);
    assert!(heard[..FADE].iter().all(|sample| (0.5..=0.8).contains(sample)));
    assert!(heard[FADE..] == b.samples[3000 + FADE..4000]);

    mixer.pause();
    filled(&mut mixer, FADE);
    mixer.flip(&Cue::new(a));
    assert!(mixer.is_silent());
    assert_eq!(mixer.view().position, 4000);
    // The same sound under itself is not heard at all.
    mixer.resume();
    filled(&mut mixer, FADE);
    mixer.flip(&Cue::new(Arc::clone(&mixer.current.as_ref().unwrap().sound)));
    assert!(is_near(&filled(&mut mixer, FADE), &[0.8; FADE]));
}

#[test]
fn pause_seek_stop_and_range_move_the_playhead_as_they_say() {
    let (mut mixer, sound) = (loud(), ruler(40_000));
    mixer.play(&Cue { start_s: secs(100), ..Cue::new(sound) });
    filled(&mut mixer, 1000);
    mixer.pause();
    let tail = filled(&mut mixer, 1000);
    assert!(tail[FADE - 2] > 0.0 && tail[FADE..].iter().all(|sample| *sample == 0.0));
    assert_eq!((mixer.view().position, mixer.view().is_playing), (1100, false));
    mixer.seek(secs(30_000));
    assert_eq!(filled(&mut mixer, 10), [0.0; 10]);
    mixer.resume();
    assert_eq!(frame_of(filled(&mut mixer, 1000)[999]).round(), 30_999.0);
    mixer.set_range(Some((secs(5000), secs(20_000))));
    assert_eq!(mixer.view().position, 5000);
    mixer.seek(1e9);
    assert_eq!(mixer.view().position, 19_999);
    mixer.seek(f64::NAN);
    assert_eq!(mixer.view().position, 5000);
    filled(&mut mixer, 700);
    mixer.stop();
    assert_eq!((mixer.view().position, mixer.view().is_playing), (5000, false));
}

#[test]
fn gains_are_right_after_their_fade_and_nothing_exceeds_full_scale() {
    let mut mixer = Mixer::new(RATE);
    mixer.play(&Cue { gain_db: -8.0, ..Cue::new(sound(vec![1.0; 40_000])) });
    let level = |mixer: &mut Mixer| filled(mixer, 2 * FADE)[2 * FADE - 1];
    assert!((level(&mut mixer) - 0.1).abs() < 1e-6, "-12 dB at first");
    mixer.set_volume_db(-6.0);
    mixer.set_gain_db(0.0);
    assert!((level(&mut mixer) - 0.501_187).abs() < 1e-6);
    mixer.set_gain_db(f32::INFINITY);
    assert_eq!(level(&mut mixer), 1.0);
    mixer.set_gain_db(f32::NAN);
    assert_eq!(level(&mut mixer), 0.0);
    mixer.play(&Cue::new(sound(vec![f32::NAN; 40_000])));
    assert_eq!(level(&mut mixer), 0.0);
}

#[test]
fn a_sound_of_another_rate_keeps_its_time_and_an_empty_one_does_nothing() {
    let mut mixer = loud();
    let samples = (0..24_000).map(|t| (t as f32 * 0.05).sin() * 0.7).collect::<Vec<f32>>();
    let wanted = crate::audio::resample(&samples, 24_000, RATE);
    mixer.play(&Cue::new(Arc::new(Waveform { samples, sample_rate_hz: 24_000 })));
    assert_eq!(mixer.sound().unwrap().1, 48_000);
    let heard = filled(&mut mixer, 49_000);
    assert!((4000..44_000).all(|frame| (heard[frame] - wanted[frame]).abs() < 1e-3));
    assert!(mixer.is_silent());
    for sample_rate_hz in [0, 24_000, RATE] {
        mixer.play(&Cue {
            is_looped: true,
            ..Cue::new(Arc::new(Waveform { samples: vec![], sample_rate_hz }))
        });
        mixer.seek(3.0);
        mixer.resume();
        assert_eq!(filled(&mut mixer, 10), [0.0; 10]);
        assert!(mixer.is_silent());
    }
}

#[derive(Debug, Clone)]
enum Act {
    Play(bool, f64, Option<(f64, f64)>, bool),
    Flip(bool, bool),
    Pause,
    Resume,
    Stop,
    Seek(f64),
    Loop(bool),
    Range(Option<(f64, f64)>),
    Gain(f32),
    Volume(f32),
}

fn act() -> impl Strategy<Value = Act> {
    let time = || -0.1..0.6_f64;
    let range = move || prop::option::of((time(), time()));
    prop_oneof![
        (any::<bool>(), time(), range(), any::<bool>())
            .prop_map(|(a, t, r, l)| Act::Play(a, t, r, l)),
        (any::<bool>(), any::<bool>()).prop_map(|(a, l)| Act::Flip(a, l)),
        Just(Act::Pause),
        Just(Act::Resume),
        Just(Act::Stop),
        time().prop_map(Act::Seek),
        any::<bool>().prop_map(Act::Loop),
        range().prop_map(Act::Range),
        (-40.0..0.0_f32).prop_map(Act::Gain),
        (-40.0..0.0_f32).prop_map(Act::Volume),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The worst sounds there are, at full scale from one side of zero to the other: a click would be a step of up to 2.
    #[test]
    fn whatever_is_done_nothing_clicks(acts in prop::collection::vec((act(), 0..900_usize), 1..40)) {
        let falling = (0..20_000).map(|frame| 1.0 - frame as f32 / 10_000.0).collect();
        let sounds = [sound(falling), sound(vec![-1.0; 16_000])];
        let mut mixer = loud();
        let mut heard = vec![0.0];
        for (act, n) in acts {
            let cue = |is_first: bool| Cue::new(Arc::clone(&sounds[usize::from(is_first)]));
            match act {
                Act::Play(is_first, start_s, range_s, is_looped) => {
                    mixer.play(&Cue { start_s, range_s, is_looped, ..cue(is_first) });
                }
                Act::Flip(is_first, is_looped) => mixer.flip(&Cue { is_looped, ..cue(is_first) }),
                Act::Pause => mixer.pause(),
                Act::Resume => mixer.resume(),
                Act::Stop => mixer.stop(),
                Act::Seek(time_s) => mixer.seek(time_s),
                Act::Loop(is_looped) => mixer.set_looped(is_looped),
                Act::Range(range_s) => mixer.set_range(range_s),
                Act::Gain(db) => mixer.set_gain_db(db),
                Act::Volume(db) => mixer.set_volume_db(db),
            }
            let before = mixer.view();
            let frames = filled(&mut mixer, n);
            let after = mixer.view();
            let is_ended = before.is_playing && !after.is_playing;
            prop_assert!(is_ended || before.advanced(n as u64).position == after.position);
            prop_assert!(after.position == 0 || after.span.nearest(after.position) == after.position);
            heard.extend(frames);
        }
        mixer.stop();
        heard.extend(filled(&mut mixer, FADE));
        prop_assert!(mixer.is_silent() && *heard.last().unwrap() == 0.0);
        prop_assert!(largest_step(&heard) < 0.03, "a step of {}", largest_step(&heard));
        prop_assert!(heard.iter().all(|sample| sample.abs() <= 1.0));
    }

    #[test]
    fn only_the_range_is_heard(start in 0..9000_usize, n in 1..9000_usize, seek in 0..20_000_usize, is_looped: bool) {
        let mut samples = vec![0.9; 20_000];
        samples[start..start + n].fill(0.25);
        let range_s = Some((secs(start), secs(start + n)));
        let mut mixer = loud();
        mixer.play(&Cue { range_s, is_looped, ..Cue::new(sound(samples)) });
        let mut heard = filled(&mut mixer, 700);
        mixer.seek(secs(seek));
        heard.extend(filled(&mut mixer, 20_000));
        prop_assert!(heard.iter().all(|sample| *sample <= 0.251));
        prop_assert_eq!(mixer.is_silent(), !is_looped);
    }
}
