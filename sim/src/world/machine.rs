//! One machine of the world: a disk, two clocks, and maybe a process.

use std::collections::{BTreeMap, VecDeque};

use klamm_core::config::Config;
use klamm_core::edge::{Channel, Input};
use klamm_core::node::Node;

use super::peers::Outgoing;
use crate::checkers::marks::Marks;
use crate::checkers::replies::Outstanding;
use crate::clock::{Clock, Time};
use crate::disk::{Disk, DiskCounters};
use crate::random::Stream;

/// A running node.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) node: Node,
    /// Serves clients.
    pub(crate) ready: bool,
    /// Was asked to stop in good order.
    pub(crate) stopping: bool,
    pub(crate) outstanding: Outstanding,
    pub(crate) marks: Marks,
    /// Connections to other nodes.
    pub(crate) channels: BTreeMap<Channel, Outgoing>,
    /// Since when, and how often, it was woken without doing anything.
    pub(crate) idle_wakes: (Time, u32),
    /// When the queue will wake it; earlier than or at its deadline.
    pub(crate) armed: Option<Time>,
    /// Inputs that wait while it stands still or is busy.
    pub(crate) inbox: VecDeque<Input>,
    pub(crate) drain_planned: bool,
}

impl Process {
    pub(crate) fn new(node: Node) -> Self {
        Self {
            node,
            ready: false,
            stopping: false,
            outstanding: Outstanding::default(),
            marks: Marks::default(),
            channels: BTreeMap::new(),
            idle_wakes: (Time::default(), 0),
            armed: None,
            inbox: VecDeque::new(),
            drain_planned: false,
        }
    }
}

/// A machine: what survives a process, and the process.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) config: Config,
    pub(crate) disk: Disk,
    pub(crate) clock: Clock,
    pub(crate) process: Option<Process>,
    /// Whether its kernel answers to packets.
    pub(crate) has_power: bool,
    /// How many processes there were; names the present one.
    pub(crate) life: u32,
    /// The process stands still until then.
    pub(crate) paused_until: Option<Time>,
    /// Nanoseconds each input takes; 0 for none.
    pub(crate) slowness: u64,
    /// The process handles an input until then.
    pub(crate) busy_until: Time,
    /// It is down on purpose and stays so until someone starts it.
    pub(crate) held_down: bool,
    /// Starts that ended in a refusal, in a row.
    pub(crate) refusals: u32,
    pub(crate) random: Stream,
}

impl Machine {
    pub(crate) fn new(config: Config, disk: Disk, clock: Clock, random: Stream) -> Self {
        Self {
            config,
            disk,
            clock,
            process: None,
            has_power: true,
            life: 0,
            paused_until: None,
            slowness: 0,
            busy_until: Time::default(),
            held_down: false,
            refusals: 0,
            random,
        }
    }

    /// Whether a process runs.
    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Whether a process runs and serves clients.
    pub fn is_ready(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.ready)
    }

    /// Whether its process was asked to stop in good order and has not ended yet.
    pub(crate) fn is_stopping(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.stopping)
    }

    /// What has happened on its disk.
    pub fn disk_counters(&self) -> DiskCounters {
        self.disk.counters()
    }

    /// Whether inputs have to wait now.
    pub(crate) fn is_held(&self, now: Time) -> bool {
        self.paused_until.is_some_and(|until| until > now) || self.busy_until > now
    }
}
