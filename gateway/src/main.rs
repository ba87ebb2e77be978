//! The `navette` command.

use std::process::ExitCode;

/// Requests are decoded on one thread, made durable on a second, applied on a third and answered on the first: what one allocates
/// another frees, at which the allocator of the C library is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    navette_gateway::commands::run()
}
