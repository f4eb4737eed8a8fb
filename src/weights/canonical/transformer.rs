//! A ResiDual transformer stack: heads in the usual layout, the shared feed-forward net once.

use super::super::checkpoint::Format;
use super::CanonicalError;
use super::source::{Axis, Source, Tensors};

/// The tensors of a feed-forward net, as published.
const FEED_FORWARD: [&str; 4] = ["0.weight", "0.bias", "2.weight", "2.bias"];

/// Takes the stack below `prefix` and puts it below `canonical`; `heads` divides `feature`.
pub(super) fn stack(
    source: &Source<'_>,
    prefix: &str,
    feature: usize,
    heads: usize,
    canonical: &str,
    tensors: &mut Tensors,
) -> Result<(), CanonicalError> {
    for layer in 0..source.n_numbered(&format!("{prefix}.encoder_layers.")).max(1) {
        let from = format!("{prefix}.encoder_layers.{layer}");
        let to = format!("{canonical}.layers.{layer}");
        attention(source, &from, feature, heads, &to, tensors)?;
        for norm in ["norm1", "norm2"] {
            layer_norm(
                source,
                &format!("{from}.{norm}"),
                feature,
                &format!("{to}.{norm}"),
                tensors,
            )?;
        }
        if layer == 0 {
            feed_forward(source, &from, feature, canonical, tensors)?;
        } else {
            same_feed_forward(source, &from, &format!("{prefix}.encoder_layers.0"))?;
        }
    }
    let name = format!("{prefix}.final_norm");
    layer_norm(source, &name, feature, &format!("{canonical}.final_norm"), tensors)
}

fn attention(
    source: &Source<'_>,
    layer: &str,
    feature: usize,
    heads: usize,
    canonical: &str,
    tensors: &mut Tensors,
) -> Result<(), CanonicalError> {
    for (published, ours) in [("wq", "query"), ("wk", "key"), ("wv", "value"), ("wo", "output")] {
        let name = format!("{layer}.att_layer.{published}.weight");
        let taken = source.take(&name, [Axis::Is(feature), Axis::Is(feature)])?;
        let permuted = if published == "wo" {
            heads_apart_in_columns(&taken.values, feature, heads)
        } else {
            heads_apart_in_rows(&taken.values, feature, heads)
        };
        tensors.insert(
            format!("{canonical}.attention.{ours}.weight"),
            (taken.shape.to_vec(), permuted),
        );
    }
    Ok(())
}

fn layer_norm(
    source: &Source<'_>,
    name: &str,
    feature: usize,
    canonical: &str,
    tensors: &mut Tensors,
) -> Result<(), CanonicalError> {
    for part in ["weight", "bias"] {
        let taken = source.take(&format!("{name}.{part}"), [Axis::Is(feature)])?;
        tensors.insert(format!("{canonical}.{part}"), (vec![feature], taken.values.into_owned()));
    }
    Ok(())
}

fn feed_forward(
    source: &Source<'_>,
    layer: &str,
    feature: usize,
    canonical: &str,
    tensors: &mut Tensors,
) -> Result<(), CanonicalError> {
    let up = source.take(&format!("{layer}.ff_layer.0.weight"), [Axis::Any, Axis::Is(feature)])?;
    let wide = up.shape[0];
    tensors.insert(
        format!("{canonical}.feed_forward.up.weight"),
        (up.shape.to_vec(), up.values.into_owned()),
    );
    let down =
        source.take(&format!("{layer}.ff_layer.2.weight"), [Axis::Is(feature), Axis::Is(wide)])?;
    tensors.insert(
        format!("{canonical}.feed_forward.down.weight"),
        (down.shape.to_vec(), down.values.into_owned()),
    );
    for (published, ours, size) in [("0.bias", "up.bias", wide), ("2.bias", "down.bias", feature)] {
        let bias = source.take(&format!("{layer}.ff_layer.{published}"), [Axis::Is(size)])?;
        tensors.insert(
            format!("{canonical}.feed_forward.{ours}"),
            (vec![size], bias.values.into_owned()),
        );
    }
    Ok(())
}

/// Checks that a later layer repeats the first layer's net. Writers of safetensors drop repeated tensors, so there it may be absent.
fn same_feed_forward(source: &Source<'_>, layer: &str, first: &str) -> Result<(), CanonicalError> {
    let absent = !source.checkpoint.any_below(&format!("{layer}.ff_layer."));
    if absent && source.checkpoint.format() == Format::SafeTensors {
        return Ok(());
    }
    for part in FEED_FORWARD {
        source
            .take_same(&format!("{layer}.ff_layer.{part}"), &format!("{first}.ff_layer.{part}"))?;
    }
    Ok(())
}

/// Row `d · heads + h` → row `h · head_dim + d`.
fn heads_apart_in_rows(weight: &[f32], feature: usize, heads: usize) -> Vec<f32> {
    let head_dim = feature / heads;
    let rows = (0..feature).map(|row| (row % head_dim) * heads + row / head_dim);
    rows.flat_map(|row| &weight[row * feature..(row + 1) * feature]).copied().collect()
}

/// Column `d · heads + h` → column `h · head_dim + d`.
fn heads_apart_in_columns(weight: &[f32], feature: usize, heads: usize) -> Vec<f32> {
    let head_dim = feature / heads;
    let columns: Vec<usize> =
        (0..feature).map(|column| (column % head_dim) * heads + column / head_dim).collect();
    weight.chunks_exact(feature).flat_map(|row| columns.iter().map(|column| row[*column])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interleaved_heads_come_apart() {
        // Two heads of two: published rows are (d0 h0), (d0 h1), (d1 h0), (d1 h1).
        let weight: Vec<f32> = (0..16_u8).map(f32::from).collect();
        let rows = heads_apart_in_rows(&weight, 4, 2);
        assert_eq!(rows.iter().step_by(4).copied().collect::<Vec<_>>(), [0.0, 8.0, 4.0, 12.0]);
        assert_eq!(heads_apart_in_columns(&weight, 4, 2)[..4], [0.0, 2.0, 1.0, 3.0]);
    }
}
