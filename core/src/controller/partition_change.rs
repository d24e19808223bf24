//! How a partition changes: who holds it, who is in sync, who is eligible, who leads.
//!
//! A change has many causes (a broker that comes, goes or has lost something, a leader's proposal, a reassignment, an
//! election that somebody asked for) and one way to be decided, so that no cause forgets what another one knows.

use alloc::vec::Vec;

use klamm_wire::Uuid;
use klamm_wire::metadata_records::PartitionChangeRecord;

use crate::image::{LeaderRecovery, MetadataImage, NO_LEADER, PartitionState, UNASSIGNED_DIRECTORY};
use crate::types::{BrokerId, TopicIdPartition};

/// Who may be elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Election {
    /// The present leader, or the next best that holds everything.
    Online,
    /// The first replica if it holds everything; else as `Online`.
    Preferred,
    /// As `Online`; where nobody holds everything, whoever is there.
    Unclean,
}

/// What a topic's settings and the cluster's features mean for the changes of its partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// Whether eligible leader replicas are kept (KIP-966).
    pub(super) elr: bool,
    /// `min.insync.replicas`, as it stands.
    pub(super) min_isr: usize,
    /// Whether a leader may be elected at the price of lost records.
    pub(super) unclean: bool,
}

impl Rules {
    /// The election that happens by itself.
    pub(super) fn election(self) -> Election {
        if self.unclean { Election::Unclean } else { Election::Online }
    }
}

/// A change of one partition that is being decided.
///
/// | | rule |
/// |---|---|
/// | reassignment | Ends when every joining replica is in sync, somebody who stays is, and, where there will be fewer replicas than before it began, everybody who stays is. Who leaves is a replica and in sync no more. |
/// | ISR | As proposed. Without ELR it never becomes empty: its last members stay in it, and nobody leads. |
/// | ELR | Empty while the ISR has `min.insync.replicas` members (as many as there are replicas, if these are fewer): only then is anything committed. Below that, everybody who was in sync or eligible, is a replica and has lost nothing. |
/// | candidates | The ISR; if it is empty, the ELR. Of these the fit: active brokers whose log directory is online. |
/// | leader | `Preferred`: the first replica, if it is a candidate. Then the present leader, if it is one; then the first candidate in the order of the replicas; then, where nobody is in sync or eligible, the last known leader, if it is fit; then, `Unclean` only, the first fit replica; then nobody. |
/// | from the ELR | An eligible leader is the whole ISR. The others stay eligible as long as the rule of the ELR says. |
/// | unclean | A leader that was neither in sync nor eligible is the whole ISR, nobody is eligible, and it is to recover. |
/// | last known leader | Kept with ELR only: who led when the ISR became empty. Forgotten when somebody leads. |
/// | leader epoch | Grows when the leader changes, also to nobody, and when a replica is taken away: its fetches are fenced. |
/// | partition epoch | Grows with every record. |
///
/// Source: KIP-966, KIP-455. Kafka: `PartitionChangeBuilder`. It differs in three points, all towards safety. Who is
/// no replica any more is not eligible. A leader from the ELR that is enough for `min.insync.replicas` leaves nobody
/// eligible beside it, since it commits alone from then on. And `min.insync.replicas` counts the replicas of the
/// partition itself, as its leader does, not those of the topic's first partition.
#[derive(Clone, Debug)]
pub(super) struct PartitionChange<'a> {
    image: &'a MetadataImage,
    at: TopicIdPartition,
    before: &'a PartitionState,
    rules: Rules,
    election: Election,
    /// Not fit to lead, whatever the image says.
    gone: Option<BrokerId>,
    /// Not fit to lead and not to be trusted with what it held.
    lost: Option<BrokerId>,
    /// As good as active.
    joining: Option<BrokerId>,
    next: PartitionState,
    /// The leader was neither in sync nor eligible.
    unclean: Option<Unclean>,
}

/// Why somebody leads who was neither in sync nor eligible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unclean {
    /// It is the last known leader.
    LastKnown,
    /// Anybody will do.
    Anybody,
}

/// What was decided of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decided {
    /// The state after the change.
    pub(super) after: PartitionState,
    /// The record that leads to it.
    pub(super) record: PartitionChangeRecord,
    /// Set if its leader may lack what was committed.
    pub(super) unclean: Option<Unclean>,
}

impl<'a> PartitionChange<'a> {
    /// A change of a partition of the image, which changes nothing unless told to.
    pub(super) fn new(
        image: &'a MetadataImage,
        at: TopicIdPartition,
        before: &'a PartitionState,
        rules: Rules,
    ) -> Self {
        let (next, election) = (before.clone(), rules.election());
        Self {
            image,
            at,
            before,
            rules,
            election,
            gone: None,
            lost: None,
            joining: None,
            next,
            unclean: None,
        }
    }

    /// Elects in another way than by itself.
    pub(super) fn elect(mut self, election: Election) -> Self {
        self.election = election;
        self
    }

    /// Proposes who is in sync.
    pub(super) fn isr(mut self, isr: Vec<BrokerId>) -> Self {
        self.next.isr = isr;
        self
    }

    /// A broker goes: it is not in sync any more and leads nothing. What it holds stays good.
    pub(super) fn without(mut self, broker: BrokerId) -> Self {
        self.next.isr.retain(|id| *id != broker);
        self.gone = Some(broker);
        self
    }

    /// What a broker held may be gone: it is neither in sync nor eligible any more.
    pub(super) fn lost(mut self, broker: BrokerId) -> Self {
        self.next.isr.retain(|id| *id != broker);
        self.lost = Some(broker);
        self
    }

    /// A broker is let in by the same records that hold this change.
    pub(super) fn joining(mut self, broker: BrokerId) -> Self {
        self.joining = Some(broker);
        self
    }

    /// Proposes who holds the partition, and which of them come and go.
    pub(super) fn replicas(
        mut self,
        replicas: Vec<BrokerId>,
        adding: Vec<BrokerId>,
        removing: Vec<BrokerId>,
    ) -> Self {
        (self.next.adding, self.next.removing) = (adding, removing);
        self.next.isr.retain(|id| replicas.contains(id));
        self.set_replicas(replicas);
        self
    }

    /// Says in which log directory a replica lies.
    pub(super) fn place(mut self, replica: BrokerId, dir: Uuid) -> Self {
        let place = self.next.replicas.iter().position(|id| *id == replica).expect("it is a replica");
        self.next.directories.resize(self.next.replicas.len(), UNASSIGNED_DIRECTORY);
        self.next.directories[place] = dir;
        self
    }

    /// Says whether the leader has recovered.
    pub(super) fn recovery(mut self, recovery: LeaderRecovery) -> Self {
        self.next.recovery = recovery;
        self
    }

    /// What is decided, if it changes anything.
    ///
    /// # Panics
    /// If the state breaks an invariant, or the record does not lead to it.
    pub(super) fn build(mut self) -> Option<Decided> {
        self.complete_reassignment();
        self.keep_eligible();
        self.lead();
        self.keep_last_known();
        let record = self.record()?;
        let mut after = self.before.clone();
        after.merge(&record);
        (self.next.leader_epoch, self.next.partition_epoch) = (after.leader_epoch, after.partition_epoch);
        assert_eq!(after, self.next, "the record says what was decided");
        after.check();
        Some(Decided { after, record, unclean: self.unclean })
    }

    /// Sets the replicas; new ones lie where their broker puts what is new.
    fn set_replicas(&mut self, replicas: Vec<BrokerId>) {
        let directory = |id: &BrokerId| match self.next.replicas.contains(id) {
            true => self.next.directory(*id),
            false => {
                self.image.brokers.get(id).map_or(UNASSIGNED_DIRECTORY, |broker| broker.default_directory())
            }
        };
        if replicas != self.next.replicas {
            self.next.directories = replicas.iter().map(directory).collect();
            self.next.replicas = replicas;
        }
    }

    fn complete_reassignment(&mut self) {
        let PartitionState { replicas, isr, adding, removing, .. } = &self.next;
        if adding.is_empty() && removing.is_empty() {
            return;
        }
        let stays = |id: &&BrokerId| !removing.contains(id);
        let staying: Vec<BrokerId> = replicas.iter().filter(stays).copied().collect();
        let in_sync: Vec<BrokerId> = isr.iter().filter(stays).copied().collect();
        let all_joined = adding.iter().filter(stays).all(|id| in_sync.contains(id));
        let originals = replicas.iter().filter(|id| !adding.contains(id)).count();
        let all_in_sync = staying.iter().all(|id| in_sync.contains(id));
        if in_sync.is_empty() || !all_joined || (staying.len() < originals && !all_in_sync) {
            return;
        }
        self.next.isr = in_sync;
        (self.next.adding, self.next.removing) = (Vec::new(), Vec::new());
        self.set_replicas(staying);
    }

    /// Whether who is in sync may commit.
    fn has_min_isr(&self) -> bool {
        self.next.isr.len() >= self.rules.min_isr.min(self.next.replicas.len())
    }

    fn keep_eligible(&mut self) {
        let was = |id: &BrokerId| self.before.isr.contains(id) || self.before.elr.contains(id);
        let eligible = |id: &BrokerId| was(id) && !self.next.isr.contains(id) && self.lost != Some(*id);
        self.next.elr = if !self.rules.elr || self.has_min_isr() {
            Vec::new()
        } else {
            self.next.replicas.iter().copied().filter(eligible).collect()
        };
    }

    /// Decides who leads, and what that means for who is in sync and eligible.
    fn lead(&mut self) {
        let clean = self.clean_choice();
        let unclean = if clean.is_none() { self.unclean_choice() } else { None };
        if let Some((leader, why)) = unclean {
            self.next.isr = [leader].into();
            self.next.elr.clear();
            self.next.recovery = LeaderRecovery::Recovering;
            self.unclean = Some(why);
        } else if let Some(leader) = clean.filter(|_| self.next.isr.is_empty()) {
            self.next.isr = [leader].into();
            self.next.elr.retain(|id| *id != leader);
            if self.has_min_isr() {
                self.next.elr.clear();
            }
        } else if self.next.isr.is_empty() && !self.rules.elr {
            let stay = self.before.isr.iter().copied().filter(|id| self.next.replicas.contains(id));
            self.next.isr = stay.collect();
        }
        self.next.leader = clean.or(unclean.map(|(leader, _)| leader));
    }

    fn clean_choice(&self) -> Option<BrokerId> {
        let next = &self.next;
        let members = if next.isr.is_empty() { &next.elr } else { &next.isr };
        let is_candidate = |id: &BrokerId| members.contains(id) && self.is_fit(*id);
        let preferred = next.preferred().filter(|_| self.election == Election::Preferred);
        preferred
            .filter(is_candidate)
            .or_else(|| self.before.leader.filter(is_candidate))
            .or_else(|| next.replicas.iter().copied().find(is_candidate))
    }

    fn unclean_choice(&self) -> Option<(BrokerId, Unclean)> {
        let next = &self.next;
        let nobody = next.isr.is_empty() && next.elr.is_empty();
        let last_known = match self.before.last_known_elr[..] {
            [leader] if self.rules.elr && nobody => Some(leader),
            _ => None,
        };
        let last_known = last_known.filter(|id| next.replicas.contains(id) && self.is_fit(*id));
        last_known.map(|leader| (leader, Unclean::LastKnown)).or_else(|| {
            let anybody = next.replicas.iter().copied().find(|id| self.is_fit(*id));
            anybody.filter(|_| self.election == Election::Unclean).map(|leader| (leader, Unclean::Anybody))
        })
    }

    fn is_fit(&self, id: BrokerId) -> bool {
        let Some(broker) = self.image.brokers.get(&id) else { return false };
        self.gone != Some(id)
            && self.lost != Some(id)
            && (self.joining == Some(id) || broker.is_active())
            && broker.has_online_dir(self.next.directory(id))
    }

    fn keep_last_known(&mut self) {
        if !self.rules.elr || self.next.leader.is_some() {
            self.next.last_known_elr.clear();
        } else if self.next.isr.is_empty() && !self.before.isr.is_empty() {
            match (self.before.leader, &self.before.isr[..]) {
                (Some(leader), _) | (None, &[leader]) => self.next.last_known_elr = [leader].into(),
                (None, _) => {}
            }
        }
    }

    /// What has changed; `None` if nothing has.
    fn record(&self) -> Option<PartitionChangeRecord> {
        let (before, next) = (self.before, &self.next);
        let changed = |old: &Vec<BrokerId>, new: &Vec<BrokerId>| (old != new).then(|| new.clone());
        let unchanged = PartitionChangeRecord {
            partition_id: self.at.partition,
            topic_id: self.at.topic_id,
            ..PartitionChangeRecord::default()
        };
        let mut record = PartitionChangeRecord {
            isr: changed(&before.isr, &next.isr),
            replicas: changed(&before.replicas, &next.replicas),
            removing_replicas: changed(&before.removing, &next.removing),
            adding_replicas: changed(&before.adding, &next.adding),
            eligible_leader_replicas: changed(&before.elr, &next.elr),
            last_known_elr: changed(&before.last_known_elr, &next.last_known_elr),
            ..unchanged.clone()
        };
        if before.directories != next.directories {
            record.directories = Some(next.directories.clone());
        }
        if before.recovery != next.recovery {
            record.leader_recovery_state = next.recovery as i8;
        }
        let one_less = before.replicas.iter().any(|id| !next.replicas.contains(id));
        if before.leader != next.leader || one_less {
            record.leader = next.leader.unwrap_or(NO_LEADER);
        }
        (record != unchanged).then_some(record)
    }
}
