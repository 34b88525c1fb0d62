//! A person at a terminal: what they keep between two starts, what they press, what they read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use harness::terminal::{Exit, Screen, SessionProcess};
use harness::{Attempt, Client, Key, Signal, Size, Terminal, TerminalOptions, eventually};
use rustix::process::kill_process;
use serde_json::Value;
use tempfile::TempDir;

use crate::house::{PATIENCE, list, text};

/// The program under test.
pub(super) const PROGRAM: &str = env!("CARGO_BIN_EXE_tiffin");
/// What a terminal window has where nobody has enlarged it.
pub(super) const USUAL: Size = Size { columns: 80, rows: 24 };
/// Enough for all panes side by side.
pub(super) const LARGE: Size = Size { columns: 160, rows: 50 };
/// Room for a list of many orders, and nothing beside it.
pub(super) const TALL: Size = Size { columns: 80, rows: 60 };
/// What the header says while the screen shows the present.
pub(super) const LIVE: &str = "Live, as tester.";
/// The words beside what is not confirmed.
pub(super) const PENDING: [&str; 5] = ["queued", "sending", "checking", "accepted", "refused"];

/// A home directory: orders, profile, journal and cache outlive the program in it.
pub(super) struct Home(TempDir);

/// Somebody in front of a terminal in which the program runs.
pub(super) struct Person {
    pub(super) terminal: Terminal,
}

/// Something on the menus, and how far down one finds it.
pub(super) struct Dish {
    pub(super) restaurant: &'static str,
    restaurants_before: usize,
    pub(super) name: &'static str,
    dishes_before: usize,
}

/// At $14.50, delivered without a hitch.
pub(super) const THREE_TIER: Dish = Dish {
    restaurant: "Bombay Tiffin Room",
    restaurants_before: 0,
    name: "Three-tier Tiffin",
    dishes_before: 0,
};
/// The restaurant takes on no more than $60 at once: five of them are too many.
pub(super) const LASAGNE: Dish = Dish {
    restaurant: "Nonna's Attic",
    restaurants_before: 1,
    name: "Lasagne della Nonna",
    dishes_before: 3,
};
/// No bank pays for it.
pub(super) const THIRTEEN: Dish = Dish {
    restaurant: "The Lucky Fork",
    restaurants_before: 2,
    name: "Unlucky Thirteen",
    dishes_before: 0,
};
/// The restaurant is closed.
pub(super) const RAMEN: Dish = Dish {
    restaurant: "Moonlight Ramen",
    restaurants_before: 3,
    name: "Tonkotsu Ramen",
    dishes_before: 0,
};

impl Home {
    pub(super) fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir().context("making a home directory")?))
    }

    /// Starts the program in a terminal of the usual size.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Person> {
        self.start_in(USUAL, arguments)
    }

    /// Starts the program and waits until it is live and shows a menu.
    pub(super) fn start_live(&self, arguments: &[&str]) -> Result<Person> {
        let person = self.start(arguments)?;
        person.sees(LIVE)?;
        person.sees(THREE_TIER.name)?;
        Ok(person)
    }

    /// Starts the program for the backend at this address, and waits until it is live.
    pub(super) fn start_at(&self, url: &str) -> Result<Person> {
        self.start_live(&["--url", url])
    }

    /// Starts the program in a terminal of this size.
    pub(super) fn start_in(&self, size: Size, arguments: &[&str]) -> Result<Person> {
        self.start_with(TerminalOptions { size, ..TerminalOptions::default() }, arguments)
    }

    pub(super) fn start_with(
        &self,
        options: TerminalOptions,
        arguments: &[&str],
    ) -> Result<Person> {
        let options = TerminalOptions { home: Some(self.0.path().to_owned()), ..options };
        Ok(Person { terminal: Terminal::start(Path::new(PROGRAM), arguments, &options)? })
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where the program keeps what it keeps.
    pub(super) fn data(&self) -> PathBuf {
        self.0.path().join(".local/share/tiffin")
    }

    /// Speaks to a backend as the customer that the program has signed in as.
    pub(super) fn customer(&self, url: &str) -> Result<Client> {
        let token = eventually(PATIENCE, "a profile that has signed in", || self.token())?;
        Ok(Client::new(url).with_token(token))
    }

    /// What the program keeps in a file whose name ends so; what comes before names the backend,
    /// where it is not its own.
    pub(super) fn file_named(&self, end: &str) -> Result<PathBuf> {
        let files = fs::read_dir(self.data())?.collect::<std::io::Result<Vec<_>>>()?;
        let ends_so = |path: &PathBuf| path.to_string_lossy().ends_with(end);
        let found = files.iter().map(fs::DirEntry::path).find(ends_so);
        found.with_context(|| format!("no file …{end} yet"))
    }

    fn token(&self) -> Result<String> {
        let profile: Value = serde_json::from_slice(&fs::read(self.file_named("profile.json")?)?)?;
        let token = text(&profile, "/signedIn/token");
        ensure!(!token.is_empty(), "nobody has signed in yet");
        Ok(token.to_owned())
    }
}

impl Person {
    /// Waits until these words are on the screen.
    pub(super) fn sees(&self, words: &str) -> Result<Screen> {
        self.terminal.wait_for(words, PATIENCE)
    }

    /// Waits until this can be read on the screen, also over the ends of lines; for a terminal of
    /// the usual size, in which nothing stands beside it.
    pub(super) fn reads(&self, sentence: &str) -> Result<Screen> {
        self.terminal.wait_until(PATIENCE, format!("{sentence:?} on the screen"), |screen| {
            let screen = screen.text();
            let lines: Vec<&str> = screen.lines().map(|row| row.trim_matches(['│', ' '])).collect();
            lines.join(" ").contains(sentence)
        })
    }

    /// Waits until these words are nowhere on the screen.
    pub(super) fn sees_no_more(&self, words: &str) -> Result<Screen> {
        self.terminal.wait_gone(words, PATIENCE)
    }

    /// Waits until some order has come to this status, which the screen says with its time.
    pub(super) fn sees_status(&self, status: &str) -> Result<Screen> {
        let what = format!("an order that is {status}");
        self.terminal.wait_until(PATIENCE, what, |screen| {
            screen.text().lines().any(|row| tells_status(row, status))
        })
    }

    /// Waits until some order has come to this status and nothing is pending or refused any more.
    pub(super) fn sees_settled(&self, status: &str) -> Result<Screen> {
        let what = format!("an order that is {status}, and nothing pending");
        self.terminal.wait_until(PATIENCE, what, |screen| {
            let text = screen.text();
            text.lines().any(|row| tells_status(row, status))
                && PENDING.iter().all(|word| !text.contains(word))
        })
    }

    /// Types these characters, one key press each.
    pub(super) fn types(&mut self, characters: &str) -> Result<()> {
        self.terminal.keys(characters)
    }

    pub(super) fn presses(&mut self, key: Key) -> Result<()> {
        self.terminal.key(key)
    }

    /// Goes from wherever they are to a dish and puts so many portions of it into the cart.
    pub(super) fn chooses(&mut self, dish: &Dish, portions: usize) -> Result<()> {
        self.types("1g")?;
        self.types(&"j".repeat(dish.restaurants_before))?;
        self.presses(Key::Enter)?;
        self.types("g")?;
        self.types(&"j".repeat(dish.dishes_before))?;
        for _ in 0..portions {
            self.presses(Key::Enter)?;
        }
        let row = |screen: &Screen| {
            let in_the_cart = format!("{portions} in the cart");
            let of_the_dish = |row: &str| row.contains(dish.name) && row.contains(&in_the_cart);
            screen.text().lines().any(of_the_dish)
        };
        let what = format!("{portions} x {} in the cart", dish.name);
        self.terminal.wait_until(PATIENCE, what, row)?;
        Ok(())
    }

    /// Orders one portion and waits for what stands in the list of orders then.
    pub(super) fn orders(&mut self, dish: &Dish) -> Result<Screen> {
        self.chooses(dish, 1)?;
        self.types("p")?;
        self.sees(&format!("1 x {}", dish.name))
    }

    /// The address that the header names.
    pub(super) fn backend_url(&self) -> Result<String> {
        eventually(PATIENCE, "the backend's address on the screen", || {
            let screen = self.terminal.screen().text();
            let (_, behind) = screen.split_once("is at http://").context("no address")?;
            let address = behind.split_whitespace().next().unwrap_or_default();
            anyhow::Ok(format!("http://{}", address.trim_end_matches('.')))
        })
    }

    /// The backend that the program has started for itself.
    pub(super) fn own_backend(&self) -> Result<SessionProcess> {
        eventually(PATIENCE, "a backend of its own", || {
            let processes = self.terminal.processes();
            processes.into_iter().find(|process| process.command.contains(" backend serve "))
        })
    }

    /// Sends a signal to the backend of its own.
    pub(super) fn signals_own_backend(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(self.own_backend()?.pid, signal)?)
    }

    /// SIGKILL, as `kill -9` sends it: the program can save nothing any more.
    pub(super) fn gets_killed(self) -> Result<()> {
        self.terminal.signal(Signal::KILL)?;
        assert_eq!(self.terminal.exit(PATIENCE)?, Exit::Signal(Signal::KILL.as_raw()));
        Ok(())
    }

    /// Leaves by the key for it: nothing may be left in the terminal, and nothing may run on.
    pub(super) fn leaves(mut self) -> Result<Screen> {
        self.types("q")?;
        self.has_left()
    }

    /// Waits for an end without an error, and gives the last words of the program.
    pub(super) fn has_left(&self) -> Result<Screen> {
        assert_eq!(self.terminal.exit(PATIENCE)?, Exit::Code(0), "{}", self.terminal.screen());
        assert_eq!(self.terminal.left_behind()?, [""; 0]);
        assert_eq!(self.terminal.processes(), []);
        Ok(self.terminal.screen())
    }
}

/// Waits until the customer has exactly one order on record that has come to this status, and
/// gives it.
pub(super) fn only_order(customer: &Client, status: &str) -> Result<Value> {
    let document = "{ orders(first: 200) { nodes {
        id status note tipCents rating deliverTo payment mutationIds timeline { status } } } }";
    eventually(PATIENCE, format!("one order that is {status}"), || {
        let data = match customer.query(document, &Value::Null) {
            Ok(data) => data,
            Err(error) => return Attempt::NotYet(format!("{error:#}")),
        };
        match list(&data, "/orders/nodes") {
            [order] if text(order, "/status") == status => Attempt::Done(order.clone()),
            [] | [_] => Attempt::NotYet(format!("{data:#}")),
            several => Attempt::Hopeless(format!("{} orders: {data:#}", several.len())),
        }
    })
}

/// `Validated since 12:04:09`, or `Delivered 12:04:09`: a status that has been reached, and not the
/// name of one that is still to come.
pub(super) fn tells_status(row: &str, status: &str) -> bool {
    row.split(status).skip(1).any(|behind| {
        let time = behind.strip_prefix(" since").unwrap_or(behind).trim_start();
        time.starts_with(|first: char| first.is_ascii_digit())
    })
}
