//! Brokers that crash, and what their disks still hold.

use super::*;

/// Brokers 1 and 2 hold a topic; both are away, and broker 1 was before.
fn power_loss(settings: &[(&str, &str)]) -> World {
    let mut world = World::new(&[1, 2]);
    let mut topic = assigned("t", &[(0, &[1, 2])]);
    topic.configs = settings
        .iter()
        .map(|(name, value)| CreatableTopicConfig { name: (*name).into(), value: Some((*value).into()) })
        .collect();
    world.create(topic);
    world.set_min_isr("t", "2");
    for id in [1, 2] {
        world.beat(id, |request| request.want_fence = true);
    }
    assert_eq!(world.state("t").elr, [1, 2]);
    world
}

/// Who is eligible once broker 1 has begun anew, with a disk that goes back to `synced`.
fn eligible(world: &mut World, life: u8, synced: Offset) -> Vec<BrokerId> {
    world.soft.forget(1);
    let mut request = registration(1, life, -1);
    request.synced_broker_epoch = synced;
    let epoch = world.end();
    world.run(Command::RegisterBroker { request, epoch });
    world.state("t").elr.clone()
}

/// Goal: a crash costs a broker nothing that was synced before it counted, if its disk is the one of that life; what
/// was only written is given up, as in Kafka.
#[test]
fn what_was_synced_outlives_a_crash() {
    let after = |settings: &[(&str, &str)], synced: fn(Offset) -> Offset| {
        let mut world = power_loss(settings);
        let claimed = synced(world.epoch(1));
        eligible(&mut world, 9, claimed)
    };
    assert_eq!(after(&[], |last| last), [1, 2]);
    assert_eq!(after(&[], |_| -1), [2], "an empty disk");
    assert_eq!(after(&[], |last| last - 1), [2], "an older copy");
    assert_eq!(after(&[("klamm.flush.policy", "written")], |last| last), [2]);
    assert_eq!(after(&[("klamm.flush.policy", "written"), ("flush.ms", "9")], |last| last), [1, 2]);
}

/// Goal: a broker that crashes again before it was let in has still lost nothing, whether its disk names the life in
/// between or not; once it was let in, only that life counts.
#[test]
fn crashes_in_a_row_cost_nothing() {
    let mut world = power_loss(&[]);
    let first = world.epoch(1);
    assert_eq!(eligible(&mut world, 8, first), [1, 2]);
    assert_eq!(eligible(&mut world, 9, first), [1, 2], "the life between was not written down");
    let third = world.epoch(1);
    world.beat(1, |_| {});
    world.beat(1, |request| request.want_fence = true);
    assert_eq!(eligible(&mut world, 10, third), [1, 2]);
    world.beat(1, |_| {});
    world.beat(1, |request| request.want_fence = true);
    assert_eq!(eligible(&mut world, 11, third), [2], "an older copy");
}

/// Goal: what was written under one policy is not vouched for by the next, whichever setting has changed; a snapshot
/// remembers that.
#[test]
fn a_change_of_policy_counts_from_the_next_life() {
    for (kind, resource, key) in [
        (TOPIC_RESOURCE, "t", "klamm.flush.policy"),
        (TOPIC_RESOURCE, "t", "flush.ms"),
        (BROKER_RESOURCE, "", "klamm.flush.policy"),
    ] {
        let mut world = power_loss(&[("klamm.flush.policy", "written")]);
        let value = if key == "flush.ms" { "1" } else { "synced" };
        assert_eq!(world.alter(kind, resource, &[(key, SET, Some(value))], false).0, ErrorCode::NONE);
        let image = world.controller.image();
        let kept = MetadataImage::from_snapshot(CLUSTER, image.offset + 1, &image.to_records());
        assert!(kept.brokers[&1].flush_changed, "{key}");
        let last = world.epoch(1);
        assert_eq!(eligible(&mut world, 9, last), [2], "{key}");
        assert!(!world.controller.image().brokers[&1].flush_changed, "a life begins under what holds");
    }
}
