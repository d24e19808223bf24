//! What a cluster had promised: which lost records are violations, and which may be lost.
//!
//! The table is that of `docs/contract.md`. An excuse needs a fault that has happened, and covers what was acknowledged
//! before it was over.

/// What producers wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acks {
    /// Everyone in sync.
    #[default]
    All,
    /// The leader.
    Leader,
    /// Nobody.
    None,
}

/// When a broker holds a record to be durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flush {
    /// When the disk has it.
    #[default]
    Synced,
    /// When the operating system has it, as Apache Kafka does.
    Written,
}

/// What may cost acknowledged records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A replica led that was not in sync.
    UncleanElection,
    /// Another replica led than before.
    Failover,
    /// So many nodes had no power at a time.
    PowerLoss(u32),
    /// The disks of all synced copies are lost.
    DisksLost,
}

impl Fault {
    /// The fault that a nemesis's operation names, with its number of nodes.
    pub(crate) fn from_operation(name: &str, nodes: Option<i64>) -> Option<Self> {
        match name {
            "unclean-election" => Some(Self::UncleanElection),
            "failover" => Some(Self::Failover),
            "disks-lost" => Some(Self::DisksLost),
            // Without a number, all of them.
            "power-loss" => {
                Some(Self::PowerLoss(nodes.and_then(|nodes| u32::try_from(nodes).ok()).unwrap_or(u32::MAX)))
            }
            _ => None,
        }
    }
}

/// How the cluster was set up, and what has happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// What producers waited for.
    pub acks: Acks,
    /// The brokers' flush policy.
    pub flush: Flush,
    /// `min.insync.replicas`.
    pub min_insync_replicas: u32,
    /// What has happened, and until which event of the history; [`u32::MAX`] if that is not known.
    pub faults: Vec<(Fault, u32)>,
    /// Consumers process in transactions and commit their offsets in them.
    pub exactly_once: bool,
}

impl Default for Circumstances {
    /// The strictest ones: nothing may be lost.
    fn default() -> Self {
        Self {
            acks: Acks::All,
            flush: Flush::Synced,
            min_insync_replicas: 1,
            faults: Vec::new(),
            exactly_once: false,
        }
    }
}

impl Circumstances {
    /// Why a record that was acknowledged by this event may be lost; nothing if it may not.
    pub fn excuse(&self, acknowledged: u32) -> Option<&'static str> {
        if self.acks == Acks::None {
            return Some("acks=0 promises nothing");
        }
        self.faults
            .iter()
            .filter(|(_, until)| *until >= acknowledged)
            .find_map(|(fault, _)| self.covers(*fault))
    }

    fn covers(&self, fault: Fault) -> Option<&'static str> {
        match (fault, self.flush, self.acks) {
            (Fault::UncleanElection, ..) => {
                Some("an unclean election is the operator's choice to lose records")
            }
            (Fault::DisksLost, ..) => Some("the disks of all its synced copies are lost"),
            (Fault::Failover, _, Acks::Leader) => {
                Some("acks=1 and another replica led, which need not have had the record")
            }
            (Fault::PowerLoss(1..), Flush::Written, Acks::Leader) => {
                Some("acks=1 with flush policy written does not outlive a loss of power")
            }
            (Fault::PowerLoss(nodes), Flush::Written, Acks::All) if nodes >= self.min_insync_replicas => {
                Some(
                    "flush policy written does not outlive a loss of power of min.insync.replicas nodes at a time",
                )
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(acks: Acks, flush: Flush, fault: Fault) -> Circumstances {
        Circumstances { acks, flush, min_insync_replicas: 2, faults: vec![(fault, 100)], exactly_once: false }
    }

    /// Goal: the table of the contract, cell by cell. Method: each fault against each promise.
    #[test]
    fn faults_excuse_what_the_contract_says() {
        use Acks::{All, Leader, None};
        use Fault::{DisksLost, Failover, PowerLoss, UncleanElection};
        use Flush::{Synced, Written};
        for (acks, flush, fault, excused) in [
            (All, Synced, PowerLoss(7), false),
            (All, Synced, Failover, false),
            (All, Synced, UncleanElection, true),
            (All, Synced, DisksLost, true),
            (Leader, Synced, PowerLoss(7), false),
            (Leader, Synced, Failover, true),
            (All, Written, PowerLoss(1), false),
            (All, Written, PowerLoss(2), true),
            (All, Written, Failover, false),
            (Leader, Written, PowerLoss(1), true),
            (Leader, Written, PowerLoss(0), false),
            (None, Synced, PowerLoss(0), true),
        ] {
            let excuse = with(acks, flush, fault).excuse(50);
            assert_eq!(excuse.is_some(), excused, "{acks:?} {flush:?} {fault:?}: {excuse:?}");
        }
    }

    /// Goal: what was acknowledged after a fault was over is not excused by it.
    #[test]
    fn a_fault_excuses_only_what_was_acknowledged_before_it_ended() {
        let circumstances = with(Acks::All, Flush::Written, Fault::PowerLoss(3));
        assert!(circumstances.excuse(100).is_some());
        assert_eq!(circumstances.excuse(101), None);
    }
}
