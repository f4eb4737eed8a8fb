//! The demonstration, which is made of the other use cases.

use super::{Code, hearing, learning, sound};
use crate::studio::demo::DemoError;

pub(super) fn demo(error: &DemoError) -> Code {
    match error {
        DemoError::Unpack { .. } => Code::Internal,
        DemoError::Foreign { .. } => Code::Usage,
        DemoError::Model(_) => Code::Weights,
        DemoError::Run(error) => learning::run(error),
        DemoError::Train(error) => learning::train(error),
        DemoError::Evaluate(error) => learning::evaluate(error),
        DemoError::Sonify(error) => sound::sonify_run(error),
        DemoError::Trained(error) => learning::trained(error),
        DemoError::Listen(error) => hearing::listen(error),
        DemoError::Explain(error) => hearing::explain(error),
    }
}
