//! `pecmae`: parses, calls, prints one line for an error, and exits with a documented code.

/// Large tensors come and go at every layer; the system allocator returns their pages each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {}
