//! What becomes of mutations: I2, I3, I10 and I11.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::MutationId;

use super::{Step, ensure};
use crate::effect::Notice;
use crate::outcome::Outcome;
use crate::pending::PendingMutation;
use crate::record::{Remembered, Settlement};
use crate::tests::search::chronicle::{End, Fate, YesOrNo};
use crate::tests::search::terminal::Terminal;
use crate::tests::search::world::World;
use crate::view::{PendingState, PendingView};

/// I2
pub(super) fn each_mutation_ends_in_one_true_way(step: Step<'_>) -> Result<(), String> {
    for (who, terminal) in step.after.terminals() {
        let mut seen = BTreeSet::new();
        let mut outcomes = terminal.state.outcomes();
        ensure(outcomes.all(|it| seen.insert(it.mutation_id)), || {
            format!("{who:?} saw a mutation end twice: {seen:?}")
        })?;
        let mut undecided = terminal.pending().filter(|it| !it.is_refused());
        ensure(undecided.all(|it| !is_proven(terminal, it)), || {
            format!("{who:?} holds the proof of what is pending: {:?}", terminal.shown())
        })?;
    }
    for (mutation_id, fate) in &step.after.chronicle.fates {
        let epochs: BTreeSet<u32> = fate.ends.iter().map(|(epoch, _)| *epoch).collect();
        ensure(epochs.len() == fate.ends.len(), || format!("{mutation_id} ended so: {fate:?}"))?;
        for (epoch, end) in &fate.ends {
            ensure(is_true(*end, *epoch, fate), || {
                format!("{mutation_id}: {end:?}, but {fate:?}")
            })?;
        }
    }
    Ok(())
}

/// Whether the facts that this terminal has say that the server has done it.
fn is_proven(terminal: &Terminal, pending: &PendingMutation) -> bool {
    let order = terminal.state.confirmed.orders.get(&pending.order_id());
    order.is_some_and(|order| order.mutation_ids.contains(&pending.mutation_id))
}

/// Whether somebody who sees everything would say so too.
fn is_true(end: End, epoch: u32, fate: &Fate) -> bool {
    match end {
        End::Confirmed => fate.answers.contains(&YesOrNo::Yes),
        End::Refused => fate.answers.contains(&YesOrNo::No),
        // Only a server that lost something has no order that it had accepted.
        End::Vanished => fate.answers.contains(&YesOrNo::Yes) && epoch > 0,
        End::Withdrawn | End::OrderNotPlaced => true,
        // There is one customer here.
        End::Abandoned => false,
    }
}

/// I3
pub(super) fn each_mutation_has_one_effect_at_most(step: Step<'_>) -> Result<(), String> {
    let world = step.after;
    let mut effects: BTreeMap<MutationId, usize> = BTreeMap::new();
    for mutation_id in world.server.log.iter().flatten().filter_map(|(event, _)| event.mutation_id)
    {
        *effects.entry(mutation_id).or_default() += 1;
    }
    ensure(effects.values().all(|it| *it == 1), || format!("more than one effect: {effects:?}"))?;
    let may_have_arrived = |mutation_id: &MutationId| {
        world.server.receipts.contains_key(mutation_id) || world.is_under_way(*mutation_id)
    };
    for (mutation_id, fate) in &world.chronicle.fates {
        ensure(!(fate.taken_back_for_good && may_have_arrived(mutation_id)), || {
            format!("{mutation_id} was taken back, and the server has it, or will")
        })?;
    }
    for letter in &world.letters {
        let fate = &world.chronicle.fates[&letter.mutation_id];
        ensure(letter.intent == fate.intent, || format!("{letter:?} is not {fate:?}"))?;
    }
    // What can still be taken back has certainly not been sent.
    world.terminals().try_for_each(|(who, terminal)| {
        let mut offered = terminal.pending().filter(|it| it.can_be_taken_back());
        ensure(offered.all(|it| !may_have_arrived(&it.mutation_id)), || {
            format!("{who:?} would take back what was sent: {:#?}", terminal.shown())
        })
    })
}

/// I10: a kill at this very moment would lose nothing that may have reached the server.
pub(super) fn what_may_have_been_sent_is_safe(step: Step<'_>) -> Result<(), String> {
    let fates = step.after.chronicle.fates.iter();
    let at_stake: Vec<_> = fates.filter(|(_, it)| it.departed && it.ends.is_empty()).collect();
    if at_stake.is_empty() {
        return Ok(());
    }
    let safe = step.after.disk.safe();
    let safe: BTreeMap<MutationId, &Remembered> =
        safe.pending().map(|it| (it.mutation_id, it)).collect();
    for (mutation_id, fate) in at_stake {
        let remembered = safe.get(mutation_id);
        let is_safe = remembered
            .is_some_and(|it| it.sent.is_some() && it.intent.known() == Some(&fate.intent));
        ensure(is_safe, || format!("{mutation_id} may have been sent; on disk is {remembered:?}"))?;
    }
    Ok(())
}

/// I11
pub(super) fn every_no_names_its_cause(step: Step<'_>) -> Result<(), String> {
    for (before, after) in step.of_each() {
        let new = after.noted.saturating_sub(before.noted);
        for outcome in after.state.outcomes().take(new) {
            ensure(names_its_cause(outcome), || format!("an end without a cause: {outcome:?}"))?;
            ensure(was_told(after, outcome), || format!("nobody was told of {outcome:?}"))?;
        }
        for shown in after.shown() {
            let PendingView { state, reason, doubt, .. } = &shown;
            let needs_a_reason = matches!(state, PendingState::Refused | PendingState::Checking);
            let has_a_reason = reason.is_some_and(|it| !it.is_empty());
            ensure(!needs_a_reason || has_a_reason, || format!("no reason: {shown:?}"))?;
            ensure(doubt.is_none_or(|it| !it.is_empty()), || format!("no words: {shown:?}"))?;
        }
    }
    Ok(())
}

fn names_its_cause(outcome: &Outcome) -> bool {
    let words = outcome.words();
    match &outcome.settlement {
        Settlement::Refused(refused) => {
            !refused.code.is_empty()
                && !refused.message.is_empty()
                && words.contains(&refused.message)
        }
        Settlement::OrderNotPlaced => words.contains("was not placed"),
        Settlement::Confirmed
        | Settlement::Withdrawn
        | Settlement::Vanished
        | Settlement::Abandoned => words.contains(outcome.asked.noun()),
    }
}

fn was_told(terminal: &Terminal, outcome: &Outcome) -> bool {
    let told = &terminal.notes.told;
    match &outcome.settlement {
        Settlement::Refused(refused) => told.iter().any(|notice| {
            matches!(notice, Notice::Refused { order_id, message, .. }
                if *order_id == outcome.order_id && *message == refused.message)
        }),
        Settlement::Vanished => told.iter().any(|it| matches!(it, Notice::Vanished { .. })),
        Settlement::Confirmed
        | Settlement::Withdrawn
        | Settlement::OrderNotPlaced
        | Settlement::Abandoned => true,
    }
}

/// I2, at a fair end: none is left without an end but those that the machine lost before they left.
pub(super) fn all_has_ended(world: &World) -> Result<(), String> {
    let lost = |(_, fate): &(&MutationId, &Fate)| fate.ends.is_empty() && fate.departed;
    let lost: Vec<_> = world.chronicle.fates.iter().filter(lost).collect();
    ensure(lost.is_empty(), || format!("sent and forgotten: {lost:?}"))
}
