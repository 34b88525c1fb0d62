//! Real processes, small shell scripts in place of a backend: each does one thing that one may do.

use std::{fs, path::Path};

use rustix::process::{getpgid, test_kill_process};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet};

use super::*;

/// How long a test waits for what must happen: far more than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Scripts see the directory in `$D`.
struct Rig {
    directory: TempDir,
    events: mpsc::Receiver<OwnBackendEvent>,
    end: CancellationToken,
    tasks: JoinSet<()>,
}

impl Rig {
    fn start(script: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), script, PATIENCE)
    }

    /// `deadline` is how long the backend may take to say where it listens.
    fn start_in(directory: TempDir, script: &str, deadline: Duration) -> Self {
        let place = directory.path().to_owned();
        let launch = Launch {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), format!("D='{}'; {script}", place.display()).into()],
            lock_file: place.join("lock"),
            log: place.join("log"),
        };
        let end = CancellationToken::new();
        let (mut own, events) = OwnBackend::new(launch, end.clone());
        own.random = || 0.0;
        own.timing = Timing {
            start: deadline,
            end: Duration::from_secs(1),
            look: Duration::from_millis(5),
            log: Duration::from_mins(1),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(own.run());
        Self { directory, events, end, tasks }
    }

    async fn event(&mut self) -> OwnBackendEvent {
        timeout(PATIENCE, self.events.recv()).await.expect("nothing happens").expect("it has ended")
    }

    async fn expect_ready(&mut self, url: &str) {
        assert_eq!(self.event().await, OwnBackendEvent::Starting);
        assert_eq!(self.event().await, OwnBackendEvent::Ready { endpoint: url.parse().unwrap() });
    }

    async fn expect_died(&mut self) -> String {
        let event = self.event().await;
        let OwnBackendEvent::Died { why, .. } = event else { panic!("not died: {event:?}") };
        why
    }

    async fn finish(&mut self) {
        self.end.cancel();
        timeout(PATIENCE, self.tasks.join_next()).await.expect("it does not end").unwrap().unwrap();
    }

    /// The process number that the script has written.
    fn pid(&self) -> rustix::process::Pid {
        let text = fs::read_to_string(self.directory.path().join("pid")).unwrap();
        rustix::process::Pid::from_raw(text.trim().parse().unwrap()).unwrap()
    }
}

async fn appears(path: &Path) {
    let mut look = interval(Duration::from_millis(5));
    let appears = async {
        while !path.exists() {
            look.tick().await;
        }
    };
    timeout(PATIENCE, appears).await.expect("it does not appear");
}

#[tokio::test]
async fn a_backend_is_started_in_a_group_of_its_own_and_ended_with_us() {
    let mut rig = Rig::start("echo $$ > $D/pid; echo listening on http://127.0.0.1:4001; exec cat");
    rig.expect_ready("http://127.0.0.1:4001").await;
    let pid = rig.pid();
    assert_eq!(getpgid(Some(pid)).unwrap(), pid);
    rig.finish().await;
    assert!(test_kill_process(pid).is_err(), "it still runs");
}

#[tokio::test]
async fn a_backend_is_told_to_end_before_it_is_killed() {
    let mut rig = Rig::start(
        "trap 'kill $!; touch $D/told; exit' TERM; echo listening on http://127.0.0.1:4001; sleep 1000 & wait",
    );
    rig.expect_ready("http://127.0.0.1:4001").await;
    rig.finish().await;
    assert!(rig.directory.path().join("told").exists());
}

#[tokio::test]
async fn a_backend_that_does_not_end_is_killed() {
    let mut rig = Rig::start(
        "trap '' TERM; echo $$ > $D/pid; echo listening on http://127.0.0.1:4001; while :; do read x; done",
    );
    rig.expect_ready("http://127.0.0.1:4001").await;
    rig.finish().await;
    assert!(test_kill_process(rig.pid()).is_err(), "it still runs");
}

#[tokio::test]
async fn a_backend_sees_the_end_of_its_standard_input_when_we_die() {
    let mut rig = Rig::start("echo listening on http://127.0.0.1:4001; cat; touch $D/drained");
    rig.expect_ready("http://127.0.0.1:4001").await;
    rig.tasks.abort_all();
    appears(&rig.directory.path().join("drained")).await;
}

#[tokio::test]
async fn a_backend_that_dies_is_said_why_and_started_again() {
    let mut rig = Rig::start(
        "echo listening on http://127.0.0.1:4001; [ -e $D/again ] && exec cat; touch $D/again; echo disk full >&2; exit 3",
    );
    rig.expect_ready("http://127.0.0.1:4001").await;
    assert_eq!(rig.expect_died().await, "the backend ended with exit code 3: disk full");
    rig.expect_ready("http://127.0.0.1:4001").await;
    rig.finish().await;
}

#[tokio::test]
async fn a_backend_that_cannot_start_is_tried_again() {
    let mut rig = Rig::start(
        "[ -e $D/again ] && { echo listening on http://127.0.0.1:4001; exec cat; }; touch $D/again; echo no rights >&2; exit 1",
    );
    assert_eq!(rig.event().await, OwnBackendEvent::Starting);
    assert_eq!(rig.expect_died().await, "the backend ended with exit code 1: no rights");
    rig.expect_ready("http://127.0.0.1:4001").await;
    rig.finish().await;
}

#[tokio::test]
async fn a_backend_that_never_says_where_it_listens_is_given_up() {
    let deadline = Duration::from_millis(100);
    let mut rig = Rig::start_in(tempfile::tempdir().unwrap(), "exec cat", deadline);
    assert_eq!(rig.event().await, OwnBackendEvent::Starting);
    assert_eq!(rig.expect_died().await, "the backend did not say within 100ms where it listens");
    rig.finish().await;
}

#[tokio::test]
async fn an_executable_that_is_not_there_is_said_so() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let launch = Launch {
        program: place.join("nothing"),
        arguments: Vec::new(),
        lock_file: place.join("lock"),
        log: place.join("log"),
    };
    let Err(NotStarted { why }) = child::start(&launch, PATIENCE).await else {
        panic!("it has started")
    };
    assert!(why.starts_with("the backend could not be started"), "{why}");
}

#[tokio::test]
async fn the_backend_of_another_program_is_used_until_it_is_gone_and_then_one_is_started() {
    let directory = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", other.local_addr().unwrap());
    fs::write(directory.path().join("lock"), &url).unwrap();
    let script = "[ -e $D/free ] || { echo locked >&2; exit 1; }; echo listening on http://127.0.0.1:4001; exec cat";
    let mut rig = Rig::start_in(directory, script, PATIENCE);
    assert_eq!(rig.event().await, OwnBackendEvent::Starting);
    assert_eq!(rig.event().await, OwnBackendEvent::Shared { endpoint: url.parse().unwrap() });
    fs::write(rig.directory.path().join("free"), "").unwrap();
    drop(other);
    assert_eq!(rig.expect_died().await, "the backend of another tiffin has ended");
    rig.expect_ready("http://127.0.0.1:4001").await;
    rig.finish().await;
}

#[tokio::test]
async fn whatever_else_a_backend_prints_does_not_block_it() {
    let mut rig = Rig::start(
        "echo hello; echo listening on http://127.0.0.1:4001; i=0; while [ $i -lt 3000 ]; do echo \
         xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; i=$((i+1)); done; touch $D/printed; exec cat",
    );
    rig.expect_ready("http://127.0.0.1:4001").await;
    appears(&rig.directory.path().join("printed")).await;
    rig.finish().await;
}

#[test]
fn this_program_is_started_as_the_backend_of_its_data() {
    let paths = Paths::find(Some("/tmp/lunch".into())).unwrap();
    let launch = Launch::of_this_program(&paths, Some(0.5)).unwrap();
    assert_eq!(launch.lock_file, Path::new("/tmp/lunch/tiffin.db.lock"));
    let arguments: Vec<&str> =
        launch.arguments.iter().map(|argument| argument.to_str().unwrap()).collect();
    assert_eq!(arguments[..3], ["backend", "serve", "--end-with-stdin"]);
    assert_eq!(
        arguments[3..],
        ["--listen", "127.0.0.1:0", "--database", "/tmp/lunch/tiffin.db", "--pace", "0.5"]
    );
}
