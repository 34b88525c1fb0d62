//! `prove`: does what was promised hold when everything breaks at once?
//!
//! ```text
//!  load      many customers order, cancel, tip, rate, and repeat themselves over both transports
//!  house     the backend under them: a child process with a lab, killed again and again
//!  kills     when it dies: at random, and at named points
//!  follow    each customer's subscription, cut again and again
//!  collect   afterwards, what everybody has to say: the log, the bank, the orders
//!  judge     the invariants 1 to 6, from the outside: a pure function of what was collected
//! ```
//!
//! It knows the public contract and nothing else; only the last look is `verify`'s, at the file. Everything
//! is drawn from one seed: what is asked and which fault strikes. When which of two comes first is not.

mod evidence;
mod speak;
mod house;
mod follow;
mod mutation;
mod load;
mod kills;
mod collect;
mod judge;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::cli;
use crate::operate::{verify, words::counted};
use evidence::Evidence;
use house::House;
use load::Load;

/// Beyond this the run has hung: whatever was promised is not kept.
const RUN_MAX: Duration = Duration::from_mins(20);
/// How long everything may take to settle once nothing fails any more.
const CALM_MAX: Duration = Duration::from_mins(2);
/// A kill comes anywhere within this after its moment has come, so that it strikes anything.
const KILL_JITTER: Duration = Duration::from_millis(60);

/// Breaks everything, and says what holds.
pub(crate) fn prove(options: &cli::Prove) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the run time could not be started")?;
    runtime.block_on(async {
        let run = run(options);
        tokio::time::timeout(RUN_MAX, run).await.context("the run did not end in time")?
    })
}

async fn run(options: &cli::Prove) -> anyhow::Result<ExitCode> {
    let seed = options.seed.unwrap_or_else(drawn_seed);
    super::print(&beginning(options, seed))?;
    let house = Arc::new(House::open(seed).await?);
    let mut load = Load::start(&house, seed, options.orders).await?;
    let mut random = StdRng::seed_from_u64(seed);
    let plan = kills::plan(options.kills, options.orders, &mut random);
    let dead_letter = house.until_dead_letter();
    let kills = async {
        for kill in plan {
            load.until_placed(kill.placed).await;
            pause(KILL_JITTER.mul_f64(random.random_range(0.0..1.0))).await;
            house.kill_and_restart(kill.then).await?;
        }
        anyhow::Ok(())
    };
    let (killed, seen_dead) = tokio::join!(kills, dead_letter);
    killed?;
    seen_dead?;
    load.answered().await?;
    house.heal().await?;
    let evidence = tokio::time::timeout(CALM_MAX, collect::collect(&house, &load)).await;
    let Ok(evidence) = evidence else {
        let log = house.log_file().display().to_string();
        bail!("after the last fault it did not settle within {CALM_MAX:?}; its log is {log}")
    };
    drop(load);
    conclude(&house, &evidence?, seed).await
}

fn beginning(options: &cli::Prove, seed: u64) -> String {
    let orders = counted(options.orders.into(), "order");
    let deaths = counted(options.kills.into(), "death");
    format!("{orders} with every fault on, {deaths} by SIGKILL, seed {seed}\n\n")
}

/// Stops the backend, has its file verified, and prints the verdict.
async fn conclude(house: &House, evidence: &Evidence, seed: u64) -> anyhow::Result<ExitCode> {
    let happened = house.stop().await?;
    let file = verify::verify(&house.database()).context("the file cannot be read")?;
    let verdict = judge::judge(evidence).with_server(&happened).with_file(file);
    super::print(&format!("{verdict}\n{}\n", evidence.happened(&happened)))?;
    if verdict.holds() {
        super::print(&format!("Everything holds. `--seed {seed}` asks the same again.\n"))?;
        house.clear_away()?;
        return Ok(ExitCode::SUCCESS);
    }
    let kept = house.folder().display();
    super::print(&format!("NOT everything holds. Seed {seed}; all that is left is in {kept}\n"))?;
    Ok(ExitCode::FAILURE)
}

fn drawn_seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the edge: a run without a seed draws one")]
    let drawn: u32 = rand::random();
    drawn.into()
}

/// Lets a little time pass between two tries at something that somebody else has to do.
async fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a client waits before it asks again")]
    tokio::time::sleep(time).await;
}
