//! What the world says: the disk, the link, the backend, the clock; and all that follows at once.
//!
//! What the store wants of the link goes through the session, and what the session learns goes back
//! to the store, until nobody has anything to say any more. Steps 3, 5, 8 and 9 of an order's way.

use std::collections::VecDeque;

use optimistic::Input;
use optimistic::effect::{Effect as StoreEffect, Notice};
use optimistic::input::Change;
use optimistic::intent::IntentKind;
use shared::id::OrderId;
use shared::order::OrderLine;
use shared::order::status::OrderStatus;

use crate::app::connection::{Backend, OwnBackend};
use crate::app::effect::Effect;
use crate::app::message::Network;
use crate::app::model::{Model, Picture};
use crate::app::moment::Moment;
use crate::app::pane::Pane;
use crate::app::session::News;
use crate::app::toasts::Tone;
use crate::link::LinkCommand;
use crate::own_backend::OwnBackendEvent;
use crate::profile::SignedIn;

/// Something for the optimistic store.
pub(super) fn store(model: &mut Model, input: Input, moment: Moment) -> Vec<Effect> {
    settle(model, vec![News::Store(input)], moment)
}

/// News of the link.
pub(super) fn network(model: &mut Model, network: Network, moment: Moment) -> Vec<Effect> {
    let news = model.session.take(network, moment);
    settle(model, news, moment)
}

/// The program begins: somebody else's backend can be reached at once, our own says when.
pub(super) fn begin(model: &mut Model, moment: Moment) -> Vec<Effect> {
    match &model.connection.backend {
        Backend::At(endpoint) => {
            let news = model.session.reach(endpoint.clone());
            settle(model, news, moment)
        }
        Backend::Own(_) => Vec::new(),
    }
}

/// We are this customer now.
pub(super) fn signed_in(model: &mut Model, customer: SignedIn, moment: Moment) -> Vec<Effect> {
    let news = model.session.be(customer);
    settle(model, news, moment)
}

/// A wait before the next connection ends now.
pub(super) fn wake_link() -> Effect {
    Effect::Link(LinkCommand::TryNow)
}

/// Asks what is left, where anything on the menu that is shown is limited.
pub(super) fn look_what_is_left(model: &mut Model, moment: Moment) -> Vec<Effect> {
    let menu = model.restaurant().map_or(&[][..], |restaurant| &restaurant.menu);
    if menu.iter().all(|dish| dish.portions.is_none()) {
        return Vec::new();
    }
    let news = model.session.refresh_menu();
    settle(model, news, moment)
}

/// The backend of our own has come to another state.
pub(super) fn backend(model: &mut Model, event: OwnBackendEvent, moment: Moment) -> Vec<Effect> {
    if let OwnBackendEvent::Died { why, .. } = &event {
        tell_of_loss(model, why, moment);
    }
    let state = match event {
        OwnBackendEvent::Starting => OwnBackend::Starting,
        OwnBackendEvent::Died { why, retry_in } => {
            let next_start = moment.monotonic().after(retry_in);
            OwnBackend::Restarting { why, next_start }
        }
        OwnBackendEvent::Ready { endpoint } => OwnBackend::Running { endpoint },
        OwnBackendEvent::Shared { endpoint } => OwnBackend::Shared { endpoint },
    };
    let news = match &state {
        OwnBackend::Running { endpoint } | OwnBackend::Shared { endpoint } => {
            model.session.reach(endpoint.clone())
        }
        OwnBackend::Starting | OwnBackend::Restarting { .. } => Vec::new(),
    };
    model.connection.backend = Backend::Own(state);
    settle(model, news, moment)
}

/// Says that a backend that ran has ended, and leaves it there to be read: the next one often answers
/// within the blink of an eye, and then the header says no more of it.
fn tell_of_loss(model: &mut Model, why: &str, moment: Moment) {
    match &model.connection.backend {
        Backend::Own(OwnBackend::Running { .. } | OwnBackend::Shared { .. }) => {
            let words = format!("Another backend is being started, and your orders go on: {why}.");
            model.toasts.show(Tone::Hint, words, None, moment.monotonic());
        }
        Backend::Own(OwnBackend::Starting | OwnBackend::Restarting { .. }) | Backend::At(_) => {}
    }
}

/// Time has passed.
pub(super) fn tick(model: &mut Model, moment: Moment) -> Vec<Effect> {
    let now = moment.monotonic();
    if model.toasts.expire(now) {
        model.picture = Picture::Changed;
    }
    let mut news = model.session.tick(now);
    if model.store.next_wakeup().is_some_and(|due| due <= now) {
        news.push(News::Store(Input::Tick));
    }
    settle(model, news, moment)
}

/// Takes all of it in, and what comes of it, in order.
pub(super) fn settle(model: &mut Model, news: Vec<News>, moment: Moment) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut open = VecDeque::from(news);
    while let Some(news) = open.pop_front() {
        if !is_quiet(&news) {
            model.picture = Picture::Changed;
        }
        match news {
            News::Do(effect) => effects.push(effect),
            News::Link(state) => {
                model.connection.link = model.connection.link.followed_by(state);
            }
            News::Customer(name) => model.connection.customer = Some(name),
            News::Event(log_id, event) => model.events.take(log_id, event),
            News::Store(input) => {
                if moves_portions(model, &input) {
                    open.extend(model.session.refresh_menu());
                }
                let follow = optimistic::step(&mut model.store, input, moment.now);
                if follow.iter().any(|effect| *effect != StoreEffect::CacheDirty) {
                    model.picture = Picture::Changed;
                }
                for effect in follow {
                    match effect {
                        StoreEffect::Send { .. }
                        | StoreEffect::Subscribe { .. }
                        | StoreEffect::LoadPage { .. }
                        | StoreEffect::Reconnect { .. } => {
                            open.extend(model.session.perform(effect));
                        }
                        StoreEffect::Journal { write, record, flush } => {
                            effects.push(Effect::Journal { write, record, flush });
                        }
                        StoreEffect::Notify(notice) => open.extend(notify(model, &notice, moment)),
                        StoreEffect::CacheDirty => effects.push(Effect::WriteCache),
                        StoreEffect::Remark(words) => effects.push(Effect::Remark(words)),
                    }
                }
            }
        }
    }
    effects
}

/// Whether these news, for themselves, change nothing that is shown: a command to the link, time, and
/// a mark of the position.
fn is_quiet(news: &News) -> bool {
    match news {
        News::Do(_) | News::Store(Input::Tick) => true,
        News::Store(Input::Changed(change)) => change.event.is_none(),
        News::Store(_) | News::Link(_) | News::Customer(_) | News::Event(..) => false,
    }
}

/// Whether an order of ours has just taken portions of something limited, or may have given some back.
/// What others take we learn when somebody opens the menu.
fn moves_portions(model: &Model, input: &Input) -> bool {
    let Input::Changed(Change { event: Some(changed), .. }) = input else { return false };
    let order = &changed.order;
    let catalog = model.store.catalog();
    let restaurant = catalog.and_then(|catalog| catalog.restaurant(order.restaurant_id));
    let of_that = |line: &OrderLine| restaurant.is_some_and(|it| it.is_limited(line.menu_item_id));
    let just_now = order.timeline.last().is_some_and(|change| change.at == order.updated_at);
    let moves = order.status == OrderStatus::Validated || order.status.ended_unfulfilled();
    just_now && moves && order.lines.iter().any(of_that)
}

fn is_selected(model: &Model, order_id: OrderId) -> bool {
    let rows = model.timeless_view().rows;
    let selected = model.order_index(&rows).and_then(|index| rows.get(index));
    selected.is_some_and(|row| row.order.id == order_id)
}

/// Tells a person. A price that changed means that our menu is old.
fn notify(model: &mut Model, notice: &Notice, moment: Moment) -> Vec<News> {
    let (tone, about) = match notice {
        Notice::Refused { order_id, .. } | Notice::NotSaved { order_id, .. } => {
            (Tone::Bad, Some(*order_id))
        }
        // Answers to the key that was just pressed: nothing came of it, and nothing is left to do.
        Notice::Declined { order_id, .. } | Notice::Withdrawn { order_id, .. } => {
            (Tone::Hint, Some(*order_id))
        }
        Notice::Ended { order_id, status, .. } if status.ended_unfulfilled() => {
            (Tone::Bad, Some(*order_id))
        }
        Notice::Ended { order_id, .. } => (Tone::Good, Some(*order_id)),
        Notice::EndNotSaved { .. } | Notice::Vanished { .. } | Notice::SignInNeeded => {
            (Tone::Bad, None)
        }
    };
    // Whoever looks at an order sees what becomes of it.
    let in_view = model.focus == Pane::Orders && about.is_some_and(|it| is_selected(model, it));
    if tone == Tone::Hint || !in_view {
        let words = conflict(model, notice).unwrap_or_else(|| notice.words());
        model.toasts.show(tone, words, about, moment.monotonic());
    }
    match notice {
        Notice::Refused { asked: IntentKind::Place, .. } => model.session.refresh_menu(),
        Notice::Refused {
            asked: IntentKind::Cancel | IntentKind::SetTip | IntentKind::Rate | IntentKind::Unknown,
            ..
        }
        | Notice::Declined { .. }
        | Notice::NotSaved { .. }
        | Notice::Withdrawn { .. }
        | Notice::Ended { .. }
        | Notice::EndNotSaved { .. }
        | Notice::Vanished { .. }
        | Notice::SignInNeeded => Vec::new(),
    }
}

/// What was asked when, and what stood in its way, where something was refused.
fn conflict(model: &Model, notice: &Notice) -> Option<String> {
    let Notice::Refused { order_id, asked, .. } = notice else { return None };
    let mut outcomes = model.store.outcomes();
    let outcome = outcomes.find(|it| it.order_id == *order_id && it.asked == *asked)?;
    Some(model.settings.explain(outcome))
}
