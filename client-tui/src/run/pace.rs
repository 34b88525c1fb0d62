//! When a frame may be drawn: at most 60 a second, but at once when somebody acts.
//! Steps 2 and 9 of an order's way.
//!
//! Pure. The first frame waits for what the disk remembers, but not for long.

use std::time::Duration;

use optimistic::Monotonic;

/// The shortest time between two frames that nobody has asked for.
const BETWEEN_FRAMES: Duration = Duration::from_millis(16);

/// A screen without orders and menu is not worth showing while they are being read; a slow disk must
/// not keep it dark, either.
const FIRST_FRAME_AFTER: Duration = Duration::from_millis(100);

/// What is read from the disk at the start: journal, cache and cart.
const RESTORED: u8 = 3;

/// The pace of the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    not_before: Monotonic,
    /// What the first frame still waits for.
    missing: u8,
}

impl Pace {
    pub(super) fn before_the_first_frame(now: Monotonic) -> Self {
        Self { not_before: now.after(FIRST_FRAME_AFTER), missing: RESTORED }
    }

    /// Something has been read from the disk.
    pub(super) fn restored(&mut self) {
        self.missing = self.missing.saturating_sub(1);
        if self.missing == 0 {
            self.not_before = Monotonic::default();
        }
    }

    /// Somebody has pressed a key: the next frame is due at once.
    pub(super) fn somebody_acts(&mut self) {
        self.not_before = Monotonic::default();
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, now: Monotonic) {
        self.missing = 0;
        self.not_before = now.after(BETWEEN_FRAMES);
    }

    /// Until when the next frame has to wait, if it has to.
    pub(super) fn wait(&self, now: Monotonic) -> Option<Monotonic> {
        (self.not_before > now).then_some(self.not_before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(milliseconds: u64) -> Monotonic {
        Monotonic::from_millis(milliseconds)
    }

    #[test]
    fn the_first_frame_waits_for_the_disk_but_not_for_long() {
        let mut pace = Pace::before_the_first_frame(at(0));
        assert_eq!(pace.wait(at(10)), Some(at(100)));
        assert_eq!(pace.wait(at(100)), None);
        for _ in 1..RESTORED {
            pace.restored();
            assert!(pace.wait(at(10)).is_some());
        }
        pace.restored();
        assert_eq!(pace.wait(at(10)), None);
    }

    #[test]
    fn frames_are_apart_unless_somebody_acts() {
        let mut pace = Pace::before_the_first_frame(at(0));
        pace.drawn(at(1_000));
        assert_eq!(pace.wait(at(1_001)), Some(at(1_016)));
        assert_eq!(pace.wait(at(1_016)), None);
        pace.somebody_acts();
        assert_eq!(pace.wait(at(1_001)), None);
    }

    #[test]
    fn what_is_restored_later_does_not_hurry_a_frame() {
        let mut pace = Pace::before_the_first_frame(at(0));
        pace.drawn(at(100));
        let waiting = pace;
        pace.restored();
        assert_eq!((pace.wait(at(101)), pace.missing), (None, 0));
        assert_eq!(waiting.wait(at(101)), Some(at(116)));
    }
}
