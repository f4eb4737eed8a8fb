//! Frame embeddings of one segment → one z.
