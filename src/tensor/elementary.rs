//! Elementary functions that vectorise: no branch, no table, no call.
//!
//! Loops over these compile to the widest instructions of the running processor when they stand inside a
//! [`pulp::WithSimd`] body, because everything here is inlined there.

use std::f32::consts::LOG2_E;

/// `eˣ`, within 2 units in the last place; 0 below −87.3, saturating above 88.3.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // eˣ = 2ⁿ · eʳ with n = round(x / ln 2) and |r| ≤ ln 2 / 2; ln 2 in two parts keeps r exact.
    const LN_2_HI: f32 = 0.693_359_4;
    const LN_2_LO: f32 = -2.121_944_4e-4;
    /// Adding and subtracting 1.5 · 2²³ rounds to an integer, which then sits in the low mantissa bits.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.3, 88.3);
    let shifted = clamped * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * LN_2_HI) - n * LN_2_LO;
    // Minimax polynomial of (eʳ − 1 − r) / r² on the interval (Cephes, expf).
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let mantissa = p * (r * r) + r + 1.0;
    let exponent = (shifted.to_bits().wrapping_sub(ROUND.to_bits())) << 23;
    let value = f32::from_bits(mantissa.to_bits().wrapping_add(exponent));
    if x < -87.3 { 0.0 } else { value }
}

/// `x` where positive, `eˣ − 1` elsewhere.
#[inline(always)]
pub(crate) fn elu(x: f32) -> f32 {
    let below = exp(x.min(0.0)) - 1.0;
    if x > 0.0 { x } else { below }
}

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `(1 − e⁻²ˣ) / (1 + e⁻²ˣ)`, odd by construction.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    // Near 0 the quotient loses digits to cancellation: there the odd Taylor series is exact to f32.
    let square = x * x;
    let series =
        x * (1.0 + square * (-1.0 / 3.0 + square * (2.0 / 15.0 - square * (17.0 / 315.0))));
    let e = exp(-2.0 * x.abs());
    let quotient = ((1.0 - e) / (1.0 + e)).copysign(x);
    if square < 0.01 { series } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exp_is_within_two_ulps(x in -87.0_f32..88.0) {
            let exact = f64::from(x).exp();
            let relative = (f64::from(exp(x)) - exact).abs() / exact;
            prop_assert!(relative < 2.0 * f64::from(f32::EPSILON), "exp({x}) is off by {relative:e}");
        }

        #[test]
        fn the_others_agree_with_the_library(x in -30.0_f32..30.0) {
            let d = f64::from(x);
            let wanted = if d > 0.0 { d } else { d.exp_m1() };
            prop_assert!((f64::from(elu(x)) - wanted).abs() < 1.5e-7);
            prop_assert!((f64::from(sigmoid(x)) - 1.0 / (1.0 + (-d).exp())).abs() < 1.5e-7);
            prop_assert!((f64::from(tanh(x)) - d.tanh()).abs() < 1.5e-7);
        }
    }

    #[test]
    fn the_ends_are_finite() {
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(elu(-1e30), -1.0);
        assert!(sigmoid(-1e30) < 1e-38);
        assert_eq!(tanh(1e30), 1.0);
        assert!(exp(1e30).is_finite());
    }
}
