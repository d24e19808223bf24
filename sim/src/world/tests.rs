//! Claims about the world: nodes that ask each other.

use klamm_core::config::{Config, Roles};
use klamm_core::edge::{Channel, Effect, ListenerKind, PeerRequest, Purpose};
use klamm_wire::frame::RequestHeader;
use klamm_wire::messages::{ApiVersionsRequest, Request};

use super::address::{CONTROLLER_LISTENER, address, listeners};
use super::*;
use crate::network::{Host, Links, Trouble};
use crate::trace::Detail;

const CHANNEL: Channel = Channel { node: 2, purpose: Purpose::Quorum };

/// Two machines, each a cluster of its own, that have listeners for controllers.
fn two_machines(encode: bool) -> World {
    let network = NetworkConfig { latency: (10_000, 1_000_000), per_kib: 100, encode };
    let mut world = World::new(7, network);
    // Clusters that have nothing to do with each other do not agree.
    world.ledger.damaged = true;
    for node in 0..2 {
        let config = Config {
            node_id: i32::try_from(node).expect("small") + 1,
            listeners: listeners(node, Roles::BOTH),
            controller_listeners: vec![CONTROLLER_LISTENER.into()],
            offsets_topic_replication_factor: 1,
            ..Config::default()
        };
        world.add_machine(config, Latency::default(), Clock::new(0, 0));
    }
    world.run_until(Time::default().after_ms(2_000), |world| {
        (0..2).all(|node| world.machine(node).is_ready())
    });
    world
}

fn ask(world: &mut World, correlation_id: i32) {
    let body = Request::ApiVersions(ApiVersionsRequest::default());
    let header = RequestHeader { api_key: body.api_key(), api_version: 0, correlation_id, client_id: None };
    let request = PeerRequest { header, body };
    world.perform(0, Effect::Send(CHANNEL, address(1, ListenerKind::Controller), request));
}

fn trace_of(mut world: World, ms: u64) -> String {
    let end = world.now().after_ms(ms);
    world.run_until(end, |_| false);
    assert_eq!(world.violation(), None);
    world.take_trace().expect("kept").render()
}

/// Goal: a node that asks another is answered, whether frames are encoded or not. Method: the request is put into
/// the node's mouth, since it is the simulator that is tested.
#[test]
fn a_node_is_answered_by_another() {
    for encode in [false, true] {
        let mut world = two_machines(encode);
        world.keep_trace(Trace::new(Detail::All, 1000));
        (0..3).for_each(|id| ask(&mut world, id));
        let trace = trace_of(world, 100);
        for id in 0..3 {
            assert!(trace.contains(&format!("n0  <- n2 (Quorum) is answered ApiVersions #{id}")), "{trace}");
        }
    }
}

/// Goal: what a dead or unknown node was asked is told as lost, up to the newest request.
#[test]
fn a_node_that_is_gone_is_told_as_lost() {
    let mut world = two_machines(false);
    world.keep_trace(Trace::new(Detail::All, 1000));
    ask(&mut world, 0);
    world.run_until(world.now().after_ms(50), |_| false);
    ask(&mut world, 1);
    world.crash(1);
    ask(&mut world, 2);
    let trace = trace_of(world, 100);
    assert!(trace.contains("n0  <- n2 (Quorum) is cut, up to #2"), "{trace}");
}

/// Goal: over a cut link a node learns nothing until its driver loses patience with connecting.
#[test]
fn over_a_cut_link_nobody_answers() {
    let mut world = two_machines(false);
    world.keep_trace(Trace::new(Detail::All, 1000));
    let links = Links::between(&[Host::Node(0)], &[Host::Node(1)]);
    let random = &mut Stream::new(1, "cut");
    let change = world.network.trouble(world.now(), 0, links, Trouble::Cut, random);
    world.on_links_changed(change, random);
    ask(&mut world, 0);
    let early = trace_of(world.clone(), 4_900);
    assert!(!early.contains("n0  <- n2 (Quorum)"), "{early}");
    let late = trace_of(world, 5_100);
    assert!(late.contains("n0  <- n2 (Quorum) is cut, up to #0"), "{late}");
}

/// Goal: a request is executed after the node that sent it has given it up: the ghost request.
#[test]
fn a_ghost_request_of_a_node_is_executed() {
    let mut world = two_machines(true);
    world.keep_trace(Trace::new(Detail::All, 1000));
    ask(&mut world, 0);
    world.run_until(world.now().after_ms(50), |_| false);
    let index = *world.network.open().last().expect("just connected");
    world.network.haunt(index, 20_000_000);
    ask(&mut world, 1);
    world.run_until(world.now().after_ms(50), |_| false);
    world.perform(0, Effect::Disconnect(CHANNEL));
    let trace = trace_of(world, 100);
    assert!(trace.contains("asks ApiVersions v0 #1"), "{trace}");
    assert!(!trace.contains("(Quorum) is answered ApiVersions #1"), "{trace}");
}
