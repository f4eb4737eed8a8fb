//! The codec's two convolutional halves. Layers are numbered as in one flat `nn.Sequential`, activations included.

use super::CanonicalError;
use super::convolution::convolution;
use super::source::{Axis, Source, Tensors};

/// Kernel lengths of the input and output convolutions, and of a residual block's narrowing one; the widening one and the shortcut
/// see one frame.
const ENDS: Axis = Axis::Is(7);
const NARROW: Axis = Axis::Is(3);
const FRAMEWISE: Axis = Axis::Is(1);

/// How one file names the layers of an encoder or decoder.
pub(super) struct Naming {
    /// What stands before the layer number.
    pub(super) prefix: String,
    /// What stands between a layer and its kernel.
    pub(super) conv: &'static str,
    /// The same for transposed convolutions.
    pub(super) transposed: &'static str,
}

/// What the other parts must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Channels of the latents.
    pub(super) latent: usize,
    /// Samples a frame: the product of the strides.
    pub(super) hop: usize,
}

impl Naming {
    /// Names as EnCodec's authors gave them; `prefix` ends before the layer number.
    pub(super) fn original(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), conv: "conv.conv", transposed: "convtr.convtr" }
    }

    /// Names as Hugging Face transformers gives them.
    pub(super) fn hugging_face(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), conv: "conv", transposed: "conv" }
    }

    fn conv(&self, layer: impl std::fmt::Display) -> String {
        format!("{}{layer}.{}", self.prefix, self.conv)
    }

    fn transposed(&self, layer: usize) -> String {
        format!("{}{layer}.{}", self.prefix, self.transposed)
    }

    fn has_residual(&self, source: &Source<'_>, layer: usize) -> bool {
        source.checkpoint.any_below(&format!("{}{layer}.block.", self.prefix))
    }
}

/// The encoder: input convolution; per stage a residual block at `i` and a strided convolution at `i + 2`; LSTM; output convolution.
pub(super) fn encoder(
    source: &Source<'_>,
    naming: &Naming,
    tensors: &mut Tensors,
) -> Result<Sizes, CanonicalError> {
    let at = "codec.encoder";
    let kernel = [Axis::Any, Axis::Is(1), ENDS];
    let [mut channels, ..] =
        convolution(source, &naming.conv(0), kernel, 0, &format!("{at}.conv_in"), tensors)?;
    let (mut layer, mut hop, mut stage) = (1, 1, 0);
    while naming.has_residual(source, layer) {
        let here = format!("{at}.stages.{stage}");
        residual(source, naming, layer, channels, &here, tensors)?;
        let kernel = [Axis::Any, Axis::Is(channels), Axis::Any];
        let name = naming.conv(layer + 2);
        let [wider, _, taps] =
            convolution(source, &name, kernel, 0, &format!("{here}.down"), tensors)?;
        hop *= stride(source, &name, [wider, channels, taps])?;
        channels = wider;
        (layer, stage) = (layer + 3, stage + 1);
    }
    lstm(source, &format!("{}{layer}.lstm", naming.prefix), channels, at, tensors)?;
    let kernel = [Axis::Any, Axis::Is(channels), ENDS];
    let name = naming.conv(layer + 2);
    let [latent, ..] = convolution(source, &name, kernel, 0, &format!("{at}.conv_out"), tensors)?;
    Ok(Sizes { latent, hop })
}

/// The decoder: input convolution; LSTM; per stage a transposed convolution at `i` and a residual block at `i + 1`; output convolution.
pub(super) fn decoder(
    source: &Source<'_>,
    naming: &Naming,
    latent: usize,
    tensors: &mut Tensors,
) -> Result<Sizes, CanonicalError> {
    let at = "codec.decoder";
    let kernel = [Axis::Any, Axis::Is(latent), ENDS];
    let [mut channels, ..] =
        convolution(source, &naming.conv(0), kernel, 0, &format!("{at}.conv_in"), tensors)?;
    lstm(source, &format!("{}1.lstm", naming.prefix), channels, at, tensors)?;
    let (mut layer, mut hop, mut stage) = (3, 1, 0);
    while naming.has_residual(source, layer + 1) {
        let here = format!("{at}.stages.{stage}");
        let kernel = [Axis::Is(channels), Axis::Any, Axis::Any];
        let name = naming.transposed(layer);
        let [_, narrower, taps] =
            convolution(source, &name, kernel, 1, &format!("{here}.up"), tensors)?;
        hop *= stride(source, &name, [channels, narrower, taps])?;
        channels = narrower;
        residual(source, naming, layer + 1, channels, &here, tensors)?;
        (layer, stage) = (layer + 3, stage + 1);
    }
    let kernel = [Axis::Is(1), Axis::Is(channels), ENDS];
    convolution(source, &naming.conv(layer), kernel, 0, &format!("{at}.conv_out"), tensors)?;
    Ok(Sizes { latent, hop })
}

/// A residual block: a narrowing and a widening convolution beside a shortcut.
fn residual(
    source: &Source<'_>,
    naming: &Naming,
    layer: usize,
    channels: usize,
    stage: &str,
    tensors: &mut Tensors,
) -> Result<(), CanonicalError> {
    let mut put = |part: &str, kernel, canonical: &str| {
        let name = naming.conv(format!("{layer}.{part}"));
        convolution(source, &name, kernel, 0, &format!("{stage}.residual.{canonical}"), tensors)
    };
    let [hidden, ..] = put("block.1", [Axis::Any, Axis::Is(channels), NARROW], "narrow")?;
    put("block.3", [Axis::Is(channels), Axis::Is(hidden), FRAMEWISE], "widen")?;
    put("shortcut", [Axis::Is(channels), Axis::Is(channels), FRAMEWISE], "shortcut")?;
    Ok(())
}

/// A recurrent stack as wide as its input; its two biases only ever occur summed.
fn lstm(
    source: &Source<'_>,
    name: &str,
    hidden: usize,
    half: &str,
    tensors: &mut Tensors,
) -> Result<(), CanonicalError> {
    let parts = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
    let n_layers = parts.map(|part| source.n_numbered(&format!("{name}.{part}_l")));
    for layer in 0..n_layers.into_iter().fold(1, usize::max) {
        let at = format!("{half}.lstm.layers.{layer}");
        for weight in ["weight_ih", "weight_hh"] {
            let shape = [Axis::Is(4 * hidden), Axis::Is(hidden)];
            let taken = source.take(&format!("{name}.{weight}_l{layer}"), shape)?;
            tensors.insert(
                format!("{at}.{weight}"),
                (taken.shape.to_vec(), taken.values.into_owned()),
            );
        }
        let input = source.take(&format!("{name}.bias_ih_l{layer}"), [Axis::Is(4 * hidden)])?;
        let recurrent = source.take(&format!("{name}.bias_hh_l{layer}"), [Axis::Is(4 * hidden)])?;
        let sum = input.values.iter().zip(recurrent.values.iter()).map(|(a, b)| a + b).collect();
        tensors.insert(format!("{at}.bias"), (vec![4 * hidden], sum));
    }
    Ok(())
}

/// Kernels of strided convolutions are twice as long as their stride.
fn stride(source: &Source<'_>, name: &str, kernel: [usize; 3]) -> Result<usize, CanonicalError> {
    match kernel[2] {
        taps if taps > 0 && taps % 2 == 0 => Ok(taps / 2),
        _ => Err(CanonicalError::Shape {
            name: format!("{name}.weight"),
            expected: format!("[{}, {}, 2 · stride]", kernel[0], kernel[1]),
            found: kernel.to_vec(),
            path: source.checkpoint.path().to_owned(),
        }),
    }
}
