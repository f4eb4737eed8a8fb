//! The table of z vectors, one row a segment, that everything downstream reads.
