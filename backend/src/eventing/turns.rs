//! Whose turn it is, where more is due than a function has free slots. Step 6 of an order's way.
//!
//! The turn goes round among the customers who have something due: each gets one slot before anybody gets
//! a second, and of what a customer has due, the oldest comes first. So whoever has one order waits for at
//! most one delivery of each other customer, however many orders those have, and no free slot is left over
//! while anything is due. What there is to hand out is asked for in small steps, through [`DueWork`]; this
//! neither reads nor writes anything itself.

use std::collections::BTreeSet;

use shared::cursor::Position;
use shared::id::CustomerId;

#[cfg(test)]
mod tests;

/// How many customers one look goes past at most: a look costs two short reads for each of them. Where so
/// many in a row have nothing due, the slots go to what is due longest, and the next look goes on behind
/// them: so whoever has to wait for their turn behind ten thousand customers who are still being cooked
/// for gets it after some hundred and fifty looks, and no slot stands idle meanwhile.
pub(crate) const LOOKED_AT_MAX: usize = 64;

/// What of one function is open, as a store can be asked for it at one moment.
pub(crate) trait DueWork {
    /// What can go wrong with asking.
    type Error;

    /// The first customer after this one, by their ids, of whom anything is open, due or not; the first
    /// of all where there is none to come after.
    fn next_customer(
        &mut self,
        after: Option<CustomerId>,
    ) -> Result<Option<CustomerId>, Self::Error>;

    /// At most so many of a customer's due deliveries, the oldest first.
    fn due_of(&mut self, customer: CustomerId, most: usize) -> Result<Vec<Position>, Self::Error>;

    /// At most so many due deliveries, whoever's they are, the oldest first.
    fn oldest(&mut self, most: usize) -> Result<Vec<Position>, Self::Error>;
}

/// What is handed out, and who had the last turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dealt {
    /// The deliveries, in the order in which they are handed out.
    pub positions: Vec<Position>,
    /// Behind whom the next look begins; none before anybody had to take turns.
    pub last: Option<CustomerId>,
}

/// Deals `free` slots out, beginning behind whoever had the last turn.
///
/// # Errors
/// The store could not be asked.
pub(crate) fn deal<W: DueWork>(
    work: &mut W,
    last: Option<CustomerId>,
    free: usize,
) -> Result<Dealt, W::Error> {
    if free == 0 {
        return Ok(Dealt { positions: Vec::new(), last });
    }
    let oldest = work.oldest(free.saturating_add(1))?;
    if oldest.len() <= free {
        return Ok(Dealt { positions: oldest, last });
    }
    let round = go_round(work, last, free)?;
    let dealt = one_after_the_other(round.waiting, free);
    let last_dealt = dealt.last().map(|(customer, _)| *customer);
    let mut positions: Vec<Position> = dealt.into_iter().map(|(_, position)| position).collect();
    if positions.len() < free {
        let taken: BTreeSet<Position> = positions.iter().copied().collect();
        let rest = work.oldest(free.saturating_add(positions.len()))?;
        positions.extend(rest.into_iter().filter(|position| !taken.contains(position)));
        positions.truncate(free);
    }
    Ok(Dealt { positions, last: round.stopped_at.or(last_dealt).or(last) })
}

/// A stretch of the way round.
struct Round {
    /// Who has something due, in the order of their turns, and what.
    waiting: Vec<(CustomerId, Vec<Position>)>,
    /// Who was asked last; none where that were all.
    stopped_at: Option<CustomerId>,
}

/// Goes on from `last` until every slot has a customer, all were asked, or enough is enough.
fn go_round<W: DueWork>(
    work: &mut W,
    last: Option<CustomerId>,
    free: usize,
) -> Result<Round, W::Error> {
    let (mut waiting, mut at, mut first) = (Vec::new(), last, None);
    for _ in 0..LOOKED_AT_MAX {
        let next = match work.next_customer(at)? {
            Some(customer) => Some(customer),
            None => work.next_customer(None)?,
        };
        let Some(customer) = next.filter(|it| first != Some(*it)) else {
            return Ok(Round { waiting, stopped_at: None });
        };
        first = first.or(next);
        at = next;
        let due = work.due_of(customer, free)?;
        if !due.is_empty() {
            waiting.push((customer, due));
        }
        if waiting.len() == free {
            break;
        }
    }
    Ok(Round { waiting, stopped_at: at })
}

/// The first of each, then the second of each, and so on.
fn one_after_the_other(
    waiting: Vec<(CustomerId, Vec<Position>)>,
    free: usize,
) -> Vec<(CustomerId, Position)> {
    let mut queues: Vec<_> =
        waiting.into_iter().map(|(customer, due)| (customer, due.into_iter())).collect();
    let mut dealt = Vec::new();
    loop {
        let before = dealt.len();
        for (customer, queue) in &mut queues {
            dealt.extend(queue.next().map(|position| (*customer, position)));
        }
        if dealt.len() >= free || dealt.len() == before {
            dealt.truncate(free);
            return dealt;
        }
    }
}
