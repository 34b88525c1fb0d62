//! The invariants 1 to 6 and the portions, checked from the outside: what was collected in, findings out.
//! Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use shared::function::Function;
use shared::order::status::OrderStatus;
use uuid::Uuid;

use super::evidence::{
    Ended, Evidence, Followed, Happened, History, Logged, Misuse, Receipt, as_number,
};
use crate::eventing::retry::slots;
use crate::operate::verify;
use crate::operate::verify::{Check, Findings};
use crate::operate::words::counted;

mod portions;
#[cfg(test)]
mod tests;

/// What holds and what does not.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    checks: Vec<Check>,
    file: Option<verify::Verdict>,
}

impl Judgement {
    /// Adds whether each second completion was refused, as far as the server lived to say so.
    pub(super) fn with_server(mut self, happened: &Happened) -> Self {
        self.checks.push(fenced(happened));
        self
    }

    /// Adds what `verify` says of the file that is left.
    pub(super) fn with_file(self, file: verify::Verdict) -> Self {
        Self { file: Some(file), ..self }
    }

    /// Whether everything holds.
    pub(super) fn holds(&self) -> bool {
        self.checks.iter().all(Check::holds)
            && self.file.as_ref().is_none_or(verify::Verdict::holds)
    }

    /// What a check found, in words.
    #[cfg(test)]
    fn broken(&self) -> Vec<&'static str> {
        self.checks.iter().filter(|it| !it.holds()).map(Check::subject).collect()
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            write!(f, "{check}")?;
        }
        match &self.file {
            Some(file) if file.holds() => {
                writeln!(f, "✓ file        `verify` finds nothing wrong in it")
            }
            Some(file) => writeln!(f, "✗ file        `verify` says:\n{file}"),
            None => Ok(()),
        }
    }
}

/// Judges what was collected.
pub(super) fn judge(evidence: &Evidence) -> Judgement {
    let checks = vec![
        durable(evidence),
        once(evidence),
        money(evidence),
        log(evidence),
        order(evidence),
        subscription(evidence),
        portions::check(evidence),
    ];
    Judgement { checks, file: None }
}

/// 1: what got a receipt is in the log, and every order has ended with its money settled.
fn durable(evidence: &Evidence) -> Check {
    let mut findings = Findings::default();
    let log: BTreeMap<u64, &Logged> = evidence.log.iter().map(|it| (it.position, it)).collect();
    for receipt in evidence.receipts.iter().filter(|it| it.refusal.is_none()) {
        let Receipt { mutation, order, position, .. } = receipt;
        let kept = log
            .get(position)
            .is_some_and(|event| event.mutation == Some(*mutation) && event.order == Some(*order));
        if !kept {
            findings.add(format!(
                "mutation {mutation} has a receipt, and position {position} is not it"
            ));
        }
        if !evidence.orders.contains_key(order) {
            findings.add(format!("order {order} was accepted and is not there"));
        }
    }
    if evidence.forgotten > 0 {
        let customers = counted(evidence.forgotten, "customer");
        findings.add(format!("{customers} had signed in, and nobody knows them any more"));
    }
    for (id, order) in &evidence.orders {
        let Ended { status, waits_for, .. } = order;
        match waits_for {
            Some(who) => findings.add(format!("order {id} is {status} and waits for {who}")),
            None if !status.is_final() => findings.add(format!("order {id} is {status} for ever")),
            None => {}
        }
    }
    let accepted = as_number(evidence.receipts.iter().filter(|it| it.refusal.is_none()).count());
    let receipts = counted(accepted, "receipt");
    Check::new(
        "durable",
        format!("{receipts} kept, every order ended, every cent settled"),
        findings,
    )
}

/// 2: a mutation has one effect and one answer, however often and over whatever it was sent.
fn once(evidence: &Evidence) -> Check {
    let mut findings = Findings::default();
    let mut effects: BTreeMap<Uuid, usize> = BTreeMap::new();
    for mutation in evidence.log.iter().filter_map(|it| it.mutation) {
        *effects.entry(mutation).or_default() += 1;
    }
    let mut answers: BTreeMap<Uuid, Vec<&Receipt>> = BTreeMap::new();
    for receipt in &evidence.receipts {
        answers.entry(receipt.mutation).or_default().push(receipt);
    }
    for (mutation, answers) in &answers {
        let distinct: BTreeSet<_> = answers.iter().map(|it| (it.position, &it.refusal)).collect();
        if distinct.len() > 1 {
            findings.add(format!("mutation {mutation} got different answers: {distinct:?}"));
        }
        if answers.iter().filter(|it| !it.replayed).count() > 1 {
            findings.add(format!("mutation {mutation} was carried out for the first time twice"));
        }
        let expected = usize::from(answers.iter().any(|it| it.refusal.is_none()));
        let found = effects.get(mutation).copied().unwrap_or_default();
        if found != expected {
            findings.add(format!("mutation {mutation} has {found} effects in place of {expected}"));
        }
    }
    for misuse in &evidence.misuses {
        if let Misuse::Taken(mutation) = misuse {
            findings.add(format!("mutation {mutation} was answered with another input as well"));
        }
    }
    let mutations = counted(as_number(answers.len()), "mutation");
    let asked = as_number(evidence.receipts.len()) + evidence.unanswered;
    let summary = format!(
        "{mutations}, sent {}, each with one effect and one answer",
        counted(asked, "time")
    );
    Check::new("once", summary, findings)
}

/// 3: charged once at most, given back once at most, nothing kept of what ended unfulfilled, and nothing
/// moved of what was taken back within its grace.
fn money(evidence: &Evidence) -> Check {
    let mut findings = Findings::default();
    for (id, order) in &evidence.orders {
        let book = evidence.books.get(id);
        let (taken, given) = book.map_or((0, 0), |it| (it.captured_cents, it.refunded_cents));
        let (captures, refunds) = book.map_or((0, 0), |it| (it.captures, it.refunds));
        let delivered = order.status == OrderStatus::Delivered;
        let charges = if delivered { 1 + u32::from(order.tip_cents > 0) } else { 1 };
        let kept = if delivered { order.total_cents } else { 0 };
        if captures > charges || refunds > 1 {
            findings.add(format!("order {id}: {captures} charges and {refunds} refunds"));
        }
        if taken.checked_sub(given) != Some(kept) {
            findings.add(format!(
                "order {id} is {}: the bank took {taken} and gave back {given} cents, and \
                 should have kept {kept}",
                order.status
            ));
        }
    }
    for id in evidence.taken_back_in_grace() {
        if evidence.books.get(&id).is_some_and(|book| book.captures > 0) {
            findings.add(format!("order {id} was taken back within its grace, and charged"));
        }
    }
    for id in evidence.books.keys().filter(|id| !evidence.orders.contains_key(*id)) {
        findings.add(format!("the bank has order {id} on its books, which nobody placed"));
    }
    let books = counted(as_number(evidence.books.len()), "order");
    let summary = format!("{books} on the bank's books, each charged and refunded once at most");
    Check::new("money", summary, findings)
}

/// 4: no position of the log is missing, and no version of a stream.
fn log(evidence: &Evidence) -> Check {
    let mut findings = Findings::default();
    let mut versions: BTreeMap<&str, u32> = BTreeMap::new();
    for (expected, event) in (1..).zip(&evidence.log) {
        if event.position != expected {
            findings.add(format!("position {expected} holds {}", event.position));
        }
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        if event.stream_version != *version {
            let Logged { stream, stream_version, .. } = event;
            findings.add(format!("{stream} has version {stream_version} where {version} belongs"));
        }
    }
    let events = counted(as_number(evidence.log.len()), "event");
    Check::new("log", format!("{events} without a gap, each stream without one"), findings)
}

/// 5: every order went forward only, as its end tells it and as its customer saw it.
fn order(evidence: &Evidence) -> Check {
    let mut findings = Findings::default();
    for (id, order) in &evidence.orders {
        for step in order.timeline.windows(2) {
            let [from, to] = step else { continue };
            if !from.may_become(*to) {
                findings.add(format!("order {id} went from {from} to {to}"));
            }
        }
    }
    for history in &evidence.histories {
        let mut last = BTreeMap::new();
        let messages = history.connections.iter().flat_map(|it| &it.messages);
        for seen in messages.filter_map(|it| it.order.as_ref()) {
            let (version, status) =
                last.insert(seen.id, (seen.version, seen.status)).unwrap_or((0, seen.status));
            if seen.version != version + 1 {
                let seen_version = seen.version;
                findings.add(format!(
                    "order {} was seen at version {version}, then {seen_version}",
                    seen.id
                ));
            }
            if status != seen.status && !status.may_become(seen.status) {
                findings
                    .add(format!("order {} was seen as {status}, then {}", seen.id, seen.status));
            }
        }
    }
    let orders = counted(as_number(evidence.orders.len()), "order");
    Check::new("order", format!("{orders}, none ever seen going backward"), findings)
}

/// 6: each subscription saw each change of its customer's orders, once, in order, over all its breaks.
fn subscription(evidence: &Evidence) -> Check {
    let mut findings = Findings::default();
    let mut seen_by_all = 0;
    for (number, history) in evidence.histories.iter().enumerate() {
        for followed in &history.connections {
            if let Some(wrong) = break_in(followed) {
                findings.add(format!("customer {number}: {wrong}"));
            }
        }
        let seen = changes(history);
        let orders: BTreeSet<_> = history.orders.iter().collect();
        let theirs =
            evidence.log.iter().filter(|it| it.order.is_some_and(|id| orders.contains(&id)));
        let happened: Vec<_> = theirs.map(|it| it.position).collect();
        seen_by_all += as_number(seen.len());
        if seen != happened {
            let at = seen.iter().zip(&happened).take_while(|(one, other)| one == other).count();
            let (saw, is) = (seen.get(at), happened.get(at));
            findings
                .add(format!("customer {number} saw {saw:?} where {is:?} came next in the log"));
        }
    }
    let changes = counted(seen_by_all, "change");
    let summary = format!("{changes} seen, each once, in order, none skipped over all breaks");
    Check::new("changes", summary, findings)
}

/// The fence around leases: whoever comes second with a token is refused. What died unanswered is not
/// counted: at each death, at most as many as there are slots.
fn fenced(happened: &Happened) -> Check {
    let mut findings = Findings::default();
    let Happened { kills, at_points: _, zombies, crashes: _, twins } = happened;
    let slots: usize = Function::ALL.into_iter().map(slots).sum();
    if zombies + kills * as_number(slots) < *twins {
        findings.add(format!("{twins} completions came second, and only {zombies} were refused"));
    }
    let refused = counted(*zombies, "completion");
    Check::new("fenced", format!("{refused} refused that came too late or twice"), findings)
}

/// Where what a connection said does not hang together.
fn break_in(followed: &Followed) -> Option<String> {
    let mut last = None;
    for message in &followed.messages {
        if last.is_none() && message.position != followed.after {
            let (after, position) = (followed.after, message.position);
            return Some(format!("subscribed after {after}, and it began at {position}"));
        }
        if message.previous != last {
            let (position, previous) = (message.position, message.previous);
            return Some(format!(
                "{position} says that it follows {previous:?}, and came after {last:?}"
            ));
        }
        last = Some(message.position);
    }
    None
}

fn changes(history: &History) -> Vec<u64> {
    let messages = history.connections.iter().flat_map(|it| &it.messages);
    messages.filter(|it| it.order.is_some()).map(|it| it.position).collect()
}
