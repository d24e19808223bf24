//! What follows from an input: timers, moved watermarks, freed connections, bounded memory.

use crate::api;
use crate::connection::Delayed;
use crate::controller::Command;
use crate::edge::{CloseReason, Effects};
use crate::node::{Errand, Node, Phase};
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{METADATA_PARTITION, TopicIdPartition};

impl Node {
    /// Runs until nothing follows from anything any more.
    pub(crate) fn settle(&mut self, now: Now, fx: &mut Effects) {
        loop {
            if self.phase == Phase::Halted {
                return;
            }
            if let Some(id) = self.dirty.pop_first() {
                self.on_marks(now, fx, id);
            } else if let Some(errand) = self.agenda.pop_front() {
                self.run_errand(now, fx, errand);
            } else {
                self.run_requests(now, fx);
                self.maybe_alter_partitions(now, fx);
                self.send_markers(now, fx);
                self.send_questions(now, fx);
                let served = self.serve_own(now, fx);
                let follows = self.transactions.has_markers || self.verifier.is_due();
                if !served && !follows && self.dirty.is_empty() && self.agenda.is_empty() {
                    break;
                }
            }
        }
        self.evict_tails();
    }

    fn run_errand(&mut self, now: Now, fx: &mut Effects, errand: Errand) {
        match errand {
            Errand::EnsureTopic(name) => self.ensure_topic(now, fx, name),
        }
    }

    /// A partition's marks or role may have changed: answers who waited for that, commits what is hosted on it.
    fn on_marks(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        // Nobody waits any more, and what is hosted is loaded by the next life.
        if self.phase >= Phase::Stopping {
            return;
        }
        let config = &self.env.config;
        let acknowledged = self.partitions.get_mut(&id).map(|partition| partition.take_acknowledged(config));
        for ticket in acknowledged.unwrap_or_default() {
            api::committed(self, fx, ticket);
        }
        if id == METADATA_PARTITION {
            self.on_metadata_log(now, fx);
        } else if self.groups.shards.partition(id.partition) == Some(id) {
            self.load_group(now, fx, id);
            self.commit_group(fx, id);
        } else if self.transactions.shards.partition(id.partition) == Some(id) {
            self.load_transactions(now, fx, id);
            self.commit_transactions(fx, id);
        }
        let Some(partition) = self.partitions.get_mut(&id) else { return };
        for ticket in partition.take_fetch_waiters() {
            api::resume_fetch(self, now, fx, ticket);
        }
    }

    /// The disk has brought records or indexes of a partition.
    pub(crate) fn resume_readers(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        // Logs that are being closed are not read any more, and nobody is left who would want to.
        if self.phase == Phase::Stopping {
            return;
        }
        self.continue_loading(now, fx, id);
        let Some(partition) = self.partitions.get_mut(&id) else { return };
        for ticket in partition.take_disk_waiters() {
            self.resume(now, fx, ticket);
        }
    }

    /// Looks at a parked request again.
    pub(crate) fn resume(&mut self, now: Now, fx: &mut Effects, ticket: crate::connection::Ticket) {
        match self.delayed.find_mut(ticket) {
            Some(Delayed::Fetch(_)) => api::resume_fetch(self, now, fx, ticket),
            Some(Delayed::Lookup(_)) => api::resume_lookup(self, now, fx, ticket),
            Some(Delayed::Deletion(_)) => api::resume_deletion(self, now, fx, ticket),
            Some(Delayed::Produce(_) | Delayed::Markers(_) | Delayed::Offsets(_)) | None => {}
        }
    }

    /// Runs every timer that is due.
    pub(crate) fn expire(&mut self, now: Now, fx: &mut Effects) {
        while self.phase != Phase::Halted {
            let Some(timer) = self.env.timers.pop_due(now.monotonic) else { return };
            self.fire(now, fx, timer);
        }
    }

    fn fire(&mut self, now: Now, fx: &mut Effects, timer: Timer) {
        match timer {
            Timer::Request(ticket) => match self.delayed.take(ticket) {
                Some(Delayed::Produce(delayed)) => api::produce_timed_out(self, fx, ticket, delayed),
                Some(Delayed::Markers(delayed)) => api::markers_timed_out(self, fx, ticket, delayed),
                Some(Delayed::Deletion(delayed)) => api::deletion_timed_out(self, now, fx, ticket, delayed),
                Some(parked) => {
                    self.delayed.park(ticket, parked);
                    self.resume(now, fx, ticket);
                }
                None => {}
            },
            Timer::Fetcher(leader) => self.maybe_fetch(now, fx, leader),
            Timer::IsrShrink => self.shrink_isrs(now, fx),
            Timer::Forward => self.forward_again(now, fx),
            // Sent when this input is settled.
            Timer::AlterPartition => self.alter_retry_at = None,
            Timer::Channel(channel) => self.on_channel_timer(now, fx, channel),
            Timer::IdleConnections => self.close_idle(now, fx),
            Timer::Checkpoint(dir) => self.write_checkpoints(now, fx, dir),
            Timer::Retention => self.apply_retention(now, fx),
            Timer::DeleteFiles(id) => {
                let partition = self.partitions.get_mut(&id).or_else(|| self.buried.get_mut(&id));
                if let Some(partition) = partition {
                    partition.log.remove_renamed(&mut self.env.cx(now, fx));
                }
            }
            Timer::ProducerExpiry => self.expire_producers(now, fx),
            Timer::OffsetsTopic => api::find_coordinators(self, now, fx, true),
            Timer::GroupMember(..) | Timer::GroupRebalance(..) | Timer::OffsetExpiry(_) => {
                self.fire_group_timer(now, fx, &timer);
            }
            Timer::TransactionTimeouts(_) | Timer::TransactionalIds(_) => {
                self.fire_transaction_timer(now, fx, &timer);
            }
            Timer::Markers => self.send_markers_again(),
            Timer::Verification => self.verify_again(),
            Timer::MetadataSnapshot => self.on_snapshot_timer(now, fx),
            Timer::Quorum => self.on_quorum_timer(now, fx),
            Timer::Lifecycle => self.live_on(now, fx),
            Timer::Controller(timer) => {
                // Who is not active has no such timers.
                let _refused = self.submit_controller(now, fx, None, Command::Timer(timer));
            }
        }
    }

    fn close_idle(&mut self, now: Now, fx: &mut Effects) {
        let idle = self.env.config.connections_max_idle_ms;
        if idle <= 0 {
            return;
        }
        let limit = core::time::Duration::from_millis(idle.cast_unsigned());
        let before = now.monotonic.0.saturating_sub(u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX));
        let idle: alloc::vec::Vec<_> = self.connections.idle_since(crate::time::Timestamp(before)).collect();
        for id in idle {
            self.close_connection(fx, id, CloseReason::Idle);
        }
        self.arm_idle_check(now);
    }

    /// A connection is closed between one and one and a quarter times its idle limit.
    pub(crate) fn arm_idle_check(&mut self, now: Now) {
        let idle = self.env.config.connections_max_idle_ms;
        if idle > 0 {
            self.env.timers.arm(Timer::IdleConnections, now.monotonic.after_ms((idle / 4).max(1)));
        }
    }

    fn apply_retention(&mut self, now: Now, fx: &mut Effects) {
        let mut cx = self.env.cx(now, fx);
        for (id, partition) in &mut self.partitions {
            // The metadata log is cut behind its snapshots only.
            if *id != METADATA_PARTITION && partition.leadership().is_some() {
                let high_watermark = partition.high_watermark();
                partition.log.apply_retention(&mut cx, high_watermark);
            }
        }
        self.arm_retention(now);
    }

    /// Arms the next look at retention.
    pub(crate) fn arm_retention(&mut self, now: Now) {
        let interval = self.env.config.retention_check_interval_ms.max(1);
        self.env.timers.arm(Timer::Retention, now.monotonic.after_ms(interval));
    }

    fn expire_producers(&mut self, now: Now, fx: &mut Effects) {
        let cx = self.env.cx(now, fx);
        for partition in self.partitions.values_mut() {
            partition.log.expire_producers(&cx);
            partition.expire_verifications(now.wall_ms, cx.config.producer_id_expiration_ms);
        }
        self.arm_producer_expiry(now);
    }

    /// Kafka looks every ten minutes; shorter where producers are forgotten sooner.
    pub(crate) fn arm_producer_expiry(&mut self, now: Now) {
        let interval = self.env.config.producer_id_expiration_ms.clamp(1, 600_000);
        self.env.timers.arm(Timer::ProducerExpiry, now.monotonic.after_ms(interval));
    }

    /// Drops the oldest records in memory, whoever's they are, until the bound holds.
    fn evict_tails(&mut self) {
        let partitions = &mut self.partitions;
        self.env
            .tail
            .shrink(|id, kept| partitions.get_mut(&id).is_none_or(|partition| partition.log.evict(kept)));
    }
}
