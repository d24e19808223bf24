//! Records through a real node.

use std::io::ErrorKind;

use bytes::Bytes;
use klamm_net::Server;
use klamm_wire::messages::{ApiVersionsRequest, MetadataRequest, Response};

use crate::pipes::Pipes;
use crate::requests::{FETCH, PRODUCE, create_topic, fetch, produce, produced, read_all};
use crate::rig::{Rig, config, connect};

fn value(n: usize) -> Bytes {
    format!("value {n}").into()
}

/// Goal: what was acknowledged is read back, before and after a stop in order.
#[tokio::test]
async fn acknowledged_records_are_read_back() {
    let rig = Rig::start().await;
    let mut broker = rig.connect().await;
    create_topic(&mut broker, "t").await;
    for n in 0..10 {
        let request = produce("t", if n % 2 == 0 { -1 } else { 1 }, &[value(2 * n), value(2 * n + 1)]);
        let response = broker.call(PRODUCE, request).await.expect("an answer");
        assert_eq!(produced(&response), Ok(2 * n as i64));
    }
    let expected: Vec<_> = (0..20).map(|n| (n as i64, value(n))).collect();
    assert_eq!(read_all(&mut broker, "t").await, expected);
    let directory = rig.stop().await;
    let rig = Rig::start_in(directory).await;
    assert_eq!(read_all(&mut rig.connect().await, "t").await, expected);
    rig.stop().await;
}

/// Goal: however the network cuts the streams, requests and replies come out whole and in order.
/// Method: pipes so narrow that no read and no write is longer than their width.
#[tokio::test]
async fn streams_may_be_cut_anywhere() {
    for width in [1, 2, 3, 5, 7, 64] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let platform = Pipes::new(width);
        let server = Server::start(platform.clone(), config(directory.path())).await.expect("it starts");
        let mut broker = connect(&platform, 0).await;
        create_topic(&mut broker, "t").await;
        let large = Bytes::from(vec![9; 3000]);
        for _ in 0..2 {
            broker.call(PRODUCE, produce("t", -1, &[large.clone(), value(1)])).await.expect("an answer");
        }
        let values: Vec<Bytes> =
            read_all(&mut broker, "t").await.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [large.clone(), value(1), large, value(1)], "width {width}");
        server.shutdown().await;
    }
}

/// Goal: requests sent without waiting are answered in their order, although some wait for a sync and others
/// for nothing. Source: what every client relies on; the connection checks each correlation id.
#[tokio::test]
async fn replies_keep_the_order_of_requests() {
    let rig = Rig::start().await;
    let mut broker = rig.connect().await;
    create_topic(&mut broker, "t").await;
    let mut sent = Vec::new();
    for n in 0..100 {
        let (version, request) = match n % 4 {
            0 => (PRODUCE, produce("t", -1, &[value(n)])),
            1 => (FETCH, fetch("t", 0)),
            2 => (0, ApiVersionsRequest::default().into()),
            _ => (PRODUCE, produce("t", 1, &[value(n)])),
        };
        sent.push(broker.send(version, &request).await.expect("it is sent"));
    }
    let mut next_offset = 0;
    for correlation_id in sent {
        let (answered, response) = broker.receive().await.expect("an answer");
        assert_eq!(answered, correlation_id);
        if let Response::Produce(_) = response {
            assert_eq!(produced(&response), Ok(next_offset));
            next_offset += 1;
        }
    }
    assert_eq!(next_offset, 50);
    rig.stop().await;
}

/// Goal: a produce with acks=0 has no answer, and its record is there all the same; if it fails, the
/// connection is closed instead. Source: Kafka's `KafkaApis.handleProduceRequest`.
#[tokio::test]
async fn acks_0_is_never_answered() {
    let rig = Rig::start().await;
    let mut broker = rig.connect().await;
    create_topic(&mut broker, "t").await;
    for n in 0..5 {
        broker.send(PRODUCE, &produce("t", 0, &[value(n)])).await.expect("it is sent");
    }
    // The next answer is that of the next request; by then the records before it are readable, too.
    let response = broker.call(PRODUCE, produce("t", -1, &[value(5)])).await.expect("an answer");
    assert_eq!(produced(&response), Ok(5));
    let expected: Vec<_> = (0..6).map(|n| (n as i64, value(n))).collect();
    assert_eq!(read_all(&mut broker, "t").await, expected);

    broker.send(PRODUCE, &produce("no such topic", 0, &[value(0)])).await.expect("it is sent");
    let error = broker.call(0, MetadataRequest::default()).await.expect_err("the connection is closed");
    let gone = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
    assert!(gone.contains(&error.kind()), "{error}");
    rig.stop().await;
}
