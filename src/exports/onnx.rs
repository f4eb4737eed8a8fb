//! A classifier → an ONNX model: z → similarities, logits, probabilities.
//!
//! ```text
//! z [n, feature] ─ (z − mean) / (2 · std) ─▶ z' ─ Σ (z' − p')² · scale ─▶ d ─ exp(−d) ─▶ similarities [n, prototype]
//!                                                                                         │
//!                         probabilities [n, class] ◀─ objective ─ logits [n, class] ◀─ W · S + b
//! ```
//!
//! Prototypes go in after the adaptor, and the weights of disabled ones as zeros, so that the model is the classifier with its
//! edits and needs operators only that every runtime has.

use ndarray::ArrayView2;
use onnx_rs::ast::{
    Attribute, AttributeType, DataType, Dimension, Graph, Model, Node, OpType, OperatorSetId,
    StringStringEntry, TensorProto, TensorShape, TensorShapeDimension, TensorTypeProto, TypeProto,
    TypeValue, ValueInfo,
};

use super::Provenance;
use crate::classifier::{Classifier, Objective};

/// Version of the form: that of ONNX 1.13, which every runtime of the last years reads.
const IR_VERSION: i64 = 8;
/// Version of the operators.
const OPERATORS: i64 = 17;

/// The bytes of a `.onnx` file.
pub fn onnx_bytes(classifier: &Classifier, provenance: &Provenance) -> Vec<u8> {
    let parts = classifier.parts();
    let (n_prototypes, n_features) = classifier.adapted().dim();
    let n_classes = classifier.labels().len();
    let normalization = classifier.normalization();
    let scalar = |name, value: f32| TensorProto::from_f32(name, Vec::new(), vec![value]);
    let scale = parts.similarity.scale(n_features) as f32;
    let mut constants = vec![
        scalar("mean", normalization.mean),
        scalar("two_std", 2.0 * normalization.std),
        scalar("minus_scale", -scale),
        TensorProto::from_i64("prototype_axis", vec![1], vec![1]),
        TensorProto::from_i64("feature_axis", vec![1], vec![2]),
        matrix("prototypes", classifier.adapted()),
        matrix("weight", classifier.counting_weight().view()),
        TensorProto::from_f32("bias", vec![n_classes as i64], classifier.bias().to_vec()),
    ];
    let mut nodes = vec![
        node(OpType::Sub, &["z", "mean"], "centered", Vec::new()),
        node(OpType::Div, &["centered", "two_std"], "normalized", Vec::new()),
        node(OpType::Unsqueeze, &["normalized", "prototype_axis"], "row", Vec::new()),
        node(OpType::Sub, &["row", "prototypes"], "difference", Vec::new()),
        node(OpType::ReduceSumSquare, &["difference"], "sum", vec![integers("axes", &[2])]),
        node(OpType::Squeeze, &["sum", "feature_axis"], "squared_distance", Vec::new()),
        node(OpType::Mul, &["squared_distance", "minus_scale"], "exponent", Vec::new()),
        node(OpType::Exp, &["exponent"], "similarities", Vec::new()),
        node(
            OpType::Gemm,
            &["similarities", "weight", "bias"],
            "logits",
            vec![integer("transB", 1)],
        ),
    ];
    match classifier.objective() {
        Objective::Softmax { temperature } => {
            constants.push(scalar("temperature", *temperature));
            nodes.push(node(OpType::Div, &["logits", "temperature"], "scaled", Vec::new()));
            nodes.push(node(
                OpType::Softmax,
                &["scaled"],
                "probabilities",
                vec![integer("axis", 1)],
            ));
        }
        Objective::Sigmoid { .. } => {
            nodes.push(node(OpType::Sigmoid, &["logits"], "probabilities", Vec::new()));
        }
    }
    let labels = serde_json::to_string(classifier.labels()).expect("words have a JSON form");
    let metadata: [(&str, &str); 7] = [
        ("run", &provenance.run),
        ("classifier", &provenance.classifier),
        ("embeddings", &provenance.embeddings),
        ("frozen_model", &provenance.model.name),
        ("frozen_model_fingerprint", &provenance.model.fingerprint),
        ("license", &provenance.licenses.export),
        ("labels", &labels),
    ];
    let model = Model {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetId { domain: "", version: OPERATORS }],
        producer_name: "pecmae",
        producer_version: env!("CARGO_PKG_VERSION"),
        doc_string: "A prototype classifier: z, one row a segment, as the frozen encoder gives it.",
        graph: Some(Graph {
            name: "prototype_classifier",
            node: nodes,
            initializer: constants,
            input: vec![value("z", n_features)],
            output: vec![
                value("logits", n_classes),
                value("similarities", n_prototypes),
                value("probabilities", n_classes),
            ],
            ..Graph::default()
        }),
        metadata_props: metadata.map(|(key, value)| StringStringEntry { key, value }).to_vec(),
        ..Model::default()
    };
    onnx_rs::encode(&model)
}

fn matrix<'a>(name: &'a str, values: ArrayView2<'_, f32>) -> TensorProto<'a> {
    let (rows, columns) = values.dim();
    TensorProto::from_f32(name, vec![rows as i64, columns as i64], values.iter().copied().collect())
}

fn node<'a>(
    op_type: OpType<'a>,
    input: &[&'a str],
    output: &'a str,
    attribute: Vec<Attribute<'a>>,
) -> Node<'a> {
    Node {
        op_type,
        input: input.to_vec(),
        output: vec![output],
        name: output,
        attribute,
        ..Node::default()
    }
}

fn integer(name: &str, i: i64) -> Attribute<'_> {
    Attribute { name, r#type: AttributeType::Int, i, ..Attribute::default() }
}

fn integers<'a>(name: &'a str, values: &[i64]) -> Attribute<'a> {
    Attribute { name, r#type: AttributeType::Ints, ints: values.to_vec(), ..Attribute::default() }
}

/// A matrix with any number of rows.
fn value(name: &str, n_columns: usize) -> ValueInfo<'_> {
    let size = |value| TensorShapeDimension { value, ..TensorShapeDimension::default() };
    let dim = vec![size(Dimension::Param("n")), size(Dimension::Value(n_columns as i64))];
    let tensor = TensorTypeProto { elem_type: DataType::Float, shape: Some(TensorShape { dim }) };
    let r#type = Some(TypeProto { value: Some(TypeValue::Tensor(tensor)), ..TypeProto::default() });
    ValueInfo { name, r#type, ..ValueInfo::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::parts;
    use crate::exports::provenance::tests::provenance;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_model_holds_the_classifier_as_it_counts(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let bytes = onnx_bytes(&classifier, &provenance());
            prop_assert_eq!(&bytes, &onnx_bytes(&classifier, &provenance()));
            let model = onnx_rs::parse(&bytes).unwrap();
            let graph = model.graph.as_ref().unwrap();
            let constant = |name: &str| {
                let found = graph.initializer.iter().find(|tensor| tensor.name() == name).unwrap();
                (found.dims().to_vec(), found.as_f32().unwrap().to_vec())
            };
            let (m, d) = classifier.adapted().dim();
            let wanted: Vec<f32> = classifier.adapted().iter().copied().collect();
            prop_assert_eq!(constant("prototypes"), (vec![m as i64, d as i64], wanted));
            let (_, weight) = constant("weight");
            for (at, weight) in weight.iter().enumerate() {
                let (class, prototype) = (at / m, at % m);
                let enabled = classifier.info()[prototype].enabled;
                let wanted = if enabled { classifier.parts().weight[[class, prototype]] } else { 0.0 };
                prop_assert_eq!(*weight, wanted);
            }
            // Every value that a node takes is a constant, the input, or what an earlier node gives.
            let mut known: Vec<&str> = graph.initializer.iter().map(TensorProto::name).collect();
            known.extend(graph.input.iter().map(|input| input.name));
            for node in &graph.node {
                for input in &node.input {
                    prop_assert!(known.contains(input), "{}", input);
                }
                known.extend(&node.output);
            }
            for output in &graph.output {
                prop_assert!(known.contains(&output.name));
            }
        }
    }
}
