//! The `tempergate` command.

use std::process::ExitCode;

/// The analysis makes and drops many small values, which the allocators of C libraries, musl's above all, are slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tempergate::cli::run()
}
