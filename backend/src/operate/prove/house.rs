//! The backend under test: a child process with a lab on a fresh database, killed and started again.
//!
//! It listens on a free port of its own each time, and ends with us, however we end: its standard input
//! is ours to hold.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use super::evidence::Happened;
use super::pause;
use super::speak::{Question, Said, Transport};
use crate::lab::{Death, FaultPoint};
use crate::operator_token::token_in;
use crate::secret;

/// How long it may take to answer after a start, and to end when it is asked to.
const START_MAX: Duration = Duration::from_mins(1);
/// How long a dead letter may take: ten tries with their backoff are about a second.
const DEAD_LETTER_MAX: Duration = Duration::from_mins(1);
/// How long it may take to come by the point where it is to die; if it does not, it is killed all the same.
/// Under load that is enough.
const DEATH_MAX: Duration = Duration::from_secs(2);
/// Between two tries to reach it.
const TRY_AGAIN: Duration = Duration::from_millis(25);
/// As short as a debug build on a busy machine bears: the shorter the lease, the more happens.
const TIMING: [&str; 4] = ["--lease-ms", "400", "--backoff-ms", "10"];
/// At which an order takes its second from door to door, and its grace is a tenth of one.
pub(super) const PACE: f64 = 0.02;
const SET_FAULTS: &str = "mutation($input: FaultsInput!) { setFaults(input: $input) { seed } }";
const DEAD: &str = "{ deliveries(status: [DEAD], first: 200) { nodes { id } } }";

/// The backend and its folder.
pub(super) struct House {
    folder: PathBuf,
    running: Mutex<Running>,
    address: watch::Sender<SocketAddr>,
}

struct Running {
    child: Child,
    /// How often it was killed, wherever it was.
    kills: u64,
    /// How often it died at which point.
    at_points: BTreeMap<FaultPoint, u64>,
    /// What is on; a server that starts again is told anew.
    faults: Value,
}

impl House {
    /// Starts it with every fault on.
    pub(super) async fn open(seed: u64) -> anyhow::Result<Self> {
        let mut name = secret::fresh();
        name.truncate(12);
        let folder = std::env::temp_dir().join(format!("tiffin-prove-{name}"));
        fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        let (child, address) = start(&folder, None).await?;
        // The contract's seed is smaller than ours.
        let faults = json!({
            "seed": seed & 0x7fff_ffff,
            "functionsDown": ["courier"],
            "duplicateDeliveries": 0.1,
            "reorderDeliveries": 0.1,
            "crashBeforeAck": 0.1,
            "gatewayTimeouts": 0.1,
            "lostReplies": 0.15,
            "latencyMs": 1,
        });
        let at_points = BTreeMap::new();
        let running = Running { child, kills: 0, at_points, faults: faults.clone() };
        let (address, _) = watch::channel(address);
        let house = Self { folder, running: Mutex::new(running), address };
        house.operator(SET_FAULTS, &json!({ "input": faults })).await?;
        Ok(house)
    }

    /// Where it listens now; another place after each death.
    pub(super) fn address(&self) -> SocketAddr {
        *self.address.borrow()
    }

    /// Its database.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("tiffin.db")
    }

    /// Its log.
    pub(super) fn log_file(&self) -> PathBuf {
        self.folder.join("backend.log")
    }

    /// The folder with everything in it, for whoever wants to know what went wrong.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// SIGKILL, whatever it is doing, and a new start on what is left. Where a death is before the new
    /// process, that one comes by it, too, and is followed by another.
    pub(super) async fn kill_and_restart(&self, then: Option<Death>) -> anyhow::Result<()> {
        let faults = {
            let mut running = self.running.lock().await;
            running.kill().await?;
            if let Some(death) = then {
                self.start_and_die(&mut running, death).await?;
            }
            self.start(&mut running, None).await?;
            running.faults.clone()
        };
        self.operator(SET_FAULTS, &json!({ "input": faults })).await?;
        Ok(())
    }

    /// Starts it to die at a point. If it does not come by in time, it dies wherever it is.
    async fn start_and_die(&self, running: &mut Running, death: Death) -> anyhow::Result<()> {
        self.start(running, Some(death)).await?;
        let faults = json!({ "input": running.faults });
        // It may die of this very request: nobody waits for the answer.
        let refused = async {
            match self.operator(SET_FAULTS, &faults).await {
                Ok(_) => future::pending().await,
                Err(error) => error,
            }
        };
        // To wait for a child closes its standard input, and then this one would end in order.
        let _held_open = running.child.stdin.take();
        let ended = tokio::select! {
            ended = timeout(DEATH_MAX, running.child.wait()) => ended,
            error = refused => return Err(error),
        };
        let Ok(status) = ended else { return running.kill().await };
        let status = status.context("the backend's end")?;
        ensure!(was_killed(status), "on the way to its death at {death} it ended with {status}");
        running.kills += 1;
        *running.at_points.entry(death.at).or_default() += 1;
        Ok(())
    }

    async fn start(&self, running: &mut Running, death: Option<Death>) -> anyhow::Result<()> {
        let (child, address) = start(&self.folder, death).await?;
        running.child = child;
        self.address.send_replace(address);
        Ok(())
    }

    /// Waits until the function that is down has a dead letter, and has it work again.
    pub(super) async fn until_dead_letter(&self) -> anyhow::Result<()> {
        let dead = async {
            while self.dead_letters().await?.is_empty() {
                pause(TRY_AGAIN * 4).await;
            }
            anyhow::Ok(())
        };
        timeout(DEAD_LETTER_MAX, dead)
            .await
            .context("no dead letter came of a function that is down")??;
        self.change_faults(&json!({ "functionsDown": [] })).await
    }

    /// From now on nothing fails any more.
    pub(super) async fn heal(&self) -> anyhow::Result<()> {
        let sound = json!({
            "functionsDown": [], "duplicateDeliveries": 0, "reorderDeliveries": 0,
            "crashBeforeAck": 0, "gatewayTimeouts": 0, "lostReplies": 0, "latencyMs": 0,
        });
        self.change_faults(&sound).await
    }

    async fn change_faults(&self, change: &Value) -> anyhow::Result<()> {
        let faults = {
            let mut running = self.running.lock().await;
            if let (Value::Object(faults), Value::Object(change)) = (&mut running.faults, change) {
                faults.extend(change.clone());
            }
            running.faults.clone()
        };
        self.operator(SET_FAULTS, &json!({ "input": faults })).await?;
        Ok(())
    }

    /// Hands all dead letters to their functions once more, and says how many there were.
    pub(super) async fn redeliver_dead(&self) -> anyhow::Result<usize> {
        let dead = self.dead_letters().await?;
        for id in &dead {
            let document = "mutation($id: UUID!) { redeliver(deliveryId: $id) { id } }";
            self.operator(document, &json!({ "id": id })).await?;
        }
        Ok(dead.len())
    }

    async fn dead_letters(&self) -> anyhow::Result<Vec<Value>> {
        let page = self.operator(DEAD, &Value::Null).await?;
        let nodes = page.pointer("/deliveries/nodes").and_then(Value::as_array);
        let ids = nodes.into_iter().flatten().filter_map(|it| it.get("id").cloned());
        Ok(ids.collect())
    }

    /// Asks as the operator, again and again while no answer comes.
    pub(super) async fn operator(
        &self,
        document: &str,
        variables: &Value,
    ) -> anyhow::Result<Value> {
        let token = token_in(&self.folder.join("tiffin.db.operator-token"))?;
        let question = Question { token: Some(&token), document, variables };
        let answered = async {
            loop {
                match question.ask(self.address(), Transport::Http).await {
                    Ok(Said::Data(data)) => return Ok(data),
                    Ok(Said::Error(code)) if code != "UNAVAILABLE" => {
                        bail!("the operator was refused: {code}")
                    }
                    Ok(Said::Error(_)) | Err(_) => pause(TRY_AGAIN).await,
                }
            }
        };
        timeout(START_MAX, answered).await.context("the operator got no answer")?
    }

    /// Has it end in order, and says what it has written down about what happened to it.
    pub(super) async fn stop(&self) -> anyhow::Result<Happened> {
        let mut running = self.running.lock().await;
        // It ends when its standard input does.
        drop(running.child.stdin.take());
        let ended = timeout(START_MAX, running.child.wait()).await;
        let status = ended.context("the backend did not end when it was asked to")??;
        ensure!(status.success(), "the backend ended with {status}");
        let log = fs::read_to_string(self.log_file()).context("the backend's log")?;
        let lines = |words: &str| super::evidence::as_number(log.matches(words).count());
        Ok(Happened {
            kills: running.kills,
            at_points: running.at_points.clone(),
            zombies: lines("refused a zombie"),
            crashes: lines("crashed on purpose"),
            twins: lines("says the same on purpose"),
        })
    }

    /// Removes everything that the run has left.
    pub(super) fn clear_away(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(&self.folder).with_context(|| self.folder.display().to_string())
    }
}

impl Running {
    /// SIGKILL, whatever it is doing.
    async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("the backend could not be killed")?;
        self.kills += 1;
        Ok(())
    }
}

/// Whether a process ended as by SIGKILL: no panic and no error is taken for a death on purpose.
#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::KILL.as_raw())
}

/// Where there are no signals, a process that dies on purpose aborts.
#[cfg(not(unix))]
fn was_killed(status: ExitStatus) -> bool {
    !status.success()
}

/// Starts the backend that we are, and waits until it answers.
async fn start(folder: &Path, death: Option<Death>) -> anyhow::Result<(Child, SocketAddr)> {
    let program = std::env::current_exe().context("this program's own file")?;
    let log = OpenOptions::new().create(true).append(true).open(folder.join("backend.log"))?;
    let mut child = Command::new(program)
        .args(["serve", "--lab", "--end-with-stdin", "--listen", "127.0.0.1:0", "--database"])
        .arg(folder.join("tiffin.db"))
        .args(TIMING)
        .args(["--pace", &PACE.to_string()])
        .args(death.into_iter().flat_map(|death| ["--die-at".to_owned(), death.to_string()]))
        .env("TIFFIN_LOG", "info")
        .env_remove("TIFFIN_DIE_AT")
        .env_remove("TIFFIN_OPERATOR_TOKEN_FILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("the backend could not be started")?;
    let output = child.stdout.take().context("the backend's standard output")?;
    let mut lines = BufReader::new(output).lines();
    let line =
        timeout(START_MAX, lines.next_line()).await.context("the backend does not answer")?;
    let line = line?.with_context(|| {
        format!("the backend has ended; {} says why", folder.join("backend.log").display())
    })?;
    let address = line.strip_prefix("listening on http://").context("it says where it listens")?;
    Ok((child, address.parse()?))
}
