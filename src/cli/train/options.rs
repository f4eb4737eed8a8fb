//! How prototypes start and move; every option overrides what a preset or a configuration says.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::number::{not_negative, ordinal, real};
use crate::classifier::SimilarityKind;
use crate::clustering::PrototypeOrder;
use crate::runs::{InitKind, PrototypeSettings};
use crate::training::{AdaptorSettings, ClassLoss, PrototypeLoss, Settings};

/// How prototypes start.
#[derive(Debug, Args)]
#[command(next_help_heading = "Prototypes")]
pub(super) struct PrototypeArgs {
    /// Where they start [default: kmeans]
    #[arg(long, value_enum, value_name = "HOW")]
    init: Option<InitArg>,
    /// For --init file: z in a .npy array [classes · K, feature]; for clips: a CSV list of label,path,start_s
    #[arg(long, value_name = "FILE")]
    init_file: Option<PathBuf>,
    /// Restarts of k-means [default: 10]
    #[arg(long, value_name = "N", value_parser = ordinal, allow_negative_numbers = true)]
    restarts: Option<usize>,
    /// Reproduce the published script, in which most prototypes start in the wrong class
    #[arg(long)]
    legacy_order: bool,
}

/// Where prototypes start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InitArg {
    /// At the k-means centers of each class
    Kmeans,
    /// At the training segments nearest to those
    Nearest,
    /// At random training segments
    Samples,
    /// At the vectors of a file
    File,
    /// At clips that a list names
    Clips,
}

/// How prototypes move.
#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
pub(super) struct TrainingArgs {
    /// Steps [default: 200 times all segments, at least 1000 and at most 20000; the paper's are 150000]
    #[arg(long, value_name = "N", value_parser = ordinal, allow_negative_numbers = true)]
    pub(super) steps: Option<usize>,
    /// Segments in a step [default: 256]
    #[arg(long, value_name = "N", value_parser = ordinal, allow_negative_numbers = true)]
    batch: Option<usize>,
    /// Highest learning rate [default: 0.001]
    #[arg(long, value_name = "RATE", value_parser = real(1e-12..=1e3), allow_negative_numbers = true)]
    lr: Option<f64>,
    /// L2 term added to each gradient [default: 0.00001]
    #[arg(long, value_name = "FACTOR", value_parser = not_negative, allow_negative_numbers = true)]
    weight_decay: Option<f64>,
    /// Share of the class loss, from 0 to 1; the prototype loss has the rest [default: 0.25]
    #[arg(long, value_name = "SHARE", value_parser = real(0.0..=1.0), allow_negative_numbers = true)]
    lambda: Option<f64>,
    /// Class loss: softmax for one label a track, binary for any number [default: softmax]
    #[arg(long, value_enum, value_name = "LOSS")]
    loss: Option<LossArg>,
    /// What logits are divided by before the softmax [default: 0.1]
    #[arg(long, value_name = "T", value_parser = real(1e-6..=1e6), allow_negative_numbers = true)]
    temperature: Option<f64>,
    /// Which segments the prototype loss looks at [default: own-class]
    #[arg(long, value_enum, value_name = "WHICH")]
    prototype_loss: Option<PrototypeLossArg>,
    /// Weight of the term that keeps the prototypes of a class apart [default: 0]
    #[arg(long, value_name = "WEIGHT", value_parser = not_negative, allow_negative_numbers = true)]
    diversity: Option<f64>,
    /// Train the compared vectors themselves, without adaptor
    #[arg(long)]
    no_adaptor: bool,
    /// Width of the adaptor's feed-forward net [default: 2048]
    #[arg(long, value_name = "N", value_parser = ordinal, allow_negative_numbers = true, conflicts_with = "no_adaptor")]
    hidden: Option<usize>,
    /// Share of the adaptor's activations that a step drops [default: 0.1]
    #[arg(long, value_name = "SHARE", value_parser = real(0.0..=1.0), allow_negative_numbers = true, conflicts_with = "no_adaptor")]
    dropout: Option<f64>,
    /// Distance below the similarity: mean or sum of squares [default: mean]
    #[arg(long, value_enum, value_name = "WHICH")]
    similarity: Option<SimilarityArg>,
    /// Allow no negative weight in the last layer: nothing speaks against a class
    #[arg(long)]
    non_negative: bool,
    /// Steps from one evaluation to the next [default: 50 evaluations]
    #[arg(long, value_name = "N", value_parser = ordinal, allow_negative_numbers = true)]
    pub(super) eval_every: Option<usize>,
    /// End after so many evaluations without a lower validation loss
    #[arg(long, value_name = "N", value_parser = ordinal, allow_negative_numbers = true)]
    patience: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LossArg {
    Softmax,
    Binary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PrototypeLossArg {
    OwnClass,
    AllClasses,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SimilarityArg {
    Mean,
    Sum,
}

impl PrototypeArgs {
    pub(super) fn apply(&self, settings: &mut PrototypeSettings) {
        if let Some(init) = self.init {
            settings.init = match init {
                InitArg::Kmeans => InitKind::Kmeans,
                InitArg::Nearest => InitKind::Nearest,
                InitArg::Samples => InitKind::Samples,
                InitArg::File => InitKind::File,
                InitArg::Clips => InitKind::Clips,
            };
        }
        settings.file = self.init_file.clone().or(settings.file.take());
        if let Some(restarts) = self.restarts {
            settings.restarts = restarts;
        }
        if self.legacy_order {
            settings.order = PrototypeOrder::Legacy;
        }
    }
}

impl TrainingArgs {
    pub(super) fn apply(&self, settings: &mut Settings) {
        set(&mut settings.batch, self.batch);
        set(&mut settings.schedule.max_lr, self.lr);
        set(&mut settings.adam.weight_decay, self.weight_decay);
        set(&mut settings.lambda, self.lambda);
        set(&mut settings.diversity.weight, self.diversity);
        settings.patience = self.patience.or(settings.patience);
        settings.non_negative |= self.non_negative;
        match self.loss {
            Some(LossArg::Softmax) if settings.is_multi_label() => {
                settings.class_loss = ClassLoss::default();
            }
            Some(LossArg::Binary) => settings.class_loss = ClassLoss::BinaryCrossEntropy,
            Some(LossArg::Softmax) | None => {}
        }
        if let (ClassLoss::CrossEntropy { temperature }, Some(wanted)) =
            (&mut settings.class_loss, self.temperature)
        {
            *temperature = wanted;
        }
        if let Some(which) = self.prototype_loss {
            settings.prototype_loss = match which {
                PrototypeLossArg::OwnClass => PrototypeLoss::OwnClass,
                PrototypeLossArg::AllClasses => PrototypeLoss::AllClasses,
            };
        }
        if let Some(which) = self.similarity {
            settings.similarity = match which {
                SimilarityArg::Mean => SimilarityKind::MeanSquared,
                SimilarityArg::Sum => SimilarityKind::SumSquared,
            };
        }
        if self.no_adaptor {
            settings.adaptor = None;
        }
        if self.hidden.is_some() || self.dropout.is_some() {
            let adaptor = settings.adaptor.get_or_insert_with(AdaptorSettings::default);
            set(&mut adaptor.hidden, self.hidden);
            set(&mut adaptor.dropout, self.dropout);
        }
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
