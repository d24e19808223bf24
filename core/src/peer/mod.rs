//! Requests to other nodes: what is under way on each channel, and until when it is waited for.
//!
//! A channel's requests are answered in order. When one is late, the whole channel is given up: behind a request
//! that is not answered none is. Who asked is told that the answer is lost, and asks again if it still wants to
//! know; the request may be executed all the same.
//!
//! A node asks itself the same way as others: requests to its own id are put aside for it to serve.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use klamm_wire::frame::RequestHeader;
use klamm_wire::messages;

use crate::cx::Cx;
use crate::edge::{Address, Channel, Effect, PeerRequest, Purpose};
use crate::time::Timestamp;
use crate::timer::Timer;
use crate::types::BrokerId;

/// A request that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// Where to.
    pub(crate) channel: Channel,
    /// Where that is.
    pub(crate) address: Address,
    /// Version of the body.
    pub(crate) api_version: i16,
    pub(crate) body: messages::Request,
    /// How long the answer is waited for.
    pub(crate) timeout_ms: i64,
}

/// A request that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct InFlight<A> {
    correlation_id: i32,
    deadline: Timestamp,
    asked: A,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requests<A> {
    next_correlation: i32,
    /// Oldest first.
    in_flight: VecDeque<InFlight<A>>,
}

/// What this node has asked others. `A` says what a request was for.
///
/// - Answers are matched by correlation id, so that one that arrives after its channel was given up means nothing.
/// - A channel with requests in flight has its timer armed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peers<A> {
    channels: BTreeMap<Channel, Requests<A>>,
    /// Requests to this node itself, to be served in order.
    own: VecDeque<(Channel, PeerRequest)>,
}

impl<A> Default for Peers<A> {
    fn default() -> Self {
        Self { channels: BTreeMap::new(), own: VecDeque::new() }
    }
}

impl<A> Peers<A> {
    /// Sends a request; `asked` comes back with its answer or its loss.
    pub(crate) fn send(&mut self, cx: &mut Cx<'_>, request: Outgoing, asked: A) {
        let Outgoing { channel, address, api_version, body, timeout_ms } = request;
        let requests = self
            .channels
            .entry(channel)
            .or_insert_with(|| Requests { next_correlation: 0, in_flight: VecDeque::new() });
        let correlation_id = requests.next_correlation;
        requests.next_correlation = correlation_id.wrapping_add(1) & i32::MAX;
        let deadline = cx.now.monotonic.after_ms(timeout_ms.max(1));
        if requests.in_flight.is_empty() {
            cx.timers.arm(Timer::Channel(channel), deadline);
        }
        requests.in_flight.push_back(InFlight { correlation_id, deadline, asked });
        let client_id = Some(alloc::format!("node-{}", cx.config.node_id).into());
        let header = RequestHeader { api_key: body.api_key(), api_version, correlation_id, client_id };
        let request = PeerRequest { header, body };
        if channel.node == cx.config.node_id {
            self.own.push_back((channel, request));
        } else {
            cx.fx.push(Effect::Send(channel, address, request));
        }
    }

    /// The next request of this node to itself.
    pub(crate) fn take_own(&mut self) -> Option<(Channel, PeerRequest)> {
        self.own.pop_front()
    }

    /// An answer has come: what it was asked for, or nothing if that was given up.
    pub(crate) fn answered(&mut self, cx: &mut Cx<'_>, channel: Channel, correlation_id: i32) -> Option<A> {
        let requests = self.channels.get_mut(&channel)?;
        let place = requests.in_flight.iter().position(|request| request.correlation_id == correlation_id)?;
        assert!(place == 0, "{channel:?}: answers come in the order of the requests");
        let answered = requests.in_flight.pop_front().expect("it was just found");
        self.rearm(cx, channel);
        Some(answered.asked)
    }

    /// Everything up to this correlation id is lost: what it was asked for, oldest first.
    pub(crate) fn disconnected(&mut self, cx: &mut Cx<'_>, channel: Channel, through: i32) -> Vec<A> {
        let Some(requests) = self.channels.get_mut(&channel) else { return Vec::new() };
        let place = requests.in_flight.iter().position(|request| request.correlation_id == through);
        // Not found: all of it was answered or given up before.
        let lost = requests.in_flight.drain(..place.map_or(0, |place| place + 1));
        let lost = lost.map(|request| request.asked).collect();
        self.rearm(cx, channel);
        lost
    }

    /// The oldest request of a channel may be late: gives the channel up if it is, and says what was asked on it.
    pub(crate) fn expire(&mut self, cx: &mut Cx<'_>, channel: Channel) -> Vec<A> {
        let oldest = self.channels.get(&channel).and_then(|requests| requests.in_flight.front());
        if oldest.is_none_or(|oldest| oldest.deadline > cx.now.monotonic) {
            self.rearm(cx, channel);
            return Vec::new();
        }
        self.give_up(cx, channel)
    }

    /// Closes a channel: nothing that was asked on it is waited for any more.
    pub(crate) fn give_up(&mut self, cx: &mut Cx<'_>, channel: Channel) -> Vec<A> {
        let Some(requests) = self.channels.get_mut(&channel) else { return Vec::new() };
        let lost: Vec<A> = requests.in_flight.drain(..).map(|request| request.asked).collect();
        cx.timers.cancel(&Timer::Channel(channel));
        self.own.retain(|(other, _)| *other != channel);
        if channel.node != cx.config.node_id {
            cx.fx.push(Effect::Disconnect(channel));
        }
        lost
    }

    /// Channels of these purposes that wait for an answer of another node than this one.
    pub(crate) fn waiting_for_others(&self, purposes: &[Purpose], node: BrokerId) -> Vec<Channel> {
        let waiting = self.channels.iter().filter(|(_, requests)| !requests.in_flight.is_empty());
        let channels = waiting.map(|(channel, _)| *channel);
        channels.filter(|channel| channel.node != node && purposes.contains(&channel.purpose)).collect()
    }

    /// How many requests of a channel are not answered yet.
    pub(crate) fn in_flight(&self, channel: Channel) -> usize {
        self.channels.get(&channel).map_or(0, |requests| requests.in_flight.len())
    }

    fn rearm(&mut self, cx: &mut Cx<'_>, channel: Channel) {
        let oldest = self.channels.get(&channel).and_then(|requests| requests.in_flight.front());
        match oldest {
            Some(oldest) => cx.timers.arm(Timer::Channel(channel), oldest.deadline),
            None => cx.timers.cancel(&Timer::Channel(channel)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::testing::Stage;
    use klamm_wire::messages::BrokerHeartbeatRequest;

    const CHANNEL: Channel = Channel { node: 7, purpose: Purpose::Lifecycle };

    fn outgoing(channel: Channel, timeout_ms: i64) -> Outgoing {
        let address = Address { host: "h".into(), port: 1 };
        let body = BrokerHeartbeatRequest::default().into();
        Outgoing { channel, address, api_version: 1, body, timeout_ms }
    }

    fn sent(h: &mut Stage) -> Vec<(Channel, i32)> {
        let sent = h.effects().into_iter().filter_map(|effect| match effect {
            Effect::Send(channel, _, request) => Some((channel, request.header.correlation_id)),
            _ => None,
        });
        sent.collect()
    }

    /// Goal: who asked gets the answer, in order, and a late one means nothing.
    #[test]
    fn answers_find_who_asked() {
        let mut h = Stage::new(Config::default());
        let mut peers = Peers::default();
        for asked in ["a", "b"] {
            peers.send(&mut h.cx(), outgoing(CHANNEL, 100), asked);
        }
        assert_eq!(sent(&mut h), [(CHANNEL, 0), (CHANNEL, 1)]);
        assert_eq!(peers.answered(&mut h.cx(), CHANNEL, 0), Some("a"));
        assert_eq!(peers.answered(&mut h.cx(), CHANNEL, 0), None, "answered before");
        assert_eq!(peers.give_up(&mut h.cx(), CHANNEL), ["b"]);
        assert_eq!(peers.answered(&mut h.cx(), CHANNEL, 1), None, "given up");
        peers.send(&mut h.cx(), outgoing(CHANNEL, 100), "c");
        assert_eq!(peers.disconnected(&mut h.cx(), CHANNEL, 1), Vec::<&str>::new(), "an older loss");
        assert_eq!(peers.disconnected(&mut h.cx(), CHANNEL, 2), ["c"]);
        assert_eq!(peers.in_flight(CHANNEL), 0);
    }

    /// Goal: a request that is not answered in time gives up what was sent behind it, too.
    #[test]
    fn a_late_answer_ends_its_channel() {
        let mut h = Stage::new(Config::default());
        let mut peers = Peers::default();
        peers.send(&mut h.cx(), outgoing(CHANNEL, 100), "a");
        h.advance_ms(50);
        peers.send(&mut h.cx(), outgoing(CHANNEL, 100), "b");
        assert_eq!(peers.expire(&mut h.cx(), CHANNEL), Vec::<&str>::new(), "nothing is late yet");
        h.advance_ms(50);
        assert_eq!(peers.expire(&mut h.cx(), CHANNEL), ["a", "b"]);
        assert!(h.effects().contains(&Effect::Disconnect(CHANNEL)));
    }

    /// Goal: what another controller was asked is found, and nothing else.
    #[test]
    fn channels_that_wait_for_others_are_found() {
        let mut h = Stage::new(Config::default());
        let mut peers = Peers::default();
        let replica = Channel { node: 7, purpose: Purpose::Replica };
        let other = Channel { node: 8, purpose: Purpose::Lifecycle };
        for channel in [CHANNEL, replica, other] {
            peers.send(&mut h.cx(), outgoing(channel, 100), ());
        }
        assert_eq!(peers.waiting_for_others(&Purpose::OF_CONTROLLER, 8), [CHANNEL]);
        assert_eq!(peers.waiting_for_others(&Purpose::OF_CONTROLLER, 7), [other]);
        assert_eq!(peers.answered(&mut h.cx(), CHANNEL, 0), Some(()));
        assert_eq!(peers.waiting_for_others(&Purpose::OF_CONTROLLER, 8), []);
    }

    /// Goal: a node that asks itself needs no connection.
    #[test]
    fn a_node_serves_its_own_requests() {
        let mut h = Stage::new(Config::default());
        let mut peers = Peers::default();
        let channel = Channel { node: h.config.node_id, ..CHANNEL };
        peers.send(&mut h.cx(), outgoing(channel, 100), "a");
        assert_eq!(sent(&mut h), []);
        let (to, request) = peers.take_own().expect("it is put aside");
        assert_eq!((to, request.header.correlation_id), (channel, 0));
        assert_eq!(peers.answered(&mut h.cx(), channel, 0), Some("a"));
    }
}
