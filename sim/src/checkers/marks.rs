//! MON: within one life of a node, log starts do not go back, and within an epoch high watermarks do not.

use std::collections::BTreeMap;

use klamm_core::event::Event;
use klamm_core::types::{Offset, TopicPartition};

use super::Check;
use crate::clock::Time;
use crate::ledger::Ledger;

/// What one life of a node has told about its marks.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    high_watermarks: BTreeMap<TopicPartition, Offset>,
    log_starts: BTreeMap<TopicPartition, Offset>,
}

impl Marks {
    /// Watches an observation.
    pub fn observe(&mut self, ledger: &mut Ledger, now: Time, event: &Event) {
        let (marks, name, partition, offset) = match event {
            Event::HighWatermark { partition, offset } => {
                (&mut self.high_watermarks, "high watermark", partition, *offset)
            }
            Event::LogStartMoved { partition, log_start_offset, .. } => {
                (&mut self.log_starts, "log start", partition, *log_start_offset)
            }
            // A new leader may begin below what its predecessor has told (KIP-207).
            Event::LeaderElected { partition, .. } | Event::FollowerOf { partition, .. } => {
                self.high_watermarks.remove(partition);
                return;
            }
            // Everything goes, and the log begins where its leader's does.
            Event::LogTruncated { partition, to, .. } => {
                if let Some(start) = self.log_starts.get_mut(partition) {
                    *start = (*start).min(*to);
                }
                return;
            }
            Event::TopicDeleted { topic } => {
                self.high_watermarks.retain(|partition, _| partition.topic != *topic);
                self.log_starts.retain(|partition, _| partition.topic != *topic);
                return;
            }
            _ => return,
        };
        let before = marks.insert(partition.clone(), offset);
        if let Some(before) = before.filter(|before| *before > offset) {
            let sentence = format!("the {name} was {before} and is {offset}");
            ledger.violate(Check::Mon, now, partition.to_string(), sentence);
        }
    }
}
