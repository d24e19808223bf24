//! Features, controllers, directories.

use klamm_wire::messages::assign_replicas_to_dirs_request::{DirectoryData, PartitionData, TopicData};
use klamm_wire::messages::controller_registration_request::Feature as ControllerFeature;
use klamm_wire::messages::update_features_request::FeatureUpdateKey;

use super::*;
use crate::config::Voter;
use crate::edge::Address;

const ELR: &str = "eligible.leader.replicas.version";
const UPGRADE: i8 = 1;
const SAFE: i8 = 2;
const UNSAFE: i8 = 3;

impl World {
    fn update(&mut self, updates: &[(&str, i16, i8)], validate_only: bool) -> (ErrorCode, Str, usize) {
        let update = |(feature, level, upgrade_type): &(&str, i16, i8)| FeatureUpdateKey {
            feature: (*feature).into(),
            max_version_level: *level,
            allow_downgrade: false,
            upgrade_type: *upgrade_type,
        };
        let feature_updates = updates.iter().map(update).collect();
        let request = UpdateFeaturesRequest { feature_updates, validate_only, ..Default::default() };
        let (records, answer) = self.run(Command::UpdateFeatures { request, version: 2 });
        let Answer::Response(Response::UpdateFeatures(response)) = answer else { panic!("{answer:?}") };
        assert!(response.results.is_empty(), "version 2 has one answer for all");
        (response.error_code, response.error_message.unwrap_or_default(), records.len())
    }
}

/// Goal: a level is changed when every node works at it, in the direction that was meant, and nothing is lost. Source:
/// KIP-584, KIP-778. Kafka: `FeatureControlManager.updateFeature`.
#[test]
fn levels_change_when_everybody_works_at_them() {
    let refused = ErrorCode::INVALID_UPDATE_VERSION;
    let mut world = World::new(&[1]);
    for (update, why) in [
        (("group.version", 1, UPGRADE), "supports versions 0 to 0"),
        (("metadata.version", 31, UPGRADE), "The controller does not support"),
        (("metadata.version", 6, SAFE), "The controller does not support"),
        (("metadata.version", 29, UPGRADE), "Can't downgrade"),
        (("metadata.version", 29, SAFE), "might delete metadata"),
        (("metadata.version", 29, UNSAFE), "Unsafe metadata downgrade is not supported"),
        ((ELR, -1, SAFE), "less than 0"),
        ((ELR, 0, 0), "upgrade type"),
        ((ELR, 0, UPGRADE), "Can't downgrade"),
    ] {
        let (code, text, records) = world.update(&[update], false);
        assert_eq!((code, records), (refused, 0), "{update:?}");
        assert!(text.contains(why), "{text:?} says {why:?}");
    }
    let both = world.update(&[(ELR, 0, SAFE), ("metadata.version", 31, UPGRADE)], false);
    assert_eq!((both.0, both.2), (refused, 0), "all or none");
    assert_eq!(world.update(&[(ELR, 0, SAFE)], true), (ErrorCode::NONE, "".into(), 0));
    assert_eq!(world.update(&[(ELR, 0, SAFE)], false).2, 2);
    assert_eq!(world.image().feature(ELR), 0);
    let mut old = registration(2, 2, -1);
    old.features.retain(|feature| &*feature.name != ELR);
    let epoch = world.end();
    world.run(Command::RegisterBroker { request: old, epoch });
    assert!(world.update(&[(ELR, 1, UPGRADE)], false).1.contains("Broker 2 does not support"));
    world.run(Command::UnregisterBroker(UnregisterBrokerRequest { broker_id: 2 }));
    assert_eq!(world.update(&[(ELR, 1, UPGRADE)], false).0, ErrorCode::NONE);
}

/// Goal: ELR ends only while somebody is in sync everywhere, and leaves nobody eligible; it begins with one
/// `min.insync.replicas` for all. Source: KIP-966.
#[test]
fn eligible_replicas_begin_and_end_safely() {
    let mut world = World::with_topic(&[1, 2]);
    world.set_min_isr("t", "2");
    for id in [2, 1] {
        world.beat(id, |r| r.want_fence = true);
    }
    let (code, text, _) = world.update(&[(ELR, 0, SAFE)], false);
    assert_eq!(code, ErrorCode::INVALID_UPDATE_VERSION);
    assert!(text.contains("Nobody is in sync in t-0"), "{text}");
    world.beat(1, |_| {});
    assert_eq!((&world.state("t").isr[..], &world.state("t").elr[..]), (&[1][..], &[2][..]));
    assert_eq!(world.update(&[(ELR, 0, SAFE)], false).0, ErrorCode::NONE);
    assert!(world.state("t").elr.is_empty());
    let of_broker = &[("min.insync.replicas", SET, Some("1"))];
    assert_eq!(world.alter(BROKER_RESOURCE, "1", of_broker, false).0, ErrorCode::NONE);
    assert_eq!(
        world.alter(BROKER_RESOURCE, "", &[("min.insync.replicas", DELETE, None)], false).0,
        ErrorCode::NONE
    );
    world.beat(1, |r| r.want_fence = true);
    assert_eq!(world.state("t").isr, [1], "without ELR the last one stays");
    assert_eq!(world.update(&[(ELR, 1, UPGRADE)], false).0, ErrorCode::NONE);
    assert_eq!(world.setting(BROKER_RESOURCE, "1", "min.insync.replicas"), None);
    assert_eq!(world.setting(BROKER_RESOURCE, "", "min.insync.replicas"), Some("1"));
}

/// Goal: older versions have an answer for each feature, and a flag for the direction.
#[test]
fn old_versions_of_the_request_are_understood() {
    let mut world = World::new(&[1]);
    let update = FeatureUpdateKey {
        feature: ELR.into(),
        max_version_level: 0,
        allow_downgrade: true,
        upgrade_type: UPGRADE,
    };
    let request = UpdateFeaturesRequest { feature_updates: vec![update], ..Default::default() };
    let (_, answer) = world.run(Command::UpdateFeatures { request, version: 0 });
    let Answer::Response(Response::UpdateFeatures(response)) = answer else { panic!("{answer:?}") };
    assert_eq!((response.results.len(), response.error_code), (1, ErrorCode::NONE));
    assert_eq!(world.image().feature(ELR), 0);
}

/// Goal: what a controller says of itself is kept, once, and counts when levels change. Source: KIP-919.
#[test]
fn controllers_are_asked_for_their_features() {
    let mut world = World::new(&[1]);
    let address = Address { host: "h".into(), port: 1 };
    world.config.quorum_voters =
        vec![Voter { id: CONTROLLER, address: address.clone() }, Voter { id: 41, address }];
    let (_, text, _) = world.update(&[(ELR, 0, SAFE)], true);
    assert!(text.contains("Controller 41 has not registered"), "{text}");
    let register = |world: &mut World, max_supported_version| {
        let feature = ControllerFeature { name: ELR.into(), min_supported_version: 0, max_supported_version };
        let request = ControllerRegistrationRequest {
            controller_id: 41,
            incarnation_id: Uuid([4; 16]),
            features: vec![feature],
            ..ControllerRegistrationRequest::default()
        };
        world.run(Command::RegisterController(request)).0.len()
    };
    assert_eq!([register(&mut world, 0), register(&mut world, 0)], [1, 0]);
    assert_eq!(world.update(&[(ELR, 0, SAFE)], true).0, ErrorCode::NONE);
    let (_, text, _) = world.update(&[(ELR, 1, UPGRADE)], true);
    assert!(text.contains("Controller 41 does not support"), "{text}");
}

/// Goal: where a replica lies is taken down; in a directory that is not online it leads nothing. Source: KIP-858.
#[test]
fn brokers_say_where_their_replicas_lie() {
    use ErrorCode as E;
    let mut world = World::with_topic(&[1, 2]);
    world.create(assigned("u", &[(0, &[2])]));
    let id = |world: &World, name: &str| world.image().topic(name).expect("it exists").id;
    let mut place = |dir: Uuid, topic: &dyn Fn(&World) -> Uuid, partition_index| {
        let partitions = vec![PartitionData { partition_index }];
        let topics = vec![TopicData { topic_id: topic(&world), partitions }];
        let directories = vec![DirectoryData { id: dir, topics }];
        let request = AssignReplicasToDirsRequest { broker_id: 1, broker_epoch: world.epoch(1), directories };
        let answer = world.run(Command::AssignReplicasToDirs(request)).1;
        let Answer::Response(Response::AssignReplicasToDirs(response)) = answer else { panic!("{answer:?}") };
        (response.directories[0].topics[0].partitions[0].error_code, world.state("t").clone())
    };
    let t = |world: &World| id(world, "t");
    assert_eq!(place(directory(1), &|_| Uuid([9; 16]), 0).0, E::UNKNOWN_TOPIC_ID);
    assert_eq!(place(directory(1), &t, 1).0, E::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(place(directory(1), &|world| id(world, "u"), 0).0, E::NOT_LEADER_OR_FOLLOWER);
    let (code, state) = place(Uuid([0xee; 16]), &t, 0);
    assert_eq!((code, state.leader, &state.isr[..]), (E::NONE, Some(2), &[2][..]));
    assert_eq!(state.directories, [Uuid([0xee; 16]), directory(2)]);
    let (code, state) = place(directory(1), &t, 0);
    assert_eq!((code, state.leader, state.directories[0]), (E::NONE, Some(2), directory(1)));
}
