//! What the commands of the operator at the file take: `verify` and its like.

use std::path::PathBuf;

/// What to verify.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) log: LogFile,
}

/// What to replay, and where.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    pub(crate) log: LogFile,

    /// The database to build. There must be none of that name.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

/// The file that holds the log.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LogFile {
    /// The file that holds the log. It is only read, and a server may be at work with it meanwhile.
    #[arg(long, env = "TIFFIN_DATABASE", value_name = "FILE", default_value = "tiffin.db")]
    pub(crate) database: PathBuf,
}
