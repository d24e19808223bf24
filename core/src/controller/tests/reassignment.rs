//! Partitions move to other brokers.

use klamm_wire::messages::alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic};
use klamm_wire::messages::list_partition_reassignments_request::ListPartitionReassignmentsTopics;

use super::*;

type Ongoing = (i32, Vec<BrokerId>, Vec<BrokerId>, Vec<BrokerId>);

impl World {
    pub(super) fn reassign(
        &mut self,
        targets: &[(&str, i32, Option<&[BrokerId]>)],
        same_factor: bool,
    ) -> Vec<ErrorCode> {
        let topic =
            |(name, partition_index, replicas): &(&str, i32, Option<&[BrokerId]>)| ReassignableTopic {
                name: (*name).into(),
                partitions: vec![ReassignablePartition {
                    partition_index: *partition_index,
                    replicas: replicas.map(<[BrokerId]>::to_vec),
                }],
            };
        let request = AlterPartitionReassignmentsRequest {
            allow_replication_factor_change: !same_factor,
            topics: targets.iter().map(topic).collect(),
            ..AlterPartitionReassignmentsRequest::default()
        };
        match self.run(Command::AlterReassignments(request)).1 {
            Answer::Response(Response::AlterPartitionReassignments(response)) => {
                let partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
                partitions.map(|partition| partition.error_code).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn move_to(&mut self, replicas: &[BrokerId]) -> ErrorCode {
        self.reassign(&[("t", 0, Some(replicas))], false)[0]
    }

    fn take_back(&mut self) -> ErrorCode {
        self.reassign(&[("t", 0, None)], false)[0]
    }

    fn ongoing(&mut self, topics: Option<&[(&str, &[i32])]>) -> Vec<Ongoing> {
        let topic = |(name, indexes): &(&str, &[i32])| ListPartitionReassignmentsTopics {
            name: (*name).into(),
            partition_indexes: indexes.to_vec(),
        };
        let topics = topics.map(|topics| topics.iter().map(topic).collect());
        let request = ListPartitionReassignmentsRequest { topics, ..Default::default() };
        let answer = self.run(Command::ListReassignments(request)).1;
        let Answer::Response(Response::ListPartitionReassignments(response)) = answer else {
            panic!("{answer:?}")
        };
        let partitions = response.topics.into_iter().flat_map(|topic| topic.partitions);
        partitions.map(|p| (p.partition_index, p.replicas, p.adding_replicas, p.removing_replicas)).collect()
    }

    fn held_by(&self) -> (Vec<BrokerId>, Vec<BrokerId>, Option<BrokerId>) {
        let state = self.state("t");
        (state.replicas.clone(), state.isr.clone(), state.leader)
    }
}

/// Goal: a partition moves step by step and is told where it is; the leader that leaves hears that another one was
/// elected. Source: KIP-455.
#[test]
fn a_partition_moves_when_who_joins_is_in_sync() {
    let mut world = World::with_topic(&[1, 2]);
    world.start(3, 3);
    world.start(4, 4);
    assert_eq!(world.move_to(&[3, 4]), ErrorCode::NONE);
    let ongoing = [(0, vec![3, 4, 1, 2], vec![3, 4], vec![1, 2])];
    assert_eq!(world.ongoing(None), ongoing);
    assert_eq!(world.ongoing(Some(&[("t", &[0, 1]), ("no", &[0])])), ongoing);
    assert_eq!(world.ongoing(Some(&[("t", &[1])])), []);
    let directories = &world.state("t").directories;
    assert_eq!(*directories, [3, 4, 1, 2].map(directory), "each where its broker puts it");
    assert_eq!(world.propose(1, world.proposal(&[1, 2, 3])).0.error_code, ErrorCode::NONE);
    assert_eq!(world.held_by(), (vec![3, 4, 1, 2], vec![1, 2, 3], Some(1)));
    let (answer, records) = world.propose(1, world.proposal(&[1, 2, 3, 4]));
    assert_eq!((answer.error_code, records), (ErrorCode::NEW_LEADER_ELECTED, 1));
    assert_eq!(world.held_by(), (vec![3, 4], vec![3, 4], Some(3)));
    assert_eq!(world.state("t").leader_epoch, 1);
    assert_eq!(world.ongoing(None), []);
}

/// Goal: a change of the order is done at once; fewer replicas, too, once all of them are in sync; more when they
/// have joined.
#[test]
fn order_and_number_of_replicas_change() {
    let mut world = World::with_topic(&[1, 2, 3]);
    assert_eq!(world.move_to(&[3, 1, 2]), ErrorCode::NONE);
    assert_eq!(world.held_by(), (vec![3, 1, 2], vec![1, 2, 3], Some(1)));
    assert_eq!(world.state("t").leader_epoch, 0, "nobody is taken away");
    world.propose(1, world.proposal(&[1, 2]));
    assert_eq!(world.move_to(&[3]), ErrorCode::NONE);
    assert_eq!(world.held_by().0, [3, 1, 2], "3 is not in sync");
    world.propose(1, world.proposal(&[1, 2, 3]));
    assert_eq!(world.held_by(), (vec![3], vec![3], Some(3)));
    assert_eq!(world.move_to(&[3, 2]), ErrorCode::NONE);
    world.propose(3, world.proposal(&[3, 2]));
    assert_eq!(world.held_by(), (vec![3, 2], vec![3, 2], Some(3)));
}

/// Goal: taking back leads to where everything began, also when another target was named meanwhile. Source: KIP-455,
/// "cancellation".
#[test]
fn a_reassignment_is_taken_back() {
    let mut world = World::with_topic(&[1, 2]);
    [3, 4].map(|id| world.start(id, u8::try_from(id).expect("small")));
    assert_eq!(world.take_back(), ErrorCode::NO_REASSIGNMENT_IN_PROGRESS);
    world.move_to(&[1, 3]);
    world.propose(1, world.proposal(&[1, 2]));
    world.move_to(&[1, 4]);
    let (replicas, adding, removing) = (vec![1, 4, 3, 2], vec![4, 3], vec![3, 2]);
    assert_eq!(world.ongoing(None), [(0, replicas, adding, removing)]);
    assert_eq!(world.take_back(), ErrorCode::NONE);
    assert_eq!(world.held_by(), (vec![1, 2], vec![1, 2], Some(1)));
    assert_eq!(world.state("t").leader_epoch, 1, "who was joining fetches no more");

    world.move_to(&[3, 4]);
    assert_eq!(world.move_to(&[2, 1]), ErrorCode::NONE, "back, in another order");
    assert_eq!(world.held_by().0, [2, 1]);
    assert_eq!(world.ongoing(None), []);
}

/// Goal: a reassignment is not taken back at the price of records, unless the topic is like that. Source: Kafka's
/// `PartitionReassignmentRevert`.
#[test]
fn taking_back_loses_nothing() {
    let prepare = |unclean: &str| {
        let mut world = World::with_topic(&[1, 2]);
        world.alter(TOPIC_RESOURCE, "t", &[("unclean.leader.election.enable", SET, Some(unclean))], false);
        [3, 4].map(|id| world.start(id, u8::try_from(id).expect("small")));
        world.move_to(&[3, 4]);
        world.propose(1, world.proposal(&[1, 2, 3]));
        [1, 2].map(|id| world.beat(id, |r| r.want_fence = true));
        assert_eq!((&world.state("t").isr[..], world.state("t").leader), (&[3][..], Some(3)));
        world
    };
    let mut world = prepare("false");
    assert_eq!(world.take_back(), ErrorCode::INVALID_REPLICA_ASSIGNMENT);
    let mut world = prepare("true");
    assert_eq!(world.take_back(), ErrorCode::INVALID_REPLICA_ASSIGNMENT, "nobody is there");
    world.beat(2, |_| {});
    assert_eq!(world.take_back(), ErrorCode::NONE);
    assert_eq!(world.held_by(), (vec![1, 2], vec![2], Some(2)));
    assert_eq!(world.state("t").recovery as i8, 1, "it is marked");
}

/// Goal: what cannot be is refused with Kafka's codes.
#[test]
fn targets_are_checked() {
    use ErrorCode as E;
    let mut world = World::with_topic(&[1, 2]);
    world.register(3, 3); // fenced: it may come back
    assert_eq!(world.reassign(&[("no", 0, Some(&[1]))], false), [E::UNKNOWN_TOPIC_OR_PARTITION]);
    assert_eq!(world.reassign(&[("t", 9, Some(&[1]))], false), [E::UNKNOWN_TOPIC_OR_PARTITION]);
    for target in [&[][..], &[9], &[1, 1]] {
        assert_eq!(world.move_to(target), E::INVALID_REPLICA_ASSIGNMENT, "{target:?}");
    }
    assert_eq!(world.reassign(&[("t", 0, Some(&[1]))], true), [E::INVALID_REPLICATION_FACTOR]);
    assert_eq!(world.reassign(&[("t", 0, Some(&[1, 3]))], true), [E::NONE]);
    assert_eq!(world.reassign(&[("t", 0, Some(&[1, 2, 3]))], true), [E::INVALID_REPLICATION_FACTOR]);
    assert_eq!(world.reassign(&[("t", 0, Some(&[1])), ("t", 0, None)], false), [E::NONE, E::INVALID_REQUEST]);
}

/// Goal: a topic that grows while it moves gets as many replicas as it will have.
#[test]
fn new_partitions_have_the_factor_of_the_target() {
    let mut world = World::with_topic(&[1, 2]);
    [3, 4].map(|id| world.start(id, u8::try_from(id).expect("small")));
    world.move_to(&[3, 4]);
    assert_eq!(world.state("t").replicas.len(), 4);
    let topics = vec![CreatePartitionsTopic { name: "t".into(), count: 2, assignments: None }];
    world.run(Command::CreatePartitions(CreatePartitionsRequest { topics, ..Default::default() }));
    assert_eq!(world.partitions("t")[1].0.len(), 2);
}
