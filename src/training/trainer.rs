//! The run: steps, evaluations, the best state so far, the end.

use std::sync::Arc;

use super::adam::Rule;
use super::dropout::Dropout;
use super::history::{History, Losses};
use super::network::Network;
use super::order::BatchOrder;
use super::parameters::Parameters;
use super::schedule::Pace;
use super::settings::{ClassLoss, Settings, SettingsError};
use super::start::random_adaptor;
use super::{Data, Evaluation, Start, StartError};

/// A training run between two steps.
#[derive(Debug)]
pub struct Trainer {
    pub(super) settings: Settings,
    pub(super) data: Arc<Data>,
    pub(super) network: Network,
    order: BatchOrder,
    batch: Vec<usize>,
    /// Lengths of the cycles: that of the settings, then one an extension.
    pub(super) cycles: Vec<usize>,
    /// Steps done.
    pub(super) step: usize,
    pub(super) best: Option<Best>,
    /// Evaluations since the best.
    pub(super) since_best: usize,
    pub(super) history: History,
}

/// The state of the lowest validation loss.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Best {
    /// Steps done by then.
    pub(super) step: usize,
    /// Its validation loss.
    pub(super) loss: f64,
    /// The parameters, in the order of [`Parameters::all`].
    pub(super) values: Vec<Vec<f32>>,
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// There are steps left.
    Running,
    /// Every step is done.
    Finished,
    /// The validation loss has not fallen for as many evaluations as the settings' patience.
    StoppedEarly,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Number of the step, from 0.
    pub step: usize,
    /// Its learning rate.
    pub lr: f64,
    /// Its memory of Adam's first moment.
    pub beta1: f64,
    /// Its losses, before the parameters moved.
    pub losses: Losses,
    /// The evaluation after it, where one was due.
    pub evaluation: Option<Evaluation>,
}

/// Why a step was not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The loss is no number any more.
    #[error("the loss is {loss} at step {step} (learning rate {lr:.1e}), lower schedule.max_lr")]
    Diverged {
        /// The step.
        step: usize,
        /// The loss.
        loss: f64,
        /// The learning rate.
        lr: f64,
    },
    /// An example that does not exist.
    #[error("the batch names example {found}, expected numbers below {n_examples}")]
    Example {
        /// The number.
        found: usize,
        /// How many examples there are.
        n_examples: usize,
    },
    /// A batch of none.
    #[error("the batch is empty, give at least one example")]
    Empty,
}

impl Trainer {
    /// A run before its first step.
    ///
    /// # Errors
    /// Settings that make no sense, a start that does not fit them or the data, or an example without exactly one label
    /// where the class loss needs one.
    pub fn new(settings: Settings, data: Arc<Data>, start: &Start) -> Result<Self, TrainerError> {
        settings.check()?;
        let (n_classes, n_features) = (data.n_classes(), data.n_features());
        let n_hidden = settings.adaptor.map(|adaptor| adaptor.hidden);
        start.check(n_classes, n_features, n_hidden)?;
        if let (ClassLoss::CrossEntropy { .. }, Some((split, example, found))) =
            (settings.class_loss, data.first_not_single())
        {
            return Err(TrainerError::NotSingle { split, example, found });
        }
        let drawn = || random_adaptor(settings.seed, n_features, n_hidden.unwrap_or(1));
        let adaptor = n_hidden.map(|_| start.adaptor.clone().unwrap_or_else(drawn));
        let parameters = Parameters::new(start, adaptor.as_ref(), n_classes);
        let network = Network::new(&settings, parameters, start.owners.clone());
        Ok(Self::with(settings, data, network))
    }

    /// A network at step 0.
    pub(super) fn with(settings: Settings, data: Arc<Data>, network: Network) -> Self {
        Self {
            order: BatchOrder::new(settings.seed, data.train().labels.len()),
            batch: Vec::with_capacity(settings.batch),
            cycles: vec![settings.steps],
            step: 0,
            best: None,
            since_best: 0,
            history: History::default(),
            settings,
            data,
            network,
        }
    }

    /// What decides the run's numbers.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Steps done.
    pub fn steps_done(&self) -> usize {
        self.step
    }

    /// Steps of the whole run, extensions included.
    pub fn n_steps(&self) -> usize {
        self.cycles.iter().fold(0, |sum, cycle| sum.saturating_add(*cycle))
    }

    /// Prototypes, of all classes together.
    pub fn n_prototypes(&self) -> usize {
        self.network.owners().len()
    }

    /// What the run has seen so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The step and the validation loss of the state that is kept; `None` before the first evaluation.
    pub fn best(&self) -> Option<(usize, f64)> {
        self.best.as_ref().map(|best| (best.step, best.loss))
    }

    /// Whether the run goes on.
    pub fn status(&self) -> Status {
        match self.settings.patience {
            Some(patience) if self.since_best >= patience => Status::StoppedEarly,
            _ if self.step >= self.n_steps() => Status::Finished,
            _ => Status::Running,
        }
    }

    /// Lengthens the run by `n` steps, whether it is over or not, and grants it its patience anew.
    ///
    /// A cycle ends with a rate that moves nothing, so the steps make a cycle of their own, which begins where the one
    /// before ends: up to the same peak and down again (a warm restart). Adam's memory and the best state stay.
    pub fn extend(&mut self, n: usize) {
        if n > 0 {
            self.cycles.push(n);
            self.since_best = 0;
        }
    }

    /// Takes the next step, and evaluates if it is due. A run that is over may go on: at the pace of its end.
    ///
    /// # Errors
    /// The loss is not finite; nothing has changed then.
    pub fn step(&mut self) -> Result<StepReport, StepError> {
        let mut batch = std::mem::take(&mut self.batch);
        self.order.batch(self.step, self.settings.batch, &mut batch);
        let report = self.step_on(&batch);
        self.batch = batch;
        report
    }

    /// The same on examples of the caller's choice, by number: for comparison with another program's order.
    ///
    /// # Errors
    /// As [`Trainer::step`], or a batch that is empty or names an example that does not exist.
    pub fn step_on(&mut self, batch: &[usize]) -> Result<StepReport, StepError> {
        let n_examples = self.data.train().labels.len();
        if batch.is_empty() {
            return Err(StepError::Empty);
        }
        if let Some(found) = batch.iter().copied().find(|example| *example >= n_examples) {
            return Err(StepError::Example { found, n_examples });
        }
        let (step, pace) = (self.step, self.pace());
        let rule = Rule::new(&self.settings.adam, pace, step);
        let noise = match self.settings.adaptor {
            Some(adaptor) => Dropout::new(adaptor.dropout, self.settings.seed, step),
            None => Dropout::OFF,
        };
        let losses = self.network.step(self.data.train(), batch, noise, &rule);
        let Pace { lr, beta1 } = pace;
        if !losses.total.is_finite() {
            return Err(StepError::Diverged { step, loss: losses.total, lr });
        }
        self.step += 1;
        self.history.add(losses);
        let due = self.step.is_multiple_of(self.settings.eval_every) || self.step == self.n_steps();
        let evaluation = if due { self.close_point(lr) } else { None };
        Ok(StepReport { step, lr, beta1, losses, evaluation })
    }

    /// Judges the present parameters on the validation examples; `None` if there are none. Changes nothing.
    pub fn evaluate(&mut self) -> Option<Evaluation> {
        let validation = self.data.validation()?;
        Some(self.network.evaluate(validation, self.settings.batch))
    }

    /// Evaluates, keeps the state if it is the best, and adds a point to the history.
    fn close_point(&mut self, lr: f64) -> Option<Evaluation> {
        let evaluation = self.evaluate();
        self.history.close(self.step, lr, evaluation);
        let loss = evaluation?.loss;
        if self.best.as_ref().is_none_or(|best| loss < best.loss) {
            let values = self.network.parameters.values();
            self.best = Some(Best { step: self.step, loss, values });
            self.since_best = 0;
        } else {
            self.since_best += 1;
        }
        evaluation
    }

    /// The pace of the next step: that of its place in its cycle.
    fn pace(&self) -> Pace {
        let mut place = self.step;
        let (last, before) = self.cycles.split_last().expect("a run has the cycle of its settings");
        for cycle in before {
            match place.checked_sub(*cycle) {
                Some(rest) => place = rest,
                None => return self.settings.schedule.pace(place, *cycle),
            }
        }
        self.settings.schedule.pace(place, *last)
    }
}

/// Why a run cannot begin.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainerError {
    /// The settings make no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The start does not fit.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Cross-entropy needs exactly one label.
    #[error(
        "{split} example {example} has {found} labels, expected 1; train with class_loss binary_cross_entropy"
    )]
    NotSingle {
        /// Which split.
        split: &'static str,
        /// Number of the example.
        example: usize,
        /// Number of its labels.
        found: usize,
    },
}
