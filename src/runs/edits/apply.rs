//! An edit and a classifier → another classifier.

use ndarray::{Array1, Array2, Axis, s};

use super::{Edit, EditError};
use crate::classifier::{Classifier, Parts, PartsError, PrototypeInfo};

/// Prototypes of one class are named in an error before those of others.
const SEPARATOR: char = '/';

impl Edit {
    /// The classifier after the edit.
    ///
    /// Similarities to prototypes that were there before do not change. To place a new one among vectors that an adaptor
    /// made, the classifier becomes one without adaptor whose prototypes are the adapted ones.
    ///
    /// # Errors
    /// The edit does not fit the classifier.
    pub fn apply(&self, classifier: &Classifier) -> Result<Classifier, EditError> {
        let mut parts = classifier.parts().clone();
        match self {
            Self::Disable { names } => set_enabled(&mut parts, names, false)?,
            Self::Enable { names } => set_enabled(&mut parts, names, true)?,
            Self::Rename { from, to } => {
                let at = find(&parts, from)?;
                check_name(&parts, to)?;
                parts.info[at].name.clone_from(to);
            }
            Self::Merge { names, into } => merge(classifier, &mut parts, names, into)?,
            Self::Promote { name, label, z, .. } => {
                promote(classifier, &mut parts, name, label, z)?;
            }
            Self::Refit { weight, bias } => refit(&mut parts, weight, bias)?,
        }
        Ok(classifier.with_parts(parts)?)
    }
}

fn find(parts: &Parts, name: &str) -> Result<usize, EditError> {
    parts.info.iter().position(|info| info.name == name).ok_or_else(|| {
        let class = name.split(SEPARATOR).next().unwrap_or_default();
        let mut there: Vec<_> = parts.info.iter().map(|info| info.name.clone()).collect();
        there.sort_by_key(|name| name.split(SEPARATOR).next() != Some(class));
        EditError::Unknown { name: name.to_owned(), there }
    })
}

fn check_name(parts: &Parts, name: &str) -> Result<(), EditError> {
    let name = name.to_owned();
    if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) {
        return Err(EditError::Name { name });
    }
    match parts.info.iter().any(|info| info.name == name) {
        true => Err(EditError::Taken { name }),
        false => Ok(()),
    }
}

fn set_enabled(parts: &mut Parts, names: &[String], enabled: bool) -> Result<(), EditError> {
    for name in names {
        let at = find(parts, name)?;
        let info = &mut parts.info[at];
        if info.enabled == enabled {
            let state = if enabled { "enabled" } else { "disabled" };
            return Err(EditError::Already { name: name.clone(), state });
        }
        info.enabled = enabled;
    }
    Ok(())
}

fn merge(
    classifier: &Classifier,
    parts: &mut Parts,
    names: &[String],
    into: &str,
) -> Result<(), EditError> {
    let mut chosen: Vec<usize> = Vec::new();
    for name in names {
        let at = find(parts, name)?;
        if !parts.info[at].enabled {
            return Err(EditError::Disabled { name: name.clone() });
        }
        if let Some(first) = chosen.first()
            && parts.info[*first].label != parts.info[at].label
        {
            let (a, b) = (parts.info[*first].name.clone(), name.clone());
            return Err(EditError::OtherClass { a, b });
        }
        if !chosen.contains(&at) {
            chosen.push(at);
        }
    }
    if chosen.len() < 2 || chosen.len() < names.len() {
        return Err(EditError::TooFew { found: chosen.len() });
    }
    check_name(parts, into)?;
    let n = chosen.len() as f64;
    let sum = |rows: Array2<f32>| rows.mapv(f64::from).sum_axis(Axis(0));
    let vector = sum(classifier.adapted().select(Axis(0), &chosen)) / n;
    let weights = sum(parts.weight.t().select(Axis(0), &chosen));
    let label = parts.info[chosen[0]].label;
    chosen.iter().for_each(|at| parts.info[*at].enabled = false);
    append(classifier, parts, &vector, &weights, label, into)
}

fn promote(
    classifier: &Classifier,
    parts: &mut Parts,
    name: &str,
    label: &str,
    z: &[f64],
) -> Result<(), EditError> {
    check_name(parts, name)?;
    let class = parts.labels.iter().position(|known| known == label);
    let class = class.ok_or_else(|| {
        let (name, there) = (label.to_owned(), parts.labels.clone());
        EditError::UnknownClass { name, there }
    })?;
    let z = Array2::from_shape_fn((1, z.len()), |(_, i)| z[i] as f32);
    let vector = classifier.normalization().apply(z.view()).mapv(f64::from).remove_axis(Axis(0));
    let siblings: Vec<_> = (0..parts.info.len())
        .filter(|m| parts.info[*m].label == class && parts.info[*m].enabled)
        .collect();
    let k = siblings.len() as f64;
    let weights = match siblings.is_empty() {
        // The first of its class speaks as every prototype does before training.
        true => Array1::from_shape_fn(parts.labels.len(), |c| f64::from(u8::from(c == class))),
        false => {
            let sum = parts.weight.select(Axis(1), &siblings).mapv(f64::from).sum_axis(Axis(1));
            for m in siblings {
                parts.weight.column_mut(m).mapv_inplace(|w| (f64::from(w) * k / (k + 1.0)) as f32);
            }
            sum / (k + 1.0)
        }
    };
    append(classifier, parts, &vector, &weights, class, name)
}

/// Adds a prototype behind all others, after the adaptor.
fn append(
    classifier: &Classifier,
    parts: &mut Parts,
    vector: &Array1<f64>,
    weights: &Array1<f64>,
    label: usize,
    name: &str,
) -> Result<(), EditError> {
    let n_features = classifier.n_features();
    if vector.len() != n_features {
        let (what, found) = ("features of the new prototype", vector.len());
        return Err(PartsError::Size { what, expected: n_features, found }.into());
    }
    let n = parts.info.len();
    let mut prototypes = Array2::zeros((n + 1, n_features));
    prototypes.slice_mut(s![..n, ..]).assign(&classifier.adapted());
    prototypes.row_mut(n).assign(&vector.mapv(|x| x as f32));
    let mut weight = Array2::zeros((parts.labels.len(), n + 1));
    weight.slice_mut(s![.., ..n]).assign(&parts.weight);
    weight.column_mut(n).assign(&weights.mapv(|w| w as f32));
    (parts.prototypes, parts.adaptor, parts.weight) = (prototypes, None, weight);
    parts.info.push(PrototypeInfo { label, name: name.to_owned(), enabled: true });
    Ok(())
}

fn refit(parts: &mut Parts, weight: &[Vec<f64>], bias: &[f64]) -> Result<(), EditError> {
    let (n_classes, n_prototypes) = parts.weight.dim();
    let size = |what, expected, found| match expected == found {
        true => Ok(()),
        false => Err(PartsError::Size { what, expected, found }),
    };
    size("rows of the new weight", n_classes, weight.len())?;
    size("values of the new bias", n_classes, bias.len())?;
    for row in weight {
        size("columns of the new weight", n_prototypes, row.len())?;
    }
    parts.weight = Array2::from_shape_fn((n_classes, n_prototypes), |(c, m)| weight[c][m] as f32);
    parts.bias = bias.iter().map(|b| *b as f32).collect();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::parts;
    use proptest::prelude::*;

    /// A random classifier, all of it enabled, with at least two prototypes in its first class.
    fn classifier(seed: u64) -> Option<Classifier> {
        let mut parts = parts(seed);
        parts.info.iter_mut().for_each(|info| info.enabled = true);
        (parts.info.len() / parts.labels.len() > 1).then(|| Classifier::new(parts).unwrap())
    }

    /// Logits of a few z.
    fn logits(classifier: &Classifier) -> Array2<f32> {
        let value = |(i, j): (usize, usize)| ((i * 31 + j * 17) as f32).sin() * 2.0;
        let z = Array2::from_shape_fn((4, classifier.n_features()), value);
        classifier.logits(classifier.similarities(z.view()).unwrap().view()).unwrap()
    }

    fn close(a: &Array2<f32>, b: &Array2<f32>) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    proptest! {
        #[test]
        fn merging_equal_prototypes_changes_no_logit(seed: u64) {
            let Some(found) = classifier(seed) else { return Ok(()) };
            let mut parts = found.parts().clone();
            let first = parts.prototypes.row(0).to_owned();
            parts.prototypes.row_mut(1).assign(&first);
            let before = Classifier::new(parts).unwrap();
            let merge = Edit::Merge { names: names(&["class 0/0", "class 0/1"]), into: "both".to_owned() };
            let after = merge.apply(&before).unwrap();
            prop_assert!(close(&logits(&before), &logits(&after)));
            prop_assert_eq!(after.n_prototypes(), before.n_prototypes() + 1);
            let enabled = after.info().iter().filter(|info| info.enabled).count();
            prop_assert_eq!(enabled, before.n_prototypes() - 1);
        }

        #[test]
        fn promoting_a_copy_of_an_only_prototype_changes_no_logit(seed: u64) {
            let Some(found) = classifier(seed) else { return Ok(()) };
            let mut parts = found.parts().clone();
            parts.info.iter_mut().skip(1).for_each(|info| info.enabled &= info.label != 0);
            let before = Classifier::new(parts).unwrap();
            let z = before.sonifiable().row(0).mapv(f64::from).to_vec();
            let promote = Edit::Promote {
                name: "new".to_owned(), label: "class 0".to_owned(), track: "a".to_owned(), start_s: 0.0, z,
            };
            let after = promote.apply(&before).unwrap();
            prop_assert!(close(&logits(&before), &logits(&after)));
        }

        #[test]
        fn disabling_and_enabling_gives_back_the_same_classifier(seed: u64) {
            let Some(before) = classifier(seed) else { return Ok(()) };
            let chosen = names(&["class 0/1"]);
            let off = Edit::Disable { names: chosen.clone() }.apply(&before).unwrap();
            let on = Edit::Enable { names: chosen }.apply(&off).unwrap();
            prop_assert_eq!(on.parts(), before.parts());
            prop_assert!(logits(&on) == logits(&before));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_in_one_sentence() {
        let found = (0..).find_map(|seed| classifier(seed).filter(|c| c.labels().len() > 1));
        let classifier = found.unwrap();
        let sentence = |edit: Edit| edit.apply(&classifier).unwrap_err().to_string();
        let error = sentence(Edit::Disable { names: names(&["class 1/99"]) });
        assert!(
            error.contains("no prototype is called \"class 1/99\"; there are class 1/0"),
            "{error}"
        );
        let error = sentence(Edit::Enable { names: names(&["class 0/0"]) });
        assert_eq!(error, "prototype \"class 0/0\" is enabled already");
        let rename = |to: &str| Edit::Rename { from: "class 0/0".to_owned(), to: to.to_owned() };
        assert!(sentence(rename("class 0/1")).contains("called \"class 0/1\" already"));
        assert!(sentence(rename(" ")).contains("is no name for a prototype"));
        let merge = |chosen: &[&str]| Edit::Merge { names: names(chosen), into: "new".to_owned() };
        assert!(sentence(merge(&["class 0/0", "class 1/0"])).contains("different classes"));
        assert!(
            sentence(merge(&["class 0/0", "class 0/0"]))
                .contains("two prototypes or more, found 1")
        );
        let promote = Edit::Promote {
            name: "new".to_owned(),
            label: "class 0".to_owned(),
            track: "a".to_owned(),
            start_s: 0.0,
            z: vec![0.0; 1],
        };
        assert!(sentence(promote).starts_with("the number of features of the new prototype is 1"));
    }
}
