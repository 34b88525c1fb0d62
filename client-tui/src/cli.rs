//! What can be said on the command line, and the help that teaches it.
//!
//! Each flag has an environment variable. The hidden command `backend` is how the program starts its
//! own backend: everything after it is the backend's, and is not looked at here.

use std::{ffi::OsString, iter, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueHint, builder::FalseyValueParser};

use crate::link::Endpoint;

/// The command line.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(name = NAME, version, about = ABOUT, long_about = LONG_ABOUT, after_long_help = AFTER_LONG_HELP)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

/// How the terminal program runs.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct Options {
    /// The backend to order from; without it tiffin starts one of its own
    #[arg(long, value_name = "URL", env = "TIFFIN_URL")]
    pub url: Option<Endpoint>,

    /// Where orders, profile and logs lie, instead of your user's directories
    #[arg(long, value_name = "DIR", env = "TIFFIN_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,

    /// The name to order under, given when tiffin signs in; otherwise your login name
    #[arg(long, value_name = "NAME", env = "TIFFIN_NAME")]
    pub name: Option<String>,

    /// How long the own backend's cooks and couriers take: 1 is as for a person watching, 0 no time
    #[arg(long, value_name = "FACTOR", env = "TIFFIN_PACE", value_parser = pace)]
    pub pace: Option<f64>,

    /// Nothing moves on the screen: what is pending has its marks and words, and they stand still
    #[arg(long, env = "TIFFIN_REDUCED_MOTION", value_parser = FalseyValueParser::new())]
    pub reduced_motion: bool,
}

#[derive(Debug, Clone, PartialEq, Subcommand)]
enum Subcommands {
    /// Play one of the hard cases (client-tui/optimistic/cases) on the screen, or as text into a pipe
    ReplayCase {
        /// The case
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,

        /// Wait for a key at each step, instead of going on by itself
        #[arg(long)]
        step: bool,
    },
    /// Be a backend
    #[command(hide = true, disable_help_flag = true)]
    Backend {
        /// What `tiffin-backend` understands
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<OsString>,
    },
}

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// The terminal program.
    Terminal(Options),
    /// A case on the screen.
    ReplayCase(ReplayCase),
    /// A backend, with these arguments: the program's name first, then the backend's own.
    Backend(Vec<OsString>),
}

/// Which case, and who turns the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayCase {
    /// The case.
    pub file: PathBuf,
    /// Who.
    pub pages: Pages,
}

/// Who turns the pages of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// They turn by themselves, until somebody presses a key.
    ByThemselves,
    /// Only the keys do.
    ByKeys,
}

impl Cli {
    /// What it asks for.
    pub fn wanted(self) -> Wanted {
        match self.command {
            None => Wanted::Terminal(self.options),
            Some(Subcommands::ReplayCase { file, step }) => {
                let pages = if step { Pages::ByKeys } else { Pages::ByThemselves };
                Wanted::ReplayCase(ReplayCase { file, pages })
            }
            Some(Subcommands::Backend { arguments }) => {
                Wanted::Backend(iter::once(NAME.into()).chain(arguments).collect())
            }
        }
    }
}

const NAME: &str = "tiffin";

const ABOUT: &str = "Order food in the terminal and watch it arrive, event by event";

const LONG_ABOUT: &str = "\
Order food in the terminal and watch it arrive, event by event.

Choose a restaurant, fill the cart, place the order: it stands on the screen at
once, dimmed until the backend has it on record. Then validation, payment,
kitchen and courier bring it home, one event after the other. Whatever the
network does, an order is neither lost nor doubled.";

const AFTER_LONG_HELP: &str = "\
Examples:
  tiffin                                  order from a backend of its own
  tiffin --pace 0.1                       the same, ten times as fast
  tiffin --data-dir /tmp/lunch            try it without touching your own orders
  tiffin --url http://127.0.0.1:4000      order from a backend that runs already
                                          (tiffin-backend serve starts one)
  tiffin replay-case FILE                 watch how a hard case of the network goes

Where things lie (all in DIR with --data-dir):
  ~/.local/share/tiffin                   orders, profile, journal, the own backend's log
  ~/.local/state/tiffin/tiffin.log        the log; TIFFIN_LOG says how much is in it (info, debug)
  XDG_DATA_HOME and XDG_STATE_HOME move them.

Colours follow NO_COLOR, COLORTERM and TERM. Inside, ? shows all keys and q leaves.";

/// A factor for durations, within the backend's bounds.
fn pace(text: &str) -> Result<f64, String> {
    let factor: Option<f64> = text.parse().ok();
    factor.filter(|factor| (0.0..=1000.0).contains(factor)).ok_or_else(|| {
        "a pace is from 0 to 1000: 1 as usual, 0.1 ten times as fast, 0 without waiting".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &[&str]) -> Result<Wanted, clap::Error> {
        Cli::try_parse_from(iter::once(&NAME).chain(arguments)).map(Cli::wanted)
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn everything_can_be_left_out() {
        let options =
            Options { url: None, data_dir: None, name: None, pace: None, reduced_motion: false };
        assert_eq!(parse(&[]).unwrap(), Wanted::Terminal(options));
    }

    #[test]
    fn everything_can_be_said() {
        let arguments = [
            "--url",
            "http://kitchen:4000",
            "--data-dir",
            "lunch",
            "--name",
            "Ada",
            "--pace",
            "0.5",
            "--reduced-motion",
        ];
        let options = Options {
            url: Some("http://kitchen:4000".parse().unwrap()),
            data_dir: Some("lunch".into()),
            name: Some("Ada".to_owned()),
            pace: Some(0.5),
            reduced_motion: true,
        };
        assert_eq!(parse(&arguments).unwrap(), Wanted::Terminal(options));
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_way_out() {
        for (arguments, words) in [
            (["--url", "https://kitchen"], "use http://"),
            (["--url", "kitchen"], "http://127.0.0.1:4000"),
            (["--pace", "-1"], "from 0 to 1000"),
            (["--pace", "NaN"], "from 0 to 1000"),
            (["--pace", "fast"], "from 0 to 1000"),
        ] {
            let joined = format!("{}={}", arguments[0], arguments[1]);
            let error = parse(&[&joined]).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_case_is_replayed_by_itself_or_step_by_step() {
        let case = |pages| Wanted::ReplayCase(ReplayCase { file: "H01.case".into(), pages });
        assert_eq!(parse(&["replay-case", "H01.case"]).unwrap(), case(Pages::ByThemselves));
        assert_eq!(parse(&["replay-case", "H01.case", "--step"]).unwrap(), case(Pages::ByKeys));
        assert!(parse(&["replay-case"]).is_err(), "which one?");
    }

    #[test]
    fn the_backend_gets_its_arguments_as_they_are() {
        let arguments = ["backend", "serve", "--listen", "127.0.0.1:0", "--pace", "x", "--help"];
        let passed_on = ["tiffin", "serve", "--listen", "127.0.0.1:0", "--pace", "x", "--help"];
        assert_eq!(
            parse(&arguments).unwrap(),
            Wanted::Backend(passed_on.map(OsString::from).to_vec())
        );
    }

    #[test]
    fn the_help_names_each_flag_and_hides_the_backend() {
        let help = Cli::command().render_long_help().to_string();
        for word in
            ["--url", "TIFFIN_URL", "--data-dir", "--name", "--pace", "tiffin.log", "NO_COLOR"]
        {
            assert!(help.contains(word), "{word} is not in the help:\n{help}");
        }
        assert!(help.contains("replay-case"), "the cases are not in the help:\n{help}");
        assert!(!help.contains("Be a backend"), "the hidden command shows:\n{help}");
    }
}
