//! Shell scripts play the program: they set the line with `stty` and draw with `printf`.

use std::fs;

use super::*;

const DEADLINE: Duration = Duration::from_secs(20);
const A_WHILE: Duration = Duration::from_millis(200);

/// What a full-screen program switches on, and says so.
const ENTER: &str =
    r"before=$(stty -g); stty raw -echo; printf '\033[?1049h\033[?25l\033[?2004hready';";
/// And off again.
const LEAVE: &str = r"printf '\033[?2004l\033[?25h\033[?1049l'; stty $before;";

fn shell(script: &str) -> Result<Terminal> {
    shell_with(script, &TerminalOptions::default())
}

fn shell_with(script: &str, options: &TerminalOptions) -> Result<Terminal> {
    Terminal::start(Path::new("/bin/sh"), &["-c", script], options)
}

#[test]
fn a_program_starts_in_a_clean_place_of_its_own() -> Result<()> {
    let options = TerminalOptions {
        size: Size { columns: 160, rows: 50 },
        environment: vec![("TIFFIN_PACE".into(), "2".into())],
        ..TerminalOptions::default()
    };
    let terminal = shell_with("stty size; pwd -P; env", &options)?;
    assert_eq!(terminal.exit_code(DEADLINE)?, 0);

    let screen = terminal.screen();
    assert_eq!(screen.row(0), "50 160");
    let home = terminal.home().canonicalize()?;
    assert_eq!(screen.row(1), home.to_string_lossy());
    assert!(screen.contains("TERM=xterm-256color"), "{screen}");
    assert!(screen.contains("TIFFIN_PACE=2"), "{screen}");
    assert!(!screen.contains("CARGO"), "{screen}");
    Ok(())
}

#[test]
fn what_is_typed_reaches_the_program_and_what_it_answers_the_screen() -> Result<()> {
    let mut terminal = shell("read name; echo \"good evening, $name\"")?;
    terminal.keys("Ada")?;
    terminal.wait_for("Ada", DEADLINE)?; // the line's own echo
    terminal.key(Key::Enter)?;
    terminal.wait_for("good evening, Ada", DEADLINE)?;
    Ok(())
}

#[test]
fn waiting_for_what_goes_away_ends_when_it_is_gone() -> Result<()> {
    let mut terminal = shell(r"echo sending; read _; printf '\033[H\033[Jsent'; read _")?;
    terminal.wait_for("sending", DEADLINE)?;
    terminal.key(Key::Enter)?;
    let screen = terminal.wait_gone("sending", DEADLINE)?;
    assert!(!screen.contains("sending"));
    Ok(())
}

#[test]
fn waiting_in_vain_ends_with_the_program_and_shows_its_last_screen() -> Result<()> {
    let terminal = shell("echo a surprise")?;
    let error = terminal.wait_for("the menu", DEADLINE).expect_err("it never comes");
    let sentence = format!("{error:#}");
    assert!(sentence.contains("the menu"), "{sentence}");
    assert!(sentence.contains("│a surprise"), "{sentence}");
    assert!(sentence.contains("writes no more"), "{sentence}");
    Ok(())
}

#[test]
fn keys_and_pastes_arrive_as_a_terminal_sends_them() -> Result<()> {
    let script = "stty raw -echo; echo ready; head -c 5 | od -An -tx1;
        printf '\\033[?1h\\033[?2004happlication'; head -c 17 | od -An -tx1";
    let mut terminal = shell(script)?;
    terminal.wait_for("ready", DEADLINE)?;
    terminal.key(Key::Ctrl('c'))?;
    terminal.key(Key::Up)?;
    terminal.paste("x")?;
    terminal.wait_for("03 1b 5b 41 78", DEADLINE)?;

    terminal.wait_for("application", DEADLINE)?;
    terminal.key(Key::Up)?;
    terminal.paste("ab")?;
    let first = "1b 4f 41 1b 5b 32 30 30 7e 61 62 1b 5b 32 30 31";
    terminal.wait_for(first, DEADLINE)?;
    Ok(())
}

#[test]
fn a_resize_reaches_the_screen_and_the_program() -> Result<()> {
    let script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.01; done";
    let mut terminal = shell(script)?;
    terminal.wait_for("ready", DEADLINE)?;
    terminal.resize(Size { columns: 40, rows: 12 })?;
    terminal.wait_for("12 40", DEADLINE)?;
    assert_eq!(terminal.screen().to_string().lines().count(), 12 + 2);
    let nothing = Size { columns: 0, rows: 12 };
    assert!(terminal.resize(nothing).is_err());
    Ok(())
}

#[test]
fn a_program_that_tidies_up_leaves_nothing_behind() -> Result<()> {
    let mut terminal = shell(&format!("{ENTER} head -c 1 >/dev/null; {LEAVE} exit 3"))?;
    let screen = terminal.wait_for("ready", DEADLINE)?;
    assert!(screen.alternate_screen() && screen.bracketed_paste());
    assert!(!screen.cursor_visible());
    let settings = terminal.line_settings()?;
    assert!(!settings.echo() && !settings.canonical() && !settings.signals());

    terminal.keys("q")?;
    assert_eq!(terminal.exit_code(DEADLINE)?, 3);
    assert_eq!(terminal.left_behind()?, [""; 0]);
    assert!(terminal.line_settings()?.echo());
    Ok(())
}

#[test]
fn what_a_program_leaves_behind_is_named_after_its_end() -> Result<()> {
    let terminal = shell(ENTER)?;
    assert_eq!(terminal.exit_code(DEADLINE)?, 0);
    let left = terminal.left_behind()?.join(", ");
    for what in ["alternate screen", "hidden cursor", "bracketed paste", "line settings"] {
        assert!(left.contains(what), "{what} in: {left}");
    }
    Ok(())
}

#[test]
fn line_settings_alone_are_noticed_too() -> Result<()> {
    let terminal = shell("stty -echo")?;
    terminal.exit_code(DEADLINE)?;
    assert_eq!(terminal.left_behind()?.len(), 1);
    assert!(!terminal.line_settings()?.echo());
    assert!(terminal.line_settings()?.canonical());
    Ok(())
}

#[test]
fn after_the_end_the_last_words_are_on_the_screen() -> Result<()> {
    let many = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done";
    let terminal = shell(many)?;
    terminal.exit(DEADLINE)?;
    assert!(terminal.screen().contains("line 3000"));
    assert!(terminal.bytes_written() > 3000 * 10);
    assert!(terminal.output().ends_with(b"line 3000\r\n"));
    Ok(())
}

#[test]
fn an_end_by_a_signal_is_no_exit_code() -> Result<()> {
    let terminal = shell("echo ready; exec sleep 1000")?;
    terminal.wait_for("ready", DEADLINE)?;
    assert_eq!(terminal.ended()?, None);
    terminal.signal(Signal::TERM)?;
    let signal = Exit::Signal(Signal::TERM.as_raw());
    assert_eq!(terminal.exit(DEADLINE)?, signal);
    assert!(terminal.exit_code(DEADLINE).is_err());
    Ok(())
}

#[test]
fn a_hang_up_is_a_signal_and_the_end_of_input_and_presses_no_key() -> Result<()> {
    let script = "trap 'echo hung up >>log' HUP; stty raw -echo; echo ready
        cat >typed; echo end of input >>log; exit 4";
    let mut terminal = shell(script)?;
    terminal.wait_for("ready", DEADLINE)?;
    terminal.hang_up()?;
    assert!(matches!(terminal.exit(DEADLINE)?, Exit::Code(_)));
    let read = |name| fs::read_to_string(terminal.home().join(name));
    assert!(read("log")?.contains("hung up"));
    assert_eq!(read("typed")?, "");
    assert!(terminal.keys("x").is_err());
    Ok(())
}

#[test]
fn taking_the_keyboard_away_presses_no_key_either() -> Result<()> {
    let script = "stty raw -echo; echo ready
        while :; do echo key $(head -c 1 | od -An -tx1); done";
    let mut terminal = shell(script)?;
    terminal.wait_for("ready", DEADLINE)?;
    terminal.keys("A")?;
    terminal.wait_for("key 41", DEADLINE)?;
    terminal.line.silence_farewell()?;
    let Connection { master, keyboard } = terminal.connection.take().context("it is up")?;
    drop(keyboard);
    terminal.stays_quiet(A_WHILE)?;
    drop(master);
    Ok(())
}

#[test]
fn the_whole_session_is_killed_with_the_terminal() -> Result<()> {
    // With job control on, the shell gives its jobs process groups of their own.
    let terminal = shell("set -m; sleep 1000 & (trap '' HUP; exec sleep 2000) & echo ready; wait")?;
    terminal.wait_for("ready", DEADLINE)?;
    let sleepers = eventually(DEADLINE, "both of its jobs", || {
        let all = terminal.processes();
        let sleepers = all.iter().filter(|one| one.command.starts_with("sleep "));
        (sleepers.count() == 2).then_some(all)
    })?;
    let leader = terminal.pid();
    drop(terminal);
    assert!(rustix::process::test_kill_process(leader).is_err());
    for sleeper in sleepers {
        eventually(DEADLINE, format!("the end of {sleeper:?}"), || {
            let command = fs::read(format!("/proc/{}/cmdline", sleeper.pid));
            command.map_or(true, |command| command.is_empty()).then_some(())
        })?;
    }
    Ok(())
}

#[test]
fn a_process_that_keeps_the_terminal_is_named_and_not_waited_for() -> Result<()> {
    let terminal = shell("trap '' HUP; sleep 1000 & exit 0")?;
    let error = terminal.exit(A_WHILE).expect_err("the line is still open");
    assert!(error.to_string().contains("sleep 1000"), "{error}");
    Ok(())
}

#[test]
fn drawing_is_told_from_silence() -> Result<()> {
    let mut terminal = shell("echo ready; read _; while :; do printf .; sleep 0.01; done")?;
    terminal.wait_for("ready", DEADLINE)?;
    terminal.wait_until_quiet(A_WHILE, DEADLINE)?;
    terminal.stays_quiet(A_WHILE)?;
    terminal.key(Key::Enter)?;
    terminal.wait_for("...", DEADLINE)?;
    assert!(terminal.stays_quiet(A_WHILE).is_err());
    Ok(())
}

#[test]
fn a_program_that_is_not_there_is_an_error_at_once() {
    let nothing = Path::new("/nowhere/tiffin");
    let error = Terminal::start(nothing, &[], &TerminalOptions::default())
        .err()
        .expect("there is no such program");
    assert!(format!("{error:#}").contains("/nowhere/tiffin"));
}
