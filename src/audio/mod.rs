//! Audio files ⇄ mono `f32` PCM at the model's rate, cut into segments.
