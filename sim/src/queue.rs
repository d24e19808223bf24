//! The one queue of everything that is going to happen.
//!
//! Events come out by time, then by class, then in the order they went in. Idle time costs nothing: the next
//! event is the next moment. Keys are small and sit in a heap of their own; the events wait in a slab.

use core::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::clock::Time;

/// Breaks ties between events of the same moment: lower goes first.
pub type Class = u8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    time: Time,
    /// Class in the upper 8 bits, then the sequence number: one comparison for both.
    order: u64,
    slot: u32,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        // Turned around, because the standard heap gives out its greatest element.
        (other.time, other.order).cmp(&(self.time, self.order))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Events ordered by (time, class, sequence).
#[derive(Clone, Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Key>,
    events: Vec<Option<E>>,
    free: Vec<u32>,
    sequence: u64,
    now: Time,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            events: Vec::new(),
            free: Vec::new(),
            sequence: 0,
            now: Time::default(),
        }
    }
}

impl<E> Queue<E> {
    /// The time of the event that came out last.
    pub fn now(&self) -> Time {
        self.now
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is going to happen.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Lets `event` happen at `time`, which does not lie in the past.
    pub fn push(&mut self, time: Time, class: Class, event: E) {
        assert!(time >= self.now, "an event at {time} was planned at {}", self.now);
        assert!(self.sequence < 1 << 56, "the sequence shares its word with the class");
        let order = u64::from(class) << 56 | self.sequence;
        self.sequence += 1;
        let slot = match self.free.pop() {
            Some(slot) => {
                let empty = self.events[slot as usize].replace(event);
                assert!(empty.is_none(), "a free slot holds nothing");
                slot
            }
            None => {
                self.events.push(Some(event));
                u32::try_from(self.events.len() - 1).expect("fewer than 2^32 events wait")
            }
        };
        self.heap.push(Key { time, order, slot });
    }

    /// When the next event happens.
    pub fn next_time(&self) -> Option<Time> {
        self.heap.peek().map(|key| key.time)
    }

    /// Moves on to the next event.
    pub fn pop(&mut self) -> Option<E> {
        let key = self.heap.pop()?;
        assert!(key.time >= self.now, "time goes on");
        self.now = key.time;
        self.free.push(key.slot);
        Some(self.events[key.slot as usize].take().expect("a key names a waiting event"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn events_come_out_by_time_then_class_then_order_of_arrival() {
        let mut queue = Queue::default();
        queue.push(Time(5), 1, "late, second class, first in");
        queue.push(Time(5), 1, "late, second class, second in");
        queue.push(Time(5), 0, "late, first class");
        queue.push(Time(2), 9, "early");
        let order: Vec<_> = core::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(
            order,
            ["early", "late, first class", "late, second class, first in", "late, second class, second in"]
        );
        assert_eq!(queue.now(), Time(5));
    }

    /// Goal: the slab and the heap agree whatever the mix. Method: against a sorted list.
    #[test]
    fn any_mix_of_pushes_and_pops_agrees_with_a_sorted_list() {
        let mut random = Stream::new(1, "queue");
        let mut queue = Queue::default();
        let mut model: Vec<(u64, u8, u64)> = Vec::new();
        for number in 0..5000 {
            if random.below(3) > 0 {
                let key = (queue.now().0 + random.below(20), u8::try_from(random.below(3)).unwrap(), number);
                queue.push(Time(key.0), key.1, key);
                model.push(key);
            } else {
                model.sort_unstable();
                let expected = if model.is_empty() { None } else { Some(model.remove(0)) };
                assert_eq!(queue.pop(), expected);
            }
            assert_eq!(queue.len(), model.len());
        }
        assert!(queue.events.len() < 2500, "slots are used again");
    }

    #[test]
    #[should_panic(expected = "was planned at")]
    fn nothing_happens_in_the_past() {
        let mut queue = Queue::default();
        queue.push(Time(5), 0, ());
        queue.pop();
        queue.push(Time(4), 0, ());
    }
}
