//! The arithmetic that candle lacks or does slowly: packed matrix products, fused activations, recurrence, attention.
