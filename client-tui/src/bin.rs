//! `tiffin`: the terminal program, which brings its own backend along as a hidden command.

use std::process::ExitCode;

fn main() -> ExitCode {
    client_tui::run(std::env::args_os(), backend::run)
}
