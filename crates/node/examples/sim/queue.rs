//! What is to happen, in order of time; what is due at one time happens in the order in which it was
//! planned.

use crate::clock::Time;
use std::collections::BTreeMap;

/// Events that wait for their time.
#[derive(Debug)]
pub struct Queue<E> {
    events: BTreeMap<(Time, u64), E>,
    planned: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Queue<E> {
        Queue { events: BTreeMap::new(), planned: 0 }
    }
}

impl<E> Queue<E> {
    /// Plans an event.
    pub fn plan(&mut self, at: Time, event: E) {
        self.planned += 1;
        self.events.insert((at, self.planned), event);
    }

    /// The next event and its time, if there is one up to `end`.
    pub fn next(&mut self, end: Time) -> Option<(Time, E)> {
        let (&(at, _), _) = self.events.first_key_value()?;
        if at > end {
            return None;
        }
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.events.len()
    }
}
