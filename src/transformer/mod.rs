//! The ResiDual transformer stack that every network here shares.
