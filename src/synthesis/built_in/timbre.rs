//! Which voice stands for which program of General MIDI.

use super::envelope::Envelope;
use super::modes::{Body, Modes};
use super::string::PluckedString;
use super::wave::{Spectrum, Wave};
use crate::synthesis::program::{Manner, manner};

/// A voice and all its settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Timbre {
    Wave(Wave),
    Modes(Modes),
    String(PluckedString),
}

/// Bars of wood and metal, a tube, a bell (Fletcher and Rossing, The Physics of Musical Instruments, ch. 19 to 21).
const MARIMBA: &[(f64, f64)] = &[(1.0, 1.0), (3.93, 0.35), (9.2, 0.1)];
const XYLOPHONE: &[(f64, f64)] = &[(1.0, 1.0), (3.0, 0.5), (6.1, 0.25)];
const GLOCKENSPIEL: &[(f64, f64)] = &[(1.0, 1.0), (2.76, 0.6), (5.4, 0.3), (8.9, 0.1)];
const BELL: &[(f64, f64)] =
    &[(0.5, 0.4), (1.0, 1.0), (1.2, 0.5), (1.5, 0.4), (2.0, 0.7), (2.67, 0.3), (3.0, 0.25)];
const KALIMBA: &[(f64, f64)] = &[(1.0, 1.0), (5.8, 0.2), (6.2, 0.1)];
/// A tine and its tone bar.
const ELECTRIC_PIANO: &[(f64, f64)] =
    &[(1.0, 1.0), (2.0, 0.35), (3.0, 0.12), (6.1, 0.18), (7.0, 0.06)];

const DRAWBARS: &[f64] = &[0.9, 0.8, 0.7, 0.5, 0.0, 0.3, 0.0, 0.35];
const PERCUSSIVE_ORGAN: &[f64] = &[0.9, 0.9, 0.9, 0.1, 0.0, 0.1];
const ROCK_ORGAN: &[f64] = &[1.0, 0.9, 0.8, 0.7, 0.3, 0.6, 0.2, 0.6, 0.1, 0.3];
const PIPES: &[f64] = &[1.0, 0.7, 0.3, 0.6, 0.1, 0.25, 0.05, 0.45, 0.0, 0.1, 0.0, 0.2];
const FLUTE: &[f64] = &[1.0, 0.32, 0.12, 0.05, 0.02];
const CLARINET: &[f64] = &[1.0, 0.05, 0.6, 0.06, 0.35, 0.08, 0.2, 0.1, 0.12, 0.06, 0.08];
const ACCORDION: &[f64] = &[1.0, 0.7, 0.6, 0.5, 0.45, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.08];

pub(super) fn timbre(number: u8) -> Timbre {
    match (manner(number), number) {
        (Manner::Keys, 4 | 5) => modes(Body::Partials(ELECTRIC_PIANO), 1.4, 0.12, 0.5, 0.03),
        (Manner::Keys, 6 | 7) => plucked(0.9, 0.06, 1.0, 0.92, 0.11, 0.0),
        (Manner::Keys, 3) => modes(Body::Stiff(9e-4), 1.0, 0.08, 0.22, 0.1),
        (Manner::Keys, _) => modes(Body::Stiff(3e-4), 1.6, 0.1, 0.3, 0.06),
        (Manner::Mallets, 9 | 8) => modes(Body::Partials(GLOCKENSPIEL), 1.6, 0.5, 0.3, 0.08),
        (Manner::Mallets, 10 | 108) => modes(Body::Partials(KALIMBA), 0.7, 0.3, 0.5, 0.08),
        (Manner::Mallets, 13) => modes(Body::Partials(XYLOPHONE), 0.2, 0.15, 0.6, 0.25),
        (Manner::Mallets, 14 | 112) => modes(Body::Partials(BELL), 2.2, 0.8, 0.3, 0.05),
        (Manner::Mallets, 15) => plucked(1.2, 0.3, 0.9, 0.9, 0.2, 0.0),
        (Manner::Mallets, 11) => modes(Body::Partials(MARIMBA), 1.8, 0.2, 0.5, 0.04),
        (Manner::Mallets, _) => modes(Body::Partials(MARIMBA), 0.3, 0.2, 0.4, 0.15),
        (Manner::Organ, 16) => organ(DRAWBARS, 0.008),
        (Manner::Organ, 17) => organ(PERCUSSIVE_ORGAN, 0.005),
        (Manner::Organ, 18) => organ(ROCK_ORGAN, 0.006),
        (Manner::Organ, 19) => organ(PIPES, 0.04),
        (Manner::Organ, 20..=23) => organ(ACCORDION, 0.05),
        (Manner::Organ, _) => organ(DRAWBARS, 0.02),
        (Manner::Plucked, 24) => plucked(1.1, 0.1, 0.35, 0.6, 0.23, 0.0),
        (Manner::Plucked, 25) => plucked(1.5, 0.12, 0.8, 0.85, 0.15, 0.0),
        (Manner::Plucked, 26) => plucked(1.4, 0.08, 0.3, 0.5, 0.35, 0.0),
        (Manner::Plucked, 28) => plucked(0.18, 0.05, 0.4, 0.5, 0.12, 0.0),
        (Manner::Plucked, 29) => plucked(3.0, 0.06, 0.7, 0.85, 0.12, 3.0),
        (Manner::Plucked, 30) => plucked(4.0, 0.06, 0.9, 0.9, 0.1, 9.0),
        (Manner::Plucked, 45) => plucked(0.25, 0.1, 0.4, 0.5, 0.3, 0.0),
        (Manner::Plucked, 46) => plucked(1.6, 0.5, 0.5, 0.75, 0.4, 0.0),
        (Manner::Plucked, 105) => plucked(0.4, 0.1, 1.0, 0.9, 0.1, 0.0),
        (Manner::Plucked, _) => plucked(1.3, 0.1, 0.8, 0.88, 0.13, 0.0),
        (Manner::PluckedBass, 38 | 39) => Timbre::Wave(Wave {
            spectrum: Spectrum::Saw,
            darkening: 1.6,
            brightness: (1.0, 0.15, 0.12),
            envelope: adsr(0.004, 0.4, 0.6, 0.04),
            detune: 0.0,
            breath: 0.0,
        }),
        (Manner::PluckedBass, 34) => plucked(1.6, 0.05, 0.3, 0.6, 0.1, 0.0),
        (Manner::PluckedBass, 36 | 37) => plucked(1.2, 0.05, 0.4, 0.7, 0.06, 1.5),
        (Manner::PluckedBass, 32) => plucked(0.8, 0.06, 0.06, 0.1, 0.3, 0.0),
        (Manner::PluckedBass, _) => plucked(1.6, 0.06, 0.12, 0.3, 0.2, 0.0),
        (Manner::Bowed, _) => Timbre::Wave(Wave {
            spectrum: Spectrum::Saw,
            darkening: 0.7,
            brightness: (0.4, 0.75, 0.2),
            envelope: adsr(0.07, 0.5, 0.85, 0.06),
            detune: 0.0,
            breath: 0.1,
        }),
        (Manner::Ensemble, _) => Timbre::Wave(Wave {
            spectrum: Spectrum::Saw,
            darkening: 0.8,
            brightness: (0.3, 0.6, 0.4),
            envelope: adsr(0.12, 0.5, 0.9, 0.15),
            detune: 0.004,
            breath: 0.06,
        }),
        (Manner::Choir, 53) => choir(&[400.0, 800.0, 2600.0]),
        (Manner::Choir, 54) => choir(&[350.0, 1900.0, 2700.0]),
        (Manner::Choir, _) => choir(&[750.0, 1150.0, 2800.0]),
        (Manner::Blown, 71 | 79) => wind(Spectrum::Listed(CLARINET), 0.4, 0.05),
        (Manner::Blown, 72..=78) => wind(Spectrum::Listed(FLUTE), 0.3, 0.35),
        (Manner::Blown, 64..=67) => wind(Spectrum::Formants(&[550.0, 1100.0, 2500.0]), 0.8, 0.15),
        (Manner::Blown, 68..=70 | 111) => {
            wind(Spectrum::Formants(&[1000.0, 1250.0, 3000.0]), 0.4, 0.03)
        }
        (Manner::Blown, _) => Timbre::Wave(Wave {
            spectrum: Spectrum::Saw,
            darkening: 1.8,
            brightness: (0.2, 0.8, 0.08),
            envelope: adsr(0.04, 0.3, 0.85, 0.05),
            detune: if matches!(number, 61..=63) { 0.003 } else { 0.0 },
            breath: 0.02,
        }),
        (Manner::Lead, 80) => lead(Spectrum::Square, 0.0),
        (Manner::Lead, 87) => lead(Spectrum::Saw, 0.006),
        (Manner::Lead, _) => lead(Spectrum::Saw, 0.003),
        (Manner::Pad, _) => Timbre::Wave(Wave {
            spectrum: if number.is_multiple_of(2) { Spectrum::Saw } else { Spectrum::Square },
            darkening: 1.2,
            brightness: (0.1, 0.5, 1.2),
            envelope: adsr(0.3, 1.0, 0.9, 0.5),
            detune: 0.005,
            breath: 0.04,
        }),
        (Manner::Effect, _) => modes(Body::Partials(XYLOPHONE), 0.4, 0.2, 0.6, 0.4),
    }
}

fn adsr(attack_s: f64, decay_s: f64, sustain: f64, release_s: f64) -> Envelope {
    Envelope { attack_s, decay_s, sustain, release_s }
}

fn modes(body: Body, decay_s: f64, release_s: f64, damping: f64, knock: f64) -> Timbre {
    Timbre::Modes(Modes { body, decay_s, release_s, damping, knock })
}

fn plucked(
    decay_s: f64,
    release_s: f64,
    brightness: f64,
    keeps: f64,
    position: f64,
    drive: f64,
) -> Timbre {
    Timbre::String(PluckedString { decay_s, release_s, brightness, keeps, position, drive })
}

fn organ(amplitudes: &'static [f64], attack_s: f64) -> Timbre {
    Timbre::Wave(Wave {
        spectrum: Spectrum::Listed(amplitudes),
        darkening: 0.2,
        brightness: (1.0, 0.9, 0.1),
        envelope: adsr(attack_s, 1.0, 1.0, 0.02),
        detune: 0.0008,
        breath: 0.01,
    })
}

fn choir(formants: &'static [f64]) -> Timbre {
    Timbre::Wave(Wave {
        spectrum: Spectrum::Formants(formants),
        darkening: 0.6,
        brightness: (0.5, 0.8, 0.3),
        envelope: adsr(0.12, 0.5, 0.95, 0.12),
        detune: 0.006,
        breath: 0.12,
    })
}

fn wind(spectrum: Spectrum, darkening: f64, breath: f64) -> Timbre {
    Timbre::Wave(Wave {
        spectrum,
        darkening,
        brightness: (0.4, 0.9, 0.1),
        envelope: adsr(0.045, 0.3, 0.9, 0.05),
        detune: 0.0,
        breath,
    })
}

fn lead(spectrum: Spectrum, detune: f64) -> Timbre {
    Timbre::Wave(Wave {
        spectrum,
        darkening: 0.8,
        brightness: (1.0, 0.6, 0.3),
        envelope: adsr(0.006, 0.4, 0.85, 0.05),
        detune,
        breath: 0.0,
    })
}
