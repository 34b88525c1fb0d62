//! What the world says: the disk, the link, the backend, the clock.

use optimistic::Input;
use optimistic::effect::{Effect as StoreEffect, Notice};

use crate::app::connection::Backend;
use crate::app::effect::Effect;
use crate::app::message::Network;
use crate::app::model::Model;
use crate::app::moment::Moment;
use crate::app::toasts::Tone;

/// Something for the optimistic store, and all that follows from it at once.
pub(super) fn store(model: &mut Model, input: Input, moment: Moment) -> Vec<Effect> {
    let mut effects = Vec::new();
    for effect in optimistic::step(&mut model.store, input, moment.now) {
        match effect {
            StoreEffect::Notify(notice) => notify(model, &notice, moment),
            StoreEffect::CacheDirty => effects.push(Effect::WriteCache),
            StoreEffect::Remark(words) => effects.push(Effect::Remark(words)),
            _ => {}
        }
    }
    effects
}

fn notify(model: &mut Model, notice: &Notice, moment: Moment) {
    let (tone, about) = match notice {
        Notice::Refused { order_id, .. }
        | Notice::Declined { order_id, .. }
        | Notice::NotSaved { order_id, .. } => (Tone::Bad, Some(*order_id)),
        Notice::Withdrawn { order_id, .. } => (Tone::Hint, Some(*order_id)),
        Notice::Ended { order_id, status, .. } if status.ended_unfulfilled() => {
            (Tone::Bad, Some(*order_id))
        }
        Notice::Ended { order_id, .. } => (Tone::Good, Some(*order_id)),
        Notice::EndNotSaved { .. } | Notice::Vanished { .. } | Notice::SignInNeeded => {
            (Tone::Bad, None)
        }
    };
    model.toasts.show(tone, notice.words(), about, moment.monotonic());
}

/// News of the link.
pub(super) fn network(_model: &mut Model, _network: Network, _moment: Moment) -> Vec<Effect> {
    Vec::new()
}

pub(super) fn wake_link(_model: &mut Model, _moment: Moment) -> Vec<Effect> {
    Vec::new()
}

pub(super) fn backend(_model: &mut Model, _backend: Backend, _moment: Moment) -> Vec<Effect> {
    Vec::new()
}

pub(super) fn tick(model: &mut Model, moment: Moment) -> Vec<Effect> {
    model.toasts.expire(moment.monotonic());
    store(model, Input::Tick, moment)
}
