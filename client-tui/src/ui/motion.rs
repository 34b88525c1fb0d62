//! All motion there is: the slow pulse of what is pending, and the moment of its next change.
//! Steps 2 and 9 of an order's way.
//!
//! Pure: the time is an argument. Who wants no motion gets the same marks and words, standing still.

use optimistic::Monotonic;

/// How long one brightness lasts. Four of them are one breath of 1.6 s: slow enough to be calm, and
/// 2.5 frames a second instead of the 15 that would be the bound.
const STEP_MILLIS: u64 = 400;

/// How much may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// What is pending pulses.
    Full,
    /// Nothing moves.
    Reduced,
}

/// How bright a pulsing mark is just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// Dim.
    Low,
    /// As other text.
    Middle,
    /// Bold.
    High,
}

impl Motion {
    /// Decides by the flag, and by the variables that people set who cannot bear motion or have the
    /// screen read to them: `NO_MOTION` and `ACCESSIBLE`, each where it is not empty.
    pub fn choose(asked: Option<Self>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        match asked {
            Some(motion) => motion,
            None if set("NO_MOTION") || set("ACCESSIBLE") => Self::Reduced,
            None => Self::Full,
        }
    }

    /// The brightness at this time.
    pub fn pulse(self, now: Monotonic) -> Pulse {
        match self {
            Self::Reduced => Pulse::Middle,
            Self::Full => match steps(now) % 4 {
                0 => Pulse::Low,
                2 => Pulse::High,
                _ => Pulse::Middle,
            },
        }
    }

    /// When the brightness changes next; never without motion.
    pub fn next_change(self, now: Monotonic) -> Option<Monotonic> {
        match self {
            Self::Reduced => None,
            Self::Full => Some(Monotonic::from_millis((steps(now) + 1) * STEP_MILLIS)),
        }
    }
}

fn steps(now: Monotonic) -> u64 {
    now.millis() / STEP_MILLIS
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(milliseconds: u64) -> Monotonic {
        Monotonic::from_millis(milliseconds)
    }

    #[test]
    fn the_pulse_breathes_in_and_out() {
        let breath: Vec<Pulse> =
            (0..5).map(|step| Motion::Full.pulse(at(step * STEP_MILLIS + 1))).collect();
        let (low, middle, high) = (Pulse::Low, Pulse::Middle, Pulse::High);
        assert_eq!(breath, [low, middle, high, middle, low]);
    }

    #[test]
    fn the_pulse_is_drawn_only_when_it_changes_and_at_most_fifteen_times_a_second() {
        let mut time = at(0);
        let mut frames = 0;
        while time < at(10_000) {
            let next = Motion::Full.next_change(time).unwrap();
            assert!(next > time);
            assert_ne!(Motion::Full.pulse(time), Motion::Full.pulse(next));
            time = next;
            frames += 1;
        }
        assert!(frames <= 150, "{frames} frames in ten seconds");
    }

    #[test]
    fn reduced_motion_stands_still_for_ever() {
        assert_eq!(Motion::Reduced.next_change(at(3_000)), None);
        assert_eq!(Motion::Reduced.pulse(at(0)), Motion::Reduced.pulse(at(STEP_MILLIS)));
    }

    #[test]
    fn motion_is_reduced_by_flag_or_by_either_variable() {
        let with = |name: &'static str, value: &'static str| {
            Motion::choose(None, move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(with("NO_MOTION", "1"), Motion::Reduced);
        assert_eq!(with("ACCESSIBLE", "yes"), Motion::Reduced);
        assert_eq!(with("NO_MOTION", ""), Motion::Full);
        assert_eq!(Motion::choose(Some(Motion::Reduced), |_| None), Motion::Reduced);
    }
}
