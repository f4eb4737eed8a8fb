//! How the training went, and what was measured.

use super::{LABEL_SEPARATOR, with_verdicts};
use crate::dataset::Split;
use crate::evaluation::{ClassScores, Interval, Report, Summary};
use crate::exports::{Cells, Sheet};
use crate::runs::HistoryRow;
use crate::studio::Verdict;
use crate::studio::export::exhibit::Exhibit;

impl Exhibit {
    /// One row an evaluation of the training.
    pub(in crate::studio::export) fn history(&self) -> Sheet {
        let rows = || self.history.iter();
        let real = |of: fn(&HistoryRow) -> Option<f64>| Cells::Real(rows().map(of).collect());
        Sheet::new()
            .integer("step", "steps done", rows().map(|row| row.step))
            .real("learning_rate", "of the last of them", rows().map(|row| row.learning_rate))
            .real("loss", "mean training loss since the row before", rows().map(|row| row.loss))
            .real("class_loss", "its class term", rows().map(|row| row.class_loss))
            .real("prototype_loss", "its prototype term", rows().map(|row| row.prototype_loss))
            .real("diversity", "its diversity term", rows().map(|row| row.diversity))
            .with("validation_loss", "loss on validation", real(|row| row.validation_loss))
            .with("validation_class_loss", "its class term", real(|row| row.validation_class_loss))
            .with(
                "validation_prototype_loss",
                "its prototype term",
                real(|row| row.validation_prototype_loss),
            )
            .with(
                "validation_balanced_accuracy",
                "class-balanced accuracy of segments on validation",
                real(|row| row.validation_balanced_accuracy),
            )
    }

    /// One row a track of a split, with a probability for each class.
    pub(in crate::studio::export) fn predictions(&self, split: Split) -> Sheet {
        let tracks = self.tracks_of(split);
        let of = || tracks.iter().copied();
        let classes = self.origin.trained.classifier.labels();
        let sheet = Sheet::new()
            .integer("file_id", "number of the file", of())
            .text(
                "path",
                "path below the source folder",
                of().map(|i| self.training.examples.tracks[i].id.clone()),
            )
            .text("true", "true label", of().map(|i| self.labels_of(i).join(LABEL_SEPARATOR)));
        let verdicts: Vec<_> = of().map(|i| self.track_verdicts[i].clone()).collect();
        let sheet = with_verdicts(sheet, &verdicts, "mean over its segments of the ").flag(
            "correct",
            "whether the predicted labels are the true ones",
            of().map(|i| self.is_correct(i)),
        );
        classes.iter().fold(sheet, |sheet, class| {
            let probability = |verdict: &Verdict| {
                let ranked = verdict.ranking.iter().find(|ranked| ranked.label == *class);
                ranked.map(|ranked| ranked.probability)
            };
            let cells = Cells::Real(verdicts.iter().map(probability).collect());
            sheet.with(format!("p({class})"), format!("probability of {class}"), cells)
        })
    }
}

/// What a report says of each class.
pub(in crate::studio::export) fn class_report(report: &Report) -> Sheet {
    let classes = || report.classes.iter();
    let real = |of: fn(&ClassScores) -> Option<f64>| Cells::Real(classes().map(of).collect());
    Sheet::new()
        .text("class", "the class", classes().map(|class| class.label.clone()))
        .real(
            "precision",
            "share of the right ones among those given",
            classes().map(|c| c.precision),
        )
        .real("recall", "share of those found among the true ones", classes().map(|c| c.recall))
        .real("f1", "harmonic mean of the two", classes().map(|c| c.f1))
        .integer("support", "tracks of the class", classes().map(|c| c.counts.support as usize))
        .with("roc_auc", "area under the ROC curve against the rest", real(|c| c.roc_auc))
        .with("average_precision", "average precision", real(|c| c.average_precision))
}

/// The figures at the head of a report, with their intervals.
pub(in crate::studio::export) fn summary(report: &Report) -> Sheet {
    type Of<T> = fn(&Summary<T>) -> Option<T>;
    let rows: [(&str, Of<f64>, Of<Interval>); 6] = [
        ("accuracy", |s| Some(s.accuracy), |s| Some(s.accuracy)),
        ("balanced_accuracy", |s| Some(s.balanced_accuracy), |s| Some(s.balanced_accuracy)),
        ("macro_f1", |s| Some(s.macro_f1), |s| Some(s.macro_f1)),
        ("micro_f1", |s| Some(s.micro_f1), |s| Some(s.micro_f1)),
        ("roc_auc", |s| s.roc_auc, |s| s.roc_auc),
        ("average_precision", |s| s.average_precision, |s| s.average_precision),
    ];
    let interval = |of: Of<Interval>| report.intervals.as_ref().and_then(of);
    let bound = |pick: fn(Interval) -> f64| {
        Cells::Real(rows.iter().map(|(_, _, of)| interval(*of).map(pick)).collect())
    };
    Sheet::new()
        .text("figure", "what is measured", rows.iter().map(|(name, ..)| (*name).to_owned()))
        .with(
            "value",
            "its value",
            Cells::Real(rows.iter().map(|(_, of, _)| of(&report.summary)).collect()),
        )
        .with(
            "lower",
            "lower end of the interval; nothing where tracks are too few",
            bound(|i| i.lower),
        )
        .with("upper", "upper end of the interval", bound(|i| i.upper))
        .integer("n_tracks", "tracks", rows.iter().map(|_| report.n as usize))
}
