//! Brokers come and go, and their partitions with them.

use klamm_wire::metadata_records::{PartitionRecord, RegisterBrokerRecord};

use super::super::partition_change::{PartitionChange, Rules};
use super::*;
use crate::image::PartitionState;
use crate::testing::Stage;
use crate::timer::Timer;

const NO_ELR: Rules = Rules { elr: false, min_isr: 1, unclean: false };

const TOPIC: Uuid = Uuid([1; 16]);

/// ISR and leader of each partition, and the leader epoch.
type Led = (Vec<BrokerId>, Option<BrokerId>, i32);

/// Brokers 1 to 3; one partition per entry of `(isr, leader)`, all on 1, 2, 3.
fn image(fenced: &[BrokerId], partitions: &[(&[BrokerId], BrokerId)]) -> MetadataImage {
    let mut image = MetadataImage::new(Uuid::ZERO);
    for broker_id in 1..=3 {
        let fenced = fenced.contains(&broker_id);
        image.apply(0, &RegisterBrokerRecord { broker_id, fenced, ..Default::default() }.into());
    }
    image.apply(0, &TopicRecord { name: "t".into(), topic_id: TOPIC }.into());
    for (partition_id, (isr, leader)) in (0..).zip(partitions) {
        let record = PartitionRecord {
            partition_id,
            topic_id: TOPIC,
            replicas: vec![1, 2, 3],
            isr: isr.to_vec(),
            leader: *leader,
            leader_epoch: 0,
            partition_epoch: 0,
            ..PartitionRecord::default()
        };
        image.apply(0, &record.into());
    }
    image
}

fn after(
    mut image: MetadataImage,
    change: impl FnOnce(&Controller, &mut Cx<'_>) -> Vec<MetadataRecord>,
) -> Vec<Led> {
    let records = change(&Controller::new(image.clone()), &mut Stage::new(Config::default()).cx());
    records.iter().for_each(|record| image.apply(0, record));
    image.partitions().map(|(_, state)| (state.isr.clone(), state.leader, state.leader_epoch)).collect()
}

/// Goal: leadership moves inside the ISR, a lone ISR member stays and leads nothing, partitions without the broker
/// are left alone. Source: Kafka without KIP-966.
#[test]
fn a_broker_that_goes_leads_nothing_and_leaves_every_isr_it_shares() {
    let image = image(&[], &[(&[1, 2, 3], 1), (&[1], 1), (&[2, 3], 2), (&[1, 2], 2), (&[1], -1)]);
    assert_eq!(
        after(image, |controller, cx| controller.changes_without(cx, 1)),
        [
            (vec![2, 3], Some(2), 1),
            (vec![1], None, 1),
            (vec![2, 3], Some(2), 0),
            (vec![2], Some(2), 0),
            (vec![1], None, 0),
        ]
    );
}

/// Goal: a broker that is let in leads what it holds in sync and nobody leads; a partition whose last in-sync
/// replica is still away waits for it.
#[test]
fn a_broker_that_is_let_in_leads_what_waited_for_it() {
    let image = image(&[1, 3], &[(&[1], -1), (&[3], -1), (&[2], 2)]);
    assert_eq!(
        after(image, |controller, cx| controller.changes_joining(cx, 1)),
        [(vec![1], Some(1), 1), (vec![3], None, 0), (vec![2], Some(2), 0)]
    );
}

impl World {
    pub(super) fn advance_ms(&mut self, ms: i64) {
        self.now.monotonic = self.now.monotonic.after_ms(ms);
    }

    /// Runs every timer that is due; returns what they wrote.
    pub(super) fn expire(&mut self) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        while let Some(timer) = self.timers.pop_due(self.now.monotonic) {
            let Timer::Controller(timer) = timer else { panic!("{timer:?}") };
            records.extend(self.run(Command::Timer(timer)).0);
        }
        records
    }

    /// Whether there is a broker, and whether it is fenced and shutting down.
    fn standing(&self, id: BrokerId) -> Option<(bool, bool)> {
        let broker = self.image().brokers.get(&id)?;
        Some((broker.fenced, broker.in_controlled_shutdown))
    }

    pub(super) fn epoch(&self, id: BrokerId) -> Offset {
        self.image().brokers[&id].epoch
    }

    pub(super) fn state(&self, topic: &str) -> &PartitionState {
        &self.image().topic(topic).expect("it exists").partitions[&0]
    }

    /// A broker says that it lives and has all metadata; returns what it is told: fenced, and may it stop.
    pub(super) fn beat(
        &mut self,
        id: BrokerId,
        wants: impl FnOnce(&mut BrokerHeartbeatRequest),
    ) -> (bool, bool) {
        let mut request = BrokerHeartbeatRequest {
            broker_id: id,
            broker_epoch: self.epoch(id),
            current_metadata_offset: self.end() - 1,
            ..BrokerHeartbeatRequest::default()
        };
        wants(&mut request);
        let (_, answer) = self.run(Command::Heartbeat(request));
        let Answer::Response(Response::BrokerHeartbeat(response)) = answer else { panic!("{answer:?}") };
        (response.is_fenced, response.should_shut_down)
    }

    fn try_register(&mut self, request: BrokerRegistrationRequest) -> Result<Offset, ErrorCode> {
        let epoch = self.end();
        let mut decision = self.decide(Command::RegisterBroker { request, epoch })?;
        for (offset, record) in (epoch..).zip(&decision.records) {
            self.controller.apply(offset, record);
        }
        match decision.answers.pop() {
            Some((_, Answer::Response(Response::BrokerRegistration(response)))) => Ok(response.broker_epoch),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn set_min_isr(&mut self, topic: &str, min_isr: &str) -> usize {
        let (code, records) =
            self.alter(TOPIC_RESOURCE, topic, &[("min.insync.replicas", SET, Some(min_isr))], false);
        assert_eq!(code, ErrorCode::NONE);
        records
    }
}

/// Goal: who cannot take part is refused with the code it acts on. Source: Kafka's
/// `ClusterControlManager.registerBroker`.
#[test]
fn registrations_are_refused_with_kafkas_codes() {
    use ErrorCode as E;
    let mut world = World::new(&[1]);
    let with = |change: &dyn Fn(&mut BrokerRegistrationRequest)| {
        let mut request = registration(2, 2, -1);
        change(&mut request);
        request
    };
    let reserved = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    for (request, code) in [
        (with(&|r| r.cluster_id = "x".into()), E::INCONSISTENT_CLUSTER_ID),
        (with(&|r| r.broker_id = -1), E::INVALID_REGISTRATION),
        (with(&|r| r.is_migrating_zk_broker = true), E::INVALID_REGISTRATION),
        (with(&|r| r.log_dirs.clear()), E::INVALID_REGISTRATION),
        (with(&|r| r.log_dirs.push(reserved)), E::INVALID_REGISTRATION),
        (with(&|r| r.log_dirs.push(directory(2))), E::INVALID_REGISTRATION),
        (with(&|r| r.log_dirs.push(directory(1))), E::INVALID_REGISTRATION),
        (with(&|r| r.features[0].max_supported_version = 29), E::UNSUPPORTED_VERSION),
        (with(&|r| r.features[0].min_supported_version = 31), E::UNSUPPORTED_VERSION),
        (with(&|r| drop(r.features.pop())), E::UNSUPPORTED_VERSION),
        (registration(1, 9, -1), E::DUPLICATE_BROKER_REGISTRATION),
    ] {
        let end = world.end();
        assert_eq!(world.try_register(request.clone()), Err(code), "{request:?}");
        assert_eq!(world.end(), end);
    }
    let end = world.end();
    assert_eq!(world.try_register(registration(2, 2, -1)), Ok(end));
}

/// Goal: an answer that was lost can be asked for again; another start waits for the end of the session, unless the
/// last one has said goodbye or ran on this very node.
#[test]
fn another_start_waits_for_the_session_of_the_last_one() {
    let mut world = World::new(&[1, CONTROLLER]);
    let epoch = world.epoch(1);
    assert_eq!(world.try_register(registration(1, 1, -1)), Ok(epoch), "the same start");
    let duplicate = Err(ErrorCode::DUPLICATE_BROKER_REGISTRATION);
    assert_eq!(world.try_register(registration(1, 2, -1)), duplicate);
    world.advance_ms(8999);
    assert_eq!(world.try_register(registration(1, 2, -1)), duplicate);
    world.advance_ms(1);
    let second = world.try_register(registration(1, 2, -1)).expect("nothing was heard of the first");
    assert_eq!(world.try_register(registration(1, 3, -1)), duplicate, "a fenced broker has a session, too");
    assert_eq!(world.beat(1, |r| r.want_shut_down = true), (true, true));
    assert!(world.try_register(registration(1, 3, second)).is_ok(), "it has said goodbye");
    let here = BrokerRegistrationRequest { incarnation_id: Uuid([9; 16]), ..registration(CONTROLLER, 0, -1) };
    assert!(world.try_register(here).is_ok(), "only one process holds this node's data");
}

/// Goal: a restart that was not in order costs the broker its place in every ISR and ELR, in the batch of the
/// registration; an orderly one leaves it eligible, but for what lay in a directory that is another one now. Source:
/// KIP-966, KIP-858.
#[test]
fn what_an_unclean_restart_held_does_not_count() {
    let eligible = |previous: &dyn Fn(Offset) -> Offset, dir: Option<Uuid>| {
        let mut world = World::new(&[1, 2]);
        world.create(assigned("t", &[(0, &[1, 2])]));
        world.set_min_isr("t", "2");
        world.beat(2, |r| r.want_fence = true);
        assert_eq!((&world.state("t").isr[..], &world.state("t").elr[..]), (&[1][..], &[2][..]));
        world.beat(1, |r| r.want_fence = true);
        assert_eq!((&world.state("t").isr[..], world.state("t").elr.len()), (&[][..], 2));
        world.soft.forget(1);
        let mut request = registration(1, 9, previous(world.epoch(1)));
        request.log_dirs.extend(dir);
        request.log_dirs.drain(..usize::from(dir.is_some()));
        world.try_register(request).expect("it may");
        world.state("t").elr.clone()
    };
    assert_eq!(eligible(&|last| last, None), [1, 2]);
    assert_eq!(eligible(&|_| -1, None), [2]);
    assert_eq!(eligible(&|last| last + 1, None), [2]);
    assert_eq!(eligible(&|last| last, Some(Uuid([0xee; 16]))), [2]);
}

/// Goal: a broker that is silent for its session is fenced and what it led is led by others; one that speaks is not.
/// Source: KIP-631.
#[test]
fn a_silent_broker_is_fenced() {
    let mut world = World::new(&[1, 2, 3]);
    world.create(assigned("t", &[(0, &[1, 2, 3])]));
    world.advance_ms(5000);
    world.beat(2, |_| {});
    world.advance_ms(3999);
    assert!(world.expire().iter().all(|record| matches!(record, MetadataRecord::NoOp(_))));
    world.advance_ms(1);
    world.expire();
    assert_eq!(
        [1, 2, 3].map(|id| world.standing(id)),
        [true, false, true].map(|fenced| Some((fenced, false)))
    );
    let state = world.state("t");
    assert_eq!((&state.isr[..], state.leader, state.leader_epoch), (&[2][..], Some(2), 1));
    assert!(world.observed.iter().any(|event| matches!(event, Event::BrokerFenced { broker: 1, .. })));
    assert_eq!(world.beat(1, |_| {}), (false, false), "it may come back");
    assert_eq!(world.standing(1), Some((false, false)));
}

/// Goal: a new active controller fences nobody before half a session has gone by, whoever is silent then, and nobody
/// sooner than a session after a heartbeat.
#[test]
fn a_new_controller_takes_sessions_over_at_their_half() {
    let mut world = World::new(&[1, 2]);
    world.advance_ms(8000);
    (world.soft, world.timers) = (Soft::default(), Timers::default());
    world.run(Command::Activate);
    world.advance_ms(4499);
    world.beat(1, |_| {});
    world.expire();
    assert_eq!(world.standing(2), Some((false, false)));
    world.advance_ms(1);
    world.expire();
    assert_eq!([1, 2].map(|id| world.standing(id)), [Some((false, false)), Some((true, false))]);
    world.advance_ms(8998);
    world.expire();
    assert_eq!(world.standing(1), Some((false, false)), "heard a millisecond less than a session ago");
    world.advance_ms(1);
    world.expire();
    assert_eq!(world.standing(1), Some((true, false)));
}

/// Goal: a broker is let in when it has the metadata up to its own registration and wants to.
#[test]
fn a_broker_is_let_in_when_it_knows_of_itself() {
    let mut world = World::new(&[1]);
    world.register(2, 2);
    let epoch = world.epoch(2);
    assert_eq!(world.beat(2, |r| r.current_metadata_offset = epoch - 1), (true, false));
    assert_eq!(world.beat(2, |r| r.want_fence = true), (true, false));
    assert_eq!(world.beat(2, |r| r.current_metadata_offset = epoch), (false, false));
    assert_eq!(world.standing(2), Some((false, false)));
    let stale = BrokerHeartbeatRequest { broker_id: 2, broker_epoch: epoch - 1, ..Default::default() };
    assert_eq!(world.decide(Command::Heartbeat(stale)), Err(ErrorCode::STALE_BROKER_EPOCH));
}

/// Goal: a broker that wants to stop hands over what it leads, may go when everybody who is active knows, and is
/// fenced then. Source: Kafka's `BrokerHeartbeatManager`.
#[test]
fn a_broker_that_stops_waits_until_everybody_knows() {
    let mut world = World::new(&[1, 2, 3]);
    world.create(assigned("t", &[(0, &[1, 2])]));
    let stop = |r: &mut BrokerHeartbeatRequest| r.want_shut_down = true;
    assert_eq!(world.beat(1, stop), (false, false));
    assert_eq!(world.standing(1), Some((false, true)));
    assert_eq!((world.state("t").leader, &world.state("t").isr[..]), (Some(2), &[2][..]));
    let told = world.end() - 1;
    assert_eq!(world.beat(1, stop), (false, false), "2 and 3 have said nothing yet");
    world.beat(2, |_| {});
    world.beat(3, |r| r.current_metadata_offset = told - 1);
    assert_eq!(world.beat(1, stop), (false, false), "3 does not know");
    world.run(Command::Activate);
    world.beat(2, |_| {});
    assert_eq!(world.beat(1, stop), (false, false), "a new controller asks anew");
    world.beat(3, |_| {});
    assert_eq!(world.beat(1, stop), (true, true));
    assert_eq!(world.standing(1), Some((true, true)));
    assert_eq!(world.beat(1, |_| {}), (true, false), "this start of it does not come back");
    assert_eq!(world.beat(3, stop), (true, true), "it leads nothing");
    assert_eq!(world.beat(3, stop), (true, true));
}

/// Goal: a failed directory costs the broker what lies in it, all of them cost it everything; a broker is not let in
/// with news of a failure. Source: KIP-858.
#[test]
fn a_failed_directory_leads_nothing() {
    let mut world = World::new(&[2]);
    let second = Uuid([0xee; 16]);
    let mut request = registration(1, 1, -1);
    request.log_dirs.push(second);
    world.try_register(request).expect("it may");
    world.beat(1, |_| {});
    world.create(assigned("t", &[(0, &[1, 2])]));
    world.create(assigned("u", &[(0, &[1, 2])]));
    let place = |world: &mut World, topic: &str, id: Uuid| {
        let at = world.image().topic(topic).expect("it exists").partition(0);
        let state = world.image().partition(at).expect("it exists").clone();
        let change = PartitionChange::new(world.image(), at, &state, NO_ELR).place(1, id);
        let decided = change.build().expect("it was nowhere");
        let end = world.end();
        world.controller.apply(end, &decided.record.into());
    };
    place(&mut world, "t", directory(1));
    place(&mut world, "u", second);
    world.beat(1, |r| r.offline_log_dirs = vec![second, Uuid([0xff; 16])]);
    assert_eq!(world.image().brokers[&1].log_dirs, [directory(1)]);
    assert_eq!((world.state("t").leader, world.state("u").leader), (Some(1), Some(2)));
    assert_eq!(world.state("u").isr, [2]);
    let end = world.end();
    assert_eq!(world.beat(1, |r| r.offline_log_dirs = vec![second]), (false, false), "that is known");
    assert_eq!(world.end(), end);
    assert_eq!(world.beat(1, |r| r.offline_log_dirs = vec![directory(1)]), (true, false), "none is left");
    assert_eq!(world.state("t").leader, Some(2));
    assert_eq!(world.beat(1, |r| r.offline_log_dirs = vec![directory(1)]), (true, false));
    world.beat(2, |r| r.cordoned_log_dirs = Some(vec![directory(2)]));
    assert_eq!(world.image().brokers[&2].cordoned_log_dirs, Some(vec![directory(2)]));
}

/// Goal: a broker that is forgotten is neither in sync nor eligible; it stays a replica. Source: Kafka's
/// `ReplicationControlManager.unregisterBroker`.
#[test]
fn an_unregistered_broker_is_in_no_isr() {
    let mut world = World::new(&[1, 2]);
    world.create(assigned("t", &[(0, &[1, 2])]));
    let mut unregister =
        |broker_id| match world.run(Command::UnregisterBroker(UnregisterBrokerRequest { broker_id })).1 {
            Answer::Response(Response::UnregisterBroker(response)) => response.error_code,
            other => panic!("{other:?}"),
        };
    assert_eq!(unregister(1), ErrorCode::NONE);
    assert_eq!(unregister(1), ErrorCode::BROKER_ID_NOT_REGISTERED);
    let state = world.state("t");
    assert_eq!((state.leader, &state.isr[..], &state.replicas[..]), (Some(2), &[2][..], &[1, 2][..]));
    assert_eq!(world.standing(1), None);
}

/// Goal: the log of an active controller does not stand still for longer than configured, and is not written to
/// without need. Source: KIP-835.
#[test]
fn a_log_that_stands_still_is_written_to() {
    let mut world = World::new(&[1]);
    let expired = |world: &mut World, ms| {
        world.advance_ms(ms);
        world.expire().len()
    };
    assert_eq!(expired(&mut world, 499), 0);
    assert_eq!(expired(&mut world, 1), 1);
    assert_eq!(expired(&mut world, 300), 0);
    world.create(topic("t", 1, 1));
    assert_eq!(expired(&mut world, 300), 0, "something was written meanwhile");
    assert_eq!(expired(&mut world, 200), 1);
    Controller::cancel_timers(&mut Cx {
        now: world.now,
        config: &world.config,
        image: &world.controller.image,
        rng: &mut world.rng,
        timers: &mut world.timers,
        tail: &mut TailMemory::new(0),
        fx: &mut Effects::new(),
    });
    assert_eq!(world.timers.next(), None);
}

/// Goal: with ELR `min.insync.replicas` is one number for the cluster, and when it changes nobody is eligible who was
/// before, except where nobody leads. Source: KIP-966.
#[test]
fn eligible_replicas_depend_on_one_number() {
    let mut world = World::new(&[1, 2]);
    for name in ["t", "u"] {
        world.create(assigned(name, &[(0, &[1, 2])]));
        assert_eq!(world.set_min_isr(name, "2"), 3, "the setting, and what follows from it");
    }
    world.create(assigned("v", &[(0, &[1, 2])]));
    world.beat(2, |r| r.want_fence = true);
    assert_eq!(world.state("t").elr, [2]);
    let epoch = world.state("t").partition_epoch;
    world.set_min_isr("t", "1");
    assert_eq!((world.state("t").elr.len(), world.state("u").elr.len()), (0, 1));
    assert!(world.state("t").partition_epoch > epoch);
    let epoch = world.state("t").partition_epoch;
    world.set_min_isr("t", "2");
    assert!(
        world.state("t").partition_epoch > epoch,
        "a leader that does not know of it cannot change the ISR"
    );
    world.beat(1, |r| r.want_fence = true);
    world.set_min_isr("u", "1");
    let state = world.state("u");
    assert_eq!((&state.elr[..], &state.last_known_elr[..]), (&[1, 2][..], &[1][..]), "nothing was committed");
    let b = BROKER_RESOURCE;
    let min_isr = |op, value| [("min.insync.replicas", op, value)];
    assert_eq!(world.alter(b, "1", &min_isr(SET, Some("2")), false).0, ErrorCode::INVALID_CONFIG);
    assert_eq!(world.alter(b, "", &min_isr(DELETE, None), false).0, ErrorCode::INVALID_CONFIG);
    let epochs = |world: &World| ["t", "u", "v"].map(|name| world.state(name).partition_epoch);
    let before = epochs(&world);
    assert_eq!(world.alter(b, "", &min_isr(SET, Some("2")), false).0, ErrorCode::NONE);
    assert_eq!(world.state("u").elr, [1, 2]);
    assert!(epochs(&world)[2] > before[2], "v has no number of its own");
}
