//! Claims about how clients find their way in a cluster.

use klamm_core::config::FlushPolicy;
use klamm_core::types::TopicPartition;
use klamm_wire::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use klamm_wire::messages::{FindCoordinatorResponse, MetadataResponse, Request, Response};
use klamm_wire::{ApiKey, ErrorCode};

use super::cluster::{Cluster, ClusterConfig, News};
use super::{ClientEffect, ClientInput};
use crate::clock::Time;
use crate::ledger::Ledger;
use crate::network::{Link, NodeId, Stamp};

/// A client and the cluster it believes in, in the hands of a test.
struct Script {
    cluster: Cluster<&'static str>,
    ledger: Ledger,
    now: Time,
    fx: Vec<ClientEffect>,
    /// By link, the node it leads to and the next correlation id.
    links: Vec<(Link, NodeId, i32)>,
}

impl Script {
    /// A client of partition t-0 that knows nodes 0 and 1.
    fn new(group: bool) -> Self {
        let mut ledger = Ledger::default();
        let name = TopicPartition { topic: "t".into(), partition: 0 };
        let partition = ledger.add_partition(name, FlushPolicy::Synced, (1, 1), false);
        let config = ClusterConfig {
            name: "client",
            number: 0,
            bootstrap: &[0, 1],
            timeout_ms: 1000,
            partitions: &[partition],
        };
        let mut cluster = Cluster::new(1, Time::default(), &config);
        if group {
            cluster = cluster.coordinated_by("g".into());
        }
        Self { cluster, ledger, now: Time::default(), fx: Vec::new(), links: Vec::new() }
    }

    fn hear(&mut self, input: ClientInput) {
        self.cluster.hear(self.now, input, &mut self.ledger, &mut self.fx);
        self.cluster.keep_up(self.now, &self.ledger, &mut self.fx);
    }

    /// Lets time go on until the client does something.
    fn wait(&mut self) {
        while self.fx.is_empty() {
            self.now = self.cluster.next_deadline().expect("it waits for something").max(self.now);
            self.hear(ClientInput::Wake);
        }
    }

    /// The client wants to connect somewhere, and is accepted.
    fn accept(&mut self) -> NodeId {
        self.wait();
        match self.fx.remove(0) {
            ClientEffect::Connect(link, node) => {
                self.links.push((link, node, 0));
                self.hear(ClientInput::Connected(link));
                node
            }
            other => panic!("a connection was expected: {other:?}"),
        }
    }

    /// The client asks something: what, whom, and over which link.
    fn asked(&mut self) -> (ApiKey, NodeId, Link) {
        self.wait();
        match self.fx.remove(0) {
            ClientEffect::Send(link, header, _) => {
                let (_, node, _) = self.links.iter().find(|(name, ..)| *name == link).expect("it stands");
                (header.api_key, *node, link)
            }
            other => panic!("a request was expected: {other:?}"),
        }
    }

    fn answer(&mut self, link: Link, body: impl Into<Response>) {
        let (.., next) = self.links.iter_mut().find(|(name, ..)| *name == link).expect("it stands");
        let correlation_id = *next;
        *next += 1;
        let body = Box::new(body.into());
        self.hear(ClientInput::Response { link, correlation_id, body, stamp: Stamp::default() });
    }

    /// The client asks for metadata and learns that this node leads in this epoch.
    fn learn(&mut self, leader: NodeId, epoch: i32) {
        let (key, _, link) = self.asked();
        assert_eq!(key, ApiKey::Metadata);
        self.answer(link, metadata(leader, epoch));
    }
}

/// Nodes 0 to 2, with ids one above their indexes.
fn metadata(leader: NodeId, leader_epoch: i32) -> MetadataResponse {
    let broker = |node: NodeId| MetadataResponseBroker {
        node_id: id_of(node),
        host: format!("n{node}").into(),
        port: 9092,
        rack: None,
    };
    let partition = MetadataResponsePartition {
        leader_id: id_of(leader),
        leader_epoch,
        ..MetadataResponsePartition::default()
    };
    let topic = MetadataResponseTopic {
        name: Some("t".into()),
        partitions: vec![partition],
        ..MetadataResponseTopic::default()
    };
    MetadataResponse {
        brokers: (0..3).map(broker).collect(),
        topics: vec![topic],
        ..MetadataResponse::default()
    }
}

fn id_of(node: NodeId) -> i32 {
    i32::try_from(node).expect("small") + 1
}

/// Goal: a client finds the leader by asking any broker it knows, and connects to it.
#[test]
fn a_client_learns_who_leads_and_connects_there() {
    let mut script = Script::new(false);
    let contact = script.accept();
    assert!(contact < 2, "one of those it knows from the start");
    script.learn(2, 5);
    assert_eq!(script.cluster.leader(0), None, "not connected yet");
    assert_eq!(script.accept(), 2);
    assert_eq!(script.cluster.leader(0), Some(2));
    assert_eq!(script.cluster.leader_epoch(0), 5);
}

/// Goal: a broker that is behind does not lead a client back to an old leader. Source: KIP-320.
#[test]
fn an_older_epoch_is_not_believed() {
    let mut script = Script::new(false);
    script.accept();
    script.learn(2, 5);
    script.accept();
    script.cluster.on_error(script.now, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    script.learn(0, 4);
    assert_eq!(script.cluster.leader(0), Some(2), "older news");
    script.learn(0, 6);
    assert_eq!(script.cluster.leader_epoch(0), 6, "asked again at once");
}

/// Goal: a client whose contact is gone asks another one, and tells its owner what is lost.
#[test]
fn a_lost_contact_is_replaced() {
    let mut script = Script::new(false);
    let contact = script.accept();
    let (_, _, link) = script.asked();
    let request = Request::Metadata(Default::default());
    let fx = &mut script.fx;
    script.cluster.send(script.now, contact, 12, request, "own", fx);
    script.fx.clear();
    script.hear(ClientInput::Closed(link));
    assert!(
        matches!(script.cluster.news(), Some(News::Lost(node, own)) if node == contact && own == ["own"])
    );
    script.accept();
    assert_eq!(script.asked().0, ApiKey::Metadata);
}

/// Goal: a member looks for its coordinator until it is told, and anew when it is refused.
#[test]
fn a_coordinator_that_says_no_is_looked_for_anew() {
    let mut script = Script::new(true);
    script.accept();
    script.learn(1, 1);
    let coordinator = FindCoordinatorResponse {
        host: "n1".into(),
        port: 9092,
        node_id: 2,
        ..FindCoordinatorResponse::default()
    };
    let not_yet = FindCoordinatorResponse {
        error_code: ErrorCode::COORDINATOR_NOT_AVAILABLE,
        ..FindCoordinatorResponse::default()
    };
    for answer in [not_yet, coordinator] {
        let (key, _, link) = loop {
            script.wait();
            match script.fx[0] {
                ClientEffect::Connect(..) => drop(script.accept()),
                _ => break script.asked(),
            }
        };
        assert_eq!(key, ApiKey::FindCoordinator);
        script.answer(link, answer);
    }
    while !script.fx.is_empty() {
        script.accept();
    }
    assert_eq!(script.cluster.coordinator(), Some(1));
    script.cluster.on_error(script.now, ErrorCode::NOT_COORDINATOR);
    assert_eq!(script.cluster.coordinator(), None);
    assert_eq!(script.asked().0, ApiKey::FindCoordinator);
}
