//! A shell plays the backend: `sh serve …` runs the file `serve` of its working directory, which
//! is the data directory.

use std::fs;

use tempfile::TempDir;
use tokio::net::TcpSocket;

use super::*;
use crate::wait::stays;

const SHELL: &str = "/bin/sh";
const DEADLINE: Duration = Duration::from_secs(20);

/// Says that it listens where it was told to (a free port is what `FREE_PORT` says), and stays
/// until SIGTERM.
const OBEDIENT: &str = r#"
echo "run with $*, pace variable <$TIFFIN_PACE>" >&2
port=${2##*:}
[ "$port" = 0 ] && port=$FREE_PORT
trap 'exit 5' TERM
echo "unrelated first line"
echo "listening on http://127.0.0.1:$port"
while :; do sleep 0.01; done
"#;

/// A backend played by `script`, with what must live as long as it.
struct Stage {
    backend: Backend,
    free_port: u16,
    directory: TempDir,
    reservation: Option<Reservation>,
}

fn start(script: &str, mut options: BackendOptions) -> Result<Stage> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("serve"), script)?;
    let reservation = Reservation::of_a_free_port()?;
    let free_port = reservation.address().port();
    options.data_directory = Some(directory.path().to_path_buf());
    let variable = ("FREE_PORT".into(), free_port.to_string().into());
    options.environment.push(variable);
    Ok(Stage {
        backend: Backend::start(Path::new(SHELL), options)?,
        free_port,
        directory,
        reservation: Some(reservation),
    })
}

/// Waits until the log has this; it is another stream than the one that says `listening on …`.
fn logged(backend: &Backend, text: &str) -> Result<()> {
    eventually(DEADLINE, format!("{text:?} in the log"), || {
        backend.log().contains(text).then_some(())
    })
}

#[test]
fn it_is_started_as_the_contract_says_and_its_address_is_read_from_its_line() -> Result<()> {
    let options = BackendOptions {
        pace: 0.5,
        arguments: vec!["--lab".into()],
        environment: vec![("TIFFIN_PACE".into(), "7".into())],
        ..BackendOptions::default()
    };
    let stage = start(OBEDIENT, options)?;
    let free_address = format!("http://127.0.0.1:{}", stage.free_port);
    assert_eq!(stage.backend.url(), free_address);
    let expected = format!(
        "run with --listen 127.0.0.1:0 --database {}/tiffin.db --pace 0.5 --lab, pace variable <7>\n",
        stage.directory.path().display()
    );
    logged(&stage.backend, &expected)
}

#[test]
fn a_start_that_fails_shows_why_at_once() {
    let script = "echo 'the disk is full' >&2; exit 4";
    let error = start(script, BackendOptions::default()).err().expect("it ends");
    let sentence = format!("{error:#}");
    assert!(sentence.contains("the disk is full"), "{sentence}");
    assert!(sentence.contains("exit status: 4"), "{sentence}");
}

#[test]
fn stopping_gives_the_exit_status_of_its_own() -> Result<()> {
    let mut stage = start(OBEDIENT, BackendOptions::default())?;
    let backend = &mut stage.backend;
    assert_eq!(backend.stop()?.code(), Some(5));
    assert!(backend.pid().is_err(), "it is down");
    assert!(backend.log().contains("run with"), "its log is kept");
    Ok(())
}

#[test]
fn a_killed_one_is_gone_and_comes_back_as_another_process_on_the_same_port() -> Result<()> {
    let mut stage = start(OBEDIENT, BackendOptions::default())?;
    let backend = &mut stage.backend;
    let (first, address) = (backend.pid()?, backend.address());
    backend.kill()?;
    assert!(rustix::process::test_kill_process(first).is_err());

    backend.restart(Port::Same)?;
    assert_ne!(backend.pid()?, first);
    assert_eq!(backend.address(), address);
    logged(backend, &format!("--listen {address} "))?;

    backend.restart(Port::Free)?;
    eventually(DEADLINE, "the log of both starts on a free port", || {
        (backend.log().matches("--listen 127.0.0.1:0 ").count() == 2).then_some(())
    })
}

#[test]
fn nobody_else_gets_the_port_of_one_that_is_down() -> Result<()> {
    let mut stage = start(OBEDIENT, BackendOptions::default())?;
    stage.reservation = None;
    stage.backend.kill()?;
    let stranger = TcpSocket::new_v4()?.bind(stage.backend.address());
    assert!(stranger.is_err(), "it is reserved");
    Ok(())
}

#[test]
fn a_paused_one_stands_still_until_it_is_resumed() -> Result<()> {
    let counting = "echo listening on http://127.0.0.1:$FREE_PORT
        while :; do echo tick >&2; sleep 0.01; done";
    let mut stage = start(counting, BackendOptions::default())?;
    let backend = &mut stage.backend;
    backend.pause()?;
    eventually(DEADLINE, "silence", || {
        // What it wrote before the signal may still be on its way to the reader.
        stays(Duration::from_millis(200), "the log", || Ok(backend.log().len()))
    })?;
    let standing = backend.log().len();
    backend.resume()?;
    eventually(DEADLINE, "a further tick", || (backend.log().len() > standing).then_some(()))
}

#[test]
fn one_that_ended_by_itself_says_how() -> Result<()> {
    let script = "echo listening on http://127.0.0.1:$FREE_PORT; exit 9";
    let mut stage = start(script, BackendOptions::default())?;
    let backend = &mut stage.backend;
    let status = eventually(DEADLINE, "its end", || backend.ended()?.context("it runs"))?;
    assert_eq!(status.code(), Some(9));
    Ok(())
}

#[test]
fn half_a_line_announces_nothing() {
    assert_eq!(announced("listening on http://127.0.0.1:40"), None);
    assert_eq!(
        announced("hello\nlistening on http://127.0.0.1:4000\n"),
        Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 4000)))
    );
}
