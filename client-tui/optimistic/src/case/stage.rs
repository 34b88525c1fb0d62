//! Who is on the stage of a case: the server, and the terminals with what is under way to and from them.

use std::collections::{BTreeMap, VecDeque};

use shared::id::MutationId;

use super::Frame;
use super::client::Client;
use super::names::TerminalName;
use super::server::{Server, Subscription};
use super::text::Line;
use super::words;
use crate::cached::Cached;
use crate::input::Page;
use crate::intent::Intent;
use crate::rules::Rules;

/// Why a line does not happen.
#[derive(Clone, Debug)]
pub(super) enum Cannot {
    /// It is no line of this table.
    NotUnderstood,
    /// A word in it makes no sense.
    Malformed(String),
    /// It makes sense, but not now.
    Happen(String),
}

/// Everybody.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// Of every store on it.
    pub(super) rules: Rules,
    pub(super) server: Server,
    pub(super) backup: Option<Server>,
    pub(super) terminals: BTreeMap<TerminalName, Terminal>,
    /// Of whom the lines speak.
    pub(super) speaking: TerminalName,
}

/// One terminal, and what is between it and the server.
#[derive(Clone, Debug)]
pub(super) struct Terminal {
    pub(super) client: Client,
    /// How many programs have run here, with this one.
    program: u32,
    /// Has left for the server, on this connection or an earlier one.
    pub(super) left: Vec<(MutationId, Intent)>,
    /// Read by the server and not yet here.
    pub(super) read_pages: VecDeque<Page>,
    pub(super) cache: Option<Cached>,
    subscription: Option<Subscription>,
    /// How many of the subscriptions asked for the server knows.
    subscribed: usize,
    looked: Mark,
}

/// Where each terminal was at some moment.
pub(super) type Marks = BTreeMap<TerminalName, Mark>;

/// How much a terminal had wanted and told at some moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    /// Which of the programs that have run at this terminal.
    program: u32,
    steps: usize,
    notices: usize,
}

impl Stage {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            server: Server::new(1),
            backup: None,
            terminals: BTreeMap::new(),
            speaking: TerminalName('A'),
        }
    }

    /// The terminal of which the lines speak, and the server.
    pub(super) fn both(&mut self) -> Result<(&mut Terminal, &mut Server), Cannot> {
        let Self { terminals, server, speaking, .. } = self;
        let terminal = terminals.get_mut(speaking);
        let terminal =
            terminal.ok_or_else(|| Cannot::Happen(format!("{} is not started", speaking.0)))?;
        Ok((terminal, server))
    }

    pub(super) fn terminal(&mut self) -> Result<&mut Terminal, Cannot> {
        self.both().map(|(terminal, _)| terminal)
    }

    pub(super) fn marks(&self) -> Marks {
        self.terminals.iter().map(|(name, terminal)| (*name, terminal.mark())).collect()
    }

    /// How things are after this line, which began at these marks; `None` before anything is started.
    pub(super) fn frame(&self, line: &Line, before: &Marks) -> Option<Frame> {
        let terminal = self.terminals.get(&self.speaking)?;
        // A program that began in this step has wanted nothing before it.
        let same_program = |mark: &&Mark| mark.program == terminal.program;
        let before = before.get(&self.speaking).filter(same_program).copied().unwrap_or_default();
        Some(Frame {
            line: line.number,
            text: line.whole(),
            terminal: self.speaking.0,
            state: terminal.client.state.clone(),
            now: terminal.client.now,
            out: terminal.out_since(before, self.speaking),
            told: terminal.told_since(before),
            looks: Vec::new(),
        })
    }

    /// What was wanted or told and no line has looked at.
    pub(super) fn not_looked_at(&self) -> Vec<String> {
        let each = self.terminals.iter();
        each.flat_map(|(name, terminal)| {
            let out = terminal.out_since(terminal.looked, *name);
            let out = out.into_iter().map(|item| format!("out: {item}"));
            let told = terminal.told_since(terminal.looked);
            out.chain(told.into_iter().map(|item| format!("told: {item}"))).collect::<Vec<_>>()
        })
        .collect()
    }
}

impl Terminal {
    /// With the program after the one that ran here `before`, if any.
    pub(super) fn new(client: Client, before: Option<&Self>) -> Self {
        let program = before.map_or(1, |before| before.program.saturating_add(1));
        Self {
            client,
            program,
            left: Vec::new(),
            read_pages: VecDeque::new(),
            cache: None,
            subscription: None,
            subscribed: 0,
            looked: Mark { program, ..Mark::default() },
        }
    }

    fn mark(&self) -> Mark {
        Mark {
            program: self.program,
            steps: self.client.tape.len(),
            notices: self.client.notices.len(),
        }
    }

    /// What has happened so far needs no look.
    pub(super) fn look_away(&mut self) {
        self.looked = self.mark();
    }

    /// What was wanted since the last look.
    pub(super) fn look_out(&mut self, name: TerminalName) -> Vec<String> {
        let out = self.out_since(self.looked, name);
        self.looked.steps = self.mark().steps;
        out
    }

    /// What was told since the last look.
    pub(super) fn look_told(&mut self) -> Vec<String> {
        let told = self.told_since(self.looked);
        self.looked.notices = self.mark().notices;
        told
    }

    fn out_since(&self, mark: Mark, name: TerminalName) -> Vec<String> {
        let steps = self.client.tape.iter().skip(mark.steps);
        let effects = steps.flat_map(|(_, _, effects)| effects);
        let mut out: Vec<String> = effects.filter_map(|it| words::effect(it, name)).collect();
        // A cache that is to be written is to be written, however often somebody says so.
        out.dedup_by(|next, before| next == before && next == words::CACHE);
        out
    }

    fn told_since(&self, mark: Mark) -> Vec<String> {
        self.client.notices.iter().skip(mark.notices).map(crate::effect::Notice::words).collect()
    }

    /// The subscription as the server knows it, when it has taken up what was asked for.
    pub(super) fn subscription(&mut self, server: &Server) -> Result<&mut Subscription, Cannot> {
        if self.client.subscribes.len() > self.subscribed {
            self.subscribed = self.client.subscribes.len();
            self.subscription =
                self.client.subscribes.last().and_then(|after| server.subscribe(*after));
        }
        self.subscription.as_mut().ok_or_else(|| {
            Cannot::Happen("there is no subscription that the server knows".to_owned())
        })
    }

    pub(super) fn break_link(&mut self) {
        self.subscription = None;
        self.subscribed = self.client.subscribes.len();
        self.read_pages.clear();
    }
}
