//! What is between terminals and server: it moves, is lost, comes late, or comes twice.

use shared::id::MutationId;

use super::{Letter, World};
use crate::input::{Change, Failure, FailureCode, Input, Receipt, SubscriptionEnd};
use crate::tests::search::happening::{
    AnswerDoes, LetterDoes, LinkDoes, Nth, PageDoes, SendDoes, StreamDoes, Trouble, Who,
};
use crate::tests::search::terminal::{Brought, Link, Pipes, Stale};

/// The changes that are on their way on one connection at most: enough for one to overtake another.
const STREAM: usize = 2;

impl World {
    pub(super) fn link(&mut self, who: Who, does: LinkDoes) {
        match does {
            LinkDoes::Connects => self.connect(who),
            LinkDoes::Breaks => self.break_link(who),
            LinkDoes::HalfOpens => {
                if let Some(terminal) = self.terminal_mut(who)
                    && terminal.pipes().is_some()
                {
                    terminal.link = Link::HalfOpen;
                }
            }
            LinkDoes::LosesAccess => {
                self.break_link(who);
                self.tell(who, Input::AccessRefused);
            }
        }
    }

    pub(super) fn connect(&mut self, who: Who) {
        let server = &self.server;
        if let Some(terminal) = &mut self.running[who.index()]
            && terminal.link == Link::Down
        {
            terminal.connect(server);
        }
    }

    fn break_link(&mut self, who: Who) {
        if let Some(terminal) = self.terminal_mut(who)
            && terminal.link != Link::Down
        {
            terminal.break_link();
        }
    }

    pub(super) fn send(&mut self, who: Who, does: SendDoes) {
        let Some(terminal) = &mut self.running[who.index()] else { return };
        let Some((mutation_id, intent)) = terminal.sends.pop_front() else { return };
        match does {
            SendDoes::Starts => {
                self.chronicle.departed(mutation_id);
                let gets_through = terminal.pipes().is_some();
                terminal.tell(Input::SendStarted { mutation_id });
                if gets_through {
                    self.put(Letter { mutation_id, intent, from: who, has_copies: false });
                }
            }
            SendDoes::Fails => terminal.tell(Input::NotSent { mutation_id }),
        }
    }

    /// Letters have no order; kept by mutation, equal worlds look equal.
    fn put(&mut self, letter: Letter) {
        let place = self.letters.partition_point(|it| it.mutation_id <= letter.mutation_id);
        self.letters.insert(place, letter);
    }

    pub(super) fn letter(&mut self, nth: Nth, does: LetterDoes) {
        let Some(index) = self.letter_at(nth) else { return };
        match does {
            LetterDoes::Arrives => {
                let letter = self.letters.remove(index);
                self.receive(&letter);
            }
            LetterDoes::ArrivesAndStays => {
                self.letters[index].has_copies = true;
                let letter = self.letters[index].clone();
                self.receive(&letter);
            }
            LetterDoes::IsLost => drop(self.letters.remove(index)),
            LetterDoes::MeetsTrouble(trouble) => {
                let letter = self.letters.remove(index);
                self.meet_trouble(&letter, trouble);
            }
        }
    }

    /// The server answers; whoever sent it hears so if they can still be reached.
    fn receive(&mut self, letter: &Letter) {
        let Letter { mutation_id, intent, from, .. } = letter;
        let receipt = self.server.receive(*mutation_id, intent);
        self.chronicle.answered(*mutation_id, &receipt.answer);
        if let Some(Pipes { answers, .. }) = self.pipes(*from) {
            let place = answers.partition_point(|it| it.mutation_id <= receipt.mutation_id);
            answers.insert(place, receipt);
        }
    }

    fn meet_trouble(&mut self, letter: &Letter, trouble: Trouble) {
        let Letter { mutation_id, intent, from, has_copies } = letter;
        let code = match trouble {
            Trouble::UnavailableAfterCommit => {
                let receipt = self.server.receive(*mutation_id, intent);
                self.chronicle.answered(*mutation_id, &receipt.answer);
                FailureCode::Unavailable
            }
            Trouble::UnavailableBeforeCommit => FailureCode::Unavailable,
            // These promise that this attempt has had no effect; a copy of it may have.
            Trouble::RateLimited | Trouble::Unauthenticated if *has_copies => return,
            Trouble::RateLimited => FailureCode::RateLimited,
            Trouble::Unauthenticated => FailureCode::Unauthenticated,
        };
        if self.pipes(*from).is_some() {
            let failure = Failure { code, message: "The server is busy.".to_owned() };
            self.tell(*from, Input::Failed { mutation_id: *mutation_id, failure });
        }
    }

    pub(super) fn answer(&mut self, who: Who, nth: Nth, does: AnswerDoes) {
        let Some(Pipes { answers, .. }) = self.pipes(who) else { return };
        let Some(index) = nth.of(answers.len()) else { return };
        match does {
            AnswerDoes::Arrives => {
                let receipt = answers.remove(index);
                self.hear(who, receipt, Stale::LateAnswer);
            }
            AnswerDoes::ArrivesAndStays => {
                let receipt = answers[index].clone();
                self.hear(who, receipt, Stale::LateAnswer);
            }
            AnswerDoes::IsLost => {
                let mutation_id: MutationId = answers.remove(index).mutation_id;
                let reason = "The answer was lost.".to_owned();
                self.tell(who, Input::OutcomeUnknown { mutation_id, reason });
            }
            AnswerDoes::GoesAstray => {
                let receipt = answers[index].clone();
                self.hear(who.other(), receipt, Stale::ForeignAnswer);
            }
        }
    }

    fn hear(&mut self, who: Who, receipt: Receipt, if_not_pending: Stale) {
        let Some(terminal) = self.terminal_mut(who) else { return };
        if terminal.state.pending.get(receipt.mutation_id).is_none() {
            terminal.notes.stale = Some(if_not_pending);
        }
        terminal.tell(Input::Answered(receipt));
    }

    pub(super) fn stream(&mut self, who: Who, does: StreamDoes) {
        let Some(pipes) = self.pipes(who) else { return };
        let change = match does {
            StreamDoes::BringsNext => pipes.stream.pop_front(),
            StreamDoes::LosesNext => {
                pipes.stream.pop_front();
                None
            }
            StreamDoes::RepeatsNext => pipes.stream.front().cloned(),
            StreamDoes::Overtakes => pipes.stream.remove(1),
            StreamDoes::Marks => return self.mark(who),
            StreamDoes::IsInterrupted => {
                if pipes.subscription.take().is_some() {
                    pipes.stream.clear();
                    let end = SubscriptionEnd::Interrupted { reason: "busy".to_owned() };
                    self.tell(who, Input::SubscriptionEnded(end));
                }
                None
            }
        };
        if let Some(change) = change {
            self.bring(who, change);
        }
        self.fill_stream(who);
    }

    fn bring(&mut self, who: Who, change: Change) {
        let Some(terminal) = self.terminal_mut(who) else { return };
        if terminal.state.confirmed.buffer.is_empty() {
            terminal.notes.brought = Some(match &change.event {
                Some(event) => Brought::AChangeOf(event.order.id),
                None => Brought::AMark,
            });
        }
        if Some(change.cursor.position) <= terminal.state.confirmed.position {
            terminal.notes.stale = Some(Stale::KnownChange);
        }
        terminal.tell(Input::Changed(change));
    }

    fn mark(&mut self, who: Who) {
        let server = &self.server;
        if let Some(Link::Up(pipes)) = self.running[who.index()].as_mut().map(|it| &mut it.link)
            && let Some(subscription) = &mut pipes.subscription
            && pipes.stream.len() < STREAM
        {
            pipes.stream.extend(server.mark(subscription));
        }
    }

    /// What the store wants to follow since it was last looked after.
    pub(super) fn subscribe(&mut self, who: Who) {
        while let Some(after) = self.pipes(who).and_then(|pipes| pipes.subscribe.take()) {
            let subscription = self.server.subscribe(after);
            let Some(terminal) = self.terminal_mut(who) else { return };
            if subscription.is_none() {
                terminal.notes.may_forget = true;
                let end = SubscriptionEnd::CursorOfAnotherLog;
                terminal.tell(Input::SubscriptionEnded(end));
            } else if let Some(pipes) = terminal.pipes() {
                pipes.subscription = subscription;
                pipes.stream.clear();
                // The first message says where it begins.
                pipes.stream.push_back(Change { cursor: after, previous: None, event: None });
            }
        }
        self.fill_stream(who);
    }

    fn fill_stream(&mut self, who: Who) {
        let server = &self.server;
        if let Some(Link::Up(pipes)) = self.running[who.index()].as_mut().map(|it| &mut it.link)
            && let Some(subscription) = &mut pipes.subscription
        {
            while pipes.stream.len() < STREAM {
                let Some(change) = server.next(subscription) else { break };
                pipes.stream.push_back(change);
            }
        }
    }

    pub(super) fn page(&mut self, who: Who, does: PageDoes) {
        let server = &self.server;
        let Some(terminal) = &mut self.running[who.index()] else { return };
        let Some(pipes) = terminal.pipes() else { return };
        match does {
            PageDoes::IsRead => {
                let read = pipes.asked.pop_front().map(|after| server.page(after));
                pipes.pages.extend(read);
            }
            PageDoes::Arrives => {
                if let Some(page) = pipes.pages.pop_front() {
                    terminal.tell(Input::PageLoaded(page));
                }
            }
            PageDoes::Fails => {
                if pipes.asked.pop_front().is_some() {
                    terminal.tell(Input::PageFailed { reason: "busy".to_owned() });
                }
            }
        }
    }

    /// One thing of each kind gets where it belongs.
    pub(super) fn pipes_move_on(&mut self, who: Who) {
        self.send(who, SendDoes::Starts);
        self.letter(Nth::FIRST, LetterDoes::Arrives);
        self.answer(who, Nth::FIRST, AnswerDoes::Arrives);
        self.page(who, PageDoes::IsRead);
        self.page(who, PageDoes::Arrives);
        self.subscribe(who);
        self.stream(who, StreamDoes::BringsNext);
    }

    pub(super) fn pipes(&mut self, who: Who) -> Option<&mut Pipes> {
        self.terminal_mut(who)?.pipes()
    }
}
