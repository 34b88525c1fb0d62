//! What the operator's commands to a running server take: `deliveries` and its like.

use std::path::PathBuf;

use uuid::Uuid;

use super::operate::LogFile;

/// Which server.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServerOptions {
    /// The database of the server: its lock file says where that is and where the operator's token
    /// stands.
    #[arg(long, env = "TIFFIN_DATABASE", value_name = "FILE", default_value = "tiffin.db")]
    pub(crate) database: PathBuf,

    /// The server itself; then `--operator-token-file` has to say where the token stands.
    #[arg(long, env = "TIFFIN_URL", value_name = "URL")]
    pub(crate) url: Option<String>,

    /// The file with the operator's token.
    #[arg(long, env = "TIFFIN_OPERATOR_TOKEN_FILE", value_name = "FILE")]
    pub(crate) operator_token_file: Option<PathBuf>,
}

/// Which deliveries to show.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Deliveries {
    #[command(flatten)]
    pub(crate) server: ServerOptions,

    /// Only those of this order.
    #[arg(long, value_name = "ID")]
    pub(crate) order: Option<Uuid>,

    /// Only those to this function.
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<String>,

    /// Only those that stand so; several may be given.
    #[arg(long, value_name = "STATUS", ignore_case = true)]
    #[arg(value_parser = ["PENDING", "RUNNING", "DONE", "FAILED", "DEAD"])]
    pub(crate) status: Vec<String>,

    /// Also what is known of their attempts.
    #[arg(long)]
    pub(crate) history: bool,

    /// How many to show, the newest events first.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub(crate) first: u32,
}

/// What to hand out once more.
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["id", "function"]))]
pub(crate) struct Redeliver {
    #[command(flatten)]
    pub(crate) server: ServerOptions,

    /// The delivery, as `deliveries` shows it.
    pub(crate) id: Option<Uuid>,

    /// All dead letters of this function.
    #[arg(long, value_name = "NAME", requires = "dead")]
    pub(crate) function: Option<String>,

    /// Dead letters only: what is done needs to be named one by one.
    #[arg(long, requires = "function")]
    pub(crate) dead: bool,
}

/// Whom to pause, or whom to let go on.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Pausing {
    #[command(flatten)]
    pub(crate) server: ServerOptions,

    /// A function or a follower of the log, as `stats` names it.
    pub(crate) function: String,
}

/// Which server's statistics.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) server: ServerOptions,
}

/// Which faults are to be on. Chances are from 0 (never) to 1 (always).
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Faults {
    #[command(flatten)]
    pub(crate) server: ServerOptions,

    /// Switches all faults off first; what else is asked for is then the only one on.
    #[arg(long)]
    pub(crate) off: bool,

    /// Each attempt of these functions fails; several with commas between them, `none` for none.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) functions_down: Option<Vec<String>>,

    /// A delivery is made twice, at once or with a token that is old by then.
    #[arg(long, value_name = "CHANCE", allow_negative_numbers = true)]
    pub(crate) duplicate_deliveries: Option<f64>,

    /// A delivery is held back, so that later ones overtake it.
    #[arg(long, value_name = "CHANCE", allow_negative_numbers = true)]
    pub(crate) reorder_deliveries: Option<f64>,

    /// A function does its work and is gone before it can say so.
    #[arg(long, value_name = "CHANCE", allow_negative_numbers = true)]
    pub(crate) crash_before_ack: Option<f64>,

    /// The bank does what it is asked, and its answer never comes.
    #[arg(long, value_name = "CHANCE", allow_negative_numbers = true)]
    pub(crate) gateway_timeouts: Option<f64>,

    /// A mutation is on record, and its answer never comes.
    #[arg(long, value_name = "CHANCE", allow_negative_numbers = true)]
    pub(crate) lost_replies: Option<f64>,

    /// Each answer comes so much later; at most 10 s here, so that these commands still get theirs.
    #[arg(long, value_name = "MILLISECONDS", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(crate) latency_ms: Option<u32>,

    /// What all draws depend on: with the same seed, the same attempts are struck.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) seed: Option<i32>,
}

/// Which server's schedules.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Schedules {
    #[command(flatten)]
    pub(crate) server: ServerOptions,
}

/// Whose customers.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Customers {
    #[command(flatten)]
    pub(crate) log: LogFile,
}

/// Whose tokens to end.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    pub(crate) server: ServerOptions,

    /// The customer, as `customers` shows them.
    pub(crate) customer: Uuid,
}
