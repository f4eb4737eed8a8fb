//! The settings of the paper's table, by name.

use clap::ValueEnum;

use crate::runs::PrototypeSettings;
use crate::training;

/// Settings of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Preset {
    /// 1 prototype a class
    #[value(name = "pecmae-1")]
    One,
    /// 3 prototypes a class
    #[value(name = "pecmae-3")]
    Three,
    /// 5 prototypes a class
    #[value(name = "pecmae-5")]
    Five,
    /// 10 prototypes a class
    #[value(name = "pecmae-10")]
    Ten,
    /// 20 prototypes a class
    #[value(name = "pecmae-20")]
    Twenty,
    /// 40 prototypes a class
    #[value(name = "pecmae-40")]
    Forty,
    /// 5 prototypes a class, no adaptor
    #[value(name = "pecmae-na-5")]
    FiveWithoutAdaptor,
}

impl Preset {
    /// Sets what the preset names, and everything else to the paper's values.
    pub(super) fn apply(
        self,
        prototypes: &mut PrototypeSettings,
        training: &mut training::Settings,
    ) {
        prototypes.per_class = match self {
            Self::One => 1,
            Self::Three => 3,
            Self::Five | Self::FiveWithoutAdaptor => 5,
            Self::Ten => 10,
            Self::Twenty => 20,
            Self::Forty => 40,
        };
        // The defaults of training are the paper's.
        *training = training::Settings { seed: training.seed, ..training::Settings::default() };
        if self == Self::FiveWithoutAdaptor {
            training.adaptor = None;
        }
    }
}
