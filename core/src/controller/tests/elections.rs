//! Elections that somebody asks for, and those the controller makes by itself.

use klamm_wire::messages::elect_leaders_request::TopicPartitions;

use super::*;
use crate::timer::{ControllerTimer, Timer};

const PREFERRED: i8 = 0;
const UNCLEAN: i8 = 1;

impl World {
    fn elect(
        &mut self,
        election_type: i8,
        partitions: Option<&[(&str, &[i32])]>,
    ) -> Vec<(Str, i32, ErrorCode)> {
        let topic = |(name, indexes): &(&str, &[i32])| TopicPartitions {
            topic: (*name).into(),
            partitions: indexes.to_vec(),
        };
        let topic_partitions = partitions.map(|topics| topics.iter().map(topic).collect());
        let request = ElectLeadersRequest { election_type, topic_partitions, ..Default::default() };
        let answer = self.run(Command::ElectLeaders(request)).1;
        let Answer::Response(Response::ElectLeaders(response)) = answer else { panic!("{answer:?}") };
        let results = response.replica_election_results.iter().flat_map(|topic| {
            topic.partition_result.iter().map(|one| (topic.topic.clone(), one.partition_id, one.error_code))
        });
        results.collect()
    }

    fn leads(&self, name: &str) -> Option<BrokerId> {
        self.state(name).leader
    }

    /// Broker 1 was away: it is back, in sync with what 2 leads.
    fn after_an_absence() -> Self {
        let mut world = Self::with_topic(&[1, 2]);
        world.beat(1, |r| r.want_fence = true);
        world.beat(1, |_| {});
        world.propose(2, world.proposal(&[2, 1]));
        assert_eq!(world.leads("t"), Some(2));
        world
    }
}

/// Goal: each partition is answered for itself with the code clients act on; asked for all, those that are well are
/// not mentioned. Source: KIP-183, KIP-460.
#[test]
fn elections_are_answered_one_by_one() {
    use ErrorCode as E;
    let mut world = World::after_an_absence();
    world.create(assigned("u", &[(0, &[1, 2]), (1, &[2, 1])]));
    let code = |world: &mut World, kind, name: &str, index| world.elect(kind, Some(&[(name, &[index])]))[0].2;
    assert_eq!(code(&mut world, PREFERRED, "no", 0), E::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(code(&mut world, PREFERRED, "t", 1), E::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(code(&mut world, PREFERRED, "u", 0), E::ELECTION_NOT_NEEDED);
    assert_eq!(code(&mut world, UNCLEAN, "t", 0), E::ELECTION_NOT_NEEDED, "somebody leads");
    assert_eq!(world.elect(PREFERRED, None), [("t".into(), 0, E::NONE)]);
    assert_eq!(world.leads("t"), Some(1));
    world.propose(1, world.proposal(&[1]));
    world.beat(1, |r| r.want_fence = true);
    assert_eq!(code(&mut world, PREFERRED, "t", 0), E::PREFERRED_LEADER_NOT_AVAILABLE);
    assert_eq!(code(&mut world, PREFERRED, "u", 0), E::PREFERRED_LEADER_NOT_AVAILABLE);
    assert_eq!(world.elect(UNCLEAN, Some(&[("t", &[0, 0])])), [("t".into(), 0, E::NONE)], "named twice");
    assert_eq!((world.leads("t"), world.state("t").recovery as i8), (Some(2), 1), "an operator's choice");
    world.beat(2, |r| r.want_fence = true);
    assert_eq!(code(&mut world, UNCLEAN, "t", 0), E::ELIGIBLE_LEADERS_NOT_AVAILABLE);
    let unknown = ElectLeadersRequest { election_type: 2, ..Default::default() };
    assert_eq!(world.decide(Command::ElectLeaders(unknown)), Err(E::INVALID_REQUEST));
}

/// Goal: leaderships go back to the preferred replicas by themselves, if that is wanted. Source:
/// `auto.leader.rebalance.enable`.
#[test]
fn leaderships_go_back_by_themselves() {
    for wanted in [true, false] {
        let mut world = World::after_an_absence();
        world.config.auto_leader_rebalance = wanted;
        world.config.broker_session_timeout_ms = 1_000_000_000;
        (world.soft, world.timers) = (Soft::default(), Timers::default());
        world.run(Command::Activate);
        world.advance_ms(300_000);
        world.expire();
        assert_eq!(world.leads("t"), Some(if wanted { 1 } else { 2 }));
        assert!(world.timers.next().is_some(), "it looks again");
    }
}

/// Goal: one round moves a bounded number of leaders and the next one goes on at once.
#[test]
fn a_round_of_balancing_is_bounded() {
    let mut world = World::new(&[1, 2]);
    world.create(assigned("t", &(0..1500).map(|index| (index, &[1, 2][..])).collect::<Vec<_>>()));
    world.beat(1, |r| r.want_fence = true);
    world.beat(1, |_| {});
    let image = world.image();
    let at: Vec<_> = image.partitions().map(|(at, state)| (at, state.clone())).collect();
    for (at, state) in at {
        let rules = super::super::partition_change::Rules { elr: true, min_isr: 1, unclean: false };
        let change = super::super::partition_change::PartitionChange::new(world.image(), at, &state, rules);
        let record = change.isr(vec![1, 2]).build().expect("1 is in sync again").record;
        let end = world.end();
        world.controller.apply(end, &record.into());
    }
    let balance = || Command::Timer(ControllerTimer::PreferredLeaders);
    assert_eq!(world.run(balance()).0.len(), 1000);
    world.advance_ms(1);
    let due = world.timers.pop_due(world.now.monotonic);
    assert_eq!(due, Some(Timer::Controller(ControllerTimer::PreferredLeaders)));
    assert_eq!(world.run(balance()).0.len(), 500);
    assert_eq!(world.run(balance()).0.len(), 0);
}

/// Goal: a topic that would rather lose records than wait gets a leader at the next round; others wait. Source:
/// `unclean.leader.election.enable`.
#[test]
fn unclean_elections_happen_only_where_they_are_wanted() {
    for wanted in ["true", "false"] {
        let mut world = World::with_topic(&[1, 2]);
        world.propose(1, world.proposal(&[1]));
        world.beat(1, |r| r.want_fence = true);
        assert_eq!(world.leads("t"), None, "2 is not in sync");
        world.alter(TOPIC_RESOURCE, "t", &[("unclean.leader.election.enable", SET, Some(wanted))], false);
        world.run(Command::Timer(ControllerTimer::UncleanElections));
        let expected = if wanted == "true" { Some(2) } else { None };
        assert_eq!(world.leads("t"), expected);
        let told = world.observed.iter().any(|event| matches!(event, Event::UncleanElection { .. }));
        assert_eq!(told, expected.is_some());
    }
}
