//! Leaders propose who is in sync.

use klamm_wire::messages::alter_partition_request::{BrokerState, PartitionData as Proposal, TopicData};
use klamm_wire::messages::alter_partition_response::PartitionData;

use super::*;

impl World {
    /// Topic `t` with one partition on these brokers, the first of them leading.
    pub(super) fn with_topic(brokers: &[BrokerId]) -> Self {
        let mut world = Self::new(brokers);
        world.create(assigned("t", &[(0, brokers)]));
        world
    }

    /// What the leader of `t` proposes, knowing the newest state and every broker.
    pub(super) fn proposal(&self, isr: &[BrokerId]) -> Proposal {
        let state = self.state("t");
        let epoch = |id: &BrokerId| self.controller.image().brokers.get(id).map_or(-1, |broker| broker.epoch);
        let member = |id: &BrokerId| BrokerState { broker_id: *id, broker_epoch: epoch(id) };
        Proposal {
            partition_index: 0,
            leader_epoch: state.leader_epoch,
            new_isr: Vec::new(),
            new_isr_with_epochs: isr.iter().map(member).collect(),
            leader_recovery_state: state.recovery as i8,
            partition_epoch: state.partition_epoch,
        }
    }

    fn request(&self, from: BrokerId, proposals: Vec<Proposal>) -> AlterPartitionRequest {
        let topic_id = self.controller.image().topic("t").expect("it exists").id;
        let topics = vec![TopicData { topic_id, partitions: proposals }];
        AlterPartitionRequest { broker_id: from, broker_epoch: self.epoch(from), topics }
    }

    /// The answer to one proposal, and how many records were written.
    pub(super) fn propose(&mut self, from: BrokerId, proposal: Proposal) -> (PartitionData, usize) {
        let request = self.request(from, vec![proposal]);
        let (records, answer) = self.run(Command::AlterPartition(request));
        (answers(&answer).remove(0), records.len())
    }
}

fn answers(answer: &Answer) -> Vec<PartitionData> {
    let Answer::Response(Response::AlterPartition(response)) = answer else { panic!("{answer:?}") };
    response.topics.iter().flat_map(|topic| topic.partitions.clone()).collect()
}

/// Goal: every check of Kafka's controller, in its order and with its code: each proposal is wrong in what it is
/// refused for and in everything that is checked later. Source: Kafka's
/// `ReplicationControlManager.validateAlterPartitionData`.
#[test]
fn proposals_are_refused_with_kafkas_codes_in_kafkas_order() {
    use ErrorCode as E;
    let mut world = World::with_topic(&[1, 2, 3]);
    world.beat(3, |r| r.want_fence = true);
    world.register(4, 4);
    let state = world.state("t").clone();
    let mut wrong = world.proposal(&[3]);
    let mut refused =
        |from: BrokerId, proposal: &Proposal| world.propose(from, proposal.clone()).0.error_code;
    (wrong.partition_index, wrong.leader_epoch, wrong.partition_epoch) = (7, 9, 9);
    assert_eq!(refused(2, &wrong), E::UNKNOWN_TOPIC_OR_PARTITION);
    wrong.partition_index = 0;
    assert_eq!(refused(2, &wrong), E::NOT_CONTROLLER);
    wrong.leader_epoch = state.leader_epoch - 1;
    assert_eq!(refused(2, &wrong), E::NOT_CONTROLLER, "its partition epoch is ahead");
    wrong.partition_epoch = state.partition_epoch - 1;
    assert_eq!(refused(2, &wrong), E::FENCED_LEADER_EPOCH);
    wrong.leader_epoch = state.leader_epoch;
    assert_eq!(refused(2, &wrong), E::INVALID_REQUEST, "it does not lead");
    assert_eq!(refused(1, &wrong), E::INVALID_UPDATE_VERSION);
    wrong.partition_epoch = state.partition_epoch;
    assert_eq!(refused(1, &wrong), E::INVALID_REQUEST, "without the leader");
    let with = |isr: &[BrokerId], recovery| {
        let known = |id: &BrokerId| BrokerState { broker_id: *id, broker_epoch: -1 };
        Proposal {
            new_isr_with_epochs: isr.iter().map(known).collect(),
            leader_recovery_state: recovery,
            ..wrong.clone()
        }
    };
    assert_eq!(refused(1, &with(&[], 0)), E::INVALID_REQUEST);
    assert_eq!(refused(1, &with(&[1, 4], 0)), E::INVALID_REQUEST, "no replica");
    assert_eq!(refused(1, &with(&[1, 1], 0)), E::INVALID_REQUEST);
    assert_eq!(refused(1, &with(&[1, 2], 1)), E::INVALID_REQUEST, "recovering, with company");
    assert_eq!(refused(1, &with(&[1], 1)), E::INVALID_REQUEST, "it had recovered");
    assert_eq!(refused(1, &with(&[1], 5)), E::INVALID_REQUEST);
    assert_eq!(refused(1, &with(&[1, 3], 0)), E::INELIGIBLE_REPLICA, "fenced");
    assert_eq!(*world.state("t"), state, "nothing has changed");
    let mut request = world.request(1, vec![world.proposal(&[1])]);
    request.topics[0].topic_id = Uuid([0x99; 16]);
    assert_eq!(
        answers(&world.run(Command::AlterPartition(request.clone())).1)[0].error_code,
        E::UNKNOWN_TOPIC_ID
    );
    request.broker_epoch -= 1;
    assert_eq!(world.decide(Command::AlterPartition(request)), Err(E::STALE_BROKER_EPOCH));
}

/// Goal: who is not registered, shuts down, or has restarted since the leader saw it, is not in sync. Source: KIP-841,
/// KIP-903.
#[test]
fn who_may_go_or_has_been_away_does_not_join() {
    let mut world = World::with_topic(&[1, 2, 3]);
    world.create(assigned("u", &[(0, &[2, 3])]));
    assert_eq!(world.propose(1, world.proposal(&[1])).0.error_code, ErrorCode::NONE);
    let seen = world.proposal(&[1, 2, 3]);
    world.start(3, 30);
    assert_eq!(world.propose(1, seen.clone()).0.error_code, ErrorCode::INELIGIBLE_REPLICA, "3 has restarted");
    let old = Proposal { new_isr: vec![1, 2, 3], new_isr_with_epochs: vec![], ..seen };
    let (answer, records) = world.propose(1, old);
    assert_eq!((answer.error_code, records), (ErrorCode::NONE, 1), "version 2 does not know epochs");
    world.propose(1, world.proposal(&[1]));
    world.beat(2, |r| r.want_shut_down = true);
    assert_eq!(world.propose(1, world.proposal(&[1, 2])).0.error_code, ErrorCode::INELIGIBLE_REPLICA);
    world.run(Command::UnregisterBroker(UnregisterBrokerRequest { broker_id: 3 }));
    assert_eq!(world.propose(1, world.proposal(&[1, 3])).0.error_code, ErrorCode::INELIGIBLE_REPLICA);
}

/// Goal: the answer is the state after the change; the same again is no change; a second proposal in one request was
/// made without knowing of the first.
#[test]
fn an_isr_changes_as_its_leader_proposes() {
    let mut world = World::with_topic(&[1, 2, 3]);
    let (answer, records) = world.propose(1, world.proposal(&[1, 3]));
    let expected = PartitionData {
        partition_index: 0,
        error_code: ErrorCode::NONE,
        leader_id: 1,
        leader_epoch: 0,
        isr: vec![1, 3],
        leader_recovery_state: 0,
        partition_epoch: 1,
    };
    assert_eq!((answer, records), (expected.clone(), 1));
    assert_eq!(world.propose(1, world.proposal(&[1, 3])), (expected, 0));
    let twice = world.request(1, vec![world.proposal(&[1]), world.proposal(&[1, 2])]);
    let answer = world.run(Command::AlterPartition(twice)).1;
    let codes: Vec<_> = answers(&answer).iter().map(|answer| answer.error_code).collect();
    assert_eq!(codes, [ErrorCode::NONE, ErrorCode::INVALID_REQUEST]);
    assert_eq!(world.state("t").isr, [1]);
}

/// Goal: a leader that was elected uncleanly is alone until it says that it has recovered. Source: KIP-704.
#[test]
fn a_leader_recovers_before_it_has_company() {
    let mut world = World::with_topic(&[1, 2]);
    world.register(1, 10);
    world.soft.forget(2);
    let (request, epoch) = (registration(2, 20, -1), world.end());
    world.run(Command::RegisterBroker { request, epoch });
    world.soft.forget(1);
    let (request, epoch) = (registration(1, 11, -1), world.end());
    world.run(Command::RegisterBroker { request, epoch });
    assert_eq!((world.state("t").isr.len(), &world.state("t").last_known_elr[..]), (0, &[2][..]));
    world.beat(1, |_| {});
    assert_eq!(world.state("t").leader, None, "2 led last");
    world.beat(2, |_| {});
    assert_eq!((world.state("t").leader, world.state("t").recovery as i8), (Some(2), 1));
    assert!(world.observed.iter().any(|event| matches!(event, Event::UncleanElection { leader: 2, .. })));
    assert_eq!(world.propose(2, world.proposal(&[2, 1])).0.error_code, ErrorCode::INVALID_REQUEST);
    let recovered = Proposal { leader_recovery_state: 0, ..world.proposal(&[2, 1]) };
    assert_eq!(world.propose(2, recovered).0.error_code, ErrorCode::NONE);
    assert_eq!((&world.state("t").isr[..], world.state("t").recovery as i8), (&[2, 1][..], 0));
}
