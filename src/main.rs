//! The program: everything is in [`sanad::cli`].

use std::process::ExitCode;

/// Pages are thousands of small texts. The system's allocator took an eighth of a run's processor time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sanad::cli::main()
}
