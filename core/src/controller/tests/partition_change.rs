//! The rules of a change, tried in every small state.

use alloc::collections::BTreeSet;

use klamm_wire::metadata_records::RegisterBrokerRecord;

use super::super::partition_change::{Election, PartitionChange, Rules};
use super::*;
use crate::image::{LeaderRecovery, PartitionState};
use crate::types::TopicIdPartition;

const AT: TopicIdPartition = TopicIdPartition { topic_id: Uuid([1; 16]), partition: 0 };
const REPLICAS: [BrokerId; 3] = [1, 2, 3];
const DIR: Uuid = Uuid([0xd0; 16]);

/// Brokers 1 to 4; those that are not `active` are fenced.
fn image(active: &[BrokerId]) -> MetadataImage {
    let mut image = MetadataImage::new(Uuid::ZERO);
    for broker_id in 1..=4 {
        let record = RegisterBrokerRecord {
            broker_id,
            fenced: !active.contains(&broker_id),
            log_dirs: vec![DIR],
            ..RegisterBrokerRecord::default()
        };
        image.apply(0, &record.into());
    }
    image
}

fn state(isr: &[BrokerId], elr: &[BrokerId], leader: Option<BrokerId>) -> PartitionState {
    PartitionState {
        replicas: REPLICAS.to_vec(),
        directories: vec![DIR; 3],
        isr: isr.to_vec(),
        elr: elr.to_vec(),
        last_known_elr: Vec::new(),
        removing: Vec::new(),
        adding: Vec::new(),
        leader,
        leader_epoch: 5,
        partition_epoch: 7,
        recovery: LeaderRecovery::Recovered,
    }
}

fn subsets(of: &[BrokerId]) -> Vec<Vec<BrokerId>> {
    let pick = |mask: usize| (0..of.len()).filter(|bit| mask & (1 << bit) != 0).map(|bit| of[bit]).collect();
    (0..1 << of.len()).map(pick).collect()
}

/// Every state of three replicas that keeps the invariants.
fn states() -> Vec<PartitionState> {
    let mut states = Vec::new();
    for isr in subsets(&REPLICAS) {
        let rest: Vec<BrokerId> = REPLICAS.into_iter().filter(|id| !isr.contains(id)).collect();
        for elr in subsets(&rest) {
            let leaders = isr.iter().copied().map(Some).chain([None]);
            for leader in leaders {
                let known: &[&[BrokerId]] = if leader.is_none() { &[&[], &[2]] } else { &[&[]] };
                for last_known in known {
                    let state = state(&isr, &elr, leader);
                    states.push(PartitionState { last_known_elr: last_known.to_vec(), ..state });
                }
            }
        }
    }
    states
}

#[derive(Clone, Debug)]
enum Cause {
    Nothing,
    Without(BrokerId),
    Lost(BrokerId),
    Joining(BrokerId),
    Isr(Vec<BrokerId>),
}

fn causes(before: &PartitionState) -> Vec<Cause> {
    let mut causes = vec![Cause::Nothing, Cause::Joining(1)];
    causes.extend(REPLICAS.into_iter().flat_map(|id| [Cause::Without(id), Cause::Lost(id)]));
    if let Some(leader) = before.leader {
        let proposals = subsets(&REPLICAS).into_iter().filter(|isr| isr.contains(&leader));
        causes.extend(proposals.map(Cause::Isr));
    }
    causes
}

/// One decision and what the rules are about.
struct Tried<'a> {
    before: &'a PartitionState,
    after: PartitionState,
    rules: Rules,
    election: Election,
    cause: &'a Cause,
    /// Who is proposed to be in sync.
    proposed: Vec<BrokerId>,
    fit: Vec<BrokerId>,
}

impl Tried<'_> {
    fn lost(&self, id: BrokerId) -> bool {
        matches!(self.cause, Cause::Lost(lost) if *lost == id)
    }

    /// Who surely holds everything: members of the ISR, or below `min.insync.replicas` who was in sync or eligible.
    fn safe(&self) -> BTreeSet<BrokerId> {
        let eligible = self.before.isr.iter().chain(&self.before.elr).copied();
        let below = self.rules.elr && self.proposed.len() < self.rules.min_isr;
        let eligible = eligible.filter(|id| below && !self.lost(*id));
        self.proposed.iter().copied().chain(eligible).collect()
    }

    /// Who may lead cleanly: somebody who is in sync, or if nobody is, somebody eligible.
    fn members(&self) -> BTreeSet<BrokerId> {
        if self.proposed.is_empty() { self.safe() } else { self.proposed.iter().copied().collect() }
    }

    fn check(&self) {
        let Self { before, after, rules, .. } = self;
        after.check();
        self.check_leader();
        self.check_unclean();
        if !rules.elr {
            assert!(!after.isr.is_empty() || before.isr.is_empty(), "the last members stay");
            assert!(after.elr.is_empty() && after.last_known_elr.is_empty());
        }
        if after.isr.len() >= rules.min_isr {
            assert!(after.elr.is_empty(), "who is in sync may commit: nobody else is eligible");
        } else if rules.elr && after.recovery == before.recovery {
            let kept = |id: &BrokerId| after.isr.contains(id) || after.elr.contains(id);
            assert!(self.safe().iter().all(kept), "nobody who holds everything is forgotten");
        }
        assert!(after.elr.iter().all(|id| self.safe().contains(id)), "who is eligible holds everything");
        assert!(after.elr.is_empty() || after.leader.is_none() || after.isr.len() < rules.min_isr);
        if rules.elr && after.isr.is_empty() && !before.isr.is_empty() {
            let last = before.leader.or(Some(before.isr[0]).filter(|_| before.isr.len() == 1));
            assert!(last.is_none_or(|last| after.last_known_elr == [last]), "who led last is known");
        }
    }

    fn check_leader(&self) {
        let Self { before, after, .. } = self;
        if let Some(leader) = after.leader {
            assert!(self.fit.contains(&leader), "a leader is fit");
            assert!(after.last_known_elr.is_empty(), "while somebody leads nobody is remembered");
        }
        let members = self.members();
        let candidate = |id: &BrokerId| members.contains(id) && self.fit.contains(id);
        let first = REPLICAS.into_iter().find(candidate);
        assert!(first.is_none() || after.leader.is_some(), "who can lead does");
        match (self.election, before.leader) {
            (Election::Preferred, _) if candidate(&1) => assert_eq!(after.leader, Some(1)),
            (_, Some(leader)) if candidate(&leader) => {
                assert_eq!(after.leader, Some(leader), "no need to move")
            }
            _ if first.is_some() => assert_eq!(after.leader, first, "in the order of the replicas"),
            _ => {}
        }
        let moved = before.leader != after.leader;
        assert_eq!(after.leader_epoch, before.leader_epoch + i32::from(moved));
        let changed = PartitionState { partition_epoch: before.partition_epoch, ..after.clone() } != **before;
        assert_eq!(after.partition_epoch, before.partition_epoch + i32::from(changed));
    }

    /// A leader that may not hold everything is only chosen where that is allowed, and is marked.
    fn check_unclean(&self) {
        let Self { before, after, .. } = self;
        let Some(leader) = after.leader.filter(|leader| !self.members().contains(leader)) else {
            assert_eq!(after.recovery, before.recovery, "nothing is to recover");
            return;
        };
        let last_known = self.rules.elr && self.members().is_empty() && before.last_known_elr == [leader];
        assert!(last_known || self.election == Election::Unclean, "unclean although it was not allowed");
        assert_eq!(after.isr, [leader], "nobody is in sync with lost records");
        assert!(after.elr.is_empty());
        assert_eq!(after.recovery, LeaderRecovery::Recovering);
    }
}

fn try_all(rules: Rules, election: Election) {
    for active in subsets(&REPLICAS) {
        let image = image(&active);
        for before in states() {
            for cause in causes(&before) {
                let change = PartitionChange::new(&image, AT, &before, rules).elect(election);
                let (mut proposed, mut fit) = (before.isr.clone(), active.clone());
                let change = match &cause {
                    Cause::Nothing => change,
                    Cause::Without(id) | Cause::Lost(id) => {
                        proposed.retain(|other| other != id);
                        fit.retain(|other| other != id);
                        if matches!(cause, Cause::Lost(_)) { change.lost(*id) } else { change.without(*id) }
                    }
                    Cause::Joining(id) => {
                        fit.push(*id);
                        change.joining(*id)
                    }
                    Cause::Isr(isr) => {
                        proposed.clone_from(isr);
                        change.isr(isr.clone())
                    }
                };
                let after = change.build().map_or_else(|| before.clone(), |decided| decided.after);
                Tried { before: &before, after, rules, election, cause: &cause, proposed, fit }.check();
            }
        }
    }
}

/// Goal: the rules of `PartitionChange` hold in every state, for every cause. Method: all states of three replicas
/// that keep the invariants, all sets of active brokers, against properties that are written down apart from the
/// code. Source: KIP-966.
#[test]
fn every_change_keeps_the_rules() {
    for elr in [false, true] {
        for min_isr in 1..=3 {
            for election in [Election::Online, Election::Preferred, Election::Unclean] {
                try_all(Rules { elr, min_isr, unclean: election == Election::Unclean }, election);
            }
        }
    }
}

const WITH_ELR: Rules = Rules { elr: true, min_isr: 2, unclean: false };

fn after(
    before: &PartitionState,
    active: &[BrokerId],
    change: impl FnOnce(PartitionChange<'_>) -> PartitionChange<'_>,
) -> PartitionState {
    let image = image(active);
    let change = change(PartitionChange::new(&image, AT, before, WITH_ELR));
    change.build().expect("something changes").after
}

/// Goal: the life of an ELR, step by step. Source: KIP-966, "ELR".
#[test]
fn the_last_members_of_an_isr_are_eligible_until_it_is_whole_again() {
    let whole = state(&[1, 2, 3], &[], Some(1));
    let two = after(&whole, &[1, 2, 3], |change| change.without(3));
    assert_eq!((&two.isr[..], &two.elr[..]), (&[1, 2][..], &[][..]), "two may commit without the third");
    let one = after(&two, &[1, 2], |change| change.without(2));
    assert_eq!((&one.isr[..], &one.elr[..]), (&[1][..], &[2][..]));
    let none = after(&one, &[1], |change| change.without(1));
    assert_eq!((&none.isr[..], &none.elr[..], none.leader), (&[][..], &[1, 2][..], None));
    assert_eq!(none.last_known_elr, [1]);
    let back = after(&none, &[3], |change| change.joining(2));
    assert_eq!((&back.isr[..], &back.elr[..], back.leader), (&[2][..], &[1][..], Some(2)), "3 is not asked");
    assert_eq!((back.recovery, back.last_known_elr.len()), (LeaderRecovery::Recovered, 0));
    let again = after(&back, &[2, 3], |change| change.isr(vec![2, 3]));
    assert_eq!((&again.isr[..], &again.elr[..]), (&[2, 3][..], &[][..]));
}

/// Goal: when everybody eligible has lost something, who led last is the best choice, and it is marked; but not
/// while it is away. Source: KIP-966, "balanced" recovery; KAFKA-19522.
#[test]
fn the_last_known_leader_is_elected_when_it_is_back() {
    let none = PartitionState { last_known_elr: vec![1], ..state(&[], &[1], None) };
    let lost = after(&none, &[2, 3], |change| change.lost(1));
    assert_eq!((&lost.elr[..], &lost.last_known_elr[..], lost.leader), (&[][..], &[1][..], None));
    let image = image(&[2, 3]);
    assert!(PartitionChange::new(&image, AT, &lost, WITH_ELR).build().is_none(), "2 and 3 are not asked");
    let back = after(&lost, &[2, 3], |change| change.joining(1));
    assert_eq!((&back.isr[..], back.leader, back.recovery), (&[1][..], Some(1), LeaderRecovery::Recovering));
}

/// Goal: a broker whose directory is gone leads nothing there. Source: KIP-858.
#[test]
fn a_replica_in_a_lost_directory_does_not_lead() {
    let mut before = state(&[1, 2], &[], Some(1));
    before.directories[1] = Uuid([0xee; 16]);
    let next = after(&before, &[1, 2, 3], |change| change.without(1));
    assert_eq!((next.leader, &next.isr[..], &next.elr[..]), (None, &[2][..], &[1][..]));
    let placed = after(&next, &[2], |change| change.place(2, DIR));
    assert_eq!((placed.leader, placed.directories[1]), (Some(2), DIR));
}

/// Goal: a reassignment ends when its condition holds, takes away who leaves, and fences their fetches. Source:
/// KIP-455. Kafka: `PartitionReassignmentReplicas.maybeCompleteReassignment`.
#[test]
fn a_reassignment_ends_when_who_joins_is_in_sync() {
    let moving = |replicas: &[BrokerId], isr: &[BrokerId], adding: &[BrokerId], removing: &[BrokerId]| {
        let plain = state(isr, &[], Some(1));
        let (adding, removing) = (adding.to_vec(), removing.to_vec());
        let directories = vec![DIR; replicas.len()];
        PartitionState { replicas: replicas.to_vec(), directories, adding, removing, ..plain }
    };
    let all = [1, 2, 3, 4];
    let (early, proposal) = (moving(&[4, 2, 1, 3], &[1, 2, 3], &[4], &[1, 3]), vec![1, 2, 3, 4]);
    let done = after(&early, &all, |change| change.isr(proposal));
    assert_eq!((&done.replicas[..], &done.isr[..], done.leader), (&[4, 2][..], &[2, 4][..], Some(4)));
    assert!(!done.is_reassigned() && done.leader_epoch == 6 && done.directories.len() == 2);
    let waits = after(&early, &all, |change| change.isr(vec![1, 2]));
    assert!(waits.is_reassigned() && waits.replicas == [4, 2, 1, 3], "4 is not in sync yet");

    let kept = after(&moving(&[1, 2, 4, 3], &[1, 3], &[4], &[3]), &all, |change| change.isr(vec![1, 3, 4]));
    assert_eq!((&kept.replicas[..], &kept.isr[..]), (&[1, 2, 4][..], &[1, 4][..]), "2 lagged before");
    assert_eq!((kept.leader, kept.leader_epoch), (Some(1), 6), "a replica was taken away");

    let fewer = after(&moving(&[1, 2, 3], &[1], &[], &[3]), &all, |change| change.isr(vec![1, 3]));
    assert!(fewer.is_reassigned(), "with fewer replicas all of them have to be in sync");
    let fewer = after(&moving(&[1, 2, 3], &[1, 3], &[], &[3]), &all, |change| change.isr(vec![1, 2, 3]));
    assert_eq!((&fewer.replicas[..], &fewer.isr[..]), (&[1, 2][..], &[1, 2][..]));
}

/// Goal: where who led last is no replica any more, somebody can still be elected when he is back. Source: seed 741003
/// of clusters whose partitions move: a move was taken back, and then the last eligible replica lost what it held.
#[test]
fn the_last_eligible_replica_follows_a_last_leader_that_was_taken_away() {
    let moving = PartitionState {
        replicas: vec![1, 2, 4],
        adding: vec![4],
        last_known_elr: vec![4],
        ..state(&[], &[1, 4], None)
    };
    let rules = Rules { elr: true, min_isr: 2, unclean: false };
    let image = image(&[3]);
    let change = PartitionChange::new(&image, AT, &moving, rules).replicas(vec![1, 2], vec![], vec![]);
    let back = change.build().expect("a replica goes").after;
    assert_eq!((&back.elr[..], &back.last_known_elr[..]), (&[1][..], &[][..]));
    let change = PartitionChange::new(&image, AT, &back, rules).lost(1);
    let lost = change.build().expect("nobody is eligible any more").after;
    assert_eq!((&lost.elr[..], &lost.last_known_elr[..], lost.leader), (&[][..], &[1][..], None));
    let change = PartitionChange::new(&image, AT, &lost, rules).joining(1);
    assert_eq!(change.build().expect("it leads").after.leader, Some(1));
}
