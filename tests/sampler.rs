//! How few steps the second-order solver needs.

mod common;

use std::ops::ControlFlow;

use candle_core::{Result, Tensor};
use common::{Golden, golden_folder, relative_error};
use pecmae::autoencoder::Renderer;
use pecmae::decoder::{SamplerConfig, Solver};
use pecmae::tensor::{Kernel, Precision};
use pecmae::weights::canonical::convert;
use pecmae::weights::{Checkpoint, Hints};

/// Against a flow followed in very many steps, 20 of the second order must land nearer than 100 of DDIM.
#[test]
fn twenty_steps_are_worth_more_than_a_hundred_of_ddim() -> Result<()> {
    let folder = golden_folder();
    let open = |name| Checkpoint::open(&folder.join(name)).expect("a golden checkpoint");
    let codec = open("encodec_24khz.th");
    let model = convert(&open("weights.pt"), Some(&codec), &Hints::default()).expect("it converts");
    let kernel = Kernel::best(Precision::F32);
    let renderer =
        Renderer::load(&model.weights, &model.settings, kernel).expect("the model loads");
    let golden = Golden::load();
    let (z, noise) = (golden.get("z").narrow(0, 0, 1)?, golden.get("noise"));
    for guidance in [0.0, 1.0] {
        let run = |solver, n_steps| -> Result<Tensor> {
            let config = SamplerConfig { solver, n_steps, guidance };
            let latents = renderer.latents(&z, noise, config, |_, _| ControlFlow::Continue(()))?;
            Ok(latents.expect("nobody stopped it"))
        };
        let (ddim, multistep) = (run(Solver::Ddim, 100)?, run(Solver::Multistep, 20)?);
        let exact = run(Solver::Multistep, 200)?;
        let (of_ddim, of_multistep) =
            (relative_error(&ddim, &exact), relative_error(&multistep, &exact));
        let apart = relative_error(&multistep, &ddim);
        println!(
            "guidance {guidance}: ddim-100 {of_ddim:e}, multistep-20 {of_multistep:e}, apart {apart:e}"
        );
        assert!(of_multistep < of_ddim, "{of_multistep:e} against {of_ddim:e}");
        assert!(apart < 0.01, "{apart:e} apart");
    }
    Ok(())
}
