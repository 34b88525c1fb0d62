//! Somebody who follows a page to the letter: types its commands, presses its keys, and looks whether
//! what the page shows is what comes.
//!
//! Four things are exchanged on the way: the built programs stand for `cargo run`, a free port for
//! the one that is printed, a faster pace for the one at which people watch, and in a lab shorter leases.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use harness::{
    Attempt, Backend, BackendOptions, Client, Key, Port, Received, Signal, Terminal,
    TerminalOptions, WebSocket, eventually,
};
use serde_json::{Deserializer, Value};
use tempfile::TempDir;

use super::page::{Kind, Page, Part};
use super::shell::Shell;
use super::shown::{are_lines, is_json};
use super::tools::{self, only_asks};
use crate::house::BACKEND;

/// The terminal program.
pub(crate) const TIFFIN: &str = env!("CARGO_BIN_EXE_tiffin");
/// How long anything that is shown may take to come: a whole order, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// Less than a third of the time that things take for a person watching. What the pages do within the
/// grace, and before the kitchen begins, must not come too late on a busy machine either.
const PACE: f64 = 0.3;
/// A lab in which leases end, and failures are tried again, some twenty times as fast as for people.
const LAB: [&str; 5] = ["--lab", "--lease-ms", "1500", "--backoff-ms", "50"];
/// Where our pages have the backend, and how files are named after that.
const PRINTED: [&str; 2] = ["127.0.0.1:4000", "127.0.0.1_4000"];

pub(crate) struct Walk {
    backend: Option<Backend>,
    terminal: Option<Terminal>,
    socket: Option<WebSocket>,
    shell: Shell,
    /// The commands of the last block, and what they printed.
    last: Vec<(Vec<String>, String)>,
    /// Home and working directory of all programs; the last field, so that it goes after them.
    home: TempDir,
}

impl Walk {
    pub(crate) fn begin() -> Result<Self> {
        let home = tempfile::tempdir()?;
        let (backend, terminal, socket) = (None, None, None);
        Ok(Self { backend, terminal, socket, shell: Shell::default(), last: Vec::new(), home })
    }

    /// Does all that the page says, from the beginning to the end.
    pub(crate) fn follow(mut self, page: &Page) -> Result<()> {
        for part in &page.parts {
            self.take(part).with_context(|| page.place(part))?;
        }
        self.leave_terminal()
    }

    fn take(&mut self, part: &Part) -> Result<()> {
        match &part.kind {
            Kind::Key(name) => self.press(name),
            Kind::Block { language, role, text } => match (language.as_str(), role.as_str()) {
                ("sh", "") => self.run(text),
                ("json", "answer") => self.expect_answers(text),
                ("json", "send") => self.send(text),
                ("json", "received") => self.expect_messages(text),
                ("text", "output") => self.expect_output(text),
                ("text", "log") => self.expect_log(text),
                ("text", "screen") => self.expect_screen(text),
                // Pictures and excerpts; others hold them.
                ("text", "") => Ok(()),
                _ => bail!("nobody knows what a block ```{language} {role} is for"),
            },
            Kind::Link(_) | Kind::Code(_) | Kind::Heading(_) => Ok(()),
        }
    }

    fn run(&mut self, block: &str) -> Result<()> {
        let block = self.exchanged(block);
        let home = self.home.path().to_owned();
        // What a program writes to its files may come a moment after what it shows.
        let output_of =
            |words: &[String]| eventually(PATIENCE, words.join(" "), || tools::run(&home, words));
        let commands = self.shell.commands(&block, &output_of)?;
        self.last.clear();
        for command in commands {
            let output = self.execute(&command).with_context(|| command.join(" "))?;
            self.last.push((command, output));
        }
        Ok(())
    }

    fn execute(&mut self, command: &[String]) -> Result<String> {
        let line = command.join(" ");
        if let Some(options) =
            line.strip_prefix("cargo run --release --bin tiffin-backend -- serve")
        {
            return self.serve(&options.split_whitespace().collect::<Vec<_>>());
        }
        if let Some(command) = line.strip_prefix("cargo run --release --bin tiffin-backend -- ") {
            return self.operate(&command.split_whitespace().collect::<Vec<_>>());
        }
        if let Some(options) = line.strip_prefix("cargo run --release") {
            let options = options.strip_prefix(" --").unwrap_or(options);
            self.order_at_table(&options.split_whitespace().collect::<Vec<_>>())?;
            return Ok(String::new());
        }
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["mkdir", folder] => std::fs::create_dir(self.home.path().join(folder))?,
            // An empty line; and what is running here anyway.
            ["echo"] | ["cargo", "test"] => {}
            ["curl", arguments @ ..] => return self.curl(arguments),
            ["websocat", "--protocol", protocol, url] => {
                let url = url.replace("ws://", "http://").replace("/graphql", "");
                self.socket = Some(WebSocket::open(&url, Some(protocol))?);
            }
            ["kill", "-9", process] => self.kill_backend(process)?,
            ["pkill", "-KILL", "-x", "tiffin"] => self.kill_terminal()?,
            _ => return tools::run(self.home.path(), command),
        }
        Ok(String::new())
    }

    /// Starts the backend, or one more on a database that is being served.
    fn serve(&mut self, options: &[&str]) -> Result<String> {
        match (&mut self.backend, options) {
            (Some(backend), _) if backend.pid().is_ok() => {
                let output = self.serve_once_more(options)?;
                ensure!(!output.status.success(), "a second server was let in");
                return Ok(String::from_utf8_lossy(&output.stderr).into_owned());
            }
            (Some(backend), _) => backend.restart(Port::Same)?,
            (None, [] | ["--database", _] | ["--database", _, "--lab"]) => {
                let database = options.get(1).copied().unwrap_or("tiffin.db");
                let file = self.home.path().join(database);
                ensure!(file.ends_with("tiffin.db"), "the harness names the file tiffin.db");
                let data_directory = file.parent().map(Path::to_owned);
                let lab = if options.contains(&"--lab") { &LAB[..] } else { &[] };
                let arguments = lab.iter().map(Into::into).collect();
                let options =
                    BackendOptions { pace: PACE, data_directory, arguments, ..Default::default() };
                self.backend = Some(Backend::start(Path::new(BACKEND), options)?);
            }
            (None, _) => bail!("these options would have to be taught to the harness"),
        }
        Ok(String::new())
    }

    fn serve_once_more(&self, options: &[&str]) -> Result<Output> {
        let mut arguments = vec!["serve".to_owned()];
        arguments.extend(options.iter().map(|option| {
            let file = self.home.path().join(option);
            if file.exists() { file.display().to_string() } else { (*option).to_owned() }
        }));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        harness::process::run(Path::new(BACKEND), &arguments, &[], PATIENCE)
    }

    /// A command of the operator on a file; its status is the page's business, not ours.
    fn operate(&self, words: &[&str]) -> Result<String> {
        let in_home = |word: &&str| {
            let is_file = Path::new(word).extension().is_some_and(|it| it == "db");
            if is_file {
                self.home.path().join(word).display().to_string()
            } else {
                (*word).to_owned()
            }
        };
        let arguments: Vec<String> = words.iter().map(in_home).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = harness::process::run(Path::new(BACKEND), &arguments, &[], PATIENCE)?;
        Ok([output.stdout, output.stderr]
            .map(|it| String::from_utf8_lossy(&it).into_owned())
            .concat())
    }

    fn kill_backend(&mut self, process: &str) -> Result<()> {
        let backend = self.backend()?;
        let pid = backend.pid()?.as_raw_nonzero().to_string();
        ensure!(pid == process, "the backend is process {pid}, not {process}");
        backend.kill()
    }

    fn order_at_table(&mut self, options: &[&str]) -> Result<()> {
        self.leave_terminal()?;
        let home = Some(self.home.path().to_owned());
        let options_of_terminal = TerminalOptions { home, ..TerminalOptions::default() };
        let terminal = Terminal::start(Path::new(TIFFIN), options, &options_of_terminal)?;
        // Keys are for those who see what they are for.
        terminal.wait_for("help", PATIENCE)?;
        self.terminal = Some(terminal);
        Ok(())
    }

    fn kill_terminal(&mut self) -> Result<()> {
        let terminal = self.terminal.take().context("no terminal program runs")?;
        terminal.signal(Signal::KILL)?;
        terminal.exit(PATIENCE).map(drop)
    }

    /// One that was started has been left, or killed, before another one is.
    fn leave_terminal(&mut self) -> Result<()> {
        let Some(terminal) = self.terminal.take() else { return Ok(()) };
        let code = terminal.exit_code(PATIENCE).context("the page does not say how to leave it")?;
        ensure!(code == 0, "the terminal program ended with {code}");
        Ok(())
    }

    /// Ctrl-C is for the backend; all others are for the terminal program.
    fn press(&mut self, name: &str) -> Result<()> {
        let key = match name {
            "Ctrl-C" => {
                let status = self.backend()?.stop()?;
                ensure!(status.success(), "the backend ended with {status}");
                return Ok(());
            }
            "Enter" => Key::Enter,
            "Esc" => Key::Escape,
            "Tab" => Key::Tab,
            _ => {
                let mut letters = name.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => Key::Character(letter),
                    _ => bail!("nobody knows the key {name}"),
                }
            }
        };
        self.terminal.as_mut().context("no terminal program runs")?.key(key)
    }

    fn curl(&mut self, arguments: &[&str]) -> Result<String> {
        let (mut url, mut headers, mut body) = (None, Vec::new(), None);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match *argument {
                "-s" => {}
                "-H" => {
                    let header = arguments.next().and_then(|header| header.split_once(": "));
                    headers.push(header.context("-H needs `name: value`")?);
                }
                "-d" => body = arguments.next(),
                other if other.starts_with("http://") => url = Some(other),
                other => bail!("nobody knows what curl does with {other}"),
            }
        }
        let address = format!("http://{}", self.backend()?.address());
        let path = url.and_then(|url| url.strip_prefix(&address)).context("whose URL is that?")?;
        let client = Client::new(address);
        let response = match body {
            Some(body) => client.post(path, &headers, *body)?,
            None => client.get(path, &headers)?,
        };
        ensure!(response.status == 200, "HTTP status {}: {}", response.status, response.body);
        // Whoever signs in is told a token, which the page has them copy.
        if let Ok(answer) = response.json()
            && let Some(token) = answer.pointer("/data/signIn/token").and_then(Value::as_str)
        {
            self.shell.set("TOKEN", token.to_owned());
        }
        Ok(response.body)
    }

    fn send(&mut self, lines: &str) -> Result<()> {
        let lines = self.exchanged(lines).replace("TOKEN", self.shell.get("TOKEN")?);
        let socket = self.socket.as_ref().context("no WebSocket is open")?;
        for message in Deserializer::from_str(&lines).into_iter::<Value>() {
            socket.send_json(&message?)?;
        }
        Ok(())
    }

    fn expect_messages(&mut self, shown: &str) -> Result<()> {
        let socket = self.socket.as_ref().context("no WebSocket is open")?;
        for shown in Deserializer::from_str(shown).into_iter::<Value>() {
            let shown = shown?;
            let came = loop {
                match socket.receive(PATIENCE)? {
                    Received::Message(message) if message["type"] == "ping" => {}
                    Received::Message(message) => break message,
                    closed @ Received::Closed(_) => bail!("instead of {shown} came {closed:?}"),
                }
            };
            ensure!(is_json(&shown, &came), "instead of {shown:#} came {came:#}");
        }
        Ok(())
    }

    fn expect_answers(&mut self, shown: &str) -> Result<()> {
        let read = |text: &str| -> Result<Vec<Value>> {
            Ok(Deserializer::from_str(text).into_iter().collect::<Result<_, _>>()?)
        };
        let shown = read(shown)?;
        self.until_shown("these answers", |came| {
            let came = read(came)?;
            let fits = { shown.iter().zip(&came) }.all(|(shown, came)| is_json(shown, came));
            Ok(fits && shown.len() == came.len())
        })
    }

    fn expect_output(&mut self, shown: &str) -> Result<()> {
        let shown = self.exchanged(shown);
        self.until_shown("this output", |came| Ok(are_lines(&shown, came)))
    }

    fn expect_log(&mut self, shown: &str) -> Result<()> {
        let shown = self.exchanged(shown);
        let backend = self.backend()?;
        eventually(PATIENCE, "these lines in the backend's log", || {
            let log = format!("listening on {}\n{}", backend.url(), backend.log());
            if are_lines(&shown, &log) { Attempt::Done(()) } else { Attempt::NotYet(log) }
        })
    }

    fn expect_screen(&mut self, shown: &str) -> Result<()> {
        let shown = self.exchanged(shown);
        let terminal = self.terminal.as_ref().context("no terminal program runs")?;
        terminal.wait_until(PATIENCE, format!("this screen:\n{shown}\n"), |screen| {
            are_lines(&shown, &screen.text())
        })?;
        Ok(())
    }

    /// Looks at what the last block printed, and, where it only asked, asks until it is that.
    fn until_shown(&mut self, what: &str, fits: impl Fn(&str) -> Result<bool>) -> Result<()> {
        eventually(PATIENCE, what, || {
            let outputs: Vec<&str> = self.last.iter().map(|(_, output)| output.as_str()).collect();
            let came = outputs.join("\n");
            match fits(&came) {
                Ok(true) => return Attempt::Done(()),
                Ok(false) if self.last.iter().all(|(command, _)| only_asks(command)) => {}
                Ok(false) => return Attempt::Hopeless(came),
                Err(error) => return Attempt::Hopeless(format!("{error:#} in {came}")),
            }
            let commands: Vec<_> = self.last.drain(..).map(|(command, _)| command).collect();
            for command in commands {
                match self.execute(&command) {
                    Ok(output) => self.last.push((command, output)),
                    Err(error) => return Attempt::Hopeless(format!("{error:#}")),
                }
            }
            Attempt::NotYet(came)
        })
    }

    fn backend(&mut self) -> Result<&mut Backend> {
        self.backend.as_mut().context("no backend runs: the page has to start one first")
    }

    /// What the page prints, with the address of the backend that we have.
    fn exchanged(&self, text: &str) -> String {
        let Some(backend) = &self.backend else { return text.to_owned() };
        let address = backend.address().to_string();
        let in_names = address.replace(':', "_");
        let [printed, printed_in_names] = PRINTED;
        text.replace(printed, &address).replace(printed_in_names, &in_names)
    }
}
