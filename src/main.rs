//! `pecmae`: the command line; everything it does is in the library.

/// Large tensors come and go at every layer; the system allocator returns their pages each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    if std::env::var_os("CANDLE_NUM_THREADS").is_none() {
        // Batches are cut into chunks that run side by side; candle's own threads would spin between them.
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var("CANDLE_NUM_THREADS", "1") };
    }
    pecmae::cli::main()
}
