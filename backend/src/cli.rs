//! The command line of `tiffin-backend`: flags, their environment variables, and help that teaches.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use shared::policy::{Deadlines, Policy};

use crate::eventing::retry::DeliveryTiming;
use crate::lab::Death;

mod operate;
mod operator;

pub(crate) use operate::{Backup, Events, Prove, Replay, Restore, Verify};
pub(crate) use operator::{
    Customers, Deliveries, Faults, Pausing, Redeliver, Revoke, Schedules, ServerOptions, Stats,
};

/// The backend of Tiffin: takes orders over GraphQL and brings them home, event by event.
#[derive(Debug, Parser)]
#[command(name = "tiffin-backend", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// How the log on standard error reads: for a person, or one JSON object a line.
    #[arg(
        long,
        env = "TIFFIN_LOG_FORMAT",
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        global = true
    )]
    pub(crate) log_format: LogFormat,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tiffin-backend serve
      serves on http://127.0.0.1:4000, with its data in ./tiffin.db; open it in a browser
  tiffin-backend serve --listen 127.0.0.1:0 --database /tmp/tiffin.db --pace 0
      takes a free port, and everything simulated takes no time at all
  tiffin --url http://127.0.0.1:4000
      orders food there, in another terminal";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves until Ctrl-C or SIGTERM; then finishes what is at work and ends with 0.
    ///
    /// Prints one line, `listening on http://ADDRESS`, on standard output once it answers. The GraphQL
    /// endpoint is /graphql, over HTTP and over WebSocket (graphql-transport-ws); / is a page to try it,
    /// /schema.graphql is the schema. What it has acknowledged is on disk, and goes on after any crash.
    Serve(Serve),

    /// Checks that the file keeps all that was promised, and says what it found.
    ///
    /// The log has no gap, the stored state is the fold of the log, each receipt says what the log says,
    /// each event has reached its functions (or waits, or is a dead letter), and the bank's books agree.
    /// Only reads, also beside a running server. Ends with 0 where everything holds, with 1 where
    /// something does not, and with 2 where the file cannot be read.
    Verify(Verify),

    /// Builds a second environment from the log alone, and proves that it comes to the same state.
    ///
    /// Nothing outside happens: the copy gets an identity and a bank of its own, and what is undecided
    /// in it stands still until `serve --resume`. Refusals are in no event, so their receipts stay behind.
    Replay(Replay),

    /// Shows what happened, one line for each event, oldest first; also beside a running server.
    Events(Events),

    /// Breaks everything at once, and says whether the promises hold.
    ///
    /// Starts a backend of its own on a fresh database, with a lab in which every fault is on, and kills it
    /// again and again while many customers order, cancel, tip, rate and repeat themselves. Then it waits
    /// for calm, and checks from the outside: the receipts that they hold, what their subscriptions said,
    /// the bank's books, and the log. Ends with 0 where everything holds, with 1 where something does not.
    Prove(Prove),

    /// Writes the database as it is now to one file, and verifies it; the server goes on meanwhile.
    ///
    /// The bank's books are not in it: a bank is not ours to put back.
    Backup(Backup),

    /// Makes a database of a backup. It is another log: clients drop what they knew, keep what is
    /// pending, and begin anew.
    Restore(Restore),

    /// Shows what each function has to handle, and how that goes.
    ///
    /// This and the following commands ask a running server, as its operator.
    Deliveries(Deliveries),

    /// Hands a delivery to its function once more, or all dead letters of a function.
    ///
    /// It gets a fresh budget of tries, and its order says that the operator did it. What is done can be
    /// tried again, too: nothing happens twice.
    Redeliver(Redeliver),

    /// Has nothing of a function attempted any more; its backlog grows. Stays so over a restart.
    Pause(Pausing),

    /// Lets a function that was paused go on.
    Resume(Pausing),

    /// Shows how the business is doing, and how far behind each function and follower is.
    Stats(Stats),

    /// Shows what is appended by the clock, and when next.
    Schedules(Schedules),

    /// Has a server with a lab (`serve --lab`) fail on purpose, and shows which faults are on.
    ///
    /// Each strikes where the real one would: a reply is lost after the commit, a worker crashes after
    /// its effect, the bank takes the money and is silent. What is not named stays as it is, and a
    /// server that starts again has no faults.
    Faults(Faults),

    /// Shows who has signed in; needs no server.
    Customers(Customers),

    /// Ends all tokens of a customer, also where they are connected just now.
    Revoke(Revoke),
}

/// How to serve.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one. Anything but loopback lets others in.
    #[arg(long, env = "TIFFIN_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    pub(crate) listen: SocketAddr,

    /// The file that holds the log, the orders and all that is due. It is made where there is none; the
    /// books of the simulated bank stand beside it, in a file ending in `-gateway.db`.
    #[arg(long, env = "TIFFIN_DATABASE", value_name = "FILE", default_value = "tiffin.db")]
    pub(crate) database: PathBuf,

    /// How fast the simulated world goes: multiplies the grace before the charge (5 s), cooking and
    /// riding. 1 is for a person watching, 0 takes no time; deadlines are never changed.
    #[arg(long, env = "TIFFIN_PACE", value_name = "FACTOR", default_value_t = 1.0, value_parser = pace)]
    // A negative pace is no unknown flag: it gets to hear the range.
    #[arg(allow_negative_numbers = true)]
    pub(crate) pace: f64,

    /// The file with the operator's token: whoever presents what stands in it may look after this
    /// server. It is made, readable for its owner only, where there is none; without this flag it
    /// stands beside the database, in a file ending in `.operator-token`.
    #[arg(long, env = "TIFFIN_OPERATOR_TOKEN_FILE", value_name = "FILE")]
    pub(crate) operator_token_file: Option<PathBuf>,

    /// How many terminals and pages may be connected at once, over a WebSocket each; one more is told
    /// to come back later. An idle one takes some 10 KiB, and a file descriptor of the process.
    #[arg(long, env = "TIFFIN_CONNECTIONS", value_name = "NUMBER", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) connections: u32,

    /// Lets an environment that `replay` has built go on from here: what is undecided in it is decided,
    /// and deadlines strike, those that have passed meanwhile too. Anything else goes on anyway.
    #[arg(long, env = "TIFFIN_RESUME")]
    pub(crate) resume: bool,

    /// Lets the operator have this server fail on purpose (`setFaults`): replies lost after the commit,
    /// workers that crash after their effect, a bank that is silent. Never for real orders.
    #[arg(long, env = "TIFFIN_LAB")]
    pub(crate) lab: bool,

    /// Has this server die as by SIGKILL where it hurts most, from the moment on that it listens:
    /// `after-commit:3` is right after the third commit, before anybody hears of it. A wrong word is told
    /// all points.
    #[arg(long, env = "TIFFIN_DIE_AT", value_name = "POINT[:TIME]", requires = "lab")]
    pub(crate) die_at: Option<Death>,

    /// How long a handler may hold a delivery, in milliseconds: for tests that cannot wait for 30 s.
    #[arg(long, value_name = "MILLISECONDS", hide = true, default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(30..=3_600_000))]
    pub(crate) lease_ms: u32,

    /// The first wait after a failed attempt, in milliseconds; the longest is thirty times that.
    #[arg(long, value_name = "MILLISECONDS", hide = true, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(crate) backoff_ms: u32,

    /// How long an order waits at most, in milliseconds, whatever it waits for: for tests that cannot
    /// wait for minutes or a day. Without it, each wait has the house's own deadline.
    #[arg(long, value_name = "MILLISECONDS", hide = true, value_parser = clap::value_parser!(u32).range(1..=86_400_000))]
    pub(crate) deadline_ms: Option<u32>,

    /// Ends when standard input does: for a program that starts a backend of its own.
    #[arg(long, hide = true)]
    pub(crate) end_with_stdin: bool,
}

impl Serve {
    /// The numbers of the business.
    pub(crate) fn policy(&self) -> Policy {
        let mut policy = Policy::with_pace(self.pace);
        if let Some(milliseconds) = self.deadline_ms {
            policy.deadlines = Deadlines::all(Duration::from_millis(milliseconds.into()));
        }
        policy
    }

    /// The numbers of delivery.
    pub(crate) fn timing(&self) -> DeliveryTiming {
        let backoff_base = Duration::from_millis(self.backoff_ms.into());
        DeliveryTiming {
            lease: Duration::from_millis(self.lease_ms.into()),
            backoff_base,
            backoff_cap: backoff_base * 30,
            ..DeliveryTiming::default()
        }
    }

    /// Where the operator's token is.
    pub(crate) fn token_file(&self) -> PathBuf {
        self.operator_token_file.clone().unwrap_or_else(|| {
            let mut name = self.database.as_os_str().to_owned();
            name.push(".operator-token");
            PathBuf::from(name)
        })
    }
}

/// How a log reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For a person.
    #[default]
    Text,
    /// For a program: one object a line.
    Json,
}

fn pace(text: &str) -> Result<f64, String> {
    let pace: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=1000.0).contains(&pace) {
        Ok(pace)
    } else {
        Err("a pace is from 0 (no time at all) to 1000".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_that_is_shown_has_an_environment_variable() {
        let command = Cli::command();
        let serve = command.find_subcommand("serve").unwrap();
        for argument in serve.get_arguments().filter(|it| !it.is_hide_set()) {
            let name = argument.get_id().as_str();
            if name != "help" {
                let variable = format!("TIFFIN_{}", name.to_uppercase());
                assert_eq!(argument.get_env().and_then(|it| it.to_str()), Some(variable.as_str()));
            }
        }
    }

    #[test]
    fn a_pace_out_of_range_is_refused() {
        for text in ["-1", "1001", "NaN", "fast"] {
            assert!(pace(text).is_err(), "{text}");
        }
        assert_eq!(pace("0.5"), Ok(0.5));
    }
}
