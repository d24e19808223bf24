//! Claims about connections and links.

use bytes::Bytes;

use super::*;

const CONFIG: NetworkConfig = NetworkConfig { latency: (1000, 1_000_000), per_kib: 1000, encode: false };
const UP: Direction = Direction::Up;

fn frame(number: u8) -> Packet {
    Packet::RequestFrame(Bytes::from(vec![number]))
}

fn number(packet: &Packet) -> u8 {
    match packet {
        Packet::RequestFrame(bytes) => bytes[0],
        other => panic!("{other:?}"),
    }
}

fn arrival(sending: Sending) -> Arrival {
    match sending {
        Sending::Arrives(arrival) => arrival,
        other => panic!("{other:?}"),
    }
}

/// A network with one connection from client 0 to node 0, and the arrival of its first packet.
fn connected() -> (Network, Arrival) {
    let mut network = Network::new(1, CONFIG);
    let (index, open) = network.connect(Time(0), Caller::Client(0, 1), 0, ListenerKind::Broker);
    assert_eq!((index, network.of_client(0, 1)), (0, Some(0)));
    (network, arrival(open))
}

fn send(network: &mut Network, now: u64, number: u8) -> Sending {
    network.send(Time(now), 0, UP, frame(number), Stamp::default())
}

fn client_to_node() -> Links {
    Links::one_way(&[Host::Client(0)], &[Host::Node(0)])
}

#[test]
fn a_pipe_keeps_its_order_whatever_the_latencies() {
    let (mut network, (_, open)) = connected();
    let arrivals: Vec<Arrival> = (0..50).map(|n| arrival(send(&mut network, u64::from(n), n))).collect();
    assert!(arrivals.is_sorted_by_key(|(time, _)| *time));
    assert!(matches!(network.arrive(arrivals[0].0, open), Ok(Some((Packet::Open, _)))));
    let order =
        arrivals.iter().map(|(time, token)| number(&network.arrive(*time, *token).unwrap().unwrap().0));
    assert_eq!(order.collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
}

#[test]
fn a_stall_delays_and_loses_nothing() {
    let (mut network, (_, token)) = connected();
    network.stall(0, UP, Time(9_000_000_000));
    assert!(matches!(network.arrive(Time(2_000_000), token), Err(Time(9_000_000_000))));
    let (time, second) = arrival(send(&mut network, 0, 1));
    assert!(time >= Time(9_000_000_000));
    assert!(matches!(network.arrive(time, token), Ok(Some((Packet::Open, _)))));
    assert!(network.arrive(time, second).unwrap().is_some());
}

#[test]
fn a_cut_loses_the_end_of_a_pipe_and_what_follows() {
    let mut lost_counts = std::collections::BTreeSet::new();
    for seed in 0..50 {
        let (mut network, open) = connected();
        let mut tokens = vec![open];
        tokens.extend((0..4).map(|n| arrival(send(&mut network, u64::from(n), n))));
        let lost = network.cut(0, UP, &mut Stream::new(seed, "cut"));
        lost_counts.insert(lost);
        assert_eq!(send(&mut network, 5, 9), Sending::Lost);
        tokens.push(arrival(network.send_closed(Time(6), 0, UP)));
        let arrived = tokens.iter().filter_map(|(time, token)| network.arrive(*time, *token).unwrap());
        let arrived: Vec<Packet> = arrived.map(|(packet, _)| packet).collect();
        assert_eq!(arrived.len(), tokens.len() - lost);
        assert!(matches!(arrived.last(), Some(Packet::Closed)), "the end is told");
    }
    assert_eq!(lost_counts.len(), 6, "any number of packets is lost: {lost_counts:?}");
}

/// Goal: over a cut link nothing arrives, not even word of the end; a connection that lost something stays
/// dead when the link is whole again, and a new one lives.
#[test]
fn a_cut_link_swallows_everything_and_new_connections_heal() {
    let (mut network, (time, token)) = connected();
    assert!(network.arrive(time, token).unwrap().is_some());
    let random = &mut Stream::new(1, "cut");
    network.trouble(time, 0, client_to_node(), Trouble::Cut, random);
    assert_eq!(send(&mut network, 2_000_000, 1), Sending::Lost);
    assert_eq!(network.send_closed(Time(2_000_000), 0, UP), Sending::Lost);
    let down = network.send(Time(2_000_000), 0, Direction::Down, Packet::Accepted, Stamp::default());
    assert!(matches!(down, Sending::Arrives(_)), "the other way is whole");
    network.relieve(time, 0);
    assert_eq!(send(&mut network, 2_000_000, 2), Sending::Lost);
    let (_, open) = network.connect(Time(2_000_000), Caller::Client(0, 2), 0, ListenerKind::Broker);
    assert!(matches!(open, Sending::Arrives(_)));
}

/// Goal: what a stalled link holds arrives when the stall is over, in its order.
#[test]
fn a_stalled_link_gives_everything_back() {
    let (mut network, (time, token)) = connected();
    let random = &mut Stream::new(1, "stall");
    network.trouble(Time(0), 3, client_to_node(), Trouble::Stall, random);
    assert_eq!(send(&mut network, 5, 7), Sending::Held);
    assert!(network.arrive(time, token).unwrap().is_none(), "it was under way and is held");
    let change = network.relieve(Time(9_000_000), 3);
    assert_eq!((change.arrivals.len(), change.lost), (2, (0, 0)));
    let arrive = |network: &mut Network, (time, token): Arrival| match network.arrive(time, token) {
        Ok(packet) => packet.unwrap().0,
        Err(later) => network.arrive(later, token).unwrap().unwrap().0,
    };
    assert!(matches!(arrive(&mut network, change.arrivals[0]), Packet::Open));
    assert_eq!(number(&arrive(&mut network, change.arrivals[1])), 7);
}

/// Goal: what is held back until its sender gives up arrives afterwards, with the news of the end behind it.
#[test]
fn a_ghost_arrives_after_its_sender_has_given_up() {
    let (mut network, (time, token)) = connected();
    network.arrive(time, token).unwrap().unwrap();
    network.haunt(0, 70_000_000);
    assert_eq!(send(&mut network, 5, 7), Sending::Held);
    assert!(network.forget_caller(0));
    assert_eq!(network.send(Time(8), 0, UP, Packet::Closed, Stamp::default()), Sending::Held);
    let let_go = network.let_go(Time(9), 0);
    let packets = let_go.iter().map(|(time, token)| network.arrive(*time, *token).unwrap().unwrap().0);
    let packets: Vec<Packet> = packets.collect();
    assert_eq!(number(&packets[0]), 7);
    assert!(matches!(packets[1], Packet::Closed));
}

#[test]
fn trouble_befalls_only_its_kind_of_listener() {
    let mut network = Network::new(1, CONFIG);
    let random = &mut Stream::new(1, "refuse");
    let channel = Channel { node: 2, purpose: klamm_core::edge::Purpose::Quorum };
    let connect =
        |network: &mut Network, kind| network.connect(Time(0), Caller::Node(0, 1, channel), 1, kind).0;
    let broker = connect(&mut network, ListenerKind::Broker);
    let controller = connect(&mut network, ListenerKind::Controller);
    let links = Links::between(&[Host::Node(0)], &[Host::Node(1)]).only(ListenerKind::Controller);
    let change = network.trouble(Time(1), 0, links, Trouble::Refuse, random);
    assert_eq!(change.resets, [controller]);
    assert!(network.is_refused(controller) && !network.is_refused(broker));
}
