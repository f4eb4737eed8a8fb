//! Everything about a run that figures and pages show.

use crate::dataset::Split;
use crate::explanation::PURITY_AT;
use crate::exports::plots::{
    ClassesFigure, ConfusionFigure, ReliabilityFigure, WeightColumn, WeightsFigure,
};
use crate::job::CancelToken;
use crate::runs::{HistoryRow, RunError, RunFolder};
use crate::studio::evaluate::{EvaluateError, EvaluateEvent, EvaluateJob, Evaluation, On, measure};
use crate::studio::prototypes::{PrototypesError, PrototypesJob, PrototypesReport, report_of};
use crate::studio::scoring::Level;
use crate::studio::trained::{Trained, TrainedError, Training};

/// Why there is nothing to show of a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It has no classifier, or its z do not fit it.
    #[error(transparent)]
    Trained(#[from] TrainedError),
    /// Its prototypes cannot be looked at.
    #[error(transparent)]
    Prototypes(#[from] PrototypesError),
    /// It cannot be measured.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// What a run has learned and how good that is.
#[derive(Debug)]
pub(super) struct Results {
    pub(super) trained: Trained,
    pub(super) training: Training,
    /// What was measured on.
    pub(super) split: Split,
    pub(super) evaluation: Evaluation,
    pub(super) prototypes: PrototypesReport,
    pub(super) history: Vec<HistoryRow>,
    /// The rows of the classifier as figures take them.
    pub(super) columns: Vec<WeightColumn>,
}

impl Results {
    /// Measures a run on a split: the test split unless another is named, or validation where no track is in that. Nothing is
    /// written.
    pub(super) fn gather(
        run: &RunFolder,
        split: Option<Split>,
        baselines: bool,
        on_event: &mut dyn FnMut(EvaluateEvent),
        cancel: &CancelToken,
    ) -> Result<Self, ResultsError> {
        let trained = Trained::open(run.path())?;
        let training = trained.training(PURITY_AT)?.ok_or(PrototypesError::NoTraining)?;
        let has_test = training.examples.n_tracks_of(Split::Test) > 0;
        let split = split.unwrap_or(if has_test { Split::Test } else { Split::Validation });
        let job = EvaluateJob { on: On::Split(split), level: Level::Track, baselines };
        let evaluation = measure(run, &job, on_event, cancel)?;
        let job = PrototypesJob { n_nearest: PURITY_AT, model: false, seed: 0 };
        let prototypes = report_of(&trained, &training, &job)?;
        let history = run.history()?;
        let classifier = &trained.classifier;
        let column = |(m, info): (usize, &crate::classifier::PrototypeInfo)| WeightColumn {
            name: info.name.clone(),
            class: info.label,
            enabled: info.enabled,
            weights: classifier.parts().weight.column(m).to_vec(),
        };
        let columns = classifier.info().iter().enumerate().map(column).collect();
        Ok(Self { trained, training, split, evaluation, prototypes, history, columns })
    }

    pub(super) fn weights_figure(&self) -> WeightsFigure<'_> {
        WeightsFigure { classes: self.trained.classifier.labels(), prototypes: &self.columns }
    }

    /// `None` where a track may have several labels.
    pub(super) fn confusion_figure(&self) -> Option<ConfusionFigure<'_>> {
        let confusion = self.evaluation.report.confusion.as_ref()?;
        Some(ConfusionFigure { confusion, on: &self.evaluation.on })
    }

    pub(super) fn reliability_figure(&self) -> ReliabilityFigure<'_> {
        let calibration = &self.evaluation.report.calibration;
        ReliabilityFigure { calibration, on: &self.evaluation.on }
    }

    pub(super) fn classes_figure(&self) -> ClassesFigure<'_> {
        ClassesFigure { classes: &self.evaluation.report.classes, on: &self.evaluation.on }
    }
}
