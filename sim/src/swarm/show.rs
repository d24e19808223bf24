//! A plan in words, so that a seed can be looked at without running it.

use core::fmt;

use super::{MachinePlan, Plan};
use crate::faults::TABLE;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, mix, chaos_ms, network, .. } = self;
        let count = self.machines.len();
        let world = if count == 1 { "one machine".to_owned() } else { format!("{count} machines") };
        writeln!(f, "seed {seed}: {world}, {mix:?}, {chaos_ms} ms of chaos")?;
        for (index, machine) in self.machines.iter().enumerate() {
            writeln!(f, "  n{index}  {}", machine_line(machine))?;
        }
        self.show_bounds(f)?;
        let (low, high) = network.latency;
        let frames = if network.encode { "frames" } else { "values" };
        writeln!(f, "  network: {} to {} µs, {frames}", low / 1000, high / 1000)?;
        self.show_workload(f)?;
        let fault = |(index, gap): &(usize, u64)| format!("{} (≤{gap} ms)", TABLE[*index].name);
        let faults: Vec<String> = self.faults.iter().map(fault).collect();
        writeln!(f, "  faults: {}", if faults.is_empty() { "none".to_owned() } else { faults.join(", ") })
    }
}

impl Plan {
    /// What the nodes of a cluster have in common.
    fn show_bounds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = &self.machines[0].config;
        writeln!(
            f,
            "  log: {:?}, segments of {} bytes, {} bytes in memory",
            config.flush_policy, config.topic.segment_bytes, config.tail_memory_bytes
        )?;
        if self.machines.len() == 1 {
            return Ok(());
        }
        writeln!(
            f,
            "  quorum: election {} ms, fetch {} ms; sessions {} ms, lag {} ms, fetch wait {} ms",
            config.quorum_election_timeout_ms,
            config.quorum_fetch_timeout_ms,
            config.broker_session_timeout_ms,
            config.replica_lag_time_max_ms,
            config.replica_fetch_wait_max_ms
        )
    }

    fn show_workload(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workload = &self.workload;
        for topic in &workload.topics {
            let new = &topic.new;
            let settings = new.configs.iter().map(|(name, value)| format!(" {name}={value}"));
            writeln!(
                f,
                "  topic {}: {} partitions, factor {}, {:?}{}",
                new.name,
                new.partitions,
                new.replication_factor,
                topic.policy,
                settings.collect::<String>()
            )?;
        }
        for (_, config) in &workload.producers {
            writeln!(
                f,
                "  producer-{}: acks {}, {}, {} records to {:?}",
                config.producer,
                config.acks,
                if config.idempotent { "idempotent" } else { "plain" },
                config.records,
                config.partitions
            )?;
        }
        let (readers, committers) = (workload.readers.len(), workload.committers.len());
        writeln!(f, "  {readers} readers, {committers} committers")?;
        for (_, config) in &workload.members {
            let kind = if config.is_static { "static" } else { "dynamic" };
            let (group, session_ms) = (config.group, config.session_ms);
            let number = config.number;
            writeln!(f, "  member-{number}: of members-{group}, {kind}, session {session_ms} ms")?;
        }
        if let Some((_, config)) = &workload.operator {
            writeln!(f, "  an operator, every {} ms at most", config.pause_ms_max)?;
        }
        for (_, config) in &workload.transactors {
            writeln!(
                f,
                "  transactor-{}: {} protocol, {} transactions, timeout {} ms",
                config.number,
                if config.is_old { "old" } else { "new" },
                config.transactions,
                config.timeout_ms
            )?;
        }
        Ok(())
    }
}

fn machine_line(machine: &MachinePlan) -> String {
    let config = &machine.config;
    let roles = match (config.roles.broker, config.roles.controller) {
        (true, true) => "broker and controller",
        (true, false) => "broker",
        (false, _) => "controller",
    };
    let (drift, skew_ms) = machine.clock;
    let sync = machine.latency.sync.1 / 1000;
    format!("id {}  {roles:<21}  drift {drift} ns/s  skew {skew_ms} ms  sync ≤{sync} µs", config.node_id)
}
