//! `pecmae`: the command line; everything it does is in the library.

/// Large tensors come and go at every layer; the system allocator returns their pages each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    pecmae::cli::main()
}
