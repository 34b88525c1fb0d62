//! `tiffin-backend`: the backend as a program of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    backend::run(std::env::args_os())
}
