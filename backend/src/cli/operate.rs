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

/// What to back up, and where to.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) log: LogFile,

    /// The backup to make. There must be no file of that name.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

/// What to restore, and where to.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Restore {
    /// The backup.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,

    /// The database to make of it. There must be none of that name: move the old one away first.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

/// How much to try.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Prove {
    /// How many orders are placed.
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) orders: u32,

    /// What everything is drawn from: the same seed asks the same of the server.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,

    /// How often the backend is killed meanwhile: at random, and every other time at a named point.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub(crate) kills: u32,
}

/// Which events to show, and how.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Events {
    #[command(flatten)]
    pub(crate) log: LogFile,

    /// Goes on with what happens, until Ctrl-C. Looks ten times a second whether somebody has written.
    #[arg(long)]
    pub(crate) follow: bool,

    /// Only those of this order: its id, or the end of it.
    #[arg(long, value_name = "ID", value_parser = end_of_id)]
    pub(crate) order: Option<String>,

    /// Only those after this position of the log.
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    pub(crate) after: u64,

    /// One JSON object a line, with all that the contract tells of an event.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The file that holds the log.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LogFile {
    /// The file that holds the log. It is only read, and a server may be at work with it meanwhile.
    #[arg(long, env = "TIFFIN_DATABASE", value_name = "FILE", default_value = "tiffin.db")]
    pub(crate) database: PathBuf,
}

fn end_of_id(text: &str) -> Result<String, String> {
    let text = text.to_lowercase();
    let is_of_id = text.chars().all(|it| it.is_ascii_hexdigit() || it == '-');
    if (4..=36).contains(&text.len()) && is_of_id {
        Ok(text)
    } else {
        Err("an id, or its last 4 to 36 characters".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_named_by_its_id_or_the_end_of_it() {
        assert_eq!(end_of_id("00B3"), Ok("00b3".to_owned()));
        assert!(end_of_id("01920000-0000-7000-8000-0000000000b3").is_ok());
        for text in ["", "0b3", "%%%%", "01920000-0000-7000-8000-0000000000b3b"] {
            assert!(end_of_id(text).is_err(), "{text}");
        }
    }
}
